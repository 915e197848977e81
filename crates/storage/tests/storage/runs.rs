//! Runs, their calls and their results.

use std::time::Duration;

use dossier_domain::{ErrorClass, ExchangeState, RunId, RunState, Verdict};
use dossier_storage::exchanges::{self, Message};
use dossier_storage::results::RunResult;
use dossier_storage::runs::{self, Effect, Key, Patch};
use dossier_storage::system::Held;
use dossier_storage::{Constraint, Db, Guard, StorageError, requests, results, system};
use serde_json::json;

use crate::rules::somebody_waits;
use crate::world::{World, add_run, at, tenant, world};

const KEY: Key<'static> = Key { key: "click-1", fingerprint: b"company-kyc {}" };

#[tokio::test]
async fn a_run_reads_back_as_it_was_asked_for() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let id = world.run(request, "company-kyc").await;
    let run = runs::find(&mut world.read().await, id).await.unwrap().unwrap();
    assert_eq!((run.request, run.action.as_str(), run.label.as_str()), (request, "company-kyc", "Company KYC"));
    assert_eq!((run.state, run.effect, run.verdict), (RunState::Queued, Effect::Write, Verdict::None));
    assert_eq!((run.params, run.by, run.created_at), (json!({"name": "Naledi Khumalo"}), world.by.clone(), at(1)));
    assert_eq!((run.error, run.message, run.quoted, run.started_at, run.ended_at), (None, None, false, None, None));
    assert_eq!(runs::find(&mut world.read().await, world.id()).await, Ok(None));
}

/// ACT-9
#[tokio::test]
async fn an_action_has_one_live_run_in_a_request() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    let second = async |action| {
        let mut tx = world.write().await;
        add_run(&mut tx, &world.by, world.id(), request, action, None).await
    };
    let live = Err(StorageError::Conflict(Constraint::LiveRun));
    assert_eq!(second("company-kyc").await, live);
    assert!(world.move_to(run, RunState::Queued, RunState::Running).await);
    assert_eq!(second("company-kyc").await, live);
    assert_eq!(second("consent").await, Ok(()), "another action is free");
    assert!(world.move_to(run, RunState::Running, RunState::Waiting).await);
    assert_eq!(second("company-kyc").await, Ok(()), "waiting is not live");
    world.run(request, "company-kyc").await;
    world.test.alter("DROP INDEX run_live").await;
    assert_eq!(second("company-kyc").await, Ok(()), "the control: without the index nothing holds it back");
}

/// ACT-9
#[tokio::test]
async fn of_two_clicks_at_once_one_starts_a_run() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let click = async |key: Key<'static>| {
        let id = world.id();
        let mut tx = world.write().await;
        add_run(&mut tx, &world.by, id, request, "company-kyc", Some(key)).await?;
        tx.commit().await
    };
    let (one, two) = tokio::join!(click(KEY), click(KEY));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let lost = one.and(two);
    assert!(matches!(lost, Err(StorageError::Conflict(Constraint::RunKey | Constraint::LiveRun))), "{lost:?}");
}

/// ACT-9
#[tokio::test]
async fn a_repeated_key_finds_its_run_and_tells_whether_the_same_was_asked() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let id: RunId = world.id();
    let mut tx = world.write().await;
    add_run(&mut tx, &world.by, id, request, "company-kyc", Some(KEY)).await.unwrap();
    let again = add_run(&mut tx, &world.by, world.id(), request, "consent", Some(KEY)).await;
    assert_eq!(again, Err(StorageError::Conflict(Constraint::RunKey)));
    let (found, same) = runs::find_by_key(&mut tx, KEY).await.unwrap().unwrap();
    assert_eq!((found.id, same), (id, true));
    let (found, same) = runs::find_by_key(&mut tx, Key { fingerprint: b"other", ..KEY }).await.unwrap().unwrap();
    assert_eq!((found.id, same), (id, false));
    assert!(runs::find_by_key(&mut tx, Key { key: "click-2", ..KEY }).await.unwrap().is_none());
    tx.commit().await.unwrap();

    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    let mut tx = world.db.write(other).await.unwrap();
    assert!(runs::find_by_key(&mut tx, KEY).await.unwrap().is_none(), "keys belong to their tenant");
}

#[tokio::test]
async fn a_stale_move_changes_nothing() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    assert!(world.move_to(run, RunState::Queued, RunState::Running).await);
    let failed = Patch {
        error: Some(ErrorClass::Business),
        message: Some(("Naledi is not known".to_owned(), true)),
        verdict: Some(Verdict::Fail),
        started_at: Some(at(2)),
        ended_at: Some(at(3)),
        next_poll: Some(at(4)),
        deadline: Some(at(5)),
        ..Patch::default()
    };
    let mut tx = world.write().await;
    assert!(runs::move_to(&mut tx, run, RunState::Running, RunState::Failed, failed).await.unwrap());
    let before = runs::lock(&mut tx, run).await.unwrap().unwrap();
    assert_eq!((before.error, before.message.as_deref()), (Some(ErrorClass::Business), Some("Naledi is not known")));
    assert_eq!((before.quoted, before.verdict), (true, Verdict::Fail));
    assert_eq!((before.started_at, before.ended_at), (Some(at(2)), Some(at(3))));
    assert_eq!((before.next_poll, before.deadline), (Some(at(4)), Some(at(5))));
    let late = Patch { message: Some(("late".to_owned(), false)), ..Patch::default() };
    assert!(!runs::move_to(&mut tx, run, RunState::Running, RunState::Succeeded, late).await.unwrap());
    assert_eq!(runs::find(&mut tx, run).await, Ok(Some(before)));
    assert!(!runs::move_to(&mut tx, world.id(), RunState::Queued, RunState::Running, Patch::default()).await.unwrap());
}

#[tokio::test]
async fn the_latest_run_of_each_action_is_told() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    world.succeed(request, "consent", json!({})).await;
    world.succeed(request, "company-kyc", json!({})).await;
    let again = world.run(request, "consent").await;
    let latest = runs::latest(&mut world.read().await, request).await.unwrap();
    let latest: Vec<_> = latest.iter().map(|run| (run.action.as_str(), run.state, run.id == again)).collect();
    assert_eq!(latest, [("company-kyc", RunState::Succeeded, false), ("consent", RunState::Queued, true)]);
}

async fn claim(db: &Db, worker: &str, now: u64) -> Option<system::Claim> {
    let mut tx = db.system().await.unwrap();
    let claim = system::claim_run(&mut tx, worker, at(now), at(now + 30)).await.unwrap();
    tx.commit().await.unwrap();
    claim
}

async fn claim_all(db: Db, worker: &'static str) -> Vec<RunId> {
    let mut runs = Vec::new();
    while let Some(claim) = claim(&db, worker, 10).await {
        runs.push(claim.run);
    }
    runs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_take_every_run_exactly_once() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let mut all = Vec::new();
    for n in 0..24 {
        all.push(world.run(request, &format!("action-{n}")).await);
    }
    let workers = ["one", "two"].map(|worker| tokio::spawn(claim_all(world.db.clone(), worker)));
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    taken.sort();
    assert_eq!(taken, all);
}

/// The control: two transactions that look before either has committed.
#[tokio::test]
async fn without_the_row_lock_two_workers_take_the_same_run_on_postgres() {
    let world = world().await;
    if world.on_sqlite() {
        return;
    }
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    let mut first = world.db.system().await.unwrap();
    assert!(system::claim_run(&mut first, "one", at(10), at(40)).await.unwrap().is_some());
    assert_eq!(claim(&world.db, "two", 10).await, None, "it is passed over, without waiting");
    drop(first);

    world.db.guards().off(Guard::RowLocks);
    let mut first = world.db.system().await.unwrap();
    let one = system::claim_run(&mut first, "one", at(10), at(40)).await.unwrap().unwrap();
    let second = tokio::spawn({
        let db = world.db.clone();
        async move { claim(&db, "two", 10).await }
    });
    somebody_waits(&world).await;
    first.commit().await.unwrap();
    assert_eq!((one.run, second.await.unwrap().map(|claim| claim.run)), (run, Some(run)));
}

/// ACT-10
#[tokio::test]
async fn a_run_is_taken_again_only_when_its_lease_has_ended() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    let taken = claim(&world.db, "one", 10).await.unwrap();
    assert_eq!((taken.tenant, taken.run, taken.state), (world.scope.tenant, run, RunState::Queued));
    assert_eq!(claim(&world.db, "two", 39).await, None);
    assert!(world.move_to(run, RunState::Queued, RunState::Running).await);
    let held = Held::Run(world.scope.tenant, run);
    let mut tx = world.db.system().await.unwrap();
    assert_eq!(system::heartbeat(&mut tx, held, "one", at(60)).await, Ok(true));
    assert_eq!(system::heartbeat(&mut tx, held, "two", at(90)).await, Ok(false), "not its own");
    tx.commit().await.unwrap();
    assert_eq!(claim(&world.db, "two", 59).await, None);
    let again = claim(&world.db, "two", 60).await.unwrap();
    assert_eq!((again.run, again.state), (run, RunState::Running), "left behind by its process");
    let mut tx = world.db.system().await.unwrap();
    assert_eq!(system::heartbeat(&mut tx, held, "one", at(99)).await, Ok(false), "taken over");
    system::let_go(&mut tx, held, "one").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&world.db, "three", 61).await, None, "it was not the first one's to let go");
    let mut tx = world.db.system().await.unwrap();
    system::let_go(&mut tx, held, "two").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&world.db, "three", 61).await.map(|claim| claim.run), Some(run), "handed over");
    assert!(world.move_to(run, RunState::Running, RunState::Queued).await);
    assert_eq!(claim(&world.db, "one", 61).await.map(|claim| claim.run), Some(run), "queued again has no lease");
    assert!(world.move_to(run, RunState::Queued, RunState::Cancelled).await);
    assert_eq!(claim(&world.db, "one", 9_999).await, None, "an ended run is nobody's");
}

/// ACT-7
#[tokio::test]
async fn a_later_result_replaces_the_output_and_the_earlier_stays() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let first = world.succeed(request, "company-kyc", json!({"tracking": "T-1", "first": true})).await;
    let consent = world.succeed(request, "consent", json!({"consent": "C-1", "tracking": "T-0"})).await;
    let second = world.succeed(request, "company-kyc", json!({"tracking": "T-2"})).await;
    let mut tx = world.read().await;
    assert_eq!(results::find(&mut tx, first.id).await, Ok(Some(first.clone())));
    let facts = results::facts(&mut tx, consent.id).await.unwrap().unwrap();
    assert_eq!(results::of_run(&mut tx, consent.run).await, Ok(vec![facts]));
    let outputs = results::outputs(&mut tx, request).await.unwrap();
    assert_eq!(outputs, json!({"consent": "C-1", "tracking": "T-2"}), "current ones only, the later wins");
    let listed = results::current(&mut tx, request).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|line| (line.id, line.current)).collect();
    assert_eq!(shown, [(second.id, true), (consent.id, true)], "the newest first");
    let earlier = results::of_run(&mut tx, first.run).await.unwrap();
    assert_eq!(earlier.iter().map(|line| (line.id, line.current)).collect::<Vec<_>>(), [(first.id, false)]);
    assert_eq!((listed[0].label.as_str(), listed[0].took), ("Company KYC", Duration::from_millis(412)));
    assert_eq!((listed[0].run, listed[0].executed_at, &listed[0].by), (second.run, at(5), &world.by));
    let nothing = world.id();
    assert_eq!(results::current(&mut tx, nothing).await, Ok(vec![]));
}

/// Whatever the clock says: the earlier question is answered later, and its clock is ahead.
#[tokio::test]
async fn an_answer_to_an_earlier_question_is_kept_beside_the_current_one() {
    let world = world().await;
    let request = world.request("Naledi").await;
    let early = world.run(request, "company-kyc").await;
    assert!(world.move_to(early, RunState::Queued, RunState::Running).await);
    assert!(world.move_to(early, RunState::Running, RunState::Unknown).await);
    let current = world.succeed(request, "company-kyc", json!({"score": 2})).await;
    let late = RunResult { executed_at: at(99), ..world.result(request, early, "company-kyc", json!({"score": 1})) };
    let mut tx = world.write().await;
    let ask = runs::find(&mut tx, early).await.unwrap().unwrap().ask;
    results::add(&mut tx, &late, None, ask).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(results::outputs(&mut tx, request).await.unwrap(), json!({"score": 2}));
    let shown = results::current(&mut tx, request).await.unwrap();
    assert_eq!(shown.iter().map(|line| line.id).collect::<Vec<_>>(), [current.id]);
    assert_eq!(results::of_run(&mut tx, early).await.unwrap().len(), 1, "it is not lost");
}

/// LOG-1, ACT-10
#[tokio::test]
async fn a_call_is_sending_until_it_is_answered_or_breaks_off_once() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    let (one, two) = (world.send(request, run).await, world.send(request, run).await);
    let sending = [ExchangeState::Sending, ExchangeState::Sending];
    let states = async || exchanges::states(&mut world.read().await, run).await.unwrap();
    let only = |calls: Vec<(String, ExchangeState)>| calls.into_iter().map(|(_, state)| state).collect::<Vec<_>>();
    assert_eq!(only(states().await), sending);

    let answer = Message { headers: vec![("date".to_owned(), "today".to_owned())], body: b"Naledi".to_vec() };
    let took = Duration::from_millis(73);
    let mut tx = world.write().await;
    assert_eq!(exchanges::answer(&mut tx, one, 404, &answer, took).await, Ok(true));
    assert_eq!(exchanges::answer(&mut tx, one, 200, &answer, took).await, Ok(false), "it has ended");
    assert_eq!(exchanges::break_off(&mut tx, one, "dns", "late", took).await, Ok(false));
    assert_eq!(exchanges::break_off(&mut tx, two, "timeout", "No answer in 30 s", took).await, Ok(true));
    tx.commit().await.unwrap();

    let mut tx = world.read().await;
    assert_eq!(only(states().await), [ExchangeState::Answered, ExchangeState::Broken]);
    let found = exchanges::find(&mut tx, one).await.unwrap().unwrap();
    let sent = world.call(Some(request), Some(run));
    assert_eq!((&found.sent.headers, &found.sent.body), (&sent.headers, &sent.body));
    assert_eq!((found.line.url.as_str(), found.line.method.as_str()), (sent.url.as_str(), "POST"));
    assert_eq!((found.line.status, found.line.took, found.answer.as_ref()), (Some(404), Some(took), Some(&answer)));
    assert_eq!((found.request, found.channel, found.line.run), (Some(request), world.channel, Some(run)));
    let broken = exchanges::find(&mut tx, two).await.unwrap().unwrap();
    assert_eq!((broken.line.failure.as_deref(), broken.line.status, broken.answer), (Some("timeout"), None, None));
    assert_eq!(broken.failure_message.as_deref(), Some("No answer in 30 s"));
}

/// CHAN-6
#[tokio::test]
async fn a_call_of_a_channels_test_belongs_to_no_request() {
    let world = world().await;
    let call = world.call(None, None);
    let mut tx = world.write().await;
    exchanges::add(&mut tx, &call).await.unwrap();
    assert_eq!(exchanges::break_off(&mut tx, call.id, "tls", "refused", Duration::ZERO).await, Ok(true));
    let found = exchanges::find(&mut tx, call.id).await.unwrap().unwrap();
    assert_eq!((found.request, found.sent.body), (None, call.body));
}

/// The whole store can be used from tasks: its futures are `Send`.
#[tokio::test]
async fn every_future_can_move_between_threads() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let world: World = world().await;
    let request = world.request("Naledi Khumalo").await;
    let mut tx = world.write().await;
    let filter = requests::Filter::default();
    assert_eq!(sent(requests::list(&mut tx, &filter, None, 5)).await.unwrap().rows.len(), 1);
    sent(exchanges::list(&mut tx, request, &exchanges::Filter::default(), None, 5)).await.unwrap();
    sent(dossier_storage::audit::list(&mut tx, &dossier_storage::audit::Filter::default(), None, 5)).await.unwrap();
    sent(runs::latest(&mut tx, request)).await.unwrap();
    sent(add_run(&mut tx, &world.by, world.id(), request, "consent", None)).await.unwrap();
    sent(tx.commit()).await.unwrap();
}
