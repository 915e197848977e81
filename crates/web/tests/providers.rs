//! The providers under Settings, and forms whose provider changes while they are open.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use dossier_app::providers;
use dossier_domain::BuiltInRole;
use dossier_testkit::Desk;
use tempfile::TempDir;

const INTOUCH: &str = include_str!("../../../providers/intouch/provider.yaml");

/// A desk with an operator's folder that is still empty.
async fn desk() -> (TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::builder().with_providers(folder.path()).open().await;
    (folder, desk)
}

async fn save(desk: &Desk, folder: &TempDir, name: &str, text: &str) {
    fs::create_dir_all(folder.path().join(name)).unwrap();
    fs::write(folder.path().join(name).join("provider.yaml"), text).unwrap();
    look(desk).await;
}

/// Looks until what has changed was seen to stand still.
async fn look(desk: &Desk) {
    providers::look(&desk.app).await.unwrap();
    providers::look(&desk.app).await.unwrap();
}

/// The version that the built-in manifest has by now.
fn version() -> &'static str {
    INTOUCH.lines().find_map(|line| line.strip_prefix("version: \"")).unwrap().trim_end_matches('"')
}

#[tokio::test]
async fn administrators_see_every_provider_and_how_well_each_action_is_verified() {
    let (folder, desk) = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let page = administrator.get("/settings/providers?open=intouch").await;
    assert_eq!(page.status, 200);
    let words = page.words();
    for word in [
        "InTouch Secure Services",
        "kyc-intouch Licensed",
        "Built in",
        "Company KYC Workflow Request Requests are published, answers are not.",
    ] {
        assert!(words.contains(word), "{word}: {words}");
    }

    let karoo = INTOUCH
        .replace("key: intouch\n", "key: karoo\n")
        .replace("name: InTouch Secure Services", "name: Karoo Company Register")
        .replace("module: kyc-intouch", "module: kyc-karoo")
        .replacen("verified: request", "verified: full", 1)
        .replacen("verified: request", "verified: assumed", 1);
    save(&desk, &folder, "karoo-folder", &karoo).await;
    save(&desk, &folder, "mine", &INTOUCH.replace(&format!("\"{}\"", version()), "\"9.9\"")).await;
    let words = administrator.get("/settings/providers?open=karoo").await.words();
    for word in [
        "Karoo Company Register",
        "kyc-karoo No licence",
        "Folder karoo-folder",
        "9.9 kyc-intouch Licensed Folder mine, in place of the built-in one",
        "Get Auth Token Auth Full A real answer has been seen.",
        "Assumed A guess.",
    ] {
        assert!(words.contains(word), "{word}: {words}");
    }
    assert!(!words.contains("Refused"));
}

#[tokio::test]
async fn a_broken_one_stands_there_with_its_place_but_not_with_the_servers_paths() {
    let (folder, desk) = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    save(&desk, &folder, "mine", INTOUCH).await;
    save(&desk, &folder, "mine", &INTOUCH.replacen("    label:", "    lable:", 1)).await;
    save(&desk, &folder, "huge", &"x".repeat(1_000_001)).await;
    let page = administrator.get("/settings/providers").await;
    let words = page.words();
    let line = INTOUCH.lines().position(|line| line.starts_with("    label:")).unwrap() + 1;
    for word in [
        &format!("mine/provider.yaml:{line}:5 "),
        "Did you mean “label”?",
        &format!("Version {} , read earlier, keeps serving until a restart.", version()),
        "huge/provider.yaml The file has more than 1000000 bytes. Make it smaller.",
        "Nothing of it is in use.",
        "Earlier text",
    ] {
        assert!(words.contains(word), "{word}: {words}");
    }
    assert!(!page.text.contains(folder.path().to_str().unwrap()), "no path of the server");

    let away = folder.path().with_extension("away");
    fs::rename(folder.path(), &away).unwrap();
    look(&desk).await;
    let page = administrator.get("/settings/providers").await;
    assert!(page.words().contains("The operator's folder of providers cannot be read"), "{}", page.words());
    assert!(page.words().contains("mine/provider.yaml"), "what was read stays");
    assert!(!page.text.contains(folder.path().to_str().unwrap()));
    fs::rename(&away, folder.path()).unwrap();
}

/// NAV-2
#[tokio::test]
async fn settings_stand_in_the_navigation_of_those_who_may_see_them() {
    let (_folder, desk) = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    for &role in BuiltInRole::ALL {
        let mut visitor = firm.visitor(role).await;
        let page = visitor.get("/requests").await;
        let offered = page.text.contains("href=\"/settings/providers\"");
        assert_eq!(offered, role == BuiltInRole::Administrator, "{role}");
        assert_eq!(visitor.get("/settings/providers").await.status == 200, offered, "{role}");
    }
}

#[tokio::test]
async fn a_form_from_before_a_change_is_shown_as_it_is_now_and_nothing_is_sent() {
    let (folder, desk) = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let address = format!("/requests/{request}/actions/company_kyc");
    let form = operator.get(&address).await;
    let hidden = ["_key", "_seen", "_manifest"].map(|name| (name, form.hidden(name).to_owned()));
    let typed = [("reference", "K1"), ("companyName", "Kwantu Solar"), ("registrationNumber", "2014/187452/07")];
    let pairs: Vec<_> =
        hidden.iter().map(|(n, v)| (*n, v.as_str())).chain(typed.iter().map(|(n, v)| (*n, *v))).collect();

    // The field that was filled in has another name now: read by the new rules it would be lost without a word.
    let renamed = INTOUCH.replace("registrationNumber", "companyNumber");
    save(&desk, &folder, "mine", &renamed).await;
    let mut careless = operator.clone();
    let page = operator.post(&address, &pairs).await;
    assert_eq!(page.status, 409, "{}", page.words());
    let words = page.words();
    assert!(words.contains("InTouch Secure Services has changed while this form was open."), "{words}");
    assert!(page.text.contains("name=\"companyNumber\"") && page.text.contains("value=\"Kwantu Solar\""));
    assert_eq!(desk.calls("Company KYC"), 0, "nothing was sent");

    let digest = page.hidden("_manifest").to_owned();
    assert_ne!(digest, hidden[2].1);
    let again: Vec<_> = pairs.iter().map(|&(n, v)| (n, if n == "_manifest" { digest.as_str() } else { v })).collect();
    assert_eq!(operator.post(&address, &again).await.status, 303, "as it is now it is taken");

    // The control: without the digest of its manifest the form is read by the new rules.
    let other = firm.request("Other").await;
    let without = pairs.iter().filter(|(name, _)| !name.starts_with("_manifest") && *name != "_key").copied();
    let without: Vec<_> = without.chain([("_key", "another")]).collect();
    assert_eq!(careless.post(&format!("/requests/{other}/actions/company_kyc"), &without).await.status, 303);
}
