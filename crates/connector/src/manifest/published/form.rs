//! Forms: the subset of JSON Schema that channels and actions ask with.

use serde_json::{Value, json};

use super::{count, expression, flag, list, object, of, text, texts, value};
use crate::form::{FILE_TYPES, Format, TYPES, WIDGETS};

pub(super) fn defs() -> Value {
    let row = object(
        "The rows of a list: each has these fields.",
        &["properties"],
        &json!({ "type": { "const": "object" }, "properties": fields(), "required": texts("The fields that must be filled.") }),
    );
    let mut several = json!({ "type": { "const": "string" } });
    extend(&mut several, choices());
    extend(&mut several, json!({ "format": { "description": "A list of files: file.", "const": "file" } }));
    extend(&mut several, files());
    let mut several = object("Choices, of which several may be taken, or files.", &[], &several);
    extend(&mut several, json!({ "anyOf": super::one_of(&["enum", "oneOf", "format"]) }));
    json!({
        "form": object("The fields of a form, in order.", &[], &with(base(), json!({
            "allOf": list("Branches: further fields that a choice brings.", &json!({ "$ref": "#/$defs/branch" })),
        }))),
        "branch": object("Further fields for one value of a field with fixed choices.", &["if", "then"], &json!({
            "if": object("Which field decides, and for which value.", &["properties"], &json!({
                "properties": {
                    "description": "The field that decides.",
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": object("The value.", &["const"], &json!({ "const": text("The value that brings this branch.") })),
                },
            })),
            "then": object("What is asked for then.", &[], &base()),
        })),
        "field": object("One field.", &[], &field()),
        "items": { "description": "What a list holds: rows of fields, choices or files.", "oneOf": [row, several] },
        "choice": object("One choice.", &["const"], &json!({
            "const": text("The value."),
            "title": text("What people read. The value when not given."),
            "x-sets": {
                "description": "In config only: fields that this choice sets when the channel is saved.",
                "type": "object",
                "additionalProperties": { "type": ["string", "number", "boolean"] },
            },
        })),
    })
}

/// What a form and a branch have alike.
fn base() -> Value {
    json!({
        "type": { "const": "object" },
        "required": texts("The fields that must be filled."),
        "properties": fields(),
        "anyOf": list("Groups of fields, one of which must be filled.", &object(
            "One group.",
            &["required"],
            &json!({ "required": { "description": "The fields of the group.", "type": "array", "items": { "type": "string" }, "minItems": 1 } }),
        )),
        "x-message": text("What to say when no group of anyOf is filled."),
    })
}

fn fields() -> Value {
    json!({
        "description": "The fields, by their names.",
        "type": "object",
        "propertyNames": { "pattern": "^[A-Za-z0-9-][A-Za-z0-9_-]*$" },
        "additionalProperties": { "$ref": "#/$defs/field" },
    })
}

fn field() -> Value {
    let types: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
    let widgets: Vec<&str> = WIDGETS.iter().map(|(word, _)| *word).collect();
    let keys = json!({
        "title": text("The label. The field's name when not given."),
        "description": text("What to know before filling it in."),
        "type": { "description": "What it takes. string when not given.", "enum": types },
        "format": { "description": "The shape of a string.", "enum": Format::WORDS },
        "maxLength": count("The most characters: 1000 for a line, 20000 for a textarea when not given."),
        "minLength": count("The fewest characters."),
        "minimum": { "description": "The smallest number.", "type": "number" },
        "maximum": { "description": "The largest number.", "type": "number" },
        "pattern": text("A regular expression that the text must match, without look-around and back-references."),
        "x-message": text("What to say when it does not match."),
        "default": value("What stands in it at first."),
        "x-default": value("The same by an expression on request, actor, outputs and now, in params also on config."),
        "x-choices": expression("In params: choices from an earlier output, a list of texts or of {value, title}. Without any it is a text field."),
        "x-group": text("The heading under which fields of one group stand together."),
        "x-widget": { "description": "textarea: several lines. json: JSON, checked.", "enum": widgets },
        "x-secret": flag("The value is a secret: sealed, never shown again, only for auth and callbacks."),
        "x-sensitive": flag("The value is personal: masked on pages, taken out of logs."),
        "items": of("items", "What a list holds. Needs type: array."),
        "minItems": count("The fewest items of a list."),
        "maxItems": count("The most items of a list: 50 rows, 10 files, all choices when not given. Never more than 50 files."),
    });
    with(with(keys, choices()), files())
}

fn choices() -> Value {
    json!({
        "enum": { "description": "Fixed choices.", "type": "array", "items": { "type": "string" }, "minItems": 1 },
        "oneOf": { "description": "Fixed choices with titles.", "type": "array", "items": { "$ref": "#/$defs/choice" }, "minItems": 1 },
    })
}

fn files() -> Value {
    let types: Vec<&str> = FILE_TYPES.iter().map(|(kind, _)| *kind).collect();
    json!({
        "x-types": {
            "description": "The types of file that it takes: JPEG, PNG and PDF when not given.",
            "type": "array",
            "items": { "enum": types },
            "minItems": 1,
        },
        "x-max-bytes": { "description": "The most bytes of a file: 10000000 when not given, and no more than that.", "type": "integer", "minimum": 1, "maximum": 10_000_000 },
    })
}

fn with(mut keys: Value, more: Value) -> Value {
    extend(&mut keys, more);
    keys
}

fn extend(keys: &mut Value, more: Value) {
    if let (Value::Object(keys), Value::Object(more)) = (keys, more) {
        keys.extend(more);
    }
}
