//! Events that are sent to whoever asked to be called back.

use std::time::Duration;

use dossier_simulator::Workflow;
use serde_json::{Value, json};

use crate::bench::{Bench, json_of, pair, start, until};
use crate::receiver::Receiver;

const DHA: &str = "bcd425e5-345c-4e98-9638-14afffe541f2";

/// Sends a request for consent that calls back, and returns its ID.
async fn ask(bench: &Bench, receiver: &Receiver, reference: &str) -> String {
    let form = json!({
        "shortHand": "KYC", "termsLink": "https://example.com/terms", "email": "r@example.com",
        "reference": reference, "callbackUrl": receiver.url,
    });
    json_of(bench.post("/consent/api/v3/requests").json(&form)).await.1["id"].as_str().unwrap().to_owned()
}

async fn advance(bench: &Bench, id: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(bench.order("advance", json!({ "id": id })).await.status(), 204);
    }
}

async fn heard(receiver: &Receiver, words: &[&str]) {
    until("the events have arrived", || receiver.heard().len() >= words.len()).await;
    assert_eq!(receiver.statuses(), words);
}

#[tokio::test]
async fn each_change_of_a_consent_is_told_in_order() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = ask(&bench, &receiver, "Naidoo").await;
    advance(&bench, &id, 3).await;
    heard(&receiver, &["sent", "opened", "given"]).await;
    let event = receiver.heard().remove(2);
    assert_eq!((&event["event"], &event["requestId"]), (&json!("consent"), &json!(id)));
    assert_eq!(event["time"], "2026-03-02T08:00:00Z");
    assert!(event["id"].is_string() && event["consentId"].is_string());
    until("the deliveries are noted", || bench.simulator.deliveries().len() == 3).await;
    assert!(bench.simulator.deliveries().iter().all(|sent| sent.answered == Some(200) && sent.subject == id));
}

#[tokio::test]
async fn a_workflow_tells_where_its_query_says() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let query = [
        ("workflowId", DHA),
        ("organisationPhaseTwoId", dossier_simulator::ORGANISATION),
        ("callbackUrl", &receiver.url),
    ];
    let body = json!([pair("IDNumber", "8001015009087"), pair("CountryCode", "ZAF"), pair("ResultType", Value::Null)]);
    let (_, started) = json_of(bench.post("/injection/api/v3/initiateWorkflow").query(&query).json(&body)).await;
    let tracking = started["trackingId"].as_str().unwrap();
    advance(&bench, tracking, 3).await;
    heard(&receiver, &["Processing", "Completed"]).await;
    assert_eq!(
        (&receiver.heard()[1]["trackingId"], &receiver.heard()[1]["stepsCompleted"]),
        (&json!(tracking), &json!(1))
    );
}

#[tokio::test]
async fn at_a_pace_a_workflow_moves_and_tells_without_being_asked_about() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    bench.order("callbacks", json!({ "url": receiver.url })).await;
    let names = ["IDNumber", "CountryCode", "ResultType"];
    let tracking = bench.workflow(DHA, &names, "").await;
    let stand = |status| [Workflow { tracking: tracking.clone(), reference: None, status }];
    assert_eq!(bench.simulator.workflows(), stand("Processing"));
    bench.simulator.set_pace(Duration::from_millis(5));
    heard(&receiver, &["Processing", "Completed"]).await;
    assert_eq!(bench.simulator.workflows(), stand("Completed"));
}

#[tokio::test]
async fn events_come_twice_or_from_the_newest() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = ask(&bench, &receiver, "sim:callback-twice").await;
    heard(&receiver, &["sent", "sent"]).await;
    assert_eq!(receiver.heard()[0]["id"], receiver.heard()[1]["id"], "of one event");
    advance(&bench, &id, 1).await;

    let receiver = Receiver::start().await;
    let id = ask(&bench, &receiver, "sim:callback-reversed sim:consent-refused").await;
    advance(&bench, &id, 3).await;
    heard(&receiver, &["refused", "opened", "sent"]).await;
}

#[tokio::test]
async fn events_are_held_until_a_release_or_for_some_looks() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    ask(&bench, &receiver, "sim:callback-held").await;
    let (_, page) = json_of(bench.client.get(bench.url("/_simulator/callbacks"))).await;
    assert_eq!((page["held"].as_array().unwrap().len(), &page["sent"]), (1, &json!([])));
    let released: Value = bench.order("callbacks/release", json!({})).await.json().await.unwrap();
    assert_eq!(released, json!({ "released": 1 }));
    heard(&receiver, &["sent"]).await;

    let receiver = Receiver::start().await;
    let id = ask(&bench, &receiver, "sim:callback-late=2 sim:consent-sticks").await;
    advance(&bench, &id, 2).await;
    heard(&receiver, &["sent"]).await;
    advance(&bench, &id, 2).await;
    heard(&receiver, &["sent", "opened"]).await;
}

#[tokio::test]
async fn an_address_can_be_set_for_all_and_must_be_near() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    assert_eq!(bench.order("callbacks", json!({ "url": "http://10.0.0.1/" })).await.status(), 400);
    assert_eq!(bench.order("callbacks", json!({ "url": receiver.url })).await.status(), 204);
    bench.look(dossier_simulator::TRACKING_COMPLETED).await;
    let tracking = bench.workflow(DHA, &["IDNumber", "CountryCode", "ResultType"], "").await;
    bench.look(&tracking).await;
    heard(&receiver, &["Processing"]).await;
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_noted() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let url = receiver.url.clone();
    drop(receiver);
    bench.order("callbacks", json!({ "url": url })).await;
    let tracking = bench.workflow(DHA, &["IDNumber", "CountryCode", "ResultType"], "").await;
    bench.look(&tracking).await;
    until("the delivery is noted", || !bench.simulator.deliveries().is_empty()).await;
    assert_eq!(bench.simulator.deliveries()[0].subject, tracking);
}
