//! The published schema and the loader, each held against the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::manifest_schema;
use crate::asked::{self, ByPlace};
use crate::manifest::load;
use crate::problem::Problems;
use crate::yaml::{self, Node, Pair, Place, Yaml};

/// Uses every word.
const EVERY_WORD: &str = include_str!("../../../tests/every-word.yaml");
const BUILT_IN: [&str; 3] = [
    include_str!("../../../../../providers/intouch/provider.yaml"),
    include_str!("../../../../../providers/sumsub/provider.yaml"),
    include_str!("../../../../../providers/yente/provider.yaml"),
];

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap()
}

/// As if it had been read from a text, but each thing has a place of its own, also where an alias repeats it.
fn tree(value: &Value) -> Yaml {
    fn plant(value: &Value, line: &mut u64) -> Yaml {
        *line += 1;
        let place = Place { line: *line, column: 1 };
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(yes) => Node::Bool(*yes),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => Node::Text(text.clone()),
            Value::Array(items) => Node::List(items.iter().map(|item| plant(item, line)).collect()),
            Value::Object(pairs) => {
                let pair =
                    |(key, value): (&String, &Value)| Pair { key: key.clone(), at: place, value: plant(value, line) };
                Node::Map(pairs.iter().map(pair).collect())
            }
        };
        Yaml { place, node }
    }
    plant(value, &mut 0)
}

/// What the loader says to a manifest.
fn said(yaml: &Yaml) -> Vec<String> {
    let mut problems = Problems::default();
    load::manifest(yaml, "", &mut problems);
    problems.into_sorted().into_iter().map(|problem| problem.message).collect()
}

/// Walks a manifest and the schema together and notes which keys each knows at each place.
struct Walk<'a> {
    schema: &'a Value,
    asked: &'a ByPlace,
    visited: BTreeSet<(u64, u64)>,
    /// By definition: the keys of the schema, and those that the loader asked for anywhere.
    known: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
    faults: String,
    /// What each of the shapes of a definition takes.
    shapes: BTreeMap<String, Vec<Validator>>,
}

impl<'a> Walk<'a> {
    /// What `at` stands for, with its name.
    fn resolve(&mut self, mut at: &'a Value, mut name: String, yaml: &Yaml) -> (&'a Value, String) {
        loop {
            if let Some(target) = at["$ref"].as_str() {
                at = self.schema.pointer(target.trim_start_matches('#')).unwrap();
                target.clone_into(&mut name);
            } else if let (Some(shapes), None) = (at["oneOf"].as_array(), at.get("properties")) {
                let alone = |shape| validator(&json!({ "$defs": self.schema["$defs"], "allOf": [shape] }));
                let ready = self.shapes.entry(name.clone()).or_insert_with(|| shapes.iter().map(alone).collect());
                let value = yaml.json();
                let found = ready.iter().position(|shape| shape.is_valid(&value));
                let number = found.unwrap_or_else(|| panic!("{name} has no shape for {}", yaml.json()));
                at = &shapes[number];
                let _ = write!(name, "/{number}");
            } else {
                return (at, name);
            }
        }
    }

    fn walk(&mut self, at: &'a Value, name: String, yaml: &Yaml) {
        let (at, name) = self.resolve(at, name, yaml);
        match &yaml.node {
            Node::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    let first = at["prefixItems"].get(number);
                    if let Some(inner) = first.or_else(|| at.get("items")) {
                        self.walk(inner, format!("{name}/items"), item);
                    }
                }
            }
            Node::Map(pairs) => {
                let place = (yaml.place.line, yaml.place.column);
                if let Some(keys) = at["properties"].as_object() {
                    self.visited.insert(place);
                    let Some(asked) = self.asked.get(&place) else {
                        let _ = writeln!(self.faults, "{place:?}: the loader does not read {name}");
                        return;
                    };
                    let known = self.known.entry(name.clone()).or_default();
                    known.0.extend(keys.keys().cloned());
                    known.1.extend(asked.keys.iter().map(|key| (*key).to_owned()));
                    for (key, words) in &asked.words {
                        self.words(&name, key, keys.get(*key).unwrap_or(&Value::Null), words);
                    }
                }
                for pair in pairs {
                    let inner = at["properties"].get(&pair.key).or_else(|| at.get("additionalProperties"));
                    if let Some(inner) = inner {
                        self.walk(inner, format!("{name}/{}", pair.key), &pair.value);
                    }
                }
            }
            _ => {}
        }
    }

    fn words(&mut self, name: &str, key: &str, at: &Value, words: &BTreeSet<String>) {
        let target = at["$ref"].as_str().map(|target| self.schema.pointer(target.trim_start_matches('#')).unwrap());
        let at = if at.get("enum").is_some() { at } else { target.unwrap_or(at) };
        let texts = at["enum"].as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned));
        let published: BTreeSet<String> = texts.collect();
        // Of the kinds of `auth`, each definition is one.
        let fits = match at["const"].as_str() {
            Some(word) => words.contains(word),
            None => published == *words,
        };
        if !fits {
            let _ = writeln!(self.faults, "{name}: {key} may be {words:?} for the loader, {at} in the schema");
        }
    }
}

#[test]
fn the_loader_asks_for_the_very_keys_and_words_that_the_schema_has_at_each_place() {
    let schema = manifest_schema();
    let mut known: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for text in BUILT_IN.into_iter().chain([EVERY_WORD]) {
        let yaml = tree(&yaml::parse(text).unwrap().json());
        asked::take();
        assert_eq!(said(&yaml), [""; 0]);
        let asked = asked::take();
        let (visited, faults, shapes) = (BTreeSet::new(), String::new(), BTreeMap::new());
        let mut walk = Walk { schema: &schema, asked: &asked, visited, known, faults, shapes };
        walk.walk(&schema, String::from("#"), &yaml);
        for place in asked.keys().filter(|place| !walk.visited.contains(place)) {
            let _ = writeln!(walk.faults, "{place:?}: the schema does not know what is read here");
        }
        assert!(walk.faults.is_empty(), "{}", walk.faults);
        known = walk.known;
    }
    for (name, (published, asked)) in &known {
        assert_eq!(published, asked, "{name}: the schema's keys, and the loader's");
    }
    let unread: Vec<&String> = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, def)| def.get("properties").is_some() && !known.contains_key(&format!("#/$defs/{name}")))
        .map(|(name, _)| name)
        .collect();
    assert!(unread.is_empty(), "a manifest should use {unread:?}");
}

/// What each change of one mapping of `value` comes to: a key that nobody knows, each key taken out, and each value
/// turned into another kind of thing. What stands in a list many times is changed once.
fn mutants(value: &Value) -> Vec<(String, Value)> {
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(pairs) => {
                found.push(at.to_owned());
                for (key, value) in pairs {
                    places(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    places(item, &format!("{at}/{number}"), found);
                }
            }
            _ => {}
        }
    }
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    places(value, "", &mut found);
    let mut mutants = Vec::new();
    for at in found {
        let names: Vec<&str> = at.split('/').filter(|step| step.parse::<usize>().is_err()).collect();
        let alike = names[names.len().saturating_sub(2)..].join("/");
        let mut change = |what: String, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            if seen.insert(format!("{alike}: {what}")) {
                let mut mutant = value.clone();
                change(mutant.pointer_mut(&at).unwrap().as_object_mut().unwrap());
                mutants.push((format!("{at}: {what}"), mutant));
            }
        };
        let mut keys: Vec<String> = value.pointer(&at).unwrap().as_object().unwrap().keys().cloned().collect();
        keys.sort();
        change(format!("an unknown key beside {}", keys.join(" ")), &|pairs| {
            pairs.insert("zzz".to_owned(), Value::from("zzz"));
        });
        for key in keys {
            change(format!("no {key}"), &|pairs| {
                pairs.shift_remove(&key);
            });
            let other = [json!(7), json!({ "zzz": {} }), json!([[]])][key.len() % 3].clone();
            change(format!("{key} is {other}"), &|pairs| {
                pairs.insert(key.clone(), other.clone());
            });
        }
    }
    mutants
}

#[test]
fn what_the_schema_refuses_the_loader_refuses_and_neither_lets_a_key_pass_that_the_other_does_not_know() {
    let schema = validator(&manifest_schema());
    let (mut unknown, mut missing) = (0, 0);
    let whole = yaml::parse(EVERY_WORD).unwrap().json();
    assert!(schema.is_valid(&whole));
    for (what, mutant) in mutants(&whole) {
        let taken = schema.is_valid(&mutant);
        // A value of another kind that the schema takes tells nothing.
        if taken && what.contains(" is ") {
            continue;
        }
        let said = said(&tree(&mutant));
        assert!(taken || !said.is_empty(), "the schema refuses what the loader takes: {what}");
        let any = |end: &str| said.iter().any(|message| message.ends_with(end));
        let (strange, lacking) = (any("is not known here."), any("is missing here."));
        (unknown, missing) = (unknown + usize::from(strange), missing + usize::from(lacking));
        let here = strange || lacking;
        assert!(!here || !taken, "the schema takes what the loader refuses: {what}: {said:?}");
    }
    assert!(unknown > 100 && missing > 50, "there was something to refuse: {unknown}, {missing}");
}
