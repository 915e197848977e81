//! Whatever a request and its answer look like, nothing that is recorded holds a secret of the channel or a personal value
//! of the form. The whole way: a manifest, its credentials, its request, an answer that repeats them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use dossier_connector::trial::{leaks, spellings};
use dossier_connector::{Manifest, Rehearsal, Sending, Settled};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A value as secrets and names are, which a header can carry.
fn value(letters: &'static str) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[a-z]{{2}}[0-9]{{2}}{letters}{{4,16}}[0-9]{{2}}[a-z]{{2}}")).unwrap()
}

/// How the request says who is calling.
fn credentials() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"kind": "header", "name": "X-Corner-Key", "prefix": "key=", "value": "=config.secret"})),
        Just(json!({"kind": "query", "name": "k", "value": "=config.secret"})),
        Just(json!({"kind": "basic", "username": "corner", "password": "=config.secret"})),
        Just(json!({"kind": "basic", "username": "=config.secret", "password": "x1"})),
        Just(json!({"kind": "hmac", "algorithm": "sha256", "encoding": "hex", "key": "=config.secret",
            "parts": ["method", "body"], "send": {"header": "X-Corner-Sig"}})),
    ]
}

/// A body with the personal value in it.
fn body() -> impl Strategy<Value = Value> {
    let name = "=params.name";
    prop_oneof![
        Just(json!({"json": {"who": {"names": ["x", name]}, "note": "for {params.name}, please"}})),
        Just(json!({"json": {"text": "=to_string(params)", "twice": "=to_string([to_string(params)])"}})),
        Just(
            json!({"json": {"encoded": "=base64(params.name)", "link": "https://x.example/?q={percent(params.name)}"}})
        ),
        Just(json!({"json": "=params.name"})),
        Just(json!({"form": {"who": name, "all": "=to_string(params)", "=params.name": "x"}})),
        Just(json!({"pairs": {"name": "n", "value": "v"}, "of": [["Who", name], ["Note", "x {params.name}"]]})),
        Just(json!({"multipart": [{"name": "who", "text": name}, {"name": "data", "json": {"a": {"b": name}}},
            {"name": "percent", "text": "{percent(params.name)}"}]})),
        Just(json!({"text": "<who>{params.name}</who>", "type": "text/xml"})),
        Just(json!({"text": "who: {params.name}", "type": "text/plain"})),
        Just(json!({"text": "{params.name}", "type": "application/json"})),
    ]
}

/// An answer of any shape in which `§` stands where a value comes back.
fn answer() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!("§")),
        Just(json!("before §, after")),
        Just(json!({"§": 1})),
        Just(json!("{\"deep\": [\"§\"]}")),
        Just(json!("https://files.example/§?who=§&x=1")),
        Just(json!(7)),
        Just(Value::Null),
    ];
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::vec(("[a-z]{1,5}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    });
    let kinds = prop_oneof![
        Just("application/json"),
        Just("text/plain"),
        Just("text/html"),
        Just("application/xml"),
        Just("application/x-www-form-urlencoded"),
        Just("")
    ];
    let text = prop_oneof![
        tree.prop_map(|tree| tree.to_string()),
        Just("a=§&b=x§y&§=c".to_owned()),
        Just("<p>§</p>".to_owned()),
        Just("{\"broken\": \"§".to_owned()),
    ];
    let headers = prop_oneof![Just("§".to_owned()), Just("https://x.example/a?b=§".to_owned()), Just("7".to_owned())];
    (prop_oneof![Just(200), Just(404), Just(302)], kinds, text, headers).prop_map(|(status, kind, text, header)| {
        json!({"status": status, "headers": {"content-type": kind, "x-note": header}, "text": text})
    })
}

/// `json` with every `§` replaced.
fn filled(json: &Value, by: &str) -> Value {
    match json {
        Value::String(text) => Value::String(text.replace('§', by)),
        Value::Array(items) => items.iter().map(|item| filled(item, by)).collect(),
        Value::Object(pairs) => pairs.iter().map(|(name, value)| (name.clone(), filled(value, by))).collect(),
        other => other.clone(),
    }
}

fn rehearsal(auth: &Value, body: &Value, answer: &Value, secret: &str, name: &str) -> Rehearsal {
    let manifest = json!({
        "manifest": 1, "key": "corner", "name": "Corner", "version": "1", "description": "A small provider",
        "module": "kyc-corner", "auth": {"who": auth},
        "config": {"required": ["url", "secret"], "properties": {
            "url": {"title": "URL", "type": "string", "format": "uri"},
            "secret": {"title": "Secret", "type": "string", "x-secret": true}}},
        "actions": [{"key": "look", "label": "Look", "category": "Things", "effect": "read", "verified": "assumed",
            "params": {"properties": {"name": {"title": "Name", "type": "string", "x-sensitive": true}}},
            "steps": [{"name": "look", "request": {"method": "POST", "auth": "who", "body": body,
                "url": "{config.url}/{params.name}", "query": {"q": "{params.name}"}, "headers": {"X-Who": "=params.name"}}}],
            "examples": [{"name": "one", "params": {"name": name},
                "config": {"url": "https://corner.example", "secret": secret},
                "calls": [{"answer": answer}], "gives": {}}]}]});
    let manifest = Manifest::parse(&manifest.to_string()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    Rehearsal::of(&Arc::new(manifest)).remove(0)
}

/// Every text that was recorded, and what it is.
fn recorded(rehearsal: &Rehearsal) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (sent, settled) = runtime.block_on(rehearsal.recorded());
    assert_eq!((sent.len(), settled.len()), (1, 1), "the request went out");
    let text = |body: &[u8]| String::from_utf8(body.to_vec()).unwrap();
    let kind = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "content-type").map(|(_, kind)| kind.clone()).unwrap_or_default()
    };
    let mut all = Vec::new();
    for Sending { url, headers, body, .. } in sent {
        all.push(("url".to_owned(), url));
        all.push((kind(&headers), text(&body)));
        all.extend(headers.into_iter().map(|(_, value)| ("text/plain".to_owned(), value)));
    }
    for settled in settled {
        let Settled::Answered { headers, body, .. } = settled else { panic!("{settled:?}") };
        all.push((kind(&headers), text(&body)));
        all.extend(headers.into_iter().map(|(_, value)| ("text/plain".to_owned(), value)));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nothing_that_is_recorded_holds_a_secret_or_a_personal_value(
        secret in value("[ -~]"), name in value("[a-zA-Z0-9 éßЖ+&'/-]"), auth in credentials(), body in body(),
        answer in answer(), spelling in 0_usize..10, which in any::<bool>(),
    ) {
        let spelled = spellings(if which { &secret } else { &name }).swap_remove(spelling);
        let rehearsal = rehearsal(&auth, &body, &filled(&answer, &spelled), &secret, &name);
        for (kind, kept) in recorded(&rehearsal) {
            prop_assert!(!leaks(&kept, &kind, &secret), "{:?} in {:?} ({})", secret, kept, kind);
            prop_assert!(!leaks(&kept, &kind, &name), "{:?} in {:?} ({})", name, kept, kind);
        }
    }
}

/// The control: values that nobody marked are recorded, in the places that the property looks at.
#[test]
fn what_is_neither_secret_nor_personal_is_recorded() {
    let auth = json!({"kind": "header", "name": "X-Corner-Key", "value": "=config.secret"});
    let answer = json!({"status": 200, "headers": {"x-note": "Kwantu Trading"}, "body": {"a": ["Kwantu Trading"]}});
    let body = json!({"json": {"company": "Kwantu Trading"}});
    let all = recorded(&rehearsal(&auth, &body, &answer, "s3cret-key-99", "ab12 Nomvula 34cd"));
    assert_eq!(all.iter().filter(|(kind, kept)| leaks(kept, kind, "Kwantu Trading")).count(), 3, "{all:#?}");
}
