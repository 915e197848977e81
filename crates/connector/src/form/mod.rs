//! Forms: what a channel or an action asks for, read from a documented subset of JSON Schema 2020-12.
//!
//! A page draws the [`Field`]s in order, hands the submitted pairs to [`Form::read`] and shows the errors at their
//! fields. A program hands JSON to [`Form::check`]. The form knows no page and no provider.

mod check;
mod defaults;
mod file;
mod flat;
mod format;
mod kinds;
mod pairs;
mod schema;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use regex::Regex;
use secrecy::SecretString;
use serde_json::Value;

use crate::expr::{Expr, Template, text_of};

pub use defaults::Names;
pub(crate) use file::TYPES as FILE_TYPES;
use flat::{Branch, Either};
pub(crate) use format::is_za_id;
pub(crate) use kinds::{TYPES, WIDGETS};
pub(crate) use schema::{Use, bounded, load, properties, unread};

/// The fields that something asks for, in the order of the manifest.
///
/// What is asked for may depend on a *discriminator*, a field with fixed choices each of which can bring a branch of
/// fields. [`Form::flat`] is the form without branches for one choice; checking, reading and drawing find it by
/// themselves.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The fields that are always asked for.
    pub fields: Vec<Field>,
    branches: Vec<Branch>,
    either: Vec<Either>,
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
    /// What can be chosen instead of typing, as [`Form::offering`] found it; empty for a plain text field.
    pub offers: Vec<Choice>,
    /// Where these choices come from.
    pub(crate) choices_from: Option<Expr>,
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
    /// Some of a list.
    Choices {
        /// The list.
        choices: Vec<Choice>,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A file. Its value is `{"id", "name", "type", "size"}`; the bytes lie with whoever gave the id.
    File {
        /// The media types that it may have.
        types: Vec<String>,
        /// The most bytes.
        max_bytes: u64,
    },
    /// Several files, a list of such values.
    Files {
        /// The media types that each may have.
        types: Vec<String>,
        /// The most bytes of each.
        max_bytes: u64,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// Never shown again.
    Secret,
    /// Rows of fields.
    Group {
        /// The fields of a row; none of them is a list or a file.
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
    /// A whole http or https address of the provider, which ends with its path.
    Uri,
    /// A whole http or https address for people or for the provider to open.
    Link,
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
    /// The fields that choosing it sets.
    pub(crate) sets: Vec<(String, Value)>,
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

impl Form {
    /// A form of these fields.
    pub fn of(fields: Vec<Field>) -> Self {
        Self { fields, ..Self::default() }
    }

    /// The field called `name`, of those that are always asked for.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The same form in which the secrets of `kept` may stay blank: they are set already, and blank keeps them.
    #[must_use]
    pub fn keeping(&self, kept: &[&str]) -> Self {
        let mut form = self.clone();
        for field in form.fields_mut() {
            if matches!(field.kind, FieldKind::Secret) && kept.contains(&field.name.as_str()) {
                field.required = false;
            }
        }
        form
    }

    /// The same form with only those fields that are `kept`, and without asking for one of several.
    #[must_use]
    pub fn retain(&self, kept: impl Fn(&Field) -> bool) -> Self {
        let mut form = self.clone();
        form.fields.retain(&kept);
        form.either.clear();
        for branch in &mut form.branches {
            branch.fields.retain(&kept);
            branch.either = None;
        }
        form
    }

    /// Takes the secrets out of what [`Form::read`] gave: the rest may be stored and shown.
    pub fn split(&self, value: Value) -> (Value, BTreeMap<String, SecretString>) {
        let mut secrets = BTreeMap::new();
        let Value::Object(mut pairs) = value else { return (value, secrets) };
        for field in self.every().filter(|f| matches!(f.kind, FieldKind::Secret)) {
            if let Some(Value::String(secret)) = pairs.shift_remove(&field.name) {
                secrets.insert(field.name.clone(), SecretString::from(secret));
            }
        }
        (Value::Object(pairs), secrets)
    }

    /// Every value of a sensitive field in `value`, as text.
    pub(crate) fn sensitive_values(&self, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        sensitive(&self.flat_for(value).fields, value, &mut found);
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

    /// Every field, those of rows and of all branches too.
    fn all(&self) -> impl Iterator<Item = &Field> {
        self.every().flat_map(|field| match &field.kind {
            FieldKind::Group { fields, .. } => std::iter::once(field).chain(fields),
            _ => std::iter::once(field).chain(&[]),
        })
    }
}

/// The values of the sensitive ones among `fields`.
fn sensitive(fields: &[Field], value: &Value, found: &mut Vec<String>) {
    for field in fields {
        let here = &value[field.name.as_str()];
        let items = || here.as_array().into_iter().flatten();
        match &field.kind {
            FieldKind::Group { .. } if field.sensitive => items().for_each(|row| leaves(row, found)),
            FieldKind::Group { fields, .. } => items().for_each(|row| sensitive(fields, row, found)),
            // What is personal of a file is its name: its type and size stand in many places.
            FieldKind::File { .. } if field.sensitive => leaves(&here["name"], found),
            FieldKind::Files { .. } if field.sensitive => items().for_each(|file| leaves(&file["name"], found)),
            _ if field.sensitive => leaves(here, found),
            _ => {}
        }
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
    pub(crate) fn inline(&self) -> Inline<'_> {
        Inline(&self.title)
    }
}

/// A title within a sentence, spelled when it is written: most values are in order.
pub(crate) struct Inline<'a>(&'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capitals = self.0.split_whitespace().all(|word| word.starts_with(char::is_uppercase));
        for (at, word) in self.0.split_whitespace().enumerate() {
            if at > 0 {
                f.write_char(' ')?;
            }
            let plain = word.chars().count() > 1 && !word.chars().skip(1).any(char::is_uppercase);
            if plain && (at == 0 || capitals) { f.write_str(&word.to_lowercase())? } else { f.write_str(word)? }
        }
        Ok(())
    }
}
