//! Requests for consent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::bench::{Bench, json_of, start};

const REQUESTS: &str = "/consent/api/v3/requests";

fn form(reference: &str) -> Value {
    json!({ "shortHand": "KYC", "termsLink": "https://example.com/terms", "email": "r@example.com", "reference": reference })
}

async fn send(bench: &Bench, reference: &str) -> Value {
    let (status, request) = json_of(bench.post(REQUESTS).json(&form(reference))).await;
    assert_eq!((status, &request["status"]), (201, &json!("sent")), "{request}");
    request
}

async fn look(bench: &Bench, request: &Value) -> Value {
    json_of(bench.get(&format!("{REQUESTS}/{}", request["id"].as_str().unwrap()))).await.1
}

#[tokio::test]
async fn a_consent_is_asked_for_and_given_and_its_document_fetched() {
    let bench = start().await;
    let request = send(&bench, "Naidoo").await;
    let entry = bench.last();
    assert_eq!(
        (entry.service.as_str(), entry.reference.as_deref(), entry.charged),
        ("Send Consent", Some("Naidoo"), true)
    );
    assert_eq!(entry.names, ["shortHand", "termsLink", "email", "reference"]);
    let consent = format!("/consent/api/v3/consents/{}", request["consentId"].as_str().unwrap());
    assert_eq!(json_of(bench.get(&format!("{consent}/document"))).await.0, 409, "not given yet");
    assert_eq!(look(&bench, &request).await["status"], "sent");
    assert_eq!(look(&bench, &request).await["status"], "opened");
    let (_, given) = json_of(bench.get(&consent)).await;
    assert_eq!((&given["status"], &given["answeredAt"]), (&json!("given"), &json!("2026-03-02T08:00:00Z")));
    let (_, document) = json_of(bench.get(&format!("{consent}/document"))).await;
    let bytes = STANDARD.decode(document["content"].as_str().unwrap()).unwrap();
    let accepted = bench.get(&format!("{consent}/document")).header("accept", "application/pdf").send().await.unwrap();
    assert_eq!(accepted.headers()["content-type"], "application/pdf");
    assert_eq!(accepted.bytes().await.unwrap(), bytes);
    assert!(bytes.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn a_refused_consent_can_be_asked_for_again_and_a_given_one_cannot() {
    let bench = start().await;
    let again = async |request: &Value| {
        json_of(bench.post(&format!("{REQUESTS}/{}/rerequest", request["id"].as_str().unwrap()))).await
    };
    let refused = send(&bench, "sim:consent-refused").await;
    for word in ["sent", "opened", "refused"] {
        assert_eq!(look(&bench, &refused).await["status"], word);
    }
    let (status, request) = again(&refused).await;
    assert_eq!((status, &request["status"], &request["attempts"]), (200, &json!("sent"), &json!(2)));
    assert!(bench.last().charged);
    let given = send(&bench, "Naidoo").await;
    for _ in 0..3 {
        look(&bench, &given).await;
    }
    assert_eq!(again(&given).await.0, 409);
    assert_eq!(again(&json!({ "id": "made-up" })).await.0, 404);
}

#[tokio::test]
async fn a_request_is_updated_until_it_is_answered() {
    let bench = start().await;
    let request = send(&bench, "Naidoo").await;
    let path = format!("{REQUESTS}/{}", request["id"].as_str().unwrap());
    let (status, updated) = json_of(
        bench.client.put(bench.url(&path)).bearer_auth(&bench.token).json(&json!({ "phoneNumber": "+27110000017" })),
    )
    .await;
    assert_eq!(
        (status, &updated["phoneNumber"], &updated["email"]),
        (200, &json!("+27110000017"), &json!("r@example.com"))
    );
    for _ in 0..3 {
        look(&bench, &request).await;
    }
    let late = bench.client.put(bench.url(&path)).bearer_auth(&bench.token).json(&json!({}));
    assert_eq!(json_of(late).await.0, 409);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let bench = start().await;
    for (member, message) in [
        ("shortHand", "shortHand is required"),
        ("termsLink", "termsLink is required"),
        ("email", "email or phoneNumber is required"),
    ] {
        let mut form = form("Naidoo");
        form[member] = Value::Null;
        let (status, answer) = json_of(bench.post(REQUESTS).json(&form)).await;
        assert_eq!((status, &answer["message"]), (400, &json!(message)));
        assert!(!bench.last().charged);
    }
    let mut far = form("Naidoo");
    far["callbackUrl"] = "http://10.0.0.1/".into();
    assert_eq!(json_of(bench.post(REQUESTS).json(&far)).await.0, 400);
}

#[tokio::test]
async fn the_types_are_listed_and_say_what_was_asked_of_a_contact() {
    let bench = start().await;
    let (_, types) = json_of(bench.get("/consent/api/v3/types")).await;
    assert_eq!(types[0], json!({ "shortHand": "KYC", "name": "Verification of identity and address" }));
    let request = send(&bench, "Naidoo").await;
    let (_, asked) = json_of(bench.get("/consent/api/v3/types").query(&[("contact", "r@example.com")])).await;
    assert_eq!((&asked[0]["status"], &asked[0]["requestId"]), (&json!("sent"), &request["id"]));
    assert_eq!(asked[1]["status"], "none");
    assert_eq!(bench.last().names, ["contact"]);
}

#[tokio::test]
async fn a_status_that_nobody_documented_can_be_ordered() {
    let bench = start().await;
    let (_, parked) = json_of(bench.post(REQUESTS).json(&form("sim:unknown-status"))).await;
    assert_eq!(parked["status"], "Parked");
    let request = send(&bench, "Naidoo").await;
    bench.misbehave(json!({ "reference": request["id"], "kind": "unknown-status" })).await;
    assert_eq!(look(&bench, &request).await["status"], "Parked");
    assert_eq!(look(&bench, &request).await["status"], "opened");
    assert_eq!(json_of(bench.with_reference("sim:unknown-status")).await.1["http_code"], 299);
}
