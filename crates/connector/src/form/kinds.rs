//! What a property of a schema takes.

use serde_json::Value;

use super::schema::{MAX_TEXT, Spot, Use, row};
use super::{Choice, FieldKind, Format, file};
use crate::keys::{self, Keys};
use crate::problem::{Problems, suggest};
use crate::yaml::{Node, Place, Yaml};

/// The most characters of a longer text that says no other number.
const MAX_LONG: usize = 20_000;
/// The most rows of a group that says no other number.
const MAX_ROWS: usize = 50;

/// The types of a property.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Type {
    String,
    Integer,
    Number,
    Boolean,
    Array,
}

/// The words for [`Type`].
pub(crate) const TYPES: &[(&str, Type)] = &[
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("array", Type::Array),
];

/// What a text is typed into.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Widget {
    Textarea,
    Json,
}

/// The words for [`Widget`].
pub(crate) const WIDGETS: &[(&str, Widget)] = &[("textarea", Widget::Textarea), ("json", Widget::Json)];

/// Reads what the property takes.
pub(super) fn load(keys: &mut Keys<'_>, spot: Spot<'_>, problems: &mut Problems) -> Option<FieldKind> {
    let kind = keys.word("type", TYPES, problems).unwrap_or(Type::String);
    let place = keys.place();
    let max_length = keys.count("maxLength", problems);
    let widget = keys.word("x-widget", WIDGETS, problems);
    let secret = keys.flag("x-secret", problems);
    let choices = choices(keys, spot, problems);
    let format = format(keys, problems);
    let is_file = format.as_ref().is_some_and(|(word, _)| word == "file");
    let rule = file_rule(keys, is_file, spot, problems);
    let items = keys.get("items");
    let (min, max) = (keys.count("minItems", problems), keys.count("maxItems", problems));
    if kind != Type::Array {
        for (given, word) in [(items.is_some(), "items"), (min.is_some(), "minItems"), (max.is_some(), "maxItems")] {
            if given {
                problems.add(place, format!("“{word}” needs `type: array`."), "Add it, or take the word out.");
            }
        }
    }
    Some(match kind {
        Type::Integer => FieldKind::Integer,
        Type::Number => FieldKind::Number,
        Type::Boolean => FieldKind::Boolean,
        Type::Array if spot.row => {
            problems.add(place, "A row cannot hold a list.", "Make it a field of the form.");
            return None;
        }
        Type::Array => {
            let Some(items) = items else {
                problems.add(place, "A list must say what its rows are.", "Add `items:` with `properties:`.");
                return None;
            };
            list(items, spot, min.unwrap_or(0), max, problems)?
        }
        Type::String if secret => FieldKind::Secret,
        Type::String if choices.is_some() => FieldKind::Choice(choices.unwrap_or_default()),
        Type::String => match (widget, format) {
            (Some(Widget::Json), _) => FieldKind::Json,
            (Some(Widget::Textarea), _) => FieldKind::LongText { max_length: max_length.unwrap_or(MAX_LONG) },
            (None, _) if is_file => {
                let (types, max_bytes) = rule?;
                FieldKind::File { types, max_bytes }
            }
            (None, Some((word, _))) if word == "date" => FieldKind::Date,
            (None, format) => {
                let format = format.and_then(|(word, place)| {
                    let known = Format::parse(&word, spot.within);
                    if known.is_none() {
                        problems.add(place, format!("“{word}” is no known format."), suggest(&word, Format::WORDS));
                    }
                    known
                });
                FieldKind::Text { max_length: max_length.unwrap_or(MAX_TEXT), format }
            }
        },
    })
}

/// What the items of a list are: rows, files or choices.
fn list(items: &Yaml, spot: Spot<'_>, min: usize, max: Option<usize>, problems: &mut Problems) -> Option<FieldKind> {
    let says = |word: &str| matches!(&items.node, Node::Map(pairs) if pairs.iter().any(|p| p.key == word));
    let kind = if says("format") || says("enum") || says("oneOf") {
        let mut keys = Keys::of(items, "items", problems)?;
        keys.word("type", &[("string", ())], problems);
        let choices = choices(&mut keys, Spot { row: true, ..spot }, problems);
        let format = format(&mut keys, problems);
        let is_file = format.as_ref().is_some_and(|(word, _)| word == "file");
        let rule = file_rule(&mut keys, is_file, spot, problems);
        keys.finish(problems);
        match (choices, format) {
            (Some(choices), None) => FieldKind::Choices { min, max: max.unwrap_or(choices.len()), choices },
            (None, Some(_)) if is_file => {
                let (types, max_bytes) = rule?;
                if max.max(Some(min)) > Some(file::MOST_FILES) {
                    let message = format!("A field takes at most {} files.", file::MOST_FILES);
                    problems.add(items.place, message, "Let “maxItems” and “minItems” be less.");
                }
                FieldKind::Files { types, max_bytes, min, max: max.unwrap_or(file::MAX_FILES.max(min)) }
            }
            _ => {
                let mend = "Write `format: file`, or `enum:` or `oneOf:`, or `properties:`.";
                problems.add(items.place, "A list holds files, choices or rows.", mend);
                return None;
            }
        }
    } else {
        let fields = row(items, spot, problems);
        if fields.is_empty() {
            problems.add(items.place, "The rows have no fields.", "Add `properties:`.");
        }
        FieldKind::Group { fields, min, max: max.unwrap_or(MAX_ROWS) }
    };
    if max.is_some_and(|max| max < min) {
        problems.add(items.place, "“maxItems” is less than “minItems”.", "Let it be at least as many.");
    }
    Some(kind)
}

fn format(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<(String, Place)> {
    keys.get("format").and_then(|y| Some((keys::text(y, "format", problems)?, y.place)))
}

/// `x-types` and `x-max-bytes`: which files a field takes.
fn file_rule(
    keys: &mut Keys<'_>,
    is_file: bool,
    spot: Spot<'_>,
    problems: &mut Problems,
) -> Option<(Vec<String>, u64)> {
    let place = keys.place();
    let (given, bytes) = (keys.get("x-types"), keys.get("x-max-bytes").map(|y| y.place));
    if !is_file {
        for (word, place) in [("x-types", given.map(|y| y.place)), ("x-max-bytes", bytes)] {
            if let Some(place) = place {
                problems.add(place, format!("“{word}” needs `format: file`."), "Add it, or take the word out.");
            }
        }
        return None;
    }
    if matches!(spot.within, Use::Config) || spot.row {
        let what = if spot.row { "A row" } else { "A channel" };
        problems.add(place, format!("{what} cannot hold a file."), "Make it a field of an action's form.");
    }
    let known: Vec<&str> = file::TYPES.iter().map(|&(kind, _)| kind).collect();
    let mut types = Vec::new();
    for item in keys.list("x-types", problems) {
        let Some(kind) = keys::text(item, "x-types", problems) else { continue };
        if !known.contains(&kind.as_str()) {
            let message = format!("“{kind}” cannot be told from the bytes of a file.");
            problems.add(item.place, message, suggest(&kind, &known));
        }
        types.push(kind);
    }
    if given.is_some() && types.is_empty() {
        problems.add(place, "“x-types” names no type.", "Name at least one, or take it out.");
    }
    if given.is_none() {
        types = known.into_iter().take(file::USUAL).map(str::to_owned).collect();
    }
    let most = keys.count("x-max-bytes", problems).map_or(file::MAX_BYTES, |n| u64::try_from(n).unwrap_or(u64::MAX));
    if !(1..=file::MAX_BYTES).contains(&most) {
        let message = "A file can have from 1 byte to 10 MB.";
        problems.add(bytes.unwrap_or(place), message, format!("Write at most {}.", file::MAX_BYTES));
    }
    Some((types, most))
}

fn choices(keys: &mut Keys<'_>, spot: Spot<'_>, problems: &mut Problems) -> Option<Vec<Choice>> {
    let (given, place) = (keys.get("enum").is_some() || keys.get("oneOf").is_some(), keys.place());
    let plain = |value: String| Choice { title: value.clone(), value, sets: Vec::new() };
    let mut choices: Vec<Choice> = keys.texts("enum", problems).into_iter().map(plain).collect();
    for item in keys.list("oneOf", problems) {
        let Some(mut one) = Keys::of(item, "oneOf", problems) else { continue };
        let value = one.need_text("const", problems);
        let title = one.text("title", problems);
        let sets = sets(&mut one, spot, problems);
        one.finish(problems);
        choices.extend(value.map(|value| Choice { title: title.unwrap_or_else(|| value.clone()), value, sets }));
    }
    for (at, choice) in choices.iter().enumerate() {
        if choice.value.trim() != choice.value || choice.value.is_empty() {
            let message = format!("The choice “{}” begins or ends with a space, or is empty.", choice.value);
            problems.add(place, message, "Write it without.");
        }
        if choices[..at].iter().any(|c| c.value == choice.value) {
            problems.add(place, format!("The choice “{}” stands twice.", choice.value), "Take one out.");
        }
    }
    if given && choices.is_empty() {
        problems.add(place, "There is nothing to choose.", "Write at least one value.");
    }
    (!choices.is_empty()).then_some(choices)
}

/// `x-sets`: the fields of a channel that a choice sets.
fn sets(one: &mut Keys<'_>, spot: Spot<'_>, problems: &mut Problems) -> Vec<(String, Value)> {
    let Some(yaml) = one.get("x-sets") else { return Vec::new() };
    if matches!(spot.within, Use::Params(_)) || spot.row {
        let mend = "Take it out; an action's request can `lookup` a value by the choice.";
        problems.add(yaml.place, "“x-sets” stands only at the choices of a channel's field.", mend);
    }
    let mut sets = Vec::new();
    for pair in keys::map(yaml, "x-sets", problems).unwrap_or_default() {
        if matches!(pair.value.node, Node::List(_) | Node::Map(_) | Node::Null) {
            keys::wrong(&pair.value, &pair.key, "one value", problems);
        }
        sets.push((pair.key.clone(), pair.value.json()));
    }
    sets
}
