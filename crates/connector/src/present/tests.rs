use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::expr::variable;
use crate::manifest::{Action, Manifest, Source, Task};
use crate::reads::{Path, Reads, Step};
use crate::registry::Registry;

/// A manifest whose display uses every word that there is.
const EVERY_WORD: &str = r#"manifest: 1
key: corner
name: Corner
version: "1"
description: A small provider
module: kyc-corner
config: { properties: { url: { title: URL, type: string, format: uri } } }
actions:
  - key: look
    label: Look
    category: Things
    effect: read
    verified: assumed
    params: { properties: { selfie: { title: Selfie, type: string } } }
    steps:
      - name: look
        request: { method: GET, url: "{config.url}/look" }
    result:
      verdict: { from: "=look.body.verdict", pass: [clear], review: [check], fail: [blocked] }
      outputs: { id: "=look.body.id", all: "=look.body" }
      attachments: [{ name: "{look.body.name}", base64: "=look.body.file", type: image/png }]
      display:
        summary: "{look.body.name} of {join_words(look.body.rows[].name)}"
        badge: "=lower(look.body.verdict)"
        sections:
          - title: Values
            items:
              - { label: Born, value: "=look.body.born", format: date }
              - { label: Seen, value: "=look.body.seen", format: datetime }
              - { label: Alive, value: "=look.body.alive", format: boolean, badge: { pass: ["Yes"], fail: ["No"] } }
              - { label: Score, value: "=look.body.score", format: score, unit: "%", limit: "=look.body.limit" }
              - { label: Share, value: "=look.body.share", format: percent }
              - { label: Owed, value: "=look.body.owed", format: money, unit: "=look.body.currency" }
              - { label: Number, value: "=look.body.number", format: masked }
              - { label: Height, value: "=look.body.height", unit: cm }
              - { label: Inner, value: "=json(look.body.inner).name" }
          - title: Rows
            table:
              rows: "=look.body.rows"
              columns: [{ label: Name, value: "=name" }, { label: Score, value: "=score", format: score, limit: "=limit" }]
          - title: Pictures
            images: [{ label: ID photo, image: "=files.photo" }, { label: Page, image: "=files.pages" }]
          - title: Faces
            compare:
              left: { label: ID photo, image: "=files.photo" }
              right: { label: Selfie, image: "=params.selfie" }
              score: "=look.body.score"
              limit: "=look.body.limit"
              unit: "%"
"#;

fn every_word() -> Manifest {
    Manifest::parse(EVERY_WORD).unwrap()
}

/// What the last step of `action` answers with `body`, beside these names.
fn map(action: &Action, body: &Value, beside: Value) -> Mapped {
    let Value::Object(mut names) = beside else { panic!("names") };
    for step in &action.steps {
        names.insert(step.name.clone(), json!({"status": 200, "headers": {}, "body": body}));
    }
    let step = &action.steps.last().unwrap().name;
    let shown = Shown { root: variable(&Value::Object(names)), step, body };
    result(&action.mapping, &shown, &SensitiveNames::default(), &["a secret name".to_owned()])
}

fn look(body: &Value, files: &Value, selfie: &Value) -> Display {
    map(&every_word().actions[0], body, json!({"files": files, "params": {"selfie": selfie}})).display
}

fn item(display: &Display, label: &str) -> Option<String> {
    let items = &display.sections.first()?.items;
    let text = &items.iter().find(|item| item.label == label)?.cell.text;
    Some(text.replace(['\u{202f}', '\u{a0}'], " "))
}

#[test]
fn values_are_written_as_the_manifest_says() {
    let body = json!({"born": "1980-01-01", "seen": "2026-11-23T14:32:00+02:00", "alive": "Y", "score": 93.404, "limit": 80,
        "share": "12.5", "owed": 1284.5, "currency": "ZAR", "number": "123-456-789", "height": 181,
        "inner": "{\"name\": \"Kwantu\"}", "rows": [{"name": "Ada", "score": 1, "limit": 2}, {"name": "Ben"}]});
    let display = look(&body, &json!({}), &json!(null));
    for (label, text) in [
        ("Born", "1 Jan 1980"),
        ("Seen", "23 Nov 2026, 12:32 UTC"),
        ("Alive", "Yes"),
        ("Score", "93.4 % (limit 80 %)"),
        ("Share", "12.5 %"),
        ("Owed", "ZAR 1 284.50"),
        ("Number", "123-456-789"),
        ("Height", "181 cm"),
        ("Inner", "Kwantu"),
    ] {
        assert_eq!(item(&display, label).as_deref(), Some(text), "{label}");
    }
    let cell = |label: &str| display.sections[0].items.iter().find(|item| item.label == label).unwrap().cell.clone();
    assert_eq!((cell("Number").masked, cell("Height").masked), (true, false));
    assert_eq!(cell("Alive").badge, Some(Verdict::Pass), "the rule knows the word that is written");
    assert_eq!(display.sections[1].table.as_ref().unwrap().rows[0][1].text, "1 (limit 2)");
    let rest = display.rest.unwrap();
    assert_eq!(rest["rows"][0], json!({"name": "Ada", "score": 1, "limit": 2}), "the second row had no score");
    assert!(rest.get("owed").is_none() && rest.get("currency").is_none() && rest.get("number").is_none(), "{rest}");
    assert_eq!(rest["inner"], body["inner"], "a part of it was shown; twice is better than lost");
}

#[test]
fn a_personal_value_is_masked_however_it_is_written() {
    let body = json!({"born": "1980-01-01", "dateOfBirth": "1980-01-01", "score": 8_001_015_009_087_u64});
    let display = look(&body, &json!({}), &json!(null));
    assert_eq!(item(&display, "Born").as_deref(), Some("1 Jan 1980"));
    assert!(display.sections[0].items.iter().all(|item| item.cell.masked), "{:?}", display.sections[0].items);
    let compare = display.sections[1].compare.as_ref().unwrap();
    assert!(compare.score.masked && compare.share.is_none(), "{compare:?}");
}

#[test]
fn an_unknown_value_is_never_green() {
    let display = look(&json!({"alive": "ACTIVE", "verdict": "CLEAR"}), &json!({}), &json!(null));
    assert_eq!(display.sections[0].items[0].cell.badge, Some(Verdict::None));
    assert_eq!(display.badge.unwrap().verdict, Verdict::None);
}

#[test]
fn pictures_come_from_files_and_file_parameters_and_from_nothing_else() {
    let body = json!({"score": 93.4, "limit": 80});
    let file = |id: &str| json!({"id": id, "name": "photo.png", "type": "image/png"});
    let files = json!({"photo": file("1"), "pages": [file("2"), 7, {"id": 8}, file("3")]});
    let display = look(&body, &files, &file("4"));
    let [_, pictures, faces] = display.sections.as_slice() else { panic!("{:?}", display.sections) };
    let of = |image: &crate::display::Image| (image.label.clone(), image.file.clone());
    let seen: Vec<_> = pictures.images.iter().map(of).collect();
    let given = [("ID photo", "1"), ("Page", "2"), ("Page 2", "3")].map(|(l, f)| (l.to_owned(), f.to_owned()));
    assert_eq!(seen, given);
    let compare = faces.compare.as_ref().unwrap();
    assert_eq!((compare.left.file.as_str(), compare.right.file.as_str()), ("1", "4"));
    assert_eq!(compare.score.text, "93.4\u{a0}%");
    assert_eq!((compare.limit.as_deref(), compare.share, compare.mark), (Some("80\u{a0}%"), Some(93.4), Some(80.0)));
    assert_eq!(display.pictures().collect::<Vec<_>>(), ["1", "2", "3", "1", "4"]);

    for none in [json!("1"), json!({"name": "x"}), json!([]), json!({"id": ""}), json!({"id": "x".repeat(101)})] {
        let display = look(&json!({}), &json!({"photo": none, "pages": none}), &none);
        assert_eq!(display.sections, [], "{none}");
    }
    let display = look(&json!({"score": "HIGH"}), &json!({}), &json!(null));
    let compare = display.sections.last().unwrap().compare.as_ref().unwrap();
    assert_eq!((compare.left.file.as_str(), compare.score.text.as_str(), compare.share), ("", "HIGH", None));
}

#[test]
fn a_stored_display_is_read_by_older_and_newer_code() {
    let older = json!({"sections": [{"title": "A", "items": [{"label": "B", "cell": {"text": "C"}}]}]});
    let read: Display = serde_json::from_value(older.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), older, "nothing is added to what has no pictures");
    let newer = json!({"sections": [{"title": "A", "someday": 1, "compare": {"left": {"label": "L", "size": 3},
        "right": {"label": "R"}, "hue": "x"}}]});
    assert!(serde_json::from_value::<Display>(newer).is_ok());
}

/// The names that the expressions of every built-in mapping look for, so that arbitrary answers meet them.
fn names(manifests: &[Manifest]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut note = |expr: &Expr| {
        let steps = Reads::of(expr, &[Path::new()]).paths.into_iter().flatten();
        found.extend(steps.filter_map(|step| if let Step::Name(name) = step { Some(name.to_string()) } else { None }));
    };
    for mapping in manifests.iter().flat_map(|m| &m.actions).map(|action| &action.mapping) {
        let sections = mapping.sections.iter();
        let tables = sections.clone().filter_map(|section| section.table.as_ref());
        tables.clone().for_each(|table| note(&table.rows));
        let columns = sections.flat_map(|section| &section.items).chain(tables.flat_map(|table| &table.columns));
        columns.flat_map(|column| column.value.exprs()).for_each(&mut note);
        mapping.outputs.iter().flat_map(|(_, template)| template.exprs()).for_each(&mut note);
        let files = mapping.files.iter().filter_map(|file| match &file.source {
            Source::Base64(expr) | Source::Link(expr) => Some(expr),
            Source::Body(_) => None,
        });
        files.for_each(&mut note);
        mapping.verdict.iter().for_each(|rule| note(&rule.from));
    }
    found.into_iter().collect()
}

/// JSON of any shape, with names that the mappings look for and with values that they take.
fn answers(names: Vec<String>) -> impl Strategy<Value = Value> + Clone {
    let name = prop_oneof![4 => prop::sample::select(names), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Halves and the like: others come back from JSON with another last digit.
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 64.0)),
        any::<String>().prop_map(Value::from),
        "[0-9]{13}|[0-9]{1,4}[.][0-9]{1,3}|(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](T12:00:00Z)?".prop_map(Value::from),
        prop::sample::select(vec![
            "In Business",
            "Active",
            "clear",
            "data:;base64,eA==",
            "a secret name",
            "{\"a\":[1]}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 96, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            3 => prop::collection::vec((name.clone(), inner), 0..8).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// The manifests that are tried: the built-in ones and the one with every word.
fn manifests() -> Vec<Manifest> {
    let registry = Registry::built_in().unwrap();
    let built_in = registry.list().map(|manifest| Manifest::clone(&manifest));
    built_in.chain([every_word()]).collect()
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.contains(text),
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(pairs) => pairs.values().any(|value| holds(value, text)),
        _ => false,
    }
}

#[test]
fn no_answer_breaks_any_mapping_and_whatever_is_shown_can_be_stored_and_read() {
    let manifests = manifests();
    let answers = answers(names(&manifests));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let tried = runner.run(&(answers.clone(), answers), |(body, beside)| {
        for action in manifests.iter().flat_map(|manifest| &manifest.actions) {
            let judged = action.steps.iter().any(|step| matches!(step.task, Task::Request(_)));
            let mapped = map(action, &body, json!({"files": beside, "params": beside, "outputs": beside}));
            let display = &mapped.display;
            let stored = serde_json::to_string(display).unwrap();
            let read: Display = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), stored, "{}", &action.key);
            prop_assert!(serde_json::from_str::<Value>(&mapped.outputs.to_string()).is_ok());
            let lost = body != Value::Null && display.rest.is_none() && display.sections.is_empty();
            let lost = lost && display.summary.is_none() && display.badge.is_none() && action.mapping.files.is_empty();
            prop_assert!(!lost || !judged, "nothing is shown of {} by {}", body, &action.key);
            if let Some(rest) = &display.rest {
                prop_assert!(!holds(rest, "8001015009087"), "{}", rest);
            }
        }
        Ok(())
    });
    tried.unwrap();
}
