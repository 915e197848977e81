//! The OpenAPI document.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use dossier_testkit::{ApiClient, Desk};
use serde_json::{Value, json};

/// Every operation: its method, its path and what is said of it.
fn operations(document: &Value) -> Vec<(String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, told)| (method.to_uppercase(), path, told))
    });
    operations.collect()
}

#[tokio::test]
async fn the_document_has_every_operation_and_each_has_what_a_generator_needs() {
    let desk = Desk::builder().without_worker().open().await;
    let served = ApiClient::new(desk.router()).get("/openapi.json").await;
    assert_eq!((served.status, &served.json), (200, dossier_api::document()));
    let document = &served.json;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let told: BTreeSet<_> = operations(document).into_iter().map(|(method, path, _)| (method, path.clone())).collect();
    let table = dossier_api::table().into_iter().map(|line| (line.method.to_string(), line.path));
    assert_eq!(told, table.collect());
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(names.insert(id.to_owned()), "{id} stands twice");
        assert!(operation["summary"].is_string(), "{method} {path} says what it is for");
        assert!(operation["tags"][0].is_string(), "{method} {path} stands under a heading");
        let good = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2'));
        assert!(good && operation["responses"]["401"].is_object(), "{method} {path}");
    }
    desk.close().await;
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    fn walk<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(pairs) => {
                found.extend(pairs.get("$ref").and_then(Value::as_str));
                pairs.values().for_each(|inner| walk(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| walk(inner, found)),
            _ => {}
        }
    }
    let document = dossier_api::document();
    let mut found = Vec::new();
    walk(document, &mut found);
    assert!(found.len() > 20, "the control: {}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

/// The answer of an example fits the schema of its operation's answer.
#[tokio::test]
async fn every_example_of_the_document_does_what_it_says() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Reader of the docs", &["admin:full"]).await;
    let document = dossier_api::document();
    let mut tried = 0;
    for (method, path, operation) in operations(document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) else { continue };
        let mut example = document["components"]["schemas"][name]["example"].clone();
        assert!(example.is_object(), "{name} has an example");
        if example["channel_id"].is_string() {
            example["channel_id"] = json!(firm.channel().to_string());
        }
        let request = firm.request(&format!("Example {tried}")).await;
        let mut filled = path.replace("{request}", &request.to_string());
        if filled.contains("{run}") {
            desk.misbehave("hang-up", "/injection").await;
            let params = json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": "K2" });
            let run = firm.run(request, "run_workflow", params).await;
            filled = filled.replace("{run}", &run.id.to_string());
        }
        assert!(!filled.contains('{'), "{path}");
        let method: Method = method.parse().unwrap();
        let headers = [("content-type", "application/json"), ("prefer", "wait=20")];
        let answer = program.send(method.clone(), &filled, &headers, Body::from(example.to_string())).await;
        let told = &operation["responses"][answer.status.to_string()];
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.json);
        let wanted = &told["content"]["application/json"]["schema"];
        if wanted.is_object() {
            let mut whole = wanted.clone();
            whole["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{path}: {error}"));
            let wrong: Vec<_> = validator.iter_errors(&answer.json).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{method} {path}: {wrong:?}");
        }
        tried += 1;
    }
    assert!(tried >= 6, "the control: {tried}");
    desk.close().await;
}
