//! Tenants, seen from inside. They are made by [`crate::system::add_tenant`].

use dossier_domain::{EventState, Local, RunState, TenantId, Timestamp};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::{Query, query};
use crate::tx::{ReadTx, WriteTx};

/// An organisation that uses this installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name on pages.
    pub name: String,
    /// How its pages write instants.
    pub local: Local,
    /// Whether creating a request takes `kyc:execute` (ACCESS-2).
    pub create_needs_execute: bool,
    /// Grows with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

pub(crate) fn read(row: &Row) -> Result<Tenant, StorageError> {
    Ok(Tenant {
        id: row.get("tenant_id")?,
        name: row.get("name")?,
        local: Local { time_zone: row.get::<String>("time_zone")?.into(), dates: row.get("date_format")? },
        create_needs_execute: row.get("create_needs_execute")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
    })
}

fn this(tx: &ReadTx) -> Query {
    query(
        "SELECT tenant_id, name, time_zone, date_format, create_needs_execute, version, created_at
         FROM tenant WHERE tenant_id = $1",
    )
    .bind(tx.tenant())
}

/// The tenant of this transaction.
pub async fn find(tx: &mut ReadTx) -> Result<Option<Tenant>, StorageError> {
    let find = this(tx);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Like [`find`], and nobody else changes it or its licence until this transaction ends.
pub async fn lock(tx: &mut WriteTx) -> Result<Option<Tenant>, StorageError> {
    let find = this(tx);
    tx.lock(find).await?.as_ref().map(read).transpose()
}

/// What a tenant's own people can change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Its name on pages.
    pub name: &'a str,
    /// How its pages write instants.
    pub local: &'a Local,
    /// Whether creating a request takes `kyc:execute`.
    pub create_needs_execute: bool,
}

/// Changes the tenant of this transaction. It must have been locked before.
pub async fn change(tx: &mut WriteTx, change: &Change<'_>) -> Result<(), StorageError> {
    let set = query(
        "UPDATE tenant SET name = $2, time_zone = $3, date_format = $4, create_needs_execute = $5, version = version + 1
         WHERE tenant_id = $1",
    )
    .bind(tx.tenant())
    .bind(change.name)
    .bind(&*change.local.time_zone)
    .bind(change.local.dates)
    .bind(change.create_needs_execute);
    tx.execute(set).await.map(drop)
}

/// What an operator should know of a tenant's work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Jobs that were given up.
    pub given_up: i64,
    /// Runs of unknown outcome, in requests that are not deleted.
    pub unknown: i64,
    /// Runs whose provider let the deadline pass, in requests that are not deleted.
    pub overdue: i64,
    /// Callbacks in quarantine.
    pub quarantined: i64,
    /// Where the newest files lie in the store, the newest first; at most twenty.
    pub newest_files: Vec<String>,
}

/// How the work of the tenant of this transaction stands.
pub async fn standing(tx: &mut ReadTx) -> Result<Standing, StorageError> {
    let tenant = tx.tenant();
    let jobs = query("SELECT count(*) AS n FROM job WHERE tenant_id = $1 AND dead = $2").bind(tenant).bind(true);
    let runs = |state| {
        query(
            "SELECT count(*) AS n FROM run u JOIN request r ON r.tenant_id = u.tenant_id AND r.id = u.request_id
             WHERE u.tenant_id = $1 AND u.state = $2 AND r.deleted_at IS NULL",
        )
        .bind(tenant)
        .bind(state)
    };
    let events = query("SELECT count(*) AS n FROM inbound_event WHERE tenant_id = $1 AND state = $2");
    let files = query("SELECT blob_key FROM attachment WHERE tenant_id = $1 ORDER BY id DESC LIMIT 20").bind(tenant);
    Ok(Standing {
        given_up: count(tx, jobs).await?,
        unknown: count(tx, runs(RunState::Unknown)).await?,
        overdue: count(tx, runs(RunState::Overdue)).await?,
        quarantined: count(tx, events.bind(tenant).bind(EventState::Quarantined)).await?,
        newest_files: tx.all(files).await?.iter().map(|row| row.get("blob_key")).collect::<Result<_, _>>()?,
    })
}

async fn count(tx: &mut ReadTx, query: Query) -> Result<i64, StorageError> {
    tx.optional(query).await?.ok_or(StorageError::Corrupt("n"))?.get("n")
}
