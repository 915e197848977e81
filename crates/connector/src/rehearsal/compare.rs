//! Holds what happened against what an example says.

use std::fmt::Display as Shows;

use dossier_domain::Work;
use dossier_outbound::Outgoing;
use serde_json::{Value, json};

use super::{difference, outgone};
use crate::call::Outcome;
use crate::callback::{CallbackError, Event};
use crate::display::Display;
use crate::manifest::{CallRule, Example};
use crate::problem::Problem;
use crate::yaml::Place;

/// What mends an example that does not hold; said once.
const MEND: &str = "Mend the manifest, or the example.";

/// The texts that only a result has.
const RESULT: &[&str] = &["verdict", "state", "summary", "badge"];

/// What was otherwise than `example` says: the cause first, and nothing that only follows from it.
pub(super) fn whole(example: &Example, sent: &[Outgoing], left: usize, outcome: &Outcome) -> Vec<Problem> {
    let mut faults = Faults::default();
    let more = sent.len() > example.calls.len();
    let ended = if more { false } else { end(example, outcome, left, &mut faults) };
    for (at, (rule, out)) in example.calls.iter().zip(sent).enumerate() {
        call(example, rule, out, at, &mut faults);
    }
    if let Some(next) = sent.get(example.calls.len()) {
        let message = format!("After the calls of the example, one more went out: {} {}.", next.method, bare(next));
        faults.add(example.at(&["calls"]), message, "Add it to `calls:`, or mend the steps.");
    }
    if left > 0 && !ended {
        let message = format!("{} of the {} calls did not go out.", left, example.calls.len());
        let next = (example.calls.len() - left).to_string();
        faults.add(example.at(&["calls", &next]), message, "Take them out, or mend the steps.");
    }
    faults.told()
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
            self.add(place, message, MEND);
        }
    }

    /// Holds JSON against JSON and tells the first places that differ; `example` says where it stands at `path`.
    fn hold_json(&mut self, example: &Example, path: &[&str], what: &str, wanted: &Value, found: &Value) {
        let (told, more) = difference::of(wanted, found);
        for one in &told {
            let at = if one.path.is_empty() { String::new() } else { format!(" at {}", one.pointer()) };
            let whole: Vec<&str> = path.iter().copied().chain(one.path.iter().map(String::as_str)).collect();
            let message = format!("{what} differs{at}: wanted {}, found {}.", one.wanted, one.found);
            self.add(example.at(&whole), message, MEND);
        }
        if more {
            self.add(example.at(path), format!("{what} differs at more places."), MEND);
        }
    }

    /// All of them; what would mend them is said at the first of those that it mends.
    fn told(mut self) -> Vec<Problem> {
        let mends = self.0.iter_mut().filter(|fault| fault.mend == MEND);
        mends.skip(1).for_each(|fault| fault.mend.clear());
        self.0
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

fn call(example: &Example, rule: &CallRule, out: &Outgoing, at: usize, faults: &mut Faults) {
    let (wanted, number, at) = (&rule.wanted, at + 1, at.to_string());
    let place = |path: [&str; 2]| example.at(&["calls", &at, "request", path[0], path[1]]);
    let mut hold = |path: [&str; 2], what: &str, wanted: &str, found: &str| {
        faults.hold(place(path), &format!("Call {number}: {what}"), wanted, found);
    };
    if let Some(method) = &wanted.method {
        hold(["method", ""], "the method", method, out.method.as_str());
    }
    if let Some(url) = &wanted.url {
        hold(["url", ""], "the address", url, &bare(out));
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
            hold(["query", name], &format!("the query's {name}"), &values(query, name), &values(&sent, name));
        }
    }
    for (name, value) in &wanted.headers {
        let found = out.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        hold(["headers", name], &format!("the header {name}"), value, found);
    }
    for name in &wanted.absent {
        let found = out.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        hold(["absent", ""], &format!("the header {name}"), "", found);
    }
    if let Some(body) = &wanted.body {
        let path = ["calls", &at, "request", "body"];
        faults.hold_json(example, &path, &format!("Call {number}: the body"), body, &outgone::body(out));
    }
}

/// Holds the end against the example. Says whether an end that was not wanted explains that `left` calls did not go out.
fn end(example: &Example, outcome: &Outcome, left: usize, faults: &mut Faults) -> bool {
    let (gives, told) = (&example.gives, told(outcome));
    let place = |path: &[&str]| example.at(&[&["gives"], path].concat());
    let (word, why) = (told["outcome"].as_str().unwrap_or_default(), told["message"].as_str());
    let because = why.map(|why| format!(" It ended so because: {why}")).unwrap_or_default();
    let wanted = gives.texts.iter().find(|(key, _)| *key == "outcome").map(|(_, word)| word.as_str());
    let otherwise = wanted.is_some_and(|wanted| wanted != word);
    if let Some(wanted) = wanted.filter(|_| otherwise) {
        let message = format!("The outcome should be “{wanted}”, and is “{word}”.{because}");
        faults.add(place(&["outcome"]), message, MEND);
    }
    let Outcome::Succeeded(success) = outcome else {
        if otherwise {
            return true;
        }
        let told_of = gives.texts.iter().any(|(key, _)| RESULT.contains(key));
        let of_result = told_of || gives.outputs.is_some() || !gives.items.is_empty() || !gives.tables.is_empty();
        let brings = gives.files.as_ref().is_some_and(|files| !files.is_empty());
        if of_result || brings {
            let mend = "Take out what can only be told of a result, or mend the manifest.";
            faults.add(place(&[]), format!("It brought no result.{because}"), mend);
            return true;
        }
        texts(example, &told, &[], faults);
        // It failed, as it should, before everything was sent: why stands here.
        let message_told = gives.texts.iter().any(|(key, _)| *key == "message");
        if left > 0 && !message_told && !because.is_empty() {
            let message = format!("{left} of the {} calls did not go out.{because}", example.calls.len());
            faults.add(example.at(&["calls"]), message, "Take them out, or mend the steps.");
            return true;
        }
        return false;
    };
    // Of a failure that there was not nothing more can be told.
    texts(example, &told, if otherwise { &["class", "message"] } else { &[] }, faults);
    if let Some(outputs) = &gives.outputs {
        faults.hold_json(example, &["gives", "outputs"], "What the outputs hold", outputs, &success.outputs);
    }
    for (label, wanted) in &gives.items {
        let found = item(&success.display, label);
        faults.hold(place(&["items", label]), &format!("The item “{label}”"), wanted, found);
    }
    for (title, wanted) in &gives.tables {
        let found = rows(&success.display, title);
        faults.hold(place(&["tables", title]), &format!("The rows of “{title}”"), wanted, found);
    }
    if let Some(files) = &gives.files {
        let names: Vec<&str> = success.attachments.iter().map(|a| a.file.name.as_str()).collect();
        faults.hold(place(&["files"]), "The files", json!(files), json!(names));
    }
    false
}

/// Holds what is told of the end as a text, but for the outcome and what is to be `passed` over.
fn texts(example: &Example, told: &Value, passed: &[&str], faults: &mut Faults) {
    for (key, wanted) in example.gives.texts.iter().filter(|(key, _)| *key != "outcome" && !passed.contains(key)) {
        let found = told[*key].as_str().unwrap_or_default();
        faults.hold(example.at(&["gives", key]), &format!("The {key}"), wanted, found);
    }
}

/// What a callback told otherwise.
pub(super) fn event(example: &Example, read: &Result<Event, CallbackError>) -> Vec<Problem> {
    let mut faults = Faults::default();
    let refused = example.gives.texts.iter().any(|(key, _)| *key == "refused");
    let told = match read {
        Ok(event) => json!({
            "trusted": event.trusted.to_string(),
            "id": event.id,
            "time": event.time.map(|at| at.to_string()),
            "subject": event.subject,
            "type": event.kind,
            "state": event.work.map(Work::as_str),
        }),
        Err(error) if refused => json!({ "refused": error.word() }),
        Err(error) => {
            faults.add(example.at(&["gives"]), format!("It was refused: {}. {error}", error.word()), MEND);
            return faults.told();
        }
    };
    texts(example, &told, &[], &mut faults);
    for (key, wanted) in &example.gives.event {
        let found = told[key.as_str()].as_str().unwrap_or_default();
        faults.hold(example.at(&["gives", "event", key]), &format!("The event's {key}"), wanted, found);
    }
    faults.told()
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
            "state": success.work.map(Work::as_str),
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
