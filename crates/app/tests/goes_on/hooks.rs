//! What providers tell by themselves: signed or not, early, late, twice, or to an address that has changed.

use std::time::Duration;

use dossier_app::AppError;
use dossier_app::callbacks::{self, Incoming};
use dossier_domain::{BuiltInRole, EventState, RequestId, RequestStatus, RunId, RunState, Verdict};
use dossier_storage::events::{self, Event};
use dossier_storage::requests::Filter;
use dossier_storage::{channels, exchanges, results};
use dossier_testkit::{Desk, Firm};
use http::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::follow::{basic, find, started, status, until};
use crate::kestrel;

/// Posts what a provider would.
async fn post(desk: &Desk, firm: &Firm<'_>, run: Option<RunId>, body: &Value) -> Result<(), AppError> {
    let token = token(desk, firm).await;
    let incoming = Incoming { token, run, headers: HeaderMap::new(), body: body.to_string().into_bytes() };
    callbacks::receive(&desk.app, &incoming).await
}

async fn all(desk: &Desk, firm: &Firm<'_>) -> Vec<Event> {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let mut found = events::quarantine(&mut tx, None, 50).await.unwrap().rows;
    for listed in dossier_storage::requests::list(&mut tx, &Filter::default(), None, 50).await.unwrap().rows {
        found.extend(events::list(&mut tx, listed.request.id).await.unwrap());
    }
    // One in quarantine may belong to a run.
    found.sort_by_key(|event| event.id);
    found.dedup_by_key(|event| event.id);
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
    let headers = [(http::HeaderName::from_static("x-signature"), signed.parse().unwrap())].into_iter().collect();
    let incoming = Incoming { token: token(desk, firm).await, run, headers, body };
    callbacks::receive(&desk.app, &incoming).await.unwrap();
}

async fn token(desk: &Desk, firm: &Firm<'_>) -> String {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
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

/// STATUS-3, STATUS-6: the callback ends the request before the answer that judges is here.
#[tokio::test]
async fn the_verdict_of_an_answer_that_comes_after_a_callback_ended_the_request_counts() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let judged = async |request| {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        let request = dossier_storage::requests::find(&mut tx, request).await.unwrap().unwrap();
        (request.status, request.verdict)
    };
    let looked = async |run, n| {
        desk.until("the answer is fetched", |_| kestrel.came().len() == n).await;
        for _ in 0..400 {
            let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
            if results::of(&mut tx, run, "look").await.unwrap().is_some() {
                return;
            }
            drop(tx);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no answer was stored");
    };

    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "screen", json!({ "reference": "R1" })).await;
    tell(&desk, &firm, &event(1, "C-R1", "done", 9), false).await;
    looked(run.id, 2).await;
    assert_eq!(judged(request).await, (RequestStatus::Completed, Verdict::Pass));

    let request = firm.request("Sipho Dube").await;
    let run = firm.run(request, "screen", json!({ "reference": "R2" })).await;
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    let mark = dossier_app::requests::Mark::to(RequestStatus::Failed);
    dossier_app::requests::mark(&desk.app, &grant, request, &mark).await.unwrap();
    tell(&desk, &firm, &event(2, "C-R2", "done", 9), false).await;
    looked(run.id, 4).await;
    assert_eq!(judged(request).await, (RequestStatus::Failed, Verdict::None), "what a person chose stays");
}

/// Whoever must change an address that leaked loses nothing of what goes on, however often it is changed.
#[tokio::test]
async fn an_address_that_has_changed_takes_the_end_of_the_work_that_was_given_it_and_nothing_else() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let check = async |reference: &str| {
        let request = firm.request("Naledi Khumalo").await;
        firm.run(request, "check", json!({ "reference": reference })).await.id
    };
    let grant = firm.member(BuiltInRole::Administrator).await.grant().unwrap();
    let rotate = async |round| assert!(callbacks::rotate(&desk.app, &grant, firm.channel(), round).await.unwrap());
    let tell = async |token: &str, run, body: Value| {
        let body = body.to_string().into_bytes();
        let signed = kestrel::signature(&body).parse().unwrap();
        let headers = [(http::HeaderName::from_static("x-signature"), signed)].into_iter().collect();
        callbacks::receive(&desk.app, &Incoming { token: token.to_owned(), run, headers, body }).await
    };
    let (old, first) = (token(&desk, &firm).await, check("R1").await);
    rotate(1).await;
    let (present, second) = (token(&desk, &firm).await, check("R2").await);
    for (run, check) in [(None, "C-R1"), (Some(second), "C-R2")] {
        let refused = tell(&old, run, event(1, check, "done", 9)).await;
        assert!(matches!(refused, Err(AppError::NotFound)), "{check} by the old address: {refused:?}");
    }
    tell(&present, Some(second), event(2, "C-R2", "done", 9)).await.unwrap();
    rotate(2).await;
    tell(&old, Some(first), event(3, "C-R1", "done", 9)).await.unwrap();
    for run in [first, second] {
        let ended = until(&desk, &firm, run, Duration::ZERO, |run| run.state != RunState::Waiting).await;
        assert_eq!(ended.state, RunState::Succeeded);
    }
    let refused = tell(&old, Some(first), event(4, "C-R1", "broken", 10)).await;
    assert!(matches!(refused, Err(AppError::NotFound)), "it goes on no more: {refused:?}");
}

/// The address is not signed: a true word about other work must not end the run that the address names.
#[tokio::test]
async fn a_signed_callback_about_other_work_does_not_end_the_run_whose_address_it_comes_to() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "check", json!({ "reference": "R1" })).await;
    tell_about(&desk, &firm, Some(run.id), &event(1, "C-R2", "done", 9), false).await;
    let strange = handled(&desk, &firm, 1, Duration::ZERO).await;
    assert_eq!((strange[0].state, strange[0].reason.as_deref()), (EventState::Quarantined, Some("other_subject")));
    assert_eq!(find(&desk, &firm, run.id).await.state, RunState::Waiting);
    tell_about(&desk, &firm, Some(run.id), &event(2, "C-R1", "done", 9), false).await;
    let ended = until(&desk, &firm, run.id, Duration::ZERO, |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded, "the control");
}

#[tokio::test]
async fn the_token_of_a_callback_stands_in_no_log_and_no_row() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let params =
        json!({ "shortHand": "email", "termsLink": "https://aloe.example/terms", "email": "naledi@example.org" });
    let sent = firm.run(request, "send_consent_request", params).await;
    assert_eq!(sent.state, RunState::Succeeded, "{:?}", sent.message);
    let token = token(&desk, &firm).await;
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let calls = exchanges::list(&mut tx, request, &exchanges::Filter::default(), None, 20).await.unwrap().rows;
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
