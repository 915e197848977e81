//! Workflow Status and Get Auth Token: what only asks.

use dossier_domain::BuiltInRole;
use dossier_simulator::{TRACKING_COMPLETED, TRACKING_FAILED, TRACKING_PROCESSING, TRACKING_UNKNOWN_WORD};
use dossier_testkit::{CLIENT_SECRET, Desk};

use super::{form, link, outcome};

/// ACT-2, RESULT-1, STATUS-6
#[tokio::test]
async fn every_state_of_a_workflow_is_shown_and_none_is_a_verdict() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for (tracking, word) in [
        (TRACKING_PROCESSING, "Processing"),
        (TRACKING_COMPLETED, "Completed"),
        (TRACKING_FAILED, "Failed"),
        (TRACKING_UNKNOWN_WORD, "Parked"),
    ] {
        let request = firm.request("Nomsa Dlamini").await;
        let page = outcome(&mut operator, request, "workflow_status", &[("trackingId", tracking)]).await;
        let words = page.words();
        assert!(words.contains("Workflow Status succeeded."), "{words}");
        assert!(words.contains(&format!("Gold KYC: {}.", word.to_lowercase())) && words.contains(tracking), "{words}");
        let grey = format!("<span class=\"badge\" data-tone=\"calm\"><bdi>{word}</bdi></span>");
        assert!(page.text.contains(&grey), "{word} is grey");
        assert!(words.contains("Pending Channel"), "no verdict stands beside the status: {words}");
        let next = form(&mut operator, request, "workflow_status").await;
        assert!(next.text.contains(&format!("value=\"{tracking}\"")), "ACT-5: the tracking ID is offered again");
    }
}

/// ACT-6, ACT-7
#[tokio::test]
async fn a_tracking_id_that_nobody_was_given_is_answered_in_the_providers_words() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Nomsa Dlamini").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for tracking in ["nobody", "../../auth/token", "a/b?c=d#e", "%2e%2e"] {
        let page = outcome(&mut operator, request, "workflow_status", &[("trackingId", tracking)]).await;
        let words = page.words();
        assert!(words.contains("InTouch Secure Services answered: “Tracking ID not known”."), "{tracking}: {words}");
        assert!(words.contains("Nothing was stored."), "{words}");
    }
    let ledger = desk.simulator.ledger();
    let paths: Vec<_> = ledger.iter().filter(|entry| entry.service != "Token").map(|entry| &entry.path).collect();
    assert_eq!(paths.len(), 4);
    assert!(paths.iter().all(|path| path.starts_with("/core/api/v3/status/")), "no value leaves its place: {paths:?}");
}

/// ACT-11, LOG-2
#[tokio::test]
async fn the_token_that_was_obtained_stands_nowhere() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Nomsa Dlamini").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let result = outcome(&mut operator, request, "get_auth_token", &[]).await;
    let words = result.words();
    assert!(words.contains("A token was obtained. It is neither stored nor shown."), "{words}");
    assert!(words.contains("Bearer") && words.contains("300 s"), "its type and its life: {words}");
    let status = outcome(&mut operator, request, "workflow_status", &[("trackingId", TRACKING_COMPLETED)]).await;

    let tokens = desk.tokens(3).await;
    assert_eq!((tokens.len(), tokens[0].len()), (3, 64));
    let list = operator.get(&format!("/requests/{request}/logs")).await;
    let raw = operator.get(&link(&result, &format!("/requests/{request}/results/"))).await;
    assert_eq!(raw.status, 200);
    let mut pages = vec![result, status, list, raw];
    let opened: Vec<_> = pages[2].text.split("?open=").skip(1).map(|after| after[..36].to_owned()).collect();
    assert!(opened.len() >= 2, "{}", pages[2].words());
    for id in opened {
        pages.push(operator.get(&format!("/requests/{request}/logs?open={id}")).await);
        for side in ["request", "response"] {
            pages.push(operator.get(&format!("/requests/{request}/logs/{id}/{side}")).await);
        }
    }
    for secret in tokens.iter().map(String::as_str).chain([CLIENT_SECRET]) {
        assert!(pages.iter().all(|page| !page.text.contains(secret)), "a secret stands on a page");
        assert_ne!(desk.keeps(secret), Some(true), "a secret stands in the database");
    }
    assert!(pages.iter().any(|page| page.text.contains("access_token")), "the control: the answer was opened");
}
