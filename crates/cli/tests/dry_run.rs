//! `dossier provider run --dry-run`: what would go out, before anything does.

#![expect(clippy::unwrap_used, reason = "tests")]

use dossier_testkit::{Ended, Program};

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");
/// What must be printed nowhere.
const SECRET: &str = "s3cret-with-signs";
const ID_NUMBER: &str = "8001015009087";

/// A provider that one signs in to twice over: a client's token opens the way to a session.
const MANIFEST: &str = "\
manifest: 1
key: corner
name: Corner Checks
version: \"1\"
description: A provider
module: kyc-corner
config:
  required: [region, url, user, secret]
  properties:
    region:
      title: Region
      type: string
      oneOf:
        - { const: eu, title: Europe, x-sets: { url: \"https://eu.corner.example\" } }
        - { const: own, title: Another address }
    url: { title: URL, type: string, format: uri }
    user: { title: User, type: string, default: desk }
    secret: { title: Secret, type: string, x-secret: true }
auth:
  client:
    kind: oauth2_client_credentials
    token_url: \"{config.url}/token\"
    client_id: \"=config.user\"
    client_secret: \"=config.secret\"
  session:
    kind: token
    request:
      method: POST
      url: \"{config.url}/sessions\"
      auth: client
      body: { json: { user: \"=config.user\", proof: \"=config.secret\" } }
    token: \"=body.ticket\"
    send: { header: X-Ticket }
redact: { headers: [X-Subject] }
actions:
  - key: look
    label: Look
    category: Looks
    effect: read
    verified: assumed
    params:
      required: [idNumber]
      properties:
        idNumber: { title: ID number, type: string, format: za-id, x-sensitive: true }
        nick: { title: Nickname, type: string, x-sensitive: true }
    steps:
      - name: seen
        request:
          method: POST
          url: \"{config.url}/look\"
          auth: session
          headers: { X-Subject: \"=params.nick\" }
          body: { json: { IDNumber: \"=params.idNumber\", nick: \"=params.nick\" } }
";

fn dry(more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("provider.yaml"), MANIFEST).unwrap();
    let id = format!("idNumber={ID_NUMBER}");
    let all = [&["provider", "run", "provider.yaml", "look", "--dry-run", "--params", &id, "nick=Zizi"], more].concat();
    Program::start(DOSSIER, folder.path(), &all, &[("DOSSIER_PROVIDER_SECRET", SECRET)]).end()
}

#[test]
fn the_requests_for_tokens_are_shown_in_their_order_before_that_of_the_action() {
    let ended = dry(&["--config", "region=eu"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    let heads: Vec<&str> = ended.out.lines().filter(|line| line.starts_with('→')).collect();
    assert_eq!(
        heads,
        [
            "→ POST https://eu.corner.example/token (auth.client)",
            "→ POST https://eu.corner.example/sessions (auth.session)",
            "→ POST https://eu.corner.example/look (seen)",
        ]
    );
    assert!(ended.out.contains("grant_type=client_credentials&client_id=desk&client_secret=▮▮▮"), "{}", ended.out);
    assert!(ended.out.contains("\"user\": \"desk\"") && ended.out.contains("    x-ticket: redacted"), "{}", ended.out);
    assert!(ended.out.ends_with("Nothing was sent. What follows this request depends on its answer.\n"));
    assert!(![SECRET, ID_NUMBER, "Zizi"].iter().any(|word| ended.out.contains(word)), "{}", ended.out);
}

#[test]
fn what_a_choice_would_replace_is_refused_by_both_names() {
    let given = ["--config", "region=eu", "url=http://127.0.0.1:9"];
    let said = "config.url is given as http://127.0.0.1:9, and region=eu sets it to https://eu.corner.example, which would count. Leave url out, or choose another region.";
    assert_eq!(dry(&given).refusal(), said);
    for sound in [["region=own", "url=http://127.0.0.1:9"], ["region=eu", "url=https://eu.corner.example"]] {
        let ended = dry(&[&["--config"][..], &sound].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "the control: {sound:?}");
    }
}

#[test]
fn who_asks_for_it_sees_what_was_typed_and_never_a_credential() {
    let ended = dry(&["--config", "region=eu", "--reveal"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    for shown in ["\"IDNumber\": \"8001015009087\"", "\"nick\": \"Zizi\"", "    x-subject: Zizi"] {
        assert!(ended.out.contains(shown), "{shown}\n{}", ended.out);
    }
    assert!(ended.out.contains("    x-ticket: redacted") && ended.out.contains("\"proof\": \"▮▮▮\""), "{}", ended.out);
    assert!(![SECRET, "example-token"].iter().any(|word| ended.out.contains(word)), "{}", ended.out);
}
