//! The body of a request as an example writes it: JSON, a form's fields, the parts of a multipart body, or text.

use dossier_outbound::Outgoing;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

/// The body that went out.
pub(super) fn body(out: &Outgoing) -> Value {
    let media_type = out.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if let Some(boundary) = media_type.strip_prefix("multipart/form-data; boundary=") {
        return parts(&out.body, boundary);
    }
    let text = String::from_utf8_lossy(&out.body).into_owned();
    if media_type.ends_with("json") {
        return serde_json::from_str(&text).unwrap_or(Value::String(text));
    }
    if media_type == "application/x-www-form-urlencoded" {
        return form(&out.body);
    }
    Value::String(text)
}

/// The fields of a form; a list for one that stands several times.
fn form(body: &[u8]) -> Value {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        let value = Value::String(value.into_owned());
        match fields.get_mut(&*name) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(before) => *before = Value::Array(vec![before.take(), value]),
        }
    }
    Value::Object(fields)
}

/// Each part as `{name, text | json | file, type}`.
fn parts(body: &[u8], boundary: &str) -> Value {
    let text = String::from_utf8_lossy(body);
    let whole = format!("\r\n{text}");
    let mut parts = Vec::new();
    for piece in whole.split(&format!("\r\n--{boundary}")) {
        let Some((head, content)) = piece.split_once("\r\n\r\n") else { continue };
        let quoted = |name: &str| Some(head.split_once(&format!("; {name}=\""))?.1.split_once('"')?.0.to_owned());
        let media_type = head.split_once("Content-Type: ").map(|(_, rest)| rest.lines().next().unwrap_or_default());
        let mut part = Map::new();
        part.insert("name".to_owned(), quoted("name").unwrap_or_default().into());
        match (quoted("filename"), media_type) {
            (Some(file), media_type) => {
                part.insert("file".to_owned(), file.into());
                part.insert("type".to_owned(), json!(media_type));
            }
            (None, Some("application/json")) => {
                part.insert("json".to_owned(), serde_json::from_str(content).unwrap_or_default());
            }
            (None, _) => {
                part.insert("text".to_owned(), content.into());
            }
        }
        parts.push(Value::Object(part));
    }
    Value::Array(parts)
}
