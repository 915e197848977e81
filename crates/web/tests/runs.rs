//! The page of a run in each of its states, what a person can do there, and what the request's page says meanwhile.

#![expect(clippy::panic, reason = "tests")]

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use dossier_app::runs;
use dossier_domain::{BuiltInRole, RequestId, RunId, RunState};
use dossier_testkit::{Desk, Firm, Page, Visitor};
use serde_json::{Value, json};

/// A Basic KYC of an invented person, whose reference carries a wish to the simulator.
fn basic(wish: &str) -> Value {
    json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": format!("Kwantu {wish}") })
}

fn company(wish: &str) -> Value {
    json!({ "reference": format!("K {wish}"), "registrationNumber": "2014/187452/07" })
}

fn at(request: RequestId, run: RunId) -> String {
    format!("/requests/{request}/runs/{run}")
}

/// Looks at the page until it says so, while the clock goes on by `step` at each look.
async fn until(desk: &Desk, visitor: &mut Visitor, path: &str, step: Duration, words: &str) -> Page {
    for _ in 0..400 {
        let page = visitor.get(path).await;
        if page.words().contains(words) {
            return page;
        }
        desk.clock.advance(step);
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain for “{words}”: {}", visitor.get(path).await.words());
}

async fn unknown(desk: &Desk, firm: &Firm<'_>) -> (RequestId, RunId) {
    let request = firm.request("Kwantu").await;
    desk.clock.advance(Duration::from_secs(1));
    (request, firm.run(request, "company_kyc", company("sim:hang-up")).await.id)
}

/// STATUS-1
#[tokio::test]
async fn a_run_that_waits_says_when_its_provider_is_asked_next_and_how_often_it_was() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic("sim:workflow-sticks")).await.id;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let words = operator.get(&format!("/requests/{request}?run={run}")).await.words();
    for said in [
        "Run Workflow was accepted.",
        "works on it. What it answered so far is stored. Dossier asks again by itself at ",
        "What can be done",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!words.contains("to see how it stands"), "nobody has to ask by hand: {words}");

    let page = operator.get(&at(request, run)).await;
    let words = page.words();
    for said in [
        "Run Workflow, 23 Nov 2026, 14:00 Waiting",
        "InTouch Secure Services has accepted it and works on it.",
        "There is nothing to do.",
        "Run by KYC Operator of Aloe Bank",
        "Provider asked Not yet",
        "Asked next 23 Nov 2026, 14:00",
        "End due ",
        "has sent nothing about this run by itself",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!page.text.contains("/cancel\"") && !page.text.contains("/settle\""), "there is nothing to do");
    let asked = until(&desk, &mut operator, &at(request, run), Duration::from_secs(5), "Provider asked 2 times").await;
    assert!(asked.text.contains(&format!("/requests/{request}?result=")), "what it answered so far");
}

#[tokio::test]
async fn a_queued_run_is_stopped_by_who_may_run_and_by_nobody_else() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let run = firm.start(request, "company_kyc", company("")).await.unwrap();
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let seen = viewer.get(&at(request, run)).await;
    let words = seen.words();
    assert!(words.contains("You can look, but not stop it. It takes the permission kyc:execute."), "{words}");
    assert!(words.contains("Administrator of Aloe Bank can give it to you.") && !seen.text.contains("/cancel\""));
    assert_eq!(viewer.post(&format!("{}/cancel", at(request, run)), &[("", "")]).await.status, 403);

    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let list = operator.get(&format!("/requests/{request}")).await;
    assert!(list.text.contains(&format!("href=\"{}\"", at(request, run))), "the panel leads to the run");
    let page = operator.get(&at(request, run)).await;
    assert!(page.words().contains("It waits for its turn. Nothing has been sent to"), "{}", page.words());
    assert!(page.words().contains("Stop it") && page.text.contains("http-equiv=\"refresh\""));
    let stopped = operator.post(&format!("{}/cancel", at(request, run)), &[("", "")]).await;
    assert_eq!((stopped.status, stopped.location()), (303, &*format!("/requests/{request}?run={run}")));
    let words = operator.get(stopped.location()).await.words();
    let said = "Company KYC was stopped. KYC Operator of Aloe Bank stopped it before anything was sent.";
    assert!(words.contains(said), "{words}");
    let page = operator.get(&at(request, run)).await.words();
    assert!(page.contains("It was stopped before anything was sent.") && page.contains("Stopped 23 Nov"), "{page}");

    let again = operator.post(&format!("{}/cancel", at(request, run)), &[("", "")]).await;
    assert_eq!(again.status, 409);
    let words = again.words();
    assert!(words.contains("It was not stopped. Company KYC cannot be stopped any more: it was stopped."), "{words}");
    assert!(!again.text.contains("/cancel\""), "{words}");
}

/// ACT-10
#[tokio::test]
async fn an_unknown_outcome_stands_with_time_and_name_until_a_person_says_how_it_ended() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = unknown(&desk, &firm).await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let banner = operator.get(&format!("/requests/{request}")).await.words();
    let said = "The outcome of Company KYC is unknown. KYC Operator of Aloe Bank ran it at 14:00. ";
    assert!(banner.contains(said) && banner.contains("Say how it ended"), "{banner}");

    let settle = format!("{}/settle", at(request, run));
    let empty = operator.post(&settle, &[("ended", ""), ("reason", "  ")]).await;
    assert_eq!(empty.status, 422);
    let words = empty.words();
    for said in ["Two fields need another look.", "Say whether it was carried out.", "Say how you know: who told you"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    let long = "They said so. ".repeat(50);
    let page = operator.post(&settle, &[("ended", "failed"), ("reason", long.as_str())]).await;
    assert_eq!(page.status, 422);
    assert!(
        page.words().contains("At most 500 characters.") && page.text.contains(long.trim_end()),
        "{}",
        page.words()
    );
    let chosen = page.text.split("value=\"failed\"").nth(1).unwrap();
    assert!(chosen.starts_with(" required checked>"), "what was chosen stays: {}", &chosen[..40]);

    let reason = [("ended", "succeeded"), ("reason", "Thabo at InTouch has seen it.")];
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    assert_eq!(viewer.post(&settle, &reason).await.status, 403);
    let look = viewer.get(&at(request, run)).await;
    assert!(look.words().contains("You can look, but not say how it ended."), "{}", look.words());
    assert!(!look.text.contains("/settle\""), "no form that is refused");
    let words = viewer.get(&format!("/requests/{request}")).await.words();
    assert!(words.contains("What can be done") && !words.contains("Say how it ended"), "{words}");

    let done = operator.post(&settle, &reason).await;
    assert_eq!((done.status, done.location()), (303, &*format!("/requests/{request}?run={run}")));
    let words = operator.get(done.location()).await.words();
    let said = "Company KYC was carried out, and no result of it is stored. \
         KYC Operator of Aloe Bank says that it was carried out: Thabo at InTouch has seen it.";
    assert!(
        words.contains(said) && !words.contains("is unknown") && !words.contains("Its result is stored"),
        "{words}"
    );
    let page = operator.get(&at(request, run)).await.words();
    assert!(page.contains("No result of it is stored") && page.contains("Thabo at InTouch"), "{page}");
    let told: Vec<_> = [
        "Its outcome was not known any more.",
        "KYC Operator of Aloe Bank said that it was carried out.",
        "It succeeded.",
    ]
    .map(|said| page.rfind(said))
    .into();
    assert!(told[0].is_some() && told.is_sorted(), "in the order of time: {told:?}: {page}");

    let late = operator.post(&settle, &[("ended", "failed"), ("reason", "I think so")]).await;
    assert_eq!(late.status, 409);
    let words = late.words();
    let said = "This was not saved. The outcome of Company KYC is known meanwhile: it succeeded. Nothing was changed.";
    assert!(words.contains(said) && !late.text.contains("/settle\""), "{words}");
    let useless = operator.post(&settle, &[("ended", ""), ("reason", "")]).await;
    assert_eq!(useless.status, 422, "nothing was changed here either");
    assert!(useless.words().contains("How it ended is known meanwhile"), "{}", useless.words());
    assert_eq!(firm.deeds().await.iter().filter(|deed| *deed == "run.settled").count(), 1);
}

#[tokio::test]
async fn an_overdue_run_stands_on_its_request_until_a_person_says_how_it_ended() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic("sim:workflow-sticks")).await.id;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let here = format!("/requests/{request}");
    let mut visitor = operator.clone();
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    for _ in 0..400 {
        if runs::find(&desk.app, &grant, run).await.unwrap().state == RunState::Overdue {
            break;
        }
        desk.clock.advance(Duration::from_mins(20));
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    // The sign-in ended sooner than the work.
    operator = firm.visitor(BuiltInRole::Operator).await;
    let words = operator.get(&here).await.words();
    for said in [
        "Run Workflow is overdue. KYC Operator of Aloe Bank ran it on 23 Nov 2026, 14:00. InTouch Secure Services accepted it and has not told how it ended. Its end was due",
        "Say how it ended",
        "Overdue",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(visitor.get(&here).await.status == 303, "the control: the first sign-in has ended");
    let page = operator.get(&at(request, run)).await.words();
    for said in [
        "so Dossier asks no more",
        "Workflow Status, run in the request, asks once more.",
        "Overdue since",
        "Say how it ended",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let settle = format!("{}/settle", at(request, run));
    let done = operator.post(&settle, &[("ended", "failed"), ("reason", "InTouch lost it (ticket 71).")]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let words = operator.get(done.location()).await.words();
    let said = "says that it was not carried out: InTouch lost it (ticket 71).";
    assert!(words.contains("Run Workflow failed.") && words.contains(said), "{words}");
    assert!(!words.contains("is overdue") && !words.contains("Nothing was stored"), "its first answer is: {words}");
}

/// ACT-7: what stays is not denied.
#[tokio::test]
async fn work_that_fails_after_it_was_accepted_does_not_say_that_nothing_was_stored() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic("sim:workflow-fails")).await.id;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page =
        until(&desk, &mut operator, &at(request, run), Duration::from_secs(5), "It ended without success.").await;
    let words = page.words();
    assert!(words.contains("What was answered before stays stored"), "{words}");
    assert!(words.contains("What InTouch Secure Services said"), "{words}");
    let words = operator.get(&format!("/requests/{request}?run={run}")).await.words();
    assert!(words.contains("Run Workflow failed. InTouch Secure Services answered: “"), "{words}");
    assert!(!words.contains("Nothing was stored"), "{words}");

    let other = firm.run(firm.request("Kwantu").await, "company_kyc", company("sim:error-in-200")).await;
    let words = operator.get(&at(other.request, other.id)).await.words();
    assert!(words.contains("It ended without success. Nothing was stored."), "the control: {words}");
}

#[tokio::test]
async fn a_run_tells_which_callbacks_came_about_it_and_what_became_of_each() {
    let desk = Desk::builder().reachable().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic("sim:workflow-sticks")).await.id;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let shown = administrator.post(&format!("/settings/channels/{}/address", firm.channel()), &[("", "")]).await;
    let token = shown.text.split_once("/callbacks/").unwrap().1.split('<').next().unwrap().trim().to_owned();
    let mut provider = Visitor::new(desk.router());
    for _ in 0..3 {
        let path = format!("/callbacks/{token}?run={run}");
        let kept = provider.send(Method::POST, &path, &[], Body::from(r#"{"status":"Processing"}"#)).await;
        assert_eq!(kept.status, 202, "{}", kept.text);
    }
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let said = "It made Dossier ask InTouch Secure Services how the work stands. Not verified 3 times";
    let page = until(&desk, &mut operator, &at(request, run), Duration::from_secs(1), said).await;
    assert!(!page.words().contains("Signed"), "this provider signs nothing: {}", page.words());
}

/// TENANT-1
#[tokio::test]
async fn a_run_is_found_under_its_own_request_only() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, run) = unknown(&desk, &firm).await;
    let sibling = firm.request("Another").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    assert_eq!(operator.get(&at(request, run)).await.status, 200, "the control");
    assert_eq!(operator.get(&at(sibling, run)).await.status, 404);
    assert_eq!(operator.get(&format!("/requests/{sibling}?run={run}")).await.status, 404);
    let settle = [("ended", "failed"), ("reason", "I know")];
    assert_eq!(operator.post(&format!("{}/settle", at(sibling, run)), &settle).await.status, 404);
    assert_eq!(operator.post(&format!("{}/cancel", at(sibling, run)), &settle).await.status, 404);
}
