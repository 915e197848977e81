//! A server that is asked to stop while providers are being asked.

use std::time::{Duration, Instant};

use dossier_app::runs::Worker;
use dossier_domain::{RunId, RunState};
use dossier_simulator::Outcome;
use dossier_testkit::{Desk, Firm};
use serde_json::json;

use crate::follow::{find, until};

/// The provider does `kind` at `path`; the server is stopped when that call is open.
async fn stopped(desk: &Desk, firm: &Firm<'_>, (kind, path): (&str, &str), farewell: Duration) -> RunId {
    desk.misbehave(kind, path).await;
    let request = firm.request("Kwantu").await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let run = firm.start(request, "company_kyc", params).await.unwrap();
    let worker = Worker::start(&desk.another_process().await).in_haste(farewell);
    desk.until("the provider is asked", |desk| {
        desk.simulator.ledger().iter().any(|entry| entry.path.starts_with(path) && entry.outcome == Outcome::Open)
    })
    .await;
    let began = Instant::now();
    worker.stop().await;
    assert!(began.elapsed() < farewell + Duration::from_secs(2), "it stops in time: {:?}", began.elapsed());
    run
}

#[tokio::test]
async fn what_is_answered_before_the_server_must_go_is_stored() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let run = stopped(&desk, &firm, ("slow=700ms", "/library"), Duration::from_secs(10)).await;
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Succeeded);
}

/// ACT-10: the clock stands still, so no lease ends by itself.
#[tokio::test]
async fn what_is_not_answered_in_time_is_handed_over_at_once_and_a_late_answer_still_ends_it() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let run = stopped(&desk, &firm, ("slow=4s", "/library"), Duration::from_millis(200)).await;
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Running);
    let next = Worker::start(&desk.another_process().await);
    assert_eq!(firm.ended(run).await.state, RunState::Unknown);
    let ended = until(&desk, &firm, run, Duration::ZERO, |run| run.state != RunState::Unknown).await;
    assert_eq!((ended.state, desk.calls("Company KYC")), (RunState::Succeeded, 1));
    next.stop().await;
}

/// The stopped process lives on until its token comes; what it handed over it does not send.
#[tokio::test]
async fn a_run_that_is_handed_over_before_anything_was_sent_is_carried_out_once() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let run = stopped(&desk, &firm, ("slow=1s", "/auth"), Duration::from_millis(200)).await;
    let next = Worker::start(&desk.another_process().await);
    assert_eq!(firm.ended(run).await.state, RunState::Succeeded);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(desk.calls("Company KYC"), 1);
    next.stop().await;
}
