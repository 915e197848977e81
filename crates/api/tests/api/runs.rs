//! Runs and what they bring.

use axum::http::Method;
use dossier_app::runs::Worker;
use dossier_testkit::{Desk, picture};
use serde_json::json;

use crate::ALL;

#[tokio::test]
async fn a_run_is_waited_for_as_long_as_the_caller_says_and_brings_its_output() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let request = firm.request("K-1").await;
    let path = format!("/requests/{request}/runs");
    let order =
        json!({ "action": "company_kyc", "params": { "reference": "K1", "registrationNumber": "2014/187452/07" } });
    let run = program.call(Method::POST, &path, &order, &[("prefer", "wait=20")]).await;
    assert_eq!((run.status, run.text("state"), run.header("preference-applied")), (201, "succeeded", "wait=20"));
    let output = &run.json["outputs"][0];
    assert!(output["display"]["summary"].is_string() && output["current"] == json!(true), "{output}");
    let at = run.header("location").strip_prefix("/api/v1").unwrap();
    assert_eq!(program.get(at).await.json, run.json);

    let outputs = program.get(&format!("/requests/{request}/outputs")).await;
    assert_eq!(outputs.json["data"][0]["id"], output["id"]);
    let at = format!("/requests/{request}/outputs/{}", output["id"].as_str().unwrap());
    assert_eq!(program.get(&at).await.json, *output);
    let content = program.get(&format!("{at}/content")).await;
    assert_eq!((content.status, content.json.is_object()), (200, true));
    assert!(firm.deeds().await.contains(&"result.downloaded".to_owned()));
    let runs = program.get(&format!("{path}?action=company_kyc")).await;
    assert_eq!(runs.json["data"].as_array().unwrap().len(), 1);
    assert_eq!(program.get(&format!("{path}?action=other")).await.json["data"], json!([]));
    desk.close().await;
}

#[tokio::test]
async fn without_a_wait_the_run_is_taken_and_followed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let path = format!("/requests/{}/runs", firm.request("K-1").await);
    let order =
        json!({ "action": "company_kyc", "params": { "reference": "K1", "registrationNumber": "2014/187452/07" } });
    let run = program.post(&path, &order).await;
    assert_eq!((run.status, run.text("state")), (202, "queued"));
    assert_eq!(program.post(&path, &order).await.problem(), (409, "conflict"), "one at a time");
    let cancelled = program.post(&format!("{path}/{}/cancel", run.text("id")), &json!({})).await;
    assert_eq!((cancelled.status, cancelled.text("state")), (200, "cancelled"));
    let worker = Worker::start(&desk.app);
    let again = program.post(&path, &order).await;
    assert_eq!(again.status, 202);
    let at = format!("{path}/{}", again.text("id"));
    let ended = program.send(Method::GET, &at, &[("prefer", "wait=20")], axum::body::Body::empty()).await;
    assert_eq!((ended.status, ended.text("state")), (200, "succeeded"));
    worker.stop().await;
    desk.close().await;
}

#[tokio::test]
async fn a_run_with_files_is_one_form_and_its_retry_may_be_parted_otherwise() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let path = format!("/requests/{}/runs", firm.request("K-1").await);
    let (selfie, document) = (picture::png("selfie"), picture::png("document"));
    let files: [(&str, &str, &[u8]); 2] = [("selfie", "selfie.png", &selfie), ("document", "id.png", &document)];
    let schema = program.get(&format!("/channels/{}/actions", firm.channel())).await;
    let face =
        schema.json["data"].as_array().unwrap().iter().find(|action| action["key"] == "face_compare").unwrap().clone();
    let names: Vec<_> = face["schema"]["properties"].as_object().unwrap().keys().cloned().collect();
    let files: Vec<_> = names
        .iter()
        .filter(|name| face["schema"]["properties"][name.as_str()]["format"] == "file")
        .zip(files)
        .map(|(name, (_, file, bytes))| (name.as_str(), file, bytes))
        .collect();
    assert_eq!(files.len(), 2, "{names:?}");
    let order = json!({ "action": "face_compare", "params": {} }).to_string();
    let headers = [("idempotency-key", "face"), ("prefer", "wait=20")];
    let run = program.form(&path, "one", &[("run", &order)], &files, &headers).await;
    assert_eq!((run.status, run.text("state")), (201, "succeeded"), "{}", run.json);
    let again = program.form(&path, "another", &[("run", &order)], &files, &headers).await;
    assert_eq!((again.status, &again.json, again.header("idempotent-replayed")), (201, &run.json, "true"));
    let other = program.form(&path, "one", &[("run", &order)], &files[..1], &headers).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused"));

    let text: [(&str, &str, &[u8]); 1] = [(files[0].0, "selfie.png", b"no picture")];
    let refused = program.form(&path, "one", &[("run", &order)], &text, &[]).await;
    let pointer = format!("/params/{}", files[0].0);
    assert_eq!(
        (refused.problem(), refused.json["errors"][0]["pointer"].as_str()),
        ((422, "invalid"), Some(pointer.as_str()))
    );
    let astray: [(&str, &str, &[u8]); 1] = [("elsewhere", "selfie.png", &selfie)];
    let refused = program.form(&path, "one", &[("run", &order)], &astray, &[]).await;
    assert_eq!(refused.json["errors"][0]["pointer"], json!("/params/elsewhere"));
    desk.close().await;
}

#[tokio::test]
async fn parameters_are_refused_at_their_places_and_unknown_actions_by_name() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let path = format!("/requests/{}/runs", firm.request("K-1").await);
    let bad = program.post(&path, &json!({ "action": "company_kyc", "params": { "registrationNumber": "7" } })).await;
    assert_eq!(bad.problem(), (422, "invalid"));
    let places: Vec<_> =
        bad.json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert!(places.contains(&"/params/registrationNumber"), "{places:?}");
    let unknown = program.post(&path, &json!({ "action": "fly" })).await;
    assert_eq!((unknown.problem(), &unknown.json["errors"][0]["pointer"]), ((422, "invalid"), &json!("/action")));
    desk.close().await;
}

#[tokio::test]
async fn a_run_whose_outcome_nobody_knows_is_settled_and_takes_a_yes_to_run_again() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    desk.misbehave("hang-up", "/injection").await;
    let path = format!("/requests/{}/runs", firm.request("K-1").await);
    let params = json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": "K2" });
    let order = json!({ "action": "run_workflow", "params": params });
    let run = program.call(Method::POST, &path, &order, &[("prefer", "wait=20")]).await;
    assert_eq!((run.status, run.text("state")), (201, "unknown"));
    let again = program.post(&path, &order).await;
    assert_eq!((again.problem(), &again.json["errors"][0]["pointer"]), ((422, "invalid"), &json!("/run_again")));
    let settle = format!("{path}/{}/settle", run.text("id"));
    let silent = program.post(&settle, &json!({ "ended": "succeeded", "reason": "" })).await;
    assert_eq!(silent.json["errors"][0]["pointer"], json!("/reason"));
    let settled = program.post(&settle, &json!({ "ended": "failed", "reason": "The provider says so." })).await;
    assert_eq!((settled.status, settled.text("state")), (200, "failed"));
    assert_eq!(
        program.post(&settle, &json!({ "ended": "failed", "reason": "Twice." })).await.problem(),
        (409, "conflict")
    );
    desk.close().await;
}
