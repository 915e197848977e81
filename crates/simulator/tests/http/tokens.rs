use serde_json::{Value, json};

use crate::bench::{json_of, start};

#[tokio::test]
async fn the_right_credentials_bring_a_token_for_five_minutes() {
    let bench = start().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "desk"), ("client_secret", "hush")];
    let answer = bench.ask_token(&form).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(answer["access_token"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn wrong_credentials_are_refused_as_keycloak_refuses_them() {
    let bench = start().await;
    for (form, status, error) in [
        (
            vec![("grant_type", "client_credentials"), ("client_id", "desk"), ("client_secret", "x")],
            401,
            "invalid_client",
        ),
        (
            vec![("grant_type", "client_credentials"), ("client_id", "x"), ("client_secret", "hush")],
            401,
            "invalid_client",
        ),
        (vec![("grant_type", "password"), ("client_id", "desk")], 400, "unsupported_grant_type"),
        (vec![("client_id", "desk"), ("client_secret", "hush")], 400, "invalid_request"),
    ] {
        let answer = bench.ask_token(&form).await;
        assert_eq!(answer.status(), status, "{form:?}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"], error);
        assert!(answer["error_description"].is_string());
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let bench = start().await;
    let request = bench.client.post(bench.url("/auth/token")).json(&json!({ "grant_type": "client_credentials" }));
    let (status, answer) = json_of(request).await;
    assert_eq!((status, &answer["error"]), (415, &json!("invalid_request")));
}

#[tokio::test]
async fn every_service_wants_a_token_that_was_issued_here() {
    let bench = start().await;
    for (method, path) in [
        ("POST", "/library/api/v3"),
        ("POST", "/injection/api/v3/initiateWorkflow"),
        ("GET", "/core/api/v3/status/x"),
        ("GET", "/identity/api/v2/inTouchOrganisation/organisationPhaseTwoId"),
    ] {
        let request = || bench.client.request(method.parse().unwrap(), bench.url(path));
        let refused = (401, json!({ "error": "invalid_token" }));
        assert_eq!(json_of(request()).await, refused, "{path} without a token");
        assert_eq!(json_of(request().bearer_auth("made-up")).await, refused, "{path} with a made-up token");
        assert_eq!(json_of(request().basic_auth(&bench.token, Some(""))).await, refused, "{path} with Basic");
        assert_ne!(json_of(request().bearer_auth(&bench.token)).await.0, 401, "{path} with a good token");
    }
}
