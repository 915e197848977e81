//! The only file that asks which database it is. Above it there is one SQL text and one path.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use dossier_domain::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgRow, PgTypeInfo, PgValueRef, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo, SqliteValueRef};
use sqlx::{AssertSqlSafe, Decode, Encode, PgPool, Row as _, SqlitePool, Transaction, Type};
use time::OffsetDateTime;

use crate::error::{OpenError, StorageError};
use crate::guards::{Guard, Guards};
use crate::query::{Query, Value};
use crate::settings::Settings;

/// The connections to one database.
pub(crate) enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres { app: PgPool, system: PgPool },
}

/// What a transaction is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Read,
    Write,
    SystemRead,
    SystemWrite,
}

impl Pools {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, OpenError> {
        match settings {
            Settings::Sqlite { path } => {
                let (write, read) = sqlite::open(path).await?;
                Ok(Self::Sqlite { write, read })
            }
            Settings::Postgres { url, system_url } => {
                let (app, system) = postgres::open(url, system_url).await?;
                Ok(Self::Postgres { app, system })
            }
        }
    }

    /// Whether `settings` name a database that already holds something.
    pub(crate) async fn exist(settings: &Settings) -> Result<bool, OpenError> {
        match settings {
            Settings::Sqlite { path } => sqlite::exists(path).await,
            Settings::Postgres { system_url, .. } => postgres::exists(system_url).await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { app, system } => {
                app.close().await;
                system.close().await;
            }
        }
    }

    /// Begins a transaction. A writing one on SQLite takes the write lock at once: one that asks for it later fails
    /// without waiting when another has written meanwhile. A reading one sees the database at one instant.
    pub(crate) async fn begin(&self, purpose: Purpose, guards: &Guards) -> Result<Tx, StorageError> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let immediate = if guards.stand(Guard::Immediate) { "BEGIN IMMEDIATE" } else { "BEGIN" };
        let begun = match (self, purpose) {
            (Self::Sqlite { read, .. }, Purpose::Read | Purpose::SystemRead) => read.begin().await.map(Tx::Sqlite),
            (Self::Sqlite { write, .. }, Purpose::Write | Purpose::SystemWrite) => {
                write.begin_with(immediate).await.map(Tx::Sqlite)
            }
            (Self::Postgres { app, .. }, Purpose::Read) => app.begin_with(SNAPSHOT).await.map(Tx::Postgres),
            (Self::Postgres { app, .. }, Purpose::Write) => app.begin().await.map(Tx::Postgres),
            (Self::Postgres { system, .. }, Purpose::SystemRead) => system.begin_with(SNAPSHOT).await.map(Tx::Postgres),
            (Self::Postgres { system, .. }, Purpose::SystemWrite) => system.begin().await.map(Tx::Postgres),
        };
        begun.map_err(StorageError::from)
    }
}

/// An open transaction. Dropped, it is undone.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// How long a row that is read stays one's own.
#[derive(Clone, Copy)]
pub(crate) enum Lock {
    /// Wait until nobody else holds it.
    Wait,
    /// Pass over what somebody else holds.
    Skip,
}

/// Binds each value by its own type.
macro_rules! bound {
    ($text:expr, $binds:expr) => {
        $binds.into_iter().fold(sqlx::query(AssertSqlSafe($text)), |query, value| match value {
            Value::Uuid(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Int(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
            Value::Ts(value) => query.bind(value.map(Ts)),
        })
    };
}

impl Tx {
    pub(crate) async fn all(&mut self, query: Query) -> Result<Vec<Row>, StorageError> {
        let (text, binds) = query.complete().ok_or(StorageError::Binds)?;
        Ok(match self {
            Self::Sqlite(tx) => bound!(text, binds).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres(tx) => {
                bound!(text, binds).fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    pub(crate) async fn optional(&mut self, query: Query) -> Result<Option<Row>, StorageError> {
        let (text, binds) = query.complete().ok_or(StorageError::Binds)?;
        Ok(match self {
            Self::Sqlite(tx) => bound!(text, binds).fetch_optional(&mut **tx).await?.map(Row::Sqlite),
            Self::Postgres(tx) => bound!(text, binds).fetch_optional(&mut **tx).await?.map(Row::Postgres),
        })
    }

    pub(crate) async fn execute(&mut self, query: Query) -> Result<u64, StorageError> {
        let (text, binds) = query.complete().ok_or(StorageError::Binds)?;
        Ok(match self {
            Self::Sqlite(tx) => bound!(text, binds).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => bound!(text, binds).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Like `optional`, and what was read is nobody else's to change until the end. On SQLite the transaction
    /// already is the only writer.
    pub(crate) async fn lock(&mut self, query: Query, lock: Lock) -> Result<Option<Row>, StorageError> {
        let query = match (&self, lock) {
            (Self::Sqlite(_), _) => query,
            (Self::Postgres(_), Lock::Wait) => query.push(" FOR UPDATE"),
            (Self::Postgres(_), Lock::Skip) => query.push(" FOR UPDATE SKIP LOCKED"),
        };
        self.optional(query).await
    }

    /// Tells row-level security whose rows this transaction may see. SQLite has none.
    pub(crate) async fn set_tenant(&mut self, tenant: String) -> Result<(), StorageError> {
        if let Self::Postgres(_) = self {
            self.execute(crate::query::query("SELECT set_config('app.tenant', $1, true)").bind(tenant)).await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// A row of either database.
pub(crate) enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

/// What both libraries can read.
pub(crate) trait Stored:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Stored for T where T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl Row {
    pub(crate) fn raw<T: Stored>(&self, column: &'static str) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }
}

/// An instant as each database keeps it: whole microseconds on SQLite, because texts of differing length sort wrongly;
/// `timestamptz` on PostgreSQL.
#[derive(Clone, Copy)]
pub(crate) struct Ts(pub(crate) Timestamp);

impl Type<Sqlite> for Ts {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl Encode<'_, Sqlite> for Ts {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode(self.0.micros(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Ts {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(|micros| Self(Timestamp::from_micros(micros)))
    }
}

impl Type<Postgres> for Ts {
    fn type_info() -> PgTypeInfo {
        <OffsetDateTime as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Ts {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <OffsetDateTime as Encode<Postgres>>::encode(self.0.datetime(), buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Ts {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <OffsetDateTime as Decode<Postgres>>::decode(value).map(|at| Self(Timestamp::from_datetime(at)))
    }
}
