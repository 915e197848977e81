//! Requests and their notes.

use axum::http::Method;
use dossier_testkit::Desk;
use serde_json::{Value, json};

use crate::ALL;

#[tokio::test]
async fn a_request_is_created_read_renamed_ended_reopened_and_deleted() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let new = json!({ "channel_id": firm.channel().to_string(), "reference": "LOAN-417" });
    let made = program.post("/requests", &new).await;
    assert_eq!((made.status, made.text("status"), made.text("verdict")), (201, "draft", "none"));
    assert_eq!(made.json["created_by"]["name"], "Core banking");
    let path = made.header("location").strip_prefix("/api/v1").unwrap().to_owned();
    let read = program.get(&path).await;
    assert_eq!((read.status, &read.json, read.header("etag")), (200, &made.json, made.header("etag")));

    let tag = read.header("etag").to_owned();
    let renamed = program.call(Method::PATCH, &path, &json!({ "reference": "LOAN-418" }), &[("if-match", &tag)]).await;
    assert_eq!((renamed.status, renamed.text("reference")), (200, "LOAN-418"));
    let late = program.call(Method::PATCH, &path, &json!({ "reference": "LOAN-419" }), &[("if-match", &tag)]).await;
    assert_eq!(late.problem(), (412, "changed"));

    let status = format!("{path}/status");
    let ended = program.post(&status, &json!({ "status": "completed", "note": "Checked." })).await;
    assert_eq!((ended.status, ended.text("status")), (200, "completed"));
    let silent = program.post(&status, &json!({ "status": "pending" })).await;
    assert_eq!((silent.problem(), &silent.json["errors"][0]["pointer"]), ((422, "invalid"), &json!("/note")));
    let reopened = program.post(&status, &json!({ "status": "pending", "note": "Another look." })).await;
    assert_eq!((reopened.status, reopened.text("status")), (200, "pending"));
    assert_eq!(program.post(&status, &json!({ "status": "draft" })).await.problem(), (409, "conflict"));

    let stale = program.send(Method::DELETE, &path, &[("if-match", &tag)], axum::body::Body::empty()).await;
    assert_eq!(stale.problem(), (412, "changed"));
    let gone = program.send(Method::DELETE, &path, &[], axum::body::Body::empty()).await;
    assert_eq!((gone.status, gone.bytes.len()), (204, 0));
    assert_eq!(program.get(&path).await.problem(), (404, "not_found"));
    desk.close().await;
}

#[tokio::test]
async fn notes_are_written_and_listed_with_how_the_request_was_moved() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let path = format!("/requests/{}", firm.request("K-1").await);
    let note = program.post(&format!("{path}/notes"), &json!({ "text": "The customer will call." })).await;
    assert_eq!((note.status, note.text("text")), (201, "The customer will call."));
    desk.clock.advance(std::time::Duration::from_secs(1));
    program.post(&format!("{path}/status"), &json!({ "status": "cancelled", "note": "Given up." })).await;
    let notes = program.get(&format!("{path}/notes")).await;
    let told: Vec<_> = notes.json["data"].as_array().unwrap().iter().map(|n| (&n["became"], &n["text"])).collect();
    assert_eq!(told, [(&json!("cancelled"), &json!("Given up.")), (&Value::Null, &json!("The customer will call."))]);
    let empty = program.post(&format!("{path}/notes"), &json!({ "text": " " })).await;
    assert_eq!((empty.problem(), &empty.json["errors"][0]["pointer"]), ((422, "invalid"), &json!("/text")));
    desk.close().await;
}

#[tokio::test]
async fn a_long_list_is_walked_by_its_links_and_narrowed_by_its_filters() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    for n in 0..7 {
        firm.request(&format!("K-{n}")).await;
    }
    let mut path = "/requests?limit=3&status=draft".to_owned();
    let mut found = Vec::new();
    for _ in 0..5 {
        let page = program.get(&path).await;
        let rows = page.json["data"].as_array().unwrap();
        found.extend(rows.iter().map(|row| row["reference"].as_str().unwrap().to_owned()));
        let link = page.header("link");
        if link.is_empty() {
            assert_eq!(page.json["next_cursor"], Value::Null);
            break;
        }
        let next = link.strip_prefix("</api/v1").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        assert!(next.ends_with(page.text("next_cursor")), "{next}");
        path = next.to_owned();
    }
    assert_eq!(found, ["K-6", "K-5", "K-4", "K-3", "K-2", "K-1", "K-0"]);
    let search = program.get("/requests?search=k-5").await;
    assert_eq!(search.json["data"].as_array().unwrap().len(), 1);
    let none = program.get("/requests?status=completed&created_from=2026-01-01T00:00:00%2B02:00").await;
    assert_eq!((none.status, &none.json["data"]), (200, &json!([])));
    assert_eq!(program.get("/requests?created_from=yesterday").await.problem(), (400, "malformed"));
    desk.close().await;
}

#[tokio::test]
async fn channels_are_listed_with_their_actions_and_never_with_their_secrets() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let channels = program.get("/channels").await;
    let channel = &channels.json["data"][0];
    assert_eq!((channel["handler"].as_str(), channel["usable"].as_bool()), (Some("intouch"), Some(true)));
    let secret = dossier_testkit::CLIENT_SECRET.as_bytes();
    assert!(!channels.bytes.windows(secret.len()).any(|found| found == secret));
    let path = format!("/channels/{}", firm.channel());
    assert_eq!(program.get(&path).await.json, *channel);
    let actions = program.get(&format!("{path}/actions")).await;
    let actions = actions.json["data"].as_array().unwrap();
    assert!(actions.len() >= 17, "{}", actions.len());
    for action in actions {
        assert!(jsonschema::meta::is_valid(&action["schema"]), "{}", action["key"]);
    }
    desk.close().await;
}
