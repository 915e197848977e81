//! One thing that a provider can do, and the steps in which it is done.

use std::sync::Arc;

use serde_json::json;

use super::{Action, Effect, Verified, auth, example, outcome, request, work};
use crate::expr::Expr;
use crate::form::{self, Form};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::{Place, Yaml};

/// One call of an action. Later steps and the result name it. Of several with one name, the first whose condition holds
/// is done.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// Without it, the step is always done.
    pub(crate) when: Option<Expr>,
    /// Whether it does something at the provider that must not be done twice.
    pub(crate) effect: Effect,
    pub(crate) task: Task,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Sends a request.
    Request(Box<super::Request>),
    /// Obtains a fresh token of the named entry of `auth`; the step's answer does not hold the token.
    Obtain(String),
}

/// The words for [`Effect`].
pub(super) const EFFECTS: &[(&str, Effect)] = &[("read", Effect::Read), ("write", Effect::Write)];
/// The words for [`Verified`].
pub(super) const DEGREES: &[(&str, Verified)] =
    &[("full", Verified::Full), ("request", Verified::Request), ("assumed", Verified::Assumed)];

/// The most steps of an action, alternatives counted.
const MOST_STEPS: usize = 50;

/// Names that a step cannot take.
const TAKEN: &[&str] =
    &["config", "params", "request", "actor", "outputs", "now", "status", "headers", "body", "callback", "files"];

/// Reads one action.
pub(super) fn load(yaml: &Yaml, auths: &[&str], known: &Known, problems: &mut Problems) -> Option<Action> {
    let mut keys = Keys::of(yaml, "an action", problems)?;
    let key = keys.need("key", problems).and_then(|y| {
        let key = keys::text(y, "key", problems)?;
        name(&key, y.place, problems);
        Some(key)
    });
    let label = keys.need_text("label", problems);
    let category = keys.need_text("category", problems);
    keys.need("effect", problems);
    let effect = keys.word("effect", EFFECTS, problems);
    let decides = keys.flag("decides", problems);
    let charged = keys.flag("charged", problems);
    keys.need("verified", problems);
    let verified = keys.word("verified", DEGREES, problems);
    let form = keys.get("params").map_or_else(Form::default, |y| form::load(y, form::Use::Params(known), problems));
    let schema = keys.get("params").map_or_else(|| json!({ "type": "object", "properties": {} }), Yaml::json);
    let mut known = known.with(["params", "request", "actor", "outputs", "now", "callback"]);
    // A field with problems of its own is there nevertheless.
    known.params = keys.get("params").map(form::properties).unwrap_or_default();

    let mut steps: Vec<Step> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let given = keys.need("steps", problems).is_some();
    let list = keys.list("steps", problems);
    for item in list {
        let Some((name, step)) = step(item, effect.unwrap_or(Effect::Write), auths, &known, problems) else { continue };
        if steps.iter().any(|s| s.name == name && s.when.is_none()) {
            let mend = "Rename one, or give the earlier one a `when:` so that this is its alternative.";
            problems.add(item.place, format!("The step “{name}” stands twice."), mend);
        }
        // A step with problems of its own still exists for those who name it.
        known = known.with([name.as_str()]);
        steps.extend(step);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if list.len() > MOST_STEPS {
        let message = format!("There are {} steps; {MOST_STEPS} is the most.", list.len());
        problems.add(keys.place(), message, "Make two actions of it.");
    }
    if given && list.is_empty() {
        problems.add(keys.place(), "An action has at least one step.", "Add one under `steps:`.");
    }
    let steps_named: Vec<&str> = names.iter().map(String::as_str).collect();
    let mapping =
        keys.get("result").map_or_else(Default::default, |y| outcome::load(y, &steps_named, &known, problems));
    let mut asks = Known::default().with(["outputs", "params", "config"]);
    asks.params = form.names();
    let poll = keys.get("poll").and_then(|y| work::poll(y, &asks, problems));
    let called_back = keys.flag("callback", problems);
    let examples = example::load_all(keys.list("examples", problems), problems);
    keys.finish(problems);
    Some(Action {
        key: key?,
        label: label?,
        category: category?,
        effect: effect?,
        decides,
        charged,
        verified: verified?,
        form,
        schema,
        poll,
        steps,
        mapping: Arc::new(mapping),
        called_back,
        examples,
    })
}

/// Refuses what cannot be a name: `[A-Za-z_][A-Za-z0-9_]*`, at most 50 characters.
pub(super) fn name(text: &str, place: Place, problems: &mut Problems) {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let begins = text.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    if !plain || !begins || text.len() > 50 {
        let mend = "Use letters, digits and _, at most 50, and do not begin with a digit.";
        problems.add(place, format!("“{text}” cannot be a name."), mend);
    }
}

/// The name of a step and what it does.
fn step(
    yaml: &Yaml,
    effect: Effect,
    auths: &[&str],
    known: &Known,
    problems: &mut Problems,
) -> Option<(String, Option<Step>)> {
    let mut keys = Keys::of(yaml, "a step", problems)?;
    let named = keys.need("name", problems).and_then(|y| {
        let text = keys::text(y, "name", problems)?;
        name(&text, y.place, problems);
        if TAKEN.contains(&text.as_str()) {
            problems.add(y.place, format!("“{text}” means something else in expressions."), "Choose another name.");
        }
        Some(text)
    });
    let when = request::expr(&mut keys, "when", known, problems);
    let own = keys.word("effect", EFFECTS, problems);
    if (effect, own) == (Effect::Read, Some(Effect::Write)) {
        let message = "An action that only reads cannot have a step that writes: it would be repeated by itself.";
        problems.add(keys.place(), message, "Write `effect: write` at the action.");
    }
    let effect = own.unwrap_or(effect);
    let obtain = keys.get("obtain").and_then(|y| auth::name(y, auths, problems));
    let sent = keys.get("request");
    let task = match (obtain, sent) {
        (Some(auth), None) => Some(Task::Obtain(auth)),
        (None, Some(yaml)) => {
            let request = request::load(yaml, &mut keys, auths, known, problems);
            request.map(|r| Task::Request(Box::new(r)))
        }
        _ => {
            let mend = "Add `request:` with `method:` and `url:`, or `obtain:` with an entry of `auth`.";
            problems.add(keys.place(), "A step either sends a request or obtains a token.", mend);
            None
        }
    };
    keys.finish(problems);
    let name = named?;
    Some((name.clone(), task.map(|task| Step { name, when, effect, task })))
}
