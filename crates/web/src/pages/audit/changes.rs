//! What an event changed: before and after as rows of words.

use dossier_app::audits::Event;
use dossier_domain::{Local, Timestamp};
use serde_json::Value;

use crate::view::{self, Change, isolate};

/// The most rows of one event.
const MOST: usize = 100;
/// The most changes that a line of the list tells.
const BRIEF: usize = 2;

/// The rows of an event: what differs where there is a before and an after, else all that there is.
pub(super) fn of(event: &Event, local: &Local) -> Vec<Change> {
    let flat = |value: &Option<Value>| {
        let mut rows = Vec::new();
        if let Some(value) = value {
            flatten("", value, local, &mut rows);
        }
        rows
    };
    let (before, after) = (flat(&event.before), flat(&event.after));
    let both = event.before.is_some() && event.after.is_some();
    let value = |rows: &[(String, String)], path: &str| rows.iter().find(|(p, _)| p == path).map(|(_, v)| v.clone());
    let mut paths: Vec<&String> = before.iter().map(|(path, _)| path).collect();
    paths.extend(after.iter().map(|(path, _)| path).filter(|path| value(&before, path).is_none()));
    let rows = paths.into_iter().map(|path| Change {
        label: label(path),
        secret: path.starts_with("secrets."),
        before: value(&before, path),
        after: value(&after, path),
    });
    rows.filter(|row| !both || row.before != row.after).take(MOST).collect()
}

/// The first changes as a line each: `Name: from “a” to “b”`. What only tells how a thing is now is left to its detail.
pub(super) fn brief(changes: &[Change]) -> Vec<String> {
    let told = |change: &Change| {
        if change.secret {
            return Some(format!("{}: {}", change.label, change.after.as_deref()?));
        }
        let quoted = |value: &Option<String>| {
            value
                .as_deref()
                .map_or_else(|| "nothing".to_owned(), |value| format!("“{}”", isolate(&view::short(value, 40))))
        };
        // Where nothing stood before, nothing was changed.
        change.before.as_ref()?;
        Some(format!("{}: from {} to {}", change.label, quoted(&change.before), quoted(&change.after)))
    };
    let both = changes.iter().any(|change| change.before.is_some() && change.after.is_some());
    let lines: Vec<_> = changes.iter().filter(|_| both).filter_map(told).collect();
    let more = lines.len().saturating_sub(BRIEF);
    let mut lines: Vec<_> = lines.into_iter().take(BRIEF).collect();
    if more > 0 {
        lines.push(format!("And {}", view::plural(more, "more change")));
    }
    lines
}

fn flatten(path: &str, value: &Value, local: &Local, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, local, rows);
            }
        }
        Value::Null => {}
        other => rows.push((path.to_owned(), text(other, local))),
    }
}

fn text(value: &Value, local: &Local) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => instant(text).map_or_else(|| text.clone(), |at| view::moment(at, local).text),
        Value::Number(number) => number.to_string(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(|value| text(value, local)).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let given = fields.iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| format!("{name} {}", text(value, local))).collect::<Vec<_>>().join(" ")
        }
    }
}

/// An instant as the audit keeps it: RFC 3339 in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let written = text.len() >= 20 && text.ends_with('Z');
    let at: jiff::Timestamp = written.then(|| text.parse().ok()).flatten()?;
    Some(Timestamp::from_micros(at.as_microsecond()))
}

/// What a field is called: the last part of its path as words, `config.authUrl` as `Auth URL`.
fn label(path: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    let mut words = String::new();
    for c in name.chars() {
        if c == '_' || c == '-' {
            words.push(' ');
        } else if c.is_uppercase() && !words.is_empty() && !words.ends_with(char::is_uppercase) {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else {
            words.push(c);
        }
    }
    let known = words.split(' ').map(|word| match word {
        "url" => "URL".to_owned(),
        "id" => "ID".to_owned(),
        word => word.to_owned(),
    });
    let words = known.collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use dossier_app::audits::Subject;
    use dossier_domain::{Actor, Ids, Origin};
    use serde_json::json;

    use super::*;

    fn event(before: Option<Value>, after: Option<Value>) -> Event {
        Event {
            id: Ids::default().make(),
            at: Timestamp::from_micros(0),
            actor: Actor::System,
            origin: Origin::default(),
            action: "channel.updated".to_owned(),
            subject: Subject { kind: "channel".to_owned(), id: None },
            request: None,
            before,
            after,
        }
    }

    fn rows(before: Option<Value>, after: Option<Value>) -> Vec<(String, Option<String>, Option<String>)> {
        let rows = of(&event(before, after), &Local::UTC).into_iter();
        rows.map(|row| (row.label, row.before, row.after)).collect()
    }

    /// AUDIT-1
    #[test]
    fn a_change_is_told_by_what_differs_with_secrets_as_changed() {
        let before = json!({ "active": true, "config": { "authUrl": "https://a.example", "same": 1 }, "name": "Main" });
        let after = json!({
            "active": false, "config": { "authUrl": "https://b.example", "same": 1 }, "name": "First",
            "secrets": { "clientSecret": "changed" },
        });
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            rows(Some(before.clone()), Some(after.clone())),
            [
                ("Active".to_owned(), some("yes"), some("no")),
                ("Auth URL".to_owned(), some("https://a.example"), some("https://b.example")),
                ("Name".to_owned(), some("Main"), some("First")),
                ("Client secret".to_owned(), None, some("changed")),
            ]
        );
        let told = brief(&of(&event(Some(before), Some(after)), &Local::UTC));
        assert_eq!(told[0].replace(['\u{2068}', '\u{2069}'], ""), "Active: from “yes” to “no”");
        assert_eq!((told.len(), told[2].as_str()), (3, "And 2 more changes"));
    }

    #[test]
    fn what_is_only_before_or_only_after_is_told_whole_and_not_in_the_list() {
        let licence = json!({ "modules": [{ "module": "kyc", "until": null }, { "module": "kyc-x", "until": "2027-01-01T00:00:00Z" }] });
        let told = of(&event(None, Some(licence)), &Local::UTC);
        assert_eq!(told[0].after.as_deref(), Some("module kyc, module kyc-x until 1 Jan 2027, 00:00"));
        assert_eq!(brief(&told), Vec::<String>::new());
        assert_eq!(
            rows(None, Some(json!({ "roles": [], "by": null }))),
            [("Roles".to_owned(), None, Some("none".to_owned()))]
        );
        assert_eq!(rows(None, None), []);
    }

    #[test]
    fn a_field_is_called_by_words() {
        for (path, words) in [
            ("display_order", "Display order"),
            ("config.organisationPhaseTwoId", "Organisation phase two ID"),
            ("secrets.clientSecret", "Client secret"),
            ("because", "Because"),
            ("", ""),
        ] {
            assert_eq!(label(path), words);
        }
    }
}
