//! Examples, which `dossier provider test` tries.

use dossier_domain::ErrorClass;
use serde_json::{Value, json};

use super::super::example::{BROKEN, OUTCOMES, STATES, VERDICTS};
use super::{count, list, object, object_with, of, text, texts};
use crate::callback::CallbackError;

pub(super) fn defs() -> Value {
    let two = |a: &str, b: &str| json!({ "required": [a, b] });
    let no_two = json!({ "not": { "anyOf": [two("body", "text"), two("body", "base64"), two("text", "base64")] } });
    let classes: Vec<&str> = ErrorClass::ALL.iter().map(|class| class.as_str()).collect();
    let refusals: Vec<&str> = CallbackError::ALL.iter().map(|error| error.word()).collect();
    json!({
        "example": object(
            "What is put in, which calls must go out, what comes back, and what must come of it.",
            &["name", "gives"],
            &json!({
                "name": text("What it shows."),
                "action": text("The key of the action; only in files beside the manifest, where it must stand."),
                "config": open("Laid over the defaults of the channel's form. Required fields and secrets are filled in by themselves."),
                "request": object("The request that it happens in.", &[], &json!({
                    "id": text("Its id."),
                    "reference": text("Its reference. Example when not given."),
                })),
                "outputs": open("What earlier actions brought."),
                "params": of("exampleParam", "What the person filled in. A file is { file: photo.png, type: image/png, text: \"…\" } or base64."),
                "now": text("The instant of the example. 2026-11-23T14:00:00Z when not given."),
                "calls": list("Every call, in order, but those that sign in by themselves.", &json!({ "$ref": "#/$defs/exampleCall" })),
                "callback": of("exampleCallback", "What the provider sends by itself, instead of params and calls; the example names no action then."),
                "gives": of("exampleEnd", "What must come of it. What is not said may be anything."),
            }),
        ),
        "exampleParam": {
            "oneOf": [
                object_with(
                    "A file.",
                    &["file"],
                    &json!({
                        "file": text("Its name."),
                        "type": text("Its type, such as image/png."),
                        "text": text("Its bytes as text."),
                        "base64": text("Its bytes as base64."),
                    }),
                    json!({ "not": two("text", "base64") }),
                ),
                {
                    "type": ["string", "number", "boolean", "null", "array", "object"],
                    "items": { "$ref": "#/$defs/exampleParam" },
                    "additionalProperties": { "$ref": "#/$defs/exampleParam" },
                    "not": { "type": "object", "required": ["file"] },
                },
            ],
        },
        "exampleCall": object_with(
            "One call.",
            &[],
            &json!({
                "request": object("What must go out.", &["method", "url"], &json!({
                    "method": text("The method."),
                    "url": text("The address without its query."),
                    "query": open("The whole query; a list is one name several times."),
                    "headers": open("Some of the headers."),
                    "absent": texts("Headers that must not go out."),
                    "body": { "description": "The whole body: JSON, the fields of a form, a text, or the list of parts: { name, text | json | file, type }." },
                })),
                "answer": object_with("What comes back.", &["status"], &json!({
                    "status": count("The status."),
                    "headers": open("The headers."),
                    "body": { "description": "The body as JSON." },
                    "text": text("The body as text."),
                    "base64": text("The body as base64."),
                }), no_two.clone()),
                "broken": { "description": "Instead of an answer: how the call broke.", "enum": BROKEN },
            }),
            json!({ "anyOf": [{ "required": ["answer"] }, { "required": ["broken"] }] }),
        ),
        "exampleCallback": object_with("A callback as it came.", &[], &json!({
            "headers": open("The headers."),
            "body": { "description": "The body as JSON. A signature covers the very bytes, so write text: when there is one." },
            "text": text("The body as text."),
            "base64": text("The body as base64."),
        }), no_two.clone()),
        "exampleEnd": object("What must come of it.", &[], &json!({
            "outcome": { "description": "How the run ends.", "enum": OUTCOMES },
            "class": { "description": "The class of a failure.", "enum": classes },
            "message": text("The message of a failure, or of an unknown outcome."),
            "verdict": { "description": "What the provider concluded.", "enum": VERDICTS },
            "state": { "description": "How the work stands.", "enum": STATES },
            "summary": text("The summary."),
            "badge": text("The badge."),
            "outputs": open("All outputs."),
            "items": open("Some of the labelled values, as they are written, by their labels."),
            "tables": { "description": "The number of rows of tables, by the titles of their sections.", "type": "object", "additionalProperties": { "type": "integer", "minimum": 0 } },
            "files": texts("The names of all attachments."),
            "event": open("What a callback tells: some of trusted, id, time, subject, type and state."),
            "refused": { "description": "Why a callback is refused.", "enum": refusals },
        })),
    })
}

/// A mapping of anything.
fn open(description: &str) -> Value {
    json!({ "description": description, "type": "object" })
}
