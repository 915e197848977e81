//! Why the program stops: one sentence on standard error, and an exit code that is not 0.

use std::fmt;

/// A sentence for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl Fault {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<dossier_storage::OpenError> for Fault {
    fn from(error: dossier_storage::OpenError) -> Self {
        Self(error.to_string())
    }
}
