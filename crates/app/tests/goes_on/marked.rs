//! What becomes of work when somebody marks or deletes its request.

use std::time::Duration;

use dossier_app::callbacks::{self, Incoming};
use dossier_app::requests::{self, Mark};
use dossier_app::runs::Worker;
use dossier_domain::status::Mover;
use dossier_domain::{BuiltInRole, EventState, JobKind, RequestId, RequestStatus, RunId, RunState};
use dossier_storage::events::{self, Event};
use dossier_storage::{channels, jobs, results};
use dossier_testkit::{Desk, Firm};
use http::HeaderName;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::follow::{find, status, until};
use crate::kestrel::{self, Kestrel};

pub(crate) async fn mark(desk: &Desk, firm: &Firm<'_>, request: RequestId, to: RequestStatus, words: &str) {
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    let mark = Mark { words: words.to_owned(), ..Mark::to(to) };
    requests::mark(&desk.app, &grant, request, &mark).await.unwrap();
}

pub(crate) async fn remove(desk: &Desk, firm: &Firm<'_>, request: RequestId) {
    let grant = firm.member(BuiltInRole::Manager).await.grant().unwrap();
    requests::remove(&desk.app, &grant, request, None).await.unwrap();
}

/// The provider says, signed, how the check of this reference stands.
async fn tell(desk: &Desk, firm: &Firm<'_>, run: Option<RunId>, reference: &str, state: &str) {
    let token = token(desk, firm).await;
    tell_at(desk, token, run, reference, state).await.unwrap();
}

/// The token of the address of the channel's callbacks.
async fn token(desk: &Desk, firm: &Firm<'_>) -> String {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
}

/// The same to the address with this token.
async fn tell_at(
    desk: &Desk,
    token: String,
    run: Option<RunId>,
    reference: &str,
    state: &str,
) -> Result<(), dossier_app::AppError> {
    let at = desk.clock.now().to_string();
    let body = json!({ "id": format!("{reference}-{state}-{run:?}"), "at": at, "check": format!("C-{reference}"), "state": state });
    let body = body.to_string().into_bytes();
    let signed = kestrel::signature(&body).parse().unwrap();
    let headers = [(HeaderName::from_static("x-signature"), signed)].into_iter().collect();
    callbacks::receive(&desk.app, &Incoming { token, run, headers, body }).await
}

/// The events of a run once each has been looked at, oldest first.
async fn told(desk: &Desk, firm: &Firm<'_>, run: RunId, count: usize) -> Vec<Event> {
    for _ in 0..400 {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        let mut found = events::of_run(&mut tx, run).await.unwrap();
        drop(tx);
        if found.len() == count && found.iter().all(|event| event.state != EventState::Received) {
            found.reverse();
            return found;
        }
        desk.clock.advance(Duration::from_secs(1));
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain for {count} events");
}

async fn begin(firm: &Firm<'_>, request: RequestId, reference: &str) -> RunId {
    let run = firm.run(request, "check", json!({ "reference": reference })).await;
    assert_eq!(run.state, RunState::Waiting, "{:?}", run.message);
    run.id
}

/// STATUS-3
#[tokio::test]
async fn after_a_person_chose_an_end_events_are_stored_and_move_nothing_until_it_is_reopened() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    for chosen in [RequestStatus::Cancelled, RequestStatus::Failed, RequestStatus::Completed] {
        let request = firm.request("Naledi Khumalo").await;
        let (one, other) = (format!("{chosen}-1"), format!("{chosen}-2"));
        let run = begin(&firm, request, &one).await;
        mark(&desk, &firm, request, chosen, "").await;
        let words = if chosen == RequestStatus::Completed { ["broken", "done"] } else { ["done", "broken"] };
        tell(&desk, &firm, None, &one, words[0]).await;
        let events = told(&desk, &firm, run, 1).await;
        assert_eq!((events[0].state, events[0].reason.as_deref()), (EventState::Applied, Some("told")));
        let ended = find(&desk, &firm, run).await.state;
        assert!([RunState::Succeeded, RunState::Failed].contains(&ended), "its run has its end: {ended}");
        assert_eq!(status(&desk, &firm, request).await, chosen, "and the request the one that was chosen");

        mark(&desk, &firm, request, RequestStatus::Pending, "It goes on.").await;
        assert_eq!(status(&desk, &firm, request).await, RequestStatus::Pending, "what came before does not end it");
        tell(&desk, &firm, None, &one, words[1]).await;
        told(&desk, &firm, run, 2).await;
        assert_eq!(status(&desk, &firm, request).await, RequestStatus::Pending, "nor what comes late");
        let run = begin(&firm, request, &other).await;
        tell(&desk, &firm, None, &other, "done").await;
        told(&desk, &firm, run, 1).await;
        assert_eq!(status(&desk, &firm, request).await, RequestStatus::Completed, "new work does");
    }
}

/// STATUS-5
#[tokio::test]
async fn what_is_queued_and_would_change_something_is_stopped_when_its_request_has_ended() {
    let (desk, kestrel, host) = kestrel::desk("", dossier_testkit::DeskBuilder::without_worker).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let (request, reopened) = (firm.request("Naledi Khumalo").await, firm.request("Sipho Dube").await);
    let write = firm.start(request, "check", json!({ "reference": "R1" })).await.unwrap();
    let read = firm.start(request, "types", json!({})).await.unwrap();
    let again = firm.start(reopened, "check", json!({ "reference": "R2" })).await.unwrap();
    for request in [request, reopened] {
        mark(&desk, &firm, request, RequestStatus::Failed, "").await;
    }
    mark(&desk, &firm, reopened, RequestStatus::Pending, "After all.").await;
    let new = firm.start(reopened, "check", json!({ "reference": "R3" })).await.unwrap();
    let worker = Worker::start(&desk.app);
    for run in [write, again] {
        let stopped = firm.ended(run).await;
        assert_eq!(stopped.state, RunState::Cancelled, "also when it was reopened in time");
        let why = "KYC Operator of Aloe Bank marked the request as failed before anything was sent.";
        assert_eq!(stopped.message.as_deref(), Some(why));
    }
    assert_eq!(firm.ended(read).await.state, RunState::Succeeded, "what only reads is read");
    assert_eq!(firm.ended(new).await.state, RunState::Waiting, "the control: asked for after it was reopened");
    assert_eq!(kestrel.begun(), ["R3"]);
    assert_eq!(status(&desk, &firm, request).await, RequestStatus::Failed);
    assert!(firm.deeds().await.contains(&"run.cancelled".to_owned()));
    worker.stop().await;
}

/// STATUS-5
#[tokio::test]
async fn what_is_queued_and_would_change_something_is_stopped_at_its_turn_when_the_provider_ended_the_request() {
    let (desk, kestrel, host) = kestrel::desk("", dossier_testkit::DeskBuilder::without_worker).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    let write = firm.start(request, "check", json!({ "reference": "R1" })).await.unwrap();
    let mut tx = desk.database.db.write(firm.scope()).await.unwrap();
    for (from, to, by) in [
        (RequestStatus::Draft, RequestStatus::Pending, Mover::Action),
        (RequestStatus::Pending, RequestStatus::Completed, Mover::Provider),
    ] {
        let at = desk.app.now();
        assert!(dossier_storage::requests::set_status(&mut tx, request, from, to, by, at).await.unwrap());
    }
    tx.commit().await.unwrap();
    let worker = Worker::start(&desk.app);
    let stopped = firm.ended(write).await;
    assert_eq!(stopped.state, RunState::Cancelled);
    assert_eq!(stopped.message.as_deref(), Some("The request ended as completed before anything was sent."));
    assert_eq!(kestrel.begun(), [""; 0]);
    worker.stop().await;
}

/// REQ-4
#[tokio::test]
async fn what_waits_is_stopped_with_its_request_and_late_callbacks_are_kept_in_quarantine() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let (gone, kept) = (firm.request("Naledi Khumalo").await, firm.request("Sipho Dube").await);
    let (run, other) = (begin(&firm, gone, "R1").await, begin(&firm, kept, "R2").await);
    let asked = firm.run(gone, "screen", json!({ "reference": "R3" })).await;
    assert_eq!(asked.state, RunState::Waiting);
    remove(&desk, &firm, gone).await;
    for run in [run, asked.id] {
        let stopped = find(&desk, &firm, run).await;
        assert_eq!(stopped.state, RunState::Cancelled);
        let why = "KYC Manager of Aloe Bank deleted the request before its end was known.";
        assert_eq!(stopped.message.as_deref(), Some(why));
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        assert_eq!(jobs::of(&mut tx, JobKind::Poll, run).await.unwrap(), None, "nobody asks any more");
    }
    let calls = kestrel.came().len();
    tell(&desk, &firm, None, "R1", "done").await;
    tell(&desk, &firm, Some(run), "R1", "broken").await;
    tell(&desk, &firm, None, "R2", "done").await;
    assert_eq!(told(&desk, &firm, other, 1).await[0].state, EventState::Applied, "the control");
    for event in told(&desk, &firm, run, 2).await {
        assert_eq!((event.state, event.reason.as_deref()), (EventState::Quarantined, Some("deleted")));
    }
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Cancelled);
    let deeds = firm.deeds().await;
    assert_eq!(deeds.iter().filter(|deed| *deed == "run.abandoned").count(), 2, "{deeds:?}");
    assert!(!deeds.contains(&"run.cancelled".to_owned()), "both were sent: {deeds:?}");
    let grant = firm.member(BuiltInRole::Administrator).await.grant().unwrap();
    let listed = callbacks::quarantine(&desk.app, &grant, None, 9).await.unwrap().rows;
    assert_eq!(listed.len(), 2);
    let (_, message) = callbacks::quarantined(&desk.app, &grant, listed[0].0.id).await.unwrap();
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(body["check"], "C-R1", "and can be read there");
    desk.clock.advance(Duration::from_hours(48));
    desk.app.nudge();
    firm.run(kept, "types", json!({})).await;
    assert_eq!(kestrel.came().len(), calls + 1, "the worker is at work, and asks nothing of what was deleted");
}

/// REQ-4: the address of the callbacks was changed after the deletion; what comes to the one that the work was given is kept too.
#[tokio::test]
async fn late_callbacks_about_a_deleted_request_are_kept_although_the_address_has_changed() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    let run = begin(&firm, request, "R1").await;
    let given = token(&desk, &firm).await;
    remove(&desk, &firm, request).await;
    let grant = firm.member(BuiltInRole::Administrator).await.grant().unwrap();
    assert!(callbacks::rotate(&desk.app, &grant, firm.channel(), 1).await.unwrap());
    tell_at(&desk, given.clone(), Some(run), "R1", "done").await.unwrap();
    let event = &told(&desk, &firm, run, 1).await[0];
    assert_eq!((event.state, event.reason.as_deref()), (EventState::Quarantined, Some("deleted")));
    let queued = firm.start(firm.request("Sipho Dube").await, "check", json!({ "reference": "R2" })).await.unwrap();
    firm.ended(queued).await;
    let refused = tell_at(&desk, given, Some(queued), "R2", "done").await;
    assert!(matches!(refused, Err(dossier_app::AppError::NotFound)), "the control: it was given another: {refused:?}");
}

/// Starts an action and waits until the provider has the call in its hands, which answers only when it is told to.
pub(crate) async fn in_its_hands(
    desk: &Desk,
    kestrel: &Kestrel,
    firm: &Firm<'_>,
    request: RequestId,
    action: &str,
) -> RunId {
    let before = kestrel.came().len();
    kestrel.gather(usize::MAX);
    let run = firm.start(request, action, json!({ "reference": "R1" })).await.unwrap();
    desk.until("the provider is asked", |_| kestrel.came().len() > before).await;
    run
}

/// REQ-4
#[tokio::test]
async fn what_is_being_sent_comes_to_its_end_and_is_stored_but_nobody_waits_for_more() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    for (action, state) in [("look", RunState::Succeeded), ("check", RunState::Cancelled)] {
        let request = firm.request("Naledi Khumalo").await;
        let run = in_its_hands(&desk, &kestrel, &firm, request, action).await;
        remove(&desk, &firm, request).await;
        assert_eq!(find(&desk, &firm, run).await.state, RunState::Running, "{action}: it is on its way");
        kestrel.gather(0);
        let ended =
            until(&desk, &firm, run, Duration::ZERO, |run| !run.state.is_live() && run.state != RunState::Waiting)
                .await;
        assert_eq!(ended.state, state, "{action}: {:?}", ended.message);
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        assert!(results::of(&mut tx, run, action).await.unwrap().is_some(), "{action}: what came back is stored");
        assert_eq!(jobs::of(&mut tx, JobKind::Poll, run).await.unwrap(), None, "{action}");
        drop(tx);
        let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
        let shown = dossier_app::runs::find(&desk.app, &grant, run).await;
        assert!(matches!(shown, Err(dossier_app::AppError::NotFound)), "{action}: and shown nowhere");
    }
}

/// REQ-4
#[tokio::test]
async fn what_is_queued_is_stopped_with_its_request_and_nothing_of_it_is_sent() {
    let (desk, kestrel, host) = kestrel::desk("", dossier_testkit::DeskBuilder::without_worker).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let (gone, kept) = (firm.request("Naledi Khumalo").await, firm.request("Sipho Dube").await);
    let write = firm.start(gone, "check", json!({ "reference": "R1" })).await.unwrap();
    let read = firm.start(gone, "types", json!({})).await.unwrap();
    let other = firm.start(kept, "check", json!({ "reference": "R2" })).await.unwrap();
    remove(&desk, &firm, gone).await;
    let worker = Worker::start(&desk.app);
    assert_eq!(firm.ended(other).await.state, RunState::Waiting, "the control");
    for run in [write, read] {
        let stopped = find(&desk, &firm, run).await;
        assert_eq!(stopped.state, RunState::Cancelled);
        let why = "KYC Manager of Aloe Bank deleted the request before anything was sent.";
        assert_eq!(stopped.message.as_deref(), Some(why));
    }
    assert_eq!((kestrel.begun(), kestrel.came().len()), (vec!["R2".to_owned()], 1));
    worker.stop().await;
}
