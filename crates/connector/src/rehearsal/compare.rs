//! Holds what happened against what an example says.

use std::fmt::Display as Shows;

use dossier_outbound::Outgoing;
use serde_json::{Value, json};

use super::outgone;
use crate::call::{Outcome, Work};
use crate::callback::{CallbackError, Event};
use crate::display::Display;
use crate::manifest::{CallRule, Example};
use crate::problem::Problem;
use crate::yaml::Place;

/// What of the calls was otherwise.
pub(super) fn calls(example: &Example, sent: &[Outgoing], left: usize) -> Vec<Problem> {
    let mut faults = Faults::default();
    for (at, (rule, out)) in example.calls.iter().zip(sent).enumerate() {
        call(rule, out, at + 1, &mut faults);
    }
    if sent.len() > example.calls.len() {
        let next = &sent[example.calls.len()];
        let message = format!("After the calls of the example, one more went out: {} {}.", next.method, bare(next));
        faults.add(example.place, message, "Add it to `calls:`, or mend the steps.");
    }
    if left > 0 {
        let message = format!("{} of the {} calls did not go out.", left, example.calls.len());
        faults.add(example.place, message, "Take them out, or mend the steps.");
    }
    faults.0
}

#[derive(Default)]
struct Faults(Vec<Problem>);

impl Faults {
    fn add(&mut self, place: Place, message: String, mend: &str) {
        self.0.push(Problem { line: place.line, column: place.column, message, mend: mend.to_owned() });
    }

    fn hold(&mut self, place: Place, what: &str, wanted: impl Shows, found: impl Shows) {
        let (wanted, found) = (wanted.to_string(), found.to_string());
        if plain(&wanted) != plain(&found) {
            let message = format!("{what} should be {}, and is {}.", spelled(&wanted), spelled(&found));
            self.add(place, message, "Mend the manifest, or the example.");
        }
    }
}

/// The same with plain spaces: nobody sees in an example which of them keep a number and its unit together.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

fn spelled(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("“{text}”") }
}

/// Scheme, host and path.
fn bare(out: &Outgoing) -> String {
    let mut url = out.url.clone();
    url.set_query(None);
    url.to_string()
}

fn call(rule: &CallRule, out: &Outgoing, number: usize, faults: &mut Faults) {
    let (wanted, place) = (&rule.wanted, rule.place);
    let mut hold = |what: &str, wanted: &str, found: &str| {
        faults.hold(place, &format!("Call {number}: {what}"), wanted, found);
    };
    if let Some(method) = &wanted.method {
        hold("the method", method, out.method.as_str());
    }
    if let Some(url) = &wanted.url {
        hold("the address", url, &bare(out));
    }
    if let Some(query) = &wanted.query {
        let sent: Vec<(String, String)> =
            out.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in query.iter().chain(&sent) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        // A name may stand several times: all its values count, in their order.
        let values = |pairs: &[(String, String)], name: &str| {
            let values = pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
            values.collect::<Vec<_>>().join("” and “")
        };
        for name in names {
            hold(&format!("the query's {name}"), &values(query, name), &values(&sent, name));
        }
    }
    for (name, value) in &wanted.headers {
        let found = out.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        hold(&format!("the header {name}"), value, found);
    }
    for name in &wanted.absent {
        let found = out.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        hold(&format!("the header {name}"), "", found);
    }
    if let Some(body) = &wanted.body {
        let found = outgone::body(out);
        if *body != found {
            hold("the body", &body.to_string(), &found.to_string());
        }
    }
}

/// What of the end was otherwise.
pub(super) fn end(example: &Example, outcome: &Outcome) -> Vec<Problem> {
    let (mut faults, place, gives) = (Faults::default(), example.place, &example.gives);
    let told = told(outcome);
    for (key, wanted) in &gives.texts {
        let found = told[*key].as_str().unwrap_or_default();
        faults.hold(place, &format!("The {key}"), wanted, found);
        if *key == "outcome"
            && wanted != found
            && let Some(why) = told["message"].as_str()
        {
            faults.add(place, format!("It ended otherwise because: {why}"), "Mend the manifest, or the example.");
        }
    }
    let Outcome::Succeeded(success) = outcome else {
        let more = gives.outputs.is_some() || !gives.items.is_empty() || !gives.tables.is_empty();
        if more || gives.files.as_ref().is_some_and(|files| !files.is_empty()) {
            faults.add(place, "It brought no result.".to_owned(), "Take out what can only be told of a result.");
        }
        return faults.0;
    };
    if let Some(outputs) = &gives.outputs
        && *outputs != success.outputs
    {
        faults.hold(place, "The outputs", outputs, &success.outputs);
    }
    for (label, wanted) in &gives.items {
        faults.hold(place, &format!("The item “{label}”"), wanted, item(&success.display, label));
    }
    for (title, wanted) in &gives.tables {
        faults.hold(place, &format!("The rows of “{title}”"), wanted, rows(&success.display, title));
    }
    if let Some(files) = &gives.files {
        let names: Vec<&str> = success.attachments.iter().map(|a| a.file.name.as_str()).collect();
        faults.hold(place, "The files", json!(files), json!(names));
    }
    faults.0
}

/// What a callback told otherwise.
pub(super) fn event(example: &Example, read: &Result<Event, CallbackError>) -> Vec<Problem> {
    let (mut faults, place) = (Faults::default(), example.place);
    let told = match read {
        Ok(event) => json!({
            "trusted": event.trusted.to_string(),
            "id": event.id,
            "time": event.time.map(|at| at.to_string()),
            "subject": event.subject,
            "type": event.kind,
            "state": event.work.map(word),
        }),
        Err(error) => json!({ "refused": error.word() }),
    };
    for (key, wanted) in &example.gives.texts {
        faults.hold(place, &format!("The {key}"), wanted, told[*key].as_str().unwrap_or_default());
    }
    for (key, wanted) in &example.gives.event {
        faults.hold(place, &format!("The event's {key}"), wanted, told[key.as_str()].as_str().unwrap_or_default());
    }
    if let Err(error) = read
        && !example.gives.texts.iter().any(|(key, _)| *key == "refused")
    {
        faults.add(place, error.to_string(), "Mend the manifest, or the example.");
    }
    faults.0
}

fn word(work: Work) -> &'static str {
    match work {
        Work::Waiting => "waiting",
        Work::Succeeded => "succeeded",
        Work::Failed => "failed",
        Work::Unknown => "unknown",
    }
}

fn item<'a>(display: &'a Display, label: &str) -> &'a str {
    let items = display.sections.iter().flat_map(|section| &section.items);
    items.into_iter().find(|item| item.label == label).map_or("", |item| item.cell.text.as_str())
}

fn rows(display: &Display, title: &str) -> usize {
    let section = display.sections.iter().find(|section| section.title.as_deref() == Some(title));
    section.and_then(|section| section.table.as_ref()).map_or(0, |table| table.rows.len())
}

/// The end in the words of examples.
fn told(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Succeeded(success) => json!({
            "outcome": if success.waits { "waiting" } else { "succeeded" },
            "verdict": success.verdict.as_str(),
            "state": success.work.map(word),
            "summary": success.display.summary,
            "badge": success.display.badge.as_ref().map(|badge| &badge.text),
        }),
        Outcome::Failed(failure) => {
            json!({"outcome": "failed", "class": failure.class.as_str(), "message": failure.message})
        }
        Outcome::Unknown { message } => json!({"outcome": "unknown", "message": message}),
        Outcome::Refused(_) => json!({"outcome": "refused"}),
    }
}
