//! The entries of `auth`.

use serde_json::{Value, json};

use super::super::auth::CLIENT_AUTHS;
use super::super::signature::{ALGORITHMS, ENCODINGS, UNITS};
use super::{expression, list, object, object_with, of, one_of, text, value, word};

pub(super) fn defs() -> Value {
    let kinds = ["authHeader", "authQuery", "authBasic", "authClientCredentials", "authToken", "authHmac"];
    let kinds: Vec<Value> = kinds.iter().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    json!({
        "auth": { "description": "One way to say who is calling.", "oneOf": kinds },
        "authHeader": entry("header", "A key in a header.", &["name", "value"], json!({
            "name": of("headerName", "The header."),
            "prefix": text("What stands before the key, such as \"Token token=\". Nothing when not given."),
            "value": value("The key. When it is null, nothing is sent."),
        })),
        "authQuery": entry("query", "A key in the query.", &["name", "value"], json!({
            "name": text("The name in the query."),
            "value": value("The key. When it is null, nothing is sent."),
        })),
        "authBasic": entry("basic", "Name and password (HTTP Basic).", &["username", "password"], json!({
            "username": value("The name."),
            "password": value("The password."),
        })),
        "authClientCredentials": entry(
            "oauth2_client_credentials",
            "A token by OAuth 2.0 client credentials; it goes as Authorization: Bearer, and is kept until shortly before it ends.",
            &["token_url", "client_id", "client_secret"],
            json!({
                "token_url": value("The token endpoint. Its host must be one of the channel's."),
                "client_auth": word("body when not given. How the client names itself: body is client_id and client_secret in the form, basic is an Authorization: Basic header.", CLIENT_AUTHS),
                "client_id": value("The client's id."),
                "client_secret": value("The client's secret."),
                "scope": value("The scopes, with spaces between them."),
                "extra": of("values", "Further form fields, such as audience."),
            }),
        ),
        "authToken": entry(
            "token",
            "A token by any request.",
            &["request", "token", "send"],
            json!({
                "request": of("request", "The request that brings it. It may name other entries of auth. Expressions see config with its secrets, and now."),
                "succeeds": expression("When its answer counts as a success. Without it, any status from 200 to 299."),
                "fails": list("What its answer means otherwise.", &json!({ "$ref": "#/$defs/failure" })),
                "token": expression("Where the token stands in the answer."),
                "life": value("For how many seconds it counts, at most a day. Without it, the token serves once."),
                "send": of("carrier", "Where the token goes."),
            }),
        ),
        "authHmac": entry(
            "hmac",
            "A signature over the request as it goes out.",
            &["algorithm", "encoding", "key", "parts", "send"],
            json!({
                "algorithm": of("algorithm", "The hash."),
                "encoding": of("encoding", "How the signature is written."),
                "key": value("The secret that signs."),
                "timestamp": object("A header with the time of the signature.", &["header", "unit"], &json!({
                    "header": of("headerName", "The header."),
                    "unit": word("How the time is written.", UNITS),
                })),
                "parts": list(
                    "What is signed, in order: timestamp, method, path (path and query as sent), body (the very bytes), { header: X }, { text: \"x\" }.",
                    &json!({ "oneOf": [{ "enum": ["timestamp", "method", "path", "body"] }, { "$ref": "#/$defs/signedPart" }] }),
                ),
                "separator": text("What stands between the parts. Nothing when not given."),
                "send": of("carrier", "Where the signature goes."),
            }),
        ),
        "algorithm": word("A hash.", ALGORITHMS),
        "encoding": word("How bytes are written as text.", ENCODINGS),
        "signedPart": object_with(
            "A header's value or a text.",
            &[],
            &json!({ "header": of("headerName", "The header whose value is signed."), "text": value("A text that is signed.") }),
            json!({ "oneOf": one_of(&["header", "text"]) }),
        ),
        "carrier": object_with(
            "A header with an optional prefix, or a name in the query.",
            &[],
            &json!({
                "header": of("headerName", "The header."),
                "prefix": text("What stands before it in the header, such as \"Bearer \". Nothing when not given."),
                "query": text("The name in the query."),
            }),
            json!({ "oneOf": one_of(&["header", "query"]) }),
        ),
    })
}

/// An entry of one kind.
fn entry(kind: &str, description: &str, required: &[&str], mut keys: Value) -> Value {
    if let Value::Object(keys) = &mut keys {
        keys.insert("kind".to_owned(), json!({ "description": description, "const": kind }));
    }
    let required: Vec<&str> = ["kind"].iter().chain(required).copied().collect();
    object(description, &required, &keys)
}
