//! The OpenAPI document (3.1), made of the handlers and their types. What every operation has in common is written here.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use dossier_app::grant::Needs;
use dossier_wire::Problem as Told;
use serde_json::{Value, json};
use utoipa::PartialSchema;

use crate::operations::Operation;
use crate::problem::KINDS;
use crate::{BASE, resources};

const ABOUT: &str = "Everything that a person can do in Dossier, a program can do by the same use cases. \
    Sign in with an API key, which is made under Settings: `Authorization: Bearer dossier_…`.";

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(build);
    &DOCUMENT
}

pub(crate) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document().to_string()).into_response()
}

fn build() -> Value {
    let collected = resources::operations();
    let mut document = serde_json::to_value(&collected.document).unwrap_or_default();
    document["info"] = json!({
        "title": "Dossier", "version": "1", "description": ABOUT, "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    document["servers"] = json!([{ "url": BASE }]);
    document["security"] = json!([{ "key": [] }]);
    document["components"]["securitySchemes"] = json!({ "key": { "type": "http", "scheme": "bearer" } });
    document["components"]["schemas"]["Problem"] = serde_json::to_value(Told::schema()).unwrap_or_default();
    document["components"]["schemas"]["FieldProblem"] =
        serde_json::to_value(dossier_wire::FieldProblem::schema()).unwrap_or_default();
    for operation in &collected.table {
        let method = operation.method.as_str().to_ascii_lowercase();
        decorate(&mut document["paths"][operation.path.as_str()][method.as_str()], operation);
    }
    document
}

/// What an operation has because of its method and of what it needs.
fn decorate(told: &mut Value, operation: &Operation) {
    if let Needs::Permission(permission) | Needs::Portal(permission) = operation.needs {
        told["x-permission"] = json!(permission.as_str());
    }
    let method = operation.method.as_str();
    let writes = method != "GET";
    let mut parameters = told["parameters"].as_array().cloned().unwrap_or_default();
    let mut header = |name: &str, description: &str| {
        parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": { "type": "string" },
        }));
    };
    if method == "POST" {
        header("Idempotency-Key", "The same post with the same key does its work once; kept for 24 hours.");
    }
    if matches!(method, "PATCH" | "DELETE") || operation.path.ends_with("/status") {
        header("If-Match", "The ETag of the answer that the change is based on.");
    }
    told["parameters"] = Value::Array(parameters);
    let body = told.get("requestBody").is_some();
    for (status, words) in statuses() {
        let due = match status {
            409 => writes,
            412 => matches!(method, "PATCH" | "DELETE") || operation.path.ends_with("/status"),
            413 | 415 | 422 => writes && (body || method == "POST"),
            404 => operation.path.contains('{'),
            _ => true,
        };
        if due {
            told["responses"][status.to_string()] = json!({
                "description": words,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            });
        }
    }
}

/// Each status of a problem, with all that it can mean.
fn statuses() -> Vec<(u16, String)> {
    let mut all: Vec<(u16, String)> = Vec::new();
    for (status, code, words) in KINDS {
        let words = format!("`{code}`: {words}");
        match all.last_mut() {
            Some((last, told)) if last == status => *told = format!("{told} {words}"),
            _ => all.push((*status, words)),
        }
    }
    all
}
