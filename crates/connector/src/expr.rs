//! Expressions: JMESPath, parsed once when the manifest is loaded and bounded before it is parsed.
//!
//! A text that begins with `=` is an expression; a text with `{expression}` in it is interpolated. A null leaves out
//! what it was meant for: an interpolated text with a null in it is null as a whole.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jmespath::ast::Ast;
use jmespath::{Context, Rcvar, Variable};
use serde_json::Value;

use crate::budget;
use crate::eval::{Fault, eval};
use crate::functions::RUNTIME;
use crate::reads::{Path, Reads};

/// The longest expression, in bytes.
const MAX_BYTES: usize = 1_000;
/// The deepest nesting of brackets and prefixes: the parser recurses and would otherwise overflow its stack.
const MAX_LEVELS: usize = 32;
/// The most operators, indexes and brackets: a long chain becomes a deep tree.
const MAX_LINKS: usize = 100;
/// The most bytes of text that one value may come to.
const MAX_OUTPUT: usize = 10_000_000;

/// An expression could not be worked out, as a sentence for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct EvalError(pub(crate) String);

/// A parsed expression. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Expr(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    text: String,
    ast: Ast,
    /// The paths whose values it gives; found when they are first asked for.
    given: OnceLock<Vec<Path>>,
}

impl Expr {
    /// Parses `text`; the error says why it cannot be one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("an expression has at most {MAX_BYTES} bytes, this one has {}", text.len()));
        }
        let (levels, links) = shape(text);
        if levels > MAX_LEVELS {
            return Err(format!("an expression nests at most {MAX_LEVELS} levels deep"));
        }
        if links > MAX_LINKS {
            return Err(format!("an expression has at most {MAX_LINKS} dots, brackets and operators"));
        }
        let ast = jmespath::parse(text).map_err(|e| match e.reason {
            jmespath::ErrorReason::Parse(said) => format!("{} (after {} characters)", plain(&said), e.offset),
            jmespath::ErrorReason::Runtime(said) => said.to_string(),
        })?;
        Ok(Self(Arc::new(Parsed { text: text.to_owned(), ast, given: OnceLock::new() })))
    }

    /// The tree, for checks and for what it reads.
    pub(crate) fn ast(&self) -> &Ast {
        &self.0.ast
    }

    /// The paths from the root whose values it gives.
    pub(crate) fn given(&self) -> &[Path] {
        self.0.given.get_or_init(|| Reads::of(self, &[Path::new()]).given)
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// Works it out on `scope`; `None` is null.
    pub(crate) fn eval(&self, scope: &Rcvar) -> Result<Option<Rcvar>, EvalError> {
        budget::begin();
        match eval(scope, self.ast(), &mut Context::new(self.text(), &RUNTIME)) {
            Ok(value) if value.is_null() => Ok(None),
            Ok(value) => Ok(Some(value)),
            // The library's own words would repeat values, which may be personal.
            Err(Fault::Misfit) => Err(EvalError(format!("“{}” does not fit what is there", self.text()))),
            Err(Fault::Spent) => Err(EvalError(format!("“{}” is too much work on what is there", self.text()))),
        }
    }

    /// Whether it holds; null, empty and an error do not.
    pub(crate) fn holds(&self, scope: &Rcvar) -> bool {
        matches!(self.eval(scope), Ok(Some(value)) if value.is_truthy())
    }
}

/// The parser's words without its debug print.
fn plain(said: &str) -> String {
    if said.contains(" nud ") || said.contains(" led ") {
        return "something is missing or out of place; numbers stand in `backticks`, texts in 'quotes'".to_owned();
    }
    said.split(" -- ").next().unwrap_or(said).trim().trim_end_matches('.').to_owned()
}

/// How deep brackets and prefixes nest, and how many links there are, outside of quotes.
fn shape(text: &str) -> (usize, usize) {
    let (mut depth, mut prefixes, mut deepest, mut links) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '\'' | '"' | '`' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        links += usize::from(matches!(c, '.' | '(' | '[' | '{' | '|' | '!' | '&' | '=' | '<' | '>' | '*'));
        prefixes = match c {
            '!' | '&' => prefixes + 1,
            c if c.is_whitespace() => prefixes,
            _ => 0,
        };
        deepest = deepest.max(depth + prefixes);
    }
    (deepest, links)
}

/// A value of a manifest: literal, expression, or text with expressions in it.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// As it stands. A literal null is written, unlike an expression that gives null.
    Literal(Value),
    /// A typed expression.
    Expr(Expr),
    /// Text with expressions in it.
    Text(Vec<Part>),
}

/// A piece of an interpolated text.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// As it stands.
    Plain(String),
    /// What the expression gives.
    Expr(Expr),
}

impl Template {
    /// Reads a text of a manifest.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(expr) = text.strip_prefix('=') {
            return Ok(Self::Expr(Expr::parse(expr.trim())?));
        }
        let parts = parts(text)?;
        Ok(match parts.as_slice() {
            [] => Self::Literal(Value::String(String::new())),
            [Part::Plain(plain)] => Self::Literal(Value::String(plain.clone())),
            _ => Self::Text(parts),
        })
    }

    /// The expressions in it.
    pub(crate) fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Expr(expr) => vec![expr],
            Self::Text(parts) => {
                parts.iter().filter_map(|p| if let Part::Expr(e) = p { Some(e) } else { None }).collect()
            }
        }
    }

    /// What it gives on `scope`; `None` leaves its key or item out.
    pub(crate) fn value(&self, scope: &Rcvar) -> Result<Option<Value>, EvalError> {
        match self {
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::Expr(expr) => expr.eval(scope)?.map(|v| json(&v)).transpose(),
            Self::Text(_) => Ok(self.text(scope)?.map(Value::String)),
        }
    }

    /// What it gives, as text.
    pub(crate) fn text(&self, scope: &Rcvar) -> Result<Option<String>, EvalError> {
        match self {
            Self::Literal(value) => Ok(text_of(value)),
            Self::Expr(expr) => Ok(expr.eval(scope)?.map(|v| json(&v)).transpose()?.as_ref().and_then(text_of)),
            Self::Text(parts) => {
                let mut whole = String::new();
                for part in parts {
                    match part {
                        Part::Plain(plain) => whole.push_str(plain),
                        Part::Expr(expr) => {
                            let Some(value) = expr.eval(scope)? else { return Ok(None) };
                            let Some(text) = text_of(&json(&value)?) else { return Ok(None) };
                            whole.push_str(&text);
                        }
                    }
                    if whole.len() > MAX_OUTPUT {
                        return Err(EvalError("a text grew past 10 MB".to_owned()));
                    }
                }
                Ok(Some(whole))
            }
        }
    }
}

/// Splits `text` at `{…}`; `{{` and `}}` are braces themselves.
fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            plain.push_str(&tail[..1]);
            rest = &tail[2..];
        } else if tail.starts_with('{') {
            let end = closing(tail).ok_or("a “{” is not closed; write “{{” for a brace")?;
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            parts.push(Part::Expr(Expr::parse(tail[1..end].trim())?));
            rest = &tail[end + 1..];
        } else {
            return Err("a “}” has no “{” before it; write “}}” for a brace".to_owned());
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Ok(parts)
}

/// Where the brace that opens `text` closes, with quotes and inner braces skipped.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            (Some(_) | None, _) => {}
        }
    }
    None
}

/// A value as people read it: lists joined, objects as JSON, null as nothing.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("Yes".to_owned()),
        Value::Bool(false) => Some("No".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) if items.iter().all(|i| !i.is_object() && !i.is_array()) => {
            Some(items.iter().filter_map(text_of).collect::<Vec<_>>().join(", "))
        }
        Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// The text that an expression gives; nothing where it does not fit.
pub(crate) fn text_at(expr: &Expr, root: &Rcvar) -> Option<String> {
    let value = expr.eval(root).ok().flatten()?;
    text_of(&json(&value).ok()?)
}

/// Turns JSON into what expressions work on; an answer is turned once.
pub(crate) fn variable(value: &Value) -> Rcvar {
    Arc::new(match value {
        Value::Null => Variable::Null,
        Value::Bool(b) => Variable::Bool(*b),
        Value::Number(n) => Variable::Number(n.clone()),
        Value::String(s) => Variable::String(s.clone()),
        Value::Array(items) => Variable::Array(items.iter().map(variable).collect()),
        Value::Object(pairs) => Variable::Object(pairs.iter().map(|(k, v)| (k.clone(), variable(v))).collect()),
    })
}

/// Turns the value of an expression into JSON, counted while it is built: shared parts of an answer can be asked for
/// many times over.
pub(crate) fn json(value: &Variable) -> Result<Value, EvalError> {
    fn build(value: &Variable, left: &mut usize) -> Option<Value> {
        let cost = if let Variable::String(s) = value { s.len() + 2 } else { 8 };
        *left = left.checked_sub(cost)?;
        Some(match value {
            Variable::Null | Variable::Expref(_) => Value::Null,
            Variable::Bool(b) => Value::Bool(*b),
            Variable::Number(n) => Value::Number(n.clone()),
            Variable::String(s) => Value::String(s.clone()),
            Variable::Array(items) => Value::Array(items.iter().map(|i| build(i, left)).collect::<Option<_>>()?),
            Variable::Object(pairs) => {
                let pair = |(name, value): (&String, &Rcvar)| {
                    *left = left.checked_sub(name.len() + 8)?;
                    Some((name.clone(), build(value, left)?))
                };
                Value::Object(pairs.iter().map(pair).collect::<Option<_>>()?)
            }
        })
    }
    let mut left = MAX_OUTPUT;
    let built = build(value, &mut left).ok_or_else(|| EvalError("a value grew past 10 MB".to_owned()))?;
    budget::moved(MAX_OUTPUT - left).map_err(|_| EvalError("the values grew past what can be worked on".to_owned()))?;
    Ok(built)
}

/// The names that expressions see, by their roots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(BTreeMap<String, Rcvar>);

impl Scope {
    /// Adds or replaces a name.
    pub(crate) fn set(&mut self, name: &str, value: &Value) {
        self.0.insert(name.to_owned(), variable(value));
    }

    /// Adds or replaces a name whose value is turned already.
    pub(crate) fn share(&mut self, name: &str, value: &Rcvar) {
        self.0.insert(name.to_owned(), Arc::clone(value));
    }

    /// Whether there is such a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What expressions are worked out on.
    pub(crate) fn root(&self) -> Rcvar {
        Arc::new(Variable::Object(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(template: &str, on: &Value) -> Option<String> {
        Template::parse(template).unwrap().text(&variable(on)).unwrap()
    }

    #[test]
    fn an_expression_keeps_its_type_and_a_text_is_interpolated() {
        let on = json!({"a": {"b": 7}, "n": "Kwantu"});
        assert_eq!(Template::parse("=a.b").unwrap().value(&variable(&on)).unwrap(), Some(json!(7)));
        assert_eq!(text("{n} has {a.b}", &on).as_deref(), Some("Kwantu has 7"));
        assert_eq!(text("{{n}}", &on).as_deref(), Some("{n}"));
        assert_eq!(text("{ {x: n}.x }", &on).as_deref(), Some("Kwantu"), "braces of an expression may nest");
        assert_eq!(text("{'}'}", &on).as_deref(), Some("}"), "braces in quotes are text");
    }

    #[test]
    fn a_null_leaves_the_whole_text_out_but_a_literal_null_is_a_value() {
        assert_eq!(text("{n} is known", &json!({})), None);
        assert_eq!(Template::parse("=n").unwrap().value(&variable(&json!({}))).unwrap(), None);
        assert_eq!(Template::Literal(Value::Null).value(&variable(&json!({}))).unwrap(), Some(Value::Null));
    }

    #[test]
    fn long_and_deep_expressions_are_refused_before_they_are_parsed() {
        assert!(Expr::parse(&"a".repeat(1_001)).unwrap_err().contains("1000 bytes"));
        for open in ["(", "[", "{", "!", "! ", "&"] {
            assert!(Expr::parse(&open.repeat(33)).unwrap_err().contains("32 levels"), "{open}");
        }
        assert!(Expr::parse("'(((((((((((((((((((((((((((((((((((((((('").is_ok(), "brackets in quotes do not nest");
    }

    #[test]
    fn the_longest_chains_that_are_allowed_do_not_overflow_the_stack() {
        for (link, weight) in
            [(".a", 1), ("[]", 1), ("[*]", 2), ("|a", 1), ("||a", 2), ("[0]", 1), (".*", 2), ("==a", 2)]
        {
            let expr = format!("a{}", link.repeat(MAX_LINKS / weight));
            let parsed = Expr::parse(&expr).unwrap();
            assert!(parsed.eval(&variable(&json!({"a": [[1]]}))).is_ok(), "{link}");
            assert!(Expr::parse(&format!("{expr}{link}")).unwrap_err().contains("100 dots"), "{link}");
        }
    }

    #[test]
    fn a_value_that_explodes_is_refused() {
        let big = json!({"a": "x".repeat(200_000)});
        let expr = format!("=[{}]", vec!["a"; 100].join(","));
        assert!(Template::parse(&expr).unwrap().value(&variable(&big)).is_err());
        let named = json!({"a": {"x".repeat(200_000): 1}});
        assert!(Template::parse(&expr).unwrap().value(&variable(&named)).is_err(), "names count too");
    }

    #[test]
    fn unclosed_braces_are_told() {
        assert!(Template::parse("{a").unwrap_err().contains("not closed"));
        assert!(Template::parse("a}").unwrap_err().contains('{'));
        assert!(Template::parse("=a.[").is_err());
    }
}
