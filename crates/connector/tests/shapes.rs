//! Requests of every kind that a manifest can describe, and answers that nobody expected, against a small server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod corner;

use std::time::Duration;

use corner::Corner;
use dossier_connector::{Effect, Outcome, Settled};
use dossier_domain::{ErrorClass, Verdict};
use serde_json::{Value, json};

/// An action `look` whose request is `request` and whose result is `result`.
fn manifest(effect: &str, request: &str, result: &str) -> String {
    format!(
        r#"manifest: 1
key: corner
name: Corner
version: "1"
description: A small provider
module: kyc-corner
sensitive: [nickname]
config:
  properties:
    url: {{ title: URL, type: string, format: uri }}
    id: {{ title: ID, type: string }}
    secret: {{ title: Secret, type: string, x-secret: true }}
auth:
  body: {{ kind: oauth2_client_credentials, token_url: "{{config.url}}/token", client_id: "=config.id", client_secret: "=config.secret" }}
  basic: {{ kind: oauth2_client_credentials, client_auth: basic, token_url: "{{config.url}}/token", client_id: "=config.id", client_secret: "=config.secret" }}
test: {{ auth: basic }}
actions:
  - key: look
    label: Look
    category: Things
    effect: {effect}
    verified: assumed
    params:
      properties:
        name: {{ title: Name, type: string, x-sensitive: true }}
        many: {{ title: Many, type: string, x-widget: json }}
    steps:
      - name: look
        request: {request}
    result: {result}
"#
    )
}

const PLAIN: &str = r#"{ method: GET, url: "{config.url}/look" }"#;

/// Corner's answer to [`PLAIN`], run as `effect`.
async fn answered(effect: &str, status: u16, kind: &str, body: &str, result: &str) -> (Corner, Outcome) {
    let corner = Corner::open(&manifest(effect, PLAIN, result)).await;
    corner.answer("/look", status, kind, body);
    let outcome = corner.run(json!({})).await;
    (corner, outcome)
}

fn success(outcome: Outcome) -> dossier_connector::Success {
    let Outcome::Succeeded(success) = outcome else { panic!("{outcome:?}") };
    success
}

fn failure(outcome: Outcome) -> dossier_connector::Failure {
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    failure
}

const MAPPED: &str = r#"{ verdict: { from: "=look.body.outcome", pass: [clear], fail: [blocked] }, outputs: { id: "=look.body.id" },
      attachments: [{ name: "report/{look.body.id}.pdf", base64: "=look.body.pdf", type: application/pdf }],
      display: { summary: "{look.body.name} is {look.body.outcome}", sections: [
        { title: Facts, items: [{ label: Name, value: "=look.body.name" }, { label: Score, value: "=look.body.score" },
          { label: Alive, value: "=look.body.alive" }, { label: Tags, value: "=look.body.tags" }] },
        { title: Rows, table: { rows: "=look.body.rows", columns: [{ label: A, value: "=a" }, { label: B, value: "=b" }] } } ] } }"#;

#[tokio::test]
async fn an_expected_answer_is_shown_and_what_is_not_mapped_becomes_the_rest() {
    let body = json!({"name": "Kwantu", "outcome": "clear", "id": 7, "score": 0.5, "alive": true, "tags": ["x", "y"],
        "rows": [{"a": 1, "b": "two", "c": 3}, {"a": null}, 4], "pdf": "data:application/pdf;base64,JVBERi0\n=", "nickname": "Kwa",
        "more": {"dateOfBirth": "1980-01-01"}});
    let (_, outcome) = answered("read", 200, "application/json", &body.to_string(), MAPPED).await;
    let success = success(outcome);
    insta::assert_json_snapshot!(success.display);
    assert_eq!((success.verdict, &success.outputs), (Verdict::Pass, &json!({"id": 7})));
    assert_eq!(
        (success.attachments[0].file.name.as_str(), success.attachments[0].file.bytes.as_slice()),
        ("report7.pdf", &b"%PDF-"[..])
    );
    let mut kept = body;
    kept["pdf"] = format!("attachment:{}", success.attachments[0].id).into();
    assert_eq!(success.raw, kept.to_string().as_bytes(), "where the file stood, its id stands");
}

#[tokio::test]
async fn an_answer_of_any_other_shape_is_shown_as_it_is_and_never_as_a_verdict() {
    for (kind, body) in [
        ("application/json", json!({"outcome": "CLEAR"}).to_string()),
        ("application/json", json!({"outcome": {"clear": true}, "name": ["Kwantu"], "rows": {"a": 1}}).to_string()),
        ("application/json", json!([[1, 2], "clear"]).to_string()),
        ("application/json", "\"clear\"".to_owned()),
        ("application/json", "7".to_owned()),
        ("text/html", "<p>clear</p>".to_owned()),
        ("application/json", json!({"pdf": "not base64!", "rows": [null, [], "x"]}).to_string()),
        ("application/json", "[".repeat(500)),
    ] {
        let (_, outcome) = answered("read", 200, kind, &body, MAPPED).await;
        let success = success(outcome);
        assert_eq!((success.verdict, success.attachments.len()), (Verdict::None, 0), "{body}");
        let display = &success.display;
        let shown = display.rest.is_some() || !display.sections.is_empty() || display.badge.is_some();
        assert!(shown, "nothing is lost: {body}");
        assert!(success.display.badge.is_none_or(|b| b.verdict == Verdict::None), "{body}");
    }
    let (_, outcome) = answered("read", 204, "", "", MAPPED).await;
    let success = success(outcome);
    assert_eq!((success.verdict, success.display.rest, success.raw), (Verdict::None, None, Vec::new()));
}

#[tokio::test]
async fn what_stands_under_a_sensitive_name_is_masked_wherever_it_is_shown() {
    let result = r#"{ display: { summary: "Found {look.body.idNumber}", sections: [{ items: [
        { label: ID, value: "=look.body.idNumber" }, { label: Nick, value: "=look.body.again" }] }] } }"#;
    let body =
        json!({"idNumber": "8001015009087", "nickname": "Kwantu-Kwa", "again": "Kwantu-Kwa", "x": "8001015009087"});
    let (corner, outcome) = answered("read", 200, "application/json", &body.to_string(), result).await;
    let display = success(outcome).display;
    assert_eq!(display.summary.as_deref(), Some("Found ••••••••••087"));
    assert!(display.sections[0].items.iter().all(|i| i.cell.masked));
    assert_eq!(display.rest, Some(json!({"nickname": "•••••••Kwa", "x": "••••••••••087"})));
    assert!(
        !corner.log().contains("8001015009087") && !corner.log().contains("\"nickname\":\"Kwantu"),
        "{}",
        corner.log()
    );
}

#[tokio::test]
async fn a_request_carries_what_the_manifest_says_and_leaves_out_what_is_null() {
    let request = r#"{ method: POST, url: "{config.url}/look/{params.name}?fixed=1", auth: body,
          headers: { X-Actor: "=actor", X-None: "=callback.url" },
          query: { name: "=params.name", many: "=params.many", none: "=callback.url", id: "{request.id}" },
          body: { json: { "a": "=params.many", "none": "=callback.url", "null": null, "list": ["{request.reference}", "=callback.url", 1, true] } } }"#;
    let corner = Corner::open(&manifest("write", request, "{}")).await;
    corner.answer("/token", 200, "application/json", r#"{"access_token": "tok-1", "expires_in": 300}"#);
    success(corner.run(json!({"name": "a/b ü&c", "many": ["x", 2]})).await);
    let seen = corner.last("/look/");
    assert_eq!(seen.uri, "/look/a%2Fb%20%C3%BC%26c?fixed=1&name=a%2Fb+%C3%BC%26c&many=x&many=2&id=request-1");
    let header = |name: &str| seen.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
    assert_eq!(header("x-actor").as_deref(), Some("Thandeka Mkhize"));
    assert_eq!((header("x-none"), header("authorization").as_deref()), (None, Some("Bearer tok-1")));
    assert_eq!(seen.body, r#"{"a":["x",2],"null":null,"list":["Kwantu",1,true]}"#);
    let log = corner.log();
    assert!(
        !log.contains("tok-1") && !log.contains("%C3%BC%26c") && log.contains("fixed=1&name=redacted&many=x"),
        "{log}"
    );
}

#[tokio::test]
async fn bodies_can_be_forms_and_ordered_pairs() {
    let form = r#"{ method: PUT, url: "{config.url}/look", body: { form: { a: "=params.name", none: "=callback.url", n: 5 } } }"#;
    let corner = Corner::open(&manifest("write", form, "{}")).await;
    success(corner.run(json!({"name": "x y"})).await);
    assert_eq!((corner.last("/look").method.as_str(), corner.last("/look").body.as_str()), ("PUT", "a=x+y&n=5"));

    let pairs = |missing: &str| {
        format!(
            r#"{{ method: POST, url: "{{config.url}}/look", body: {{ pairs: {{ name: name, value: value, missing: "{missing}" }},
            of: [[City, "=params.name"], [Vendor, null], [Gone, "=callback.url"], [City, "=params.name"]] }} }}"#
        )
    };
    for (missing, gone) in [("null", r#"{"name":"Gone","value":null},"#), ("omit", "")] {
        let corner = Corner::open(&manifest("write", &pairs(missing), "{}")).await;
        success(corner.run(json!({"name": "Durban"})).await);
        let city = r#"{"name":"City","value":"Durban"}"#;
        assert_eq!(corner.last("/look").body, format!(r#"[{city},{{"name":"Vendor","value":null}},{gone}{city}]"#));
    }
}

#[tokio::test]
async fn a_client_can_name_itself_by_basic_credentials() {
    let corner =
        Corner::open(&manifest("read", r#"{ method: GET, url: "{config.url}/look", auth: basic }"#, "{}")).await;
    corner.answer("/token", 200, "application/json", r#"{"access_token": "tok-1", "expires_in": "300"}"#);
    success(corner.run(json!({})).await);
    let asked = corner.last("/token");
    // RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
    assert_eq!(asked.headers["authorization"], "Basic Y29ybmVyK2lkOnNlY3JldCUzQXdpdGglM0Fjb2xvbnM=");
    assert_eq!(asked.body, "grant_type=client_credentials");
    assert!(!corner.log().contains("Y29ybmVy"));
}

#[tokio::test]
async fn a_token_of_unknown_life_serves_once_and_an_answer_without_one_is_no_token() {
    let request = r#"{ method: GET, url: "{config.url}/look", auth: body }"#;
    let corner = Corner::open(&manifest("read", request, "{}")).await;
    corner.answer("/token", 200, "application/json", r#"{"access_token": "tok-1"}"#);
    success(corner.run(json!({})).await);
    success(corner.run(json!({})).await);
    assert_eq!(corner.count("/token"), 2);
    for body in ["{}", r#"{"access_token": ""}"#, r#"{"access_token": 7}"#, "tok", ""] {
        corner.answer("/token", 200, "application/json", body);
        assert_eq!(failure(corner.run(json!({})).await).class, ErrorClass::Answer, "{body}");
    }
    corner.answer("/token", 200, "application/json", r#"{"access_token": "tok\nen"}"#);
    assert_eq!(failure(corner.run(json!({})).await).class, ErrorClass::Internal);
    corner.answer("/token", 503, "text/html", "<h1>Down</h1>");
    let down = failure(corner.run(json!({})).await);
    assert_eq!(
        (down.class, down.message.as_str()),
        (ErrorClass::Unavailable, "Corner cannot answer at the moment (status 503).")
    );
}

/// ACT-11
#[tokio::test]
async fn the_token_of_a_step_that_obtains_one_is_found_in_no_part_of_the_result() {
    let whole = manifest("read", PLAIN, r#"{ outputs: { all: "=look" }, display: { summary: "{look.body.access_token}",
        sections: [{ items: [{ label: All, value: "=look.body" }, { label: Until, value: "=look.body.expires_at" }] }] } }"#)
        .replace(&format!("request: {PLAIN}"), "obtain: basic");
    let corner = Corner::open(&whole).await;
    let body = r#"{"access_token": "tok-1", "refresh_token": "tok-2", "id_token": "tok-3", "expires_in": 60, "note": "use tok-1"}"#;
    corner.answer("/token", 200, "application/json", body);
    let success = success(corner.run(json!({})).await);
    let kept = serde_json::to_string(&(&success.display, &success.outputs)).unwrap()
        + &String::from_utf8(success.raw).unwrap();
    assert!(!kept.contains("tok-") && kept.contains("expires_at"), "{kept}");
    assert!(!corner.log().contains("tok-"), "{}", corner.log());
}

#[tokio::test]
async fn those_who_wait_for_a_token_share_its_failure() {
    let corner =
        Corner::open(&manifest("read", r#"{ method: GET, url: "{config.url}/look", auth: body }"#, "{}")).await;
    corner.answer(
        "/token",
        401,
        "application/json",
        r#"{"error": "invalid_client", "error_description": "Unknown client"}"#,
    );
    corner.hold("/token");
    let all = async { tokio::join!(corner.run(json!({})), corner.run(json!({})), corner.run(json!({}))) };
    let release = async {
        corner.wait_for("/token", 1).await;
        corner.release();
    };
    let ((a, b, c), ()) = tokio::join!(all, release);
    for outcome in [a, b, c] {
        let failure = failure(outcome);
        assert_eq!(
            (failure.class, failure.message.as_str(), failure.quoted),
            (ErrorClass::Auth, "Unknown client", true)
        );
    }
    assert_eq!(corner.count("/token"), 1);
    failure(corner.run(json!({})).await);
    assert_eq!(corner.count("/token"), 2, "who comes later asks again");
}

#[tokio::test]
async fn a_gateway_that_lost_its_provider_leaves_a_write_unknown_and_a_read_failed() {
    for status in [502, 504] {
        let (_, outcome) = answered("write", status, "text/html", "<h1>Bad gateway</h1>", "{}").await;
        let Outcome::Unknown { message } = outcome else { panic!("{outcome:?}") };
        assert!(message.contains(&status.to_string()), "{message}");
        let (_, outcome) = answered("read", status, "text/html", "<h1>Bad gateway</h1>", "{}").await;
        assert_eq!(failure(outcome).class, ErrorClass::Unavailable);
    }
    let (_, outcome) = answered("write", 503, "text/html", "", "{}").await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "gateways say so too of a line that broke: {outcome:?}");
    let (_, outcome) = answered("write", 501, "text/html", "", "{}").await;
    assert_eq!(failure(outcome).class, ErrorClass::Unavailable, "who does not know how has done nothing");
}

#[tokio::test]
async fn each_status_has_a_class_and_words() {
    for (status, class) in [
        (400, ErrorClass::Validation),
        (401, ErrorClass::Auth),
        (403, ErrorClass::Auth),
        (404, ErrorClass::NotFound),
        (418, ErrorClass::Answer),
        (422, ErrorClass::Validation),
        (429, ErrorClass::RateLimited),
        (500, ErrorClass::Unavailable),
        (302, ErrorClass::Answer),
    ] {
        let (_, outcome) = answered("read", status, "text/plain", "no", "{}").await;
        let failure = failure(outcome);
        assert_eq!((failure.class, failure.quoted), (class, false), "{status}");
        assert!(failure.message.starts_with("Corner ") && failure.message.contains(&status.to_string()));
    }
}

#[tokio::test]
async fn the_providers_words_are_cleaned_redacted_and_cut() {
    let rule = manifest("read", PLAIN, "{}").replace(
        "    result: {}",
        "        fails:\n          - { when: \"=status == `400`\", class: business, message: \"=body.message\" }",
    );
    let corner = Corner::open(&rule).await;
    let said = format!(
        "No\u{202e} such\n\tthing \u{7}for Nomvula, secret%3Awith%3Acolons, 8001015009087. {}",
        "x".repeat(600)
    );
    corner.answer("/look", 400, "application/json", &json!({ "message": said }).to_string());
    let failure = failure(corner.run(json!({"name": "Nomvula"})).await);
    assert!(failure.message.starts_with("No such thing for ▮▮▮, ▮▮▮, ▮▮▮. xxx"), "{}", failure.message);
    assert_eq!((failure.message.chars().count(), failure.quoted), (500, true));
    assert!(failure.message.ends_with('…'));
    corner.answer("/look", 400, "application/json", r#"{"message": " \u0007 "}"#);
    let Outcome::Failed(silent) = corner.run(json!({})).await else { panic!("it fails") };
    assert_eq!((silent.class, silent.quoted), (ErrorClass::Business, false));
}

/// LOG-1
#[tokio::test]
async fn calls_that_fail_before_an_answer_are_recorded_with_their_reason() {
    let corner = Corner::open(&manifest("write", PLAIN, "{}")).await;
    for (url, kind, class) in [
        ("http://127.0.0.1:1", "refused", ErrorClass::Internal),
        ("https://nowhere.invalid", "dns", ErrorClass::Unavailable),
    ] {
        let failure = failure(corner.run_at(url, json!({})).await);
        assert_eq!(failure.class, class, "{failure:?}");
        let (_, settled) = corner.calls().pop().unwrap();
        let Some(Settled::Broken { kind: said, message, .. }) = settled else { panic!("{settled:?}") };
        assert_eq!((said.as_str(), message), (kind, failure.message));
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_leaves_a_write_unknown() {
    let (corner, outcome) = answered("write", 200, "text/plain", &"x".repeat(70_000), "{}").await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert!(matches!(&corner.calls()[0].1, Some(Settled::Broken { kind, .. }) if kind == "too_large"));
}

#[tokio::test]
async fn a_step_uses_the_answer_of_the_step_before_it() {
    let two = manifest("read", PLAIN, r#"{ outputs: { both: "=[look.body.id, more.body.id]" } }"#).replace(
        "    result:",
        "      - name: more\n        request: { method: GET, url: \"{config.url}/more/{look.body.id}\" }\n    result:",
    );
    let corner = Corner::open(&two).await;
    corner.answer("/look", 200, "application/json", r#"{"id": "a b"}"#);
    corner.answer("/more", 200, "application/json", r#"{"id": 2}"#);
    let success = success(corner.run(json!({})).await);
    assert_eq!((success.outputs, corner.last("/more").uri.as_str()), (json!({"both": ["a b", 2]}), "/more/a%20b"));
    assert!(success.took > Duration::ZERO);
    corner.answer("/look", 200, "application/json", "{}");
    let failure = failure(corner.run(json!({})).await);
    assert_eq!(failure.message, "The address lacks “look.body.id”.");
}

#[tokio::test]
async fn a_write_whose_second_step_could_not_be_recorded_is_unknown() {
    let two = manifest("write", PLAIN, "{}").replace(
        "    result:",
        "      - name: more\n        request: { method: GET, url: \"{config.url}/more\" }\n    result:",
    );
    let corner = Corner::open(&two).await;
    corner.refuse_after(1);
    let outcome = corner.run(json!({})).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "the first step was sent: {outcome:?}");
    assert_eq!(corner.manifest.action("look").unwrap().effect, Effect::Write);
}

#[tokio::test]
async fn hosts_of_the_manifest_are_called_without_credentials_only() {
    // An expression, since what stands there as it is would be refused when the manifest is loaded.
    let elsewhere = |auth: &str| {
        let url = "=join('', ['https://elsewhere.invalid', '/look'])";
        manifest("read", &format!("{{ method: GET, url: \"{url}\"{auth} }}"), "{}")
            .replace("\nsensitive:", "\nhosts: [elsewhere.invalid]\nsensitive:")
    };
    let corner = Corner::open(&elsewhere("")).await;
    assert_eq!(failure(corner.run(json!({})).await).class, ErrorClass::Unavailable, "it was tried");
    let corner = Corner::open(&elsewhere(", auth: body")).await;
    let refused = failure(corner.run(json!({})).await);
    assert!(refused.message.contains("elsewhere.invalid is none of this channel's addresses"), "{}", refused.message);
    assert_eq!(corner.calls().len(), 0);
}

#[tokio::test]
async fn secrets_are_in_scope_under_auth_alone() {
    let whole = manifest("read", PLAIN, r#"{ outputs: { config: "=config" } }"#);
    let corner = Corner::open(&whole).await;
    let success = success(corner.run(json!({})).await);
    assert_eq!(success.outputs["config"].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "url"]);
    let _: &Value = &success.outputs;
}
