//! What was done in a request before: every run, every result, and what happened in each.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::{Desk, Firm, Visitor};
use serde_json::{Value, json};

use super::{NUMBER, link, outcome};

fn company(reference: &str, number: &str) -> Value {
    json!({ "reference": reference, "registrationNumber": number })
}

/// A company that is found, then not, then found again; and a workflow's status.
async fn done(desk: &Desk, firm: &Firm<'_>) -> dossier_domain::RequestId {
    let request = firm.request("Kwantu").await;
    for (reference, number) in [("K1", NUMBER), ("K2", "2014/187452/99"), ("K3", "2014/187459/07")] {
        let mut operator = firm.visitor(BuiltInRole::Operator).await;
        let mut pairs = vec![("reference", reference), ("registrationNumber", number)];
        pairs.push(("companyName", "Kwantu"));
        outcome(&mut operator, request, "company_kyc", &pairs).await;
        desk.clock.advance(Duration::from_mins(1));
    }
    firm.run(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await;
    request
}

/// ACT-7, RESULT-1
#[tokio::test]
async fn every_run_is_listed_with_how_it_ended_and_every_result_opens() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = done(&desk, &firm).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}")).await;
    assert!(page.text.contains(&format!("href=\"/requests/{request}/runs\"")), "the panel leads to them");

    let page = viewer.get(&format!("/requests/{request}/runs")).await;
    let words = page.words();
    assert_eq!(page.text.matches("class=\"row-link\"").count(), 4, "{words}");
    for said in
        ["Workflow Status", "Succeeded", "Failed", "Registration number not found at CIPC", "KYC Operator of Aloe Bank"]
    {
        assert!(words.contains(said), "{said} in {words}");
    }
    let earlier = page.text.split_once("Earlier result").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let earlier = viewer.get(earlier.split('"').next().unwrap()).await;
    let words = earlier.words();
    assert!(words.contains("This is an earlier result: a later run has replaced it."), "{words}");
    assert!(words.contains("is in business") && !words.contains("is deregistered"), "{words}");
    let current = earlier.text.split_once("\">See the current one").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let words = viewer.get(current).await.words();
    assert!(words.contains("is deregistered") && !words.contains("This is an earlier result"), "{words}");

    let narrow = viewer.get(&format!("/requests/{request}/runs?action=company_kyc")).await;
    assert_eq!(narrow.text.matches("class=\"row-link\"").count(), 3, "{}", narrow.words());
    let none = viewer.get(&format!("/requests/{request}/runs?action=get_auth_token")).await;
    assert!(none.words().contains("No run fits"), "{}", none.words());
    let fresh = firm.request("Fresh").await;
    let empty = viewer.get(&format!("/requests/{fresh}/runs")).await;
    assert!(empty.words().contains("No run yet"), "{}", empty.words());
}

/// LIST-3
#[tokio::test]
async fn runs_are_paged_and_the_filter_goes_along() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    for _ in 0..27 {
        firm.run(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await;
        desk.clock.advance(Duration::from_secs(1));
    }
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let first = viewer.get(&format!("/requests/{request}/runs?action=workflow_status")).await;
    assert_eq!(first.text.matches("class=\"row-link\"").count(), 25);
    let older = link(&first, &format!("/requests/{request}/runs?action=workflow_status&#38;from=older-"));
    let second = viewer.get(&older.replace("&#38;", "&")).await;
    assert_eq!(second.text.matches("class=\"row-link\"").count(), 2, "{}", second.words());
    assert!(second.text.contains("action=workflow_status&#38;from=newer-"), "and back");
}

/// ACT-1
#[tokio::test]
async fn an_action_whose_last_run_failed_still_says_when_it_succeeded() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    firm.run(request, "company_kyc", company("K1", NUMBER)).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let before = viewer.get(&format!("/requests/{request}")).await.words();
    assert!(!before.contains("Last succeeded"), "the control: its state says so: {before}");
    desk.clock.advance(Duration::from_mins(5));
    let operator = firm.visitor(BuiltInRole::Operator).await;
    fail(operator, request).await;
    let words = viewer.get(&format!("/requests/{request}")).await.words();
    assert!(words.contains("Failed 14:05"), "{words}");
    assert!(words.contains("Last succeeded 14:00"), "{words}");
}

async fn fail(mut operator: Visitor, request: dossier_domain::RequestId) {
    let wrong = [("reference", "K2"), ("registrationNumber", "2014/187452/99")];
    let words = outcome(&mut operator, request, "company_kyc", &wrong).await.words();
    assert!(words.contains("Company KYC failed."), "{words}");
}

/// LOG-1, ACT-8
#[tokio::test]
async fn a_run_tells_what_happened_in_the_order_of_time() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let run = firm.run(request, "company_kyc", company("K1", NUMBER)).await.id;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}/runs/{run}")).await;
    let words = page.words();
    let mut rest = words.as_str();
    for said in [
        "What happened",
        "KYC Operator of Aloe Bank asked for it.",
        "Dossier took it up.",
        // At one instant of the test's clock, so in any order.
        "InTouch Secure Services. 200",
        "See the call",
        "InTouch Secure Services. 200",
        "What Company KYC brought was stored. See the result",
        "It succeeded.",
    ] {
        rest = rest.split_once(said).unwrap_or_else(|| panic!("{said} in {rest}")).1;
    }
    for said in ["Dossier signed in at InTouch Secure Services.", "Dossier called InTouch Secure Services."] {
        assert!(words.contains(said), "{said} in {words}");
    }
    let call = link(&page, &format!("/requests/{request}/logs?run={run}&#38;open=")).replace("&#38;", "&");
    let words = viewer.get(&call).await.words();
    assert!(
        words.contains("Calls of one run: Company KYC, 23 Nov 2026, 14:00") && words.contains("Asked by"),
        "{words}"
    );
}

/// RESULT-1
#[tokio::test]
async fn every_row_of_a_table_stands_on_pages_of_its_own() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let row = |n: usize| json!([{ "text": format!("Director {n} of the company") }, { "text": "8001015009087", "masked": true }]);
    let table = json!({ "columns": ["Name", "ID number"], "rows": (1..=260).map(row).collect::<Vec<_>>() });
    let display = json!({ "sections": [{ "title": "Empty", "items": [] }, { "title": "Directors", "items": [], "table": table }], "notes": [] });
    firm.show(request, "workflow_status", json!({ "trackingId": "T" }), display).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}")).await;
    assert!(page.words().contains("all 260 rows"), "{}", page.words());
    let mut next = Some(link(&page, &format!("/requests/{request}/results/")).replace("/raw", "/tables/1"));
    let (mut seen, mut pages) = (0, 0);
    while let Some(path) = next {
        let page = viewer.get(&path.replace("&#38;", "&")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.len() < 64_000 && !page.text.contains("8001015009087"), "PII-1: {path}");
        seen += page.text.matches(" of the company<").count();
        pages += 1;
        next =
            page.text.split_once("rel=\"next\" href=\"").map(|(_, after)| after.split('"').next().unwrap().to_owned());
    }
    assert_eq!((seen, pages), (260, 3));
    let path = link(&page, &format!("/requests/{request}/results/")).replace("/raw", "/tables");
    let base = path.split("/tables").next().unwrap();
    for nowhere in ["/tables/0", "/tables/2", "/tables/x"] {
        assert_eq!(viewer.get(&format!("{base}{nowhere}")).await.status, 404, "{nowhere}");
    }
    assert!(viewer.get(&format!("{base}/tables/1?from=9999")).await.words().contains("Rows 260 to 260 of 260"));
}
