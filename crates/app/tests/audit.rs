//! What the use cases write into the audit: who, from where, what, before and after.

use dossier_app::folder::{self, Choice};
use dossier_app::grant::{Create, Execute, Read};
use dossier_app::requests::Mark;
use dossier_app::{AppError, channels, requests, results};
use dossier_domain::{Actor, BuiltInRole, RequestStatus};
use dossier_storage::audit::Event;
use dossier_testkit::{CLIENT_SECRET, Desk, Firm, PASSWORD};
use serde_json::{Value, json};

const NUMBER: &str = "2014/187452/07";

/// The only event of this kind.
async fn event(firm: &Firm<'_>, action: &str) -> Event {
    let mut found: Vec<_> = firm.audit().await.into_iter().filter(|event| event.action == action).collect();
    assert_eq!(found.len(), 1, "{action} in {:?}", firm.deeds().await);
    found.remove(0)
}

async fn actor(firm: &Firm<'_>, role: BuiltInRole) -> Actor {
    firm.member(role).await.actor()
}

/// AUDIT-1
#[tokio::test]
async fn setting_up_a_tenant_is_the_operators_deed_and_holds_no_secret() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let tenant = event(&firm, "tenant.created").await;
    assert_eq!((tenant.actor, tenant.subject.id), (Actor::Operator, Some(firm.tenant.into())));
    let modules = json!([{ "module": "kyc", "until": null }, { "module": "kyc-intouch", "until": null }]);
    let zone = "Africa/Johannesburg";
    assert_eq!(tenant.after, Some(json!({ "name": "Aloe Bank", "time_zone": zone, "modules": modules })));
    let users = firm.audit().await.into_iter().filter(|event| event.action == "user.created").count();
    assert_eq!(users, BuiltInRole::ALL.len());

    let channel = event(&firm, "channel.created").await;
    assert_eq!(channel.actor, actor(&firm, BuiltInRole::Manager).await);
    assert_eq!(channel.subject.id, Some(firm.channel().into()));
    let after = channel.after.unwrap();
    assert_eq!((&after["code"], &after["secrets"]), (&json!("main"), &json!({ "clientSecret": "set" })));
    assert_eq!(after["config"]["clientId"], "tests", "the control: what is no secret is there");
    for event in firm.audit().await {
        let told = format!("{:?} {:?}", event.before, event.after);
        assert!(!told.contains(CLIENT_SECRET) && !told.contains(PASSWORD), "{}: {told}", event.action);
        assert!(!told.contains("argon2"), "{}: {told}", event.action);
    }
}

/// AUDIT-1
#[tokio::test]
async fn a_request_and_its_moves_are_written_with_before_and_after() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let operator = firm.member(BuiltInRole::Operator).await;
    let created = event(&firm, "request.created").await;
    assert_eq!((created.actor, created.request), (operator.actor(), Some(request)));
    let expected = json!({ "reference": "Kwantu", "channel": "InTouch main", "status": "draft" });
    assert_eq!((created.before, created.after), (None, Some(expected)));

    let grant = operator.grant::<Execute>().unwrap();
    requests::mark(&desk.app, &grant, request, &Mark::to(RequestStatus::Completed)).await.unwrap();
    let moved = event(&firm, "request.status_changed").await;
    assert_eq!((moved.actor, moved.subject.id), (operator.actor(), Some(request.into())));
    assert_eq!((moved.before, moved.after), (Some(json!({"status": "draft"})), Some(json!({"status": "completed"}))));
}

/// AUDIT-1, AUDIT-3
#[tokio::test]
async fn a_run_its_output_and_the_opening_of_its_files_are_written() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let run = firm.run(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": NUMBER })).await;
    let operator = actor(&firm, BuiltInRole::Operator).await;
    let started = event(&firm, "run.started").await;
    assert_eq!((&started.actor, started.subject.id), (&operator, Some(run.id.into())));
    assert_eq!(started.after, Some(json!({ "action": "company_kyc", "run": run.id })));
    let saved = event(&firm, "output.saved").await;
    assert_eq!((&saved.actor, saved.request), (&operator, Some(request)), "whoever started it answers for it");
    assert_eq!(saved.after, Some(json!({ "action": "company_kyc", "run": run.id, "verdict": "pass" })));
    let moved = event(&firm, "request.status_changed").await;
    assert_eq!(moved.after, Some(json!({ "status": "pending", "because": "company_kyc" })));
    let judged = event(&firm, "request.verdict_changed").await;
    assert_eq!(
        (judged.before, judged.after.unwrap()["verdict"].clone()),
        (Some(json!({"verdict": "none"})), json!("pass"))
    );

    let viewer = firm.member(BuiltInRole::Viewer).await;
    let read = viewer.grant::<Read>().unwrap();
    let shown = folder::open(&desk.app, &read, request, Choice::Latest).await.unwrap().shown.unwrap();
    let file = shown.files[0].id;
    folder::file(&desk.app, &read, request, file).await.unwrap();
    results::take(&desk.app, &read, request, shown.result.id).await.unwrap();
    let opened = event(&firm, "file.opened").await;
    assert_eq!((opened.actor, opened.subject.id), (viewer.actor(), Some(file.into())));
    let downloaded = event(&firm, "result.downloaded").await;
    assert_eq!((downloaded.actor, downloaded.subject.id), (viewer.actor(), Some(shown.result.id.into())));
}

/// AUDIT-1
#[tokio::test]
async fn a_failure_and_an_unknown_outcome_are_written_and_save_nothing() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    firm.run(request, "company_kyc", json!({ "reference": "K sim:error-in-200", "registrationNumber": NUMBER })).await;
    let failed = event(&firm, "run.failed").await;
    assert_eq!(failed.actor, actor(&firm, BuiltInRole::Operator).await);
    assert_eq!(failed.after, Some(json!({ "action": "company_kyc", "class": "business" })));
    firm.run(request, "company_kyc", json!({ "reference": "K sim:hang-up", "registrationNumber": NUMBER })).await;
    assert_eq!(event(&firm, "run.unknown").await.request, Some(request));
    let deeds = firm.deeds().await;
    for saved in ["output.saved", "request.status_changed"] {
        assert!(!deeds.contains(&saved.to_owned()), "{deeds:?}");
    }
}

/// AUDIT-2: what did not happen is not written.
#[tokio::test]
async fn a_refusal_leaves_no_trace_of_a_deed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let before = firm.audit().await.len();
    let refused = firm.start(request, "company_kyc", json!({})).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))), "{refused:?}");
    assert!(matches!(firm.add_channel("main", "Twice").await, Err(AppError::Invalid(_))));
    let operator = firm.member(BuiltInRole::Operator).await;
    assert!(matches!(operator.grant::<Create>(), Err(AppError::Forbidden(_))));
    let grant = operator.grant::<Execute>().unwrap();
    let moved = requests::mark(&desk.app, &grant, request, &Mark::to(RequestStatus::Pending)).await;
    assert!(matches!(moved, Err(AppError::Conflict(_))), "{moved:?}");
    let offered = channels::offered(&desk.app, &operator.grant().unwrap()).await.unwrap();
    assert_eq!(offered.len(), 1);
    assert_eq!(firm.audit().await.len(), before, "{:?}", firm.deeds().await);
}

/// AUDIT-2: the event and the deed stand or fall together.
#[tokio::test]
async fn when_the_audit_cannot_be_written_the_deed_does_not_happen() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let operator = firm.member(BuiltInRole::Operator).await;
    let grant = operator.grant::<Execute>().unwrap();
    firm.change("ALTER TABLE audit_unsealed RENAME TO audit_gone").await;
    let moved = requests::mark(&desk.app, &grant, request, &Mark::to(RequestStatus::Completed)).await;
    assert!(matches!(moved, Err(AppError::Internal(_))), "{moved:?}");
    let started = firm.start(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": NUMBER })).await;
    assert!(matches!(started, Err(AppError::Internal(_))), "{started:?}");
    let opened = folder::open(&desk.app, &operator.grant().unwrap(), request, Choice::Latest).await.unwrap();
    assert_eq!((opened.head.request.status, opened.runs.len()), (RequestStatus::Draft, 0));

    firm.change("ALTER TABLE audit_gone RENAME TO audit_unsealed").await;
    requests::mark(&desk.app, &grant, request, &Mark::to(RequestStatus::Completed)).await.unwrap();
    let status = requests::find(&desk.app, &operator.grant().unwrap(), request).await.unwrap().status;
    assert_eq!(status, RequestStatus::Completed, "the control");
    let _: Value = event(&firm, "request.status_changed").await.after.unwrap();
}
