//! Jobs: what is to be done in the background. A job is added in the transaction that needs it, taken by
//! [`crate::system::claim_job`], and goes when it is done.

use std::time::Duration;

use dossier_domain::{JobKind, Timestamp};
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// Later than anyone asks for.
const FAR: Duration = Duration::from_hours(24 * 365 * 100);

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The id.
    pub id: Uuid,
    /// What is done.
    pub kind: JobKind,
    /// To what.
    pub subject: Uuid,
    /// Not before this instant.
    pub run_at: Timestamp,
    /// How often it was asked for: an ask that comes while it is done is done again.
    pub round: i64,
    /// How often it has failed in a row.
    pub attempts: u32,
    /// Given up; it stays for a person.
    pub dead: bool,
    /// In whose hands it is.
    pub worker: Option<String>,
}

/// Asks for a job at `run_at`. One that waits already is done at the earlier of both instants; one that is being done is
/// done once more.
pub async fn add(
    tx: &mut WriteTx,
    id: Uuid,
    kind: JobKind,
    subject: impl Into<Uuid>,
    run_at: Timestamp,
    now: Timestamp,
) -> Result<(), StorageError> {
    let add = query(
        "INSERT INTO job (tenant_id, id, kind, subject, run_at, round, attempts, dead, created_at)
         VALUES ($1, $2, $3, $4, $5, 1, 0, $6, $7)
         ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET round = job.round + 1, dead = excluded.dead,
            run_at = CASE WHEN excluded.run_at < job.run_at OR job.dead OR job.worker IS NOT NULL
                THEN excluded.run_at ELSE job.run_at END",
    );
    let add = add.bind(tx.tenant()).bind(id).bind(kind).bind(subject.into()).bind(run_at).bind(false).bind(now);
    tx.execute(add).await.map(drop)
}

fn read(row: &Row) -> Result<Job, StorageError> {
    Ok(Job {
        id: row.get("id")?,
        kind: row.get("kind")?,
        subject: row.get("subject")?,
        run_at: row.get("run_at")?,
        round: row.get("round")?,
        attempts: row.get("attempts")?,
        dead: row.get("dead")?,
        worker: row.get("worker")?,
    })
}

/// The job.
pub async fn find(tx: &mut ReadTx, id: Uuid) -> Result<Option<Job>, StorageError> {
    let find = query("SELECT * FROM job WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Like [`find`], while `worker` holds it; nobody else changes it until this transaction ends.
pub async fn hold(tx: &mut WriteTx, id: Uuid, worker: &str) -> Result<Option<Job>, StorageError> {
    let find = query("SELECT * FROM job WHERE tenant_id = $1 AND id = $2 AND worker = $3");
    let find = find.bind(tx.tenant()).bind(id).bind(worker);
    tx.lock(find).await?.as_ref().map(read).transpose()
}

/// The job of this kind for `subject`.
pub async fn of(tx: &mut ReadTx, kind: JobKind, subject: impl Into<Uuid>) -> Result<Option<Job>, StorageError> {
    let find = query("SELECT * FROM job WHERE tenant_id = $1 AND kind = $2 AND subject = $3");
    let find = find.bind(tx.tenant()).bind(kind).bind(subject.into());
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Removes a job that is done, unless it was asked for again meanwhile: then it is done once more, when that was asked for.
pub async fn done(tx: &mut WriteTx, job: &Job, worker: &str, now: Timestamp) -> Result<(), StorageError> {
    let remove = query("DELETE FROM job WHERE tenant_id = $1 AND id = $2 AND worker = $3 AND round = $4");
    if tx.changes_one(remove.bind(tx.tenant()).bind(job.id).bind(worker).bind(job.round)).await? {
        return Ok(());
    }
    later(tx, job, worker, now.plus(FAR), 0).await
}

/// Lets go of a job until `run_at`. `attempts` says how often it has failed in a row.
pub async fn later(
    tx: &mut WriteTx,
    job: &Job,
    worker: &str,
    run_at: Timestamp,
    attempts: u32,
) -> Result<(), StorageError> {
    // Who asked again meanwhile has named an instant too.
    let again = query(
        "UPDATE job SET worker = NULL, lease_until = NULL, attempts = $5,
            run_at = CASE WHEN round > $6 AND run_at < $4 THEN run_at ELSE $4 END
         WHERE tenant_id = $1 AND id = $2 AND worker = $3",
    );
    let again = again.bind(tx.tenant()).bind(job.id).bind(worker).bind(run_at).bind(attempts).bind(job.round);
    tx.execute(again).await.map(drop)
}

/// Gives a job up; it stays for a person.
pub async fn bury(tx: &mut WriteTx, job: &Job, worker: &str) -> Result<(), StorageError> {
    let bury = query(
        "UPDATE job SET worker = NULL, lease_until = NULL, dead = $4 WHERE tenant_id = $1 AND id = $2 AND worker = $3",
    );
    tx.execute(bury.bind(tx.tenant()).bind(job.id).bind(worker).bind(true)).await.map(drop)
}

/// Removes the job of this kind for `subject`, in whosever hands it is.
pub async fn cancel(tx: &mut WriteTx, kind: JobKind, subject: impl Into<Uuid>) -> Result<(), StorageError> {
    let remove = query("DELETE FROM job WHERE tenant_id = $1 AND kind = $2 AND subject = $3");
    tx.execute(remove.bind(tx.tenant()).bind(kind).bind(subject.into())).await.map(drop)
}
