//! What holds for every call.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use dossier_testkit::{ApiClient, Desk};
use serde_json::json;

use crate::ALL;

#[tokio::test]
async fn a_problem_says_what_it_is_where_it_stands_and_under_which_number() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let answer = program.post("/requests", &json!({ "channel_id": "0", "reference": " " })).await;
    assert_eq!(answer.problem(), (422, "invalid"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.text("type"), "/api#invalid");
    assert_eq!(answer.text("request_id"), answer.header("x-request-id"));
    let places: BTreeSet<_> =
        answer.json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(places, BTreeSet::from(["/channel_id", "/reference"]));

    let unknown = program.post("/requests", &json!({ "channel_id": "0", "reference": "K", "colour": "red" })).await;
    assert_eq!(unknown.problem(), (422, "invalid"));
    assert!(unknown.json["errors"][0]["message"].as_str().unwrap().contains("colour"), "{}", unknown.json);
    let shape = program.post("/requests", &json!({ "channel_id": 7, "reference": "K" })).await;
    assert_eq!((shape.problem(), &shape.json["errors"][0]["pointer"]), ((422, "invalid"), &json!("/channel_id")));
    desk.close().await;
}

#[tokio::test]
async fn a_call_has_the_number_that_its_sender_gave_it_when_that_can_stand_in_a_log() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let id = async |id: &str| {
        let answer = program.send(Method::GET, "/me", &[("x-request-id", id)], Body::empty()).await;
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(id("loan-417.a_1").await, "loan-417.a_1");
    for bad in ["", "a b", "x\"y", &"a".repeat(65)] {
        let own = id(bad).await;
        assert!(own != bad && own.len() == 32, "{bad}: {own}");
    }
    desk.close().await;
}

#[tokio::test]
async fn methods_types_sizes_and_what_is_accepted_are_refused_by_their_own_status() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    for method in ["PUT", "TRACE", "PATCH", "OPTIONS"] {
        let method: Method = method.parse().unwrap();
        let answer = program.send(method.clone(), "/requests", &[], Body::empty()).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed"), "{method}");
        let allowed: BTreeSet<_> = answer.header("allow").split(',').map(str::trim).collect();
        assert_eq!(allowed, BTreeSet::from(["GET", "HEAD", "POST"]), "{method}");
    }
    let text = [("content-type", "text/plain")];
    let answer = program.send(Method::POST, "/requests", &text, Body::from("reference=K")).await;
    assert_eq!(answer.problem(), (415, "unsupported_media_type"));
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let answer = program.send(Method::POST, "/requests", &packed, Body::from("{}")).await;
    assert_eq!(answer.problem(), (415, "unsupported_media_type"));
    let json = [("content-type", "application/json")];
    let answer = program.send(Method::POST, "/requests", &json, Body::from(vec![b' '; 1024 * 1024 + 1])).await;
    assert_eq!(answer.problem(), (413, "too_large"));
    for broken in ["{", "\u{7}", "[1,]"] {
        let answer = program.send(Method::POST, "/requests", &json, Body::from(broken)).await;
        assert_eq!(answer.problem(), (400, "malformed"), "{broken}");
    }
    let answer = program.send(Method::POST, "/requests", &[], Body::empty()).await;
    assert_eq!(answer.problem(), (400, "malformed"));
    let html = [("accept", "text/html")];
    assert_eq!(program.send(Method::GET, "/me", &html, Body::empty()).await.problem(), (406, "not_acceptable"));
    assert_eq!(program.get("/nothing").await.problem(), (404, "not_found"));
    assert_eq!(program.get("/requests?colour=red").await.problem(), (400, "malformed"));
    assert_eq!(program.get("/requests?limit=0").await.problem(), (400, "malformed"));
    assert_eq!(program.get("/requests?cursor=x").await.problem(), (400, "malformed"));
    desk.close().await;
}

#[tokio::test]
async fn whoever_has_the_answer_is_not_told_it_again() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let path = format!("/requests/{}", firm.request("K-1").await);
    let first = program.get(&path).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    let again = program.send(Method::GET, &path, &[("if-none-match", &tag)], Body::empty()).await;
    assert_eq!((again.status, again.bytes.len(), again.header("etag")), (304, 0, tag.as_str()));
    let other = program.send(Method::GET, &path, &[("if-none-match", "\"0\"")], Body::empty()).await;
    assert_eq!((other.status, other.json), (200, first.json));
    desk.close().await;
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_come_again() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let few = dossier_web::Options::default().calls_per_minute(Some(2));
    let router = dossier_web::router(desk.app.clone(), few);
    let hasty = ApiClient::new(router).with(program.token.as_deref().unwrap());
    let first = hasty.get("/me").await;
    assert_eq!((first.status, first.header("ratelimit")), (200, "\"key\";r=1;t=60"));
    assert_eq!(first.header("ratelimit-policy"), "\"key\";q=2;w=60");
    assert_eq!(hasty.get("/me").await.status, 200);
    let third = hasty.get("/me").await;
    assert_eq!((third.problem(), third.header("retry-after")), ((429, "too_many_requests"), "60"));
    desk.clock.advance(std::time::Duration::from_mins(1));
    assert_eq!(hasty.get("/me").await.status, 200);
    desk.close().await;
}
