//! Form pairs to JSON and back.
//!
//! A cell of a group is named `directors[0].IDNumber`; the numbers may have gaps, since rows are removed in the
//! browser. What cannot be read as its kind stays the text that was typed, so that the check can speak about it.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::check::MAX_ERRORS;
use super::{Field, FieldError, FieldKind, Form};
use crate::expr::text_of;

/// For each group, the number in the form of each row that was kept.
type Rows = BTreeMap<String, Vec<usize>>;

/// The most values of one field that are read.
const MAX_VALUES: usize = 1_000;

/// What browsers and people send for a ticked box.
const YES: &[&str] = &["on", "true", "1", "yes"];

impl Form {
    /// Reads submitted form pairs. Pairs that belong to no field are passed over; a blank optional field is absent; a
    /// row in which nothing was written vanishes; a box that is not ticked is false.
    ///
    /// # Errors
    /// Every field that is refused, under its name in the pairs; at most 100.
    pub fn read(&self, pairs: &[(String, String)]) -> Result<Value, Vec<FieldError>> {
        let mut rows = Rows::new();
        let mut errors = Vec::new();
        let mut value = Map::new();
        let flat = self.flat_in(pairs);
        for field in &flat.fields {
            let read = match &field.kind {
                FieldKind::Group { fields, .. } => group(field, fields, pairs, &mut rows, &mut errors),
                FieldKind::Choices { .. } | FieldKind::Files { .. } => several(field, pairs),
                _ => single(field, last(pairs, &field.name), &field.name, &mut errors),
            };
            if let Some(read) = read {
                value.insert(field.name.clone(), read);
            }
        }
        let value = Value::Object(value);
        let number = |group: &str, row: usize| rows.get(group).and_then(|r| r.get(row)).copied().unwrap_or(row);
        for error in flat.errors(&value, &number) {
            if !errors.iter().any(|e| e.field == error.field) {
                errors.push(error);
            }
        }
        errors.truncate(MAX_ERRORS);
        if errors.is_empty() { Ok(value) } else { Err(errors) }
    }

    /// The pairs that draw `value` in the form again: [`Form::read`] of them gives `value`. Secrets are left out.
    pub fn pairs(&self, value: &Value) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for field in &self.flat(value).fields {
            let here = &value[field.name.as_str()];
            match &field.kind {
                FieldKind::Group { fields, .. } => {
                    for (row, cells) in here.as_array().into_iter().flatten().enumerate() {
                        let inner = fields.iter().filter_map(|f| Some((f, written(f, &cells[f.name.as_str()])?)));
                        pairs.extend(inner.map(|(f, text)| (format!("{}[{row}].{}", field.name, f.name), text)));
                    }
                }
                FieldKind::Choices { .. } | FieldKind::Files { .. } => {
                    let list = here.as_array().into_iter().flatten().filter_map(|one| written(field, one));
                    pairs.extend(list.map(|text| (field.name.clone(), text)));
                }
                _ => pairs.extend(written(field, here).map(|text| (field.name.clone(), text))),
            }
        }
        pairs
    }
}

pub(super) fn last<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn written(field: &Field, value: &Value) -> Option<String> {
    match (&field.kind, value) {
        (FieldKind::Secret, _) | (_, Value::Null) => None,
        (FieldKind::Boolean, Value::Bool(yes)) => yes.then(|| "true".to_owned()),
        (FieldKind::File { .. } | FieldKind::Files { .. }, file) => Some(file.to_string()),
        (FieldKind::Json, json) => serde_json::to_string_pretty(json).ok(),
        (_, other) => text_of(other),
    }
}

fn single(field: &Field, text: Option<&str>, name: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    if matches!(field.kind, FieldKind::Boolean) {
        return Some(Value::Bool(text.is_some_and(|t| YES.contains(&t.trim().to_lowercase().as_str()))));
    }
    let text = text?;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    let typed = || Value::String(trimmed.to_owned());
    Some(match &field.kind {
        FieldKind::Secret => Value::String(text.to_owned()),
        FieldKind::LongText { .. } => Value::String(text.replace("\r\n", "\n")),
        FieldKind::Integer => trimmed.parse::<i64>().map_or_else(|_| typed(), Value::from),
        FieldKind::Number => trimmed.parse::<f64>().ok().and_then(Number::from_f64).map_or_else(typed, Value::Number),
        FieldKind::Json => match serde_json::from_str(trimmed) {
            Ok(json) => json,
            Err(error) => {
                let place = format!("Look at line {}, column {}.", error.line(), error.column());
                errors.push(FieldError { field: name.to_owned(), message: format!("This is not JSON. {place}") });
                return None;
            }
        },
        // A page keeps what is known of an accepted file in a hidden field.
        FieldKind::File { .. } => serde_json::from_str(trimmed).unwrap_or_else(|_| typed()),
        _ => typed(),
    })
}

/// A field that is sent once for each of its values.
fn several(field: &Field, pairs: &[(String, String)]) -> Option<Value> {
    let mut list: Vec<Value> = Vec::new();
    for text in pairs.iter().filter(|(n, _)| *n == field.name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty()) {
        let one = match &field.kind {
            FieldKind::Files { .. } => serde_json::from_str(text).ok(),
            _ => None,
        };
        let one = one.unwrap_or_else(|| Value::String(text.to_owned()));
        if !list.contains(&one) {
            list.push(one);
        }
        // More than the most is refused as a whole, so the rest need not be read.
        if list.len() > MAX_VALUES {
            break;
        }
    }
    (!list.is_empty()).then_some(Value::Array(list))
}

fn group(
    field: &Field,
    fields: &[Field],
    pairs: &[(String, String)],
    rows: &mut Rows,
    errors: &mut Vec<FieldError>,
) -> Option<Value> {
    let mut numbered: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
    for (name, value) in pairs {
        if let Some((row, cell)) = cell(name, &field.name) {
            numbered.entry(row).or_default().insert(cell, value);
        }
    }
    let mut kept = Vec::new();
    let mut list = Vec::new();
    for (row, cells) in numbered {
        let mut object = Map::new();
        let mut refused = Vec::new();
        for inner in fields {
            let name = format!("{}[{row}].{}", field.name, inner.name);
            if let Some(value) = single(inner, cells.get(inner.name.as_str()).copied(), &name, &mut refused) {
                object.insert(inner.name.clone(), value);
            }
        }
        // A box may be ticked from the start, so it alone does not make a row, unless a row is nothing but boxes.
        let boxes = fields.iter().all(|f| matches!(f.kind, FieldKind::Boolean));
        let says = |v: &Value| if boxes { *v == Value::Bool(true) } else { !v.is_boolean() };
        if object.values().any(says) || !refused.is_empty() {
            errors.extend(refused.into_iter().take(MAX_ERRORS.saturating_sub(errors.len())));
            kept.push(row);
            list.push(Value::Object(object));
        }
    }
    rows.insert(field.name.clone(), kept);
    (!list.is_empty()).then_some(Value::Array(list))
}

/// `directors[0].IDNumber` as row 0 and cell `IDNumber` of the group `directors`.
fn cell<'a>(name: &'a str, group: &str) -> Option<(usize, &'a str)> {
    let (row, cell) = name.strip_prefix(group)?.strip_prefix('[')?.split_once("].")?;
    let plain = row.len() <= 6 && row.bytes().all(|b| b.is_ascii_digit());
    Some((plain.then(|| row.parse().ok())??, cell))
}
