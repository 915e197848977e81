//! How calls go out on a channel: its provider's limits, its wishes to wait, and the circuit breaker, for all processes
//! together.

use std::time::Duration;

use dossier_app::runs::Worker;
use dossier_domain::{ErrorClass, RunState};
use dossier_storage::lanes;
use dossier_testkit::{Desk, DeskBuilder, Firm};
use serde_json::json;

use crate::kestrel;

/// Asks for the types in so many requests, and waits for the ends.
async fn ask(firm: &Firm<'_>, times: usize) -> Vec<RunState> {
    let mut runs = Vec::new();
    for n in 0..times {
        let request = firm.request(&format!("Naledi {n}")).await;
        runs.push(firm.start(request, "types", json!({})).await.unwrap());
    }
    let mut ends = Vec::new();
    for run in runs {
        ends.push(firm.ended(run).await.state);
    }
    ends
}

async fn most_at_once(limits: &str) -> usize {
    let (desk, kestrel, host) = kestrel::desk(limits, |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    kestrel.gather(3);
    let second = Worker::start(&desk.another_process().await);
    assert_eq!(ask(&firm, 8).await, [RunState::Succeeded; 8]);
    second.stop().await;
    kestrel.most_at_once()
}

#[tokio::test]
async fn two_processes_together_keep_to_what_a_provider_takes_at_once() {
    assert!(most_at_once("limits: { at_once: 2 }").await <= 2);
    assert!(most_at_once("").await > 2, "the control: without limits they do not");
}

#[tokio::test]
async fn two_processes_together_keep_the_distance_between_calls() {
    let (desk, kestrel, host) = kestrel::desk("limits: { per_second: 10 }", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let second = Worker::start(&desk.another_process().await);
    assert_eq!(ask(&firm, 6).await, [RunState::Succeeded; 6]);
    second.stop().await;
    let mut came = kestrel.came();
    came.sort_unstable();
    let span = came[came.len() - 1] - came[0];
    assert!(span >= Duration::from_millis(450), "six calls at ten a second came within {span:?}");
}

/// A provider that asks to wait is left alone by all processes.
#[tokio::test]
async fn a_wish_to_wait_holds_for_the_next_process_too() {
    let (desk, kestrel, host) = kestrel::desk("", DeskBuilder::without_worker).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    kestrel.refuse(&[429]);
    let first = Worker::start(&desk.app);
    let request = firm.request("Naledi").await;
    let refused = firm.run(request, "types", json!({})).await;
    assert_eq!((refused.state, refused.error), (RunState::Failed, Some(ErrorClass::RateLimited)));
    first.stop().await;
    let second = Worker::start(&desk.another_process().await);
    let held = firm.run(request, "types", json!({})).await;
    let said = held.message.unwrap();
    assert!(said.contains("asked this channel to wait, for 600 s still. Nothing was sent."), "{said}");
    assert_eq!(kestrel.came().len(), 1);
    desk.clock.advance(Duration::from_secs(601));
    assert_eq!(firm.run(request, "types", json!({})).await.state, RunState::Succeeded);
    second.stop().await;
}

async fn break_down(desk: &Desk, firm: &Firm<'_>, kestrel: &kestrel::Kestrel) {
    kestrel.fall_silent(true);
    for n in 0..5 {
        let request = firm.request(&format!("Naledi {n}")).await;
        let run = firm.run(request, "check", json!({ "reference": format!("R{n}") })).await;
        assert_eq!(run.state, RunState::Unknown, "{:?}", run.message);
    }
    kestrel.fall_silent(false);
    let _ = desk;
}

#[tokio::test]
async fn after_five_failures_in_a_row_no_process_calls_until_one_call_has_tried() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    break_down(&desk, &firm, &kestrel).await;
    let lane = lanes::find(&mut desk.database.db.read(firm.scope()).await.unwrap(), firm.channel()).await.unwrap();
    assert_eq!((lane.breaker.failures, lane.failure.as_deref()), (5, Some("504")));

    let second = Worker::start(&desk.another_process().await);
    let request = firm.request("Sipho").await;
    let held = firm.run(request, "check", json!({ "reference": "R6" })).await;
    assert_eq!((held.state, held.error), (RunState::Failed, Some(ErrorClass::Unavailable)));
    let said = held.message.unwrap();
    assert!(
        said.contains("did not answer the last calls of this channel; it is tried again in 15 s. Nothing was sent."),
        "{said}"
    );
    assert_eq!(kestrel.begun().len(), 5);

    desk.clock.advance(Duration::from_secs(16));
    assert_eq!(firm.run(request, "check", json!({ "reference": "R7" })).await.state, RunState::Waiting);
    let lane = lanes::find(&mut desk.database.db.read(firm.scope()).await.unwrap(), firm.channel()).await.unwrap();
    assert_eq!(lane.breaker.failures, 0, "it is back");
    second.stop().await;
}
