//! What a field accepts, in words that a person can act on.

use serde_json::{Map, Value};
use time::Date;
use time::macros::format_description;

use super::flat::Either;
use super::{Choice, Field, FieldError, FieldKind, Form, Inline, file};
use crate::problem::suggest;

/// The most characters of a JSON field.
const MAX_JSON: usize = 100_000;
/// The most errors that are told: nobody reads more, and a hostile sender could ask for thousands.
pub(super) const MAX_ERRORS: usize = 100;

impl Form {
    /// What is wrong with `value`, from a program or from [`Form::read`], at most 100 errors; empty when nothing is.
    pub fn check(&self, value: &Value) -> Vec<FieldError> {
        self.errors(value, &|_, row| row)
    }

    /// The same, with `number` telling which number in the form a row has.
    pub(super) fn errors(&self, value: &Value, number: &dyn Fn(&str, usize) -> usize) -> Vec<FieldError> {
        let mut errors = Vec::new();
        match value {
            Value::Object(pairs) => {
                let flat = self.flat_for(value);
                object(&flat.fields, pairs, "", number, &mut errors);
                let set = flat.sets(value);
                let filled = |name: &str| set.contains_key(name) || pairs.get(name).is_some_and(says);
                flat.either.iter().for_each(|either| one_of(either, &flat, &filled, &mut errors));
            }
            _ => {
                errors.push(FieldError { field: String::new(), message: "Give an object with the fields.".to_owned() });
            }
        }
        errors
    }
}

fn object(
    fields: &[Field],
    pairs: &Map<String, Value>,
    prefix: &str,
    number: &dyn Fn(&str, usize) -> usize,
    errors: &mut Vec<FieldError>,
) {
    for field in fields {
        if errors.len() >= MAX_ERRORS {
            return;
        }
        let name = format!("{prefix}{}", field.name);
        match pairs.get(&field.name).filter(|v| !is_blank(v)) {
            None if field.required => errors.push(FieldError { field: name, message: missing(field) }),
            None => {}
            Some(value) => one(field, value, &name, number, errors),
        }
    }
    let known: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    let left = MAX_ERRORS.saturating_sub(errors.len());
    for name in pairs.keys().filter(|n| !known.contains(&n.as_str())).take(left) {
        let message = format!("There is no such field. {}", suggest(name, &known));
        errors.push(FieldError { field: format!("{prefix}{name}"), message });
    }
}

/// One of the groups must be filled; else the blank fields of the first say so.
fn one_of(either: &Either, form: &Form, filled: &dyn Fn(&str) -> bool, errors: &mut Vec<FieldError>) {
    if errors.len() >= MAX_ERRORS || either.groups.iter().any(|group| group.iter().all(|name| filled(name))) {
        return;
    }
    let inline = |name: &String| form.field(name).map_or_else(|| name.clone(), |field| field.inline().to_string());
    let message = either.message.clone().unwrap_or_else(|| {
        let group = |names: &Vec<String>| names.iter().map(inline).collect::<Vec<_>>().join(" and the ");
        format!("Give the {}.", either.groups.iter().map(group).collect::<Vec<_>>().join(", or the "))
    });
    for name in either.groups.iter().take(1).flatten().filter(|name| !filled(name)) {
        if !errors.iter().any(|e| e.field == *name) {
            errors.push(FieldError { field: name.clone(), message: message.clone() });
        }
    }
}

/// Whether something was given: a box that is not ticked says nothing.
fn says(value: &Value) -> bool {
    !is_blank(value) && *value != Value::Bool(false)
}

pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn missing(field: &Field) -> String {
    match &field.kind {
        FieldKind::Choice(_) => "Choose one from the list.".to_owned(),
        FieldKind::Choices { .. } => format!("Choose at least one of the {}.", field.inline()),
        FieldKind::File { .. } | FieldKind::Files { .. } => format!("Choose a file for the {}.", field.inline()),
        FieldKind::Group { .. } => format!("Add at least one row under {}.", field.title),
        FieldKind::Boolean => format!("Say yes or no to {}.", field.inline()),
        _ => format!("Enter the {}.", field.inline()),
    }
}

fn one(field: &Field, value: &Value, name: &str, number: &dyn Fn(&str, usize) -> usize, errors: &mut Vec<FieldError>) {
    let FieldKind::Group { fields, min, max } = &field.kind else {
        errors.extend(refuse(field, value).map(|message| FieldError { field: name.to_owned(), message }));
        return;
    };
    let Value::Array(rows) = value else {
        errors.push(FieldError { field: name.to_owned(), message: "Give a list of rows.".to_owned() });
        return;
    };
    if rows.len() < *min || rows.len() > *max {
        let bound = if rows.len() < *min { format!("at least {min}") } else { format!("at most {max}") };
        let message = format!("{} takes {bound} rows. There are {}.", field.title, rows.len());
        errors.push(FieldError { field: name.to_owned(), message });
    }
    if rows.len() > *max {
        return;
    }
    for (row, cells) in rows.iter().enumerate() {
        if errors.len() >= MAX_ERRORS {
            return;
        }
        let row = number(&field.name, row);
        match cells {
            Value::Object(pairs) => object(fields, pairs, &format!("{name}[{row}]."), number, errors),
            _ => errors.push(FieldError {
                field: format!("{name}[{row}]"),
                message: "Give an object with the fields of the row.".to_owned(),
            }),
        }
    }
}

/// Why `value` does not fit `field`, which is no group; `None` when it does.
pub(super) fn refuse(field: &Field, value: &Value) -> Option<String> {
    let the = field.inline();
    match &field.kind {
        FieldKind::Boolean => (!value.is_boolean()).then(|| format!("Give true or false for the {the}.")),
        FieldKind::Integer if value.as_i64().is_none() => Some(format!("Enter the {the} as a whole number.")),
        FieldKind::Number if !value.is_number() => Some(format!("Enter the {the} as a number, such as 12.5.")),
        FieldKind::Integer | FieldKind::Number => range(field, value.as_f64().unwrap_or_default()),
        FieldKind::Json => {
            let size = value.to_string().len();
            (size > MAX_JSON).then(|| format!("The {the} can have at most {MAX_JSON} characters. This one has {size}."))
        }
        FieldKind::Choice(choices) => {
            (!offered(choices, value)).then(|| format!("Choose one of the values offered for the {the}."))
        }
        FieldKind::Choices { choices, min, max } => several(value, *min, *max, &the, |list| {
            let twice = list.iter().enumerate().any(|(at, v)| list[..at].contains(v));
            let known = list.iter().all(|value| offered(choices, value));
            (twice || !known).then(|| format!("Choose among the values offered for the {the}, each once."))
        }),
        FieldKind::File { .. } => file::refuse(field, value),
        FieldKind::Files { min, max, .. } => {
            several(value, *min, *max, &the, |list| list.iter().find_map(|one| file::refuse(field, one)))
        }
        FieldKind::Text { max_length, .. } | FieldKind::LongText { max_length } => text(field, value, *max_length),
        FieldKind::Date | FieldKind::Secret => text(field, value, super::schema::MAX_TEXT),
        FieldKind::Group { .. } => None,
    }
}

fn offered(choices: &[Choice], value: &Value) -> bool {
    choices.iter().any(|c| value.as_str() == Some(c.value.as_str()))
}

/// Why `value` is no list of so many, or what `each` says about it.
fn several(
    value: &Value,
    min: usize,
    max: usize,
    the: &Inline<'_>,
    each: impl FnOnce(&[Value]) -> Option<String>,
) -> Option<String> {
    let Value::Array(list) = value else { return Some(format!("Give a list for the {the}.")) };
    let count = list.len();
    if count < min {
        return Some(format!("Choose at least {min} for the {the}. There are {count}."));
    }
    if count > max {
        return Some(format!("Choose at most {max} for the {the}. There are {count}."));
    }
    each(list)
}

fn range(field: &Field, number: f64) -> Option<String> {
    let the = field.inline();
    if let Some(least) = field.minimum.filter(|&least| number < least) {
        return Some(format!("The {the} is at least {least}."));
    }
    field.maximum.filter(|&most| number > most).map(|most| format!("The {the} is at most {most}."))
}

fn text(field: &Field, value: &Value, max: usize) -> Option<String> {
    let the = field.inline();
    let Value::String(text) = value else { return Some(format!("Give the {the} as text.")) };
    let lines = matches!(field.kind, FieldKind::LongText { .. });
    if text.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\t'))) {
        return Some(format!("The {the} has a character in it that cannot be seen. Type it again."));
    }
    if let FieldKind::Text { format: Some(format), .. } = &field.kind
        && let Some(message) = format.refuse(text)
    {
        return Some(message);
    }
    if matches!(field.kind, FieldKind::Date) && Date::parse(text, format_description!("[year]-[month]-[day]")).is_err()
    {
        return Some("Write the date as year, month and day, for example 2026-11-23.".to_owned());
    }
    let long = text.chars().count();
    if long > max {
        return Some(format!("The {the} can have at most {max} characters. This one has {long}."));
    }
    if let Some(least) = field.min_length.filter(|&least| long < least) {
        return Some(format!("The {the} has at least {least} characters. This one has {long}."));
    }
    let pattern = field.pattern.as_ref().filter(|p| !p.regex.is_match(text))?;
    Some(pattern.message.clone().unwrap_or_else(|| format!("The {the} is not written as expected.")))
}
