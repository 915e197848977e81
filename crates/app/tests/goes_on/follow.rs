//! Work that goes on at a provider after it was accepted: asked about, told of by callbacks, and settled by people.

use std::time::Duration;

use dossier_app::AppError;
use dossier_app::callbacks::{self, Incoming};
use dossier_app::runs::{self, Run, Settlement};
use dossier_domain::{BuiltInRole, EventState, JobKind, RequestId, RequestStatus, RunId, RunState};
use dossier_storage::events::{self, Event};
use dossier_storage::requests::Filter;
use dossier_storage::{attachments, channels, exchanges, jobs, pending, results};
use dossier_testkit::{Desk, Firm};
use http::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::kestrel;

/// A Basic KYC of an invented person, whose reference carries a wish to the simulator.
pub(crate) fn basic(wish: &str) -> Value {
    json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": format!("Kwantu {wish}") })
}

pub(crate) async fn find(desk: &Desk, firm: &Firm<'_>, run: RunId) -> Run {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    dossier_storage::runs::find(&mut tx, run).await.unwrap().unwrap()
}

/// Waits until the run is so, while the clock goes on by `step` at each look.
pub(crate) async fn until(desk: &Desk, firm: &Firm<'_>, run: RunId, step: Duration, met: impl Fn(&Run) -> bool) -> Run {
    for _ in 0..400 {
        let found = find(desk, firm, run).await;
        if met(&found) {
            return found;
        }
        desk.clock.advance(step);
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain: the run is {}", find(desk, firm, run).await.state);
}

async fn started(desk: &Desk, firm: &Firm<'_>, wish: &str) -> (RequestId, RunId) {
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic(wish)).await;
    assert_eq!(run.state, RunState::Waiting, "{:?}", run.message);
    let _ = desk;
    (request, run.id)
}

pub(crate) async fn status(desk: &Desk, firm: &Firm<'_>, request: RequestId) -> RequestStatus {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    dossier_storage::requests::find(&mut tx, request).await.unwrap().unwrap().status
}

/// STATUS-1, STATUS-3: Run Workflow decides.
#[tokio::test]
async fn accepted_work_is_asked_about_until_its_end_which_ends_the_request() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "").await;
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Pending, "accepted is work in progress");
    let ended = until(&desk, &firm, run, Duration::from_secs(5), |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded, "{:?}", ended.message);
    assert!(ended.polls >= 2 && ended.accepted_at.is_some() && ended.next_poll.is_none());
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed);

    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let stored = results::list(&mut tx, request).await.unwrap();
    let actions: Vec<_> = stored.iter().map(|result| (result.action.as_str(), result.run, result.current)).collect();
    assert_eq!(
        actions,
        [("workflow_status", run, true), ("run_workflow", run, true)],
        "the answer that told the end is kept too"
    );
    let calls = exchanges::states(&mut tx, run).await.unwrap();
    assert_eq!(calls.len(), desk.simulator.ledger().len(), "each question is an exchange of the run");
    assert_eq!(desk.calls("Basic KYC"), 1, "and the work was begun once");
    let deeds = firm.deeds().await;
    assert!(deeds.contains(&"run.followed".to_owned()), "{deeds:?}");
}

/// STATUS-3
#[tokio::test]
async fn work_that_fails_fails_its_run_in_the_providers_words_and_the_request() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "sim:workflow-fails").await;
    let ended = until(&desk, &firm, run, Duration::from_secs(5), |run| run.state != RunState::Waiting).await;
    assert_eq!((ended.state, ended.quoted), (RunState::Failed, true), "{:?}", ended.message);
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Failed);
}

#[tokio::test]
async fn work_whose_deadline_passes_is_overdue_and_is_asked_about_no_more() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "sim:workflow-sticks").await;
    let ended = until(&desk, &firm, run, Duration::from_mins(20), |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Overdue);
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Pending, "nobody knows the end");
    while jobs::of(&mut desk.database.db.read(firm.scope()).await.unwrap(), JobKind::Poll, run).await.unwrap().is_some()
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let asked = desk.calls("Workflow Status");
    assert!(asked > 10, "{asked}");
    desk.clock.advance(Duration::from_hours(48));
    desk.app.nudge();
    let hand = firm.run(request, "get_organisation_phase_two_id", json!({})).await;
    assert_eq!(hand.state, RunState::Succeeded, "the worker is at work");
    assert_eq!(desk.calls("Workflow Status"), asked);
}

/// ACT-2: a person who asks by hand gets the same answer.
#[tokio::test]
async fn workflow_status_run_by_hand_counts_as_a_question_of_its_run() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "").await;
    let tracking = {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        results::outputs(&mut tx, request).await.unwrap()["trackingId"].clone()
    };
    let (_, other) = started(&desk, &firm, "").await;
    for _ in 0..20 {
        firm.run(request, "workflow_status", json!({ "trackingId": tracking })).await;
        if find(&desk, &firm, run).await.state != RunState::Waiting {
            break;
        }
    }
    let ended = find(&desk, &firm, run).await;
    assert_eq!((ended.state, ended.polls), (RunState::Succeeded, 0));
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed);
    assert_eq!(find(&desk, &firm, other).await.state, RunState::Waiting, "the other one has its own end");
}

#[tokio::test]
async fn a_file_that_cannot_be_fetched_at_once_is_fetched_later_under_its_id() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "").await;
    // The first links that are followed, and once more: by the time of the first look they may have been tried again.
    desk.misbehave_often("500", "/signed", 6).await;
    until(&desk, &firm, run, Duration::from_secs(5), |run| run.state == RunState::Succeeded).await;
    let files = async || {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        let here = attachments::list(&mut tx, request, Some(run)).await.unwrap().len();
        (here, pending::of_run(&mut tx, run).await.unwrap())
    };
    let (at_first, missing) = files().await;
    assert!(!missing.is_empty(), "some are still to come");
    for _ in 0..200 {
        if files().await.1.is_empty() {
            break;
        }
        desk.clock.advance(Duration::from_secs(5));
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let (here, left) = files().await;
    assert_eq!((here, left.len()), (at_first + missing.len(), 0));
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    assert!(attachments::find(&mut tx, missing[0].id).await.unwrap().is_some(), "under the id that the answer names");
}

/// TENANT-4
#[tokio::test]
async fn what_was_sent_is_followed_although_the_licence_ends_meanwhile() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "").await;
    firm.license(&[]).await;
    let ended = until(&desk, &firm, run, Duration::from_secs(5), |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded);
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    assert_eq!(results::list(&mut tx, request).await.unwrap().len(), 2);
}

/// Runs Company KYC into a time-out: its outcome is unknown.
async fn lost(desk: &Desk, firm: &Firm<'_>) -> (RequestId, RunId) {
    let request = firm.request("Kwantu").await;
    desk.misbehave("hang-up", "/library").await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let run = firm.run(request, "company_kyc", params).await;
    assert_eq!(run.state, RunState::Unknown, "{:?}", run.message);
    (request, run.id)
}

async fn settle(
    desk: &Desk,
    firm: &Firm<'_>,
    request: RequestId,
    run: RunId,
    ended: &str,
    reason: &str,
) -> Result<(), AppError> {
    let operator = firm.member(BuiltInRole::Operator).await;
    let order = Settlement { request, run, ended: ended.to_owned(), reason: reason.to_owned() };
    runs::settle(&desk.app, &operator.grant().unwrap(), &order).await
}

/// ACT-10
#[tokio::test]
async fn a_person_settles_an_unknown_outcome_once_and_with_a_reason() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = lost(&desk, &firm).await;
    let refused = settle(&desk, &firm, request, run, "maybe", " \n").await.unwrap_err();
    let AppError::Invalid(fields) = refused else { panic!("{refused}") };
    assert_eq!(fields.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["ended", "reason"]);
    settle(&desk, &firm, request, run, "succeeded", "InTouch's invoice names it.").await.unwrap();
    let settled = find(&desk, &firm, run).await;
    assert_eq!(settled.state, RunState::Succeeded);
    let said = settled.message.unwrap();
    assert!(said.contains("Operator of Aloe Bank") && said.ends_with("InTouch's invoice names it."), "{said}");
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Pending);
    let again = settle(&desk, &firm, request, run, "failed", "No.").await.unwrap_err();
    assert!(again.to_string().contains("known meanwhile: it succeeded"), "{again}");
    assert!(firm.deeds().await.contains(&"run.settled".to_owned()));
    let viewer = firm.member(BuiltInRole::Viewer).await;
    viewer.grant::<dossier_app::grant::Execute>().unwrap_err();
}

/// ACT-10: without the answer, nothing is stored and nothing moves.
#[tokio::test]
async fn what_a_person_calls_not_carried_out_has_failed_and_changes_no_status() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = lost(&desk, &firm).await;
    settle(&desk, &firm, request, run, "failed", "Their support has no such call.").await.unwrap();
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Failed);
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Draft);
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let again = firm.run(request, "company_kyc", params).await;
    assert_eq!(again.state, RunState::Succeeded, "and it can be run again without another word");
}

#[tokio::test]
async fn a_queued_run_is_stopped_and_a_sent_one_is_not() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let run = firm.start(request, "company_kyc", params.clone()).await.unwrap();
    let operator = firm.member(BuiltInRole::Operator).await;
    let grant = operator.grant().unwrap();
    runs::cancel(&desk.app, &grant, request, run).await.unwrap();
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Cancelled);
    let other = firm.request("Other").await;
    assert!(matches!(runs::cancel(&desk.app, &grant, other, run).await, Err(AppError::NotFound)));
    let worker = runs::Worker::start(&desk.app);
    let sent = firm.run(request, "company_kyc", params).await;
    assert_eq!(sent.state, RunState::Succeeded);
    let refused = runs::cancel(&desk.app, &grant, request, sent.id).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be stopped any more: it succeeded"), "{refused}");
    worker.stop().await;
    assert_eq!(desk.calls("Company KYC"), 1);
}

/// Posts what a provider would.
async fn post(desk: &Desk, firm: &Firm<'_>, run: Option<RunId>, body: &Value) -> Result<(), AppError> {
    let token = {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
    };
    let incoming = Incoming { token, run, headers: HeaderMap::new(), body: body.to_string().into_bytes() };
    callbacks::receive(&desk.app, &incoming).await
}

async fn all(desk: &Desk, firm: &Firm<'_>) -> Vec<Event> {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let mut found = events::quarantine(&mut tx, None, 50).await.unwrap().rows;
    for listed in dossier_storage::requests::list(&mut tx, &Filter::default(), None, 50).await.unwrap().rows {
        found.extend(events::list(&mut tx, listed.request.id).await.unwrap());
    }
    found
}

/// Waits until every event has been looked at.
async fn handled(desk: &Desk, firm: &Firm<'_>, count: usize, step: Duration) -> Vec<Event> {
    for _ in 0..400 {
        let found = all(desk, firm).await;
        if found.len() == count && found.iter().all(|event| event.state != EventState::Received) {
            return found;
        }
        desk.clock.advance(step);
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain: {:?}", all(desk, firm).await);
}

async fn tracking(desk: &Desk, firm: &Firm<'_>, request: RequestId) -> String {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    results::outputs(&mut tx, request).await.unwrap()["trackingId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_unsigned_callback_is_only_a_hint_to_ask() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = started(&desk, &firm, "").await;
    let subject = tracking(&desk, &firm, request).await;
    let body = json!({ "id": "1", "trackingId": subject, "status": "completed" });
    post(&desk, &firm, None, &body).await.unwrap();
    let found = handled(&desk, &firm, 1, Duration::ZERO).await;
    assert_eq!(
        (found[0].state, found[0].run, found[0].reason.as_deref()),
        (EventState::Applied, Some(run), Some("asked"))
    );
    let asked = until(&desk, &firm, run, Duration::ZERO, |run| run.polls > 0).await;
    assert_eq!(asked.state, RunState::Waiting, "the provider itself says that it goes on");
    post(&desk, &firm, None, &body).await.unwrap();
    assert_eq!(all(&desk, &firm).await[0].times, 2, "the same again is counted");
}

#[tokio::test]
async fn a_callback_that_nobody_waits_for_is_kept_in_quarantine_and_shown_to_the_run_that_comes_later() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    post(&desk, &firm, None, &json!({ "id": "1", "trackingId": "T-unknown", "status": "completed" })).await.unwrap();
    post(&desk, &firm, None, &json!("nonsense")).await.unwrap();
    let found = handled(&desk, &firm, 2, Duration::from_mins(1)).await;
    let mut reasons: Vec<_> = found.iter().map(|event| event.reason.as_deref().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["no_subject", "unmatched"]);
    let nobody = Incoming { token: "0".repeat(48), run: None, headers: HeaderMap::new(), body: Vec::new() };
    assert!(matches!(callbacks::receive(&desk.app, &nobody).await, Err(AppError::NotFound)));
}

/// Whoever knows the address could otherwise let somebody else's work stand as that of a run whose answer was lost.
#[tokio::test]
async fn an_unsigned_callback_to_the_address_of_an_unknown_run_settles_nothing() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    desk.misbehave("hang-up", "/injection").await;
    let run = firm.run(request, "run_workflow", basic("")).await;
    assert_eq!(run.state, RunState::Unknown, "{:?}", run.message);
    let somebodys = dossier_simulator::TRACKING_COMPLETED;
    let body = json!({ "id": "1", "trackingId": somebodys, "status": "completed" });
    post(&desk, &firm, Some(run.id), &body).await.unwrap();
    let found = handled(&desk, &firm, 1, Duration::ZERO).await;
    assert_eq!((found[0].state, found[0].reason.as_deref()), (EventState::Ignored, Some("unsigned")));
    assert_eq!((find(&desk, &firm, run.id).await.state, desk.calls("Workflow Status")), (RunState::Unknown, 0));
}

/// ACT-10: a run whose answer was lost is told of by the signed callbacks to its own address.
#[tokio::test]
async fn a_signed_callback_to_the_address_of_an_unknown_run_takes_it_up_again() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    kestrel.fall_silent(true);
    let run = firm.run(request, "check", json!({ "reference": "R1" })).await;
    assert_eq!(run.state, RunState::Unknown);
    tell_about(&desk, &firm, Some(run.id), &event(1, "C-R1", "working", 5), false).await;
    let taken = until(&desk, &firm, run.id, Duration::ZERO, |run| run.state != RunState::Unknown).await;
    assert_eq!((taken.state, taken.message, taken.ended_at), (RunState::Waiting, None, None));
    assert!(taken.deadline.is_some(), "it does not wait for ever");
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Pending);
    tell_about(&desk, &firm, Some(run.id), &event(2, "C-R1", "done", 9), false).await;
    let ended = until(&desk, &firm, run.id, Duration::ZERO, |run| run.state != RunState::Waiting).await;
    assert_eq!((ended.state, ended.message), (RunState::Succeeded, None));
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed);
}

/// Sends what Kestrel would, signed with its secret or with another.
async fn tell(desk: &Desk, firm: &Firm<'_>, body: &Value, forged: bool) {
    tell_about(desk, firm, None, body, forged).await;
}

/// The same to the address of a run.
async fn tell_about(desk: &Desk, firm: &Firm<'_>, run: Option<RunId>, body: &Value, forged: bool) {
    let body = body.to_string().into_bytes();
    let signed = kestrel::signature(if forged { b"something else" } else { &body });
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let token = channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned();
    drop(tx);
    let headers = [(http::HeaderName::from_static("x-signature"), signed.parse().unwrap())].into_iter().collect();
    callbacks::receive(&desk.app, &Incoming { token, run, headers, body }).await.unwrap();
}

fn event(id: u32, check: &str, state: &str, second: u32) -> Value {
    json!({ "id": id.to_string(), "check": check, "state": state, "at": format!("2026-11-23T12:00:{second:02}Z") })
}

#[tokio::test]
async fn a_signed_callback_tells_the_end_and_a_forged_copy_before_it_neither_does_nor_stands_in_its_way() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "check", json!({ "reference": "R1" })).await;
    assert_eq!(run.state, RunState::Waiting);
    tell(&desk, &firm, &event(1, "C-R1", "done", 9), true).await;
    let forged = handled(&desk, &firm, 1, Duration::ZERO).await;
    assert_eq!((forged[0].state, forged[0].reason.as_deref()), (EventState::Quarantined, Some("forged")));
    assert_eq!(find(&desk, &firm, run.id).await.state, RunState::Waiting);
    tell(&desk, &firm, &event(1, "C-R1", "done", 9), false).await;
    let ended = until(&desk, &firm, run.id, Duration::ZERO, |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded);
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed);
}

/// STATUS-4
#[tokio::test]
async fn callbacks_that_come_late_or_in_another_order_move_nothing_backwards() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "check", json!({ "reference": "R1" })).await;
    let mut ended = None;
    let words = [(3, "working", 8), (2, "working", 5), (4, "done", 7), (5, "working", 9), (6, "broken", 10)];
    for (count, (id, state, second)) in (1..).zip(words) {
        tell(&desk, &firm, &event(id, "C-R1", state, second), false).await;
        handled(&desk, &firm, count, Duration::from_secs(1)).await;
        if state == "done" {
            ended = Some(find(&desk, &firm, run.id).await);
        }
    }
    let operator = firm.member(BuiltInRole::Operator).await;
    let found = callbacks::about(&desk.app, &operator.grant().unwrap(), run.id).await.unwrap();
    let why = |second: u32| {
        let at = format!("2026-11-23T12:00:{second:02}Z");
        let event = found.iter().find(|event| event.happened_at.unwrap().to_string().starts_with(&at[..19])).unwrap();
        (event.state, event.reason.clone().unwrap())
    };
    let after = find(&desk, &firm, run.id).await;
    assert_eq!(after.state, RunState::Succeeded, "an end counts, however late it comes");
    assert_eq!(Some(after), ended, "and nothing of it moves any more");
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed);
    let ignored = |why: &str| (EventState::Ignored, why.to_owned());
    assert_eq!([5, 9, 10].map(why), [ignored("stale"), ignored("had_ended"), ignored("had_ended")]);
    assert_eq!(why(7), (EventState::Applied, "told".to_owned()));
    let deeds = firm.deeds().await;
    let count = |deed: &str| deeds.iter().filter(|done| *done == deed).count();
    assert_eq!((count("run.followed"), count("callback.handled")), (1, words.len()), "{deeds:?}");
}

/// A provider that is faster than its own answer.
#[tokio::test]
async fn a_callback_that_comes_before_the_answer_is_applied_after_it() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    kestrel.gather(usize::MAX);
    let run = firm.start(request, "check", json!({ "reference": "R1" })).await.unwrap();
    desk.until("the check has begun", |_| kestrel.begun().len() == 1).await;
    tell(&desk, &firm, &event(1, "C-R1", "done", 9), false).await;
    kestrel.gather(0);
    assert_eq!(firm.ended(run).await.state, RunState::Waiting);
    let ended = until(&desk, &firm, run, Duration::ZERO, |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded);
}

/// ACT-10: where the work goes by a name of ours, the provider is asked what became of it.
#[tokio::test]
async fn an_unknown_outcome_is_settled_by_asking_where_the_question_needs_no_answer() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    kestrel.fall_silent(true);
    let run = firm.run(request, "named", json!({ "reference": "R1" })).await;
    assert_eq!(run.state, RunState::Unknown);
    let ended = until(&desk, &firm, run.id, Duration::from_secs(1), |run| run.state != RunState::Unknown).await;
    assert_eq!((ended.state, kestrel.begun().len()), (RunState::Succeeded, 1));
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed);
}

/// CHAN-6
#[tokio::test]
async fn the_token_of_a_callback_stands_in_no_log_and_no_row() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let params =
        json!({ "shortHand": "email", "termsLink": "https://aloe.example/terms", "email": "naledi@example.org" });
    let sent = firm.run(request, "send_consent_request", params).await;
    assert_eq!(sent.state, RunState::Succeeded, "{:?}", sent.message);
    let token = {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
    };
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let calls = exchanges::list(&mut tx, request, None, 20).await.unwrap().rows;
    let mut carried = false;
    for call in calls {
        let call = exchanges::find(&mut tx, call.id).await.unwrap().unwrap();
        let body = String::from_utf8_lossy(&call.sent.body).into_owned();
        carried |= body.contains("/callbacks/");
        assert!(!body.contains(&token) && !call.line.url.contains(&token), "{body}");
    }
    assert!(carried, "the control: the address was sent");
    assert_ne!(desk.keeps(&token), Some(true));
}
