//! What the documentation shows works: every YAML block of every page loads, and every example in one holds.
//!
//! A block that begins with `manifest: 1` is a whole manifest. Any other is a part of one, and a comment before it says
//! of which place: `<!-- part of: action -->`. The part is laid over a skeleton, so that it is read where it belongs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/skeleton.rs"]
mod skeleton;

use std::collections::BTreeSet;
use std::sync::Arc;

use dossier_connector::{Manifest, Outcome, Rehearsal, manifest_schema};
use serde_json::{Map, Value, json};

use pages::{Block, blocks, page};

const GUIDE: &str = "writing-a-provider.md";

fn loaded(block: &Block, text: &str) -> Arc<Manifest> {
    Arc::new(Manifest::parse(text).unwrap_or_else(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let numbered: Vec<String> = text.lines().enumerate().map(|(at, line)| format!("{:3} {line}", at + 1)).collect();
        panic!("{}: {}\n{}", block.place, problems.join("\n"), numbered.join("\n"))
    }))
}

async fn hold(block: &Block, examples: Vec<Rehearsal>) -> usize {
    let count = examples.len();
    for example in examples {
        let tried = example.run().await;
        let faults: Vec<String> = tried.faults.iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{}, {}: {}", block.place, tried.name, faults.join("\n"));
    }
    count
}

#[tokio::test]
async fn every_block_of_yaml_loads_and_every_example_holds() {
    let (mut whole, mut parts, mut examples) = (0, 0, 0);
    for block in blocks() {
        if block.is_whole() {
            whole += 1;
            examples += hold(&block, Rehearsal::of(&loaded(&block, &block.text))).await;
            continue;
        }
        parts += 1;
        match block.part.as_deref() {
            None => panic!("{}: say what it is a part of: <!-- part of: action -->", block.place),
            Some("examples") => {
                let main = blocks().into_iter().find(Block::is_whole).unwrap();
                let read = Rehearsal::read(&loaded(&main, &main.text), &block.text);
                examples +=
                    hold(&block, read.unwrap_or_else(|problems| panic!("{}: {problems:#?}", block.place))).await;
            }
            Some(part) => {
                let text = skeleton::complete(part, &block.text);
                let text = text.unwrap_or_else(|| panic!("{}: there is no part “{part}”", block.place));
                examples += hold(&block, Rehearsal::of(&loaded(&block, &text))).await;
            }
        }
    }
    assert!(whole >= 1 && parts >= 20 && examples >= 3, "{whole}, {parts}, {examples}");
}

#[tokio::test]
async fn a_part_that_went_bad_would_be_noticed() {
    for (part, text) in [
        ("request", "methd: GET"),
        ("result", "outputs: { a: \"=checkd.body\" }"),
        ("display", "summry: A"),
        ("params", "properties: { a: { type: text } }"),
        ("step", "when: params.name"),
        ("manifest", "auth: { key: { kind: magic } }"),
    ] {
        assert!(Manifest::parse(&skeleton::complete(part, text).unwrap()).is_err(), "{part}");
    }
    for part in ["manifest", "action", "step", "request", "params", "result", "display"] {
        let whole = skeleton::complete(part, "").unwrap();
        assert!(Manifest::parse(&whole).is_ok(), "the control: {part}\n{whole}");
    }
}

#[test]
fn every_whole_manifest_of_a_page_follows_the_schema() {
    let schema = jsonschema::validator_for(&manifest_schema()).unwrap();
    for block in blocks().iter().filter(|block| block.part.as_deref() != Some("examples")) {
        let completed = block.part.as_deref().and_then(|part| skeleton::complete(part, &block.text));
        let text = completed.unwrap_or_else(|| block.text.clone());
        let options = serde_saphyr::options! {
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
        };
        let value: Value = serde_saphyr::from_str_with_options(&text, options).unwrap();
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {}", block.place, faults.join("\n"));
    }
}

#[test]
fn the_guide_names_every_key_of_the_schema() {
    fn keys(value: &Value, found: &mut BTreeSet<String>) {
        let Value::Object(pairs) = value else {
            return value.as_array().into_iter().flatten().for_each(|item| keys(item, found));
        };
        if let (Some(Value::Object(properties)), Some(_)) = (pairs.get("properties"), pairs.get("additionalProperties"))
        {
            found.extend(properties.keys().cloned());
        }
        pairs.values().for_each(|inner| keys(inner, found));
    }
    let (mut found, guide) = (BTreeSet::new(), page(GUIDE));
    keys(&manifest_schema(), &mut found);
    let lost: Vec<&String> = found.iter().filter(|key| !guide.contains(&format!("`{key}`"))).collect();
    assert!(found.len() > 100 && lost.is_empty(), "{} keys; these are not explained: {lost:?}", found.len());
}

/// The tables “expression | gives”.
#[tokio::test]
async fn every_expression_of_the_guide_gives_what_stands_beside_it() {
    let rows: Vec<(String, String)> = pages::rows(&page(GUIDE), "| expression | gives |");
    let outputs: Map<String, Value> = rows
        .iter()
        .enumerate()
        .map(|(at, (expression, _))| (format!("o{at}"), format!("={expression}").into()))
        .collect();
    let step = json!({ "name": "checked", "request": { "method": "GET", "url": "https://api.harbour.example/x" } });
    let manifest = json!({
        "manifest": 1, "key": "rows", "name": "Rows", "version": "1", "description": "Rows", "module": "kyc-rows",
        "config": { "properties": { "url": { "type": "string", "format": "uri", "default": "https://api.harbour.example" } } },
        "actions": [{
            "key": "rows", "label": "Rows", "category": "Rows", "effect": "read", "verified": "assumed",
            "steps": [step],
            "result": { "outputs": outputs },
            "examples": [{ "name": "rows", "calls": [{ "answer": { "status": 200 } }], "gives": { "outcome": "succeeded" } }],
        }],
    });
    let manifest = Manifest::parse(&manifest.to_string()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let Outcome::Succeeded(success) = Rehearsal::of(&Arc::new(manifest))[0].end().await else { panic!("a success") };
    let mut faults = Vec::new();
    for (at, (expression, gives)) in rows.iter().enumerate() {
        let wanted: Value = serde_json::from_str(gives).unwrap_or_else(|e| panic!("{expression}: {gives}: {e}"));
        let found = success.outputs.get(format!("o{at}")).unwrap_or(&Value::Null);
        if *found != wanted {
            faults.push(format!("{expression} gives {found}, not {wanted}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(rows.len() > 40, "{} rows", rows.len());
}
