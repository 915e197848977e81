//! Running actions at the pages, against the simulator over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "actions/company.rs"]
mod company;
#[path = "actions/failures.rs"]
mod failures;
#[path = "actions/history.rs"]
mod history;
#[path = "actions/large.rs"]
mod large;
#[path = "actions/log.rs"]
mod log;
#[path = "actions/moods.rs"]
mod moods;
#[path = "actions/once.rs"]
mod once;
#[path = "actions/workflow.rs"]
mod workflow;

use dossier_domain::RequestId;
use dossier_testkit::{Page, Visitor};

/// A company that the simulator knows.
const NUMBER: &str = "2014/187452/07";

/// The form of an action, as its page gives it.
async fn form(visitor: &mut Visitor, request: RequestId, action: &str) -> Page {
    visitor.get(&format!("/requests/{request}/actions/{action}")).await
}

/// Fills in the form of an action and sends it.
async fn run(visitor: &mut Visitor, request: RequestId, action: &str, pairs: &[(&str, &str)]) -> Page {
    let key = form(visitor, request, action).await.hidden("_key").to_owned();
    send(visitor, request, action, &key, pairs).await
}

/// Sends the form of an action with this key.
async fn send(visitor: &mut Visitor, request: RequestId, action: &str, key: &str, pairs: &[(&str, &str)]) -> Page {
    let mut all = vec![("_key", key)];
    all.extend_from_slice(pairs);
    visitor.post(&format!("/requests/{request}/actions/{action}"), &all).await
}

/// Runs an action that is taken, and opens the page that it leads to.
async fn outcome(visitor: &mut Visitor, request: RequestId, action: &str, pairs: &[(&str, &str)]) -> Page {
    let page = run(visitor, request, action, pairs).await;
    assert_eq!(page.status, 303, "{}", page.words());
    visitor.get(page.location()).await
}

/// Where the first link that begins so leads.
fn link(page: &Page, begins: &str) -> String {
    let found = page.text.split_once(&format!("href=\"{begins}")).map(|(_, after)| after.split('"').next().unwrap());
    format!("{begins}{}", found.unwrap_or_else(|| unreachable_link(begins, page)))
}

fn unreachable_link<'a>(begins: &str, page: &Page) -> &'a str {
    assert!(page.text.contains(begins), "no link to {begins} in {}", page.words());
    ""
}
