//! From answers to a result: what people read, what later actions use, what the provider concluded.
//!
//! A mapping must survive an answer of any shape: an expression that does not fit shows nothing, and what it did not
//! show appears in the rest.

use std::collections::HashSet;

use dossier_domain::Verdict;
use jmespath::Rcvar;
use serde_json::{Map, Value};

use crate::display::{Badge, Cell, Display, Item, Section, Table};
use crate::expr::{Expr, Template, text_of};
use crate::manifest::{Column, Columns, Cue, Mapping, SectionRule, Source};
use crate::many::Many;
use crate::mask;
use crate::reads::{Path, Reads};
use crate::rest;
use crate::sensitive::{SensitiveNames, za_ids};

/// The most bytes of personal values that are looked for within sentences.
const MAX_HIDDEN: usize = 1_000_000;

/// The answers to show.
pub(crate) struct Shown<'a> {
    /// What expressions see.
    pub(crate) root: Rcvar,
    /// The name of the last step, whose answer is shown.
    pub(crate) step: &'a str,
    /// Its body.
    pub(crate) body: &'a Value,
    /// The files that a display can name.
    pub(crate) files: &'a Map<String, Value>,
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
        if let Ok(Some(value)) = template.value(&shown.root) {
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

struct Page<'a> {
    root: &'a Rcvar,
    /// Personal values of the answer.
    hidden: &'a HashSet<String>,
    /// Those of them that are looked for within sentences; nothing when they are too many.
    within: Option<Many>,
    /// What of the answers was shown.
    given: Vec<Path>,
}

impl Page<'_> {
    /// Notes that the values of `exprs` were shown.
    fn give<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        self.given.extend(exprs.into_iter().flat_map(|e| Reads::of(e, &[Path::new()]).given));
    }

    /// The text of `template`; what it shows is noted.
    fn shows(&mut self, template: &Template) -> Option<String> {
        let text = shows(template, self.root)?;
        self.give(template.exprs());
        Some(text)
    }

    fn section(&mut self, rule: &SectionRule) -> Option<Section> {
        let mut items = Vec::new();
        for column in &rule.items {
            if let Some(cell) = self.cell(column, self.root) {
                self.give(column.value.exprs());
                items.push(Item { label: column.label.clone(), cell });
            }
        }
        let table = rule.table.as_ref().and_then(|t| self.table(t));
        let full = !items.is_empty() || table.is_some();
        full.then(|| Section { title: rule.title.clone(), items, table })
    }

    fn table(&mut self, rule: &Columns) -> Option<Table> {
        let rows = rule.rows.eval(self.root).ok().flatten()?;
        let rows: Vec<Vec<Cell>> = rows
            .as_array()?
            .iter()
            .map(|row| rule.columns.iter().map(|c| self.cell(c, row).unwrap_or_default()).collect())
            .collect();
        let items = Reads::items(&rule.rows, &[Path::new()]);
        for (at, column) in rule.columns.iter().enumerate() {
            // A cell that stayed empty in one row leaves its column among what was not shown.
            if rows.iter().all(|row| !row[at].text.is_empty()) {
                self.given.extend(column.value.exprs().into_iter().flat_map(|e| Reads::of(e, &items).given));
            }
        }
        let columns = rule.columns.iter().map(|c| c.label.clone()).collect();
        (!rows.is_empty()).then_some(Table { columns, rows })
    }

    fn cell(&self, column: &Column, root: &Rcvar) -> Option<Cell> {
        let text = shows(&column.value, root)?;
        let badge = column.badge.as_ref().map(|cue: &Cue| cue.verdict(&text));
        let masked = column.mask || self.hidden.contains(&text) || !za_ids(&text).is_empty();
        Some(Cell { text, masked, badge })
    }

    /// A sentence in which personal values are masked.
    fn unseen(&self, sentence: &str) -> String {
        let Some(within) = &self.within else { return mask::text(sentence) };
        let sentence = mask::without_ids(sentence);
        mask::without(&sentence, &within.find(sentence.as_bytes()))
    }
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
