//! What goes out, and how its answer is judged.

use std::str::FromStr;
use std::time::Duration;

use dossier_domain::ErrorClass;
use http::{HeaderName, Method};

use super::body::{self, Body};
use super::{Pairs, auth};
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::{Place, Yaml};

/// A request and the rules for its answer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Template,
    /// Where `url` stands in the manifest.
    pub(crate) place: Place,
    /// The entries of `auth` that it goes with, in order.
    pub(crate) auth: Vec<String>,
    pub(crate) headers: Pairs,
    pub(crate) query: Pairs,
    pub(crate) body: Body,
    /// How long its answer may take, when that is less than usual.
    pub(crate) timeout: Option<Duration>,
    /// The header with a key by which the provider knows a repetition, so that a write may be sent again.
    pub(crate) idempotency: Option<HeaderName>,
    /// When its answer is a success; without a rule, any 2xx.
    pub(crate) succeeds: Option<Expr>,
    /// What its answer means otherwise: the first rule that holds.
    pub(crate) fails: Vec<FailRule>,
}

/// What an answer means that is no success.
#[derive(Clone, Debug)]
pub(crate) struct FailRule {
    pub(crate) when: Expr,
    pub(crate) class: ErrorClass,
    /// The provider's words.
    pub(crate) message: Option<Template>,
    /// Whether the same may be asked again by itself.
    pub(crate) retry: bool,
}

/// Headers that the engine itself sets.
const RESERVED: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "authorization", "content-type"];

/// The methods by their words.
pub(super) const METHODS: &[(&str, Verb)] =
    &[("GET", Verb::Get), ("POST", Verb::Post), ("PUT", Verb::Put), ("PATCH", Verb::Patch), ("DELETE", Verb::Delete)];

/// A method.
#[derive(Clone, Copy)]
pub(super) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// Reads `request`, with `succeeds` and `fails` of its step.
pub(super) fn load(
    yaml: &Yaml,
    step: &mut Keys<'_>,
    auths: &[&str],
    known: &Known,
    problems: &mut Problems,
) -> Option<Request> {
    let answer = known.with(["status", "headers", "body"]);
    let succeeds = expr(step, "succeeds", &answer, problems);
    let fails = step.list("fails", problems).iter().filter_map(|y| fail_rule(y, &answer, problems)).collect();

    let mut keys = Keys::of(yaml, "request", problems)?;
    keys.need("method", problems);
    let method = keys.word("method", METHODS, problems).map(|verb| match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete => Method::DELETE,
    });
    keys.need("url", problems);
    let at = keys.get("url").map_or_else(|| keys.place(), |y| y.place);
    let url = checked(&mut keys, "url", known, problems);
    let auth = keys.get("auth").map(|y| auth::names(y, auths, problems)).unwrap_or_default();
    let headers = pairs(&mut keys, "headers", known, problems);
    for (at, (name, _)) in keys.pairs("headers", &mut Problems::default()).iter().zip(&headers) {
        let lower = name.to_ascii_lowercase();
        if HeaderName::from_str(name).is_err() || RESERVED.contains(&lower.as_str()) {
            let mend = "Take it out: credentials come from `auth`, the type from `body`.";
            problems.add(at.at, format!("The header “{name}” cannot be set here."), mend);
        }
    }
    let query = pairs(&mut keys, "query", known, problems);
    let body = keys.get("body").map_or(Some(Body::None), |y| body::load(y, known, problems));
    let timeout = keys.count("timeout", problems).map(|seconds| Duration::from_secs(seconds as u64));
    let idempotency = keys.get("idempotency").and_then(|y| auth::header_name(y, problems));
    keys.finish(problems);
    let (method, url, body) = (method?, url?, body?);
    Some(Request { method, url, place: at, auth, headers, query, body, timeout, idempotency, succeeds, fails })
}

/// The value at `key`, its names held against those that are `known`.
pub(super) fn checked(
    keys: &mut Keys<'_>,
    key: &'static str,
    known: &Known,
    problems: &mut Problems,
) -> Option<Template> {
    keys.get(key).and_then(|y| value(y, known, problems))
}

/// A value with expressions, its names held against those that are `known`.
pub(super) fn value(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<Template> {
    let template = keys::template(yaml, problems)?;
    known.check(&template, yaml.place, problems);
    Some(template)
}

/// An expression that must begin with `=`.
pub(super) fn expr(keys: &mut Keys<'_>, key: &'static str, known: &Known, problems: &mut Problems) -> Option<Expr> {
    let (template, place) = keys.template(key, problems)?;
    known.check(&template, place, problems);
    if let Template::Expr(expr) = template {
        return Some(expr);
    }
    problems.add(place, format!("“{key}” must be an expression."), "Begin it with =, in quotes.");
    None
}

fn fail_rule(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<FailRule> {
    let mut keys = Keys::of(yaml, "fails", problems)?;
    keys.need("when", problems);
    let when = expr(&mut keys, "when", known, problems);
    let classes: Vec<(&str, ErrorClass)> = ErrorClass::ALL.iter().map(|&c| (c.as_str(), c)).collect();
    keys.need("class", problems);
    let class = keys.word("class", &classes, problems);
    let message = checked(&mut keys, "message", known, problems);
    let retry = keys.flag("retry", problems);
    keys.finish(problems);
    Some(FailRule { when: when?, class: class?, message, retry })
}

/// The pairs of the mapping at `key`, in order.
pub(super) fn pairs(keys: &mut Keys<'_>, key: &'static str, known: &Known, problems: &mut Problems) -> Pairs {
    let pairs = keys.pairs(key, problems).iter();
    pairs.filter_map(|pair| Some((pair.key.clone(), value(&pair.value, known, problems)?))).collect()
}
