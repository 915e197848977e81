//! `auth`: how a request says who is calling.

use super::{holds, manifest, problems};

const CONFIG: &str = r"
config:
  required: [url, user, secret]
  properties:
    url: { title: URL, type: string, format: uri, default: https://api.corner.example }
    user: { title: User, type: string, default: desk }
    spare: { title: Spare, type: string }
    secret: { title: Secret, type: string, x-secret: true }
";

fn with(auth: &str, names: &str, calls: &str) -> String {
    manifest(
        &format!("{CONFIG}\nauth:\n{auth}"),
        &format!(
            r#"
  - key: look
    label: Look
    category: A
    effect: read
    verified: assumed
    steps:
      - {{ name: seen, request: {{ method: POST, url: "{{config.url}}/look", auth: {names}, query: {{ q: "a b" }}, body: {{ json: {{ x: 1 }} }} }} }}
    examples:
      - {{ name: signed, config: {{ secret: s3cret }}, now: "2026-11-23T14:00:00Z", calls: [{calls}], gives: {{ outcome: succeeded }} }}
"#
        ),
    )
}

#[tokio::test]
async fn a_key_goes_into_a_header_behind_its_prefix_or_into_the_query() {
    let calls = "{ request: { method: POST, url: https://api.corner.example/look, query: { q: a b, api_key: s3cret },
        headers: { Authorization: Token token=s3cret } }, answer: { status: 200 } }";
    let auth = r#"
  head: { kind: header, name: Authorization, prefix: "Token token=", value: "=config.secret" }
  query: { kind: query, name: api_key, value: "=config.secret" }
"#;
    holds(&with(auth, "[head, query]", calls)).await;
}

#[tokio::test]
async fn a_key_that_the_channel_does_not_have_is_not_sent() {
    let auth = r#"  hosted: { kind: header, name: Authorization, prefix: "ApiKey ", value: "=config.spare" }"#;
    let calls = "{ request: { method: POST, url: https://api.corner.example/look, absent: [Authorization] }, answer: { status: 200 } }";
    holds(&with(auth, "hosted", calls)).await;
}

/// RFC 7617: `desk:s3cret` in base64.
#[tokio::test]
async fn name_and_password_go_as_basic() {
    let auth = r#"  basic: { kind: basic, username: "=config.user", password: "=config.secret" }"#;
    let calls = "{ request: { method: POST, url: https://api.corner.example/look, headers: { Authorization: Basic ZGVzazpzM2NyZXQ= } },
        answer: { status: 200 } }";
    holds(&with(auth, "basic", calls)).await;
}

/// The signature was worked out apart from this code:
/// `printf '1795442400POST/look?q=a+b{"x":1}' | openssl dgst -sha256 -hmac s3cret`.
#[tokio::test]
async fn a_signature_covers_time_method_path_and_the_very_bytes() {
    let auth = r#"
  app: { kind: header, name: X-App-Token, value: "=config.user" }
  signed:
    kind: hmac
    algorithm: sha256
    encoding: hex
    key: "=config.secret"
    timestamp: { header: X-Ts, unit: seconds }
    parts: [timestamp, method, path, body]
    send: { header: X-Sig }
"#;
    let calls = format!(
        "{{ request: {{ method: POST, url: https://api.corner.example/look, headers: {{ X-Ts: \"1795442400\", X-App-Token: desk,
        X-Sig: {SIGNED} }} }}, answer: {{ status: 200 }} }}"
    );
    holds(&with(auth, "[app, signed]", &calls)).await;
}
const SIGNED: &str = "62f21f273b86240b1b94cc9b8af9196de4b2c8defdcbfbad6563c32557ee4596";

/// `printf 'desk|desk|1795442400000' | openssl dgst -sha512 -hmac s3cret -binary | base64`.
#[tokio::test]
async fn a_signature_may_have_headers_texts_and_a_separator_in_it() {
    let auth = r#"
  app: { kind: header, name: X-App-Token, value: "=config.user" }
  signed: { kind: hmac, algorithm: sha512, encoding: base64, key: "=config.secret", separator: "|",
    timestamp: { header: X-Ts, unit: milliseconds }, parts: [{ header: X-App-Token }, { text: "{config.user}" }, timestamp],
    send: { header: X-Sig, prefix: "v1=" } }
"#;
    let calls = format!(
        "{{ request: {{ method: POST, url: https://api.corner.example/look, headers: {{ X-Sig: \"v1={SIGNED_512}\" }} }}, answer: {{ status: 200 }} }}"
    );
    holds(&with(auth, "[app, signed]", &calls)).await;
}
const SIGNED_512: &str = "16rYksKDnKv1OcSiZSpu5xS+GxKp0PKtdo5T5oqB6HBt3tNqP/Uk+9FM4rVmL15Zq53EodSXZsV0eMYqiJcPKg==";

#[tokio::test]
async fn a_token_comes_by_any_request_and_goes_where_the_manifest_says() {
    let auth = r#"
  key: { kind: header, name: smile-key, value: "=config.secret" }
  token:
    kind: token
    request: { method: POST, url: "{config.url}/token", auth: key, body: { json: { user: "=config.user", secret: "=config.secret" } } }
    succeeds: "=body.ok"
    fails: [{ when: "=body.why", class: auth, message: "=body.why" }]
    token: "=body.data.token"
    life: "=body.data.seconds"
    send: { header: X-Token }
"#;
    let text = with(
        auth,
        "token",
        "{ request: { method: POST, url: https://api.corner.example/look, headers: { X-Token: example-token } }, answer: { status: 200 } }",
    );
    holds(&text).await;
    let obtain = |answer: &str, gives: &str| {
        text.replace("request: { method: POST, url: \"{config.url}/look\", auth: token, query: { q: \"a b\" }, body: { json: { x: 1 } } }", "obtain: token")
            .replace("{ request: { method: POST, url: https://api.corner.example/look, headers: { X-Token: example-token } }, answer: { status: 200 } }",
                &format!("{{ request: {{ method: POST, url: https://api.corner.example/token, headers: {{ smile-key: s3cret }}, body: {{ user: desk, secret: s3cret }} }}, answer: {answer} }}"))
            .replace("gives: { outcome: succeeded }", &format!("gives: {gives}"))
    };
    holds(&obtain("{ status: 200, body: { ok: true, data: { token: abc, seconds: 900 } } }", "{ outcome: succeeded }"))
        .await;
    let refused = "{ outcome: failed, class: auth, message: No such user }";
    holds(&obtain("{ status: 200, body: { ok: false, why: No such user } }", refused)).await;
    let without =
        "{ outcome: failed, class: answer, message: Corner Checks was asked for a token and answered without one. }";
    holds(&obtain("{ status: 200, body: { ok: true } }", without)).await;
}

/// RFC 6749, sections 2.3.1, 3.3 and 4.4.
#[tokio::test]
async fn client_credentials_take_a_scope_and_more() {
    let auth = r#"  oauth: { kind: oauth2_client_credentials, token_url: "{config.url}/token", client_auth: basic, client_id: "=config.user",
    client_secret: "=config.secret", scope: "checks read", extra: { audience: "https://corner.example", spare: "=config.spare" } }"#;
    let text = with(auth, "oauth", "CALL").replace("request: { method: POST, url: \"{config.url}/look\", auth: oauth, query: { q: \"a b\" }, body: { json: { x: 1 } } }", "obtain: oauth");
    let call = "{ request: { method: POST, url: https://api.corner.example/token, headers: { Authorization: Basic ZGVzazpzM2NyZXQ= },
        body: { grant_type: client_credentials, scope: checks read, audience: https://corner.example } },
        answer: { status: 200, body: { access_token: abc, token_type: Bearer, expires_in: 300 } } }";
    holds(&text.replace("CALL", call)).await;
}

#[test]
fn what_cannot_work_is_told_where_it_stands() {
    let said = |auth: &str, names: &str| problems(&with(auth, names, ""));
    let circle = said(
        "  a: { kind: token, request: { method: GET, url: \"{config.url}\", auth: b }, token: \"=body\", send: { header: X-A } }
  b: { kind: token, request: { method: GET, url: \"{config.url}\", auth: a }, token: \"=body\", send: { header: X-B } }",
        "a",
    );
    assert!(circle.contains("To obtain “a” takes “a” itself."), "{circle}");
    let kinds = said("  a: { kind: magic }", "a");
    assert!(kinds.contains("“magic” is no value of “kind”."), "{kinds}");
    let parts = said(
        "  a: { kind: hmac, algorithm: md5, encoding: hex, key: \"=config.secret\", parts: [timestamp, bdy], send: { header: X } }",
        "a",
    );
    assert!(
        parts.contains("“md5” is no known algorithm.") && parts.contains("There is no `timestamp` to sign."),
        "{parts}"
    );
    assert!(parts.contains("“bdy” is no part of the message. Did you mean “body”?"), "{parts}");
    let header = said("  a: { kind: header, name: Content-Length, value: x }", "a");
    assert!(header.contains("“Content-Length” cannot be set here."), "{header}");
}
