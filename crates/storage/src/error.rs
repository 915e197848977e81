//! What can go wrong, in words that hold no value of any row.

use std::path::PathBuf;

/// A rule that the database enforces and that people can run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// A channel that is not deleted has this code, compared without case (CHAN-3).
    ChannelCode,
    /// Somebody in the installation has this e-mail address (TENANT-6).
    UserEmail,
    /// The tenant has a role of this name.
    RoleName,
    /// A request was created with this idempotency key (REQ-1).
    RequestKey,
    /// A run was started with this idempotency key (ACT-9).
    RunKey,
    /// The action is queued or running in this request (ACT-9).
    LiveRun,
    /// A note was written with this idempotency key.
    NoteKey,
}

/// PostgreSQL names the index, SQLite the columns.
const CONSTRAINTS: &[(&str, &str, Constraint)] = &[
    ("channel_code", "channel.tenant_id, channel.code_folded", Constraint::ChannelCode),
    ("user_email", "user_account.email_folded", Constraint::UserEmail),
    ("role_name", "role.tenant_id, role.name", Constraint::RoleName),
    ("request_once", "request.tenant_id, request.key_digest", Constraint::RequestKey),
    ("run_key", "run.tenant_id, run.key_digest", Constraint::RunKey),
    ("run_live", "run.tenant_id, run.request_id, run.action", Constraint::LiveRun),
    ("note_once", "note.tenant_id, note.key_digest", Constraint::NoteKey),
];

/// Why a function of this crate failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// A rule of [`Constraint`] refused the write. The transaction can go on.
    #[error("the database refused a duplicate ({0:?})")]
    Conflict(Constraint),
    /// A stored value, named by its column, is none of its kind.
    #[error("the stored value of {0} cannot be read")]
    Corrupt(&'static str),
    /// A sealed value cannot be opened: its key was erased, or somebody changed or moved it.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// A statement has more or fewer placeholders than values: a fault of this crate.
    #[error("a statement and its values do not match")]
    Binds,
    /// The bytes of a file are not in their store, though the database names them.
    #[error("a file is not in its store")]
    FileMissing,
    /// The store of files failed or does not answer. Its words name places and are left out.
    #[error("the store of files failed: {0}")]
    Files(&'static str),
    /// The database failed. Its words are kept only where they cannot repeat a value.
    #[error("the database failed: {0}")]
    Db(String),
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(constraint) = conflict(&error) { Self::Conflict(constraint) } else { Self::Db(safe_words(&error)) }
    }
}

fn conflict(error: &sqlx::Error) -> Option<Constraint> {
    let error = error.as_database_error().filter(|e| e.is_unique_violation())?;
    let index = error.constraint();
    let columns = error.message().rsplit_once(": ").map(|(_, columns)| columns);
    CONSTRAINTS.iter().find(|(name, cols, _)| index == Some(name) || columns == Some(cols)).map(|(_, _, c)| *c)
}

/// PostgreSQL repeats values in the messages of its class 22 and in the details of others; SQLite never does.
pub(crate) fn safe_words(error: &sqlx::Error) -> String {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Io(io) => format!("connection: {}", io.kind()),
            sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
            sqlx::Error::PoolClosed => "it was closed".to_owned(),
            _ => "unexpected answer".to_owned(),
        };
    };
    let code = database.code().unwrap_or_default();
    if code.len() == 5 && code.starts_with("22") {
        format!("SQLSTATE {code}")
    } else {
        format!("{} ({code})", database.message())
    }
}

/// Why a database cannot be used. Each is one sentence for whoever runs the installation, without any password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or written.
    #[error("The database file {path} cannot be written: {reason}.")]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file holds something else, or is damaged.
    #[error("The file {path} is not a database of Dossier, or it is damaged: {reason}.")]
    NotADatabase {
        /// Which file.
        path: PathBuf,
        /// The library's words.
        reason: String,
    },
    /// The text is no `postgres://` address. Its words are left out, because they may hold the password.
    #[error("The address of the database cannot be read; it has the form postgres://user:password@host:5432/database.")]
    Address,
    /// Nobody answers.
    #[error("The database at {host}:{port} cannot be reached: {reason}.")]
    Unreachable {
        /// The host as it was configured.
        host: String,
        /// The port.
        port: u16,
        /// What happened.
        reason: String,
    },
    /// The server refused the role or its password.
    #[error("The database at {host}:{port} refused the role {role}; check its name, password and pg_hba.conf.")]
    Refused {
        /// The host as it was configured.
        host: String,
        /// The port.
        port: u16,
        /// As whom.
        role: String,
    },
    /// The server has no such database.
    #[error(
        "The server at {host}:{port} has no database “{database}”; create it: CREATE DATABASE {database} OWNER dossier_owner;"
    )]
    NoDatabase {
        /// The host as it was configured.
        host: String,
        /// The port.
        port: u16,
        /// Its name.
        database: String,
    },
    /// The roles of the server were not created.
    #[error("The database has no role {0}; create the roles: {ROLES}")]
    RolesMissing(&'static str),
    /// The server would work as a role to which the protection of tenants does not apply.
    #[error("The role {role} must not be used by the server: {reason}. Use a role that is a member of {wanted} only.")]
    WrongRole {
        /// As whom the connection was made.
        role: String,
        /// What is wrong with it.
        reason: &'static str,
        /// The role that it should have.
        wanted: &'static str,
    },
    /// The migrating role may not create tables.
    #[error("The role {0} may not create tables here; the owner of the database migrates it.")]
    NotOwner(String),
    /// The schema waits for a migration.
    #[error("The database has an older schema ({found}) than this program needs ({needed}); run dossier migrate.")]
    TooOld {
        /// Its version; 0 when it is empty.
        found: i64,
        /// This program's version.
        needed: i64,
    },
    /// The schema was made by a later program.
    #[error("The database has a newer schema ({found}) than this program knows ({known}); use a newer program.")]
    TooNew {
        /// Its version.
        found: i64,
        /// This program's version.
        known: i64,
    },
    /// The data was sealed with another master key.
    #[error("This master key is not the one that the data was sealed with.")]
    WrongKey,
    /// The folder of the files cannot be used.
    #[error("The folder {path} for files cannot be used: {reason}.")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The bucket of the files cannot be addressed.
    #[error("The bucket {0} for files cannot be used: its name or the address of its service is none.")]
    Bucket(String),
    /// Anything else that the database said.
    #[error("The database cannot be used: {0}.")]
    Other(String),
}

/// What an operator runs once, as a superuser, before `dossier migrate`.
pub const ROLES: &str = "CREATE ROLE dossier_owner LOGIN PASSWORD '…'; CREATE ROLE dossier_app LOGIN PASSWORD '…'; \
CREATE ROLE dossier_system LOGIN PASSWORD '…'; CREATE DATABASE dossier OWNER dossier_owner;";

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Self::Other(error.to_string())
    }
}
