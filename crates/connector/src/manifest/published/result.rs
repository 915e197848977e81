//! What answers mean and what people read of them.

use serde_json::{Value, json};

use super::super::Format;
use super::{expression, flag, list, object, object_with, of, one_of, text, texts, value, word};

pub(super) fn defs() -> Value {
    json!({
        "result": object(
            "How the answers become a result. Expressions see the steps by name, beside config, params, request, actor, outputs and now.",
            &[],
            &json!({
                "state": of("state", "How the provider's work stands."),
                "verdict": of("verdict", "What the provider concluded."),
                "outputs": {
                    "description": "Named values that later actions of the same request use as outputs.<name>.",
                    "type": "object",
                    "propertyNames": { "$ref": "#/$defs/name" },
                    "additionalProperties": { "$ref": "#/$defs/value" },
                },
                "attachments": list("Files in the answers, which are kept.", &json!({ "$ref": "#/$defs/attachment" })),
                "display": of("display", "What people read."),
            }),
        ),
        "state": object(
            "Which words of the provider say how its work stands. A word in no list is unknown, never a success.",
            &["from"],
            &json!({
                "from": expression("Where the word stands."),
                "waiting": texts("Words that mean: not over yet."),
                "succeeded": texts("Words that mean: over, and done."),
                "failed": texts("Words that mean: over, and not done."),
                "message": value("Why it failed, in the provider's words."),
            }),
        ),
        "verdict": object(
            "Which words of the provider mean which verdict. A word in no list gives none.",
            &["from"],
            &cue(json!({ "from": expression("Where the word stands.") })),
        ),
        "badge": object("Words that colour the value.", &[], &cue(json!({}))),
        "attachment": object_with(
            "A file in the answers, or one for each item of a list.",
            &["name"],
            &json!({
                "key": of("name", "The name under which display reaches it, as files.<key>."),
                "each": expression("A list, each item of which has a file; name, base64 and url then see the item."),
                "name": value("The file's name."),
                "base64": expression("Where the file stands as base64, with or without data:…;base64, before it."),
                "url": expression("A link; it is fetched at once, without credentials, from the channel's own hosts and hosts only."),
                "body": text("The step whose whole answer is the file."),
                "type": text("Its type, such as application/pdf. By its content when not given."),
            }),
            json!({ "oneOf": one_of(&["base64", "url", "body"]) }),
        ),
        "display": object(
            "What people read. What is not mapped stands below it as it came. Expressions also see files.",
            &[],
            &json!({
                "summary": value("A sentence that says what came of it."),
                "badge": value("The word beside the verdict. The provider's word of the verdict when not given."),
                "sections": list("Parts of the page.", &json!({ "$ref": "#/$defs/section" })),
            }),
        ),
        "section": object_with(
            "A part of the page.",
            &[],
            &json!({
                "title": text("Its heading."),
                "items": list("Labelled values.", &json!({ "$ref": "#/$defs/column" })),
                "table": object("A table.", &["rows", "columns"], &json!({
                    "rows": expression("The list whose items are the rows."),
                    "columns": list("The columns. Their expressions see the row.", &json!({ "$ref": "#/$defs/column" })),
                })),
                "images": list("Pictures.", &json!({ "$ref": "#/$defs/image" })),
                "compare": object("Two pictures side by side, and how alike they are.", &["left", "right", "score"], &json!({
                    "left": of("image", "The picture on the left."),
                    "right": of("image", "The picture on the right."),
                    "score": value("How alike the provider finds them."),
                    "unit": value("What stands after the score, such as %."),
                    "limit": value("The provider's limit for the score."),
                })),
            }),
            json!({ "anyOf": one_of(&["items", "table", "images", "compare"]) }),
        ),
        "image": object("A picture.", &["label", "image"], &json!({
            "label": text("What it shows."),
            "image": expression("A file of files, or a file parameter, or a list of files."),
        })),
        "column": object("A label and a value. A value that is null is left out.", &["label", "value"], &json!({
            "label": text("What people read before the value, or above the column."),
            "value": value("The value."),
            "mask": flag("Shown masked until someone reveals it. false when not given."),
            "badge": of("badge", "Words that colour the value."),
            "format": word("How the value is written; as it came when not given.", Format::WORDS),
            "unit": value("What stands with a number, such as % or ZAR. For a score, a percentage, money, or without a format."),
            "limit": value("The provider's limit for a score or a percentage."),
        })),
    })
}

fn cue(mut keys: Value) -> Value {
    if let Value::Object(keys) = &mut keys {
        keys.insert("pass".to_owned(), texts("Words that speak for the person or company."));
        keys.insert("review".to_owned(), texts("Words that ask for a person to look."));
        keys.insert("fail".to_owned(), texts("Words that speak against."));
    }
    keys
}
