//! What goes out, and how its answer is judged.

use std::str::FromStr;

use dossier_domain::ErrorClass;
use http::{HeaderName, Method};

use super::Pairs;
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::{Problems, suggest};
use crate::yaml::{Node, Yaml};

/// A request and the rules for its answer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Template,
    /// The entry of `auth` that it goes with.
    pub(crate) auth: Option<String>,
    pub(crate) headers: Pairs,
    pub(crate) query: Pairs,
    pub(crate) body: Body,
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
}

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
}

/// JSON with expressions at its leaves.
#[derive(Clone, Debug)]
pub(crate) enum JsonTemplate {
    Leaf(Template),
    List(Vec<JsonTemplate>),
    Map(Vec<(String, JsonTemplate)>),
}

/// Headers that the engine itself sets.
const RESERVED: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "authorization", "content-type"];

const METHODS: &[(&str, Verb)] =
    &[("GET", Verb::Get), ("POST", Verb::Post), ("PUT", Verb::Put), ("PATCH", Verb::Patch), ("DELETE", Verb::Delete)];

#[derive(Clone, Copy)]
enum Verb {
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
    let url = keys.template("url", problems).map(|(url, place)| {
        known.check(&url, place, problems);
        url
    });
    let auth = keys.get("auth").and_then(|y| auth_name(y, auths, problems));
    let headers = pairs(&mut keys, "headers", known, problems);
    for (at, (name, _)) in keys.pairs("headers", &mut Problems::default()).iter().zip(&headers) {
        let lower = name.to_ascii_lowercase();
        if HeaderName::from_str(name).is_err() || RESERVED.contains(&lower.as_str()) {
            let mend = "Take it out: credentials come from `auth`, the type from `body`.";
            problems.add(at.at, format!("The header “{name}” cannot be set here."), mend);
        }
    }
    let query = pairs(&mut keys, "query", known, problems);
    let body = keys.get("body").map_or(Some(Body::None), |y| body(y, known, problems));
    keys.finish(problems);
    Some(Request { method: method?, url: url?, auth, headers, query, body: body?, succeeds, fails })
}

/// The name of an entry of `auth`.
pub(super) fn auth_name(yaml: &Yaml, auths: &[&str], problems: &mut Problems) -> Option<String> {
    let name = keys::text(yaml, "auth", problems)?;
    if !auths.contains(&name.as_str()) {
        problems.add(yaml.place, format!("There is no “{name}” under `auth`."), suggest(&name, auths));
    }
    Some(name)
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
    let message = keys.template("message", problems).map(|(template, place)| {
        known.check(&template, place, problems);
        template
    });
    keys.finish(problems);
    Some(FailRule { when: when?, class: class?, message })
}

fn pairs(keys: &mut Keys<'_>, key: &'static str, known: &Known, problems: &mut Problems) -> Pairs {
    let mut pairs = Vec::new();
    for pair in keys.pairs(key, problems) {
        if let Some(template) = keys::template(&pair.value, problems) {
            known.check(&template, pair.value.place, problems);
            pairs.push((pair.key.clone(), template));
        }
    }
    pairs
}

fn body(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<Body> {
    if let Node::Text(word) = &yaml.node
        && word == "none"
    {
        return Some(Body::None);
    }
    let mut keys = Keys::of(yaml, "body", problems)?;
    let json = keys.get("json").and_then(|y| json_template(y, known, problems));
    let form = pairs(&mut keys, "form", known, problems);
    let names = keys.get("pairs");
    let rows = keys.list("of", problems);
    let place = keys.place();
    keys.finish(problems);
    match (json, form.is_empty(), names) {
        (Some(json), true, None) => Some(Body::Json(json)),
        (None, false, None) => Some(Body::Form(form)),
        (None, true, Some(names)) => ordered(names, rows, known, problems),
        _ => {
            problems.add(place, "A body is one of json, form and pairs.", "Keep one of them.");
            None
        }
    }
}

fn ordered(names: &Yaml, rows: &[Yaml], known: &Known, problems: &mut Problems) -> Option<Body> {
    let mut keys = Keys::of(names, "pairs", problems)?;
    let (name, value) = (keys.need_text("name", problems), keys.need_text("value", problems));
    let missing_as_null = keys.word("missing", &[("null", true), ("omit", false)], problems).unwrap_or(false);
    keys.finish(problems);
    let mut of = Vec::new();
    for row in rows {
        match &row.node {
            Node::List(cells) if cells.len() == 2 => {
                let name = keys::text(&cells[0], "the name", problems);
                if let (Some(name), Some(template)) = (name, keys::template(&cells[1], problems)) {
                    known.check(&template, cells[1].place, problems);
                    of.push((name, template));
                }
            }
            _ => problems.add(row.place, "A pair is a list of a name and a value.", "Write `- [Name, \"=value\"]`."),
        }
    }
    Some(Body::Pairs { name: name?, value: value?, missing_as_null, of })
}

fn json_template(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<JsonTemplate> {
    match &yaml.node {
        Node::List(items) => {
            Some(JsonTemplate::List(items.iter().filter_map(|i| json_template(i, known, problems)).collect()))
        }
        Node::Map(pairs) => Some(JsonTemplate::Map(
            pairs.iter().filter_map(|p| Some((p.key.clone(), json_template(&p.value, known, problems)?))).collect(),
        )),
        _ => {
            let template = keys::template(yaml, problems)?;
            known.check(&template, yaml.place, problems);
            Some(JsonTemplate::Leaf(template))
        }
    }
}
