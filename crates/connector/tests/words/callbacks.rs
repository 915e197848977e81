//! `callbacks`: what a provider sends by itself.

use super::{manifest, parsed, problems};
use dossier_connector::{CallbackError, Channel, Event};
use dossier_domain::Timestamp;
use dossier_domain::Work;
use http::HeaderMap;
use serde_json::json;

const ACTIONS: &str = "  - { key: start, label: Start, category: A, effect: write, verified: assumed, callback: true, steps: [{ name: s, request: { method: POST, url: \"{config.url}\" } }], result: { outputs: { applicantId: \"=s.body.id\", checkId: \"=s.body.id\" } } }";

const CONFIG: &str = r"
config:
  required: [url]
  properties:
    url: { title: URL, type: string, format: uri, default: https://api.corner.example }
    hook: { title: Webhook secret, type: string, x-secret: true }
    hookNext: { title: Next webhook secret, type: string, x-secret: true }
";
const EVENT: &str = r#"
  event: { id: "=body.correlationId", time: "=body.createdAt", subject: "=body.applicantId", type: "=body.type" }
  subject: applicantId
"#;
/// Every header's scheme of two providers in one: the algorithm by a header, the time and the signatures in another.
const SIGNED: &str = r#"
  verify:
    algorithm: { header: X-Alg, values: { HMAC_SHA1_HEX: sha1, HMAC_SHA256_HEX: sha256 } }
    encoding: hex
    key: ["=config.hook", "=config.hookNext"]
    parts: [timestamp, { text: "." }, body]
    signature: { header: Corner-Signature, pattern: "v1=([0-9a-f]+)" }
    timestamp: { header: Corner-Signature, pattern: "t=([0-9]+)", unit: seconds, tolerance: 300 }
  then: { state: { from: "=body.result", waiting: [PENDING], succeeded: [GREEN], failed: [RED] } }
"#;
const BODY: &str = r#"{"type":"reviewed","applicantId":"a-7","correlationId":"c-1","createdAt":"2026-11-23 13:59:58","result":"GREEN"}"#;
/// `printf '1795442400.BODY' | openssl dgst -sha256 -hmac whsec`, and with `-sha1`.
const SHA256: &str = "cdfe82cfb5f4b0d9aba5090dfc85c58d624faef1ed900733e66968a3cfce266d";
const SHA1: &str = "8dee0ea8f89118d23d41fe90bed733c586654e5c";
const NOW: i64 = 1_795_442_400_000_000;

fn read(
    signature: &str,
    algorithm: &str,
    body: &str,
    now: i64,
    secrets: &[(&str, &str)],
) -> Result<Event, CallbackError> {
    let manifest = parsed(&manifest(&format!("{CONFIG}\ncallbacks:{EVENT}{SIGNED}"), ACTIONS));
    let channel = Channel {
        id: "c".to_owned(),
        version: 1,
        config: json!({"url": "https://api.corner.example"}),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into())).collect(),
    };
    let mut headers = HeaderMap::new();
    headers.insert("corner-signature", signature.parse().unwrap());
    headers.insert("x-alg", algorithm.parse().unwrap());
    manifest.callback(&channel, &headers, body.as_bytes(), Timestamp::from_micros(now))
}

#[test]
fn a_signed_callback_tells_what_happened() {
    let event = read(&format!("t=1795442400,v1={SHA256}"), "HMAC_SHA256_HEX", BODY, NOW, &[("hook", "whsec")]).unwrap();
    assert_eq!(
        event,
        Event {
            trusted: true,
            id: Some("c-1".to_owned()),
            time: Some(Timestamp::from_micros(NOW - 2_000_000)),
            subject: Some("a-7".to_owned()),
            output: "applicantId".to_owned(),
            kind: Some("reviewed".to_owned()),
            work: Some(Work::Succeeded),
        }
    );
    assert!(read(&format!("t=1795442400,v1={SHA1}"), "HMAC_SHA1_HEX", BODY, NOW, &[("hook", "whsec")]).is_ok());
}

#[test]
fn while_a_secret_is_replaced_both_count() {
    let two = format!("t=1795442400,v1=00ff,v1={SHA256}");
    assert!(read(&two, "HMAC_SHA256_HEX", BODY, NOW, &[("hook", "older"), ("hookNext", "whsec")]).is_ok());
    assert_eq!(read(&two, "HMAC_SHA256_HEX", BODY, NOW, &[("hook", "older")]), Err(CallbackError::Forged));
}

#[test]
fn what_is_forged_stale_or_unsigned_is_refused() {
    let (good, secrets) = (format!("t=1795442400,v1={SHA256}"), [("hook", "whsec")]);
    let changed = BODY.replace("GREEN", "RED");
    assert_eq!(read(&good, "HMAC_SHA256_HEX", &changed, NOW, &secrets), Err(CallbackError::Forged));
    let later = good.replace("t=1795442400", "t=1795442401");
    assert_eq!(
        read(&later, "HMAC_SHA256_HEX", BODY, NOW, &secrets),
        Err(CallbackError::Forged),
        "the time is signed too"
    );
    assert_eq!(read(&good, "HMAC_MD5_HEX", BODY, NOW, &secrets), Err(CallbackError::Algorithm));
    for late in [NOW + 301_000_000, NOW - 301_000_000] {
        assert_eq!(read(&good, "HMAC_SHA256_HEX", BODY, late, &secrets), Err(CallbackError::Stale));
    }
    assert!(read(&good, "HMAC_SHA256_HEX", BODY, NOW + 299_000_000, &secrets).is_ok());
    assert_eq!(read("v0=1", "HMAC_SHA256_HEX", BODY, NOW, &secrets), Err(CallbackError::Unsigned));
    assert_eq!(read(&good, "HMAC_SHA256_HEX", BODY, NOW, &[]), Err(CallbackError::NoKey));
    assert_eq!(
        read(&good, "HMAC_SHA256_HEX", BODY, NOW, &[("hook", "")]),
        Err(CallbackError::NoKey),
        "an empty secret is none"
    );
}

#[test]
fn an_unsigned_callback_is_only_a_hint() {
    let text = manifest(&format!("{CONFIG}\ncallbacks:{EVENT}  then: poll\n"), ACTIONS);
    let channel = Channel { id: String::new(), version: 1, config: json!({}), secrets: [].into() };
    let event =
        parsed(&text).callback(&channel, &HeaderMap::new(), BODY.as_bytes(), Timestamp::from_micros(NOW)).unwrap();
    assert_eq!((event.trusted, event.work, event.subject.as_deref()), (false, None, Some("a-7")));
    let nonsense = parsed(&text).callback(&channel, &HeaderMap::new(), b"\xff{", Timestamp::from_micros(NOW)).unwrap();
    assert_eq!((nonsense.subject, nonsense.id), (None, None));
    let then = "  then: { state: { from: \"=body.result\", succeeded: [GREEN] } }\n";
    let said = problems(&manifest(&format!("{CONFIG}\ncallbacks:{EVENT}{then}"), ACTIONS));
    assert!(said.contains("A callback that anyone may send cannot decide anything."), "{said}");
    let strange =
        manifest(&format!("{CONFIG}\ncallbacks:{EVENT}  then: poll\n"), &ACTIONS.replace("applicantId", "applicant"));
    assert!(problems(&strange).contains("No action has an output “applicantId”."), "{}", problems(&strange));
    let said = problems(&manifest(CONFIG, ACTIONS));
    assert!(said.contains("Start waits for a callback, and the manifest says nothing of callbacks."), "{said}");
}

/// The body and its signature are published in the tests of a provider's own client library (onfido-python,
/// `tests/test_webhook_event_verifier.py`).
#[tokio::test]
async fn a_callback_has_examples_too() {
    let parts = r#"
callbacks:
  verify: { algorithm: sha256, encoding: hex, key: "=config.hook", parts: [body], signature: { header: X-SHA2-Signature } }
  event: { subject: "=body.payload.object.id", type: "=body.payload.action", time: "=body.payload.object.completed_at_iso8601" }
  subject: checkId
  then: { state: { from: "=body.payload.object.status", succeeded: [complete] } }
  examples:
    - name: published
      config: { hook: _ABC123abc123ABC123abc123ABC123_ }
      callback: &published
        headers: { X-SHA2-Signature: a0082d7481f9f0a2907583dbe1f344d6d4c0d9989df2fd804f98479f60cd760e }
        text: '{"payload":{"resource_type":"check","action":"check.completed","object":{"id":"check-123","status":"complete","completed_at_iso8601":"2020-01-01T00:00:00Z","href":"https://api.onfido.com/v3/checks/check-123"}}}'
      gives: { event: { trusted: true, subject: check-123, type: check.completed, time: "2020-01-01T00:00:00Z", state: succeeded } }
    - name: with another secret
      config: { hook: another }
      callback: *published
      gives: { refused: forged }
"#;
    super::holds(&manifest(&format!("{CONFIG}{parts}"), ACTIONS)).await;
}
