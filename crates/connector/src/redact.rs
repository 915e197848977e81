//! Takes secrets and personal data out of what is recorded, before it is written.
//!
//! Three nets, one behind the other: what stands under a known name, every recurrence of a value that is known to be
//! secret or personal in any spelling, and identity numbers by their digits. A body that cannot be read is not kept.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::digest;
use crate::manifest::Redact;
use crate::sensitive::{Folded, SensitiveNames, secret, za_ids};
use crate::skeleton::{Skeleton, names_in};
use crate::spellings::{Budget, Needles, replace};

/// What stands in addresses and headers where something was taken out.
pub(crate) const WORD: &str = "redacted";
/// What stands in bodies where something was taken out.
pub(crate) const BLOCK: &str = "▮▮▮";
/// How many layers of JSON as text are opened.
const LAYERS: usize = 3;
/// The most secrets that are learnt from answers during one call. An honest provider has a handful.
const MOST_LEARNT: usize = 100;
/// The most bytes that they come to.
const MOST_LEARNT_BYTES: usize = 256_000;
/// The most bytes that are looked through during one call, every layer of escapes and every pass counted: a
/// plain answer of the largest size comes to some fifth of it.
const WORK: usize = 500_000_000;
/// The types that are named even when nothing can be looked for.
const TYPES: &[&str] =
    &["application/json", "application/pdf", "application/xml", "text/html", "text/plain", "text/xml"];

/// Knows what must not be written during one call.
///
/// What it learns and how much it reads is bounded, since answers come from addresses that anyone can set. Past a bound
/// it takes everything out, and [`Redactor::overwhelmed`] says so.
#[derive(Clone)]
pub(crate) struct Redactor {
    names: SensitiveNames,
    /// Names that the form of the action marks: they count in what goes out.
    form_names: SensitiveNames,
    /// What the manifest names beyond that: headers, names in queries and forms, places in bodies.
    rules: Arc<Redact>,
    secrets: Needles,
    personal: Needles,
    /// How many secrets were learnt, and their bytes.
    learnt: (usize, usize),
    /// Whether there were more than can be looked for.
    full: bool,
    budget: Budget,
    /// Whether what is personal stays.
    reveals: bool,
    /// The key of digests: they stay unsearchable for those without the channel's secrets.
    key: Vec<u8>,
}

/// How much is taken out.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    /// Secrets only: what the result keeps.
    Secrets,
    /// Personal data too: what is recorded of an answer.
    Answer,
    /// The same where it is known that no secret is in it.
    Clean,
    /// And what the form marks: what is recorded of a request.
    Request,
}

impl Redactor {
    /// A redactor for a call with these secrets and personal values.
    pub(crate) fn new<'a>(
        names: SensitiveNames,
        form_names: SensitiveNames,
        secrets: impl IntoIterator<Item = &'a SecretString>,
        personal: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut redactor = Self {
            names,
            form_names,
            rules: Arc::default(),
            secrets: Needles::default(),
            personal: Needles::default(),
            learnt: (0, 0),
            full: false,
            budget: Budget::of(WORK),
            reveals: false,
            key: Vec::new(),
        };
        for secret in secrets {
            redactor.key.extend_from_slice(secret.expose_secret().as_bytes());
            redactor.secrets.add(secret.expose_secret().trim());
        }
        for value in personal {
            redactor.personal.add(value.trim());
        }
        redactor
    }

    /// The same with what a manifest says under `redact`.
    #[must_use]
    pub(crate) fn with_rules(mut self, rules: &Arc<Redact>) -> Self {
        self.rules = Arc::clone(rules);
        self
    }

    /// From here on it takes out nothing but secrets.
    pub(crate) fn reveal(&mut self) {
        (self.reveals, self.personal, self.rules) = (true, Needles::default(), Arc::default());
    }

    /// One that knows the same and has bounds of its own: what it meets does not count against this one.
    pub(crate) fn apart(&self) -> Self {
        Self { budget: Budget::of(WORK), full: false, ..self.clone() }
    }

    /// Adds a secret that came up on the way.
    pub(crate) fn learn(&mut self, secret: &str) {
        let secret = secret.trim();
        if self.full || !self.secrets.lacks(secret) {
            return;
        }
        let (count, bytes) = (self.learnt.0 + 1, self.learnt.1 + secret.len());
        if count > MOST_LEARNT || bytes > MOST_LEARNT_BYTES {
            self.full = true;
            return;
        }
        self.learnt = (count, bytes);
        self.secrets.add(secret);
    }

    /// Why what was handed in can no longer be redacted, as the end of a sentence; nothing while it can.
    pub(crate) fn overwhelmed(&self) -> Option<&'static str> {
        if self.full {
            Some("has more secrets in it than can be taken out safely")
        } else {
            self.budget.is_spent().then_some("takes too long to be searched for secrets")
        }
    }

    /// Adds every text that stands under a name of secrets in `answer`.
    pub(crate) fn learn_from(&mut self, answer: &Value) {
        match answer {
            Value::Array(items) => items.iter().for_each(|i| self.learn_from(i)),
            Value::Object(pairs) => {
                for (name, value) in pairs {
                    match value {
                        Value::String(text) if secret(name) => self.learn(text),
                        other => self.learn_from(other),
                    }
                }
            }
            _ => {}
        }
    }

    /// A message of the provider: secrets and personal data out.
    pub(crate) fn message(&self, text: &str) -> String {
        self.text(text, Depth::Answer, BLOCK)
    }

    /// An address.
    pub(crate) fn url(&self, url: &Url) -> String {
        let whole = url.as_str();
        let (whole, fragment) = whole.split_once('#').map_or((whole, None), |(w, f)| (w, Some(f)));
        let (path, query) = whole.split_once('?').map_or((whole, None), |(p, q)| (p, Some(q)));
        let mut redacted = self.text(path, Depth::Request, WORD);
        if let Some(query) = query {
            redacted = format!("{redacted}?{}", self.pairs(query, Depth::Request, WORD));
        }
        if fragment.is_some() {
            redacted.push_str("#redacted");
        }
        // A value with a ? in it that nobody encoded stands in both parts.
        if query.is_some() && self.may_be_cut(whole) { self.text(&redacted, Depth::Request, WORD) } else { redacted }
    }

    /// Headers, names in lower case.
    pub(crate) fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let one = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = match value.to_str() {
                Ok(text) if !self.hides(name.as_str()) => match Url::parse(text) {
                    Ok(url) if url.has_host() => self.url(&url),
                    _ => self.text(text, Depth::Request, WORD),
                },
                _ => WORD.to_owned(),
            };
            (name.as_str().to_owned(), value)
        };
        headers.iter().map(one).collect()
    }

    fn hides(&self, header: &str) -> bool {
        secret(header) || (!self.reveals && self.names.personal(header)) || self.rules.headers.personal(header)
    }

    /// What is recorded of a request's body in which files are only named.
    pub(crate) fn request_json(&self, body: &Value) -> Vec<u8> {
        self.body("application/json", body.to_string().as_bytes(), Some(body), Depth::Request)
    }

    /// The body of a request.
    pub(crate) fn request_body(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        self.body(media_type, body, None, Depth::Request)
    }

    /// The body of an answer, as it is recorded; `read` is what it says as JSON, where that is known, and whether it is
    /// [`Redactor::clean`].
    pub(crate) fn answer_body(&self, media_type: &str, body: &[u8], read: Option<(&Value, bool)>) -> Vec<u8> {
        let depth = if read.is_some_and(|(_, clean)| clean) { Depth::Clean } else { Depth::Answer };
        self.body(media_type, body, read.map(|(json, _)| json), depth)
    }

    /// A body that is kept as it came, as a person may see it; `None` when what is personal in it cannot be told.
    pub(crate) fn seen_body(&self, media_type: &str, body: &[u8]) -> Option<Vec<u8>> {
        self.readable(media_type, body, None, Depth::Answer).filter(|_| self.overwhelmed().is_none())
    }

    /// The body of an answer, as the result keeps it: unchanged unless a secret is in it.
    pub(crate) fn raw(&self, body: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        match serde_json::from_str::<Value>(text) {
            Ok(mut json) => {
                if self.open(&mut json, body) {
                    json.to_string().into_bytes()
                } else {
                    body.to_vec()
                }
            }
            Err(_) => self.text(text, Depth::Secrets, BLOCK).into_bytes(),
        }
    }

    /// Whether `answer`, which was read from `bytes`, is easily seen to hold no secret: where those are plain and hold
    /// none as a whole, nothing in them does.
    pub(crate) fn clean(&self, answer: &Value, bytes: &[u8]) -> bool {
        let lacks = |text: &str| self.overwhelmed().is_none() && self.secrets.surely_lack(text, &self.budget);
        is_as_written(answer) && std::str::from_utf8(bytes).is_ok_and(lacks)
    }

    /// Takes the secrets out of an answer, for expressions; it was read from `bytes`. Whether those hold one.
    pub(crate) fn open(&self, answer: &mut Value, bytes: &[u8]) -> bool {
        self.cleanse(answer, Depth::Secrets, LAYERS) || self.is_hidden_in(answer, bytes)
    }

    /// Whether `bytes` hold a secret that `answer`, which was read from them, does not show: under a name that stands
    /// twice, or in a number that is not kept as it was written.
    fn is_hidden_in(&self, answer: &Value, bytes: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let skeleton = Skeleton::of(text);
        skeleton.names != names_in(answer)
            || skeleton.numbers.iter().any(|number| self.cut(number, Depth::Secrets, BLOCK).is_some())
    }

    fn body(&self, media_type: &str, body: &[u8], read: Option<&Value>, depth: Depth) -> Vec<u8> {
        if body.is_empty() {
            return Vec::new();
        }
        let kept = self.readable(media_type, body, read, depth).filter(|_| self.overwhelmed().is_none());
        kept.unwrap_or_else(|| self.opaque(media_type, body))
    }

    /// A body with what must go taken out; `None` when it cannot be read.
    fn readable(&self, media_type: &str, body: &[u8], read: Option<&Value>, depth: Depth) -> Option<Vec<u8>> {
        if self.overwhelmed().is_some() {
            return None;
        }
        let text = std::str::from_utf8(body).ok()?;
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if let Some(mut json) = read.cloned().or_else(|| serde_json::from_str(text).ok()) {
            self.rules.pointers.iter().for_each(|pointer| blank(&mut json, pointer));
            self.cleanse(&mut json, depth, LAYERS);
            return Some(json.to_string().into_bytes());
        }
        let looks_like_json = text.trim_start().starts_with(['{', '[']) || kind.ends_with("json");
        match kind.as_str() {
            _ if looks_like_json => None,
            "application/x-www-form-urlencoded" => Some(self.pairs(text, depth, BLOCK).into_bytes()),
            "" | "text/plain" | "text/html" => Some(self.text(text, depth, BLOCK).into_bytes()),
            _ => None,
        }
    }

    /// What is kept of a body that cannot be read.
    fn opaque(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        let known = TYPES.contains(&media_type.split(';').next().unwrap_or_default().trim());
        let kind = if known && self.overwhelmed().is_some() {
            media_type.split(';').next().unwrap_or_default().trim().to_owned()
        } else {
            self.text(media_type, Depth::Request, WORD)
        };
        let kind = if kind.is_empty() { "no type" } else { &kind };
        let digest = (!self.key.is_empty()).then(|| format!("; HMAC-SHA-256 {}", digest::keyed(&self.key, body)));
        format!("[{} bytes of {kind}, not kept{}]", body.len(), digest.unwrap_or_default()).into_bytes()
    }

    /// `name=value&…`
    fn pairs(&self, text: &str, depth: Depth, mark: &str) -> String {
        let mut whole = String::with_capacity(text.len());
        for (at, pair) in text.split('&').enumerate() {
            if at > 0 {
                whole.push('&');
            }
            let (name, value) = pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)));
            whole.push_str(&self.seen(name, depth, mark));
            let Some(value) = value else { continue };
            whole.push('=');
            let named = |name: &str| self.named(name, depth) || self.rules.query.personal(name);
            if !value.is_empty() && named(&decoded(name)) {
                whole.push_str(mark);
            } else if let Some(opened) = self.opened(&decoded(value), depth, LAYERS) {
                whole.extend(form_urlencoded::byte_serialize(opened.as_bytes()));
            } else {
                whole.push_str(&self.seen(value, depth, mark));
            }
        }
        // And one with a & in it stands in two pairs.
        if text.contains('&') && self.may_be_cut(text) { self.text(&whole, depth, mark) } else { whole }
    }

    /// Whether a value may stand on both sides of a sign that addresses are cut at: because that is in the value, or in
    /// how HTML spells it.
    fn may_be_cut(&self, text: &str) -> bool {
        text.contains("&#") || self.secrets.has_signs() || self.personal.has_signs()
    }

    /// JSON as text with what must go taken out; `None` when nothing must, or when it is no JSON.
    fn opened(&self, text: &str, depth: Depth, layers: usize) -> Option<String> {
        if layers == 0 || !text.trim_start().starts_with(['{', '[', '"']) {
            return None;
        }
        let mut json = serde_json::from_str::<Value>(text).ok()?;
        self.cleanse(&mut json, depth, layers - 1).then(|| json.to_string())
    }

    /// A link of an answer without what signs it: whoever has the signature has the file. The result keeps links as
    /// they came, since people may have to follow them.
    fn link(&self, text: &str, depth: Depth) -> Option<String> {
        let (address, query) = text.split_once('?').filter(|_| depth != Depth::Secrets)?;
        let web = address.starts_with("https://") || address.starts_with("http://");
        (web && !text.contains(char::is_whitespace)).then(|| format!("{address}?{}", self.pairs(query, depth, BLOCK)))
    }

    /// Takes out of `value` what must go; whether anything went.
    fn cleanse(&self, value: &mut Value, depth: Depth, layers: usize) -> bool {
        match value {
            Value::Array(items) => {
                let mut went = false;
                for item in items {
                    went |= self.cleanse(item, depth, layers);
                }
                went
            }
            Value::Object(pairs) => {
                let (mut went, mut renamed) = (false, false);
                for (name, value) in pairs.iter_mut() {
                    renamed |= self.cut(name, depth, BLOCK).is_some();
                    if value.is_null() || value.is_boolean() || !self.named(name, depth) {
                        went |= self.cleanse(value, depth, layers);
                    } else if value.as_str() != Some(BLOCK) {
                        *value = Value::String(BLOCK.to_owned());
                        went = true;
                    }
                }
                if renamed {
                    let pairs_of = |(name, value): (String, Value)| (self.text(&name, depth, BLOCK), value);
                    *pairs = mem::take(pairs).into_iter().map(pairs_of).collect();
                }
                went || renamed
            }
            Value::String(text) => {
                let kept = self.string(text, depth, layers).filter(|kept| kept != text);
                kept.map(|kept| *text = kept).is_some()
            }
            Value::Number(number) => {
                let kept = self.cut(&number.to_string(), depth, BLOCK);
                kept.map(|kept| *value = Value::String(kept)).is_some()
            }
            Value::Null | Value::Bool(_) => false,
        }
    }

    /// What is kept of a text within JSON; `None` when it is kept as it is.
    fn string(&self, text: &str, depth: Depth, layers: usize) -> Option<String> {
        if depth != Depth::Secrets && is_file(text) {
            return Some(format!("[{} characters of base64, not kept]", text.len()));
        }
        let opened = self.opened(text, depth, layers);
        let opened = self.link(opened.as_deref().unwrap_or(text), depth).or(opened);
        self.cut(opened.as_deref().unwrap_or(text), depth, BLOCK).or(opened)
    }

    fn named(&self, name: &str, depth: Depth) -> bool {
        let (name, depth) = (Folded::of(name), if self.reveals { Depth::Secrets } else { depth });
        name.is_secret()
            || (depth != Depth::Secrets && self.names.knows(&name))
            || (depth == Depth::Request && self.form_names.knows(&name))
    }

    fn text(&self, text: &str, depth: Depth, mark: &str) -> String {
        self.seen(text, depth, mark).into_owned()
    }

    fn seen<'t>(&self, text: &'t str, depth: Depth, mark: &str) -> Cow<'t, str> {
        self.cut(text, depth, mark).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// `text` with `mark` where something was taken out; `None` when nothing had to be.
    fn cut(&self, text: &str, depth: Depth, mark: &str) -> Option<String> {
        if self.overwhelmed().is_some() {
            return Some(mark.to_owned());
        }
        let mut whole = None;
        let mut cut = |find: &dyn Fn(&str) -> Vec<Range<usize>>| {
            let before = whole.as_deref().unwrap_or(text);
            let found = find(before);
            if !found.is_empty() {
                whole = Some(replace(before, &found, mark));
            }
        };
        if depth != Depth::Clean {
            cut(&|text| self.secrets.find(text, &self.budget));
        }
        if depth != Depth::Secrets && !self.reveals {
            cut(&|text| self.personal.find(text, &self.budget));
            cut(&|text| za_ids(text));
        }
        whole
    }
}

/// A name or a value of form pairs as it was meant.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let pair = format!("x={text}");
    Cow::Owned(form_urlencoded::parse(pair.as_bytes()).next().map(|(_, v)| v.into_owned()).unwrap_or_default())
}

/// Whether every text and number of an answer is as it was written, and none stands under the name of a secret.
fn is_as_written(answer: &Value) -> bool {
    match answer {
        Value::Array(items) => items.iter().all(is_as_written),
        Value::Object(pairs) => pairs.iter().all(|(name, value)| !secret(name) && is_as_written(value)),
        // 1e5 is read as 100000.0.
        Value::Number(number) => !number.is_f64(),
        Value::String(_) | Value::Null | Value::Bool(_) => true,
    }
}

/// Takes out what stands where `pointer` leads.
fn blank(value: &mut Value, pointer: &[String]) {
    let Some((step, rest)) = pointer.split_first() else {
        if !value.is_null() {
            *value = Value::String(BLOCK.to_owned());
        }
        return;
    };
    match value {
        Value::Array(items) if step == "*" => items.iter_mut().for_each(|item| blank(item, rest)),
        Value::Object(pairs) if step == "*" => pairs.values_mut().for_each(|value| blank(value, rest)),
        Value::Array(items) => {
            if let Some(item) = step.parse().ok().and_then(|at: usize| items.get_mut(at)) {
                blank(item, rest);
            }
        }
        Value::Object(pairs) => {
            if let Some(value) = pairs.get_mut(step) {
                blank(value, rest);
            }
        }
        _ => {}
    }
}

/// Whether a text is a file in base64: long, and nothing else in it. Its place is among the files of the request.
fn is_file(text: &str) -> bool {
    const LONG: usize = 16_000;
    let data = text.strip_prefix("data:").and_then(|url| Some(url.split_once(";base64,")?.1)).unwrap_or(text);
    let letters = |b: u8| b.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(&b);
    data.len() > LONG && data.bytes().all(letters)
}

#[cfg(test)]
mod tests;
