//! A form with a field of every kind, without scripts: what each is drawn as, what it refuses, and what is sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use dossier_domain::{BuiltInRole, RunState};
use dossier_testkit::Desk;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const MANIFEST: &str = r#"manifest: 1
key: kinds
name: Kinds
version: "1"
description: A field of every kind
module: kyc-kinds
config: { required: [url], properties: { url: { title: URL, format: uri } } }
actions:
  - key: all
    label: All kinds
    category: Things
    effect: read
    verified: assumed
    params:
      required: [text]
      properties:
        text: { title: Text, maxLength: 20 }
        long: { title: Long text, x-widget: textarea }
        settings: { title: Settings, x-widget: json }
        mail: { title: E-mail address, format: email }
        phone: { title: Phone number, format: phone }
        page: { title: Page, format: uri }
        count: { title: Count, type: integer, minimum: 1, maximum: 9 }
        score: { title: Score, type: number }
        born: { title: Date of birth, format: date }
        agreed: { title: Agreed, type: boolean }
        kind: { title: Kind, enum: [sms, mail] }
        topics: { title: Topics, type: array, items: { type: string, enum: [a, b, c] }, maxItems: 2 }
        directors:
          title: Directors
          type: array
          maxItems: 60
          items: { properties: { name: { title: Name }, number: { title: ID number, format: za-id } } }
    steps: [{ name: sent, request: { method: POST, url: "{config.url}/all", body: { json: "=params" } } }]
"#;

/// What the provider was sent last.
type Sent = Arc<Mutex<Option<Value>>>;

async fn provider() -> (SocketAddr, Sent) {
    let sent = Sent::default();
    let kept = Arc::clone(&sent);
    let take = async move |axum::Json(body): axum::Json<Value>| {
        *kept.lock().unwrap() = Some(body);
        axum::Json(json!({ "seen": true }))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let host = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/all", axum::routing::post(take))).await });
    (host, sent)
}

const WRONG: &[(&str, &str)] = &[
    ("text", "More than the twenty characters that fit"),
    ("settings", "{\"a\": }"),
    ("mail", "nobody"),
    ("phone", "call me"),
    ("page", "karoo.example"),
    ("count", "ten"),
    ("score", "much"),
    ("born", "1980-13-01"),
    ("kind", "fax"),
    ("directors[0].number", "123"),
];

/// ACT-3
#[tokio::test]
async fn a_field_of_every_kind_is_drawn_as_such_refused_at_its_place_and_sent_as_it_is_meant() {
    let (host, sent) = provider().await;
    let desk = Desk::builder().with_provider(MANIFEST, host).open().await;
    let mut firm = desk.firm("Aloe Bank").await;
    firm.take_up("kinds", "kyc-kinds", json!({ "url": format!("http://{host}") })).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let path = format!("/requests/{request}/actions/all");

    let form = operator.get(&path).await;
    let drawn = |name: &str| {
        let at = form.text.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name}: {}", form.text));
        let start = form.text[..at].rfind('<').unwrap();
        form.text[start..].split_once('>').unwrap().0.to_owned()
    };
    for (name, tag, holds) in [
        ("text", "<input", "required"),
        ("long", "<textarea", ""),
        ("settings", "<textarea", "data-json"),
        ("mail", "<input", "type=\"email\""),
        ("phone", "<input", "type=\"tel\""),
        ("page", "<input", "type=\"url\""),
        ("count", "<input", "inputmode=\"numeric\""),
        ("score", "<input", "inputmode=\"decimal\""),
        ("born", "<input", "type=\"date\""),
        ("agreed", "<input", "type=\"checkbox\""),
        ("kind", "<select", ""),
        ("topics", "<input", "type=\"checkbox\""),
    ] {
        let field = drawn(name);
        assert!(field.starts_with(tag) && field.contains(holds), "{name}: {field}");
    }

    let key = form.hidden("_key").to_owned();
    let kept = [("long", "Two\r\nlines"), ("agreed", "true"), ("topics", "b"), ("directors[0].name", "Sipho")];
    let pairs: Vec<_> = [("_key", key.as_str())].into_iter().chain(WRONG.iter().copied()).chain(kept).collect();
    let refused = operator.post(&path, &pairs).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    for (name, typed) in WRONG {
        let id = name.replace(['[', ']'], ".").replace("..", ".");
        let linked = refused.text.matches("href=\"#").count();
        assert!(linked >= WRONG.len(), "the summary leads to each of them: {linked}");
        assert!(refused.text.contains("-error\""), "{id} has its error");
        // What a list does not offer cannot be shown in it.
        assert!(*name == "kind" || refused.text.contains(&typed.replace('"', "&#34;")), "{name} is still there");
    }
    assert!(
        refused.text.replace('\r', "").contains("Two\nlines") && refused.text.contains("value=\"Sipho\""),
        "{}",
        refused.text
    );
    assert!(sent.lock().unwrap().is_none(), "nothing was sent");

    let good = [
        ("_key", key.as_str()),
        ("text", "Kwantu"),
        ("long", "Two\r\nlines"),
        ("settings", "{\"deep\": [1]}"),
        ("mail", "sipho@kwantu.example"),
        ("phone", "+27 82 123 4567"),
        ("page", "https://karoo.example/terms?lang=af"),
        ("count", "3"),
        ("score", "12.5"),
        ("born", "1980-01-31"),
        ("agreed", "true"),
        ("kind", "sms"),
        ("topics", "a"),
        ("topics", "c"),
    ];
    let mut pairs: Vec<(String, String)> = good.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    pairs.extend((0..60).map(|n| (format!("directors[{n}].name"), format!("Director {n}"))));
    let done = operator.post(&path, &pairs).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let run = done.location().split_once("run=").unwrap().1.parse().unwrap();
    assert_eq!(firm.ended(run).await.state, RunState::Succeeded);
    let sent = sent.lock().unwrap().clone().unwrap();
    for (name, value) in [
        ("long", json!("Two\nlines")),
        ("settings", json!({ "deep": [1] })),
        ("count", json!(3)),
        ("score", json!(12.5)),
        ("born", json!("1980-01-31")),
        ("agreed", json!(true)),
        ("topics", json!(["a", "c"])),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    assert_eq!(sent["directors"].as_array().map(Vec::len), Some(60), "sixty directors");
    assert_eq!(sent["directors"][59]["name"], "Director 59");
}
