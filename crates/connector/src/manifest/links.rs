//! What the parts of a manifest say of each other: whether it can be so.

use url::Url;

use super::callback::Callbacks;
use super::{Action, Effect, Poll};
use crate::expr::{Part, Template};
use crate::form::Form;
use crate::problem::{Problems, suggest};
use crate::reads::{Path, Reads, Step};
use crate::yaml::Place;

/// Refuses a poll by an action that does not exist, that writes, or that asks for something else; and a callback that
/// nobody reads. Of the `unsound` actions, which have problems of their own, nothing is said that may come of these.
pub(super) fn poll(action: &Action, all: &[Action], unsound: &[String], callbacks: bool, problems: &mut Problems) {
    if action.called_back && !callbacks {
        let message = format!("{} waits for a callback, and the manifest says nothing of callbacks.", action.label);
        problems.add(Place::default(), message, "Add `callbacks:`.");
    }
    let Some(poll) = &action.poll else { return };
    if !unsound.contains(&action.key) {
        outputs(action, poll, problems);
    }
    if unsound.contains(&poll.action) {
        return;
    }
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
}

/// Refuses a poll with an output that its own action does not have.
fn outputs(action: &Action, poll: &Poll, problems: &mut Problems) {
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

/// Refuses callbacks about an output that is none of `outputs`, those of all actions.
pub(super) fn subject(callbacks: &Callbacks, outputs: &[String], problems: &mut Problems) {
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    if !outputs.contains(&callbacks.subject.as_str()) {
        let message = format!("No action has an output “{}”.", callbacks.subject);
        problems.add(callbacks.place, message, suggest(&callbacks.subject, &outputs));
    }
}

/// Refuses an address that can be none of the channel's, where `credentials` go along. What is only known when it is
/// worked out is held against the channel then.
pub(super) fn address(url: &Template, place: Place, credentials: bool, config: &Form, problems: &mut Problems) {
    if let Some(host) = host(url).filter(|_| credentials) {
        let message = format!("{host} is none of the channel's addresses, so no credentials go there.");
        let mend = "Begin with a field of `config` that is an address, or take the credentials out.";
        return problems.add(place, message, mend);
    }
    let expr = match url {
        Template::Expr(expr) => expr,
        Template::Text(parts) => match parts.first() {
            Some(Part::Expr(expr)) => expr,
            _ => return,
        },
        Template::Literal(_) => return,
    };
    let reads = Reads::of(expr, &[Path::new()]);
    // What another function makes of it nobody can tell.
    if reads.functions.iter().any(|(name, _)| name != "not_null" && name != "join") {
        return;
    }
    let field = |path: &Path| match path.as_slice() {
        [Step::Name(root), Step::Name(name)] if &**root == "config" => config.every().find(|f| f.name == **name),
        _ => None,
    };
    let fields: Option<Vec<_>> = reads.given.iter().map(field).collect();
    if let Some([first, rest @ ..]) = fields.as_deref()
        && !first.is_url()
        && !rest.iter().any(|field| field.is_url())
    {
        let name = &first.name;
        let message = format!("“config.{name}” is no address, so nothing can be called there.");
        problems.add(place, message, format!("Add `format: uri` to the field “{name}”."));
    }
}

/// The host that an address names whatever is put into it.
fn host(url: &Template) -> Option<String> {
    let named = match url {
        Template::Literal(value) => value.as_str()?,
        Template::Text(parts) => match parts.first()? {
            // Without a / behind it, what follows may belong to the host.
            Part::Plain(plain) if plain.split("://").nth(1).is_some_and(|rest| rest.contains('/')) => plain,
            _ => return None,
        },
        Template::Expr(_) => return None,
    };
    Url::parse(named).ok()?.host_str().map(str::to_owned)
}
