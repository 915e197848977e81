//! A schema becomes a form.
//!
//! The subset: an object with `required` and `properties`; each property a string, integer, number, boolean or a list
//! of objects without lists. `x-` keywords say what JSON Schema cannot. What is not in the subset is refused when the
//! manifest is loaded.

use regex::{Regex, RegexBuilder};

use super::{Choice, Field, FieldKind, Form, Format, Pattern};
use crate::expr::Template;
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::{Problems, suggest};
use crate::yaml::{Node, Pair, Yaml};

/// The most characters of a one-line text that says no other number.
pub(super) const MAX_TEXT: usize = 1_000;
/// The most characters of a longer text that says no other number.
const MAX_LONG: usize = 20_000;
/// The most rows of a group that says no other number.
const MAX_ROWS: usize = 50;

#[derive(Clone, Copy, PartialEq)]
enum Type {
    String,
    Integer,
    Number,
    Boolean,
    Array,
}

const TYPES: &[(&str, Type)] = &[
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("array", Type::Array),
];

#[derive(Clone, Copy, PartialEq)]
enum Widget {
    Textarea,
    Json,
}

/// Reads the schema of a channel or an action.
pub(crate) fn load(yaml: &Yaml, problems: &mut Problems) -> Form {
    Form { fields: object(yaml, true, problems) }
}

fn object(yaml: &Yaml, rows: bool, problems: &mut Problems) -> Vec<Field> {
    let Some(mut keys) = Keys::of(yaml, "the schema", problems) else { return Vec::new() };
    keys.word("type", &[("object", ())], problems);
    let pairs = keys.pairs("properties", problems);
    let required = keys.list("required", problems);
    let names: Vec<&str> = pairs.iter().map(|p| p.key.as_str()).collect();
    let mut needed = Vec::new();
    for item in required {
        let Some(name) = keys::text(item, "required", problems) else { continue };
        if !names.contains(&name.as_str()) {
            problems.add(item.place, format!("“{name}” is required but is no property."), suggest(&name, &names));
        }
        needed.push(name);
    }
    keys.finish(problems);
    pairs.iter().filter_map(|pair| field(pair, needed.contains(&pair.key), rows, problems)).collect()
}

fn field(pair: &Pair, required: bool, rows: bool, problems: &mut Problems) -> Option<Field> {
    let name = pair.key.clone();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') && !name.starts_with('_');
    if name.is_empty() || !plain {
        let mend = "Use letters, digits, _ and -, and do not begin with _.";
        problems.add(pair.at, format!("“{name}” cannot be the name of a field."), mend);
    }
    let mut keys = Keys::of(&pair.value, &name, problems)?;
    let title = keys.text("title", problems);
    let kind = kind(&mut keys, rows, problems);
    let field = Field {
        title: title.unwrap_or_else(|| name.clone()),
        hint: keys.text("description", problems),
        group: keys.text("x-group", problems),
        required,
        sensitive: keys.flag("x-sensitive", problems),
        min_length: keys.count("minLength", problems),
        minimum: keys.number("minimum", problems),
        maximum: keys.number("maximum", problems),
        pattern: pattern(&mut keys, problems),
        default: default(&mut keys, problems),
        kind: kind?,
        name,
    };
    keys.finish(problems);
    Some(field)
}

fn kind(keys: &mut Keys<'_>, rows: bool, problems: &mut Problems) -> Option<FieldKind> {
    let kind = keys.word("type", TYPES, problems).unwrap_or(Type::String);
    let place = keys.place();
    let max_length = keys.count("maxLength", problems);
    let widget = keys.word("x-widget", &[("textarea", Widget::Textarea), ("json", Widget::Json)], problems);
    let secret = keys.flag("x-secret", problems);
    let choices = choices(keys, problems);
    let format = keys.get("format").and_then(|y| Some((keys::text(y, "format", problems)?, y.place)));
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
        Type::Array if !rows => {
            problems.add(place, "A row cannot hold a list.", "Make it a field of the form.");
            return None;
        }
        Type::Array => {
            let Some(items) = items else {
                problems.add(place, "A list must say what its rows are.", "Add `items:` with `properties:`.");
                return None;
            };
            let fields = object(items, false, problems);
            if fields.is_empty() {
                problems.add(items.place, "The rows have no fields.", "Add `properties:`.");
            }
            FieldKind::Group { fields, min: min.unwrap_or(0), max: max.unwrap_or(MAX_ROWS) }
        }
        Type::String if secret => FieldKind::Secret,
        Type::String if choices.is_some() => FieldKind::Choice(choices.unwrap_or_default()),
        Type::String => match (widget, format) {
            (Some(Widget::Json), _) => FieldKind::Json,
            (Some(Widget::Textarea), _) => FieldKind::LongText { max_length: max_length.unwrap_or(MAX_LONG) },
            (None, Some((word, _))) if word == "date" => FieldKind::Date,
            (None, format) => {
                let format = format.and_then(|(word, place)| {
                    let known = Format::parse(&word);
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

fn choices(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Vec<Choice>> {
    let mut choices: Vec<Choice> =
        keys.texts("enum", problems).into_iter().map(|value| Choice { title: value.clone(), value }).collect();
    for item in keys.list("oneOf", problems) {
        let Some(mut one) = Keys::of(item, "oneOf", problems) else { continue };
        let value = one.need_text("const", problems);
        let title = one.text("title", problems);
        one.finish(problems);
        choices.extend(value.map(|value| Choice { title: title.unwrap_or_else(|| value.clone()), value }));
    }
    (!choices.is_empty()).then_some(choices)
}

fn pattern(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Pattern> {
    let message = keys.text("x-message", problems);
    let yaml = keys.get("pattern")?;
    let regex = bounded(&keys::text(yaml, "pattern", problems)?);
    if let Err(why) = &regex {
        problems.add(
            yaml.place,
            format!("The pattern cannot be read: {why}."),
            "Look-around and back-references are not known.",
        );
    }
    Some(Pattern { regex: regex.ok()?, message })
}

/// A pattern that takes linear time and little memory.
pub(crate) fn bounded(pattern: &str) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern).size_limit(200_000).nest_limit(50).build();
    regex.map_err(|e| e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

/// `default` is a value as it stands, `x-default` an expression.
fn default(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Template> {
    let literal = keys.get("default").map(|y| {
        if matches!(y.node, Node::List(_) | Node::Map(_)) {
            keys::wrong(y, "default", "one value", problems);
        }
        Template::Literal(y.json())
    });
    let known = Known::default().with(["request", "actor", "outputs", "now"]);
    let expr = keys.template("x-default", problems).map(|(template, place)| {
        known.check(&template, place, problems);
        template
    });
    expr.or(literal)
}
