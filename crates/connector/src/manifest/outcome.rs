//! What an answer means: verdict, outputs, files and what people read.

use dossier_domain::Verdict;
use jmespath::Rcvar;

use super::Pairs;
use super::attachment::{self, FileRule, Source};
use super::work::StateRule;
use crate::call::Work;
use crate::expr::{Expr, Template, text_of};
use crate::keys::{self, Keys};
use crate::names::{Known, check_row};
use crate::problem::Problems;
use crate::yaml::Yaml;

/// How an answer becomes a result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    pub(crate) verdict: Option<VerdictRule>,
    pub(crate) outputs: Pairs,
    pub(crate) files: Vec<FileRule>,
    /// How the provider's work stands.
    pub(crate) state: Option<StateRule>,
    pub(crate) summary: Option<Template>,
    /// The words of the badge; without it, the provider's own.
    pub(crate) badge: Option<Template>,
    pub(crate) sections: Vec<SectionRule>,
}

impl Mapping {
    /// Whether the body of the step called `name` becomes a file.
    pub(crate) fn takes_body(&self, name: &str) -> bool {
        self.files.iter().any(|rule| matches!(&rule.source, Source::Body(step) if step == name))
    }

    /// How the work stands that the answers tell of, and the provider's word for it; nothing where the manifest does not
    /// say where that stands. An answer without the word is unknown.
    pub(crate) fn work(&self, root: &Rcvar) -> Option<(Work, String)> {
        let rule = self.state.as_ref()?;
        let word = rule.from.eval(root).ok().flatten().and_then(|value| text_of(&crate::expr::json(&value).ok()?));
        let word = word.unwrap_or_default();
        Some((rule.work(&word), word))
    }
}

/// Which words of the provider mean which verdict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cue {
    pass: Vec<String>,
    review: Vec<String>,
    fail: Vec<String>,
}

impl Cue {
    /// The verdict of `word`; a word that no rule knows has none.
    pub(crate) fn verdict(&self, word: &str) -> Verdict {
        let has = |words: &[String]| words.iter().any(|w| w == word);
        if has(&self.pass) {
            Verdict::Pass
        } else if has(&self.review) {
            Verdict::Review
        } else if has(&self.fail) {
            Verdict::Fail
        } else {
            Verdict::None
        }
    }
}

/// Where the verdict stands in the answer and what its words mean.
#[derive(Clone, Debug)]
pub(crate) struct VerdictRule {
    pub(crate) from: Expr,
    pub(crate) cue: Cue,
}

/// A part of the display.
#[derive(Clone, Debug)]
pub(crate) struct SectionRule {
    pub(crate) title: Option<String>,
    pub(crate) items: Vec<Column>,
    pub(crate) table: Option<Columns>,
}

/// A table: the rows, and what of each is shown.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) rows: Expr,
    pub(crate) columns: Vec<Column>,
}

/// A label and what stands there.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) value: Template,
    pub(crate) mask: bool,
    pub(crate) badge: Option<Cue>,
}

/// Reads `result`.
pub(super) fn load(yaml: &Yaml, steps: &[&str], known: &Known, problems: &mut Problems) -> Mapping {
    let mut mapping = Mapping::default();
    let Some(mut keys) = Keys::of(yaml, "result", problems) else { return mapping };
    mapping.state = keys.get("state").and_then(|y| super::work::state(y, known, problems));
    mapping.verdict = keys.get("verdict").and_then(|y| verdict(y, known, problems));
    for pair in keys.pairs("outputs", problems) {
        if let Some(template) = keys::template(&pair.value, problems) {
            super::action::name(&pair.key, pair.at, problems);
            known.check(&template, pair.value.place, problems);
            mapping.outputs.push((pair.key.clone(), template));
        }
    }
    let files = keys.list("attachments", problems).iter();
    mapping.files = files.filter_map(|y| attachment::load(y, steps, known, problems)).collect();
    let known = &known.with(["files"]);
    if let Some(yaml) = keys.get("display")
        && let Some(mut display) = Keys::of(yaml, "display", problems)
    {
        mapping.summary = checked(&mut display, "summary", known, problems);
        mapping.badge = checked(&mut display, "badge", known, problems);
        mapping.sections =
            display.list("sections", problems).iter().filter_map(|y| section(y, known, problems)).collect();
        display.finish(problems);
    }
    keys.finish(problems);
    mapping
}

fn checked(keys: &mut Keys<'_>, key: &'static str, known: &Known, problems: &mut Problems) -> Option<Template> {
    let (template, place) = keys.template(key, problems)?;
    known.check(&template, place, problems);
    Some(template)
}

fn verdict(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<VerdictRule> {
    let mut keys = Keys::of(yaml, "verdict", problems)?;
    keys.need("from", problems);
    let from = super::request::expr(&mut keys, "from", known, problems);
    let cue = cue(&mut keys, problems);
    keys.finish(problems);
    Some(VerdictRule { from: from?, cue })
}

fn cue(keys: &mut Keys<'_>, problems: &mut Problems) -> Cue {
    let (pass, review) = (keys.texts("pass", problems), keys.texts("review", problems));
    let fail = keys.texts("fail", problems);
    let all: Vec<&String> = pass.iter().chain(&review).chain(&fail).collect();
    if let Some(twice) = all.iter().enumerate().find_map(|(i, word)| all[..i].contains(word).then_some(*word)) {
        problems.add(keys.place(), format!("“{twice}” has two verdicts."), "Keep it in one list.");
    }
    Cue { pass, review, fail }
}

fn section(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<SectionRule> {
    let mut keys = Keys::of(yaml, "a section", problems)?;
    let title = keys.text("title", problems);
    let items = columns(keys.list("items", problems), Some(known), problems);
    let table = keys.get("table").and_then(|y| table(y, known, problems));
    if items.is_empty() && table.is_none() {
        problems.add(keys.place(), "A section shows items or a table.", "Add `items:` or `table:`.");
    }
    keys.finish(problems);
    Some(SectionRule { title, items, table })
}

fn table(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<Columns> {
    let mut keys = Keys::of(yaml, "table", problems)?;
    keys.need("rows", problems);
    let rows = super::request::expr(&mut keys, "rows", known, problems);
    keys.need("columns", problems);
    let columns = columns(keys.list("columns", problems), None, problems);
    keys.finish(problems);
    Some(Columns { rows: rows?, columns })
}

/// Labelled values: of the answer when its names are `known`, else of a row.
fn columns(list: &[Yaml], known: Option<&Known>, problems: &mut Problems) -> Vec<Column> {
    let one = |yaml: &Yaml| {
        let mut keys = Keys::of(yaml, "a labelled value", problems)?;
        let label = keys.need_text("label", problems);
        keys.need("value", problems);
        let value = keys.template("value", problems).map(|(template, place)| {
            match known {
                Some(known) => known.check(&template, place, problems),
                None => check_row(&template, place, problems),
            }
            template
        });
        let mask = keys.flag("mask", problems);
        let badge = keys.get("badge").and_then(|y| {
            let mut keys = Keys::of(y, "badge", problems)?;
            let cue = cue(&mut keys, problems);
            keys.finish(problems);
            Some(cue)
        });
        keys.finish(problems);
        Some(Column { label: label?, value: value?, mask, badge })
    };
    list.iter().filter_map(one).collect()
}
