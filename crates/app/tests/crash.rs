//! A process that dies in the middle of its work, and the next one that finds what it left (ACT-10).

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use dossier_app::runs::{Run, Worker};
use dossier_domain::{ExchangeState, RequestId, RunId, RunState};
use dossier_simulator::{Outcome, TRACKING_COMPLETED};
use dossier_storage::{Guard, exchanges, runs, system};
use dossier_testkit::{Desk, Firm};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

/// Longer than a worker may be silent.
const SILENCE: Duration = Duration::from_secs(31);

/// A process with a worker, in a runtime of its own that can die at any instant.
struct Process(Runtime);

impl Process {
    /// Starts a process without these rules.
    fn start(desk: &Desk, without: &[Guard]) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // On a thread of its own, because this one belongs to the runtime of the test already.
        let open = || runtime.block_on(desk.careless_process(without));
        let app = std::thread::scope(|scope| scope.spawn(open).join()).unwrap();
        runtime.spawn(async move {
            let _working = Worker::start(&app);
            std::future::pending::<()>().await;
        });
        Self(runtime)
    }

    /// Ends it where it stands: no task of it is polled any more, and its connections close.
    fn die(self) {
        self.0.shutdown_background();
    }
}

/// Waits until the provider works on a call of `service`.
async fn asked(desk: &Desk, service: &str) {
    let open = |desk: &Desk| {
        let ledger = desk.simulator.ledger();
        ledger.iter().any(|entry| entry.service == service && entry.outcome == Outcome::Open)
    };
    desk.until("the provider is asked", open).await;
}

/// Waits until the provider has noticed that nobody waits for its answer.
async fn left(desk: &Desk) {
    desk.until("the connection is gone", |desk| {
        desk.simulator.ledger().iter().all(|entry| entry.outcome != Outcome::Open)
    })
    .await;
}

/// Takes the next free run for `worker` at `later` from now, as its process would.
async fn claim(desk: &Desk, worker: &str, later: Duration) -> Option<RunId> {
    let mut tx = desk.database.db.system().await.unwrap();
    let now = desk.clock.now().plus(later);
    let claimed = system::claim_run(&mut tx, worker, now, now.plus(Duration::from_secs(30))).await.unwrap();
    tx.commit().await.unwrap();
    claimed.map(|claimed| claimed.run)
}

async fn company_kyc(firm: &Firm<'_>) -> (RequestId, RunId) {
    let request = firm.request("Kwantu").await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    (request, firm.start(request, "company_kyc", params).await.unwrap())
}

async fn states(desk: &Desk, firm: &Firm<'_>, run: RunId) -> Vec<ExchangeState> {
    let calls = exchanges::states(&mut desk.database.db.read(firm.scope()).await.unwrap(), run).await.unwrap();
    calls.into_iter().map(|(_, state)| state).collect()
}

async fn look(desk: &Desk, firm: &Firm<'_>, run: RunId) -> Run {
    runs::find(&mut desk.database.db.read(firm.scope()).await.unwrap(), run).await.unwrap().unwrap()
}

/// Lets one process die while the provider works on the call, and another one find the run.
async fn die_in_mid_call(desk: &Desk, firm: &Firm<'_>, without: &[Guard]) -> Run {
    desk.misbehave("timeout", "/library").await;
    let (_, run) = company_kyc(firm).await;
    let first = Process::start(desk, without);
    asked(desk, "Company KYC").await;
    first.die();
    left(desk).await;
    assert_eq!(look(desk, firm, run).await.state, RunState::Running, "nobody could say how it ended");
    assert_eq!(claim(desk, "early", Duration::from_secs(29)).await, None, "nobody takes it while its lease runs");
    desk.clock.advance(SILENCE);
    let second = Worker::start(&desk.another_process().await);
    let found = firm.ended(run).await;
    second.stop().await;
    found
}

/// ACT-10
#[tokio::test]
async fn a_write_whose_process_died_in_mid_call_is_unknown_and_never_sent_again() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let run = die_in_mid_call(&desk, &firm, &[]).await;
    assert_eq!(run.state, RunState::Unknown);
    let message = run.message.clone().unwrap();
    assert!(
        message.contains("Dossier was stopped, or could not store what came back, after the provider was asked."),
        "{message}"
    );
    assert!(message.contains("may have been carried out and charged"), "{message}");
    let calls = states(&desk, &firm, run.id).await;
    let sending = calls.iter().filter(|state| **state == ExchangeState::Sending).count();
    assert_eq!((sending, calls.len()), (1, 2), "after the token, one row says that it was being sent: {calls:?}");
    assert_eq!(desk.calls("Company KYC"), 1);
    assert!(firm.deeds().await.contains(&"run.unknown".to_owned()));
}

/// The control of the test above: without the row that says that a call is being sent, the next process cannot know,
/// sends it again, and the company is paid for twice.
#[tokio::test]
async fn without_its_row_the_same_call_is_sent_and_paid_twice() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let run = die_in_mid_call(&desk, &firm, &[Guard::SendingRow]).await;
    assert_eq!((run.state, desk.calls("Company KYC")), (RunState::Succeeded, 2));
}

/// ACT-10
#[tokio::test]
async fn a_read_whose_process_died_in_mid_call_is_asked_again() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Nomsa Dlamini").await;
    desk.misbehave("timeout", "/core").await;
    let params = json!({ "trackingId": TRACKING_COMPLETED });
    let run = firm.start(request, "workflow_status", params).await.unwrap();
    let first = Process::start(&desk, &[]);
    asked(&desk, "Workflow Status").await;
    first.die();
    left(&desk).await;
    desk.clock.advance(SILENCE);
    let second = Worker::start(&desk.another_process().await);
    let found = firm.ended(run).await;
    second.stop().await;
    assert_eq!((found.state, desk.calls("Workflow Status")), (RunState::Succeeded, 2));
    let calls = states(&desk, &firm, run).await;
    assert_eq!(calls.iter().filter(|state| **state == ExchangeState::Sending).count(), 1, "the first stays as it was");
}

/// ACT-10: a sign-in carries nothing out, so a write that got no further is not unknown.
#[tokio::test]
async fn a_write_whose_process_died_while_it_signed_in_is_carried_out_once() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.misbehave("timeout", "/auth").await;
    let (_, run) = company_kyc(&firm).await;
    let first = Process::start(&desk, &[]);
    desk.until("a token is asked for", |desk| {
        desk.simulator.ledger().iter().any(|entry| entry.path.starts_with("/auth") && entry.outcome == Outcome::Open)
    })
    .await;
    first.die();
    left(&desk).await;
    desk.clock.advance(SILENCE);
    let second = Worker::start(&desk.another_process().await);
    let found = firm.ended(run).await;
    second.stop().await;
    assert_eq!((found.state, desk.calls("Company KYC")), (RunState::Succeeded, 1), "{:?}", found.message);
}

/// ACT-10
#[tokio::test]
async fn a_run_of_which_nothing_was_sent_is_carried_out_once() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (_, waiting) = company_kyc(&firm).await;
    assert_eq!(desk.simulator.ledger().len(), 0, "queued by a process that has no worker");

    let (_, begun) = company_kyc(&firm).await;
    let claimed = [claim(&desk, "dead", Duration::ZERO).await, claim(&desk, "dead", Duration::ZERO).await];
    assert_eq!(claimed, [Some(waiting), Some(begun)], "a process takes both, the oldest first");
    let mut tx = desk.database.db.write(firm.scope()).await.unwrap();
    let moved = runs::move_to(&mut tx, begun, RunState::Queued, RunState::Running, runs::Patch::default()).await;
    assert!(moved.unwrap(), "it begins the second, and dies");
    tx.commit().await.unwrap();

    desk.clock.advance(SILENCE);
    let second = Worker::start(&desk.another_process().await);
    let third = Worker::start(&desk.another_process().await);
    for run in [waiting, begun] {
        assert_eq!(firm.ended(run).await.state, RunState::Succeeded);
    }
    second.stop().await;
    third.stop().await;
    assert_eq!(desk.calls("Company KYC"), 2, "each once, whoever took it");
}

/// Lets a worker fetch its token slowly; meanwhile `thief` takes its run.
async fn overtaken(thief: Option<&str>) -> (RunState, usize) {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.misbehave("slow=1s", "/auth").await;
    let (_, run) = company_kyc(&firm).await;
    let worker = Worker::start(&desk.another_process().await);
    asked(&desk, "Token").await;
    if let Some(thief) = thief {
        assert_eq!(claim(&desk, thief, SILENCE).await, Some(run));
    }
    worker.stop().await;
    let found = look(&desk, &firm, run).await;
    assert_eq!(found.worker.as_deref(), thief);
    (found.state, desk.calls("Company KYC"))
}

/// ACT-10
#[tokio::test]
async fn a_worker_that_was_thought_dead_sends_nothing_more() {
    assert_eq!(overtaken(Some("thief")).await, (RunState::Running, 0));
    assert_eq!(overtaken(None).await, (RunState::Succeeded, 1), "the control: left alone it does");
}

/// A sign of life that had to wait for the row, or the writer, that the work itself held once stopped both for good.
#[tokio::test]
async fn signs_of_life_do_not_hold_up_the_work_that_they_guard() {
    let desk = Desk::builder().beating(Duration::from_millis(1)).open().await;
    let firm = desk.firm("Aloe Bank").await;
    for n in 0..10 {
        let request = firm.request(&format!("Kwantu {n}")).await;
        let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
        let run = firm.run(request, "company_kyc", params).await;
        assert_eq!(run.state, RunState::Succeeded, "{n}: {:?}", run.message);
    }
}
