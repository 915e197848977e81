//! The three actions of InTouch against the simulator, over real HTTP.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod desk;

use std::time::Duration;

use desk::{CLIENT_SECRET, Desk};
use dossier_connector::{Badge, Cell, Outcome, Settled, mask};
use dossier_domain::{ErrorClass, Verdict};
use dossier_simulator::{TRACKING_COMPLETED, TRACKING_PROCESSING, TRACKING_UNKNOWN_WORD};
use serde_json::{Value, json};

fn kyc(reference: &str) -> Value {
    json!({"reference": reference, "companyName": "Kwantu Solar Components (Pty) Ltd",
        "registrationNumber": "2014/187452/07", "permissiblePurpose": "Admin Purpose",
        "directors": [{"FirstName": "Nomvula Grace", "Surname": "Khanyile", "IDNumber": "8001015009087",
            "EmailAddress": "n.khanyile@kwantu-solar.example", "DoKYC": true}]})
}

/// ACT-11, LOG-1, LOG-2
#[tokio::test]
async fn a_token_is_obtained_and_neither_shown_nor_kept_in_the_answer_nor_logged() {
    let desk = Desk::open().await;
    let success = desk.run("get_auth_token", json!({})).await.success();
    let items = &success.display.sections[0].items;
    let items: Vec<_> = items.iter().map(|i| (i.label.as_str(), i.cell.text.as_str())).collect();
    assert_eq!(items, [("Type", "Bearer"), ("Expires", "23 Nov 2026, 14:05 UTC"), ("Life", "300 s")]);
    assert_eq!(success.display.summary.as_deref(), Some("A token was obtained. It is neither stored nor shown."));
    assert_eq!((success.verdict, &success.outputs), (Verdict::None, &json!({})));
    let raw: Value = serde_json::from_slice(&success.raw).unwrap();
    assert_eq!((&raw["access_token"], &raw["expires_in"]), (&json!("▮▮▮"), &json!(300)));

    let calls = desk.journal.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].sending.method.as_str(), calls[0].sending.step.as_str()), ("POST", "token"));
    assert_eq!(calls[0].request_text(), "grant_type=client_credentials&client_id=dossier-test&client_secret=▮▮▮");
    let Some(Settled::Answered { status: 200, .. }) = &calls[0].settled else { panic!("an answer") };
    desk.journal.holds_none_of(&[CLIENT_SECRET]);
    let logged: Value = serde_json::from_str(&calls[0].answer_text()).unwrap();
    assert_eq!((&logged["access_token"], &logged["token_type"]), (&json!("▮▮▮"), &json!("Bearer")));
}

/// RESULT-1, RESULT-2, STATUS-6
#[tokio::test]
async fn a_company_is_read_as_summary_items_directors_verdict_outputs_and_report() {
    let desk = Desk::open().await;
    let success = desk.run("company_kyc", kyc("Kwantu")).await.success();
    let display = &success.display;
    let active = display.sections[1].table.as_ref().unwrap().rows.iter().filter(|r| r[3].text == "Active").count();
    let noun = if active == 1 { "director" } else { "directors" };
    let summary = format!("Kwantu Solar Components (Pty) Ltd is in business, with {active} active {noun}.");
    assert_eq!(display.summary, Some(summary));
    assert_eq!(display.badge, Some(Badge { text: "In Business".to_owned(), verdict: Verdict::Pass }));
    assert_eq!(success.verdict, Verdict::Pass);
    assert_eq!(success.outputs, json!({"registrationNumber": "2014/187452/07"}));

    let titles: Vec<_> = display.sections.iter().map(|s| s.title.as_deref().unwrap()).collect();
    assert_eq!(titles, ["Company", "Directors"]);
    let labels: Vec<_> = display.sections[0].items.iter().map(|i| i.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "Name",
            "Registration number",
            "Status",
            "Type",
            "Registered",
            "Financial year end",
            "Tax number",
            "Registered address"
        ]
    );
    let table = display.sections[1].table.as_ref().unwrap();
    assert_eq!(table.columns, ["Name", "ID number", "Appointed", "Status", "Check"]);
    let given = table.rows.iter().find(|r| r[1].text == "8001015009087").unwrap();
    assert_eq!(given[0], Cell { text: "Nomvula Grace Khanyile".to_owned(), ..Cell::default() });
    for row in &table.rows {
        assert!(row[1].masked && row[4].badge.is_some());
        let known = match row[4].text.as_str() {
            "Verified" => Verdict::Pass,
            "Review" => Verdict::Review,
            _ => Verdict::None,
        };
        assert_eq!(row[4].badge, Some(known));
    }

    let file = &success.attachments[0].file;
    assert_eq!(
        (file.name.as_str(), file.media_type.as_str(), success.attachments.len()),
        ("cipc-report.pdf", "application/pdf", 1)
    );
    assert!(file.bytes.starts_with(b"%PDF-"));
    let rest = display.rest.as_ref().unwrap();
    assert_eq!((&rest["http_code"], rest.get("EncodedPDF")), (&json!(200), None));
    assert_eq!(rest["Results"][0].get("CompanyName"), None, "what is shown is not shown twice");
    let raw: Value = serde_json::from_slice(&success.raw).unwrap();
    assert_eq!(
        raw["Results"][0]["Directors"][0]["IDNumber"].as_str().map(str::len),
        Some(13),
        "the answer is kept whole"
    );
    let shown = mask::value(&desk.manifest, "company_kyc", &raw).to_string();
    assert!(!shown.contains("8001015009087") && shown.contains("••••••••••087") && shown.contains("Khanyile"));
    let stored = serde_json::to_value(display).unwrap();
    assert_eq!(serde_json::from_value::<dossier_connector::Display>(stored).unwrap(), *display);
}

/// LOG-2, PII-1
#[tokio::test]
async fn no_person_of_the_form_stands_in_the_log_of_company_kyc() {
    let desk = Desk::open().await;
    desk.run("company_kyc", kyc("Kwantu")).await.success();
    let people = ["8001015009087", "Khanyile", "Nomvula", "n.khanyile@kwantu-solar.example", CLIENT_SECRET];
    desk.journal.holds_none_of(&people);
    let calls = desk.journal.calls();
    let url = &calls[1].sending.url;
    let (address, query) = url.split_once('?').unwrap();
    assert_eq!(address, format!("{}/library/api/v3", desk.simulator.url()));
    let names: Vec<_> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "id",
            "PermissiblePurpose",
            "RegistrationNumber",
            "Reference",
            "MaxCacheDays",
            "EnquiryDoneBy",
            "CompanyName",
            "InputDirectorList"
        ]
    );
    assert!(query.contains("RegistrationNumber=2014%2F187452%2F07"), "what is a company's stays readable");
    let header = |name: &str| calls[1].sending.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(header("authorization"), Some("redacted"));
    assert!(calls[1].sending.body.is_empty());
    let ids: Vec<Value> = serde_json::from_str::<Value>(&calls[1].answer_text()).unwrap()["Results"][0]["Directors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["IDNumber"].clone())
        .collect();
    assert!(ids.iter().all(|id| id == "▮▮▮"), "nor that of a director whom InTouch named: {ids:?}");
}

/// ACT-6, ACT-7
#[tokio::test]
async fn an_error_inside_a_200_fails_with_the_providers_words() {
    let desk = Desk::open().await;
    let mut params = kyc("Kwantu");
    params["registrationNumber"] = json!("2014/187452/99");
    let failure = desk.run("company_kyc", params).await.failure();
    assert_eq!(
        (failure.class, failure.message.as_str(), failure.quoted),
        (ErrorClass::NotFound, "Registration number not found at CIPC", true)
    );
    let failure = desk.run("company_kyc", kyc("Kwantu sim:error-in-200")).await.failure();
    assert_eq!(
        (failure.class, failure.message.as_str(), failure.quoted),
        (ErrorClass::Business, "The source is not available", true)
    );
}

/// STATUS-6
#[tokio::test]
async fn each_status_of_a_company_has_its_verdict() {
    let desk = Desk::open().await;
    for (number, verdict, says) in [
        ("2014/187458/07", Verdict::Review, "is in business rescue"),
        ("2014/187459/07", Verdict::Fail, "is deregistered"),
    ] {
        let mut params = kyc("Kwantu");
        params["registrationNumber"] = json!(number);
        let success = desk.run("company_kyc", params).await.success();
        assert_eq!((success.verdict, success.display.badge.unwrap().verdict), (verdict, verdict));
        assert!(success.display.summary.unwrap().contains(says));
    }
}

#[tokio::test]
async fn a_workflow_shows_the_state_of_each_step_and_never_a_verdict() {
    let desk = Desk::open().await;
    for (tracking, word) in [(TRACKING_PROCESSING, "Processing"), (TRACKING_COMPLETED, "Completed")] {
        let success = desk.run("workflow_status", json!({"trackingId": tracking})).await.success();
        assert_eq!(success.verdict, Verdict::None, "completed is not passed");
        assert_eq!(success.display.badge, Some(Badge { text: word.to_owned(), verdict: Verdict::None }));
        let steps = success.display.sections[1].table.as_ref().unwrap();
        assert_eq!(steps.columns, ["Step", "State"]);
        assert!(!steps.rows.is_empty() && steps.rows.iter().all(|r| !r[0].text.is_empty() && !r[1].text.is_empty()));
        assert!(steps.rows.iter().all(|r| r[1].badge != Some(Verdict::Pass)));
        assert_eq!(success.outputs["trackingId"], tracking);
    }
    let success = desk.run("workflow_status", json!({"trackingId": TRACKING_UNKNOWN_WORD})).await.success();
    assert_eq!((success.verdict, success.display.badge.unwrap().verdict), (Verdict::None, Verdict::None));
}

#[tokio::test]
async fn a_tracking_id_that_nobody_knows_fails_with_the_providers_words() {
    let desk = Desk::open().await;
    let failure =
        desk.run("workflow_status", json!({"trackingId": "51000000-0000-4000-8000-00000000dead"})).await.failure();
    assert_eq!(
        (failure.class, failure.message.as_str(), failure.quoted),
        (ErrorClass::NotFound, "Tracking ID not known", true)
    );
}

/// A tracking ID is one step of the path, whatever is typed.
#[tokio::test]
async fn a_tracking_id_cannot_lead_to_another_address() {
    let desk = Desk::open().await;
    desk.run("workflow_status", json!({"trackingId": "../../library?id=1#x"})).await.failure();
    let paths: Vec<String> =
        desk.simulator.ledger().into_iter().map(|e| e.path).filter(|p| !p.ends_with("/token")).collect();
    assert!(paths.iter().all(|p| p.starts_with("/core/api/v3/status/")), "{paths:?}");
    for climbing in ["..", "."] {
        let failure = desk.run("workflow_status", json!({ "trackingId": climbing })).await.failure();
        assert_eq!(failure.class, ErrorClass::Internal);
    }
    assert_eq!(
        desk.simulator.ledger().iter().filter(|e| !e.path.ends_with("/token")).count(),
        paths.len(),
        "nothing was sent"
    );
}

/// ACT-10
#[tokio::test]
async fn a_write_that_got_no_whole_answer_is_unknown_and_is_not_sent_again() {
    for marker in ["timeout", "hang-up", "truncated"] {
        let desk = Desk::hasty().await;
        let outcome = desk.run("company_kyc", kyc(&format!("Kwantu sim:{marker}"))).await;
        let Outcome::Unknown { message } = outcome.0 else { panic!("{marker}: {:?}", outcome.0) };
        assert!(message.ends_with("InTouch Secure Services may have done what was asked."), "{message}");
        let sent = desk.simulator.ledger().iter().filter(|e| e.service == "Company KYC").count();
        assert_eq!(sent, 1, "{marker}");
        let last = desk.journal.calls().pop().unwrap();
        assert!(matches!(last.settled, Some(Settled::Broken { .. })), "{marker}");
    }
}

#[tokio::test]
async fn a_read_that_got_no_answer_is_unavailable() {
    let desk = Desk::hasty().await;
    desk.misbehave(json!({"kind": "timeout", "path": "/core", "times": 3})).await;
    let failure = desk.run("workflow_status", json!({"trackingId": TRACKING_COMPLETED})).await.failure();
    assert_eq!((failure.class, failure.quoted), (ErrorClass::Unavailable, false));
    assert!(failure.message.contains("no whole answer"), "{}", failure.message);
}

#[tokio::test]
async fn statuses_that_no_rule_knows_have_words_of_their_own() {
    let desk = Desk::open().await;
    let failure = desk.run("company_kyc", kyc("Kwantu sim:redirect")).await.failure();
    let says = "gave an answer that was not expected (status 307)";
    assert!(!failure.quoted && failure.class == ErrorClass::Answer && failure.message.contains(says), "{failure:?}");
    assert!(desk.simulator.ledger().iter().all(|e| e.service != "Redirected"), "redirects are not followed");
    for (kind, class, says) in [
        ("500", ErrorClass::Unavailable, "cannot answer at the moment (status 500)"),
        ("malformed", ErrorClass::Answer, "in a way that Dossier does not know (status 200)"),
    ] {
        desk.misbehave(json!({"kind": kind, "path": "/core", "times": 3})).await;
        let failure = desk.run("workflow_status", json!({"trackingId": TRACKING_COMPLETED})).await.failure();
        assert!(!failure.quoted && failure.class == class && failure.message.contains(says), "{kind}: {failure:?}");
    }
}

/// ACT-10
#[tokio::test]
async fn a_write_whose_answer_nobody_can_read_may_have_been_carried_out() {
    let desk = Desk::open().await;
    for (marker, says) in [
        ("500", "cannot answer at the moment (status 500)."),
        ("malformed", "answered in a way that Dossier does not know (status 200)."),
    ] {
        let outcome = desk.run("company_kyc", kyc(&format!("Kwantu sim:{marker}"))).await;
        let Outcome::Unknown { message } = outcome.0 else { panic!("{marker}: {:?}", outcome.0) };
        let name = "InTouch Secure Services";
        assert_eq!(message, format!("{name} {says} {name} may have done what was asked."), "{marker}");
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_before_it_ends() {
    let desk = Desk::open().await;
    let look = || desk.run("workflow_status", json!({"trackingId": TRACKING_COMPLETED}));
    let (a, b, c, d) = tokio::join!(look(), look(), look(), look());
    for outcome in [a, b, c, d] {
        outcome.success();
    }
    assert_eq!(desk.tokens_asked(), 1, "once for all who wait");
    desk.clock.advance(Duration::from_secs(269));
    look().await.success();
    assert_eq!(desk.tokens_asked(), 1);
    desk.clock.advance(Duration::from_secs(2));
    look().await.success();
    assert_eq!(desk.tokens_asked(), 2, "30 seconds before its end");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_sent_once_more() {
    let desk = Desk::open().await;
    desk.run("company_kyc", kyc("Kwantu sim:401-once")).await.success();
    let attempts: Vec<_> = desk.journal.calls().iter().map(|c| (c.sending.step.clone(), c.sending.attempt)).collect();
    let expected = [("auth.bearer", 1), ("company", 1), ("auth.bearer", 1), ("company", 2)];
    assert_eq!(attempts, expected.map(|(step, n)| (step.to_owned(), n)));
    let failure = desk.run("company_kyc", kyc("Kwantu sim:401")).await.failure();
    assert_eq!((failure.class, failure.quoted), (ErrorClass::Auth, false));
    assert_eq!(desk.simulator.ledger().iter().filter(|e| e.misbehaviour.as_deref() == Some("401")).count(), 2);
}

/// CHAN-6
#[tokio::test]
async fn credentials_that_are_wrong_are_refused_in_the_providers_words_and_never_served_by_an_older_token() {
    let desk = Desk::open().await;
    desk.run("workflow_status", json!({"trackingId": TRACKING_COMPLETED})).await.success();
    let mut wrong = desk.channel();
    wrong.secrets.insert("clientSecret".to_owned(), "not the right one".to_owned().into());
    wrong.version += 1;
    let failure =
        desk.run_on(wrong.clone(), "workflow_status", json!({"trackingId": TRACKING_COMPLETED})).await.failure();
    assert_eq!((failure.class, failure.quoted), (ErrorClass::Auth, true));
    let same_version = dossier_connector::Channel { version: desk.channel().version, ..wrong.clone() };
    desk.run_on(same_version, "workflow_status", json!({"trackingId": TRACKING_COMPLETED})).await.failure();

    let Outcome::Failed(failure) = desk.connector.test(&desk.manifest, &wrong, &desk.journal).await else {
        panic!("refused")
    };
    assert_eq!((failure.class, failure.quoted), (ErrorClass::Auth, true));
    let Outcome::Succeeded(success) = desk.connector.test(&desk.manifest, &desk.channel(), &desk.journal).await else {
        panic!("fine")
    };
    let summary = "InTouch Secure Services accepted the credentials and gave a token for 300 s.";
    assert_eq!(success.display.summary.as_deref(), Some(summary));
    desk.journal.holds_none_of(&[CLIENT_SECRET, "not the right one"]);
}

#[tokio::test]
async fn nothing_is_sent_that_the_journal_did_not_record() {
    let desk = Desk::open().await;
    desk.journal.refuse_after(0);
    let outcome = desk.run("company_kyc", kyc("Kwantu")).await;
    assert!(matches!(outcome.0, Outcome::Refused(_)));
    assert_eq!(desk.simulator.ledger(), []);
    desk.journal.refuse_after(1);
    let outcome = desk.run("company_kyc", kyc("Kwantu")).await;
    assert!(matches!(outcome.0, Outcome::Refused(_)), "the token was asked for, the company was not");
    assert_eq!(desk.simulator.ledger().iter().filter(|e| e.service == "Company KYC").count(), 0);
}

#[tokio::test]
async fn a_write_whose_end_could_not_be_recorded_is_unknown() {
    let desk = Desk::open().await;
    desk.run("get_auth_token", json!({})).await.success();
    desk.journal.forget_ends();
    let outcome = desk.run("company_kyc", kyc("Kwantu")).await;
    assert!(matches!(outcome.0, Outcome::Unknown { .. }), "{:?}", outcome.0);
    let failure = desk.run("workflow_status", json!({"trackingId": TRACKING_COMPLETED})).await.failure();
    assert_eq!(failure.class, ErrorClass::Internal);
}

/// CHAN-9
#[tokio::test]
async fn credentials_go_to_no_host_but_the_channels_own() {
    let desk = Desk::open().await;
    let mut channel = desk.channel();
    channel.config["baseUrl"] = json!(desk.simulator.url());
    channel.config["libraryPath"] = json!("@elsewhere.example/library");
    let failure = desk.run_on(channel, "company_kyc", kyc("Kwantu")).await.failure();
    assert_eq!(failure.class, ErrorClass::Internal);
    assert!(failure.message.contains("elsewhere.example is none of this channel's addresses"), "{}", failure.message);
    assert_eq!(desk.simulator.ledger(), []);
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_refused_before_anything_is_sent() {
    let desk = Desk::open().await;
    let failure = desk.run("company_kyc", json!({})).await.failure();
    assert_eq!((failure.class, failure.message.as_str()), (ErrorClass::Validation, "reference: Enter the reference."));
    let failure = desk.run("dance", json!({})).await.failure();
    assert_eq!(failure.class, ErrorClass::Internal);
    assert_eq!(desk.simulator.ledger(), []);
}

#[tokio::test]
async fn an_attempt_can_be_spawned() {
    let desk = Desk::open().await;
    let outcome = tokio::spawn(async move { desk.run("get_auth_token", json!({})).await }).await.unwrap();
    assert_eq!(outcome.success().verdict, Verdict::None);
}
