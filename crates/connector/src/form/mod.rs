//! Forms: what a channel or an action asks for, read from a documented subset of JSON Schema 2020-12.
//!
//! A page draws the [`Field`]s in order, hands the submitted pairs to [`Form::read`] and shows the errors at their
//! fields. A program hands JSON to [`Form::check`]. The form knows no page and no provider.

mod check;
mod format;
mod pairs;
mod schema;

use std::collections::BTreeMap;

use regex::Regex;
use secrecy::SecretString;
use serde_json::{Map, Value};

use dossier_domain::Timestamp;

use crate::expr::{Scope, Template, text_of};

pub(crate) use format::is_za_id;
pub(crate) use schema::{bounded, load};

/// The fields that something asks for, in the order of the manifest.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The fields.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key in JSON and in form pairs.
    pub name: String,
    /// The label.
    pub title: String,
    /// What to know before writing.
    pub hint: Option<String>,
    /// Fields of the same group stand together under this heading.
    pub group: Option<String>,
    /// Whether a value must be given.
    pub required: bool,
    /// Whether its value is personal: redacted in exchanges, masked on pages.
    pub sensitive: bool,
    /// What it takes.
    pub kind: FieldKind,
    /// The fewest characters of a text.
    pub min_length: Option<usize>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
    /// What a text must look like, and what to say when it does not.
    pub(crate) pattern: Option<Pattern>,
    /// What stands in it at first.
    pub(crate) default: Option<Template>,
}

/// What a field takes.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// One line.
    Text {
        /// The most characters.
        max_length: usize,
        /// A known shape.
        format: Option<Format>,
    },
    /// Several lines.
    LongText {
        /// The most characters.
        max_length: usize,
    },
    /// JSON, written as text in a form.
    Json,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A calendar date, `2026-11-23`.
    Date,
    /// One of a list.
    Choice(Vec<Choice>),
    /// Never shown again.
    Secret,
    /// Rows of fields.
    Group {
        /// The fields of a row; none of them is a group.
        fields: Vec<Field>,
        /// The fewest rows.
        min: usize,
        /// The most rows.
        max: usize,
    },
}

/// A known shape of a one-line text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An e-mail address.
    Email,
    /// A whole http or https address.
    Uri,
    /// A telephone number.
    Phone,
    /// A South African identity number: 13 digits, a birth date first, a check digit last.
    ZaId,
}

/// One of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub title: String,
}

/// What a text must look like.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    pub(crate) message: Option<String>,
}

/// Why a field is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as it is named in form pairs: `directors[0].IDNumber`.
    pub field: String,
    /// What to write, as a sentence.
    pub message: String,
}

/// What default expressions may use.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The id of the request; empty for a channel's form.
    pub request_id: String,
    /// The reference of the request; empty for a channel's form.
    pub reference: String,
    /// Who fills in the form.
    pub actor: String,
    /// The named values that earlier actions of this request produced.
    pub outputs: Value,
    /// The present instant.
    pub now: Timestamp,
}

impl Form {
    /// A form of these fields.
    pub fn of(fields: Vec<Field>) -> Self {
        Self { fields }
    }

    /// The names of all fields.
    pub(crate) fn names(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// What stands in the fresh form, as form pairs. A default that gives null, or does not fit, is left out.
    pub fn defaults(&self, names: &Names) -> Vec<(String, String)> {
        let mut scope = Scope::default();
        scope.set("request", serde_json::json!({"id": names.request_id, "reference": names.reference}));
        scope.set("actor", Value::String(names.actor.clone()));
        scope.set("outputs", names.outputs.clone());
        scope.set("now", Value::String(names.now.to_string()));
        let root = scope.root();
        let mut values = Map::new();
        for field in &self.fields {
            if let Some(value) = field.default.as_ref().and_then(|d| d.value(&root).ok().flatten()) {
                values.insert(field.name.clone(), value);
            }
        }
        self.pairs(&Value::Object(values))
    }

    /// The same form in which the secrets of `kept` may stay blank: they are set already, and blank keeps them.
    #[must_use]
    pub fn keeping(&self, kept: &[&str]) -> Self {
        let mut form = self.clone();
        for field in &mut form.fields {
            if matches!(field.kind, FieldKind::Secret) && kept.contains(&field.name.as_str()) {
                field.required = false;
            }
        }
        form
    }

    /// Takes the secrets out of what [`Form::read`] gave: the rest may be stored and shown.
    pub fn split(&self, value: Value) -> (Value, BTreeMap<String, SecretString>) {
        let mut secrets = BTreeMap::new();
        let Value::Object(mut pairs) = value else { return (value, secrets) };
        for field in self.fields.iter().filter(|f| matches!(f.kind, FieldKind::Secret)) {
            if let Some(Value::String(secret)) = pairs.shift_remove(&field.name) {
                secrets.insert(field.name.clone(), SecretString::from(secret));
            }
        }
        (Value::Object(pairs), secrets)
    }

    /// Every value of a sensitive field in `value`, as text.
    pub(crate) fn sensitive_values(&self, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        for field in &self.fields {
            let here = &value[field.name.as_str()];
            match &field.kind {
                FieldKind::Group { fields, .. } => {
                    let row_form = Self { fields: fields.clone() };
                    for row in here.as_array().into_iter().flatten() {
                        if field.sensitive {
                            leaves(row, &mut found);
                        } else {
                            found.extend(row_form.sensitive_values(row));
                        }
                    }
                }
                _ if field.sensitive => leaves(here, &mut found),
                _ => {}
            }
        }
        found
    }

    /// The names of the sensitive fields, those of rows too.
    pub(crate) fn sensitive_names(&self) -> Vec<&str> {
        self.all().filter(|f| f.sensitive).map(|f| f.name.as_str()).collect()
    }

    /// The names of those of them that are personal by their format. A person's name is sensitive in what is recorded
    /// and yet shown on pages.
    pub(crate) fn personal_names(&self) -> Vec<&str> {
        let formed = |f: &&Field| matches!(f.kind, FieldKind::Text { format: Some(_), .. } | FieldKind::Date);
        self.all().filter(|f| f.sensitive).filter(formed).map(|f| f.name.as_str()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Field> {
        let inner = self.fields.iter().filter_map(|f| match &f.kind {
            FieldKind::Group { fields, .. } => Some(fields),
            _ => None,
        });
        self.fields.iter().chain(inner.flatten())
    }
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|i| leaves(i, found)),
        Value::Object(pairs) => pairs.values().for_each(|v| leaves(v, found)),
        Value::Bool(_) => {}
        other => found.extend(text_of(other)),
    }
}

impl Field {
    /// The title as it stands inside a sentence: `Company name` becomes `company name`, `Client Secret`, where every
    /// word is capitalised, `client secret`, and `ID number` stays.
    pub(crate) fn inline(&self) -> String {
        let words: Vec<&str> = self.title.split_whitespace().collect();
        let capitals = words.iter().all(|w| w.chars().next().is_some_and(char::is_uppercase));
        let lowered = |(at, word): (usize, &&str)| {
            let plain = word.chars().count() > 1 && !word.chars().skip(1).any(char::is_uppercase);
            if plain && (at == 0 || capitals) { word.to_lowercase() } else { (*word).to_owned() }
        };
        words.iter().enumerate().map(lowered).collect::<Vec<_>>().join(" ")
    }
}
