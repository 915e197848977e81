//! Manifests that are made to bring the server to its knees: each is loaded or refused within moments, and what it asks
//! for is given up. Without the bounds none of these tests comes to an end.
#![expect(clippy::panic, reason = "tests")]

use std::sync::Arc;

use dossier_connector::{Manifest, Outcome, Problem, Rehearsal, Success};
use serde_json::{Value, json};

const HEAD: &str = r#"manifest: 1
key: corner
name: Corner
version: "1"
description: A small provider
module: kyc-corner
config: { required: [url], properties: { url: { title: URL, type: string, format: uri } } }
"#;

fn refused(text: &str) -> Vec<Problem> {
    Manifest::parse(text).err().unwrap_or_else(|| panic!("it was loaded"))
}

fn said(problems: &[Problem], what: &str) -> bool {
    problems.iter().any(|problem| problem.message.contains(what))
}

/// An action whose answer is `body` and whose display is `display`.
async fn shown(display: &Value, body: &Value) -> Success {
    let action = json!({"key": "look", "label": "Look", "category": "Things", "effect": "read", "verified": "assumed",
        "steps": [{"name": "look", "request": {"method": "GET", "url": "{config.url}/look"}}],
        "result": {"display": display},
        "examples": [{"name": "one", "calls": [{"answer": {"status": 200, "body": body}}], "gives": {}}]});
    let text = format!("{HEAD}actions: [{action}]");
    let manifest = Arc::new(Manifest::parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}")));
    match Rehearsal::of(&manifest)[0].end().await {
        Outcome::Succeeded(success) => success,
        other => panic!("{other:?}"),
    }
}

#[test]
fn entries_of_auth_that_all_need_each_other_are_refused() {
    let all = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("a{n}")).collect();
        let one = json!({"kind": "token", "request": {"method": "GET", "url": "{config.url}", "auth": names},
            "token": "=body.t", "send": {"query": "t"}});
        let auth: serde_json::Map<String, Value> = names.iter().map(|name| (name.clone(), one.clone())).collect();
        refused(&format!("{HEAD}auth: {}\nactions: []\n", Value::Object(auth)))
    };
    assert!(said(&all(60), "60 entries of auth"));
    assert!(said(&all(8), "To obtain “a0” takes “a0” itself"));
}

#[test]
fn thousands_of_names_that_nobody_knows_are_told_briefly() {
    let fields: serde_json::Map<String, Value> =
        (0..1_000).map(|n| (format!("field{n}"), json!({"title": "A", "type": "string"}))).collect();
    let outputs: serde_json::Map<String, Value> =
        (0..1_200).map(|n| (format!("o{n}"), json!(format!("=config.another{n}")))).collect();
    let action = json!({"key": "look", "label": "Look", "category": "Things", "effect": "read", "verified": "assumed",
        "steps": [{"name": "look", "request": {"method": "GET", "url": "a"}}], "result": {"outputs": outputs}});
    let head = HEAD.split("config:").next().unwrap();
    let text = format!("{head}config: {}\nactions: [{action}]\n", json!({"properties": fields}));
    let problems = refused(&text);
    assert!(problems.len() <= 1_000 && problems.iter().all(|p| p.mend.len() < 1_000));
}

#[test]
fn an_action_of_more_steps_than_anyone_needs_is_refused() {
    let steps: Vec<Value> =
        (0..51).map(|n| json!({"name": format!("s{n}"), "request": {"method": "GET", "url": "a"}})).collect();
    let action =
        json!({"key": "a", "label": "A", "category": "A", "effect": "read", "verified": "assumed", "steps": steps});
    let text = format!("{HEAD}actions: [{action}]\n");
    assert!(said(&refused(&text), "51 steps"));
}

#[test]
fn an_expression_that_looks_everywhere_is_refused() {
    let text = format!(
        "{HEAD}actions: [{{key: a, label: A, category: A, effect: read, verified: assumed, \
         steps: [{{name: s, request: {{method: GET, url: a}}, succeeds: \"=body{}\"}}]}}]\n",
        "[]".repeat(60)
    );
    assert!(said(&refused(&text), "too many places"));
}

/// Twice as much at each bracket: some hundred thousand values, of which the manifest and the answer show nothing.
fn hungry(from: &str) -> String {
    format!("={from}{}|to_string(@)|length(@)", "|map(&[@,@],[@])[0]".repeat(15))
}

/// Each cell is within its own bound; all of them together are not.
#[tokio::test]
async fn a_table_that_is_hungry_in_every_row_is_given_up() {
    let column = json!({"label": "All", "value": hungry("@")});
    let table = json!({"rows": "=look.body.rows", "columns": [column]});
    let display = json!({"summary": "{look.body.name}", "sections": [{"table": table}]});
    let success = shown(&display, &json!({"name": "Kwantu", "rows": vec!["x".repeat(50); 1_000]})).await;
    let rows = &success.display.sections[0].table.as_ref().unwrap().rows;
    let filled = rows.iter().filter(|row| !row[0].text.is_empty()).count();
    assert!((1..50).contains(&filled), "{filled} rows were filled");
    assert_eq!(success.display.summary.as_deref(), Some("Kwantu"));
}

#[tokio::test]
async fn a_display_of_hundreds_of_hungry_items_is_given_up() {
    let items: Vec<Value> = (0..300).map(|n| json!({"label": format!("I{n}"), "value": hungry("look.body")})).collect();
    let success = shown(&json!({"sections": [{"items": items}]}), &json!({"a": 1})).await;
    let filled = success.display.sections.first().map_or(0, |section| section.items.len());
    assert!((1..50).contains(&filled), "{filled} items were shown");
}

/// No expression stands in a cell, so only the cells can be counted.
#[tokio::test]
async fn a_table_of_millions_of_plain_cells_is_left_out() {
    let columns: Vec<Value> = (0..200).map(|n| json!({"label": format!("C{n}"), "value": "plain"})).collect();
    let display = json!({"sections": [{"table": {"rows": "=look.body", "columns": columns}}]});
    let success = shown(&display, &json!(vec![7; 20_000])).await;
    assert!(success.display.sections.is_empty());
    assert_eq!(success.display.rest.unwrap().as_array().unwrap().len(), 20_000);
}
