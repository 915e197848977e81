//! Every event in words: what it is called in lists, and the sentence that it is told in.

use dossier_app::audits::{Event, Line};
use dossier_domain::Actor;

use crate::view::{Choice, EventChoices, Word};

/// An event.
struct Deed {
    /// As it is written: `channel.updated`.
    event: &'static str,
    /// What it is called.
    label: &'static str,
    /// What whoever did it did; `{thing}` and `{request}` stand for names.
    says: &'static str,
}

const fn deed(event: &'static str, label: &'static str, says: &'static str) -> Deed {
    Deed { event, label, says }
}

/// The events by what they are about. A group's word stands in addresses.
const GROUPS: &[(&str, &str, &[Deed])] = &[
    (
        "requests",
        "Requests",
        &[
            deed("request.created", "Request created", "created the request {request}"),
            deed("request.updated", "Reference changed", "changed the reference of {request}"),
            deed("request.status_changed", "Status changed", "changed the status of {request}"),
            deed("request.verdict_changed", "Verdict changed", "got another verdict for {request}"),
            deed("note.added", "Note added", "added a note to {request}"),
            deed("request.deleted", "Request deleted", "deleted the request {request}"),
            deed("requests.exported", "Requests exported", "exported the list of requests"),
        ],
    ),
    (
        "runs",
        "Runs and results",
        &[
            deed("run.started", "Run started", "started {thing} in {request}"),
            deed("output.saved", "Result stored", "got a result of {thing} in {request}"),
            deed("run.failed", "Run failed", "had {thing} fail in {request}"),
            deed("run.unknown", "Outcome unknown", "could not learn how {thing} in {request} ended"),
            deed("run.overdue", "Run overdue", "marked {thing} in {request} as overdue"),
            deed("run.followed", "Run followed", "heard how {thing} in {request} stands"),
            deed("run.answered_late", "Late answer", "stored a late answer to {thing} in {request}"),
            deed("run.settled", "Run settled", "said how {thing} in {request} ended"),
            deed("run.cancelled", "Run stopped", "stopped {thing} in {request} before anything was sent"),
            deed("run.abandoned", "Run no longer followed", "stopped following {thing} in {request} at its provider"),
            deed("callback.handled", "Callback handled", "worked on a callback about {thing} in {request}"),
        ],
    ),
    (
        "files",
        "Files and downloads",
        &[
            deed("file.staged", "File put in", "put the file {thing} into {request}"),
            deed("file.opened", "File opened", "opened the file {thing} of {request}"),
            deed("file.not_fetched", "File not fetched", "gave up fetching a file of {request}"),
            deed("result.downloaded", "Result downloaded", "downloaded the answer to {thing} in {request}"),
            deed("exchange.downloaded", "Call downloaded", "downloaded what a call of {request} carried"),
        ],
    ),
    (
        "channels",
        "Channels",
        &[
            deed("channel.created", "Channel added", "added the channel {thing}"),
            deed("channel.updated", "Channel changed", "changed the channel {thing}"),
            deed("channel.deleted", "Channel deleted", "deleted the channel {thing}"),
            deed("channel.tested", "Channel tested", "tested the connection of the channel {thing}"),
            deed("callback.opened", "Callback opened", "opened a callback that was sent to {thing}"),
            deed("callback.address_shown", "Callback address shown", "looked at the callback address of {thing}"),
            deed("callback.address_changed", "Callback address changed", "changed the callback address of {thing}"),
        ],
    ),
    (
        "webhooks",
        "Webhooks",
        &[
            deed("webhook.created", "Webhook added", "added the webhook {thing}"),
            deed("webhook.updated", "Webhook changed", "changed the webhook {thing}"),
            deed("webhook.secret_rotated", "Webhook secret replaced", "replaced the signing secret of {thing}"),
            deed("webhook.disabled", "Webhook disabled", "disabled the webhook {thing}"),
            deed("webhook.stopped", "Webhook disabled by itself", "disabled {thing}, which takes no deliveries"),
            deed("webhook.enabled", "Webhook enabled", "enabled the webhook {thing}"),
            deed("webhook.tested", "Webhook tested", "sent a test to the webhook {thing}"),
            deed("webhook.redelivered", "Delivery sent again", "had deliveries sent to {thing} again"),
            deed("webhook.deleted", "Webhook deleted", "deleted the webhook {thing}"),
        ],
    ),
    (
        "sessions",
        "Sign-ins",
        &[
            deed("session.started", "Signed in", "signed in"),
            deed("session.refused", "Sign-in refused", "tried to sign in as {thing} and was refused"),
            deed("session.ended", "Signed out", "signed out"),
            deed("session.others_ended", "Other sign-ins ended", "ended every other sign-in of their own"),
        ],
    ),
    (
        "people",
        "Users and roles",
        &[
            deed("user.created", "User added", "added {thing}"),
            deed("user.updated", "User changed", "changed {thing}"),
            deed("user.link_made", "Sign-in link made", "made a sign-in link for {thing}"),
            deed("user.password_set", "Password set", "set a password by a sign-in link"),
            deed("user.password_changed", "Password changed", "changed the own password"),
            deed("user.password_refused", "Password change refused", "gave a wrong password to change the own"),
            deed("user.roles_changed", "Roles changed", "changed the roles of {thing}"),
            deed("user.deactivated", "User deactivated", "deactivated {thing}"),
            deed("user.activated", "User activated", "activated {thing} again"),
            deed("user.password_reset", "Password reset", "gave {thing} another password"),
            deed("role.created", "Role added", "added the role {thing}"),
            deed("role.updated", "Role changed", "changed the role {thing}"),
            deed("role.deleted", "Role deleted", "deleted the role {thing}"),
        ],
    ),
    (
        "tenant",
        "Settings, licence and audit",
        &[
            deed("settings.changed", "Settings changed", "changed the general settings"),
            deed("licence.changed", "Licence changed", "changed the licence"),
            deed("api_key.created", "API key made", "made the API key {thing}"),
            deed("api_key.revoked", "API key revoked", "revoked the API key {thing}"),
            deed("tenant.created", "Tenant added", "added this tenant"),
            deed("tenant.renamed", "Tenant renamed", "gave this tenant another name"),
            deed("audit.exported", "Audit exported", "exported the audit log"),
        ],
    ),
];

fn deeds() -> impl Iterator<Item = &'static Deed> {
    GROUPS.iter().flat_map(|(_, _, deeds)| deeds.iter())
}

/// What an event is called; its own name where there are no words for it yet.
pub(super) fn label(event: &str) -> &str {
    deeds().find(|deed| deed.event == event).map_or(event, |deed| deed.label)
}

/// The events that a word of an address stands for: one, or a group; none for every event.
pub(super) fn among(word: &str) -> Option<Vec<String>> {
    if let Some((_, _, deeds)) = GROUPS.iter().find(|(group, ..)| *group == word) {
        return Some(deeds.iter().map(|deed| deed.event.to_owned()).collect());
    }
    deeds().any(|deed| deed.event == word).then(|| vec![word.to_owned()])
}

/// What can be chosen, with what is.
pub(super) fn choices(chosen: &str) -> Vec<EventChoices> {
    let choice = |value: &str, label: String| Choice { value: value.to_owned(), label, selected: value == chosen };
    let group = |&(word, label, deeds): &(&'static str, &'static str, &[Deed])| EventChoices {
        label,
        all: choice(word, format!("{label}: all")),
        each: deeds.iter().map(|deed| choice(deed.event, deed.label.to_owned())).collect(),
    };
    GROUPS.iter().map(group).collect()
}

/// The sentence that an event is told in.
pub(super) fn says(line: &Line) -> Vec<Word> {
    let event = &line.event;
    let who = match &event.actor {
        Actor::User { name, .. } | Actor::ApiKey { name, .. } => Word::Name(name.clone()),
        Actor::Anonymous => Word::Text("Somebody".to_owned()),
        Actor::Operator => Word::Text("The operator".to_owned()),
        Actor::System => Word::Text("Dossier".to_owned()),
    };
    let mut words = Vec::new();
    if matches!(event.actor, Actor::ApiKey { .. }) {
        words.push(Word::Text("The API key ".to_owned()));
    }
    words.push(who);
    let Some(deed) = deeds().find(|deed| deed.event == event.action) else {
        words.push(Word::Text(format!(": {}", event.action)));
        return words;
    };
    words.push(Word::Text(" ".to_owned()));
    for part in deed.says.split_inclusive('}') {
        let (text, place) = part.split_once('{').unwrap_or((part, ""));
        if !text.is_empty() {
            words.push(Word::Text(text.to_owned()));
        }
        words.extend(match place {
            "thing}" => Some(named(line.thing.as_deref().or(told(event)), &event.subject.kind)),
            "request}" => Some(named(line.reference.as_deref(), "request")),
            _ => None,
        });
    }
    words
}

/// The name that the event itself has for its thing: what is removed for good is nowhere else.
fn told(event: &Event) -> Option<&str> {
    [&event.after, &event.before].into_iter().flatten().find_map(|value| value.get("name")?.as_str())
}

/// The name of a thing, or what is said of one that has none any more.
fn named(name: Option<&str>, kind: &str) -> Word {
    if let Some(name) = name {
        return Word::Name(name.to_owned());
    }
    let without = match kind {
        "request" => "a request",
        "user" => "somebody",
        "run" | "result" => "an action",
        _ => "that is gone",
    };
    Word::Text(without.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The names of the events that the sources of a folder write.
    fn written(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                written(&path, found);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            for call in ["did(", "of_request("] {
                let names = source.split(call).skip(1).filter_map(|after| after.trim_start().strip_prefix('"'));
                found.extend(names.filter_map(|after| Some(after.split_once('"')?.0.to_owned())));
            }
        }
    }

    /// AUDIT-1
    #[test]
    fn every_event_that_is_written_has_words_of_its_own() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
        let mut found = BTreeSet::new();
        written(&sources, &mut found);
        assert!(found.len() > 35, "the control: {found:?}");
        let known: BTreeSet<String> = deeds().map(|deed| deed.event.to_owned()).collect();
        assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "events without words");
        let labels: BTreeSet<_> = deeds().map(|deed| deed.label).collect();
        assert_eq!(labels.len(), known.len(), "no two are called the same");
        for deed in deeds() {
            let places = deed.says.replace("{thing}", "").replace("{request}", "");
            assert!(!places.contains(['{', '}']), "{}", deed.says);
            assert_eq!(among(deed.event), Some(vec![deed.event.to_owned()]));
        }
        assert!(GROUPS.iter().all(|(word, ..)| among(word).is_some_and(|events| events.len() > 1)));
        assert_eq!((among(""), among("nothing.done")), (None, None));
    }
}
