//! A manifest that has every word, taken apart and put together again at random: what still loads runs to its end. A case
//! that does not come to one is ended by the time that a test has, and fails.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, LazyLock};

use dossier_connector::{Manifest, Names, Rehearsal, trial};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

static WHOLE: LazyLock<Value> =
    LazyLock::new(|| trial::tree(include_str!("../../../fuzz/corpus/loader/every-word")).unwrap());

/// What is done to a node.
#[derive(Clone, Debug)]
enum Change {
    Drop,
    Twice,
    Become(Value),
    /// The node at another place.
    Copy(Index),
}

/// Expressions of all kinds, from every function.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("sent.body".to_owned()),
        Just("params".to_owned()),
        Just("outputs.topics".to_owned()),
        Just("@".to_owned()),
        Just("body".to_owned()),
        Just("`[1, \"a\", {\"b\": null}]`".to_owned()),
        Just("`1e308`".to_owned()),
        Just("'text'".to_owned()),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let one = |name: &'static str| inner.clone().prop_map(move |a| format!("{name}({a})"));
        prop_oneof![
            prop_oneof![
                one("abs"),
                one("avg"),
                one("ceil"),
                one("floor"),
                one("keys"),
                one("length"),
                one("max"),
                one("min"),
                one("merge"),
                one("not_null")
            ],
            prop_oneof![
                one("reverse"),
                one("sort"),
                one("sum"),
                one("to_array"),
                one("to_number"),
                one("to_string"),
                one("type"),
                one("values")
            ],
            prop_oneof![
                one("base64"),
                one("date"),
                one("digest"),
                one("join_words"),
                one("json"),
                one("lower"),
                one("mask"),
                one("percent"),
                one("uuid")
            ],
            two.clone().prop_map(|(a, b)| format!("contains({a}, {b})")),
            two.clone().prop_map(|(a, b)| format!("join(to_string({a}), map(&to_string(@), {b}))")),
            two.clone().prop_map(|(a, b)| format!("map(&{a}, {b})")),
            two.clone().prop_map(|(a, b)| format!("sort_by({a}, &to_string({b}))")),
            two.clone().prop_map(|(a, b)| format!("lookup({a}, {{text: {b}}})")),
            two.clone().prop_map(|(a, b)| format!("[{a}, {b}][]")),
            two.clone().prop_map(|(a, b)| format!("{{x: {a}, y: {b}}}.*")),
            two.clone().prop_map(|(a, b)| format!("({a} || {b})")),
            two.clone().prop_map(|(a, b)| format!("({a})[?@ == {b}]")),
            two.prop_map(|(a, b)| format!("({a}) | ({b})")),
            inner.clone().prop_map(|a| format!("({a})[*].a")),
            inner.clone().prop_map(|a| format!("({a})[-2:]")),
            inner.prop_map(|a| format!("{a}|[@,@][]|[@,@]|[@,@][]")),
        ]
    })
}

fn change() -> impl Strategy<Value = Change> {
    let odd = prop_oneof![
        Just(json!(null)),
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(1e18)),
        Just(json!([])),
        Just(json!({})),
        Just(json!("")),
        Just(json!(true)),
        Just(json!("{params.name}/{sent.body.id}")),
        Just(json!("8001015009087")),
    ];
    prop_oneof![
        1 => Just(Change::Drop),
        1 => Just(Change::Twice),
        2 => odd.prop_map(Change::Become),
        6 => expression().prop_map(|text| Change::Become(Value::String(format!("={text}")))),
        2 => any::<Index>().prop_map(Change::Copy),
    ]
}

/// The pointers of all nodes, and whether a node is a value with expressions.
fn pointers(value: &Value, at: &str, found: &mut Vec<(String, bool)>) {
    let told = value.as_str().is_some_and(|text| text.starts_with('=') || text.contains('{'));
    found.push((at.to_owned(), told));
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| pointers(item, &format!("{at}/{n}"), found));
        }
        Value::Object(pairs) => {
            for (name, value) in pairs {
                pointers(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

fn apply(whole: &mut Value, at: Index, change: &Change) {
    let mut all = Vec::new();
    pointers(whole, "", &mut all);
    let told: Vec<_> = all.iter().filter(|(_, told)| *told).cloned().collect();
    let expression = matches!(change, Change::Become(Value::String(text)) if text.starts_with('='));
    let pointer = at.get(if expression { &told } else { &all }).0.clone();
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    let other = if let Change::Copy(from) = change { whole.pointer(&from.get(&all).0).cloned() } else { None };
    let Some(parent) = whole.pointer_mut(parent) else { return };
    match (parent, change) {
        (Value::Array(items), Change::Drop) => drop(items.remove(key.parse().unwrap())),
        (Value::Array(items), Change::Twice) => {
            let twice = items[key.parse::<usize>().unwrap()].clone();
            items.push(twice);
        }
        (Value::Object(pairs), Change::Drop) => drop(pairs.remove(key)),
        (Value::Object(pairs), Change::Twice) => {
            let twice = pairs[&key.replace("~1", "/").replace("~0", "~")].clone();
            pairs.insert(format!("{key}2"), twice);
        }
        (_, Change::Become(value)) => *whole.pointer_mut(&pointer).unwrap() = value.clone(),
        (_, Change::Copy(_)) => *whole.pointer_mut(&pointer).unwrap() = other.unwrap_or_default(),
        _ => {}
    }
}

/// Whether it loaded; if so, everything in it was tried.
fn tried(whole: &Value) -> bool {
    let Ok(manifest) = Manifest::parse(&whole.to_string()) else { return false };
    let manifest = Arc::new(manifest);
    let names = Names { outputs: json!({"topics": ["a", {"value": "b", "title": "B"}]}), ..Names::default() };
    for form in manifest.actions.iter().map(|action| &action.form).chain([&manifest.config]) {
        let pairs = form.offering(&names).defaults(&names);
        let _ = form.read(&pairs).map(|value| form.check(&form.complete(&value, &names)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for rehearsal in Rehearsal::of(&manifest) {
        runtime.block_on(rehearsal.run());
        runtime.block_on(rehearsal.recorded());
    }
    true
}

#[test]
fn the_whole_loads_and_its_example_runs_to_the_end() {
    assert!(tried(&WHOLE));
    let manifest = Arc::new(Manifest::parse(&WHOLE.to_string()).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (sent, _) = runtime.block_on(Rehearsal::of(&manifest)[0].recorded());
    assert!(sent.len() >= 3, "its steps are gone through: {sent:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn no_manifest_that_loads_brings_the_engine_to_fall(changes in proptest::collection::vec((any::<Index>(), change()), 1..4)) {
        let mut whole = WHOLE.clone();
        for (at, change) in &changes {
            apply(&mut whole, *at, change);
        }
        tried(&whole);
    }
}
