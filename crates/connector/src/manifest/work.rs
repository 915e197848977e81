//! How work at the provider stands, and how its end is found out.

use std::time::Duration;

use dossier_domain::Work;
use serde_json::{Map, Value};

use super::{Pairs, request};
use crate::budget::{self, Together};
use crate::expr::{Expr, Scope, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::{Place, Yaml};

/// Which words of the provider say how its work stands.
#[derive(Clone, Debug)]
pub(crate) struct StateRule {
    pub(crate) from: Expr,
    waiting: Vec<String>,
    succeeded: Vec<String>,
    failed: Vec<String>,
    /// Why it failed, in the provider's words.
    pub(crate) message: Option<Template>,
}

impl StateRule {
    /// What `word` means; one that no rule knows is unknown and never success.
    pub(crate) fn work(&self, word: &str) -> Work {
        let has = |words: &[String]| words.iter().any(|w| w == word);
        if has(&self.waiting) {
            Work::Waiting
        } else if has(&self.succeeded) {
            Work::Succeeded
        } else if has(&self.failed) {
            Work::Failed
        } else {
            Work::Unknown
        }
    }
}

/// How the end of started work is asked for.
#[derive(Clone, Debug)]
pub struct Poll {
    /// The action that asks; it only reads.
    pub action: String,
    /// How long to wait before it is asked first, and by how much the pauses grow at most.
    pub pause: (Duration, Duration),
    /// After how long the work is overdue.
    pub deadline: Duration,
    pub(crate) params: Pairs,
    pub(crate) place: Place,
}

impl Poll {
    /// What the question is asked with, given the outputs and parameters of the very run that it is about; nothing where
    /// one of its values is missing: a question about nothing in particular could be answered about something else.
    pub fn params(&self, outputs: &Value, params: &Value, config: &Value) -> Option<Value> {
        let mut scope = Scope::default();
        scope.set("outputs", outputs);
        scope.set("params", params);
        scope.set("config", config);
        let (root, _bound) = (scope.root(), Together::of(budget::LIGHT));
        let mut params = Map::new();
        for (name, template) in &self.params {
            let value = template.value(&root).ok().flatten().filter(|value| !value.is_null())?;
            params.insert(name.clone(), value);
        }
        Some(Value::Object(params))
    }

    /// How long to wait after so many questions: twice as long each time, up to the most.
    pub fn pause_after(&self, asked: u32) -> Duration {
        let (first, most) = self.pause;
        first.saturating_mul(2_u32.saturating_pow(asked.min(20))).min(most)
    }
}

/// Reads `state`.
pub(super) fn state(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<StateRule> {
    let mut keys = Keys::of(yaml, "state", problems)?;
    keys.need("from", problems);
    let from = request::expr(&mut keys, "from", known, problems);
    let waiting = keys.texts("waiting", problems);
    let (succeeded, failed) = (keys.texts("succeeded", problems), keys.texts("failed", problems));
    let all: Vec<&String> = waiting.iter().chain(&succeeded).chain(&failed).collect();
    if let Some(twice) = all.iter().enumerate().find_map(|(i, word)| all[..i].contains(word).then_some(*word)) {
        problems.add(keys.place(), format!("“{twice}” has two states."), "Keep it in one list.");
    }
    let message = request::checked(&mut keys, "message", known, problems);
    keys.finish(problems);
    Some(StateRule { from: from?, waiting, succeeded, failed, message })
}

/// Reads `poll`.
pub(super) fn poll(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<Poll> {
    let mut keys = Keys::of(yaml, "poll", problems)?;
    let action = keys.need("action", problems).and_then(|y| Some((keys::text(y, "action", problems)?, y.place)));
    let params = request::pairs(&mut keys, "params", known, problems);
    let mut seconds = |key, usual| keys.count(key, problems).map_or(usual, |n| n as u64);
    let (first, most, deadline) = (seconds("first", 5), seconds("most", 600), seconds("deadline", 86_400));
    if first == 0 || most < first || deadline < first {
        let mend = "Let first be 1 or more, and neither most nor deadline less than first.";
        problems.add(keys.place(), "The pauses of a poll do not fit together.", mend);
    }
    keys.finish(problems);
    let (action, place) = action?;
    let pause = (Duration::from_secs(first), Duration::from_secs(most));
    Some(Poll { action, pause, deadline: Duration::from_secs(deadline), params, place })
}
