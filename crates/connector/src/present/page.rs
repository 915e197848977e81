//! The sections of a display, and what of the answer they have shown.

use std::collections::HashSet;

use dossier_domain::Verdict;
use jmespath::{Rcvar, Variable};
use serde_json::Value;

use super::shows;
use crate::budget;
use crate::display::{Cell, Compare, Image, Item, Section, Table};
use crate::expr::{Expr, Template, text_of};
use crate::manifest::{Column, CompareRule, Format, ImageRule, SectionRule, TableRule};
use crate::many::Many;
use crate::mask;
use crate::reads::Path;
use crate::sensitive::za_ids;
use crate::written::{self, Bar};

/// The most pictures that one expression gives.
const MAX_IMAGES: usize = 20;
/// The steps that a cell counts beside its expressions.
const CELL: usize = 4;
/// The longest id of a file.
const MAX_ID: usize = 100;

pub(super) struct Page<'a> {
    pub(super) root: &'a Rcvar,
    /// Personal values of the answer.
    pub(super) hidden: &'a HashSet<String>,
    /// Those of them that are looked for within sentences; nothing when they are too many.
    pub(super) within: Option<Many>,
    /// What of the answers was shown.
    pub(super) given: Vec<Path>,
}

impl Page<'_> {
    /// Notes that the values of `exprs` were shown.
    pub(super) fn give<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        self.given.extend(exprs.into_iter().flat_map(|e| e.given().iter().cloned()));
    }

    /// The text of `template`; what it shows is noted.
    pub(super) fn shows(&mut self, template: &Template) -> Option<String> {
        let text = shows(template, self.root)?;
        self.give(template.exprs());
        Some(text)
    }

    /// A sentence in which personal values are masked.
    pub(super) fn unseen(&self, sentence: &str) -> String {
        let Some(within) = &self.within else { return mask::text(sentence) };
        let sentence = mask::without_ids(sentence);
        mask::without(&sentence, &within.find(sentence.as_bytes()))
    }

    pub(super) fn section(&mut self, rule: &SectionRule) -> Option<Section> {
        let mut items = Vec::new();
        for column in &rule.items {
            if let Some(cell) = self.cell(column, self.root) {
                self.give(column.shown());
                items.push(Item { label: column.label.clone(), cell });
            }
        }
        let table = rule.table.as_ref().and_then(|t| self.table(t));
        let images: Vec<Image> = rule.images.iter().flat_map(|rule| images(rule, self.root)).collect();
        let compare = rule.compare.as_ref().and_then(|rule| self.compare(rule));
        let full = !items.is_empty() || table.is_some() || !images.is_empty() || compare.is_some();
        full.then(|| Section { title: rule.title.clone(), items, table, images, compare })
    }

    fn table(&mut self, rule: &TableRule) -> Option<Table> {
        let rows = rule.rows.eval(self.root).ok().flatten()?;
        let rows = rows.as_array()?;
        // What takes no expression to fill has its cells all the same.
        budget::step(rows.len().saturating_mul(rule.columns.len()).saturating_mul(CELL)).ok()?;
        let rows: Vec<Vec<Cell>> = rows
            .iter()
            .map(|row| rule.columns.iter().map(|c| self.cell(c, row).unwrap_or_default()).collect())
            .collect();
        for (at, given) in rule.given.iter().enumerate() {
            // A cell that stayed empty in one row leaves its column among what was not shown.
            if rows.iter().all(|row| !row[at].text.is_empty()) {
                self.given.extend(given.iter().cloned());
            }
        }
        let columns = rule.columns.iter().map(|c| c.label.clone()).collect();
        (!rows.is_empty()).then_some(Table { columns, rows, left_out: 0 })
    }

    fn cell(&self, column: &Column, root: &Rcvar) -> Option<Cell> {
        let value = column.value.value(root).ok().flatten()?;
        let came = text_of(&value).filter(|text| !text.trim().is_empty())?;
        let unit = column.unit.as_ref().and_then(|unit| shows(unit, root));
        let limit = column.limit(root);
        let text = match column.format {
            None => unit.map_or_else(|| came.clone(), |unit| written::with(&came, &unit)),
            Some(format) => {
                written::value(&value, format, unit.as_deref(), limit.as_ref()).unwrap_or_else(|| came.clone())
            }
        };
        // The rule knows the provider's word, or the one that is written for it.
        let badge = column.badge.as_ref().map(|cue| match cue.verdict(&came) {
            Verdict::None => cue.verdict(&text),
            known => known,
        });
        let personal = |text: &String| self.hidden.contains(text) || !za_ids(text).is_empty();
        let masked = column.mask || column.format == Some(Format::Masked) || personal(&came) || personal(&text);
        Some(Cell { text, masked, badge })
    }

    /// Two pictures and a score; nothing when there is neither a picture nor a score.
    fn compare(&mut self, rule: &CompareRule) -> Option<Compare> {
        let one = |rule: &ImageRule| {
            let none = Image { label: rule.label.clone(), file: String::new() };
            images(rule, self.root).into_iter().next().unwrap_or(none)
        };
        let (left, right) = (one(&rule.left), one(&rule.right));
        let column = Column { limit: None, ..rule.score.clone() };
        let score = self.cell(&column, self.root).unwrap_or_default();
        if left.file.is_empty() && right.file.is_empty() && score.text.is_empty() {
            return None;
        }
        let unit = rule.score.unit.as_ref().and_then(|unit| shows(unit, self.root));
        let limit = rule.score.limit(self.root);
        let value = rule.score.value.value(self.root).ok().flatten().unwrap_or(Value::Null);
        let bar = if score.masked { None } else { Bar::of(&value, limit.as_ref(), unit.as_deref()) };
        if !score.text.is_empty() {
            self.give(rule.score.shown());
        }
        let limit = limit
            .and_then(|limit| written::value(&limit, Format::Score, unit.as_deref(), None).or_else(|| text_of(&limit)));
        let (share, mark) = bar.map_or((None, None), |bar| (Some(bar.share), bar.mark));
        Some(Compare { left, right, score, limit, share, mark })
    }
}

impl Column {
    /// What it shows of an answer.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Expr> {
        let beside = self.unit.iter().chain(&self.limit).flat_map(Template::exprs);
        self.value.exprs().into_iter().chain(beside)
    }

    fn limit(&self, root: &Rcvar) -> Option<Value> {
        self.limit.as_ref()?.value(root).ok().flatten()
    }
}

/// The pictures that a rule gives: one for a file, one for each of a list of files, none for anything else.
fn images(rule: &ImageRule, root: &Rcvar) -> Vec<Image> {
    let Ok(Some(value)) = rule.image.eval(root) else { return Vec::new() };
    let id = |value: &Variable| {
        let id = value.get_field("id").as_string().cloned()?;
        (!id.is_empty() && id.len() <= MAX_ID).then_some(id)
    };
    let ids: Vec<String> = match &*value {
        Variable::Array(files) => files.iter().filter_map(|file| id(file)).take(MAX_IMAGES).collect(),
        file => id(file).into_iter().collect(),
    };
    let label = |at| if at == 0 { rule.label.clone() } else { format!("{} {}", rule.label, at + 1) };
    ids.into_iter().enumerate().map(|(at, file)| Image { label: label(at), file }).collect()
}
