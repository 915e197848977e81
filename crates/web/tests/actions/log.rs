//! The log of a request, at its page.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::{CLIENT_SECRET, Desk};

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
async fn a_request_without_calls_says_so() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let page = firm.visitor(BuiltInRole::Viewer).await.get(&format!("/requests/{request}/logs")).await;
    assert!(page.words().contains("No call yet"), "{}", page.words());
}
