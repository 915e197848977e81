//! What the parts of a manifest say of each other: whether it can be so.

use std::collections::BTreeSet;

use url::Url;

use super::callback::Callbacks;
use super::{Action, Effect, Request};
use crate::expr::{Part, Template};
use crate::form::Form;
use crate::problem::{Problems, suggest};
use crate::reads::{Path, Reads, Step};
use crate::yaml::Place;

/// Refuses a poll by an action that does not exist, that writes, or that asks for something else; and a callback that
/// nobody reads.
pub(super) fn poll(action: &Action, all: &[Action], callbacks: bool, problems: &mut Problems) {
    if action.called_back && !callbacks {
        let message = format!("{} waits for a callback, and the manifest says nothing of callbacks.", action.label);
        problems.add(Place::default(), message, "Add `callbacks:`.");
    }
    let Some(poll) = &action.poll else { return };
    let Some(asks) = all.iter().find(|a| a.key == poll.action) else {
        let keys: Vec<&str> = all.iter().map(|a| a.key.as_str()).collect();
        let message = format!("There is no action “{}” to ask with.", poll.action);
        return problems.add(poll.place, message, suggest(&poll.action, &keys));
    };
    if asks.effect != Effect::Read {
        let message = format!("“{}” writes, so it cannot be asked again and again.", poll.action);
        problems.add(poll.place, message, "Name an action with `effect: read`.");
    }
    if asks.mapping.state.is_none() {
        let message = format!("The answer of “{}” does not say how the work stands.", poll.action);
        problems.add(poll.place, message, "Add `state:` to its result.");
    }
    let names = asks.form.names();
    for (name, _) in poll.params.iter().filter(|(name, _)| !names.contains(name)) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        problems.add(poll.place, format!("“{}” has no field “{name}”.", poll.action), suggest(name, &names));
    }
    let given = |name: &str| poll.params.iter().any(|(n, _)| n == name);
    for field in asks.form.fields.iter().filter(|f| f.required && f.default.is_none() && !given(&f.name)) {
        let message = format!("“{}” cannot be asked without its field “{}”.", poll.action, field.name);
        problems.add(
            poll.place,
            message,
            format!("Add it under `params:`, such as `{}: \"=outputs.id\"`.", field.name),
        );
    }
    let known: Vec<&str> = action.mapping.outputs.iter().map(|(name, _)| name.as_str()).collect();
    for expr in poll.params.iter().flat_map(|(_, template)| template.exprs()) {
        for path in Reads::of(expr, &[Path::new()]).paths {
            if let [Step::Name(root), Step::Name(name), ..] = path.as_slice()
                && &**root == "outputs"
                && !known.contains(&&**name)
            {
                let message = format!("{} has no output “{name}”.", action.label);
                problems.add(poll.place, message, suggest(name, &known));
            }
        }
    }
}

/// Refuses callbacks about an output that no action has.
pub(super) fn subject(callbacks: &Callbacks, all: &[Action], problems: &mut Problems) {
    let outputs = all.iter().flat_map(|action| &action.mapping.outputs).map(|(name, _)| name.as_str());
    let outputs: Vec<&str> = outputs.collect::<BTreeSet<_>>().into_iter().collect();
    if !outputs.contains(&callbacks.subject.as_str()) {
        let message = format!("No action has an output “{}”.", callbacks.subject);
        problems.add(callbacks.place, message, suggest(&callbacks.subject, &outputs));
    }
}

/// Refuses an address that can be none of the channel's, where credentials go along. What is only known when it is
/// worked out is held against the channel then.
pub(super) fn address(request: &Request, config: &Form, problems: &mut Problems) {
    let (first, whole) = match &request.url {
        Template::Text(parts) => (parts.first(), false),
        Template::Literal(_) | Template::Expr(_) => (None, true),
    };
    let literal = match (&request.url, first) {
        (Template::Literal(value), _) if whole => value.as_str(),
        (_, Some(Part::Plain(plain))) => Some(plain.as_str()),
        _ => None,
    };
    if let Some(host) = literal.and_then(|text| Url::parse(text).ok()?.host_str().map(str::to_owned))
        && !request.auth.is_empty()
    {
        let message = format!("{host} is none of the channel's addresses, so no credentials go there.");
        let mend = "Begin with a field of `config` that is an address, or take `auth:` out.";
        return problems.add(request.place, message, mend);
    }
    if let Some(Part::Expr(expr)) = first
        && let Some(name) = expr.text().strip_prefix("config.")
        && let Some(field) = config.every().find(|field| field.name == name)
        && !field.is_url()
    {
        let message = format!("“config.{name}” is no address, so nothing can be called there.");
        problems.add(request.place, message, format!("Add `format: uri` to the field “{name}”."));
    }
}
