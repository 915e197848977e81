//! Signatures over messages: which bytes in which order, with what key. Requests carry them, callbacks bring them.

use http::HeaderName;

use super::auth::header_name;
use super::request;
use crate::expr::Template;
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::{Problems, suggest};
use crate::yaml::{Node, Yaml};

/// An HMAC (RFC 2104) over parts of a message.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) algorithm: AlgorithmRule,
    pub(crate) encoding: Encoding,
    /// The keys: one, or two while one replaces the other.
    pub(crate) keys: Vec<Template>,
    pub(crate) parts: Vec<Part>,
    /// What stands between the parts.
    pub(crate) separator: String,
}

/// The hash of an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// Which algorithm: always the same, or named by a header of the message.
#[derive(Clone, Debug)]
pub(crate) enum AlgorithmRule {
    Fixed(Algorithm),
    Header { name: HeaderName, values: Vec<(String, Algorithm)> },
}

/// How the digest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Rfc3339,
}

/// A part of what is signed.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// The time, as its header has it.
    Timestamp,
    /// The method, in capitals.
    Method,
    /// Path and query as they are sent.
    Path,
    /// The raw bytes.
    Body,
    /// A header's value.
    Header(HeaderName),
    /// A text of the manifest's own.
    Text(Template),
}

/// What a signature is made of.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Of {
    /// A request that goes out.
    Request,
    /// A callback that came in.
    Callback,
}

/// The words for [`Algorithm`].
pub(super) const ALGORITHMS: &[(&str, Algorithm)] =
    &[("sha1", Algorithm::Sha1), ("sha256", Algorithm::Sha256), ("sha512", Algorithm::Sha512)];

/// The words for [`Encoding`].
pub(super) const ENCODINGS: &[(&str, Encoding)] = &[("hex", Encoding::Hex), ("base64", Encoding::Base64)];

/// The words for [`Unit`].
pub(super) const UNITS: &[(&str, Unit)] =
    &[("seconds", Unit::Seconds), ("milliseconds", Unit::Milliseconds), ("rfc3339", Unit::Rfc3339)];

/// Reads `algorithm`, `encoding`, `key`, `parts` and `separator`. `stamped` says whether the message has a time.
pub(super) fn load(
    keys: &mut Keys<'_>,
    of: Of,
    stamped: bool,
    known: &Known,
    problems: &mut Problems,
) -> Option<Signature> {
    let algorithm = keys.need("algorithm", problems).and_then(|y| algorithm(y, of, problems));
    keys.need("encoding", problems);
    let encoding = keys.word("encoding", ENCODINGS, problems);
    let secrets = keys.need("key", problems).map(|y| match &y.node {
        Node::List(items) if of == Of::Callback => {
            items.iter().filter_map(|y| request::value(y, known, problems)).collect()
        }
        _ => request::value(y, known, problems).into_iter().collect::<Vec<_>>(),
    });
    keys.need("parts", problems);
    let items = keys.list("parts", problems);
    let parts: Vec<Part> = items.iter().filter_map(|y| part(y, of, stamped, known, problems)).collect();
    let separator = keys.text("separator", problems).unwrap_or_default();
    if parts.len() < items.len() {
        return None;
    }
    Some(Signature { algorithm: algorithm?, encoding: encoding?, keys: secrets?, parts, separator })
}

fn algorithm(yaml: &Yaml, of: Of, problems: &mut Problems) -> Option<AlgorithmRule> {
    if of == Of::Callback
        && let Node::Map(_) = &yaml.node
    {
        let mut keys = Keys::of(yaml, "algorithm", problems)?;
        let name = keys.need("header", problems).and_then(|y| header_name(y, problems));
        keys.need("values", problems);
        let pairs = keys.pairs("values", problems);
        let values = pairs.iter().filter_map(|p| Some((p.key.clone(), word(&p.value, problems)?))).collect();
        keys.finish(problems);
        return Some(AlgorithmRule::Header { name: name?, values });
    }
    word(yaml, problems).map(AlgorithmRule::Fixed)
}

fn word(yaml: &Yaml, problems: &mut Problems) -> Option<Algorithm> {
    let said = keys::text(yaml, "algorithm", problems)?;
    let found = ALGORITHMS.iter().find(|(word, _)| *word == said).map(|&(_, found)| found);
    if found.is_none() {
        let words: Vec<&str> = ALGORITHMS.iter().map(|&(word, _)| word).collect();
        problems.add(yaml.place, format!("“{said}” is no known algorithm."), suggest(&said, &words));
    }
    found
}

fn part(yaml: &Yaml, of: Of, stamped: bool, known: &Known, problems: &mut Problems) -> Option<Part> {
    if let Node::Map(_) = &yaml.node {
        let mut keys = Keys::of(yaml, "a signed part", problems)?;
        let header = keys.get("header").and_then(|y| header_name(y, problems));
        let text = request::checked(&mut keys, "text", known, problems);
        let place = keys.place();
        keys.finish(problems);
        return match (header, text) {
            (Some(name), None) => Some(Part::Header(name)),
            (None, Some(text)) => Some(Part::Text(text)),
            _ => {
                problems.add(
                    place,
                    "A signed part is a header or a text.",
                    "Write `{ header: X }` or `{ text: \"x\" }`.",
                );
                None
            }
        };
    }
    let said = keys::text(yaml, "a signed part", problems)?;
    let found = match said.as_str() {
        "timestamp" if stamped => Some(Part::Timestamp),
        "body" => Some(Part::Body),
        "method" if of == Of::Request => Some(Part::Method),
        "path" if of == Of::Request => Some(Part::Path),
        _ => None,
    };
    if found.is_none() {
        let (message, mend) = if said == "timestamp" {
            ("There is no `timestamp` to sign.".to_owned(), "Add `timestamp:` with its header.".to_owned())
        } else {
            let words: &[&str] = match of {
                Of::Request => &["timestamp", "method", "path", "body"],
                Of::Callback => &["timestamp", "body"],
            };
            (format!("“{said}” is no part of the message."), suggest(&said, words))
        };
        problems.add(yaml.place, message, mend);
    }
    found
}
