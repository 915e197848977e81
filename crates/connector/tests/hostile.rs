//! Answers that are made to bring the server to its knees: bounded work, nothing kept that cannot be redacted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "other tests use the rest of it")]
mod corner;

use std::time::Duration;

use corner::Corner;
use dossier_connector::{Outcome, Settled};
use dossier_domain::ErrorClass;
use dossier_outbound::Policy;
use serde_json::{Value, json};

/// An action `look` that shows what stands in `rows` and is a `read` or a `write`.
fn manifest(effect: &str) -> String {
    format!(
        r#"manifest: 1
key: corner
name: Corner
version: "1"
description: A small provider
module: kyc-corner
config:
  properties:
    url: {{ title: URL, type: string, format: uri }}
    id: {{ title: ID, type: string }}
    secret: {{ title: Secret, type: string, x-secret: true }}
auth:
  body: {{ kind: oauth2_client_credentials, token_url: "{{config.url}}/token", client_id: "=config.id", client_secret: "=config.secret" }}
actions:
  - key: look
    label: Look
    category: Things
    effect: {effect}
    verified: assumed
    steps:
      - name: look
        request: {{ method: GET, url: "{{config.url}}/look", auth: body }}
    result: {{ display: {{ summary: "Of {{look.body.of}}", sections: [{{ table: {{ rows: "=look.body.rows",
      columns: [{{ label: Number, value: "=number" }}] }} }}] }} }}
"#
    )
}

const TOKEN: &str = r#"{"access_token": "tok-1", "expires_in": 300}"#;

async fn run(effect: &str, token: &str, look: &str) -> (Corner, Outcome) {
    let corner = Corner::open_for(&manifest(effect), 10_000_000).await;
    corner.answer("/token", 200, "application/json", token);
    corner.answer("/look", 200, "application/json", look);
    let outcome = corner.run(json!({})).await;
    (corner, outcome)
}

/// What was recorded of the last answer.
fn recorded(corner: &Corner) -> String {
    let (_, settled) = corner.calls().pop().unwrap();
    let Some(Settled::Answered { body, .. }) = settled else { panic!("{settled:?}") };
    String::from_utf8(body).unwrap()
}

fn tokens(count: usize) -> String {
    (0..count).map(|n| json!({"token": format!("aaa{n}"), "of": format!("see aaa{n}")})).collect::<Value>().to_string()
}

#[tokio::test]
async fn an_answer_with_more_secrets_than_can_be_looked_for_is_not_kept() {
    for count in [150, 60_000] {
        let (corner, outcome) = run("read", TOKEN, &tokens(count)).await;
        let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!((failure.class, failure.quoted), (ErrorClass::Answer, false));
        assert!(failure.message.contains("more secrets"), "{}", failure.message);
        let kept = recorded(&corner);
        assert!(kept.starts_with(&format!("[{} bytes of ", tokens(count).len())), "{kept:.200}");
        assert!(kept.len() < 200 && kept.contains("; HMAC-SHA-256 "), "{kept:.200}");
    }
}

#[tokio::test]
async fn a_write_whose_answer_cannot_be_kept_may_have_been_done() {
    let (corner, outcome) = run("write", TOKEN, &tokens(150)).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert!(recorded(&corner).starts_with('['));
}

#[tokio::test]
async fn a_token_answer_is_held_to_the_same_bound() {
    let (corner, outcome) = run("write", &tokens(150), "{}").await;
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert!(failure.class == ErrorClass::Answer && failure.message.contains("more secrets"), "{failure:?}");
    assert_eq!((corner.count("/look"), recorded(&corner).contains("aaa")), (0, false));
}

#[tokio::test]
async fn one_secret_many_times_over_is_one_secret() {
    let look: Value = (0..20_000).map(|_| json!({"token": "the same", "note": "it is the same"})).collect();
    let (corner, outcome) = run("read", TOKEN, &look.to_string()).await;
    let Outcome::Succeeded(success) = outcome else { panic!("{outcome:?}") };
    assert!(!recorded(&corner).contains("the same") && recorded(&corner).contains("it is"));
    assert!(!String::from_utf8(success.raw).unwrap().contains("the same"));
}

#[tokio::test]
async fn thousands_of_personal_values_are_shown_masked() {
    let number = |n: usize| format!("P{n:08}");
    let rows: Vec<Value> = (0..10_000).map(|n| json!({"passportNumber": number(n), "number": number(n)})).collect();
    let of = format!("{} and {}", number(7), number(9_999));
    let (_, outcome) = run("read", TOKEN, &json!({"rows": rows, "of": of}).to_string()).await;
    let Outcome::Succeeded(success) = outcome else { panic!("{outcome:?}") };
    assert_eq!(success.display.summary.as_deref(), Some("Of ••••••007 and ••••••999"));
    let rows = &success.display.sections[0].table.as_ref().unwrap().rows;
    assert!(rows.len() == 10_000 && rows.iter().all(|row| row[0].masked));
}

/// Without it each holds what the others wait for, until all give up.
#[tokio::test]
async fn runs_of_several_steps_do_not_wait_for_each_others_answers() {
    const SIZE: usize = 30_000;
    let step =
        |name: &str| json!({"name": name, "request": {"method": "GET", "url": format!("{{config.url}}/{name}")}});
    let manifest = json!({"manifest": 1, "key": "corner", "name": "Corner", "version": "1",
        "description": "A small provider", "module": "kyc-corner",
        "config": {"required": ["url"], "properties": {"url": {"title": "URL", "type": "string", "format": "uri"}}},
        "actions": [{"key": "look", "label": "Look", "category": "A", "effect": "read", "verified": "assumed",
            "steps": [step("one"), step("two")]}]});
    let policy =
        Policy { max_body: SIZE, memory: 3 * SIZE, total_timeout: Duration::from_secs(5), ..Policy::default() };
    let corner = Corner::open_with(&manifest.to_string(), policy).await;
    let large = json!("x".repeat(SIZE - 2)).to_string();
    corner.answer("/one", 200, "application/json", &large);
    corner.answer("/two", 200, "application/json", &large);
    let run = || corner.run(json!({}));
    let ends = tokio::join!(run(), run(), run(), run(), run(), run());
    for end in [ends.0, ends.1, ends.2, ends.3, ends.4, ends.5] {
        assert!(matches!(end, Outcome::Succeeded(_)), "{end:?}");
    }
}
