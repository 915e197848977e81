//! What goes out, and what answers mean that are no success.

use dossier_domain::ErrorClass;
use serde_json::{Value, json};

use super::super::body::MISSING;
use super::super::request::METHODS;
use super::{expression, flag, list, object, object_with, of, one_of, text, value, word};

pub(super) fn defs() -> Value {
    let classes: Vec<&str> = ErrorClass::ALL.iter().map(|class| class.as_str()).collect();
    json!({
        "request": object(
            "A request over HTTP.",
            &["method", "url"],
            &json!({
                "method": word("The method.", METHODS),
                "url": value("The address. What stands in { } is percent-encoded, but for the channel's own fields. It must lead to one of the channel's addresses, or without auth to one of hosts."),
                "auth": {
                    "description": "The entries of auth that it goes with: a name, or a list that is applied in order.",
                    "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                },
                "headers": {
                    "description": "Further headers. One whose value is null is left out.",
                    "type": "object",
                    "propertyNames": { "$ref": "#/$defs/headerName" },
                    "additionalProperties": { "$ref": "#/$defs/value" },
                },
                "query": of("values", "The query. A null is left out, a list stands several times."),
                "body": { "description": "The body, in one of several ways; none when not given.", "oneOf": [{ "const": "none" }, { "$ref": "#/$defs/body" }] },
                "timeout": { "description": "Seconds that the answer may take, when that is less than usual.", "type": "integer", "minimum": 0 },
                "idempotency": of("headerName", "A header by which the provider knows a repetition. A write that has it may be sent again."),
            }),
        ),
        "failure": object(
            "What an answer means that is no success.",
            &["when", "class"],
            &json!({
                "when": expression("When this rule holds. Expressions see status, headers and body beside the rest."),
                "class": { "description": "What kind of failure it is.", "enum": classes },
                "message": value("The provider's words for people. Without it, a sentence by the class."),
                "retry": flag("Whether the same may be asked again by itself: reads, and writes with idempotency. false when not given."),
            }),
        ),
        "body": object_with(
            "The body, in one of six ways.",
            &[],
            &json!({
                "json": of("json", "JSON. Expressions stand at its leaves; what is null is left out."),
                "form": of("values", "A form (application/x-www-form-urlencoded). What is null is left out."),
                "pairs": object("A JSON list of objects, each a name and its value, in the order of of:.", &["name", "value"], &json!({
                    "name": text("The key under which the name stands."),
                    "value": text("The key under which the value stands."),
                    "missing": word("What becomes of a pair without a value: it is left out (omit) or sent with null. omit when not given.", MISSING),
                })),
                "of": list("The pairs: each a list of a name and a value.", &json!({
                    "type": "array",
                    "prefixItems": [{ "type": "string" }, { "$ref": "#/$defs/value" }],
                    "minItems": 2,
                    "maxItems": 2,
                })),
                "multipart": list("Parts in order (multipart/form-data).", &json!({ "$ref": "#/$defs/part" })),
                "text": value("A text as it stands, such as XML."),
                "type": text("The type of text:, such as text/xml. text/plain when not given."),
                "file": expression("A file, whose bytes are the body."),
            }),
            json!({ "oneOf": one_of(&["json", "form", "pairs", "multipart", "text", "file"]) }),
        ),
        "part": object_with(
            "One part: a text, JSON or a file.",
            &["name"],
            &json!({
                "name": text("The part's name."),
                "text": value("A text; the part is left out when it is null."),
                "json": of("json", "JSON, with the type application/json."),
                "file": expression("A file, or a list of files with one part each; left out when it is null."),
            }),
            json!({ "oneOf": one_of(&["text", "json", "file"]) }),
        ),
        "json": {
            "description": "JSON with expressions at its leaves.",
            "oneOf": [
                object_with(
                    "The bytes of a file as text.",
                    &[],
                    &json!({
                        "$base64": expression("A file, written as base64."),
                        "$data_url": expression("A file, written as a data URL: its type, then base64."),
                    }),
                    json!({ "oneOf": one_of(&["$base64", "$data_url"]) }),
                ),
                {
                    "type": ["string", "number", "boolean", "null", "array", "object"],
                    "items": { "$ref": "#/$defs/json" },
                    "additionalProperties": { "$ref": "#/$defs/json" },
                    "not": { "type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": { "pattern": "^\\$" } },
                },
            ],
        },
    })
}
