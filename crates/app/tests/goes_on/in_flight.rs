//! What people decide while a call is out, or waits to go out.

use std::time::Duration;

use dossier_app::runs::{self, Settlement};
use dossier_domain::{BuiltInRole, RequestStatus, RunId, RunState, Verdict};
use dossier_simulator::Outcome;
use dossier_storage::{attachments, pending, requests, results};
use dossier_testkit::{Desk, Firm};
use serde_json::json;

use crate::follow::{find, started, status, until};
use crate::kestrel;
use crate::marked::{in_its_hands, mark, remove};

/// Waits until a run has the result of that action.
async fn stored(desk: &Desk, firm: &Firm<'_>, run: RunId, action: &str) {
    for _ in 0..400 {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        if results::of(&mut tx, run, action).await.unwrap().is_some() {
            return;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the answer was not stored");
}

/// ACT-10: the question is out when a person says how the run ended.
#[tokio::test]
async fn the_answer_to_a_question_that_is_out_is_kept_when_the_run_is_settled_meanwhile() {
    let (desk, kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    kestrel.fall_silent(true);
    kestrel.gather(usize::MAX);
    let run = firm.run(request, "named", json!({ "reference": "R1" })).await.id;
    desk.until("the provider is asked", |_| kestrel.came().len() == 1).await;
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    let order = Settlement { request, run, ended: "succeeded".to_owned(), reason: "Their support said so.".to_owned() };
    runs::settle(&desk.app, &grant, &order).await.unwrap();
    kestrel.gather(0);
    stored(&desk, &firm, run, "look").await;
    let settled = find(&desk, &firm, run).await;
    assert_eq!(settled.state, RunState::Succeeded);
    assert!(settled.message.unwrap().contains("Their support said so."), "it stays as the person said");
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let found = requests::find(&mut tx, request).await.unwrap().unwrap();
    assert_eq!((found.status, found.verdict), (RequestStatus::Completed, Verdict::Pass));
    assert!(firm.deeds().await.contains(&"run.answered_late".to_owned()));
}

/// REQ-4: the question is out when the request is deleted; its answer names files, which are fetched as well.
#[tokio::test]
async fn the_answer_to_a_question_that_is_out_is_kept_with_its_files_when_the_request_is_deleted_meanwhile() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let files = async |request, run| {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        let here = attachments::list(&mut tx, request, Some(run)).await.unwrap().len();
        (here, pending::of_run(&mut tx, run).await.unwrap().len())
    };
    let (kept, control) = started(&desk, &firm, "").await;
    let control = until(&desk, &firm, control, Duration::from_secs(5), |run| run.state == RunState::Succeeded).await;
    let (all, _) = files(kept, control.id).await;
    assert!(all > 0, "the control");

    let (request, run) = started(&desk, &firm, "").await;
    until(&desk, &firm, run, Duration::from_secs(5), |run| run.polls + 1 == control.polls).await;
    let path = "/core/api/v3/status";
    desk.misbehave("slow=2s", path).await;
    let out =
        || desk.simulator.ledger().iter().any(|entry| entry.path.starts_with(path) && entry.outcome == Outcome::Open);
    until(&desk, &firm, run, Duration::from_secs(5), |_| out()).await;
    remove(&desk, &firm, request).await;
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Cancelled);
    stored(&desk, &firm, run, "workflow_status").await;
    assert_eq!(files(request, run).await, (0, all), "while the question was out, its right to ask ended");
    assert!(firm.deeds().await.contains(&"run.answered_late".to_owned()));
    for _ in 0..400 {
        if files(request, run).await == (all, 0) {
            break;
        }
        desk.clock.advance(Duration::from_secs(5));
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(files(request, run).await, (all, 0));
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Cancelled);
}

/// REQ-4, STATUS-5
#[tokio::test]
async fn what_waits_for_its_turn_at_the_provider_is_not_sent_when_its_request_has_ended_or_is_deleted() {
    let (desk, kestrel, host) = kestrel::desk("limits: { at_once: 1 }", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let first = firm.request("Naledi Khumalo").await;
    in_its_hands(&desk, &kestrel, &firm, first, "look").await;
    let check = |reference: &str| ("check", json!({ "reference": reference }));
    let types = ("types", json!({}));
    let mut waiting = Vec::new();
    for (action, params) in [check("R2"), types.clone(), check("R3"), types, check("R4")] {
        let request = firm.request("Sipho Dube").await;
        let run = firm.start(request, action, params).await.unwrap();
        until(&desk, &firm, run, Duration::ZERO, |run| run.state == RunState::Running).await;
        waiting.push((request, run));
    }
    for (request, _) in &waiting[..2] {
        remove(&desk, &firm, *request).await;
    }
    for (request, _) in &waiting[2..4] {
        mark(&desk, &firm, *request, RequestStatus::Failed, "").await;
    }
    kestrel.gather(0);
    let mut ends = Vec::new();
    for (_, run) in &waiting {
        let ended = until(&desk, &firm, *run, Duration::ZERO, |run| !run.state.is_live()).await;
        ends.push((ended.state, ended.message));
    }
    let stopped = |why: &str| (RunState::Cancelled, Some(format!("The request {why} before anything was sent.")));
    assert_eq!(ends[..3], [stopped("was deleted"), stopped("was deleted"), stopped("ended as failed")]);
    let others = [(RunState::Succeeded, None), (RunState::Waiting, None)];
    assert_eq!(ends[3..], others, "what only reads is read; and the control");
    assert_eq!((kestrel.begun(), kestrel.came().len()), (vec!["R4".to_owned()], 3));
    assert_eq!(status(&desk, &firm, waiting[2].0).await, RequestStatus::Failed);
    let audit = firm.audit().await.into_iter();
    let before: Vec<_> = audit.filter(|event| event.action == "run.cancelled").map(|event| event.before).collect();
    assert_eq!(before, vec![Some(json!({ "state": "running" })); 3]);
}

/// REQ-4: a sign-in carries nothing out.
#[tokio::test]
async fn what_has_only_signed_in_is_not_sent_when_its_request_is_deleted() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    desk.misbehave("slow=2s", "/auth").await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let run = firm.start(request, "company_kyc", params).await.unwrap();
    desk.until("it signs in", |desk| {
        desk.simulator.ledger().iter().any(|entry| entry.path.starts_with("/auth") && entry.outcome == Outcome::Open)
    })
    .await;
    remove(&desk, &firm, request).await;
    let stopped = until(&desk, &firm, run, Duration::ZERO, |run| !run.state.is_live()).await;
    assert_eq!((stopped.state, desk.calls("Company KYC")), (RunState::Cancelled, 0));
    assert_eq!(stopped.message.as_deref(), Some("The request was deleted before anything was sent."));
}
