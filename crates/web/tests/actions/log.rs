//! The log of a request, at its page.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::{CLIENT_SECRET, Desk, Page};
use serde_json::json;

use super::{NUMBER, outcome};

const ID: &str = "8001015009087";

/// LOG-1, LOG-2, ACT-8
#[tokio::test]
async fn every_call_is_there_and_no_secret_or_person_in_it() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let pairs = [
        ("reference", "K1"),
        ("registrationNumber", NUMBER),
        ("directors[0].FirstName", "Naledi"),
        ("directors[0].Surname", "Khumalo"),
        ("directors[0].IDNumber", ID),
        ("directors[0].EmailAddress", "naledi@khumalo.example"),
    ];
    outcome(&mut operator, request, "company_kyc", &pairs).await;

    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let list = viewer.get(&format!("/requests/{request}/logs")).await;
    let words = list.words();
    assert_eq!(list.text.matches("class=\"row-link\"").count(), 2, "the token call too: {words}");
    for said in ["Company KYC", "POST", "/auth/token", "/library/api/v3", "200", "KYC Operator of Aloe Bank"] {
        assert!(words.contains(said), "{said} in {words}");
    }

    let mut pages = Vec::new();
    for id in list.text.split("?open=").skip(1).map(|after| &after[..36]) {
        let opened = viewer.get(&format!("/requests/{request}/logs?open={id}")).await;
        assert!(opened.words().contains("Asked by"), "{}", opened.words());
        pages.push(opened);
        for side in ["request", "response"] {
            let body = viewer.get(&format!("/requests/{request}/logs/{id}/{side}")).await;
            assert_eq!((body.status, body.header("content-type")), (200, "text/plain; charset=utf-8"), "{side}");
            assert!(body.header("content-disposition").starts_with("attachment"), "{side}");
            pages.push(body);
        }
        assert_eq!(viewer.get(&format!("/requests/{request}/logs/{id}/both")).await.status, 404);
    }
    pages.push(list);
    assert!(pages.iter().any(|page| page.text.contains("CompanyStatus")), "the control: company data is kept");
    assert!(pages.iter().any(|page| page.text.contains("client_secret")), "the control: the token call is opened");
    let token = desk.tokens(1).await.remove(0);
    for hidden in [CLIENT_SECRET, token.as_str(), ID, "Naledi", "Khumalo", "naledi@", "naledi%40"] {
        for page in &pages {
            assert!(!page.text.contains(hidden), "{hidden} stands in {}", page.text);
        }
    }
}

/// LOG-1
#[tokio::test]
async fn the_newest_call_stands_first() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    outcome(&mut operator, request, "company_kyc", &[("reference", "K1"), ("registrationNumber", NUMBER)]).await;
    desk.clock.advance(Duration::from_secs(1));
    outcome(&mut operator, request, "workflow_status", &[("trackingId", TRACKING_COMPLETED)]).await;
    let words = operator.get(&format!("/requests/{request}/logs")).await.words();
    let (_, table) = words.split_once("Attempt").unwrap();
    assert!(table.find("Workflow Status").unwrap() < table.find("Company KYC").unwrap(), "{table}");
}

/// LOG-1
#[tokio::test]
async fn calls_are_narrowed_by_action_answer_and_run_and_each_leads_to_its_run() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let company = |reference: &str| json!({ "reference": reference, "registrationNumber": NUMBER });
    let good = firm.run(request, "company_kyc", company("K1")).await.id;
    desk.clock.advance(Duration::from_secs(1));
    firm.run(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await;
    desk.misbehave("hang-up", "/library").await;
    let lost = firm.run(request, "company_kyc", company("K2")).await.id;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let at = format!("/requests/{request}/logs");
    let rows = |page: &Page| page.text.matches("class=\"row-link\"").count();
    let all = viewer.get(&at).await;
    assert_eq!(rows(&all), 7, "the status brings three files: {}", all.words());
    assert!(all.text.contains(&format!("href=\"/requests/{request}/runs/{good}\"")), "its run");
    for (query, count) in [
        ("?action=company_kyc", 3),
        ("?action=workflow_status", 4),
        ("?end=answered", 6),
        ("?end=broken", 1),
        ("?action=company_kyc&end=broken", 1),
        ("?action=&end=", 7),
        ("?end=nonsense", 7),
        (&format!("?run={lost}"), 1),
        (&format!("?run={good}&end=answered"), 2),
    ] {
        let page = viewer.get(&format!("{at}{query}")).await;
        assert_eq!(rows(&page), count, "{query}: {}", page.words());
    }
    let narrow = viewer.get(&format!("{at}?action=company_kyc&end=broken")).await;
    assert!(narrow.text.contains("<option value=\"broken\" selected>"), "what was chosen is still chosen");
    let open = narrow.text.split_once("class=\"row-link\" href=\"").unwrap().1.split('"').next().unwrap();
    assert!(open.contains("action=company_kyc") && open.contains("end=broken"), "it goes along: {open}");
    let opened = viewer.get(&open.replace("&#38;", "&")).await;
    assert!(opened.words().contains("Asked by") && rows(&opened) == 1, "{}", opened.words());
    for query in ["?end=open", "?end=refused", "?action=face_compare"] {
        let page = viewer.get(&format!("{at}{query}")).await;
        assert!(page.words().contains("No call fits") && page.words().contains("Clear the filter"), "{}", page.words());
    }
}

/// LOG-1
#[tokio::test]
async fn a_request_without_calls_says_so() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let page = firm.visitor(BuiltInRole::Viewer).await.get(&format!("/requests/{request}/logs")).await;
    assert!(page.words().contains("No call yet"), "{}", page.words());
}
