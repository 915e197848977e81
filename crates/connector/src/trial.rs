//! What the fuzz targets, their corpora and the benchmark call. One function per target: it takes any bytes, must not
//! panic, and asserts what must hold for them. For these only; the program is built without the feature `trial`.
//!
//! To add a target: a function here, five lines in `fuzz/fuzz_targets/`, a folder in `fuzz/corpus/`.
#![expect(clippy::panic, clippy::missing_panics_doc, reason = "a target says by a panic what does not hold")]

mod redaction;

use std::sync::{Arc, LazyLock};

use jmespath::Context;
use serde_json::{Value, json};

use crate::budget::Together;
use crate::display::{Cell, Display};
use crate::eval::{Fault, eval};
use crate::expr::{Expr, Template, variable};
use crate::functions::RUNTIME;
use crate::manifest::Manifest;
use crate::present::{self, Shown};
use crate::reads::{Path, Reads};
use crate::rehearsal::Rehearsal;
use crate::sensitive::{SensitiveNames, za_ids};
use crate::{Form, Names, Registry, outgoing};

pub use redaction::{leaks, redaction, spellings};

/// The steps of an expression that the library may work out too, which does not count them.
const FEW: usize = 2_000;

/// A manifest: it is refused with a reason, or its examples and forms can be tried.
pub fn loader(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let manifest = match Manifest::parse(text) {
        Ok(manifest) => Arc::new(manifest),
        Err(problems) => {
            let told = |problem: &crate::Problem| !problem.message.is_empty() && !problem.mend.is_empty();
            return assert!(!problems.is_empty() && problems.iter().all(told), "{problems:?}");
        }
    };
    for form in manifest.actions.iter().map(|action| &action.form).chain([&manifest.config]) {
        let names = Names::default();
        let pairs = form.offering(&names).defaults(&names);
        let _ = form.read(&pairs).map(|value| form.check(&form.complete(&value, &names)));
    }
    // Its clock runs ahead while everyone waits, so that the pauses that a manifest asks for take no time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(runtime) = runtime else { panic!("no runtime") };
    for rehearsal in Rehearsal::of(&manifest) {
        let tried = runtime.block_on(rehearsal.run());
        assert_eq!(tried.action, rehearsal.title().0);
    }
}

/// What `rehearsal` sends, with its credentials.
pub async fn sent(rehearsal: &Rehearsal) -> Vec<dossier_outbound::Outgoing> {
    rehearsal.sent().await
}

/// The first line is an expression, the rest JSON that it is worked out on: what it gives is what the library gives.
pub fn expressions(data: &[u8]) {
    let Some((text, on)) = halves(data) else { return };
    let Ok(expr) = Expr::parse(text) else { return };
    let reads = Reads::of(&expr, &[Path::new()]);
    let root = variable(&serde_json::from_str(on).unwrap_or_default());
    // Such an index is refused where a manifest has it: the library overflows.
    if reads.wild_index {
        return;
    }
    let value = expr.eval(&root);
    if let Ok(Some(value)) = &value {
        let _ = crate::expr::json(value);
    }
    let _few = Together::of(FEW);
    let counted = eval(&root, expr.ast(), &mut Context::new(text, &RUNTIME));
    if !matches!(counted, Err(Fault::Spent)) {
        let plain = jmespath::interpret(&root, expr.ast(), &mut Context::new(text, &RUNTIME));
        assert_eq!(counted.ok(), plain.ok(), "{text}");
    }
}

/// The first line is a text with expressions in it, the rest the JSON that it is filled from: as a text, and as an
/// address, in which nothing that is put in can become a step up.
pub fn text(data: &[u8]) {
    let Some((text, on)) = halves(data) else { return };
    let Ok(template) = Template::parse(text) else { return };
    if template.exprs().iter().any(|expr| Reads::of(expr, &[Path::new()]).wild_index) {
        return;
    }
    let root = variable(&serde_json::from_str(on).unwrap_or_default());
    let (value, as_text) = (template.value(&root), template.text(&root));
    if let (Ok(Some(Value::String(value))), Ok(as_text)) = (&value, &as_text) {
        assert_eq!(Some(value), as_text.as_ref());
    }
    if let Ok(url) = outgoing::address(&template, &root) {
        let step_up = |step: &str| matches!(step.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
        assert!(!url.path().split('/').any(step_up) && url.has_host(), "{url}");
        assert_eq!(url.as_str().parse::<url::Url>().ok().as_ref(), Some(&url));
    }
}

/// An answer, shown by every mapping that is built in: identity numbers are masked, and what is stored can be read.
pub fn display(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else { return };
    for manifest in BUILT_IN.iter() {
        let names = SensitiveNames::of(manifest);
        for action in &manifest.actions {
            let Some(step) = action.steps.last() else { continue };
            let answer = json!({"status": 200, "headers": {}, "body": body});
            let root = variable(&json!({ step.name.as_str(): answer, "config": {}, "params": {}, "outputs": {} }));
            for found in crate::found::find(&action.mapping.files, &root) {
                assert!(!found.name.contains(['/', '\\']) && !found.name.is_empty(), "{}", found.name);
            }
            let names = names.clone().with(action.form.personal_names());
            let shown = Shown { root, step: &step.name, body: &body };
            let display = present::result(&action.mapping, &shown, &names, &[]).display;
            let Ok(stored) = serde_json::to_string(&display) else { panic!("a display is not stored") };
            assert_eq!(serde_json::from_str::<Display>(&stored).ok().as_ref(), Some(&display));
            masked(&display);
        }
    }
}

static BUILT_IN: LazyLock<Vec<Arc<Manifest>>> =
    LazyLock::new(|| Registry::built_in().map(|registry| registry.list().collect()).unwrap_or_default());

fn masked(display: &Display) {
    let open = |cell: &Cell| cell.masked || za_ids(&cell.text).is_empty();
    for section in &display.sections {
        let rows = section.table.iter().flat_map(|table| table.rows.iter().flatten());
        assert!(section.items.iter().map(|item| &item.cell).chain(rows).all(open), "{section:?}");
    }
    let sentences = display.summary.iter().chain(display.badge.as_ref().map(|badge| &badge.text));
    assert!(sentences.into_iter().all(|text| za_ids(text).is_empty()));
    let rest = display.rest.as_ref().map(leaves).unwrap_or_default();
    assert!(rest.iter().all(|text| za_ids(text).is_empty()), "{rest:?}");
}

/// The texts and numbers of a value.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(pairs) => pairs.values().flat_map(leaves).collect(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// A line for each pair of a form, `name=value`: what a form reads it can draw, and read again as the same.
pub fn form(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let pairs: Vec<(String, String)> = text
        .lines()
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.replace("\\n", "\n")))
        .collect();
    let built_in = BUILT_IN.iter().flat_map(|m| m.actions.iter().map(|a| &a.form).chain([&m.config]));
    for form in built_in.chain(EVERY_KIND.iter()) {
        if let Ok(value) = form.read(&pairs) {
            assert_eq!(form.check(&value), []);
            assert_eq!(form.read(&form.pairs(&value)).as_ref(), Ok(&value));
        }
    }
}

/// The forms of a manifest with a field of every kind.
static EVERY_KIND: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let manifest = Manifest::parse(include_str!("trial/kinds.yaml")).unwrap_or_else(|p| panic!("{p:?}"));
    manifest.actions.into_iter().map(|action| action.form).collect()
});

/// The same example with `body` as its first answer: one that no manifest has room for.
pub fn answering(rehearsal: Rehearsal, body: Vec<u8>) -> Rehearsal {
    rehearsal.answering(body)
}

/// The tree of a text in YAML, for tests that take a manifest apart.
pub fn tree(text: &str) -> Option<Value> {
    crate::yaml::parse(text).ok().map(|tree| tree.json())
}

fn halves(data: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(data).ok()?;
    Some(text.split_once('\n').unwrap_or((text, "")))
}
