//! What an author of a manifest is told.
#![expect(clippy::unwrap_used, reason = "tests")]

use dossier_connector::{Effect, Manifest, Registry, Verified};

/// A manifest in which every keyword of a small provider stands once.
const SMALL: &str = r#"manifest: 1
key: small
name: Small
version: "1"
description: A small provider
module: kyc-small
config:
  required: [url]
  properties:
    url: { title: URL, type: string, format: uri }
    secret: { title: Secret, type: string, x-secret: true }
auth:
  bearer:
    kind: oauth2_client_credentials
    token_url: "{config.url}/token"
    client_id: "small"
    client_secret: "=config.secret"
actions:
  - key: look
    label: Look
    category: Things
    effect: read
    verified: assumed
    params:
      required: [name]
      properties:
        name: { title: Name, type: string, x-default: "=request.reference" }
    steps:
      - name: look
        request:
          method: GET
          url: "{config.url}/things/{params.name}"
          auth: bearer
        fails:
          - { when: "=status == `404`", class: not_found, message: "=body.message" }
    result:
      outputs:
        id: "=look.body.id"
      display:
        summary: "{look.body.id}"
"#;

/// The problems that `from` replaced by `to` makes, as `line: message mend`.
fn told(from: &str, to: &str) -> Vec<String> {
    assert!(SMALL.contains(from), "{from}");
    let problems = Manifest::parse(&SMALL.replace(from, to)).unwrap_err();
    problems.iter().map(|p| format!("{}: {} {}", p.line, p.message, p.mend)).collect()
}

#[test]
fn the_small_manifest_is_fine() {
    let manifest = Manifest::parse(SMALL).unwrap();
    assert_eq!(
        (manifest.key.as_str(), manifest.module.as_str(), manifest.text.as_str()),
        ("small", "kyc-small", SMALL)
    );
    assert_eq!(manifest.digest.len(), 64);
    let action = manifest.action("look").unwrap();
    assert_eq!(
        (action.effect, action.verified, action.charged, action.decides),
        (Effect::Read, Verified::Assumed, false, false)
    );
}

#[test]
fn a_misspelt_key_is_answered_with_the_one_that_was_meant() {
    assert_eq!(
        told("    label: Look", "    lable: Look"),
        ["20: “lable” is not known here. Did you mean “label”?"],
        "that it is missing is not told too"
    );
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_text() {
    let text = SMALL
        .replace("effect: read", "effect: reed")
        .replace("format: uri", "format: url")
        .replace("id: \"=look", "id: \"=lok");
    let lines: Vec<u64> = Manifest::parse(&text).unwrap_err().iter().map(|p| p.line).collect();
    assert_eq!(lines, [10, 22, 38]);
}

#[test]
fn names_that_are_not_in_scope_are_refused() {
    assert_eq!(
        told("{config.url}/things", "{config.ulr}/things"),
        ["32: There is no “config.ulr”. Did you mean “config.url”?"]
    );
    assert_eq!(told("{params.name}", "{params.nmae}"), ["32: There is no “params.nmae”. Did you mean “params.name”?"]);
    assert_eq!(told("=look.body.id", "=body.id").len(), 1, "after the steps, an answer is named by its step");
    assert_eq!(
        told("=body.message", "=date2(body.message)"),
        ["35: There is no function “date2”. Did you mean “date”?"]
    );
    assert!(told("=request.reference", "=params.name")[0].contains("“params” is not in scope here."));
}

#[test]
fn secrets_stand_only_under_auth() {
    let told = told("{config.url}/things/{params.name}", "{config.url}/things/{config.secret}");
    assert_eq!(
        told,
        [
            "32: “config.secret” is a secret, and secrets stand only under `auth`. Name an entry of `auth` at the request instead."
        ]
    );
}

#[test]
fn values_of_the_wrong_kind_are_told_with_what_to_write() {
    assert_eq!(
        told("version: \"1\"", "version: 1"),
        ["4: “version” is a number, and should be a text. Quote it: \"1\"."]
    );
    assert_eq!(
        told("manifest: 1", "manifest: 2"),
        ["1: This version of the format is not known. Write `manifest: 1`."]
    );
    assert_eq!(
        told("method: GET", "method: FETCH")[0].split(" Known").next(),
        Some("31: “FETCH” is no value of “method”.")
    );
    assert!(told("auth: bearer", "auth: baerer")[0].contains("Did you mean “bearer”?"));
    assert!(told("\"=look.body.id\"", "\"=look.body.[\"")[0].contains("The expression cannot be read"));
    assert!(told("=status == `404`", "=!look.body")[0].contains("is not in scope"));
    assert!(told("=status == `404`", "=!body.found")[0].contains("the ! ends at the first dot"));
}

#[test]
fn a_display_that_would_not_show_what_was_meant_is_refused() {
    let summary = "summary: \"{look.body.id}\"";
    let item = |words: &str| format!("sections: [{{ items: [{{ label: A, value: \"=look.body.a\", {words} }}] }}]");
    for fine in
        ["format: score, unit: \"%\", limit: 80", "format: money, unit: \"=look.body.c\"", "unit: cm", "format: masked"]
    {
        assert!(Manifest::parse(&SMALL.replace(summary, &item(fine))).is_ok(), "{fine}");
    }
    for (words, message) in [
        ("format: scores", "Did you mean “score”?"),
        ("format: date, limit: 80", "Only a score has a limit."),
        ("limit: 80", "Only a score has a limit."),
        ("format: boolean, unit: \"%\"", "Only a number has a unit."),
        ("format: score, limit: \"=lok.body.l\"", "“lok” is not in scope here."),
        ("format: score, limt: 80", "Did you mean “limit”?"),
    ] {
        assert!(told(summary, &item(words))[0].contains(message), "{words}: {:?}", told(summary, &item(words)));
    }
    let files = "sections: [{ images: [{ label: Photo, image: \"=files.photo\" }],
          compare: { left: { label: L, image: \"=params.name\" }, right: { label: R, image: \"=files.photo\" }, score: \"=look.body.s\" } }]";
    assert!(Manifest::parse(&SMALL.replace(summary, files)).is_ok());
    for (from, to, message) in [
        ("image: \"=files.photo\" }]", "picture: x }]", "“image” is missing here."),
        ("score: \"=look.body.s\"", "limit: 80", "“score” is missing here."),
        ("left: { label: L, image: \"=params.name\" }, ", "", "“left” is missing here."),
        ("=params.name", "=params.nmae", "Did you mean “params.name”?"),
    ] {
        let told = told(summary, &files.replace(from, to));
        assert!(told.iter().any(|line| line.contains(message)), "{to}: {told:?}");
    }
    assert!(told(summary, "sections: [{ title: Nothing }]")[0].contains("A section shows items"));
    assert!(
        told("=body.message", "=files.photo")[0].contains("“files” is not in scope here."),
        "only a display has them"
    );
}

#[test]
fn schemas_outside_of_the_subset_are_refused() {
    let name = "name: { title: Name, type: string, x-default: \"=request.reference\" }";
    for (schema, message) in [
        ("name: { type: object }", "is no value of “type”"),
        ("name: { type: array }", "must say what its rows are"),
        ("name: { pattern: \"(?=x)\" }", "pattern cannot be read"),
        ("name: { format: e-mail }", "Did you mean “email”?"),
        ("name: { allOf: [] }", "“allOf” is not known here"),
        ("_name: { type: string }", "cannot be the name of a field"),
        ("name: { x-default: \"=config.lvl\" }", "There is no “config.lvl”."),
        ("name: { x-default: \"=config.secret\" }", "“config.secret” is a secret"),
        ("name: { minItems: 1 }", "“minItems” needs `type: array`"),
    ] {
        let told = told(name, schema);
        assert!(told.iter().any(|t| t.contains(message)), "{schema}: {told:?}");
    }
    assert!(
        told("required: [name]", "required: [nam]")[0]
            .contains("“nam” is required but is no property. Did you mean “name”?")
    );
}

#[test]
fn what_is_no_yaml_and_what_is_no_mapping_is_refused_without_a_fall() {
    for text in
        ["", "- 1", "text", "manifest: 1", "a: [", "\u{0}", "manifest: 1\nactions: [[]]", "{config: {properties: 1}}"]
    {
        assert!(!Manifest::parse(text).unwrap_err().is_empty(), "{text:?}");
    }
}

/// CHAN-4, TENANT-2
#[test]
fn the_built_in_manifest_of_intouch_asks_for_what_the_guide_lists() {
    let registry = Registry::built_in().unwrap_or_else(|error| panic!("{error}"));
    let manifest = registry.get("intouch").unwrap();
    assert_eq!((manifest.module.as_str(), manifest.name.as_str()), ("kyc-intouch", "InTouch Secure Services"));
    let fields: Vec<_> = manifest.config.fields.iter().map(|f| (f.title.as_str(), f.required)).collect();
    assert_eq!(
        fields,
        [
            ("Auth URL", true),
            ("Base URL", true),
            ("Identity URL", true),
            ("Injection URL", true),
            ("Core URL", true),
            ("Client ID", true),
            ("Client Secret", true),
            ("Organisation Phase Two ID", false),
            ("Library path", false),
            ("Consent path", false),
        ]
    );
    let on_click: Vec<_> = manifest.actions.iter().filter(|a| a.runs_on_click()).map(|a| a.key.as_str()).collect();
    assert_eq!(on_click, ["get_auth_token", "get_organisation_phase_two_id", "get_consent_types"], "ACT-3");
}
