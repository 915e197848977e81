//! The body of a request.

use super::{Pairs, request};
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::{Node, Yaml};

/// The body of a request.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Json(JsonTemplate),
    Form(Pairs),
    /// A JSON array of objects, each a name and its value.
    Pairs {
        name: String,
        value: String,
        /// Whether a pair without a value is sent with null, or left out.
        missing_as_null: bool,
        of: Pairs,
    },
    /// Parts in order (RFC 7578).
    Multipart(Vec<BodyPart>),
    /// A text of any type.
    Text {
        text: Template,
        media_type: String,
    },
    /// The bytes of a file.
    File(Expr),
}

/// A part of a multipart body.
#[derive(Clone, Debug)]
pub(crate) struct BodyPart {
    pub(crate) name: String,
    pub(crate) content: PartContent,
}

/// What stands in a part.
#[derive(Clone, Debug)]
pub(crate) enum PartContent {
    Text(Template),
    Json(JsonTemplate),
    /// A file, or one part for each of several.
    File(Expr),
}

/// JSON with expressions at its leaves.
#[derive(Clone, Debug)]
pub(crate) enum JsonTemplate {
    Leaf(Template),
    List(Vec<JsonTemplate>),
    Map(Vec<(String, JsonTemplate)>),
    /// The bytes of a file as text.
    File {
        file: Expr,
        /// Whether it begins with `data:<type>;base64,` (RFC 2397).
        data_url: bool,
    },
}

/// What becomes of a pair without a value: whether it is sent with null.
pub(super) const MISSING: &[(&str, bool)] = &[("null", true), ("omit", false)];

/// Reads `body`.
pub(super) fn load(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<Body> {
    if let Node::Text(word) = &yaml.node
        && word == "none"
    {
        return Some(Body::None);
    }
    let mut keys = Keys::of(yaml, "body", problems)?;
    let mut found = Vec::new();
    if let Some(yaml) = keys.get("json") {
        found.push(json(yaml, known, problems).map(Body::Json));
    }
    if keys.get("form").is_some() {
        found.push(Some(Body::Form(request::pairs(&mut keys, "form", known, problems))));
    }
    let rows = keys.list("of", problems);
    if let Some(names) = keys.get("pairs") {
        found.push(ordered(names, rows, known, problems));
    }
    if keys.get("multipart").is_some() {
        let parts = keys.list("multipart", problems).iter().filter_map(|y| part(y, known, problems));
        found.push(Some(Body::Multipart(parts.collect())));
    }
    let media_type = keys.text("type", problems);
    if let Some(text) = request::checked(&mut keys, "text", known, problems) {
        let media_type = media_type.unwrap_or_else(|| "text/plain; charset=utf-8".to_owned());
        if http::HeaderValue::from_str(&media_type).is_err() {
            problems.add(keys.place(), format!("“{media_type}” is no media type."), "Write one such as text/xml.");
        }
        found.push(Some(Body::Text { text, media_type }));
    }
    if keys.get("file").is_some() {
        found.push(request::expr(&mut keys, "file", known, problems).map(Body::File));
    }
    let place = keys.place();
    keys.finish(problems);
    if found.len() == 1 {
        return found.pop().flatten();
    }
    let message = "A body is one of json, form, pairs, multipart, text and file.";
    problems.add(place, message, "Keep one of them.");
    None
}

fn part(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<BodyPart> {
    let mut keys = Keys::of(yaml, "a part", problems)?;
    let name = keys.need_text("name", problems);
    let json = keys.get("json").map(|y| json(y, known, problems).map(PartContent::Json));
    let text = keys.get("text").map(|y| request::value(y, known, problems).map(PartContent::Text));
    let file = keys.get("file").map(|_| request::expr(&mut keys, "file", known, problems).map(PartContent::File));
    let place = keys.place();
    keys.finish(problems);
    let mut found = [json, text, file].into_iter().flatten();
    if let (Some(content), None) = (found.next(), found.next()) {
        Some(BodyPart { name: name?, content: content? })
    } else {
        problems.add(place, "A part has one of text, json and file.", "Keep one of them.");
        None
    }
}

fn ordered(names: &Yaml, rows: &[Yaml], known: &Known, problems: &mut Problems) -> Option<Body> {
    let mut keys = Keys::of(names, "pairs", problems)?;
    let (name, value) = (keys.need_text("name", problems), keys.need_text("value", problems));
    let missing_as_null = keys.word("missing", MISSING, problems).unwrap_or(false);
    keys.finish(problems);
    let mut of = Vec::new();
    for row in rows {
        match &row.node {
            Node::List(cells) if cells.len() == 2 => {
                let name = keys::text(&cells[0], "the name", problems);
                of.extend(name.zip(request::value(&cells[1], known, problems)));
            }
            _ => problems.add(row.place, "A pair is a list of a name and a value.", "Write `- [Name, \"=value\"]`."),
        }
    }
    Some(Body::Pairs { name: name?, value: value?, missing_as_null, of })
}

fn json(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<JsonTemplate> {
    match &yaml.node {
        Node::List(items) => Some(JsonTemplate::List(items.iter().filter_map(|i| json(i, known, problems)).collect())),
        Node::Map(pairs) => {
            if let [only] = pairs.as_slice()
                && let Some(word) = only.key.strip_prefix('$')
            {
                return file_text(word, yaml, known, problems);
            }
            let pairs = pairs.iter().filter_map(|p| Some((p.key.clone(), json(&p.value, known, problems)?)));
            Some(JsonTemplate::Map(pairs.collect()))
        }
        _ => request::value(yaml, known, problems).map(JsonTemplate::Leaf),
    }
}

/// `{ $base64: "=params.front" }`
fn file_text(word: &str, yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<JsonTemplate> {
    let mut keys = Keys::of(yaml, "a file in JSON", problems)?;
    let (key, data_url) = match word {
        "base64" => ("$base64", false),
        "data_url" => ("$data_url", true),
        _ => {
            let known = crate::problem::suggest(word, &["base64", "data_url"]);
            problems.add(yaml.place, format!("“${word}” is no way to write a file."), known);
            return None;
        }
    };
    let file = request::expr(&mut keys, key, known, problems);
    keys.finish(problems);
    Some(JsonTemplate::File { file: file?, data_url })
}
