//! Every action of InTouch against the simulator, over real HTTP: as it should go, and as it should not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod clerk;
#[expect(dead_code, reason = "the desk is shared with tests that use more of it")]
mod desk;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use clerk::{Clerk, ID_NUMBER, WORKFLOWS, work};
use desk::{CLIENT_SECRET, Desk};
use dossier_connector::{Effect, Manifest, Outcome, Registry, Rehearsal, Success, Verified};
use dossier_domain::{ErrorClass, Verdict, Work};
use dossier_simulator::ORGANISATION;
use serde_json::{Value, json};

/// What must stand in no log: of the person, of the account, and of how they are reached.
const PERSONAL: &[&str] = &[
    ID_NUMBER,
    "Sibongile",
    "Dlamini",
    "14 Jacaranda Street",
    "s.dlamini@mail.example",
    "+27820000147",
    "1234509876",
    "1992-02-20",
];

/// An action: its key, category and label, the degree to which it is verified, its effect, whether it is charged.
type Row = (&'static str, &'static str, &'static str, Verified, Effect, bool);

const ACTIONS: &[Row] = {
    use Effect::{Read, Write};
    use Verified::{Assumed, Request};
    &[
        ("get_auth_token", "Auth", "Get Auth Token", Request, Read, false),
        ("get_organisation_phase_two_id", "Auth", "Get Organisation Phase Two ID", Request, Read, false),
        ("send_consent_request", "Consent", "Send Consent Request", Assumed, Write, false),
        ("consent_status", "Consent", "Consent Status", Assumed, Read, false),
        ("consent_request_status", "Consent", "Consent Request Status", Assumed, Read, false),
        ("get_consent_document", "Consent", "Get Consent Document", Assumed, Read, false),
        ("get_consent_types", "Consent", "Get Consent Types", Assumed, Read, false),
        ("get_consent_types_by_contact", "Consent", "Get Consent Types By Contact", Assumed, Read, false),
        ("rerequest_consent", "Consent", "Rerequest Consent", Assumed, Write, false),
        ("update_consent_request", "Consent", "Update Consent Request", Assumed, Write, false),
        ("run_workflow", "Workflow", "Run Workflow", Request, Write, true),
        ("workflow_status", "Workflow", "Workflow Status", Request, Read, false),
        ("company_kyc", "Workflow", "Company KYC", Request, Write, true),
        ("upload_files", "Upload", "Upload File(s)", Request, Write, false),
        ("identity_document_ocr", "Service", "Identity Document OCR", Request, Write, true),
        ("face_compare", "Service", "Face Compare", Request, Write, true),
        ("passive_liveness", "Service", "Passive Liveness", Request, Write, true),
        ("dha_with_photo", "Service library", "DHA With Photo", Request, Write, true),
        ("individual_ekyc", "Service library", "Individual eKYC", Request, Write, true),
        ("combined_aml", "Service library", "Combined AML", Request, Write, true),
        ("bank_account", "Service library", "Bank Account", Assumed, Write, true),
    ]
};

impl Clerk {
    /// Runs a workflow and looks at it until it stands still.
    async fn follow(&mut self, workflow: &str, reference: &str) -> Success {
        let started = self.run_with("run_workflow", work(workflow, reference), reference).await.success();
        assert!(started.waits, "{workflow}");
        let mut last = self.run("workflow_status", "").await.success();
        for _ in 0..6 {
            last = self.run("workflow_status", "").await.success();
        }
        last
    }
}

/// ACT-1, ACT-2, STATUS-3
#[test]
fn all_actions_of_the_guide_are_there_in_its_order_and_only_a_workflow_decides() {
    let manifest = Registry::built_in().unwrap().get("intouch").unwrap();
    let found: Vec<_> = manifest.actions.iter().collect();
    let rows: Vec<_> = found
        .iter()
        .map(|a| (a.key.as_str(), a.category.as_str(), a.label.as_str(), a.verified, a.effect, a.charged))
        .collect();
    assert_eq!(rows, ACTIONS);
    let deciding: Vec<_> = found.iter().filter(|a| a.decides).map(|a| a.key.as_str()).collect();
    assert_eq!(deciding, ["run_workflow"]);
    assert_eq!(manifest.action("run_workflow").unwrap().poll.as_ref().unwrap().action, "workflow_status");
}

#[tokio::test]
async fn every_action_has_examples_of_good_and_bad_answers_and_all_hold() {
    let manifest = Registry::built_in().unwrap().get("intouch").unwrap();
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for entry in fs::read_dir("../../providers/intouch/examples").unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for rehearsal in Rehearsal::read(&manifest, &text).unwrap_or_else(|problems| panic!("{path:?}: {problems:?}")) {
            let done = rehearsal.run().await;
            faults.extend(done.faults.iter().map(|fault| format!("{}, {}: {fault}", done.action, done.name)));
            if manifest.action(&done.action).is_some() {
                let good = matches!(rehearsal.end().await, Outcome::Succeeded(_));
                seen.insert((done.action, good));
            }
        }
    }
    let wanted: BTreeSet<_> =
        ACTIONS.iter().flat_map(|row| [(row.0.to_owned(), true), (row.0.to_owned(), false)]).collect();
    assert_eq!(seen, wanted);
    assert!(faults.is_empty(), "{faults:#?}");
}

/// ACT-2, ACT-5, ACT-7, RESULT-1, LOG-2
#[tokio::test]
async fn every_action_brings_a_readable_result_one_after_the_other_in_one_request() {
    let mut clerk = Clerk::at(Desk::open().await);
    for (action, ..) in ACTIONS {
        if *action == "rerequest_consent" {
            for late in ["rerequest_consent", "update_consent_request"] {
                let failure = clerk.run(late, "CIF-2209418").await.failure();
                assert_eq!((failure.class, failure.quoted), (ErrorClass::Business, true), "{late}: it was given");
            }
            clerk.run("send_consent_request", "CIF-2209418").await.success();
        }
        // A consent is answered at the third look.
        let looks = if *action == "consent_request_status" { 2 } else { 1 };
        for _ in 0..looks {
            let success = clerk.run(action, "CIF-2209418 sim:no-hits").await.success();
            let display = &success.display;
            let tables = display.sections.iter().any(|s| s.table.is_some());
            assert!(display.summary.is_some() || tables, "{action}: {display:?}");
            assert!(!display.sections.is_empty() && display.notes.is_empty(), "{action}: {display:?}");
            assert_eq!(success.waits, *action == "run_workflow", "{action}");
        }
    }
    assert_eq!(clerk.outputs["organisationPhaseTwoId"], ORGANISATION);
    let asked: BTreeSet<_> = clerk.desk.simulator.ledger().into_iter().map(|e| e.service).collect();
    assert_eq!(asked.len(), 20, "{asked:?}");
    clerk.desk.journal.holds_none_of(PERSONAL);
    clerk.desk.journal.holds_none_of(&[CLIENT_SECRET]);
}

/// LOG-2: names, which the answers bring and no parameter gave away. Without the rule of the manifest they are logged.
#[tokio::test]
async fn names_that_an_answer_brings_stand_in_no_log_and_would_without_the_rule() {
    let text = fs::read_to_string("../../providers/intouch/provider.yaml").unwrap();
    let (before, rest) = text.split_once("\nredact:\n").unwrap();
    let (_, after) = rest.split_once("\nauth:\n").unwrap();
    let without = Arc::new(Manifest::parse(&format!("{before}\nauth:\n{after}")).unwrap());
    for (action, name) in [
        ("identity_document_ocr", "/Results/0/Surname"),
        ("dha_with_photo", "/Results/0/Surname"),
        ("workflow_status", "/steps/0/result/Surname"),
    ] {
        for (manifest, logged) in [(None, false), (Some(&without), true)] {
            let mut clerk = Clerk::at(Desk::open().await);
            if let Some(manifest) = manifest {
                clerk.desk.manifest = Arc::clone(manifest);
            }
            let success = match action {
                "workflow_status" => clerk.follow("dha", "").await,
                _ => clerk.run(action, "CIF-2209418").await.success(),
            };
            let raw: Value = serde_json::from_slice(&success.raw).unwrap();
            let name = raw.pointer(name).and_then(Value::as_str).unwrap();
            let found = clerk.desk.journal.calls().iter().any(|call| call.answer_text().contains(name));
            assert_eq!(found, logged, "{action}: {name}");
        }
    }
}

/// ACT-2, STATUS-6: each workflow with its names in their order, or the simulator refuses it.
#[tokio::test]
async fn every_workflow_is_started_and_followed_to_its_end() {
    let mut clerk = Clerk::at(Desk::open().await);
    for (workflow, id) in WORKFLOWS {
        let success = clerk.follow(workflow, "CIF-2209418").await;
        assert_eq!((success.work, success.verdict), (Some(Work::Succeeded), Verdict::None), "{workflow}");
        let raw: Value = serde_json::from_slice(&success.raw).unwrap();
        assert_eq!(raw["workflowId"], *id);
        assert!(!raw.to_string().contains("/signed/"), "{workflow}: every link was followed and gave way to its file");
        assert!(success.display.notes.is_empty(), "{workflow}: {:?}", success.display.notes);
    }
    let silver = clerk.follow("silver", "CIF-2209418").await;
    let names: Vec<_> = silver.attachments.iter().map(|a| (a.file.name.as_str(), a.file.media_type.as_str())).collect();
    let pdf = "application/pdf";
    assert_eq!(names, [("photo.png", "image/png"), ("individual-kyc.pdf", pdf), ("screening.pdf", pdf)]);
    let ledger = clerk.desk.simulator.ledger();
    let links: Vec<_> = ledger.iter().filter(|e| e.service == "Signed Link").collect();
    assert!(
        !links.is_empty()
            && links.iter().all(|e| e.status == Some(200) && e.names.iter().all(|n| n != "authorization"))
    );
    let organisation = ledger.iter().filter(|e| e.service == "Organisation Phase Two ID").count();
    assert_eq!(organisation, 1, "the first workflow asked for it, the others had it from there");
    clerk.desk.journal.holds_none_of(PERSONAL);
}

/// STATUS-6: what no rule knows is shown and is neither an end nor a verdict.
#[tokio::test]
async fn words_that_nobody_documented_are_neither_success_nor_verdict() {
    let mut clerk = Clerk::at(Desk::open().await);
    for (reference, work, badge) in [
        ("sim:unknown-status", Work::Unknown, "Parked"),
        ("sim:workflow-fails", Work::Failed, "Failed"),
        ("sim:workflow-sticks", Work::Waiting, "Processing"),
    ] {
        let success = clerk.follow("basic", reference).await;
        assert_eq!((success.work, success.verdict), (Some(work), Verdict::None), "{reference}");
        let shown = success.display.badge.unwrap();
        assert_eq!((shown.text.as_str(), shown.verdict), (badge, Verdict::None), "{reference}");
    }
    for (reference, work, says) in [
        ("sim:unknown-status", Work::Unknown, "“Parked”"),
        ("sim:consent-refused", Work::Succeeded, "refused consent"),
        ("sim:consent-expires", Work::Failed, "did not answer in time"),
        ("sim:consent-sticks", Work::Waiting, "has not answered yet"),
        ("", Work::Succeeded, "gave consent"),
    ] {
        clerk.run("send_consent_request", reference).await.success();
        for _ in 0..3 {
            clerk.run("consent_request_status", "").await.success();
        }
        let success = clerk.run("consent_status", "").await.success();
        assert_eq!((success.work, success.verdict), (Some(work), Verdict::None), "{reference}");
        assert!(success.display.summary.as_ref().unwrap().contains(says), "{reference}: {:?}", success.display.summary);
    }
    for action in ["company_kyc", "dha_with_photo", "individual_ekyc", "combined_aml", "bank_account"] {
        let outcome = clerk.run(action, "sim:unknown-status").await.0;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{action} may have been charged: {outcome:?}");
    }
}

/// STATUS-6
#[tokio::test]
async fn what_a_check_finds_becomes_the_verdict_that_its_rule_gives() {
    let mut clerk = Clerk::at(Desk::open().await);
    for (action, marker, verdict) in [
        ("face_compare", "", Verdict::Pass),
        ("face_compare", "sim:no-match", Verdict::Fail),
        ("passive_liveness", "", Verdict::Pass),
        ("passive_liveness", "sim:spoof", Verdict::Fail),
        ("identity_document_ocr", "", Verdict::None),
        ("dha_with_photo", "", Verdict::Pass),
        ("dha_with_photo", "sim:deceased", Verdict::Fail),
        ("individual_ekyc", "", Verdict::Pass),
        ("individual_ekyc", "sim:no-match", Verdict::Review),
        ("combined_aml", "sim:no-hits", Verdict::Pass),
        ("combined_aml", "sim:hits", Verdict::Review),
        ("bank_account", "", Verdict::Pass),
        ("bank_account", "sim:no-match", Verdict::Review),
        ("bank_account", "sim:account-closed", Verdict::Fail),
        ("bank_account", "sim:not-found", Verdict::Fail),
    ] {
        let success = clerk.run(action, &format!("CIF-2209418 {marker}")).await.success();
        assert_eq!(success.verdict, verdict, "{action} {marker}: {:?}", success.display);
        let charged = clerk.desk.simulator.ledger().pop().unwrap().charged;
        assert!(charged, "{action}");
    }
    for (action, marker, class) in [
        ("identity_document_ocr", "sim:unreadable", ErrorClass::Validation),
        ("face_compare", "sim:unreadable", ErrorClass::Validation),
        ("passive_liveness", "sim:unreadable", ErrorClass::Validation),
        ("dha_with_photo", "sim:not-found", ErrorClass::NotFound),
        ("individual_ekyc", "sim:not-found", ErrorClass::NotFound),
        ("company_kyc", "sim:not-found", ErrorClass::NotFound),
    ] {
        let failure = clerk.run(action, marker).await.failure();
        assert_eq!((failure.class, failure.quoted), (class, true), "{action}: {failure:?}");
    }
}

#[tokio::test]
async fn what_was_asked_of_a_contact_is_a_table_with_the_state_of_each_type() {
    let mut clerk = Clerk::at(Desk::open().await);
    clerk.run("send_consent_request", "CIF-2209418").await.success();
    let success = clerk.run("get_consent_types_by_contact", "").await.success();
    let table = success.display.sections[0].table.as_ref().unwrap();
    assert_eq!(table.columns, ["Short hand", "Name", "Status", "Consent ID", "Request ID"]);
    let found: Vec<_> = table.rows.iter().map(|row| (row[0].text.as_str(), row[2].text.as_str())).collect();
    assert_eq!(found, [("KYC", "sent"), ("CREDIT", "none"), ("MARKETING", "none")]);
    assert_eq!(table.rows[0][3].text, clerk.outputs["consentId"].as_str().unwrap());
}

#[tokio::test]
async fn an_upload_is_understood_in_every_shape_and_one_path_never_stands_for_two_files() {
    let mut clerk = Clerk::at(Desk::open().await);
    for shape in ["", "sim:answer=string", "sim:answer=object", "sim:answer=text"] {
        let mut one = clerk.params("passive_liveness", shape);
        one["what"] = json!("one");
        clerk.outputs.clear();
        clerk.run_with("upload_files", one, shape).await.success();
        assert!(clerk.outputs["uploadPath"].as_str().is_some_and(|path| !path.is_empty()), "{shape}");
        clerk.run("face_compare", shape).await.success();
        let both = clerk.run("identity_document_ocr", shape).await.0;
        if shape.is_empty() || shape.ends_with("object") {
            assert!(matches!(both, Outcome::Succeeded(_)), "{shape}: {both:?}");
        } else {
            assert!(matches!(&both, Outcome::Failed(f) if f.class == ErrorClass::Answer), "{shape}: {both:?}");
        }
    }
}

/// Files behind links: what cannot be had is told, and loses nothing of the answer that was paid for.
#[tokio::test]
async fn a_link_that_cannot_be_followed_is_told_and_leaves_the_answer() {
    let mut clerk = Clerk::at(Desk::open().await);
    for (marker, says) in
        [("sim:links-expired", "status 403"), ("sim:links-redirect", "status 307"), ("sim:links-once", "status 403")]
    {
        let success = clerk.follow("basic", marker).await;
        assert_eq!(success.work, Some(Work::Succeeded), "{marker}");
        assert!(success.attachments.is_empty(), "{marker}");
        let notes = success.display.notes.join(" ");
        assert!(notes.contains("photo.png") && notes.contains(says), "{marker}: {notes}");
        let steps = success.display.sections.iter().find(|s| s.title.as_deref() == Some("Steps")).unwrap();
        assert_eq!(steps.table.as_ref().unwrap().rows.len(), 2, "{marker}");
    }
}
