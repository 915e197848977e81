//! The simulator in each of its moods, against a write and a read through the whole application: rows, pages and the bill.

use std::time::Duration;

use dossier_connector::{is_file, is_sign_in};
use dossier_domain::{BuiltInRole, ErrorClass, ExchangeState, RequestId, RunState};
use dossier_simulator::TRACKING_COMPLETED;
use dossier_storage::exchanges;
use dossier_storage::runs::Run;
use dossier_testkit::{Desk, Firm};
use serde_json::json;
use tokio::task::JoinSet;

use ErrorClass::{Answer, Auth, Business, RateLimited, Unavailable};
use RunState::{Failed, Succeeded, Unknown};

/// How a run ended.
type End = (RunState, Option<ErrorClass>);
const GOOD: End = (Succeeded, None);
const LOST: End = (Unknown, None);
const AWAY: End = (Failed, Some(Unavailable));
const ODD: End = (Failed, Some(Answer));
const REFUSED: End = (Failed, Some(Auth));

/// Each mood, and how it ends: a write, and a read. What may have been carried out is unknown; what was refused is not.
const MOODS: &[(&str, End, End)] = &[
    ("timeout", LOST, AWAY),
    ("slow=300ms", GOOD, GOOD),
    ("hang-up", LOST, AWAY),
    ("truncated", LOST, AWAY),
    ("malformed", LOST, ODD),
    ("error-in-200", (Failed, Some(Business)), (Failed, Some(Business))),
    ("huge", LOST, AWAY),
    ("drip", LOST, AWAY),
    ("500", LOST, AWAY),
    ("429", (Failed, Some(RateLimited)), (Failed, Some(RateLimited))),
    ("401", REFUSED, REFUSED),
    ("401-once", GOOD, GOOD),
    ("redirect", ODD, ODD),
    ("redirect-loopback", ODD, ODD),
    ("redirect-metadata", ODD, ODD),
    ("redirect-private", ODD, ODD),
    ("expired-link", REFUSED, REFUSED),
];

/// Those that give no whole answer.
const SILENT: &[&str] = &["timeout", "hang-up", "truncated", "huge", "drip"];

/// What no operator can act on: words of libraries and of the system.
const JARGON: &[&str] = &["reqwest", "hyper", "os error", "Os {", "error sending", "error decoding", "Error("];

/// How one run fared, in everything that can be seen of it.
struct Fared {
    run: Run,
    /// Calls of its service by the provider's ledger, and those that are charged.
    calls: usize,
    charged: usize,
    page: String,
}

async fn fared(desk: &Desk, firm: &Firm<'_>, request: RequestId, run: Run, service: &str) -> Fared {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let rows = exchanges::states(&mut tx, run.id).await.unwrap();
    drop(tx);
    assert!(rows.iter().all(|(_, state)| *state != ExchangeState::Sending), "{rows:?}");
    let ledger = desk.simulator.ledger();
    let calls: Vec<_> = ledger.iter().filter(|entry| entry.service == service).collect();
    let own = rows.iter().filter(|(step, _)| !is_sign_in(step) && !is_file(step)).count();
    assert_eq!(own, calls.len(), "each call has its row, and each row its call: {rows:?}");
    let charged = calls.iter().filter(|entry| entry.charged).count();
    let mut visitor = firm.visitor(BuiltInRole::Operator).await;
    let page = visitor.get(&format!("/requests/{request}?run={}", run.id)).await;
    assert_eq!(page.status, 200);
    Fared { run, calls: calls.len(), charged, page: page.words() }
}

/// A mood, against a write and then a read of a firm of its own.
async fn meet(mood: &'static str) -> (Fared, Fared) {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let params = json!({ "reference": format!("K1 sim:{mood}"), "registrationNumber": "2014/187452/07" });
    let run = firm.run(request, "company_kyc", params).await;
    let write = fared(&desk, &firm, request, run, "Company KYC").await;
    // A wish to wait is for the whole channel.
    desk.clock.advance(Duration::from_secs(5));
    desk.misbehave_often(mood, "/core", if mood.ends_with("once") { 1 } else { 20 }).await;
    let run = firm.run(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await;
    let read = fared(&desk, &firm, request, run, "Workflow Status").await;
    desk.close().await;
    (write, read)
}

/// What is wrong with what came of it.
fn wrong(fared: &Fared, wanted: End) -> Vec<String> {
    let Fared { run, page, .. } = fared;
    let mut wrong = Vec::new();
    if (run.state, run.error) != wanted {
        wrong.push(format!("{} {:?}", run.state, run.error));
    }
    let said = run.message.clone().unwrap_or_default();
    // The provider's own words are as they are.
    if run.state != Succeeded && !(said.len() > 20 && (run.quoted || said.ends_with('.'))) {
        wrong.push("no sentence".to_owned());
    }
    wrong.extend(JARGON.iter().filter(|word| said.contains(**word)).map(|word| format!("says “{word}”")));
    if !page.contains(&said) {
        wrong.push("the page does not say it".to_owned());
    }
    if !wrong.is_empty() {
        wrong.push(said);
    }
    wrong
}

/// ACT-10, ACT-8
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_provider_answers_a_run_ends_and_no_write_is_paid_twice() {
    meet_all(|mood| !SILENT.contains(&mood)).await;
}

/// ACT-10, ACT-8
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_whole_answer_comes_a_run_ends_and_no_write_is_paid_twice() {
    meet_all(|mood| SILENT.contains(&mood)).await;
}

async fn meet_all(wanted: impl Fn(&str) -> bool) {
    let mut met = JoinSet::new();
    for &(mood, ..) in MOODS.iter().filter(|(mood, ..)| wanted(mood)) {
        met.spawn(async move { (mood, meet(mood).await) });
    }
    let mut faults = Vec::new();
    for (mood, (write, read)) in met.join_all().await {
        let &(_, wanted, wanted_of_read) = MOODS.iter().find(|(word, ..)| *word == mood).unwrap();
        for (what, fared, wanted) in [("write", &write, wanted), ("read", &read, wanted_of_read)] {
            faults.extend(wrong(fared, wanted).into_iter().map(|fault| format!("{mood}, {what}: {fault}")));
        }
        // A call whose token was refused is sent once more, with a new one.
        let most = if mood.starts_with("401") { 2 } else { 1 };
        if write.calls > most || write.charged > 1 {
            faults.push(format!("{mood}: sent {} times, charged {}", write.calls, write.charged));
        }
        if write.run.state == Failed && write.charged > 0 {
            faults.push(format!("{mood}: it failed and is paid for"));
        }
    }
    assert_eq!(faults, Vec::<String>::new(), "{}", faults.join("\n"));
}
