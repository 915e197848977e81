//! The manifest as a whole, its actions and their steps, callbacks.

use serde_json::{Value, json};

use super::super::action::{DEGREES, EFFECTS};
use super::super::signature::UNITS;
use super::{count, expression, flag, list, object, object_with, of, one_of, text, texts, word};

pub(super) fn manifest() -> Value {
    let keys = json!({
        "manifest": { "description": "The version of the format: 1.", "const": 1 },
        "key": {
            "description": "The provider's key, in small letters, digits and -, such as acme-checks. Results are stored under it; never change it.",
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*$",
            "maxLength": 50,
        },
        "name": text("The provider's name, as people see it."),
        "version": text("The version of this file, in quotes. Raise it with each change."),
        "description": text("What the provider is for, in a sentence."),
        "documentation": text("The address of the provider's own documentation."),
        "module": text("The licence module that a tenant needs to use this provider."),
        "config": of("form", "What a channel is asked for: addresses, keys, settings. A field with format: uri opens its host for calls."),
        "hosts": list(
            "Hosts beside the channel's own that may be called, over https and never with credentials. *.example.org is every host below example.org.",
            &json!({ "type": "string" }),
        ),
        "sensitive": texts("Names of fields that are personal, beyond those that are known by themselves. They are masked and redacted."),
        "redact": of("redact", "What is taken out of recorded calls, beyond secrets and sensitive fields."),
        "limits": of("limits", "How much the provider takes from one channel."),
        "auth": {
            "description": "The ways to say who is calling, by name. Only here do expressions see the channel's secrets.",
            "type": "object",
            "maxProperties": 8,
            "propertyNames": { "$ref": "#/$defs/name" },
            "additionalProperties": { "$ref": "#/$defs/auth" },
        },
        "test": of("test", "What the button Test connection does."),
        "callbacks": of("callbacks", "What the provider sends by itself when work is over."),
        "actions": list("What the provider can do, in the order in which people see it.", &json!({ "$ref": "#/$defs/action" })),
    });
    let required = ["manifest", "key", "name", "version", "description", "module", "config", "actions"];
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A provider's manifest",
    });
    if let (Value::Object(schema), Value::Object(keys)) = (
        &mut schema,
        object(
            "A provider as data: what a channel asks for, what can be done, what the answers mean.",
            &required,
            &keys,
        ),
    ) {
        schema.extend(keys);
    }
    schema
}

pub(super) fn defs() -> Value {
    json!({
        "action": action_def(),
        "step": step(),
        "poll": object(
            "How the end of started work is asked for, again and again.",
            &["action"],
            &json!({
                "action": text("The key of the action that asks. It must have effect: read and say state: in its result."),
                "params": of("values", "What it is asked with. Expressions see the outputs of this run."),
                "first": count("Seconds before it is asked first. 5 when not given."),
                "most": count("Seconds between two asks at most; the pauses grow up to it. 600 when not given."),
                "deadline": count("Seconds after which the work is overdue. 86400, a day, when not given."),
            }),
        ),
        "redact": object(
            "What is taken out of recorded calls.",
            &[],
            &json!({
                "headers": texts("Names of headers."),
                "query": texts("Names in queries and forms."),
                "pointers": list(
                    "Places in bodies as JSON pointers, such as /data/birthdate. A step * is every item and every member.",
                    &json!({ "type": "string", "pattern": "^/" }),
                ),
            }),
        ),
        "limits": object(
            "How much the provider takes from one channel. Calls wait for their turn.",
            &[],
            &json!({
                "at_once": { "description": "Calls at the same time.", "type": "integer", "minimum": 1 },
                "per_second": { "description": "Calls per second; a fraction such as 0.5 is one in two seconds.", "type": "number", "minimum": 0.001, "maximum": 10000 },
            }),
        ),
        "test": object_with(
            "What Test connection does: sign in, or send a harmless request.",
            &[],
            &json!({
                "auth": text("An entry of auth that brings a token; it is fetched."),
                "request": of("request", "A request that changes nothing. Expressions see config."),
                "succeeds": expression("When its answer counts as a success. Without it, any status from 200 to 299."),
                "fails": list("What its answer means otherwise.", &json!({ "$ref": "#/$defs/failure" })),
            }),
            json!({
                "oneOf": one_of(&["auth", "request"]),
                "dependentRequired": { "succeeds": ["request"], "fails": ["request"] },
            }),
        ),
        "callbacks": callbacks(),
        "verify": verify(),
        "extract": object("A header, or what a pattern finds in it.", &["header"], &extract()),
        "event": object(
            "Where a callback says what it is about. Expressions see headers and body.",
            &[],
            &json!({
                "id": expression("The provider's own id of the event. The same id twice is the same event."),
                "time": expression("When it happened, by the provider's clock."),
                "subject": expression("What it is about. It is compared with the output that subject: names."),
                "type": expression("The provider's word for what happened."),
            }),
        ),
    })
}

fn action_def() -> Value {
    object(
        "One thing that the provider can do.",
        &["key", "label", "category", "effect", "verified", "steps"],
        &json!({
            "key": of("name", "The action's key. Results are stored under it; never change it."),
            "label": text("Its name on pages."),
            "category": text("The heading under which it stands."),
            "effect": word("read: it only asks, and may be repeated. write: it does or costs something, and is never repeated by itself.", EFFECTS),
            "decides": flag("Whether its verdict may move the request to completed or failed. false when not given."),
            "charged": flag("Whether the provider bills each run. false when not given."),
            "verified": word("How far this was held against the real provider: full (a real answer was seen), request (the request is published, no answer is), assumed (a guess).", DEGREES),
            "params": of("form", "What the person who runs it is asked for. Without it, the action runs on click."),
            "steps": { "description": "The calls, in order.", "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } },
            "result": of("result", "What the answers mean and what people read of them."),
            "poll": of("poll", "The action starts work at the provider; this is how its end is asked for."),
            "callback": flag("The action starts work whose end the provider tells by a callback. false when not given."),
            "examples": list("Examples that dossier provider test tries.", &json!({ "$ref": "#/$defs/example" })),
        }),
    )
}

fn step() -> Value {
    object_with(
        "One call. Later steps and the result name it.",
        &["name"],
        &json!({
            "name": of("name", "The name under which expressions reach its status, headers and body."),
            "when": expression("The step is done only when this holds. Of several steps with one name, the first that fits is done."),
            "effect": word("That of the action when not given. read: this step is harmless when repeated, such as an upload.", EFFECTS),
            "request": of("request", "What goes out."),
            "obtain": text("Instead of a request: fetch a fresh token of this entry of auth."),
            "succeeds": expression("When the answer counts as a success. Without it, any status from 200 to 299."),
            "fails": list("What the answer means otherwise: the first rule that holds.", &json!({ "$ref": "#/$defs/failure" })),
        }),
        json!({
            "oneOf": one_of(&["request", "obtain"]),
            "dependentRequired": { "succeeds": ["request"], "fails": ["request"] },
        }),
    )
}

fn callbacks() -> Value {
    let then = object(
        "The callback itself says how the work stands. Needs verify.",
        &["state"],
        &json!({ "state": of("state", "Which words of the callback mean what. Expressions see headers and body.") }),
    );
    object(
        "What the provider sends by itself.",
        &["event", "subject", "then"],
        &json!({
            "verify": of("verify", "How a callback is known to be the provider's. Without it, a callback only leads to a poll."),
            "event": of("event", "Where the callback says what it is about."),
            "subject": text("The output of the action that waits which is compared with the event's subject."),
            "then": {
                "description": "What follows: poll asks the provider, a state: takes the callback's word.",
                "oneOf": [{ "const": "poll" }, then],
            },
            "examples": list("Examples of callbacks that dossier provider test tries.", &json!({ "$ref": "#/$defs/example" })),
        }),
    )
}

fn verify() -> Value {
    let algorithm = object(
        "The algorithm is named by a header of the callback.",
        &["header", "values"],
        &json!({
            "header": of("headerName", "The header that names it."),
            "values": {
                "description": "Its words, and which algorithm each means.",
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/algorithm" },
            },
        }),
    );
    let mut stamp = extract();
    if let Value::Object(keys) = &mut stamp {
        keys.insert("unit".to_owned(), word("How the time is written.", UNITS));
        keys.insert("tolerance".to_owned(), count("How many seconds old, or ahead, it may be. 300 when not given."));
    }
    object(
        "How a callback is known to be the provider's: an HMAC over the very bytes that came. Expressions see config with its secrets.",
        &["signature", "algorithm", "encoding", "key", "parts"],
        &json!({
            "signature": of("extract", "Where the signature stands."),
            "timestamp": object("The signed time, so that an old callback cannot be sent again.", &["header", "unit"], &stamp),
            "algorithm": { "description": "The hash.", "oneOf": [{ "$ref": "#/$defs/algorithm" }, algorithm] },
            "encoding": of("encoding", "How the signature is written."),
            "key": {
                "description": "The secret, or a list of two while a new one replaces the old.",
                "oneOf": [{ "$ref": "#/$defs/value" }, { "type": "array", "items": { "$ref": "#/$defs/value" } }],
            },
            "parts": list("What is signed, in order: timestamp, body, { header: X }, { text: \"x\" }.", &json!({
                "oneOf": [{ "enum": ["timestamp", "body"] }, { "$ref": "#/$defs/signedPart" }],
            })),
            "separator": text("What stands between the parts. Nothing when not given."),
        }),
    )
}

fn extract() -> Value {
    json!({
        "header": of("headerName", "The header."),
        "pattern": text("A regular expression with one group; every match in the header counts. Without it, the whole value."),
    })
}
