//! Examples: what is put in, which calls must go out, what comes back, and what must come of it. Nothing of them counts
//! for a run; [`crate::Rehearsal`] tries them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_domain::ErrorClass;
use serde_json::{Map, Value, json};

use crate::callback::CallbackError;
use crate::form::Form;
use crate::keys::{self, Keys};
use crate::problem::{Problem, Problems, suggest};
use crate::yaml::{self, Node, Place, Yaml};

/// One example of an action.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// As it was written: where what stands in it.
    source: Arc<Yaml>,
    /// The action, where the example does not stand in it.
    pub(crate) action: Option<String>,
    /// Laid over the defaults of the channel's form.
    pub(crate) config: Value,
    pub(crate) request: (String, String),
    pub(crate) outputs: Value,
    pub(crate) params: Value,
    /// The files in the parameters by their ids.
    pub(crate) files: Vec<(String, crate::call::File)>,
    /// RFC 3339.
    pub(crate) now: String,
    pub(crate) calls: Vec<CallRule>,
    /// A callback that comes in, instead of an action that is run.
    pub(crate) callback: Option<CameIn>,
    pub(crate) gives: Gives,
}

/// A callback as it came.
#[derive(Clone, Debug)]
pub(crate) struct CameIn {
    pub(crate) headers: Vec<(String, String)>,
    /// Its raw body.
    pub(crate) body: Vec<u8>,
}

/// A call that must go out, and what comes back.
#[derive(Clone, Debug)]
pub(crate) struct CallRule {
    pub(crate) wanted: Wanted,
    pub(crate) given: Given,
}

/// What must go out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) method: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) query: Option<Vec<(String, String)>>,
    pub(crate) headers: Vec<(String, String)>,
    /// Headers that must not go out.
    pub(crate) absent: Vec<String>,
    pub(crate) body: Option<Value>,
}

/// What comes back.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Nothing whole: the client's word for why.
    Broken(String),
}

/// What must come of it; what is not said may be anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gives {
    pub(crate) texts: Vec<(&'static str, String)>,
    pub(crate) outputs: Option<Value>,
    pub(crate) items: Vec<(String, String)>,
    pub(crate) tables: Vec<(String, usize)>,
    pub(crate) files: Option<Vec<String>>,
    /// What a callback tells.
    pub(crate) event: Vec<(String, String)>,
}

/// What of the end is told as a text.
const TEXTS: &[&str] = &["outcome", "class", "message", "verdict", "state", "summary", "badge", "refused"];
/// How a run may end.
pub(super) const OUTCOMES: &[&str] = &["succeeded", "waiting", "failed", "unknown"];
/// The words for [`dossier_domain::Verdict`].
pub(super) const VERDICTS: &[&str] = &["pass", "review", "fail", "none"];
/// How work may stand.
pub(super) const STATES: &[&str] = &["waiting", "succeeded", "failed", "unknown"];
/// What is told of an event.
const EVENT: &[&str] = &["trusted", "id", "time", "subject", "type", "state"];
/// How a call may break, in the client's words.
pub(super) const BROKEN: &[&str] = &["timeout", "refused", "dns", "connect", "tls", "interrupted", "too_large"];
/// When examples happen, where they do not say.
const NOW: &str = "2026-11-23T14:00:00Z";

/// Reads a list of examples.
pub(super) fn load_all(items: &[Yaml], problems: &mut Problems) -> Vec<Example> {
    items.iter().filter_map(|yaml| load(yaml, problems)).collect()
}

impl Example {
    /// Reads a file of examples beside a manifest.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, Vec<Problem>> {
        let tree = yaml::parse(text).map_err(|problem| vec![problem])?;
        let mut problems = Problems::default();
        let examples = if let Node::List(items) = &tree.node {
            load_all(items, &mut problems)
        } else {
            keys::wrong(&tree, "the file", "a list", &mut problems);
            Vec::new()
        };
        for example in examples.iter().filter(|e| e.action.is_none() && e.callback.is_none()) {
            problems.add(example.place, "“action” is missing here.", "Add `action:` with the key of the action.");
        }
        if problems.is_empty() { Ok(examples) } else { Err(problems.into_sorted()) }
    }

    /// Where that stands in it to which `path` leads, of keys and numbers of items; as far as it leads.
    pub(crate) fn at<S: AsRef<str>>(&self, path: &[S]) -> Place {
        self.source.at(path)
    }

    /// Notes what it gives to fields that do not exist, of the channel's form and the action's.
    pub(crate) fn strangers(&self, config: &Form, params: Option<&Form>, problems: &mut Problems) {
        let forms = [("config", &self.config, Some(config)), ("params", &self.params, params)];
        for (word, given, form) in forms {
            let Some(names) = form.map(Form::names) else { continue };
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let given = given.as_object().into_iter().flat_map(Map::keys);
            for name in given.filter(|name| !known.contains(&name.as_str())) {
                let message =
                    format!("{} has no field “{name}”.", if word == "config" { "The channel" } else { "The action" });
                problems.add(self.at(&[word, name]), message, suggest(name, &known));
            }
        }
    }
}

fn load(yaml: &Yaml, problems: &mut Problems) -> Option<Example> {
    let mut keys = Keys::of(yaml, "an example", problems)?;
    let name = keys.need_text("name", problems);
    let action = keys.text("action", problems);
    let (config, outputs) = (object(&mut keys, "config", problems), object(&mut keys, "outputs", problems));
    let mut request = ("0193b0a4-0000-7000-8000-000000000001".to_owned(), "Example".to_owned());
    if let Some(mut keys) = keys.get("request").and_then(|y| Keys::of(y, "request", problems)) {
        request.0 = keys.text("id", problems).unwrap_or(request.0);
        request.1 = keys.text("reference", problems).unwrap_or(request.1);
        keys.finish(problems);
    }
    let mut files = Vec::new();
    let params = keys.get("params");
    let params = params.map_or_else(|| Value::Object(Map::new()), |y| with_files(y, &mut files, problems));
    let now = keys.text("now", problems).unwrap_or_else(|| NOW.to_owned());
    let calls = keys.list("calls", problems).iter().filter_map(|y| call(y, problems)).collect();
    let callback = keys.get("callback").and_then(|y| callback(y, problems));
    let gives = keys.need("gives", problems).and_then(|y| gives(y, problems));
    let place = keys.place();
    keys.finish(problems);
    let (name, gives) = (name?, gives?);
    let source = Arc::new(yaml.clone());
    Some(Example { name, place, source, action, config, request, outputs, params, files, now, calls, callback, gives })
}

/// The mapping at `key` as JSON; empty when it is not there.
fn object(keys: &mut Keys<'_>, key: &'static str, problems: &mut Problems) -> Value {
    let pairs = keys.pairs(key, problems);
    Value::Object(pairs.iter().map(|pair| (pair.key.clone(), pair.value.json())).collect())
}

/// The parameters; `{ file: photo.png, type: image/png, text: … }` in them becomes a file.
fn with_files(yaml: &Yaml, files: &mut Vec<(String, crate::call::File)>, problems: &mut Problems) -> Value {
    match &yaml.node {
        Node::Map(pairs) if pairs.iter().any(|p| p.key == "file") => {
            let Some(mut keys) = Keys::of(yaml, "a file", problems) else { return Value::Null };
            let name = keys.need_text("file", problems).unwrap_or_default();
            let media_type = keys.text("type", problems).unwrap_or_else(|| "application/octet-stream".to_owned());
            let bytes = bytes(&mut keys, problems).unwrap_or_default();
            keys.finish(problems);
            let id = format!("0193b0a4-0000-7000-8000-0000000f{:04x}", files.len() + 1);
            let value = json!({"id": id, "name": name, "type": media_type, "size": bytes.len()});
            files.push((id, crate::call::File { name, media_type, bytes }));
            value
        }
        Node::Map(pairs) => {
            Value::Object(pairs.iter().map(|p| (p.key.clone(), with_files(&p.value, files, problems))).collect())
        }
        Node::List(items) => items.iter().map(|item| with_files(item, files, problems)).collect(),
        _ => yaml.json(),
    }
}

/// `text` or `base64`.
fn bytes(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Vec<u8>> {
    if let Some(text) = keys.text("text", problems) {
        return Some(text.into_bytes());
    }
    let yaml = keys.get("base64")?;
    let text = keys::text(yaml, "base64", problems)?;
    let bytes = STANDARD.decode(text.split_whitespace().collect::<String>()).ok();
    if bytes.is_none() {
        problems.add(yaml.place, "This is not base64.", "Write standard base64 with padding, or `text:`.");
    }
    bytes
}

fn callback(yaml: &Yaml, problems: &mut Problems) -> Option<CameIn> {
    let mut keys = Keys::of(yaml, "a callback", problems)?;
    let headers = keys.get("headers").map(|y| named(y, "headers", problems)).unwrap_or_default();
    let json = keys.get("body").map(|y| y.json().to_string().into_bytes());
    let body = json.or_else(|| bytes(&mut keys, problems)).unwrap_or_default();
    keys.finish(problems);
    Some(CameIn { headers, body })
}

fn call(yaml: &Yaml, problems: &mut Problems) -> Option<CallRule> {
    let mut keys = Keys::of(yaml, "a call", problems)?;
    let wanted = keys.get("request").and_then(|y| wanted(y, problems)).unwrap_or_default();
    let answer = keys.get("answer").and_then(|y| answer(y, problems));
    let broken = keys.text("broken", problems).map(|word| {
        if !BROKEN.contains(&word.as_str()) {
            problems.add(keys.place(), format!("“{word}” is no way for a call to break."), suggest(&word, BROKEN));
        }
        Given::Broken(word)
    });
    let place = keys.place();
    if answer.is_none() && broken.is_none() {
        problems.add(
            place,
            "A call has an answer, or is broken.",
            "Add `answer:` with a status, or `broken: timeout`.",
        );
    }
    keys.finish(problems);
    Some(CallRule { wanted, given: answer.or(broken)? })
}

fn wanted(yaml: &Yaml, problems: &mut Problems) -> Option<Wanted> {
    let mut keys = Keys::of(yaml, "request", problems)?;
    let wanted = Wanted {
        method: keys.need_text("method", problems),
        url: keys.need_text("url", problems),
        query: keys.get("query").map(|y| named(y, "query", problems)),
        headers: keys.get("headers").map(|y| named(y, "headers", problems)).unwrap_or_default(),
        absent: keys.texts("absent", problems),
        body: keys.get("body").map(Yaml::json),
    };
    keys.finish(problems);
    Some(wanted)
}

/// Names and values; a list of values is one name several times.
fn named(yaml: &Yaml, what: &str, problems: &mut Problems) -> Vec<(String, String)> {
    let mut named = Vec::new();
    for pair in keys::map(yaml, what, problems).unwrap_or_default() {
        let texts = match pair.value.json() {
            Value::Array(items) => items,
            one => vec![one],
        };
        let plain = |value: Value| if let Value::String(text) = value { text } else { value.to_string() };
        named.extend(texts.into_iter().map(|value| (pair.key.clone(), plain(value))));
    }
    named
}

fn answer(yaml: &Yaml, problems: &mut Problems) -> Option<Given> {
    let mut keys = Keys::of(yaml, "answer", problems)?;
    keys.need("status", problems);
    let status = keys.count("status", problems).and_then(|n| u16::try_from(n).ok()).unwrap_or(200);
    let mut headers = keys.get("headers").map(|y| named(y, "headers", problems)).unwrap_or_default();
    let json = keys.get("body").map(|y| y.json().to_string().into_bytes());
    if json.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let body = json.or_else(|| bytes(&mut keys, problems)).unwrap_or_default();
    keys.finish(problems);
    Some(Given::Answer { status, headers, body })
}

fn gives(yaml: &Yaml, problems: &mut Problems) -> Option<Gives> {
    let mut keys = Keys::of(yaml, "gives", problems)?;
    let mut gives = Gives::default();
    for &key in TEXTS {
        gives.texts.extend(keys.text(key, problems).map(|text| (key, text)));
    }
    let classes: Vec<&str> = ErrorClass::ALL.iter().map(|class| class.as_str()).collect();
    let refusals: Vec<&str> = CallbackError::ALL.iter().map(|error| error.word()).collect();
    for (key, noun, words) in [
        ("outcome", "outcome", OUTCOMES),
        ("class", "class of failures", &classes),
        ("verdict", "verdict", VERDICTS),
        ("state", "state of work", STATES),
        ("refused", "reason to refuse a callback", &refusals),
    ] {
        if let Some((_, word)) = gives.texts.iter().find(|(known, _)| *known == key)
            && !words.contains(&word.as_str())
        {
            problems.add(yaml.at(&[key]), format!("“{word}” is no {noun}."), suggest(word, words));
        }
    }
    gives.outputs = keys.get("outputs").is_some().then(|| object(&mut keys, "outputs", problems));
    gives.items = keys.get("items").map(|y| named(y, "items", problems)).unwrap_or_default();
    gives.event = keys.get("event").map(|y| named(y, "event", problems)).unwrap_or_default();
    for (name, _) in gives.event.iter().filter(|(name, _)| !EVENT.contains(&name.as_str())) {
        problems.add(yaml.at(&["event", name]), format!("“{name}” is not told of an event."), suggest(name, EVENT));
    }
    for pair in keys.pairs("tables", problems) {
        let rows = pair.value.json().as_u64().and_then(|n| usize::try_from(n).ok());
        if rows.is_none() {
            keys::wrong(&pair.value, "tables", "a number of rows", problems);
        }
        gives.tables.extend(rows.map(|rows| (pair.key.clone(), rows)));
    }
    gives.files = keys.get("files").is_some().then(|| keys.texts("files", problems));
    keys.finish(problems);
    Some(gives)
}
