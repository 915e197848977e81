//! A look at a database from outside: for an operator who asks what is wrong. Nothing is made, migrated or changed, and no
//! key is needed.

use dossier_domain::{Clock, Timestamp};

use crate::dialect::{postgres, sqlite};
use crate::error::OpenError;
use crate::schema;
use crate::settings::Settings;

/// What was seen.
#[derive(Debug, Default)]
pub struct Inspection {
    /// The version of its schema; 0 when it is empty or not there.
    pub schema: i64,
    /// The fingerprint of the master key that its data was sealed with; none when no key has opened it yet.
    pub key_fingerprint: Option<String>,
    /// How the clock of a database on another machine goes.
    pub clock: Option<Reading>,
    /// Whether the cluster is set up to forget, when it crashes, what it has answered (`fsync`).
    pub forgetful: bool,
    /// What is wrong with the roles of the server, a sentence each.
    pub roles: Vec<String>,
    /// Tables on which row-level security does not hold.
    pub unprotected: Vec<String>,
    /// What a role may do and must not, or may not and must, a sentence each.
    pub rights: Vec<String>,
}

/// The clock of a database beside one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// One's own time before it was asked.
    pub before: Timestamp,
    /// What it said.
    pub there: Timestamp,
    /// One's own time afterwards.
    pub after: Timestamp,
}

impl Reading {
    /// By how many milliseconds the two clocks differ at the least, since an answer takes its time.
    pub fn apart(&self) -> u128 {
        self.there.since(self.after).max(self.before.since(self.there)).as_millis()
    }
}

/// The version of the schema that this program works with.
pub const SCHEMA: i64 = schema::VERSION;

/// Looks at what `settings` name.
///
/// # Errors
/// When it does not answer, or is no database of Dossier.
pub async fn inspect(settings: &Settings, clock: &Clock) -> Result<Inspection, OpenError> {
    match settings {
        Settings::Sqlite { path } => sqlite::inspect(path).await,
        Settings::Postgres { url, system_url } => postgres::inspect(url, system_url, clock).await,
    }
}
