//! Every action of InTouch when the provider misbehaves, over real HTTP: each end is what operators must be told, and
//! nothing has succeeded that did not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod clerk;
#[expect(dead_code, reason = "the desk is shared with tests that use more of it")]
mod desk;

use clerk::Clerk;
use desk::Desk;
use dossier_connector::{Effect, Failure, Outcome};
use dossier_domain::ErrorClass;
use serde_json::json;
use tokio::task::JoinSet;

/// The actions and the path of the call that is theirs.
const CALLS: &[(&str, &str)] = &[
    ("get_organisation_phase_two_id", "/identity/"),
    ("send_consent_request", "/consent/"),
    ("consent_status", "/consent/"),
    ("consent_request_status", "/consent/"),
    ("get_consent_document", "/consent/"),
    ("get_consent_types", "/consent/"),
    ("get_consent_types_by_contact", "/consent/"),
    ("rerequest_consent", "/consent/"),
    ("update_consent_request", "/consent/"),
    ("run_workflow", "/injection/"),
    ("workflow_status", "/core/"),
    ("company_kyc", "/library/"),
    ("upload_files", "/library/api/v3/upload"),
    ("identity_document_ocr", "/library/api/v3/files"),
    ("face_compare", "/library/api/v3/files"),
    ("passive_liveness", "/library/api/v3/files"),
    ("dha_with_photo", "/library/"),
    ("individual_ekyc", "/library/"),
    ("combined_aml", "/library/"),
    ("bank_account", "/library/"),
];

/// A clerk whose consent was sent and whose workflow was started.
async fn clerk(desk: Desk) -> Clerk {
    let mut clerk = Clerk::at(desk);
    for action in ["get_organisation_phase_two_id", "send_consent_request", "run_workflow"] {
        clerk.run(action, "CIF-2209418").await.success();
    }
    clerk
}

impl Clerk {
    fn writes(&self, action: &str) -> bool {
        self.desk.manifest.action(action).unwrap().effect == Effect::Write
    }

    /// How often the action's own call was made since `before` calls.
    fn made(&self, path: &str, before: usize) -> usize {
        self.desk.simulator.ledger()[before..].iter().filter(|e| e.path.starts_with(path)).count()
    }

    /// Runs an action whose own call is answered so, and says how it ended and how often the call was made.
    async fn suffer(&mut self, (action, path): (&str, &str), kind: &str, times: u32) -> (Outcome, usize) {
        self.desk.misbehave(json!({"kind": kind, "path": path, "times": times})).await;
        let before = self.desk.simulator.ledger().len();
        let outcome = self.run(action, "CIF-2209418").await.0;
        (outcome, self.made(path, before))
    }
}

fn failed(outcome: Outcome, what: &str) -> Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{what}: {other:?}"),
    }
}

/// Whether only the provider knows how it ended, and the message says so.
fn unknown(outcome: Outcome, what: &str) -> bool {
    match outcome {
        Outcome::Unknown { message } => message.ends_with("may have done what was asked."),
        other => panic!("{what}: {other:?}"),
    }
}

/// ACT-6, ACT-10
#[tokio::test]
async fn an_answer_that_is_none_fails_and_says_what_is_known() {
    let mut rooms = JoinSet::new();
    for call in CALLS {
        rooms.spawn(async move {
            let mut clerk = clerk(Desk::open().await).await;
            let (action, writes) = (call.0, clerk.writes(call.0));
            for (kind, class, quoted) in [
                ("error-in-200", ErrorClass::Business, true),
                ("malformed", ErrorClass::Answer, false),
                ("redirect", ErrorClass::Answer, false),
                ("redirect-metadata", ErrorClass::Answer, false),
                ("redirect-private", ErrorClass::Answer, false),
                ("expired-link", ErrorClass::Auth, false),
            ] {
                let (outcome, made) = clerk.suffer(*call, kind, 1).await;
                if writes && kind == "malformed" {
                    // Whatever it was, it may mean that the work was done.
                    assert_eq!((unknown(outcome, action), made), (true, 1), "{action}");
                    continue;
                }
                let failure = failed(outcome, &format!("{action} {kind}"));
                assert_eq!((failure.class, failure.quoted, made), (class, quoted, 1), "{action} {kind}: {failure:?}");
            }
            let ledger = clerk.desk.simulator.ledger();
            assert!(ledger.iter().all(|e| e.service != "Redirected"), "{action}: redirects are not followed");
        });
    }
    rooms.join_all().await;
}

/// ACT-9, ACT-10: a read is asked again by itself, a write is not.
#[tokio::test]
async fn a_provider_that_is_busy_or_down_is_asked_again_only_where_that_harms_nobody() {
    let mut rooms = JoinSet::new();
    for call in CALLS {
        rooms.spawn(async move {
            let mut clerk = clerk(Desk::open().await).await;
            let (action, writes) = (call.0, clerk.writes(call.0));
            let (outcome, made) = clerk.suffer(*call, "500", if writes { 1 } else { 3 }).await;
            if writes {
                assert_eq!((unknown(outcome, action), made), (true, 1), "{action}");
            } else {
                let failure = failed(outcome, action);
                assert_eq!((failure.class, failure.quoted, made), (ErrorClass::Unavailable, false, 3), "{action}");
            }
            let (outcome, made) = clerk.suffer(*call, "429", 1).await;
            if writes {
                let failure = failed(outcome, action);
                assert_eq!((failure.class, made), (ErrorClass::RateLimited, 1), "{action}");
            } else {
                // A document is there only after the consent was given.
                let late = action == "get_consent_document";
                assert!(late || matches!(outcome, Outcome::Succeeded(_)), "{action}: {outcome:?}");
                assert_eq!(made, 2, "{action}");
            }
        });
    }
    rooms.join_all().await;
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_for_every_action() {
    let mut clerk = clerk(Desk::open().await).await;
    for call in CALLS {
        let (outcome, made) = clerk.suffer(*call, "401", 1).await;
        let late = call.0 == "get_consent_document";
        assert!(late || matches!(outcome, Outcome::Succeeded(_)), "{}: {outcome:?}", call.0);
        assert_eq!(made, 2, "{}", call.0);
        let (outcome, made) = clerk.suffer(*call, "401", 2).await;
        let failure = failed(outcome, call.0);
        assert_eq!((failure.class, failure.quoted, made), (ErrorClass::Auth, false, 2), "{}", call.0);
    }
}

/// ACT-10: a write that got no whole answer is unknown and is not sent again; a read is, and fails in the end.
#[tokio::test]
async fn no_whole_answer_leaves_a_write_unknown_and_has_a_read_sent_again() {
    let mut rooms = JoinSet::new();
    for call in CALLS {
        // One after the other: whoever waits two seconds only must not wait for nineteen others to be ready.
        let mut clerk = clerk(Desk::hasty().await).await;
        rooms.spawn(async move {
            let (action, writes) = (call.0, clerk.writes(call.0));
            for kind in ["timeout", "hang-up", "truncated", "drip"] {
                let times = if writes { 1 } else { 3 };
                let (outcome, made) = clerk.suffer(*call, kind, times).await;
                match outcome {
                    Outcome::Unknown { message } if writes => {
                        assert!(message.ends_with("may have done what was asked."), "{action} {kind}: {message}");
                    }
                    Outcome::Failed(f) if !writes && f.class == ErrorClass::Unavailable && !f.quoted => {}
                    other => panic!("{action} {kind}: {other:?}"),
                }
                assert_eq!(made, times as usize, "{action} {kind}");
            }
            if !writes {
                let (_, made) = clerk.suffer(*call, "hang-up", 1).await;
                assert_eq!(made, 2, "{action}: the second answer counts");
            }
        });
    }
    rooms.join_all().await;
}

#[tokio::test]
async fn an_answer_that_is_far_too_large_is_not_taken() {
    let mut clerk = clerk(Desk::open().await).await;
    for call in [("workflow_status", "/core/"), ("company_kyc", "/library/"), ("upload_files", "/library/")] {
        let (outcome, _) = clerk.suffer(call, "huge", 1).await;
        match outcome {
            Outcome::Unknown { .. } if clerk.writes(call.0) => {}
            Outcome::Failed(f) if !clerk.writes(call.0) && f.class == ErrorClass::Unavailable => {}
            other => panic!("{}: {other:?}", call.0),
        }
    }
}

/// An upload on the way of a charged service does nothing that must not be done twice.
#[tokio::test]
async fn a_service_whose_upload_got_no_answer_was_not_asked() {
    let mut clerk = clerk(Desk::hasty().await).await;
    for action in ["identity_document_ocr", "face_compare", "passive_liveness"] {
        let (outcome, _) = clerk.suffer((action, "/library/api/v3/upload"), "timeout", 3).await;
        assert_eq!(failed(outcome, action).class, ErrorClass::Unavailable, "{action}");
    }
    assert!(clerk.desk.simulator.ledger().iter().all(|e| e.path != "/library/api/v3/files"));
}
