//! Why the program stops: a sentence on standard error, or JSON where that was asked for, and an exit code that is not 0.

use std::fmt;

use dossier_app::{AppError, FieldError};
use dossier_storage::{OpenError, StorageError};
use serde_json::{Value, json};

/// Something for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Fault {
    code: &'static str,
    sentence: String,
    fields: Vec<FieldError>,
}

impl Fault {
    /// A sentence without a code of its own.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self::coded("failed", sentence)
    }

    /// A sentence with a code that programs can go by; `docs/commands.md` lists them.
    pub(crate) fn coded(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), fields: Vec::new() }
    }

    /// For programs: `{"error": {…}}`.
    pub(crate) fn json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.sentence });
        if !self.fields.is_empty() {
            error["fields"] =
                self.fields.iter().map(|field| json!({ "field": field.field, "message": field.message })).collect();
        }
        json!({ "error": error })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        let code = match error {
            OpenError::WrongKey => "wrong_key",
            OpenError::TooOld { .. } | OpenError::TooNew { .. } => "schema",
            _ => "database",
        };
        Self::coded(code, error.to_string())
    }
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound => Self::coded("not_found", "It is not there any more."),
            AppError::Conflict(sentence) => Self::coded("conflict", sentence),
            AppError::Invalid(fields) => {
                let sentence = fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" ");
                Self { fields, ..Self::coded("invalid", sentence) }
            }
            AppError::Internal(source) => match source.downcast_ref::<StorageError>() {
                // Its words are made for operators: no value, no path, no password.
                Some(storage) => {
                    Self::coded("database", format!("The database failed, and nothing was changed: {storage}."))
                }
                None => Self::coded("internal", "The program failed inside, and nothing was changed."),
            },
            other => Self::new(format!("It was refused: {other}.")),
        }
    }
}
