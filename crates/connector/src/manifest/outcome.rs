//! What an answer means: verdict, outputs and files. What people read of it stands in `display.rs`.

use dossier_domain::{Verdict, Work};
use jmespath::Rcvar;

use super::Pairs;
use super::attachment::{self, FileRule, Source};
use super::display::{self, SectionRule};
use super::work::StateRule;
use crate::expr::{Expr, Template, text_of};
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
