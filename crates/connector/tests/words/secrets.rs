//! Whatever a manifest says, credentials go to the channel's own addresses, and nothing that is secret is recorded.

use super::{end, manifest, parsed, problems};
use dossier_connector::{Manifest, Outcome, Rehearsal};

fn with(parts: &str, request: &str, params: &str, calls: &str) -> String {
    let action = r"
  - key: look
    label: Look
    category: A
    effect: write
    verified: assumed
    params: { properties: { to: { title: To, type: string }, born: { title: Born, type: string } } }
    steps: [{ name: seen, request: REQUEST }]
    examples:
      - { name: one, config: { secret: s3cret-of-ours }, params: PARAMS, calls: [CALLS], gives: { outcome: succeeded } }
";
    let action = action.replace("REQUEST", request).replace("PARAMS", params).replace("CALLS", calls);
    manifest(
        &format!(
            "hosts: [files.example]\nauth:\n  key: {{ kind: header, name: X-Key, value: \"=config.secret\" }}\n{parts}"
        ),
        &action,
    )
}

#[tokio::test]
async fn credentials_go_to_no_host_but_the_channels_own() {
    for url in [
        "https://files.example/a",
        "https://evil.example/a",
        "{params.to}",
        "=params.to",
        "=join('', ['https://evil', '.example/a'])",
        "{config.url}.evil.example/",
        "{config.url}@evil.example/",
        "https://api.corner.example.evil.example/",
        "https://api.corner.example@evil.example/",
        "https://api.corner.example:8443/",
        "http://api.corner.example/",
    ] {
        let request = format!("{{ method: GET, url: \"{url}\", auth: key }}");
        let text = with("", &request, "{ to: \"https://evil.example/\" }", "{ answer: { status: 200 } }");
        if let Err(refused) = Manifest::parse(&text) {
            let said: Vec<String> = refused.iter().map(ToString::to_string).collect();
            assert!(said.iter().any(|s| s.contains("none of the channel's addresses")), "{url}: {said:?}");
            continue;
        }
        let Outcome::Failed(failure) = end(&text).await else { panic!("{url} was called") };
        assert!(
            failure.message.contains("none of this channel's addresses")
                || failure.message.contains("cannot be called"),
            "{url}: {}",
            failure.message
        );
        assert!(Rehearsal::of(&parsed(&text))[0].recorded().await.0.is_empty(), "{url}: something went out");
    }
    // The control: without credentials a host of the list may be called.
    let request = "{ method: GET, url: \"https://files.example/a\" }";
    let Outcome::Succeeded(_) = end(&with("", request, "{}", "{ answer: { status: 200 } }")).await else {
        panic!("it may be called")
    };
}

#[tokio::test]
async fn a_token_is_asked_for_at_the_channels_own_addresses_only() {
    for entry in [
        "oauth: { kind: oauth2_client_credentials, token_url: \"=lower('https://files.example/t')\", client_id: a, client_secret: \"=config.secret\" }",
        "oauth: { kind: token, request: { method: POST, url: \"=lower('https://files.example/t')\", body: { json: { s: \"=config.secret\" } } }, token: \"=body.t\", send: { header: X-T } }",
    ] {
        let text =
            with(&format!("  {entry}"), "{}", "{}", "{ answer: { status: 200, body: { access_token: x, t: x } } }")
                .replace("request: {}", "obtain: oauth");
        let Outcome::Failed(failure) = end(&text).await else { panic!("{entry}") };
        assert!(failure.message.contains("none of this channel's addresses"), "{}", failure.message);
    }
}

/// Whatever a provider calls its token, and wherever it stands in the answer.
#[tokio::test]
async fn a_token_is_not_recorded_under_any_name() {
    for (rule, answer) in [
        ("=body.ticket", "{ status: 200, body: { ticket: live-token-1 } }"),
        ("=body", "{ status: 200, text: live-token-1 }"),
        ("=headers.\\\"x-subject-token\\\"", "{ status: 200, headers: { X-Subject-Token: live-token-1 } }"),
    ] {
        let entry = format!(
            "  ticket: {{ kind: token, request: {{ method: POST, url: \"{{config.url}}/t\" }}, token: \"{rule}\", send: {{ header: X-T }} }}"
        );
        let text =
            with(&entry, "{}", "{}", &format!("{{ answer: {answer} }}")).replace("request: {}", "obtain: ticket");
        let (_, settled) = Rehearsal::of(&parsed(&text))[0].recorded().await;
        let recorded = settled.iter().map(|s| match s {
            dossier_connector::Settled::Answered { headers, body, .. } => {
                format!("{headers:?}{}", String::from_utf8_lossy(body))
            }
            dossier_connector::Settled::Broken { message, .. } => message.clone(),
        });
        let recorded: String = recorded.collect();
        assert!(!recorded.contains("live-token-1") && !settled.is_empty(), "{rule}: {recorded}");
    }
}

#[test]
fn secrets_stand_under_auth_only() {
    for request in [
        "{ method: GET, url: \"{config.url}/{config.secret}\" }",
        "{ method: GET, url: \"{config.url}\", query: { a: \"=config.secret\" } }",
        "{ method: POST, url: \"{config.url}\", body: { json: { a: [\"=join('', ['x', config.secret])\"] } } }",
        "{ method: POST, url: \"{config.url}\", body: { multipart: [{ name: a, text: \"=config.secret\" }] } }",
    ] {
        let said = problems(&with("", request, "{}", ""));
        assert!(
            said.contains("“config.secret” is a secret, and secrets stand only under `auth`."),
            "{request}: {said}"
        );
    }
}

/// A whole of `config` names no secret, and yet must not bring one along.
#[tokio::test]
async fn the_whole_configuration_has_no_secret_in_it() {
    let request = "{ method: POST, url: \"{config.url}/a\", body: { json: { all: \"=config\" } } }";
    let text = with(
        "",
        request,
        "{}",
        "{ request: { method: POST, url: https://api.corner.example/a, body: { all: { url: https://api.corner.example } } }, answer: { status: 200 } }",
    );
    super::holds(&text).await;
}

#[tokio::test]
async fn what_a_manifest_marks_is_not_recorded() {
    let parts = "redact: { headers: [X-Subject], query: [fullName], pointers: [/data/born, /people/*/name, /list/0] }";
    let request = r#"{ method: POST, url: "{config.url}/a", auth: key, headers: { X-Subject: "=params.to" }, query: { fullName: "=params.to", other: kept },
        body: { json: { data: { born: "=params.born", kept: kept }, people: [{ name: "=params.to" }, { name: other, kept: kept }], list: [one, two] } } }"#;
    let calls = "{ answer: { status: 200, body: { data: { born: \"1980-01-01\", kept: kept }, people: { x: { name: Somebody } } } } }";
    let text = with(parts, request, "{ to: Nomvula, born: \"1980-01-01\" }", calls);
    let (sent, settled) = Rehearsal::of(&parsed(&text))[0].recorded().await;
    let everything = format!("{}{:?}{:?}", sent[0].url, sent[0].headers, String::from_utf8_lossy(&sent[0].body));
    let answer = format!(
        "{:?}",
        settled
            .iter()
            .map(|s| match s {
                dossier_connector::Settled::Answered { body, .. } => String::from_utf8_lossy(body).into_owned(),
                dossier_connector::Settled::Broken { .. } => String::new(),
            })
            .collect::<Vec<_>>()
    );
    for gone in ["Nomvula", "1980-01-01", "s3cret-of-ours", "\"one\"", "Somebody"] {
        assert!(!everything.contains(gone) && !answer.contains(gone), "{gone} in {everything} {answer}");
    }
    assert!(everything.contains("other=kept") && everything.contains("two") && answer.contains("kept"));
}
