//! Webhooks as people meet them: added, tested, looked at, replaced, disabled, deleted.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Page, Visitor};
use tokio::net::TcpListener;

/// A program that takes what it is sent, and answers with this.
async fn receiver(answer: StatusCode) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (host, got) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let take = async move |State(got): State<Arc<Mutex<Vec<String>>>>, body: String| {
        got.lock().unwrap().push(body);
        (answer, "<script>alert(1)</script>")
    };
    let router = Router::new().fallback(take).with_state(Arc::clone(&got));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (host, got)
}

async fn add(visitor: &mut Visitor, url: &str) -> (Page, String) {
    let form = visitor.get("/settings/webhooks/new").await;
    let pairs = [("_id", form.hidden("_id")), ("name", "Core banking"), ("url", url), ("events", "run.ended")];
    let shown = visitor.post("/settings/webhooks/new", &pairs).await;
    assert_eq!(shown.status, 200, "{}", shown.words());
    let id = form.hidden("_id").to_owned();
    (shown, format!("/settings/webhooks/{id}"))
}

fn secret(page: &Page) -> String {
    let after = page.text.split_once("whsec_").map(|(_, after)| after.split('<').next().unwrap_or_default());
    format!("whsec_{}", after.unwrap_or_default().trim())
}

#[tokio::test]
async fn a_webhook_is_added_with_its_secret_shown_once_and_a_test_shows_what_came_of_it() {
    let (host, got) = receiver(StatusCode::IM_A_TEAPOT).await;
    let desk = Desk::builder().letting_through(host).open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    assert!(administrator.get("/settings/webhooks").await.words().contains("No webhook yet"));
    let (shown, here) = add(&mut administrator, &format!("http://{host}/kyc")).await;
    let first = secret(&shown);
    assert_eq!(first.len(), 50, "{}", shown.words());
    assert_eq!(shown.header("cache-control"), "no-store");

    let sent = administrator.post(&format!("{here}/test"), &[("", "")]).await;
    assert_eq!(sent.status, 303);
    let delivery = sent.location().to_owned();
    desk.until("the test has come", |_| !got.lock().unwrap().is_empty()).await;
    let mut page = administrator.get(&delivery).await;
    for _ in 0..500 {
        if page.words().contains("Not delivered") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        page = administrator.get(&delivery).await;
    }
    let words = page.words();
    for said in ["webhook.tested", "Not delivered", "418", "<script>alert(1)</script>", "The test was sent"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!page.text.contains("<script>alert"), "a receiver's text is only text");
    let path = delivery.split('?').next().unwrap_or_default();
    assert_eq!(administrator.post(&format!("{path}/redeliver"), &[("", "")]).await.status, 303);
    desk.until("it came again", |_| got.lock().unwrap().len() == 2).await;
    let came = got.lock().unwrap().clone();
    assert_eq!(came[0], came[1]);

    let list = administrator.get("/settings/webhooks").await.words();
    assert!(list.contains("Core banking") && list.contains("1 event") && list.contains("status 418"), "{list}");
    let log = administrator.get(&format!("{here}?state=failed")).await;
    let none = administrator.get(&format!("{here}?state=delivered")).await;
    assert!(none.words().contains("No delivery fits"), "{}", none.words());
    assert!(!log.text.contains("whsec_") && !page.text.contains("whsec_"), "it is shown once");

    let ask = administrator.get(&format!("{here}/secret")).await;
    let version = ask.hidden("_version").to_owned();
    let rotated = administrator.post(&format!("{here}/secret"), &[("_version", version.as_str())]).await;
    assert!(rotated.words().contains("deliveries are signed with the secret before too"), "{}", rotated.words());
    assert_ne!(secret(&rotated), first);
    let twice = administrator.post(&format!("{here}/secret"), &[("_version", version.as_str())]).await;
    assert_eq!(twice.status, 409, "{}", twice.words());
}

#[tokio::test]
async fn a_webhook_is_changed_disabled_enabled_and_deleted_and_nothing_typed_is_lost() {
    let (host, _) = receiver(StatusCode::NO_CONTENT).await;
    let desk = Desk::builder().letting_through(host).without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let url = format!("http://{host}/kyc");
    let (_, here) = add(&mut administrator, &url).await;
    let form = administrator.get(&format!("{here}/edit")).await;
    let version = form.hidden("_version").to_owned();
    assert!(form.text.contains("value=\"run.ended\" checked"), "{}", form.text);
    let edit = format!("{here}/edit");
    let wrong =
        [("_version", version.as_str()), ("name", "ERP"), ("url", "https://10.0.0.7/x"), ("events", "run.started")];
    let refused = administrator.post(&edit, &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("lies inside a private or reserved network"), "{}", refused.words());
    assert!(refused.text.contains("https://10.0.0.7/x") && refused.text.contains("value=\"run.started\" checked"));
    let good = [("_version", version.as_str()), ("name", "ERP"), ("url", url.as_str())];
    assert_eq!(administrator.post(&edit, &good).await.status, 303);
    let stale = [("_version", version.as_str()), ("name", "Mine"), ("url", url.as_str())];
    let stale = administrator.post(&edit, &stale).await;
    assert_eq!(stale.status, 409);
    assert!(stale.words().contains("They saved “ERP”") && stale.text.contains("Mine"), "{}", stale.words());

    let mut page = async |path: &str, to: &str| {
        let done = administrator.post(&format!("{here}/{path}"), &[("", "")]).await;
        assert!(done.status == 303 && done.location().starts_with(to), "{path}: {} {}", done.status, done.location());
        administrator.get(done.location()).await.words()
    };
    assert!(page("disable", &here).await.contains("What happens is not told there"));
    assert!(page("enable", &here).await.contains("The webhook was enabled"));
    assert!(page("delete", "/settings/webhooks").await.contains("The webhook was deleted"));
    assert_eq!(administrator.get(&here).await.status, 404);
    let deeds = firm.deeds().await;
    for deed in ["created", "updated", "disabled", "enabled", "deleted"] {
        assert!(deeds.contains(&format!("webhook.{deed}")), "{deed}: {deeds:?}");
    }
    let audit = administrator.get("/settings/audit?what=webhooks").await.words();
    assert!(audit.contains("deleted the webhook ERP"), "{audit}");
}

#[tokio::test]
async fn a_webhook_that_dossier_disabled_says_so_on_its_page_and_in_the_list() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let (_, here) = add(&mut administrator, "https://hooks.example/kyc").await;
    for (state, said) in [("failing", "for three days nothing arrived"), ("gone", "answered that it is gone")] {
        firm.change(&format!("UPDATE webhook SET state = '{state}'")).await;
        for path in ["/settings/webhooks", &here] {
            let page = administrator.get(path).await;
            assert!(page.words().contains(said) && page.text.contains("role=\"status\""), "{path}: {}", page.words());
        }
        let refused = administrator.post(&format!("{here}/test"), &[("", "")]).await;
        assert_eq!(refused.status, 409, "{}", refused.words());
    }
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    assert_eq!(viewer.get("/settings/webhooks").await.status, 403);
}
