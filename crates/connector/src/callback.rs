//! What a provider sends by itself: whether it is the provider's, and what it tells.
//!
//! Nothing is done here: the caller keeps the callback first and then asks what it means.

use dossier_domain::{Timestamp, Work};
use http::HeaderMap;
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;

use crate::attempt::redactor;
use crate::budget::{self, Together};
use crate::call::Channel;
use crate::expr::{Expr, Scope, text_of, variable};
use crate::functions;
use crate::manifest::{AlgorithmRule, Extract, Manifest, Verify};
use crate::redact::Redactor;
use crate::sensitive::SensitiveNames;
use crate::signing::{self, Message};

/// What a callback tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether its signature holds. Otherwise it is only a hint to ask the provider.
    pub trusted: bool,
    /// The provider's own id of it: the same twice is the same event.
    pub id: Option<String>,
    /// When it happened, by the provider's clock.
    pub time: Option<Timestamp>,
    /// What it is about: the value of the output that [`Event::output`] names.
    pub subject: Option<String>,
    /// The output of an earlier action that the subject is compared with.
    pub output: String,
    /// The provider's word for what happened.
    pub kind: Option<String>,
    /// How the work stands, where a trusted event says so.
    pub work: Option<Work>,
}

/// Why a callback is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The provider's manifest knows no callbacks.
    #[error("The provider's manifest knows no callbacks.")]
    Unexpected,
    /// The channel has no secret to verify it with.
    #[error("The channel has no secret to verify callbacks with.")]
    NoKey,
    /// No signature stands where one must.
    #[error("The callback is not signed.")]
    Unsigned,
    /// It is signed with an algorithm that the manifest does not know.
    #[error("The callback names an algorithm that is not known.")]
    Algorithm,
    /// Its time is missing, unreadable, too old, or ahead.
    #[error("The callback's time is not near enough.")]
    Stale,
    /// The signature is not that of these bytes.
    #[error("The callback's signature does not hold.")]
    Forged,
}

impl CallbackError {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Unexpected, Self::NoKey, Self::Unsigned, Self::Algorithm, Self::Stale, Self::Forged];

    /// The word for it, as it is stored and written in examples.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unexpected => "unexpected",
            Self::NoKey => "no_key",
            Self::Unsigned => "unsigned",
            Self::Algorithm => "algorithm",
            Self::Stale => "stale",
            Self::Forged => "forged",
        }
    }
}

impl Manifest {
    /// Reads a callback as it came: `body` are its raw bytes, over which the signature is made.
    ///
    /// # Errors
    /// [`CallbackError`]; such a callback is to be kept and shown, and nothing follows from it.
    pub fn callback(
        &self,
        channel: &Channel,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Event, CallbackError> {
        let rules = self.callbacks.as_ref().ok_or(CallbackError::Unexpected)?;
        let trusted = match &rules.verify {
            Some(verify) => {
                verify.holds(channel, headers, body, now)?;
                true
            }
            None => false,
        };
        let mut named = Map::new();
        for (name, value) in headers {
            named.insert(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned().into());
        }
        let mut scope = Scope::default();
        scope.set("headers", &Value::Object(named));
        scope.share("body", &variable(&serde_json::from_slice(body).unwrap_or_default()));
        let (root, _bound) = (scope.root(), Together::of(budget::LIGHT));
        let text = |expr: &Option<Expr>| {
            let value = expr.as_ref()?.eval(&root).ok().flatten()?;
            text_of(&crate::expr::json(&value).ok()?).filter(|text| !text.is_empty())
        };
        let word = rules.state.as_ref().and_then(|rule| Some((rule, text(&Some(rule.from.clone()))?)));
        Ok(Event {
            trusted,
            id: text(&rules.event.id),
            time: text(&rules.event.time).and_then(|text| instant(&text)),
            subject: text(&rules.event.subject),
            output: rules.subject.clone(),
            kind: text(&rules.event.kind),
            work: word.filter(|_| trusted).map(|(rule, word)| rule.work(&word)),
        })
    }
}

/// The body of a callback that is kept as it came, as a person may see it: without the channel's secrets and what is
/// personal. Without its `manifest` that is what is known by its name everywhere. `None` when it cannot be read, so that
/// nobody can tell what is personal in it.
pub fn seen(manifest: Option<&Manifest>, channel: &Channel, media_type: &str, body: &[u8]) -> Option<Vec<u8>> {
    if let Some(manifest) = manifest {
        return redactor(manifest, channel, Vec::new(), Vec::new()).seen_body(media_type, body);
    }
    let names = SensitiveNames::default();
    Redactor::new(names.clone(), names, channel.secrets.values(), Vec::new()).seen_body(media_type, body)
}

impl Manifest {
    /// The output of an action that names its work in callbacks, where the provider calls back.
    pub fn callback_subject(&self) -> Option<&str> {
        self.callbacks.as_ref().map(|rules| rules.subject.as_str())
    }
}

impl Verify {
    /// Whether a callback is signed as it must be.
    fn holds(&self, channel: &Channel, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), CallbackError> {
        let given = self.at.find(headers);
        if given.is_empty() {
            return Err(CallbackError::Unsigned);
        }
        let algorithm = match &self.signature.algorithm {
            AlgorithmRule::Fixed(algorithm) => *algorithm,
            AlgorithmRule::Header { name, values } => {
                let said = headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
                let found = values.iter().find(|(word, _)| word == said);
                found.ok_or(CallbackError::Algorithm)?.1
            }
        };
        let mut timestamp = String::new();
        if let Some(rule) = &self.stamp {
            timestamp = rule.at.find(headers).into_iter().next().ok_or(CallbackError::Stale)?;
            let at = signing::read_stamp(&timestamp, rule.unit).ok_or(CallbackError::Stale)?;
            if now.since(at).max(at.since(now)) > rule.tolerance {
                return Err(CallbackError::Stale);
            }
        }
        let root = channel.secret_scope(now);
        let message = Message { timestamp: &timestamp, method: "", path: "", headers, body };
        let signed = self.signature.signed(&message, &root).map_err(|_| CallbackError::NoKey)?;
        let keys = self.signature.keys.iter().filter_map(|key| key.text(&root).ok().flatten());
        let keys: Vec<String> = keys.filter(|key| !key.is_empty()).collect();
        if keys.is_empty() {
            return Err(CallbackError::NoKey);
        }
        let encoding = self.signature.encoding;
        let holds = |key: &String| given.iter().any(|g| signing::holds(algorithm, key, encoding, &signed, g));
        if keys.iter().any(holds) { Ok(()) } else { Err(CallbackError::Forged) }
    }
}

impl Extract {
    /// What stands there: the header's value, or what the pattern finds in it, at most ten.
    fn find(&self, headers: &HeaderMap) -> Vec<String> {
        let Some(text) = headers.get(&self.header).and_then(|v| v.to_str().ok()) else { return Vec::new() };
        match &self.pattern {
            None => vec![text.trim().to_owned()],
            Some(pattern) => pattern
                .captures_iter(text)
                .filter_map(|found| Some(found.get(1)?.as_str().to_owned()))
                .take(10)
                .collect(),
        }
    }
}

/// RFC 3339, the same with a space and without a zone (then UTC), or seconds or milliseconds since 1970.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        let millis = if number.unsigned_abs() < 100_000_000_000 { number.checked_mul(1_000)? } else { number };
        return millis.checked_mul(1_000).map(Timestamp::from_micros);
    }
    let spelled = functions::spelled(text);
    let parse = |text: &str| time::OffsetDateTime::parse(text, &Rfc3339).ok().map(Timestamp::from_datetime);
    parse(&spelled).or_else(|| parse(&format!("{spelled}Z")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_the_spellings_of_providers_and_no_number_is_too_large() {
        let at = instant("2026-11-23T14:00:00Z");
        assert!(at.is_some());
        for same in ["2026-11-23 14:00:00", "1795442400", "1795442400000"] {
            assert_eq!(instant(same), at, "{same}");
        }
        for none in ["-9223372036854775808", "9223372036854775807", "soon"] {
            assert_eq!(instant(none), None, "{none}");
        }
    }
}
