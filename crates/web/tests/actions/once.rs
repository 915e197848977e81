//! Running once what is asked once, and saying so before it runs again.

use dossier_app::{grant::Execute, requests};
use dossier_domain::{BuiltInRole, RequestStatus};
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::Desk;

use super::{NUMBER, form, outcome, run, send};

/// ACT-9
#[tokio::test]
async fn a_form_that_is_sent_twice_calls_the_provider_once() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let key = form(&mut operator, request, "company_kyc").await.hidden("_key").to_owned();
    let pairs = [("reference", "K1"), ("registrationNumber", NUMBER)];
    let mut twin = operator.clone();
    let (one, two) = tokio::join!(
        send(&mut operator, request, "company_kyc", &key, &pairs),
        send(&mut twin, request, "company_kyc", &key, &pairs)
    );
    let three = send(&mut operator, request, "company_kyc", &key, &pairs).await;
    assert_eq!((one.status, two.status, three.status), (303, 303, 303), "{}", two.words());
    assert_eq!((one.location(), one.location()), (two.location(), three.location()), "all lead to the same run");
    assert_eq!(desk.calls("Company KYC"), 1);

    let other =
        send(&mut operator, request, "company_kyc", &key, &[("reference", "K2"), ("registrationNumber", NUMBER)]).await;
    assert_eq!(other.status, 422);
    assert!(other.words().contains("sent before with other content"), "{}", other.words());
    assert_eq!(desk.calls("Company KYC"), 1);
}

/// ACT-9
#[tokio::test]
async fn two_people_who_press_at_once_start_one_run_and_the_other_is_told() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let pairs = [("reference", "K1 sim:slow=1s"), ("registrationNumber", NUMBER)];
    let (one, two) = tokio::join!(
        run(&mut operator, request, "company_kyc", &pairs),
        run(&mut manager, request, "company_kyc", &pairs)
    );
    let mut answers = [&one, &two];
    answers.sort_by_key(|page| page.status);
    assert_eq!(answers.map(|page| page.status), [303, 409]);
    let words = answers[1].words();
    assert!(words.contains("Company KYC is already running in this request."), "{words}");
    assert!(answers[1].text.contains("value=\"K1 sim:slow=1s\""), "what was typed stays");
    assert_eq!(desk.calls("Company KYC"), 1);
}

/// STATUS-5
#[tokio::test]
async fn in_an_end_state_writes_are_refused_and_reads_still_run() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let member = firm.member(BuiltInRole::Operator).await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for status in [RequestStatus::Completed, RequestStatus::Failed, RequestStatus::Cancelled] {
        let request = firm.request("Kwantu").await;
        requests::mark(&desk.app, &member.grant::<Execute>().unwrap(), request, &requests::Mark::to(status))
            .await
            .unwrap();
        let page = operator.get(&format!("/requests/{request}")).await;
        let verb = if status == RequestStatus::Failed { "has" } else { "is" };
        assert!(page.words().contains(&format!("This request {verb} {status}.")), "{}", page.words());
        assert!(!page.text.contains("/actions/company_kyc") && page.text.contains("/actions/workflow_status"));
        let pairs = [("reference", "K1"), ("registrationNumber", NUMBER)];
        let refused = run(&mut operator, request, "company_kyc", &pairs).await;
        assert_eq!(refused.status, 409);
        let said = format!("This request is {status}, so Company KYC cannot run in it.");
        assert!(refused.words().contains(&said), "{}", refused.words());
        let read = outcome(&mut operator, request, "workflow_status", &[("trackingId", TRACKING_COMPLETED)]).await;
        assert!(read.words().contains("Workflow Status succeeded."), "{}", read.words());
        let pill = status.as_str();
        assert!(!read.words().contains("Pending"), "a read does not reopen a {pill} request: {}", read.words());
    }
    assert_eq!(desk.calls("Company KYC"), 0);
}

/// CHAN-7, CHAN-8
#[tokio::test]
async fn an_inactive_channel_still_runs_and_a_deleted_one_does_not() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    firm.change("UPDATE channel SET active = FALSE").await;
    let pairs = [("trackingId", TRACKING_COMPLETED)];
    let page = outcome(&mut operator, request, "workflow_status", &pairs).await;
    assert!(page.words().contains("Workflow Status succeeded."), "{}", page.words());
    firm.change("UPDATE channel SET deleted_at = created_at").await;
    let page = send(&mut operator, request, "workflow_status", "key", &pairs).await;
    assert_eq!(page.status, 409);
    assert!(page.words().contains("The channel InTouch main was deleted."), "{}", page.words());
    let words = operator.get(&format!("/requests/{request}")).await.words();
    assert!(words.contains("Gold KYC: completed.") && words.contains("deleted"), "what is stored stays: {words}");
}
