//! A post that is sent twice does its work once.

use std::time::Duration;

use axum::http::Method;
use dossier_app::once::{self, Begun};
use dossier_domain::Origin;
use dossier_testkit::{ApiAnswer, ApiClient, Desk, Firm};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::ALL;

async fn post(program: &ApiClient, path: &str, body: &Value, key: &str) -> ApiAnswer {
    program.call(Method::POST, path, body, &[("idempotency-key", key)]).await
}

fn new(firm: &Firm<'_>, reference: &str) -> Value {
    json!({ "channel_id": firm.channel().to_string(), "reference": reference })
}

#[tokio::test]
async fn the_same_post_is_answered_as_it_was_and_does_nothing_again() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let first = post(&program, "/requests", &new(&firm, "K-1"), "a").await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    desk.clock.advance(Duration::from_hours(23));
    let turned = json!({ "reference": "K-1", "channel_id": firm.channel().to_string() });
    let again = post(&program, "/requests", &turned, "a").await;
    assert_eq!((again.status, &again.json, again.header("idempotent-replayed")), (201, &first.json, "true"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(program.get("/requests").await.json["data"].as_array().unwrap().len(), 1);

    let other = post(&program, "/requests", &new(&firm, "K-2"), "a").await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused"));
    let elsewhere = format!("/requests/{}/notes", first.text("id"));
    assert_eq!(
        post(&program, &elsewhere, &json!({ "text": "x" }), "a").await.problem(),
        (422, "idempotency_key_reused")
    );
    let stranger = firm.program("Another", ALL).await;
    assert_eq!(post(&stranger, "/requests", &new(&firm, "K-2"), "a").await.status, 201, "keys are each program's own");
    desk.close().await;
}

#[tokio::test]
async fn what_was_refused_can_be_sent_again_with_the_same_key() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    assert_eq!(post(&program, "/requests", &new(&firm, " "), "a").await.status, 422);
    assert_eq!(post(&program, "/requests", &new(&firm, "K-1"), "a").await.status, 201);
    for key in ["", "ä", &"k".repeat(256)] {
        assert_eq!(post(&program, "/requests", &new(&firm, "K-2"), key).await.problem(), (400, "malformed"), "{key}");
    }
    desk.close().await;
}

/// ACT-9
#[tokio::test]
async fn a_run_that_is_ordered_twice_with_one_key_is_paid_once() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let path = format!("/requests/{}/runs", firm.request("K-1").await);
    let order =
        json!({ "action": "company_kyc", "params": { "reference": "K1", "registrationNumber": "2014/187452/07" } });
    let headers = [("idempotency-key", "pay"), ("prefer", "wait=20")];
    let (one, other) = tokio::join!(
        program.call(Method::POST, &path, &order, &headers),
        program.call(Method::POST, &path, &order, &headers)
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(statuses == [201, 409] || statuses == [201, 201], "{statuses:?}");
    let again = program.call(Method::POST, &path, &order, &headers).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(desk.calls("Company KYC"), 1, "one call");
    // The control: without a key it is another order.
    assert_eq!(program.call(Method::POST, &path, &order, &[("prefer", "wait=20")]).await.status, 201);
    assert_eq!(desk.calls("Company KYC"), 2);
    desk.close().await;
}

#[tokio::test]
async fn a_post_whose_process_died_is_carried_out_again_only_if_nothing_was_changed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let id = firm.request("K-1").await;
    let token = SecretString::from(program.token.clone().unwrap());
    let member = dossier_app::access::authenticate_key(&desk.app, &token, Origin::default()).await.unwrap().unwrap();
    let path = format!("/requests/{id}/status");
    let body = json!({ "status": "completed" });
    let content = format!("{path}\n{body}").into_bytes();

    // It dies before anything is changed.
    let begun = once::begin(&desk.app, &member, "a", &content).await.unwrap();
    assert!(matches!(begun, Begun::Now(..)));
    let meanwhile = post(&program, &path, &body, "a").await;
    assert_eq!((meanwhile.problem(), meanwhile.header("retry-after")), ((409, "in_progress"), "5"));
    desk.clock.advance(Duration::from_mins(6));
    assert_eq!(post(&program, &path, &body, "a").await.status, 200, "taken over");

    // It dies after the change was stored.
    let note = json!({ "status": "pending", "note": "Another look." });
    let content = format!("{path}\n{}", json!({ "note": "Another look.", "status": "pending" })).into_bytes();
    let Begun::Now(_, acting) = once::begin(&desk.app, &member, "b", &content).await.unwrap() else {
        panic!("not begun")
    };
    let mark = dossier_app::requests::Mark {
        to: dossier_domain::RequestStatus::Pending,
        words: "Another look.".to_owned(),
        version: None,
    };
    dossier_app::requests::mark(&desk.app, &acting.grant().unwrap(), id, &mark).await.unwrap();
    desk.clock.advance(Duration::from_mins(6));
    let lost = post(&program, &path, &note, "b").await;
    assert_eq!(lost.problem(), (409, "answer_lost"));
    assert!(lost.text("detail").contains(&id.to_string()), "{}", lost.text("detail"));
    desk.close().await;
}

#[tokio::test]
async fn an_attempt_that_was_taken_over_changes_nothing_any_more() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let id = firm.request("K-1").await;
    let token = SecretString::from(program.token.clone().unwrap());
    let member = dossier_app::access::authenticate_key(&desk.app, &token, Origin::default()).await.unwrap().unwrap();
    let begin = async || once::begin(&desk.app, &member, "a", b"the same").await.unwrap();
    let Begun::Now(_, slow) = begin().await else { panic!("not begun") };
    desk.clock.advance(Duration::from_mins(6));
    let Begun::Now(_, next) = begin().await else { panic!("not taken over") };
    let rename = async |by: &dossier_app::grant::Member, to: &str| {
        dossier_app::requests::rename(&desk.app, &by.grant().unwrap(), id, to, None).await
    };
    assert!(rename(&slow, "K-slow").await.is_err(), "it came too late");
    assert!(rename(&next, "K-next").await.is_ok());
    let stands = program.get(&format!("/requests/{id}")).await;
    assert_eq!(stands.text("reference"), "K-next");
    desk.close().await;
}
