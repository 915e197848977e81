//! The body of a request: its bytes, and what is recorded of it, in which files are named by type and size only.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_domain::Entropy;
use http::HeaderValue;
use jmespath::Rcvar;
use serde_json::{Map, Value};

use crate::call::{Failure, File};
use crate::expr::{EvalError, Expr, json as value_of};
use crate::manifest::{Body, BodyPart, JsonTemplate, PartContent};
use crate::outgoing::{internal, plain};

/// What a body is made of besides expressions.
#[derive(Clone, Copy)]
pub(crate) struct Materials<'a> {
    /// The files of the parameters, by their ids.
    pub(crate) files: &'a BTreeMap<String, File>,
    /// For the boundary between parts.
    pub(crate) entropy: &'a Entropy,
}

/// A body that is ready to go out.
#[derive(Default)]
pub(crate) struct Payload {
    pub(crate) media_type: Option<HeaderValue>,
    pub(crate) bytes: Vec<u8>,
    /// What is recorded instead of the bytes, as JSON; nothing when the bytes themselves are.
    pub(crate) shown: Option<Value>,
}

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes the body.
pub(crate) fn of(body: &Body, root: &Rcvar, materials: Materials<'_>) -> Result<Payload, Failure> {
    Ok(match body {
        Body::None => Payload::default(),
        Body::Json(template) => {
            let made = json(template, root, materials)?.unwrap_or_default();
            let shown = made.shown.clone();
            Payload { media_type: Some(JSON), bytes: made.value.to_string().into_bytes(), shown }
        }
        Body::Form(pairs) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for (name, template) in pairs {
                if let Some(value) = template.value(root)? {
                    form.append_pair(name, &plain(&value));
                }
            }
            Payload { media_type: Some(FORM), bytes: form.finish().into_bytes(), shown: None }
        }
        Body::Pairs { name, value, missing_as_null, of } => {
            let mut list = Vec::new();
            for (label, template) in of {
                let given = match template.value(root)? {
                    None if !missing_as_null => continue,
                    given => given.unwrap_or(Value::Null),
                };
                let pair = [(name.clone(), Value::String(label.clone())), (value.clone(), given)];
                list.push(Value::Object(pair.into_iter().collect()));
            }
            Payload { media_type: Some(JSON), bytes: Value::Array(list).to_string().into_bytes(), shown: None }
        }
        Body::Multipart(parts) => multipart(parts, root, materials)?,
        Body::Text { text, media_type } => {
            let media_type = HeaderValue::from_str(media_type).ok();
            let bytes = text.text(root)?.unwrap_or_default().into_bytes();
            Payload { media_type, bytes, shown: None }
        }
        Body::File(expr) => {
            let Some(file) = files(expr, root, materials)?.into_iter().next() else { return Ok(Payload::default()) };
            let shown = Some(Value::String(described(file)));
            Payload { media_type: HeaderValue::from_str(&file.media_type).ok(), bytes: file.bytes.clone(), shown }
        }
    })
}

/// The files that an expression names: one, a list, or none.
fn files<'a>(expr: &Expr, root: &Rcvar, materials: Materials<'a>) -> Result<Vec<&'a File>, Failure> {
    let Some(value) = expr.eval(root)? else { return Ok(Vec::new()) };
    let named = match value_of(&value)? {
        Value::Array(items) => items,
        one => vec![one],
    };
    let find = |value: &Value| {
        let found = value["id"].as_str().and_then(|id| materials.files.get(id));
        found.ok_or_else(|| internal(format!("“{}” is no file that was handed in.", expr.text())))
    };
    named.iter().map(find).collect()
}

fn described(file: &File) -> String {
    format!("[a file: {}, {} bytes]", file.media_type, file.bytes.len())
}

/// JSON, and the same without the bytes of files where it has some.
#[derive(Default)]
struct Made {
    value: Value,
    shown: Option<Value>,
}

fn json(template: &JsonTemplate, root: &Rcvar, materials: Materials<'_>) -> Result<Option<Made>, Failure> {
    Ok(match template {
        JsonTemplate::Leaf(leaf) => leaf.value(root)?.map(|value| Made { value, shown: None }),
        JsonTemplate::File { file, data_url } => files(file, root, materials)?.first().map(|file| {
            let prefix = if *data_url { format!("data:{};base64,", file.media_type) } else { String::new() };
            let value = Value::String(prefix + &STANDARD.encode(&file.bytes));
            Made { value, shown: Some(Value::String(described(file))) }
        }),
        JsonTemplate::List(items) => {
            let items: Result<Vec<_>, Failure> = items.iter().map(|i| json(i, root, materials)).collect();
            let items: Vec<Made> = items?.into_iter().flatten().collect();
            let any = items.iter().any(|made| made.shown.is_some());
            let shown = any.then(|| items.iter().map(|made| made.shown.clone().unwrap_or_else(|| made.value.clone())));
            let shown = shown.map(Iterator::collect);
            Some(Made { shown, value: items.into_iter().map(|made| made.value).collect() })
        }
        JsonTemplate::Map(pairs) => {
            let (mut value, mut shown, mut any) = (Map::new(), Map::new(), false);
            for (key, template) in pairs {
                if let Some(made) = json(template, root, materials)? {
                    any |= made.shown.is_some();
                    shown.insert(key.clone(), made.shown.unwrap_or_else(|| made.value.clone()));
                    value.insert(key.clone(), made.value);
                }
            }
            Some(Made { value: Value::Object(value), shown: any.then_some(Value::Object(shown)) })
        }
    })
}

/// Parts in order, frozen as bytes so that they can be signed (RFC 7578).
fn multipart(parts: &[BodyPart], root: &Rcvar, materials: Materials<'_>) -> Result<Payload, Failure> {
    let boundary = format!("dossier-{:032x}", u128::from_be_bytes(materials.entropy.bytes()));
    let (mut bytes, mut shown) = (Vec::new(), Vec::new());
    let mut add = |name: &str, file: Option<&File>, media_type: Option<&str>, content: &[u8], record: Value| {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
        if let Some(file) = file {
            head = format!("{head}; filename=\"{}\"", quoted(&file.name));
        }
        if let Some(media_type) = media_type {
            head = format!("{head}\r\nContent-Type: {}", media_type.replace(['\r', '\n'], ""));
        }
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(b"\r\n");
        shown.push(Value::Object([(name.to_owned(), record)].into_iter().collect()));
    };
    for BodyPart { name, content } in parts {
        match content {
            PartContent::Text(text) => {
                if let Some(value) = text.value(root)? {
                    add(name, None, None, plain(&value).as_bytes(), value);
                }
            }
            PartContent::Json(template) => {
                if let Some(Made { value, shown }) = json(template, root, materials)? {
                    let content = value.to_string();
                    add(name, None, Some("application/json"), content.as_bytes(), shown.unwrap_or(value));
                }
            }
            PartContent::File(expr) => {
                for file in files(expr, root, materials)? {
                    add(name, Some(file), Some(&file.media_type), &file.bytes, Value::String(described(file)));
                }
            }
        }
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let media_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}")).ok();
    Ok(Payload { media_type, bytes, shown: Some(Value::Array(shown)) })
}

/// A name inside quotes, as browsers write it (WHATWG, multipart/form-data).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        internal(format!("An expression of the manifest failed: {error}."))
    }
}
