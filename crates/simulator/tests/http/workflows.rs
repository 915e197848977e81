use dossier_simulator::{
    ORGANISATION, TRACKING_COMPLETED, TRACKING_FAILED, TRACKING_PROCESSING, TRACKING_UNKNOWN_WORD,
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::bench::{Bench, json_of, pair, start};

const DHA: &str = "bcd425e5-345c-4e98-9638-14afffe541f2";

fn initiate(bench: &Bench, workflow: &str, organisation: &str, body: &Value) -> RequestBuilder {
    bench
        .post("/injection/api/v3/initiateWorkflow")
        .query(&[("workflowId", workflow), ("organisationPhaseTwoId", organisation)])
        .json(body)
}

async fn status(bench: &Bench, tracking: &str) -> (u16, Value) {
    json_of(bench.get(&format!("/core/api/v3/status/{tracking}"))).await
}

#[tokio::test]
async fn a_workflow_is_started_and_completes_by_being_looked_at() {
    let bench = start().await;
    let (_, organisation) = json_of(bench.get("/identity/api/v2/inTouchOrganisation/organisationPhaseTwoId")).await;
    assert_eq!(organisation, ORGANISATION);
    let body = json!([pair("IDNumber", "8001015009087"), pair("CountryCode", "ZAF"), pair("ResultType", Value::Null)]);
    let (code, started) = json_of(initiate(&bench, DHA, organisation.as_str().unwrap(), &body)).await;
    assert_eq!((code, &started["workflowId"]), (200, &json!(DHA)));
    let tracking = started["trackingId"].as_str().unwrap();

    let (code, first) = status(&bench, tracking).await;
    assert_eq!(code, 200);
    assert_eq!(
        first,
        json!({
            "trackingId": tracking,
            "workflowId": DHA,
            "workflow": "DHA with photo",
            "status": "Processing",
            "steps": [{ "name": "DHA", "status": "Processing", "result": null }],
        })
    );
    let (_, second) = status(&bench, tracking).await;
    assert_eq!((&second["status"], &second["steps"][0]["status"]), (&json!("Completed"), &json!("Completed")));
    assert_eq!(second["steps"][0]["result"]["IDNumber"], "8001015009087");
}

#[tokio::test]
async fn every_state_can_be_tried_at_once() {
    let bench = start().await;
    for (tracking, word) in [
        (TRACKING_PROCESSING, "Processing"),
        (TRACKING_COMPLETED, "Completed"),
        (TRACKING_FAILED, "Failed"),
        (TRACKING_UNKNOWN_WORD, "Parked"),
    ] {
        assert_eq!(status(&bench, tracking).await.1["status"], word);
    }
    let unknown = json!({ "error": "not_found", "message": "Tracking ID not known" });
    assert_eq!(status(&bench, "nobody-was-given-this").await, (404, unknown));
}

#[tokio::test]
async fn what_cannot_be_started_is_refused() {
    let bench = start().await;
    let good = json!([pair("IDNumber", "8001015009087"), pair("CountryCode", "ZAF"), pair("ResultType", "2")]);
    let refused = async |workflow: &str, organisation: &str, body: &Value| {
        json_of(initiate(&bench, workflow, organisation, body)).await.0
    };
    assert_eq!(refused("gold", ORGANISATION, &good).await, 400);
    assert_eq!(refused(DHA, "", &good).await, 403);
    assert_eq!(refused(DHA, ORGANISATION, &json!({ "IDNumber": "8001015009087" })).await, 400);
    assert_eq!(refused(DHA, ORGANISATION, &json!([{ "value": "no name" }])).await, 400);
    assert_eq!(refused(DHA, ORGANISATION, &good).await, 200);
}

#[tokio::test]
async fn the_ledger_shows_the_order_of_the_names_and_none_of_the_values() {
    let bench = start().await;
    let body = json!([
        pair("IDNumber", "8001015009087"),
        pair("City", "Durban"),
        pair("Country", "ZAF"),
        pair("City", "Durban"),
        pair("Reference", "Case 12"),
    ]);
    json_of(initiate(&bench, "585b68cc-d4c8-4476-ab30-33beb587774e", ORGANISATION, &body)).await;
    let entry = bench.last();
    assert_eq!((entry.service.as_str(), entry.reference.as_deref()), ("Basic KYC", Some("Case 12")));
    assert_eq!(
        entry.names,
        ["workflowId", "organisationPhaseTwoId", "IDNumber", "City", "Country", "City", "Reference"]
    );
    let (_, published) = json_of(bench.client.get(bench.url("/_simulator/ledger"))).await;
    let text = published.to_string();
    assert!(text.contains("Case 12") && !text.contains("8001015009087") && !text.contains("Durban"), "{text}");
}

#[tokio::test]
async fn a_name_that_is_missing_or_in_the_wrong_place_is_named() {
    let bench = start().await;
    let start = async |names: &[&str]| {
        let body: Vec<Value> = names.iter().map(|name| pair(name, Value::Null)).collect();
        let (status, answer) = json_of(initiate(&bench, DHA, ORGANISATION, &json!(body))).await;
        (status, answer["name"].as_str().map(str::to_owned))
    };
    let own = |name: &str| Some(name.to_owned());
    assert_eq!(start(&["IDNumber", "ResultType"]).await, (400, own("CountryCode")));
    assert_eq!(start(&["CountryCode", "IDNumber", "ResultType"]).await, (400, own("IDNumber")));
    assert!(!bench.last().charged);
    assert_eq!(start(&["IDNumber", "CountryCode", "ResultType"]).await, (200, None));
    assert!(bench.last().charged);
}

#[tokio::test]
async fn an_ending_can_be_ordered_for_a_workflow_without_a_reference() {
    let bench = start().await;
    bench.misbehave(json!({ "path": "/injection", "kind": "workflow-fails" })).await;
    let tracking = bench.workflow(DHA, &["IDNumber", "CountryCode", "ResultType"], "").await;
    bench.look(&tracking).await;
    assert_eq!(bench.look(&tracking).await["status"], "Failed");
}
