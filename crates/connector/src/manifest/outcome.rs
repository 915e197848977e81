//! What an answer means: verdict, outputs and files. What people read of it stands in `display.rs`.

use dossier_domain::Verdict;

use super::Pairs;
use super::display::{self, SectionRule};
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::Yaml;

/// How an answer becomes a result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    pub(crate) verdict: Option<VerdictRule>,
    pub(crate) outputs: Pairs,
    pub(crate) files: Vec<FileRule>,
    pub(crate) summary: Option<Template>,
    /// The words of the badge; without it, the provider's own.
    pub(crate) badge: Option<Template>,
    pub(crate) sections: Vec<SectionRule>,
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

/// A file in the answer.
#[derive(Clone, Debug)]
pub(crate) struct FileRule {
    pub(crate) name: Template,
    pub(crate) base64: Expr,
    pub(crate) media_type: String,
}

/// Reads `result`.
pub(super) fn load(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Mapping {
    let mut mapping = Mapping::default();
    let Some(mut keys) = Keys::of(yaml, "result", problems) else { return mapping };
    mapping.verdict = keys.get("verdict").and_then(|y| verdict(y, known, problems));
    for pair in keys.pairs("outputs", problems) {
        if let Some(template) = keys::template(&pair.value, problems) {
            super::action::name(&pair.key, pair.at, problems);
            known.check(&template, pair.value.place, problems);
            mapping.outputs.push((pair.key.clone(), template));
        }
    }
    mapping.files = keys.list("attachments", problems).iter().filter_map(|y| file(y, known, problems)).collect();
    if let Some(yaml) = keys.get("display") {
        display::load(yaml, &mut mapping, known, problems);
    }
    keys.finish(problems);
    mapping
}

pub(super) fn checked(
    keys: &mut Keys<'_>,
    key: &'static str,
    known: &Known,
    problems: &mut Problems,
) -> Option<Template> {
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

pub(super) fn cue(keys: &mut Keys<'_>, problems: &mut Problems) -> Cue {
    let (pass, review) = (keys.texts("pass", problems), keys.texts("review", problems));
    let fail = keys.texts("fail", problems);
    let all: Vec<&String> = pass.iter().chain(&review).chain(&fail).collect();
    if let Some(twice) = all.iter().enumerate().find_map(|(i, word)| all[..i].contains(word).then_some(*word)) {
        problems.add(keys.place(), format!("“{twice}” has two verdicts."), "Keep it in one list.");
    }
    Cue { pass, review, fail }
}

fn file(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<FileRule> {
    let mut keys = Keys::of(yaml, "attachments", problems)?;
    keys.need("name", problems);
    let name = checked(&mut keys, "name", known, problems);
    keys.need("base64", problems);
    let base64 = super::request::expr(&mut keys, "base64", known, problems);
    let media_type = keys.need_text("type", problems);
    keys.finish(problems);
    Some(FileRule { name: name?, base64: base64?, media_type: media_type? })
}
