//! The manifest's own JSON Schema (2020-12), by which editors complete and explain. The loader beside it is the law: the
//! schema says no more than it about which keys there are and what kind of thing stands there, and tests hold the two
//! together. What only the loader can tell (names in scope, steps that exist) it leaves to the loader.
//!
//! Who adds a keyword says here, in the file of its noun, what it is for, in a sentence that a newcomer understands.

mod auth;
mod form;
mod request;
mod result;
mod top;
mod trial;
#[cfg(test)]
mod witness;

use serde_json::{Map, Value, json};

/// The JSON Schema of manifests.
pub fn manifest_schema() -> Value {
    let mut schema = top::manifest();
    let mut all = Map::new();
    for defs in [plain(), top::defs(), auth::defs(), request::defs(), form::defs(), result::defs(), trial::defs()] {
        if let Value::Object(defs) = defs {
            all.extend(defs);
        }
    }
    if let Value::Object(keys) = &mut schema {
        keys.insert("$defs".to_owned(), Value::Object(all));
    }
    schema
}

/// The plain things that stand everywhere.
fn plain() -> Value {
    json!({
        "name": {
            "type": "string",
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "maxLength": 50,
        },
        "expression": { "type": "string", "pattern": "^=" },
        "value": { "type": ["string", "number", "boolean", "null"] },
        "values": { "type": "object", "additionalProperties": { "$ref": "#/$defs/value" } },
        "headerName": { "type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" },
    })
}

/// A mapping whose keys are all known.
fn object(description: &str, required: &[&str], properties: &Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The same with more to say.
fn object_with(description: &str, required: &[&str], properties: &Value, more: Value) -> Value {
    let mut object = object(description, required, properties);
    if let (Value::Object(keys), Value::Object(more)) = (&mut object, more) {
        keys.extend(more);
    }
    object
}

/// What stands elsewhere under `name`.
fn of(name: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}"), "description": description })
}

/// A value: literal, `=expression`, or text with `{expression}` in it.
fn value(description: &str) -> Value {
    of("value", description)
}

/// An expression; it begins with `=`.
fn expression(description: &str) -> Value {
    of("expression", description)
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn flag(description: &str) -> Value {
    json!({ "description": description, "type": "boolean" })
}

/// A whole number, not negative.
fn count(description: &str) -> Value {
    json!({ "description": description, "type": "integer", "minimum": 0 })
}

fn list(description: &str, items: &Value) -> Value {
    json!({ "description": description, "type": "array", "items": items })
}

fn texts(description: &str) -> Value {
    list(description, &json!({ "type": "string" }))
}

/// One of the words that the loader knows.
fn word<T>(description: &str, words: &[(&str, T)]) -> Value {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    json!({ "description": description, "enum": words })
}

/// Exactly one of these keys.
fn one_of(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({ "required": [key] })).collect()
}
