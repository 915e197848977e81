//! The audit log, at the pages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "audit/kinds.rs"]
mod kinds;
#[path = "audit/narrowed.rs"]
mod narrowed;

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Page, Visitor};
use serde_json::json;

const LOG: &str = "/settings/audit";

/// The registration number of a company that the simulator knows.
const NUMBER: &str = "2014/187452/07";

/// The ids of the events, from top to bottom.
fn rows(page: &Page) -> Vec<String> {
    let links = page.text.split("class=\"row-link\" href=\"").skip(1);
    links.filter_map(|after| Some(after.split_once("open=")?.1[..36].to_owned())).collect()
}

/// Where `Newer` (`prev`) or `Older` (`next`) leads.
fn link(page: &Page, rel: &str) -> Option<String> {
    let (_, after) = page.text.split_once(&format!("rel=\"{rel}\" href=\""))?;
    Some(after.split('"').next()?.replace("&#38;", "&"))
}

/// The page with its first event of that sentence opened.
async fn opened(visitor: &mut Visitor, path: &str, says: &str) -> Page {
    let page = visitor.get(path).await;
    let row = page.text.split("<tr>").find(|row| plain(row).contains(says));
    let row = row.unwrap_or_else(|| panic!("no “{says}” in {}", page.words()));
    let href = row.split_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&#38;", "&");
    visitor.get(href.split('#').next().unwrap()).await
}

/// The words of a piece of a page.
fn plain(html: &str) -> String {
    let tags: Vec<_> = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    tags.concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// AUDIT-3, LIST-3
#[tokio::test]
async fn a_long_audit_is_walked_both_ways_without_gap_or_repeat_while_more_arrives() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    for number in 0..40 {
        firm.request(&format!("Request {number}")).await;
    }
    let known: Vec<_> = firm.audit().await.iter().rev().map(|event| event.id.to_string()).collect();
    let mut pages = vec![auditor.get(LOG).await];
    while let Some(next) = link(pages.last().unwrap(), "next") {
        firm.request("Arrived meanwhile").await;
        pages.push(auditor.get(&next).await);
    }
    assert!(pages.len() >= 2 && pages.iter().rev().skip(1).all(|page| rows(page).len() == 25));
    assert_eq!(pages.iter().flat_map(rows).collect::<Vec<_>>(), known, "newest first");
    assert_eq!(link(&pages[0], "prev"), None, "nothing is newer than the first page");
    let back = auditor.get(&link(&pages[1], "prev").unwrap()).await;
    assert_eq!(rows(&back), rows(&pages[0]), "and back up");
    assert_eq!(rows(&auditor.get(&format!("{LOG}?from=nonsense")).await).len(), 25);
}

/// AUDIT-1
#[tokio::test]
async fn an_opened_event_shows_what_it_changed_and_never_a_secret() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let edit = format!("/settings/channels/{}/edit", firm.channel());
    let url = desk.simulator.url();
    let pairs = [
        ("_version", "1".to_owned()),
        ("code", "main".to_owned()),
        ("name", "InTouch <b>first</b>".to_owned()),
        ("display_order", "7".to_owned()),
        ("active", "true".to_owned()),
        ("config.authUrl", format!("{url}/auth")),
        ("config.baseUrl", url.clone()),
        ("config.identityUrl", format!("{url}/identity/api/v2")),
        ("config.injectionUrl", format!("{url}/injection/api/v3/initiateWorkflow")),
        ("config.coreUrl", format!("{url}/core/api/v3")),
        ("config.clientId", "tests".to_owned()),
        ("config.clientSecret", "quite-another-secret".to_owned()),
    ];
    let saved = manager.post(&edit, &pairs).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let list = auditor.get(LOG).await;
    assert!(!list.text.contains("<b>first"), "names are text");
    let says = "KYC Manager of Aloe Bank changed the channel InTouch <b>first</b>";
    assert!(list.words().contains(says), "{}", list.words());
    assert!(list.words().contains("Display order: from “0” to “7”"), "{}", list.words());
    let page = opened(&mut auditor, LOG, "KYC Manager of Aloe Bank changed the channel").await;
    let words = page.words();
    for said in [
        "Display order 0 7",
        "Name InTouch main InTouch <b>first</b>",
        "Client secret never shown changed",
        "Event channel.updated",
        "From 127.0.0.1",
        "Seal Not sealed yet",
        "23 Nov 2026, 14:00:00",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!words.contains("Code"), "what did not change is left out: {words}");
    let id = page.text.split_once("?about=").unwrap().1[..36].to_owned();
    let kept = auditor.get(&format!("{LOG}?about={id}&open={id}")).await;
    assert!(kept.words().contains("Display order 0 7"), "a link that lasts: {}", kept.words());
    let number = saved.header("x-request-id");
    assert!(words.contains(&format!("Server request {number}")), "{words}");
    assert_eq!(rows(&auditor.get(&format!("{LOG}?about={number}")).await).len(), 1, "it is found by that number");

    let csv = auditor.get("/settings/audit.csv").await.text;
    for secret in ["quite-another-secret", dossier_testkit::CLIENT_SECRET] {
        assert!(!page.text.contains(secret) && !csv.contains(secret), "{secret}");
    }
    assert!(csv.contains("tests"), "the control: what is no secret is there");

    let other = desk.firm("Fynbos Trust").await;
    let mut intruder = other.visitor(BuiltInRole::Administrator).await;
    let id = rows(&list)[0].clone();
    let foreign = intruder.get(&format!("{LOG}?open={id}&about={id}")).await;
    assert!(foreign.words().contains("No event matches"), "TENANT-1: {}", foreign.words());
}

/// REQ-3
#[tokio::test]
async fn a_request_has_an_audit_tab_of_its_own_for_those_who_may_read_the_audit() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, other) = (firm.request("Kwantu Solar").await, firm.request("Another").await);
    firm.run(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": NUMBER })).await;
    let here = format!("/requests/{request}/audit");
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let details = auditor.get(&format!("/requests/{request}")).await;
    assert!(details.text.contains(&format!("href=\"{here}\"")), "{}", details.words());
    let page = auditor.get(&here).await;
    let words = page.words();
    for says in [
        "KYC Operator of Aloe Bank created the request Kwantu Solar",
        "KYC Operator of Aloe Bank started Company KYC in Kwantu Solar",
        "KYC Operator of Aloe Bank got a result of Company KYC in Kwantu Solar",
        "KYC Operator of Aloe Bank changed the status of Kwantu Solar Status: from “draft” to “pending”",
    ] {
        assert!(words.contains(says), "{says}: {words}");
    }
    assert!(!words.contains("Another") && !words.contains("signed in"), "only what belongs to it: {words}");
    let of_request = firm.audit().await.into_iter().filter(|event| event.request == Some(request)).count();
    assert_eq!(rows(&page).len(), of_request);
    assert!(auditor.get(&format!("/requests/{other}/audit")).await.words().contains("created the request Another"));

    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let refused = operator.get(&here).await;
    assert_eq!(refused.status, 403);
    assert!(refused.words().contains("audit:read"), "{}", refused.words());
    assert!(!operator.get(&format!("/requests/{request}")).await.text.contains(&here), "and it has no tab");
}

/// AUDIT-1, AUDIT-3
#[tokio::test]
async fn the_audit_is_exported_as_it_is_narrowed_and_that_is_an_event() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("=HYPERLINK(\"https://x.example\")").await;
    desk.clock.advance(Duration::from_hours(1));
    firm.request("Kwantu, \"Solar\"").await;
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let page = auditor.get(&format!("{LOG}?what=request.created&who=operator")).await;
    assert!(page.text.contains("href=\"/settings/audit.csv?who=operator&#38;what=request.created\""), "{}", page.text);
    let csv = auditor.get("/settings/audit.csv?who=operator&what=request.created").await;
    assert_eq!(csv.status, 200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("audit-2026-11-23.csv"));
    assert!(csv.header("cache-control").contains("no-store"));
    let lines: Vec<_> = csv.text.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "a head, two events, nothing after: {}", csv.text);
    assert!(lines[0].starts_with("\u{feff}Time,Who,Who ID,Event,What happened,In words,"), "{}", lines[0]);
    assert!(lines[1].starts_with("2026-11-23T15:00:00.010000+02:00,KYC Operator of Aloe Bank,"), "{}", lines[1]);
    assert!(lines[1].contains(",\"Kwantu, \"\"Solar\"\"\","), "{}", lines[1]);
    assert!(
        lines[1].contains("\"KYC Operator of Aloe Bank created the request Kwantu, \"\"Solar\"\"\""),
        "{}",
        lines[1]
    );
    assert!(lines[2].contains(",\"'=HYPERLINK(\"\"https://x.example\"\")\","), "a formula is text: {}", lines[2]);

    let event = firm.audit().await.into_iter().find(|event| event.action == "audit.exported").unwrap();
    let asked = json!({ "who": "operator", "what": ["request.created"], "about": null, "from": null, "before": null });
    assert_eq!(event.after, Some(asked));
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    assert_eq!(operator.get("/settings/audit.csv").await.status, 403);
    let exports = firm.deeds().await.into_iter().filter(|deed| deed == "audit.exported").count();
    assert_eq!(exports, 1, "a refused one is none");
}

/// AUDIT-3
#[tokio::test]
async fn a_long_export_has_every_event_once() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    for number in 0..260 {
        firm.request(&format!("Request {number}")).await;
    }
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let csv = auditor.get("/settings/audit.csv").await;
    let ids: Vec<_> = csv.text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().to_owned()).collect();
    let known: Vec<_> = firm.audit().await.iter().rev().map(|event| event.id.to_string()).collect();
    assert!(known.len() > 250);
    assert_eq!(ids, known, "more than a piece, itself among them");
}
