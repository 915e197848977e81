//! What a use case can answer besides yes. The front doors turn each into a status, a stable code and a page.

use dossier_domain::Permission;
use dossier_storage::StorageError;

/// One refused field, in words that can stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name, such as `reference` or `directors[0].IDNumber`.
    pub field: String,
    /// What to write instead.
    pub message: String,
}

impl FieldError {
    /// A refusal of `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No such thing in this tenant: foreign, deleted and invented ids are all the same (TENANT-1).
    #[error("there is nothing here")]
    NotFound,
    /// The person lacks a permission (ACCESS-3).
    #[error("this takes the permission {0}")]
    Forbidden(Permission),
    /// The tenant's licence does not cover a module (TENANT-3, TENANT-4).
    #[error("module required: {0}")]
    ModuleRequired(String),
    /// The thing is not in a state for this; the sentence says why and what can be done.
    #[error("{0}")]
    Conflict(String),
    /// The same idempotency key came with other content.
    #[error("This form was already sent with other content. Open it again and send it once.")]
    KeyReused,
    /// Fields that need another look. Nothing was done.
    #[error("{}", .0.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<FieldError>),
    /// A file is listed, and its bytes are not in the store of files.
    #[error("This file is listed, but it is not in the store of files.")]
    FileMissing,
    /// The store of files does not answer: the word is for the log.
    #[error("The store of files does not answer.")]
    NoFiles(&'static str),
    /// This side failed. The source is for the log only.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// Wraps a fault of this side.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Refuses one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::FileMissing => Self::FileMissing,
            StorageError::Files(why) => Self::NoFiles(why),
            error => Self::internal(error),
        }
    }
}

/// A use case's answer.
pub type Result<T> = std::result::Result<T, AppError>;
