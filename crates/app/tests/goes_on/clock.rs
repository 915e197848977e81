//! The machine's clock is set forward or back by hours while runs are on their way.

use std::time::Duration;

use dossier_app::runs::Worker;
use dossier_domain::{RunId, RunState};
use dossier_simulator::{Outcome, TRACKING_COMPLETED};
use dossier_storage::system;
use dossier_testkit::{Desk, DeskBuilder, Firm};
use serde_json::json;

use crate::follow::{basic, find, until};
use crate::kestrel;

const HOURS: Duration = Duration::from_hours(3);

async fn asked(desk: &Desk, service: &str) {
    desk.until("the provider is asked", |desk| {
        desk.simulator.ledger().iter().any(|entry| entry.service == service && entry.outcome == Outcome::Open)
    })
    .await;
}

async fn slow_write(desk: &Desk, firm: &Firm<'_>) -> RunId {
    let request = firm.request("Kwantu").await;
    let params = json!({ "reference": "K1 sim:slow=1500ms", "registrationNumber": "2014/187452/07" });
    let run = firm.start(request, "company_kyc", params).await.unwrap();
    asked(desk, "Company KYC").await;
    run
}

/// ACT-10: every lease has ended by that clock, so another process takes the run; it sends nothing, and the answer counts
/// when it comes.
#[tokio::test]
async fn a_write_that_is_on_its_way_when_the_clock_leaps_forward_is_sent_once_and_ends_with_its_answer() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = Worker::start(&desk.another_process().await);
    let run = slow_write(&desk, &firm).await;
    desk.clock.advance(HOURS);
    let ended = until(&desk, &firm, run, Duration::ZERO, |run| run.state == RunState::Succeeded).await;
    assert_eq!((ended.state, desk.calls("Company KYC")), (RunState::Succeeded, 1));
    second.stop().await;
}

#[tokio::test]
async fn a_read_that_is_on_its_way_when_the_clock_leaps_forward_ends_well() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = Worker::start(&desk.another_process().await);
    desk.misbehave("slow=1s", "/core").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.start(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await.unwrap();
    asked(&desk, "Workflow Status").await;
    desk.clock.advance(HOURS);
    assert_eq!(until(&desk, &firm, run, Duration::ZERO, |run| !run.state.is_live()).await.state, RunState::Succeeded);
    second.stop().await;
}

/// Who lost the run is answered first, while the one that has it now still waits: its end is the second's.
#[tokio::test]
async fn a_read_that_two_workers_ask_for_ends_once_and_is_stored_once() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let first = Worker::beating(&desk.app, HOURS);
    desk.misbehave("slow=1s", "/core").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.start(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await.unwrap();
    asked(&desk, "Workflow Status").await;
    desk.misbehave("slow=3s", "/core").await;
    let end_lease = "UPDATE run SET worker = 'another', lease_until = NULL WHERE state = 'running'";
    firm.change(end_lease).await;
    let second = Worker::start(&desk.another_process().await);
    let ended = until(&desk, &firm, run, Duration::ZERO, |run| !run.state.is_live()).await;
    assert_eq!((ended.state, ended.tries), (RunState::Succeeded, 2), "{:?}", ended.message);
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    assert_eq!(dossier_storage::results::current(&mut tx, request).await.unwrap().len(), 1);
    drop(tx);
    assert_eq!(desk.calls("Workflow Status"), 2, "the control: both have asked");
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn what_a_dead_process_held_is_taken_up_at_once_after_the_clock_was_set_back() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let run = firm.start(request, "company_kyc", params).await.unwrap();
    let now = desk.clock.now();
    let mut tx = desk.database.db.system().await.unwrap();
    system::claim_run(&mut tx, "dead", now, now.plus(Duration::from_secs(30))).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    desk.clock.set_back(HOURS);
    let worker = Worker::start(&desk.app);
    assert_eq!(firm.ended(run).await.state, RunState::Succeeded);
    worker.stop().await;
}

#[tokio::test]
async fn a_write_that_is_on_its_way_when_the_clock_is_set_back_is_sent_once_and_ends_with_its_answer() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = Worker::start(&desk.another_process().await);
    let run = slow_write(&desk, &firm).await;
    desk.clock.set_back(HOURS);
    let ended = until(&desk, &firm, run, Duration::ZERO, |run| run.state == RunState::Succeeded).await;
    assert_eq!((ended.state, desk.calls("Company KYC")), (RunState::Succeeded, 1));
    second.stop().await;
}

/// A pause, a place and a turn of another time are not waited for.
#[tokio::test]
async fn a_channel_is_not_held_up_for_hours_after_the_clock_was_set_back() {
    let limits = "limits: { at_once: 1, per_second: 50 }";
    let (desk, kestrel, host) = kestrel::desk(limits, DeskBuilder::without_worker).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    kestrel.refuse(&[429]);
    let worker = Worker::start(&desk.app);
    assert_eq!(firm.run(request, "types", json!({})).await.state, RunState::Failed, "the provider asks to wait");
    desk.clock.set_back(HOURS);
    assert_eq!(firm.run(request, "types", json!({})).await.state, RunState::Succeeded);
    kestrel.fall_silent(true);
    for n in 0..5 {
        let request = firm.request(&format!("Naledi {n}")).await;
        firm.run(request, "check", json!({ "reference": format!("R{n}") })).await;
    }
    kestrel.fall_silent(false);
    assert_eq!(firm.run(request, "types", json!({})).await.state, RunState::Failed, "the control: the breaker is open");
    desk.clock.set_back(HOURS);
    assert_eq!(firm.run(request, "types", json!({})).await.state, RunState::Succeeded);
    // A process dies with the only place in its hands, and with a turn that was given far ahead.
    let ahead = desk.clock.now().plus(Duration::from_mins(2)).micros();
    place(&desk, &firm, ahead).await;
    desk.clock.set_back(HOURS);
    assert_eq!(firm.run(request, "types", json!({})).await.state, RunState::Succeeded);
    worker.stop().await;
}

/// Takes the only place of the channel until `until`.
async fn place(desk: &Desk, firm: &Firm<'_>, until: i64) {
    let mut tx = desk.database.db.write(firm.scope()).await.unwrap();
    let (now, until) = (desk.clock.now(), dossier_domain::Timestamp::from_micros(until));
    let mut lane = dossier_storage::lanes::lock(&mut tx, firm.channel()).await.unwrap();
    lane.next_at = Some(until);
    dossier_storage::lanes::set(&mut tx, firm.channel(), &lane).await.unwrap();
    let id = uuid::Uuid::from_u128(7);
    dossier_storage::lanes::take_place(&mut tx, firm.channel(), id, now, until).await.unwrap();
    tx.commit().await.unwrap();
}

/// Work that is followed: a question that was due by the old clock is not put off for as long as the clock was set back.
#[tokio::test]
async fn accepted_work_is_asked_about_soon_after_the_clock_was_set_back() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic("")).await;
    assert_eq!(run.state, RunState::Waiting);
    desk.clock.set_back(HOURS);
    let ended = until(&desk, &firm, run.id, Duration::from_secs(5), |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded, "{:?}", find(&desk, &firm, run.id).await.next_poll);
}
