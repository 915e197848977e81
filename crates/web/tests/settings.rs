//! Channels and callbacks, under Settings.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "settings/webhooks.rs"]
mod webhooks;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Firm, Page, Visitor};
use serde_json::json;

/// A provider that signs its callbacks, of which nothing else is needed here.
const HERON: &str = r#"manifest: 1
key: heron
name: Heron
version: "1"
description: Signs what it sends
module: kyc-heron
config:
  required: [webhookSecret]
  properties:
    webhookSecret: { title: Webhook secret, x-secret: true }
callbacks:
  verify:
    algorithm: sha256
    encoding: hex
    key: "=config.webhookSecret"
    parts: [body]
    signature: { header: X-Signature }
  event: { id: "=body.id", subject: "=body.check" }
  subject: check
  then: { state: { from: "=body.state", waiting: [working], succeeded: [done] } }
actions:
  - key: check
    label: Check
    category: Checks
    effect: write
    callback: true
    verified: assumed
    steps:
      - { name: begun, request: { method: POST, url: "http://127.0.0.1:9/checks" } }
    result:
      outputs: { check: "=begun.body.check" }
"#;

/// Where the callbacks of the firm's channel are sent, as its administrator sees it.
async fn address(firm: &Firm<'_>, visitor: &mut Visitor) -> (Page, String) {
    let page = visitor.post(&format!("/settings/channels/{}/address", firm.channel()), &[("", "")]).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let path = path(&page);
    (page, path)
}

/// The path of the address that a page shows.
fn path(page: &Page) -> String {
    let token = page.text.split_once("/callbacks/").map(|(_, after)| after.split('<').next().unwrap().trim());
    format!("/callbacks/{}", token.unwrap_or_default())
}

/// What somebody sends there.
async fn send(desk: &Desk, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    Visitor::new(desk.router()).send(Method::POST, path, headers, Body::from(body.to_owned())).await.status
}

async fn quarantine(desk: &Desk, visitor: &mut Visitor, words: &str) -> Page {
    for _ in 0..400 {
        let page = visitor.get("/settings/callbacks").await;
        if page.words().contains(words) {
            return page;
        }
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    visitor.get("/settings/callbacks").await
}

#[tokio::test]
async fn a_channel_says_how_its_calls_fare() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let here = format!("/settings/channels/{}", firm.channel());
    let page = administrator.get("/settings/channels").await.words();
    assert!(page.contains("InTouch Secure Services Active 0 Not called yet"), "{page}");
    let page = administrator.get(&here).await.words();
    assert!(page.contains("Not called yet") && page.contains("Last answer None yet Last failure None"), "{page}");
    assert!(page.contains("Last good sign-in None yet Last failed sign-in None"), "{page}");

    let company = |wish: &str| json!({ "reference": format!("K {wish}"), "registrationNumber": "2014/187452/07" });
    firm.run(firm.request("Kwantu").await, "company_kyc", company("")).await;
    let page = administrator.get(&here).await.words();
    assert!(page.contains("Last good sign-in 23 Nov 2026, 14:00"), "{page}");
    assert!(page.contains("Answering") && page.contains("Last answer 23 Nov 2026, 14:00"), "{page}");

    for failed in 1..=5 {
        desk.misbehave("500", "/library").await;
        firm.run(firm.request("Kwantu").await, "company_kyc", company("")).await;
        let page = administrator.get(&here).await.words();
        let said = match failed {
            1 => "Failing The last call has failed. After 5 in a row, calls stop for a while.",
            5 => {
                "Not answering Calls are stopped until 14:00:15 . Then one call tries whether InTouch Secure Services is back."
            }
            _ => "calls have failed. After 5 in a row",
        };
        assert!(page.contains(said), "{failed}: {page}");
        assert!(page.contains("Answered with status 500"), "{page}");
    }
    desk.clock.advance(Duration::from_secs(16));
    let page = administrator.get(&here).await.words();
    assert!(page.contains("Not answering The next call tries whether InTouch Secure Services is back."), "{page}");
    firm.run(firm.request("Kwantu").await, "company_kyc", company("")).await;
    let page = administrator.get(&here).await.words();
    assert!(page.contains("Answering") && !page.contains("Not answering"), "{page}");
    assert!(page.contains("Answered with status 500"), "the last failure is still told: {page}");
}

#[tokio::test]
async fn the_address_of_callbacks_is_shown_when_asked_for_and_changed_at_once() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let here = format!("/settings/channels/{}", firm.channel());
    let before = administrator.get(&here).await;
    assert!(!before.text.contains("/callbacks/"), "it stands on no page that nobody asked for it");
    assert!(!firm.deeds().await.contains(&"callback.address_shown".to_owned()));

    let (page, old) = address(&firm, &mut administrator).await;
    let words = page.words();
    assert!(words.contains(&format!("{}{old}", desk.origin.as_deref().unwrap())), "{words}");
    assert!(words.contains("This is a secret: whoever has it can send to it."), "{words}");
    assert!(page.header("cache-control").contains("no-store"), "{}", page.header("cache-control"));
    assert!(firm.deeds().await.contains(&"callback.address_shown".to_owned()));
    assert_eq!(send(&desk, &old, &[], "{}").await, 202);
    assert!(!administrator.get(&here).await.text.contains(&old), "it is not shown again");

    let changed =
        administrator.post(&format!("/settings/channels/{}/address/rotate", firm.channel()), &[("round", "1")]).await;
    assert_eq!(changed.status, 200);
    let words = changed.words();
    assert!(words.contains("The address has changed. What is sent to the old one is refused from now on, unless it is about work that goes on."), "{words}");
    let new = path(&changed);
    assert_ne!(new, old);
    assert_eq!((send(&desk, &old, &[], "{}").await, send(&desk, &new, &[], r#"{"a":1}"#).await), (404, 202));

    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let refused = operator.post(&format!("/settings/channels/{}/address", firm.channel()), &[("", "")]).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.text.contains(&new));
}

#[tokio::test]
async fn without_a_public_address_the_page_says_how_to_set_one() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let (page, _) = address(&firm, &mut administrator).await;
    let words = page.words();
    assert!(words.contains("This installation has no public address") && words.contains("public_url"), "{words}");
    assert!(!firm.deeds().await.contains(&"callback.address_shown".to_owned()), "nothing was shown");
}

#[tokio::test]
async fn what_nobody_can_use_is_kept_with_its_reason_and_can_be_read() {
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let desk = Desk::builder().reachable().with_provider(HERON, nobody).open().await;
    let mut firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let empty = administrator.get("/settings/callbacks").await.words();
    assert!(empty.contains("Nothing in quarantine"), "{empty}");

    let (_, intouch) = address(&firm, &mut administrator).await;
    firm.take_up("heron", "kyc-heron", json!({ "webhookSecret": "heron-signs-with-this" })).await;
    let (_, heron) = address(&firm, &mut administrator).await;
    let hostile = r#"{"check":"<script>alert(1)</script>","idNumber":"8001015009087"}"#;
    assert_eq!(send(&desk, &intouch, &[], r#"{"status":"Completed"}"#).await, 202);
    assert_eq!(send(&desk, &heron, &[("authorization", "Bearer let-me-in")], hostile).await, 202);
    assert_eq!(send(&desk, &heron, &[], hostile).await, 202);
    assert_eq!(send(&desk, &heron, &[("x-signature", &"0".repeat(64))], r#"{"id":"1"}"#).await, 202);

    let page = quarantine(&desk, &mut administrator, "It does not say what it is about").await;
    let words = page.words();
    for said in [
        "It does not say what it is about",
        "It is not signed This provider signs its callbacks.",
        "heron main , 2 times",
        "Its signature does not fit Either the provider did not send it",
        "InTouch main",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!page.text.contains("alert(1)"), "a list shows no content");
    let links = page.text.split("href=\"/settings/callbacks?open=").skip(1).map(|after| after[..36].to_owned());
    let links: Vec<_> = links.collect();
    assert_eq!(links.len(), 3, "what came twice is counted: {words}");
    let mut opened = String::new();
    for id in &links {
        let page = administrator.get(&format!("/settings/callbacks?open={id}")).await;
        assert_eq!((page.status, page.text.matches("class=\"detail\"").count()), (200, 1));
        assert!(!page.text.contains("<script>alert") && !page.text.contains("let-me-in"), "{}", page.text);
        opened += &page.words();
    }
    assert!(opened.contains("<script>alert(1)</script>") && opened.contains("authorization ▮▮▮"), "{opened}");
    assert!(
        opened.contains("\"idNumber\": \"▮▮▮\"") && !opened.contains("8001015009087"),
        "masked as in logs: {opened}"
    );

    let other = desk.firm("Fynbos Trust").await;
    let mut intruder = other.visitor(BuiltInRole::Administrator).await;
    let foreign = intruder.get(&format!("/settings/callbacks?open={}", links[0])).await;
    let nowhere = intruder.get("/settings/callbacks?open=0193b0c0-0000-7000-8000-000000000001").await;
    assert_eq!((foreign.status, nowhere.status), (404, 404));
    assert!(intruder.get("/settings/callbacks").await.words().contains("Nothing in quarantine"));
}

#[tokio::test]
async fn a_long_quarantine_is_turned_page_by_page() {
    let desk =
        Desk::builder().reachable().without_worker().with_provider(HERON, SocketAddr::from((Ipv4Addr::LOCALHOST, 9)));
    let desk = desk.open().await;
    let mut firm = desk.firm("Aloe Bank").await;
    firm.take_up("heron", "kyc-heron", json!({ "webhookSecret": "heron-signs-with-this" })).await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let (_, heron) = address(&firm, &mut administrator).await;
    for n in 0..26 {
        desk.clock.advance(Duration::from_millis(5));
        assert_eq!(send(&desk, &heron, &[], &format!(r#"{{"n":{n}}}"#)).await, 202);
    }
    let first = administrator.get("/settings/callbacks").await;
    let rows = |page: &Page| page.text.matches("class=\"row-link\"").count();
    assert_eq!(rows(&first), 25);
    let older = first.text.split_once("rel=\"next\" href=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let last = administrator.get(&older).await;
    assert_eq!(rows(&last), 1);
    let id = last.text.split_once("?open=").unwrap().1[..36].to_owned();
    let from = older.split_once('?').unwrap().1;
    let opened = administrator.get(&format!("/settings/callbacks?open={id}&{from}")).await;
    assert!(opened.words().contains("\"n\": 0"), "the oldest stands last: {}", opened.words());
    assert!(opened.text.contains("rel=\"prev\""), "{}", opened.words());
}
