//! From answers to a result: what people read, what later actions use, what the provider concluded.
//!
//! A mapping must survive an answer of any shape: an expression that does not fit shows nothing, and what it did not
//! show appears in the rest.

mod page;

use std::collections::HashSet;

use dossier_domain::Verdict;
use jmespath::Rcvar;
use serde_json::{Map, Value};

use crate::depth;
use crate::display::{Badge, Display};
use crate::expr::{Expr, Template, text_of};
use crate::manifest::{Mapping, Source};
use crate::many::Many;
use crate::reads::{Path, Reads};
use crate::rest;
use crate::sensitive::SensitiveNames;
use page::Page;

/// The most bytes of personal values that are looked for within sentences.
const MAX_HIDDEN: usize = 1_000_000;

/// The answers to show.
pub(crate) struct Shown<'a> {
    /// What expressions see. A display also names `files`: by its key, the `{id, name, type}` of what came with the answer.
    pub(crate) root: Rcvar,
    /// The name of the last step, whose answer is shown.
    pub(crate) step: &'a str,
    /// Its body.
    pub(crate) body: &'a Value,
}

/// What an action brought.
pub(crate) struct Mapped {
    pub(crate) display: Display,
    pub(crate) outputs: Value,
    pub(crate) verdict: Verdict,
}

/// Maps the answers. `names` and the values of `personal` parameters say what is shown masked.
pub(crate) fn result(mapping: &Mapping, shown: &Shown<'_>, names: &SensitiveNames, personal: &[String]) -> Mapped {
    let mut hidden: HashSet<String> = personal.iter().cloned().collect();
    personal_values(shown.body, names, &mut hidden);
    let long = || hidden.iter().filter(|v| v.chars().count() >= 6);
    let within = (long().map(String::len).sum::<usize>() <= MAX_HIDDEN).then(|| Many::of(long()));
    let mut page = Page { root: &shown.root, hidden: &hidden, within, given: Vec::new() };
    let rule = mapping.verdict.as_ref();
    let word = rule.and_then(|rule| text(&rule.from, &shown.root));
    let verdict = rule.zip(word.as_ref()).map_or(Verdict::None, |(rule, word)| rule.cue.verdict(word));
    let badge = mapping.badge.as_ref().and_then(|b| page.shows(b)).or_else(|| {
        let word = word?;
        page.give(rule.map(|r| &r.from));
        Some(word)
    });
    for rule in &mapping.files {
        // What became a file is gone from the answer; its id stands there, which tells people nothing.
        if let Source::Base64(expr) = &rule.source {
            match &rule.each {
                None => page.give([expr]),
                Some(each) => {
                    let items = Reads::items(each, &[Path::new()]);
                    page.given.extend(Reads::of(expr, &items).given);
                }
            }
        }
    }
    let mut outputs = Map::new();
    for (name, template) in &mapping.outputs {
        // What nests too deep could be stored and never be read again.
        if let Ok(Some(value)) = template.value(&shown.root)
            && depth::of(&value) <= depth::MAX
        {
            outputs.insert(name.clone(), value);
        }
    }
    let display = Display {
        summary: mapping.summary.as_ref().and_then(|s| page.shows(s)).map(|s| page.unseen(&s)),
        badge: badge.map(|text| Badge { text: page.unseen(&text), verdict }),
        sections: mapping.sections.iter().filter_map(|s| page.section(s)).collect(),
        // Last, when it is known what was shown.
        rest: rest::of(shown.body, shown.step, &page.given, names),
        notes: Vec::new(),
    };
    Mapped { display, outputs: Value::Object(outputs), verdict }
}

/// The text of an expression; nothing where it does not fit.
fn text(expr: &Expr, root: &Rcvar) -> Option<String> {
    let value = expr.eval(root).ok().flatten()?;
    text_of(&crate::expr::json(&value).ok()?).filter(|t| !t.trim().is_empty())
}

fn shows(template: &Template, root: &Rcvar) -> Option<String> {
    template.text(root).ok().flatten().filter(|t| !t.trim().is_empty())
}

/// What stands under sensitive names.
fn personal_values(value: &Value, names: &SensitiveNames, found: &mut HashSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|i| personal_values(i, names, found)),
        Value::Object(pairs) => {
            for (name, value) in pairs {
                match value {
                    Value::String(_) | Value::Number(_) if names.personal(name) => found.extend(text_of(value)),
                    other => personal_values(other, names, found),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
