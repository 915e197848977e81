//! An answer as expressions see it, and what it means.

use std::mem;
use std::sync::Arc;

use dossier_domain::ErrorClass;
use dossier_outbound::Held;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jmespath::{Rcvar, Variable};
use serde_json::{Map, Value};

use crate::call::Failure;
use crate::expr::{Scope, variable};
use crate::manifest::Request;
use crate::redact::Redactor;

/// The most characters of a provider's message that are kept.
const MAX_MESSAGE: usize = 500;
/// What is longer, in bytes, is no message.
const MAX_QUOTED: usize = 64_000;

/// A whole answer, its body read once.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// As it came.
    pub(crate) bytes: Vec<u8>,
    /// JSON where it is JSON, text where it is text, else null.
    pub(crate) body: Value,
    /// The headers as they came.
    pub(crate) head: HeaderMap,
    headers: Map<String, Value>,
    /// Whether it was easily seen that no secret is in it.
    clean: bool,
    /// Whether `bytes` are as a result keeps them.
    plain: bool,
    /// What `bytes` hold of the memory that answers share.
    _held: Held,
}

impl Reply {
    /// Reads an answer.
    pub(crate) fn of(status: u16, given: HeaderMap, bytes: Vec<u8>, held: Held) -> Self {
        let mut headers: Map<String, Value> = Map::new();
        for (name, value) in &given {
            let text = String::from_utf8_lossy(value.as_bytes());
            let joined = match headers.get(name.as_str()) {
                Some(Value::String(before)) => format!("{before}, {text}"),
                _ => text.into_owned(),
            };
            headers.insert(name.as_str().to_owned(), Value::String(joined));
        }
        let body = match std::str::from_utf8(&bytes) {
            Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| match text {
                "" => Value::Null,
                text => Value::String(text.to_owned()),
            }),
            Err(_) => Value::Null,
        };
        let content_type = media_type(&given);
        Self { status, content_type, bytes, body, head: given, headers, clean: false, plain: false, _held: held }
    }

    /// What is recorded of its body, when `redactor` knows all secrets that may be in it.
    pub(crate) fn recorded(&mut self, redactor: &Redactor) -> Vec<u8> {
        self.clean = self.json().is_some_and(|json| redactor.clean(json, &self.bytes));
        redactor.answer_body(&self.content_type, &self.bytes, self.json().map(|json| (json, self.clean)))
    }

    /// The body, where it is surely JSON: a text may be a text of JSON or none.
    pub(crate) fn json(&self) -> Option<&Value> {
        Some(&self.body).filter(|body| body.is_object() || body.is_array())
    }

    /// The bytes as a result keeps them, of an answer that was [opened](Self::open): as they came, unless a secret is
    /// in them.
    pub(crate) fn kept(&mut self, redactor: &Redactor) -> Vec<u8> {
        match self.json() {
            Some(_) if self.plain => mem::take(&mut self.bytes),
            Some(body) => body.to_string().into_bytes(),
            None => redactor.raw(&self.bytes),
        }
    }

    /// Takes the secrets out of its body and gives `{status, headers, body}` for expressions.
    pub(crate) fn open(&mut self, redactor: &Redactor) -> Rcvar {
        self.plain = self.clean || !redactor.open(&mut self.body, &self.bytes);
        self.named(&self.body)
    }

    /// The same for expressions alone.
    pub(crate) fn names(&self, redactor: &Redactor) -> Rcvar {
        let mut body = self.body.clone();
        redactor.open(&mut body, &self.bytes);
        self.named(&body)
    }

    /// The same with the secrets in it, for where a token is looked for.
    pub(crate) fn whole(&self) -> Rcvar {
        self.named(&self.body)
    }

    fn named(&self, body: &Value) -> Rcvar {
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), variable(value))).collect();
        let mut names = Scope::default();
        names.set("status", &self.status.into());
        names.share("headers", &Arc::new(Variable::Object(headers)));
        names.set("body", body);
        names.root()
    }
}

/// The media type that headers name.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// What an answer means that is no success.
pub(crate) struct Judged {
    pub(crate) failure: Failure,
    /// Whether the manifest says that the same may be asked again by itself.
    pub(crate) retry: bool,
    /// Whether a rule of the manifest knows it.
    pub(crate) known: bool,
}

/// Judges an answer by the rules of `request`: what failed, or nothing.
pub(crate) fn judge(
    request: &Request,
    reply: &Reply,
    names: &Rcvar,
    scope: &Scope,
    provider: &str,
    redactor: &Redactor,
) -> Option<Judged> {
    let mut scope = scope.clone();
    for name in ["status", "headers", "body"] {
        scope.share(name, &names.get_field(name));
    }
    let root = scope.root();
    let fine = request.succeeds.as_ref().map_or((200..300).contains(&reply.status), |rule| rule.holds(&root));
    if fine {
        return None;
    }
    let Some(rule) = request.fails.iter().find(|rule| rule.when.holds(&root)) else {
        return Some(Judged { failure: by_status(reply.status, provider), retry: false, known: false });
    };
    let said = rule.message.as_ref().and_then(|m| m.text(&root).ok().flatten());
    let failure = match said.map(|said| quote(&said, redactor)).filter(|said| !said.is_empty()) {
        Some(message) => Failure { class: rule.class, message, quoted: true },
        None => Failure { class: rule.class, ..by_status(reply.status, provider) },
    };
    Some(Judged { failure, retry: rule.retry, known: true })
}

/// The provider's words: on one line, without what cannot be seen, without secrets and personal data, not too long.
/// Nothing, when it is far too long to be a message.
pub(crate) fn quote(said: &str, redactor: &Redactor) -> String {
    if said.len() > MAX_QUOTED {
        return String::new();
    }
    let hidden =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let seen: String = said.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let seen: String = seen.chars().filter(|&c| !c.is_control() && !hidden(c)).collect();
    // Redacted before it is cut, so that no half of a value is left at the end.
    let whole = redactor.message(seen.split_whitespace().collect::<Vec<_>>().join(" ").as_str());
    if whole.chars().count() <= MAX_MESSAGE {
        return whole;
    }
    whole.chars().take(MAX_MESSAGE - 1).chain(['…']).collect()
}

/// What an answer means that no rule knows.
pub(crate) fn by_status(status: u16, provider: &str) -> Failure {
    let (class, said) = match status {
        200..=299 => (ErrorClass::Answer, "answered in a way that Dossier does not know"),
        401 | 403 => (ErrorClass::Auth, "refused the credentials of this channel"),
        404 | 410 => (ErrorClass::NotFound, "does not know what was asked for"),
        400 | 409 | 422 => (ErrorClass::Validation, "refused what was sent"),
        429 => (ErrorClass::RateLimited, "asks to wait: there were too many calls"),
        408 | 500..=599 => (ErrorClass::Unavailable, "cannot answer at the moment"),
        _ => (ErrorClass::Answer, "gave an answer that was not expected"),
    };
    Failure { class, message: format!("{provider} {said} (status {status})."), quoted: false }
}
