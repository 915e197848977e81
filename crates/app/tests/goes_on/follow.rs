//! Work that goes on at a provider after it was accepted: asked about, and settled by people.

use std::time::Duration;

use dossier_app::AppError;
use dossier_app::runs::{self, Run, Settlement};
use dossier_domain::{BuiltInRole, JobKind, RequestId, RequestStatus, RunId, RunState};
use dossier_storage::requests::Filter;
use dossier_storage::{attachments, exchanges, jobs, pending, results};
use dossier_testkit::{Desk, Firm};
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

pub(crate) async fn started(desk: &Desk, firm: &Firm<'_>, wish: &str) -> (RequestId, RunId) {
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
    let stored = results::current(&mut tx, request).await.unwrap();
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
    assert_eq!(results::current(&mut tx, request).await.unwrap().len(), 2);
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

/// What cannot be asked about would else seem to go on for ever.
#[tokio::test]
async fn work_that_cannot_be_asked_about_any_more_is_overdue_and_says_so() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (_, run) = started(&desk, &firm, "").await;
    // What is needed to ask cannot be read any more.
    desk.database.alter("UPDATE result SET sealed_outputs = sealed_raw").await;
    let given_up = until(&desk, &firm, run, Duration::from_mins(20), |run| run.state != RunState::Waiting).await;
    assert_eq!(given_up.state, RunState::Overdue);
    assert!(given_up.deadline.unwrap() <= desk.app.now(), "not before its time");
    assert!(given_up.ended_at.is_some());
    assert!(given_up.message.unwrap().starts_with("Dossier could not ask how it stands"));
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let listed = dossier_storage::requests::list(&mut tx, &Filter::default(), None, 5).await.unwrap().rows;
    assert_eq!(listed[0].attention, Some(RunState::Overdue), "the list asks for somebody");
}
