//! What people read of an answer: sections of labelled values, tables and pictures.

use super::Mapping;
use super::outcome::{Cue, checked, cue};
use crate::expr::{Expr, Template};
use crate::keys::Keys;
use crate::names::{Known, check_row};
use crate::problem::Problems;
use crate::reads::{Path, Reads};
use crate::yaml::Yaml;

/// A part of the display.
#[derive(Clone, Debug)]
pub(crate) struct SectionRule {
    pub(crate) title: Option<String>,
    pub(crate) items: Vec<Column>,
    pub(crate) table: Option<TableRule>,
    pub(crate) images: Vec<ImageRule>,
    pub(crate) compare: Option<CompareRule>,
}

/// A table: the rows, and what of each is shown.
#[derive(Clone, Debug)]
pub(crate) struct TableRule {
    pub(crate) rows: Expr,
    pub(crate) columns: Vec<Column>,
    /// The paths from the root that each column shows.
    pub(crate) given: Vec<Vec<Path>>,
}

/// A label and what stands there.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) value: Template,
    pub(crate) mask: bool,
    pub(crate) badge: Option<Cue>,
    /// How the value is written; without one, as it came.
    pub(crate) format: Option<Format>,
    /// What stands with a number: `%`, `ZAR`.
    pub(crate) unit: Option<Template>,
    /// The provider's limit for a score.
    pub(crate) limit: Option<Template>,
}

/// How a value is written. What does not fit is written as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A day.
    Date,
    /// An instant, in UTC.
    DateTime,
    /// Yes or No.
    Boolean,
    /// A number with at most two decimals.
    Score,
    /// A score whose unit is `%`.
    Percent,
    /// An amount with two decimals.
    Money,
    /// Shown masked until someone reveals it.
    Masked,
}

impl Format {
    /// Its words.
    pub(super) const WORDS: &[(&str, Self)] = &[
        ("date", Self::Date),
        ("datetime", Self::DateTime),
        ("boolean", Self::Boolean),
        ("score", Self::Score),
        ("percent", Self::Percent),
        ("money", Self::Money),
        ("masked", Self::Masked),
    ];

    /// Whether there is something to hold against a limit.
    fn is_score(self) -> bool {
        matches!(self, Self::Score | Self::Percent)
    }
}

/// A picture: an expression whose value is a file, or a list of files.
#[derive(Clone, Debug)]
pub(crate) struct ImageRule {
    pub(crate) label: String,
    pub(crate) image: Expr,
}

/// Two pictures and how alike the provider finds them.
#[derive(Clone, Debug)]
pub(crate) struct CompareRule {
    pub(crate) left: ImageRule,
    pub(crate) right: ImageRule,
    /// The score with its limit and unit.
    pub(crate) score: Column,
}

/// Reads `display`.
pub(super) fn load(yaml: &Yaml, mapping: &mut Mapping, known: &Known, problems: &mut Problems) {
    let known = &known.with(["files"]);
    let Some(mut keys) = Keys::of(yaml, "display", problems) else { return };
    mapping.summary = checked(&mut keys, "summary", known, problems);
    mapping.badge = checked(&mut keys, "badge", known, problems);
    mapping.sections = keys.list("sections", problems).iter().filter_map(|y| section(y, known, problems)).collect();
    keys.finish(problems);
}

fn section(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<SectionRule> {
    let mut keys = Keys::of(yaml, "a section", problems)?;
    let title = keys.text("title", problems);
    let items = columns(keys.list("items", problems), Some(known), problems);
    let table = keys.get("table").and_then(|y| table(y, known, problems));
    let images = keys.list("images", problems).iter().filter_map(|y| image(y, known, problems)).collect();
    let compare = keys.get("compare").and_then(|y| compare(y, known, problems));
    if ["items", "table", "images", "compare"].iter().all(|&key| keys.get(key).is_none()) {
        let mend = "Add `items:`, `table:`, `images:` or `compare:`.";
        problems.add(keys.place(), "A section shows items, a table, images or a comparison.", mend);
    }
    keys.finish(problems);
    Some(SectionRule { title, items, table, images, compare })
}

fn table(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<TableRule> {
    let mut keys = Keys::of(yaml, "table", problems)?;
    keys.need("rows", problems);
    let rows = super::request::expr(&mut keys, "rows", known, problems);
    keys.need("columns", problems);
    let columns = columns(keys.list("columns", problems), None, problems);
    keys.finish(problems);
    let rows = rows?;
    let items = Reads::items(&rows, &[Path::new()]);
    let given = columns.iter().map(|c: &Column| c.shown().flat_map(|e| Reads::of(e, &items).given).collect()).collect();
    Some(TableRule { rows, columns, given })
}

fn image(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<ImageRule> {
    let mut keys = Keys::of(yaml, "an image", problems)?;
    let label = keys.need_text("label", problems);
    keys.need("image", problems);
    let image = super::request::expr(&mut keys, "image", known, problems);
    keys.finish(problems);
    Some(ImageRule { label: label?, image: image? })
}

fn compare(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<CompareRule> {
    let mut keys = Keys::of(yaml, "compare", problems)?;
    let left = keys.need("left", problems).and_then(|y| image(y, known, problems));
    let right = keys.need("right", problems).and_then(|y| image(y, known, problems));
    keys.need("score", problems);
    let value = checked(&mut keys, "score", known, problems);
    let unit = checked(&mut keys, "unit", known, problems);
    let limit = checked(&mut keys, "limit", known, problems);
    keys.finish(problems);
    let (mask, badge, format) = (false, None, Some(Format::Score));
    let score = Column { label: String::new(), value: value?, mask, badge, format, unit, limit };
    Some(CompareRule { left: left?, right: right?, score })
}

/// Labelled values: of the answer when its names are `known`, else of a row.
fn columns(list: &[Yaml], known: Option<&Known>, problems: &mut Problems) -> Vec<Column> {
    list.iter().filter_map(|yaml| column(yaml, known, problems)).collect()
}

fn column(yaml: &Yaml, known: Option<&Known>, problems: &mut Problems) -> Option<Column> {
    let mut keys = Keys::of(yaml, "a labelled value", problems)?;
    let template = |keys: &mut Keys<'_>, key, problems: &mut Problems| {
        let (template, place) = keys.template(key, problems)?;
        match known {
            Some(known) => known.check(&template, place, problems),
            None => check_row(&template, place, problems),
        }
        Some(template)
    };
    let label = keys.need_text("label", problems);
    keys.need("value", problems);
    let value = template(&mut keys, "value", problems);
    let mask = keys.flag("mask", problems);
    let badge = keys.get("badge").and_then(|y| {
        let mut keys = Keys::of(y, "badge", problems)?;
        let cue = cue(&mut keys, problems);
        keys.finish(problems);
        Some(cue)
    });
    let format = keys.word("format", Format::WORDS, problems);
    let unit = template(&mut keys, "unit", problems);
    let limit = template(&mut keys, "limit", problems);
    fits(&mut keys, format, problems);
    keys.finish(problems);
    Some(Column { label: label?, value: value?, mask, badge, format, unit, limit })
}

/// Notes a unit or a limit that would never be shown.
fn fits(keys: &mut Keys<'_>, format: Option<Format>, problems: &mut Problems) {
    if let Some(limit) = keys.get("limit")
        && !format.is_some_and(Format::is_score)
    {
        problems.add(limit.place, "Only a score has a limit.", "Add `format: score` or leave the limit out.");
    }
    if let Some(unit) = keys.get("unit")
        && format.is_some_and(|format| !format.is_score() && format != Format::Money)
    {
        problems.add(unit.place, "Only a number has a unit.", "Use `format: score`, percent or money, or no format.");
    }
}
