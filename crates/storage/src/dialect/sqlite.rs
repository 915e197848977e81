//! Opens a SQLite file: one connection that writes, a few that only read.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, SqlitePool};

use crate::error::{OpenError, safe_words};
use crate::inspection::Inspection;
use crate::schema;

const READERS: u32 = 4;
/// For another process, such as `dossier user add` beside the server.
const BUSY: Duration = Duration::from_secs(5);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // What was deleted is overwritten: erased keys must not stay in the file.
        .pragma("secure_delete", "on")
}

/// The writing and the reading connections, on a schema of this program's version.
pub(crate) async fn open(path: &Path) -> Result<(SqlitePool, SqlitePool), OpenError> {
    create(path)?;
    let failed = |error: sqlx::Error| spoken(path, &error);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        // A full disk undoes a transaction by itself, and the connection would say for ever that it is within it.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options(path))
        .await
        .map_err(failed)?;
    // One process migrates while others that open the same new file wait.
    let mut tx = write.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let version = version(&mut tx).await.map_err(failed)?;
    if version > schema::VERSION {
        return Err(OpenError::TooNew { found: version, known: schema::VERSION });
    }
    schema::sqlite().run_direct(None, &mut *tx, false).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(error),
        error => OpenError::NotADatabase { path: path.to_owned(), reason: error.to_string() },
    })?;
    tx.commit().await.map_err(failed)?;
    // Read-only connections cannot make the files of a new database, so they come second.
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options(path).read_only(true))
        .await
        .map_err(failed)?;
    Ok((write, read))
}

/// Makes the file for its owner only; SQLite gives the files beside it the same rights.
fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| OpenError::Unwritable { path: path.to_owned(), reason: error.to_string() })
}

async fn version(file: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let tables = sqlx::query("SELECT count(*) AS n FROM sqlite_schema WHERE name = '_sqlx_migrations'");
    if tables.fetch_one(&mut *file).await?.try_get::<i64, _>("n")? == 0 {
        return Ok(0);
    }
    let version = sqlx::query("SELECT coalesce(max(version), 0) AS version FROM _sqlx_migrations");
    version.fetch_one(file).await?.try_get("version")
}

/// Whether the file holds an installation. Makes nothing.
pub(crate) async fn exists(path: &Path) -> Result<bool, OpenError> {
    if std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(false);
    }
    let failed = |error: sqlx::Error| spoken(path, &error);
    let mut file = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).connect().await.map_err(failed)?;
    let found = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = 'installation'").fetch_optional(&mut file).await;
    let held = match found.map_err(failed)? {
        Some(_) => sqlx::query("SELECT 1 FROM installation").fetch_optional(&mut file).await.map_err(failed)?.is_some(),
        None => false,
    };
    let _ = file.close().await;
    Ok(held)
}

/// What stands in the file. One that is not there is as good as empty.
pub(crate) async fn inspect(path: &Path) -> Result<Inspection, OpenError> {
    if std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(Inspection::default());
    }
    let failed = |error: sqlx::Error| spoken(path, &error);
    let mut file = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).connect().await.map_err(failed)?;
    let schema = version(&mut file).await.map_err(failed)?;
    let mut seen = Inspection { schema, ..Inspection::default() };
    if schema > 0 {
        let key = sqlx::query("SELECT key_fingerprint FROM installation").fetch_optional(&mut file).await;
        let key = key.map_err(failed)?.map(|row| row.try_get("key_fingerprint")).transpose();
        seen.key_fingerprint = key.map_err(failed)?;
    }
    let _ = file.close().await;
    Ok(seen)
}

/// SQLite's result codes: 8 read-only, 10 I/O, 11 corrupt, 13 full, 14 cannot open, 26 not a database.
fn spoken(path: &Path, error: &sqlx::Error) -> OpenError {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<u32>().ok())
        .unwrap_or(0);
    let (path, reason) = (path.to_owned(), safe_words(error));
    match code & 0xff {
        8 | 10 | 13 | 14 => OpenError::Unwritable { path, reason },
        11 | 26 => OpenError::NotADatabase { path, reason },
        _ => OpenError::Other(reason),
    }
}
