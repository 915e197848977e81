//! What a provider sends by itself: how it is known to be the provider's, and what it tells.

use std::time::Duration;

use http::HeaderName;
use regex::Regex;

use super::auth::header_name;
use super::example::{self, Example};
use super::signature::{self, Of, Signature, Unit};
use super::{request, work};
use crate::expr::Expr;
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::{Node, Place, Yaml};

/// The callbacks of a provider.
#[derive(Clone, Debug)]
pub(crate) struct Callbacks {
    /// How a callback is known to be the provider's; without it, a callback is only a hint to ask.
    pub(crate) verify: Option<Verify>,
    pub(crate) event: EventRule,
    /// The output of earlier actions that names what an event is about.
    pub(crate) subject: String,
    pub(crate) place: Place,
    /// What an event means by itself; without it, it leads to a poll.
    pub(crate) state: Option<work::StateRule>,
    pub(crate) examples: Vec<Example>,
}

/// How a callback is verified.
#[derive(Clone, Debug)]
pub(crate) struct Verify {
    pub(crate) signature: Signature,
    /// Where the signatures stand.
    pub(crate) at: Extract,
    pub(crate) stamp: Option<StampRule>,
}

/// The time that is signed with a callback.
#[derive(Clone, Debug)]
pub(crate) struct StampRule {
    pub(crate) at: Extract,
    pub(crate) unit: Unit,
    /// How old, or how far ahead, it may be.
    pub(crate) tolerance: Duration,
}

/// A header's value, or every first group of a pattern in it.
#[derive(Clone, Debug)]
pub(crate) struct Extract {
    pub(crate) header: HeaderName,
    pub(crate) pattern: Option<Regex>,
}

/// Where an event says what it is.
#[derive(Clone, Debug)]
pub(crate) struct EventRule {
    pub(crate) id: Option<Expr>,
    pub(crate) time: Option<Expr>,
    pub(crate) subject: Option<Expr>,
    pub(crate) kind: Option<Expr>,
}

/// Reads `callbacks`. `in_auth` may name the channel's secrets.
pub(super) fn load(yaml: &Yaml, in_auth: &Known, problems: &mut Problems) -> Option<Callbacks> {
    let mut keys = Keys::of(yaml, "callbacks", problems)?;
    let known = Known::default().with(["headers", "body"]);
    let verify = keys.get("verify").map(|y| verify(y, in_auth, problems));
    let event = keys.need("event", problems).and_then(|y| event(y, &known, problems));
    let place = keys.get("subject").map_or_else(|| keys.place(), |y| y.place);
    let subject = keys.need_text("subject", problems);
    let state = match keys.need("then", problems).map(|y| (&y.node, y)) {
        Some((Node::Text(word), _)) if word == "poll" => None,
        Some((Node::Map(_), y)) => {
            let mut keys = Keys::of(y, "then", problems)?;
            let state = keys.need("state", problems).and_then(|y| work::state(y, &known, problems));
            keys.finish(problems);
            if verify.is_none() {
                let message = "A callback that anyone may send cannot decide anything.";
                problems.add(y.place, message, "Add `verify:`, or write `then: poll`.");
            }
            state
        }
        Some((_, y)) => {
            problems.add(y.place, "A callback leads to a poll or tells a state.", "Write `then: poll`.");
            None
        }
        None => None,
    };
    let examples = example::load_all(keys.list("examples", problems), problems);
    keys.finish(problems);
    let verify = match verify {
        None => None,
        Some(None) => return None,
        some => some.flatten(),
    };
    Some(Callbacks { verify, event: event?, subject: subject?, place, state, examples })
}

fn verify(yaml: &Yaml, in_auth: &Known, problems: &mut Problems) -> Option<Verify> {
    let mut keys = Keys::of(yaml, "verify", problems)?;
    let at = keys.need("signature", problems).and_then(|y| {
        let mut keys = Keys::of(y, "signature", problems)?;
        let at = extract(&mut keys, problems);
        keys.finish(problems);
        at
    });
    let stamp = keys.get("timestamp").map(|y| {
        let mut keys = Keys::of(y, "timestamp", problems)?;
        let at = extract(&mut keys, problems);
        keys.need("unit", problems);
        let unit = keys.word("unit", signature::UNITS, problems);
        let tolerance = keys.count("tolerance", problems).map_or(300, |n| n as u64);
        keys.finish(problems);
        Some(StampRule { at: at?, unit: unit?, tolerance: Duration::from_secs(tolerance) })
    });
    let signature = signature::load(&mut keys, Of::Callback, stamp.is_some(), in_auth, problems);
    keys.finish(problems);
    let stamp = match stamp {
        None => None,
        Some(None) => return None,
        some => some.flatten(),
    };
    Some(Verify { signature: signature?, at: at?, stamp })
}

fn extract(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Extract> {
    let header = keys.need("header", problems).and_then(|y| header_name(y, problems));
    let pattern = match keys.get("pattern") {
        None => None,
        Some(yaml) => {
            let pattern = crate::form::bounded(&keys::text(yaml, "pattern", problems)?);
            match pattern {
                Ok(regex) if regex.captures_len() == 2 => Some(regex),
                Ok(_) => {
                    problems.add(yaml.place, "The pattern has not one group.", "Put what is meant in ( ).");
                    return None;
                }
                Err(why) => {
                    let mend = crate::form::unread(&why);
                    problems.add(yaml.place, format!("The pattern cannot be read: {why}."), mend);
                    return None;
                }
            }
        }
    };
    Some(Extract { header: header?, pattern })
}

fn event(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<EventRule> {
    let mut keys = Keys::of(yaml, "event", problems)?;
    let mut one = |key| request::expr(&mut keys, key, known, problems);
    let rule = EventRule { id: one("id"), time: one("time"), subject: one("subject"), kind: one("type") };
    keys.finish(problems);
    Some(rule)
}
