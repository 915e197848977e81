//! API keys under Settings, and the reference of the API.

use std::collections::BTreeSet;

use dossier_domain::BuiltInRole;
use dossier_testkit::{ApiClient, Desk};

const KEYS: &str = "/settings/api-keys";

/// The text of the key that a page shows.
fn shown(page: &dossier_testkit::Page) -> String {
    let after = page.text.split_once("dossier_").map(|(_, after)| after);
    format!("dossier_{}", after.and_then(|after| after.split('<').next()).unwrap_or_default().trim())
}

#[tokio::test]
async fn an_administrator_makes_a_key_that_is_shown_once_and_revokes_it() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    assert!(administrator.get(KEYS).await.words().contains("No API keys yet"));
    let form = administrator.get(&format!("{KEYS}/new")).await;
    let id = form.hidden("_id").to_owned();
    let pairs = [
        ("_id", id.as_str()),
        ("name", "Core banking"),
        ("expires_at", "2027-02-28"),
        ("permissions.kyc", "kyc:read"),
        ("permissions.kyc", "kyc:execute"),
    ];
    let made = administrator.post(&format!("{KEYS}/new"), &pairs).await;
    assert_eq!(made.status, 200, "{}", made.words());
    let token = shown(&made);
    assert!(made.words().contains("until the end of 28 Feb 2027"), "{}", made.words());
    let program = ApiClient::new(desk.router()).with(&token);
    assert_eq!(program.get("/me").await.text("name"), "Core banking");

    let again = administrator.post(&format!("{KEYS}/new"), &pairs).await;
    assert_eq!((again.status, again.text.contains("dossier_")), (409, false), "a key is shown once");
    let list = administrator.get(KEYS).await;
    assert!(!list.text.contains(&token) && list.text.contains(&token[token.len() - 4..]), "only its end");
    assert!(list.words().contains("Active") && list.words().contains("from 127.0.0.1"), "{}", list.words());
    let ask = format!("{KEYS}/{id}/revoke");
    assert!(administrator.get(&ask).await.words().contains("There is no way back"));
    let none: [(&str, &str); 0] = [];
    assert_eq!(administrator.post(&ask, &none).await.location(), "/settings/api-keys?done=revoked");
    assert_eq!(program.get("/me").await.status, 401);
    assert!(administrator.get(KEYS).await.words().contains("Revoked"));
    let audit = administrator.get("/settings/audit").await.words();
    assert!(
        audit.contains("made the API key Core banking") && audit.contains("revoked the API key Core banking"),
        "{audit}"
    );
    desk.close().await;
}

#[tokio::test]
async fn a_key_form_that_is_refused_keeps_what_was_typed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let id = administrator.get(&format!("{KEYS}/new")).await.hidden("_id").to_owned();
    let pairs =
        [("_id", id.as_str()), ("name", "Report"), ("expires_at", "2020-01-01"), ("permissions.kyc", "kyc:execute")];
    let refused = administrator.post(&format!("{KEYS}/new"), &pairs).await;
    assert_eq!(refused.status, 422);
    let words = refused.words();
    assert!(words.contains("every key has an end") && words.contains("Add kyc:read"), "{words}");
    assert!(refused.text.contains("value=\"Report\"") && refused.text.contains("value=\"2020-01-01\""));
    desk.close().await;
}

#[tokio::test]
async fn the_reference_has_every_operation_and_each_of_its_links_leads_somewhere() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let overview = viewer.get("/api").await;
    assert_eq!((overview.status, overview.text.len() < 60_000), (200, true));
    for operation in dossier_api_table() {
        assert!(overview.text.contains(&operation), "{operation}");
    }
    let pages: BTreeSet<_> = overview
        .text
        .split("href=\"/api/")
        .skip(1)
        .filter_map(|after| {
            let path = after.split('"').next()?.split('#').next()?;
            (path != "v1/openapi.json").then(|| path.to_owned())
        })
        .collect();
    assert!(pages.len() > 3, "{pages:?}");
    for path in pages {
        let page = viewer.get(&format!("/api/{path}")).await;
        assert_eq!((page.status, page.text.len() < 60_000), (200, true), "{path}");
        for anchor in page.text.split("href=\"#").skip(1).filter_map(|after| after.split('"').next()) {
            assert!(page.text.contains(&format!("id=\"{anchor}\"")), "{path}#{anchor}");
        }
    }
    assert_eq!(viewer.get("/api/nothing").await.status, 404);
    desk.close().await;
}

fn dossier_api_table() -> Vec<String> {
    dossier_api::table().into_iter().map(|line| format!("{} {}{}", line.method, dossier_api::BASE, line.path)).collect()
}
