//! The few things that happen before a tenant is known, or for all tenants at once: sign-in, session look-up, taking a run,
//! the operator's commands. The only statements that may do without `tenant_id`; on PostgreSQL their role sees only the
//! tables that they need.

use std::time::Duration;

use dossier_domain::{ApiKeyId, ChannelId, RunId, RunState, SessionId, TenantId, Timestamp, UserId};
use secrecy::SecretString;
use uuid::Uuid;

use crate::error::StorageError;
use crate::links::{self, Link};
use crate::query::query;
use crate::tenants::{self, Tenant};
use crate::tx::{OperatorTx, SystemReadTx, SystemTx};

/// Adds the tenant of this transaction and makes its key.
pub async fn add_tenant(tx: &mut OperatorTx, tenant: &Tenant) -> Result<(), StorageError> {
    let wrapped = tx.make_tenant_key();
    let add = query(
        "INSERT INTO tenant (tenant_id, name, time_zone, date_format, create_needs_execute, version, wrapped_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.tenant())
    .bind(tenant.name.as_str())
    .bind(&*tenant.local.time_zone)
    .bind(tenant.local.dates)
    .bind(tenant.create_needs_execute)
    .bind(tenant.version)
    .bind(wrapped)
    .bind(tenant.created_at);
    tx.execute(add).await.map(drop)
}

/// Gives the tenant of this transaction another name.
pub async fn rename_tenant(tx: &mut OperatorTx, name: &str) -> Result<(), StorageError> {
    let rename =
        query("UPDATE tenant SET name = $2, version = version + 1 WHERE tenant_id = $1").bind(tx.tenant()).bind(name);
    tx.execute(rename).await.map(drop)
}

/// Replaces the whole licence of the tenant of this transaction by `modules`, each with its end.
pub async fn set_licence(tx: &mut OperatorTx, modules: &[(String, Option<Timestamp>)]) -> Result<(), StorageError> {
    let tenant = tx.tenant();
    tx.execute(query("DELETE FROM licence_module WHERE tenant_id = $1").bind(tenant)).await?;
    for (module, ends_at) in modules {
        let add = query("INSERT INTO licence_module (tenant_id, module, ends_at) VALUES ($1, $2, $3)");
        tx.execute(add.bind(tenant).bind(module.as_str()).bind(*ends_at)).await?;
    }
    Ok(())
}

/// Every tenant, the oldest first.
pub async fn tenants(tx: &mut SystemReadTx) -> Result<Vec<Tenant>, StorageError> {
    let list = query(
        "SELECT tenant_id, name, time_zone, date_format, create_needs_execute, version, created_at
         FROM tenant ORDER BY tenant_id",
    );
    tx.all(list).await?.iter().map(tenants::read).collect()
}

/// What sign-in needs to know of a person.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The person's tenant.
    pub tenant: TenantId,
    /// Who.
    pub user: UserId,
    /// The name on pages.
    pub name: String,
    /// The PHC string of the password.
    pub password_hash: SecretString,
    /// Whether the person can sign in.
    pub active: bool,
}

/// Whose the e-mail address is, folded as by `Email::folded`.
pub async fn find_credential(tx: &mut SystemReadTx, email_folded: &str) -> Result<Option<Credential>, StorageError> {
    let find = query("SELECT tenant_id, id, name, password_hash, active FROM user_account WHERE email_folded = $1");
    let Some(row) = tx.optional(find.bind(email_folded)).await? else { return Ok(None) };
    Ok(Some(Credential {
        tenant: row.get("tenant_id")?,
        user: row.get("id")?,
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        active: row.get("active")?,
    }))
}

/// A sign-in that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The person's tenant.
    pub tenant: TenantId,
    /// Who signed in.
    pub user: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, as noted.
    pub last_seen_at: Timestamp,
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
}

/// The session of a token, unless it has ended or its person is no longer active.
pub async fn find_session(
    tx: &mut SystemReadTx,
    token_digest: [u8; 32],
    now: Timestamp,
) -> Result<Option<Session>, StorageError> {
    let find = query(
        "SELECT s.tenant_id, s.id, s.user_id, s.created_at, s.last_seen_at, s.expires_at
         FROM session s JOIN user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
         WHERE s.token_digest = $1 AND s.expires_at > $2 AND u.active = $3",
    );
    let Some(row) = tx.optional(find.bind(token_digest).bind(now).bind(true)).await? else { return Ok(None) };
    Ok(Some(Session {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        user: row.get("user_id")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: row.get("expires_at")?,
    }))
}

/// Whose the API key with a text of this digest is, whether it still counts or not.
pub async fn find_api_key(
    tx: &mut SystemReadTx,
    token_digest: [u8; 32],
) -> Result<Option<(TenantId, ApiKeyId)>, StorageError> {
    let find = query("SELECT tenant_id, id FROM api_key WHERE token_digest = $1").bind(token_digest);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    Ok(Some((row.get("tenant_id")?, row.get("id")?)))
}

/// No lease ends later than so long from now: one that does is of a clock that was set back since.
const LONGEST_LEASE: Duration = Duration::from_mins(10);

/// A run that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose run.
    pub tenant: TenantId,
    /// Which one.
    pub run: RunId,
    /// How it stood and still stands: `queued`, or `running` when its process left it behind.
    pub state: RunState,
}

/// Takes the oldest run that waits for a worker and has none: `queued`, or `running` with a lease that has ended. Only the
/// lease changes; two workers never take the same.
pub async fn claim_run(
    tx: &mut SystemTx,
    worker: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Claim>, StorageError> {
    let free = query(
        "SELECT tenant_id, id, state FROM run
         WHERE state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until <= $1 OR lease_until > $2)
         ORDER BY created_at, id LIMIT 1",
    );
    let Some(row) = tx.lock_free(free.bind(now).bind(now.plus(LONGEST_LEASE))).await? else { return Ok(None) };
    let claim = Claim { tenant: row.get("tenant_id")?, run: row.get("id")?, state: row.get("state")? };
    let take =
        query("UPDATE run SET worker = $3, lease_until = $4, tries = tries + 1 WHERE tenant_id = $1 AND id = $2");
    tx.execute(take.bind(claim.tenant).bind(claim.run).bind(worker).bind(lease_until)).await?;
    Ok(Some(claim))
}

/// A job that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Whose job.
    pub tenant: TenantId,
    /// Which one.
    pub job: Uuid,
}

/// Takes the job that has been due for longest and that nobody has.
pub async fn claim_job(
    tx: &mut SystemTx,
    worker: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<ClaimedJob>, StorageError> {
    let free = query(
        "SELECT tenant_id, id FROM job
         WHERE NOT dead AND run_at <= $1 AND (lease_until IS NULL OR lease_until <= $1 OR lease_until > $2)
         ORDER BY run_at LIMIT 1",
    );
    let Some(row) = tx.lock_free(free.bind(now).bind(now.plus(LONGEST_LEASE))).await? else { return Ok(None) };
    let claim = ClaimedJob { tenant: row.get("tenant_id")?, job: row.get("id")? };
    let take = query("UPDATE job SET worker = $3, lease_until = $4 WHERE tenant_id = $1 AND id = $2");
    tx.execute(take.bind(claim.tenant).bind(claim.job).bind(worker).bind(lease_until)).await?;
    Ok(Some(claim))
}

/// Something in a worker's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// A run.
    Run(TenantId, RunId),
    /// A job.
    Job(TenantId, Uuid),
}

/// Says that `worker` is still at it. `false` when the lease has gone to another, or it has ended, or its row is somebody
/// else's at this instant: a sign of life waits for nobody, and the next one comes soon.
pub async fn heartbeat(
    tx: &mut SystemTx,
    held: Held,
    worker: &str,
    lease_until: Timestamp,
) -> Result<bool, StorageError> {
    let (find, beat, tenant, id) = match held {
        Held::Run(tenant, run) => (
            query(
                "SELECT id FROM run WHERE tenant_id = $1 AND id = $2 AND worker = $3 AND state IN ('queued', 'running')",
            ),
            query("UPDATE run SET lease_until = $3 WHERE tenant_id = $1 AND id = $2"),
            tenant,
            run.uuid(),
        ),
        Held::Job(tenant, job) => (
            query("SELECT id FROM job WHERE tenant_id = $1 AND id = $2 AND worker = $3"),
            query("UPDATE job SET lease_until = $3 WHERE tenant_id = $1 AND id = $2"),
            tenant,
            job,
        ),
    };
    if tx.lock_free(find.bind(tenant).bind(id).bind(worker)).await?.is_none() {
        return Ok(false);
    }
    Ok(tx.execute(beat.bind(tenant).bind(id).bind(lease_until)).await? > 0)
}

/// Takes something out of the hands of `worker`, so that another has it at once and this one can send nothing more.
pub async fn let_go(tx: &mut SystemTx, held: Held, worker: &str) -> Result<(), StorageError> {
    let end = match held {
        Held::Run(tenant, run) => {
            query("UPDATE run SET worker = NULL, lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND worker = $3")
                .bind(tenant)
                .bind(run)
        }
        Held::Job(tenant, job) => {
            query("UPDATE job SET worker = NULL, lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND worker = $3")
                .bind(tenant)
                .bind(job)
        }
    };
    tx.execute(end.bind(worker)).await.map(drop)
}

/// Ends every lease on runs and jobs, whoever holds them, and says how many there were.
pub async fn end_leases(tx: &mut SystemTx) -> Result<u64, StorageError> {
    let runs = tx.execute(query("UPDATE run SET lease_until = NULL WHERE lease_until IS NOT NULL")).await?;
    let jobs = tx.execute(query("UPDATE job SET lease_until = NULL WHERE lease_until IS NOT NULL")).await?;
    Ok(runs + jobs)
}

/// Brings forward what is put off by a clock that now says `now` and was set back by `by`.
pub async fn set_back(tx: &mut SystemTx, now: Timestamp, by: Duration) -> Result<(), StorageError> {
    let far = query("SELECT tenant_id, id, run_at FROM job WHERE run_at > $1 AND lease_until IS NULL");
    for row in tx.all(far.bind(now)).await? {
        let (tenant, job): (TenantId, Uuid) = (row.get("tenant_id")?, row.get("id")?);
        let run_at: Timestamp = row.get("run_at")?;
        let shift = query("UPDATE job SET run_at = $3 WHERE tenant_id = $1 AND id = $2 AND run_at = $4");
        tx.execute(shift.bind(tenant).bind(job).bind(run_at.minus(by).max(now)).bind(run_at)).await?;
    }
    Ok(())
}

/// Whose callbacks come to the address with a token of this digest, and of which round it is.
pub async fn find_callback(
    tx: &mut SystemReadTx,
    token_digest: [u8; 32],
) -> Result<Option<(TenantId, ChannelId, i64)>, StorageError> {
    let find = query("SELECT tenant_id, channel_id, round FROM callback_address WHERE digest = $1").bind(token_digest);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    Ok(Some((row.get("tenant_id")?, row.get("channel_id")?, row.get("round")?)))
}

/// Whose link has a token of this digest, and the link.
pub async fn find_link(
    tx: &mut SystemReadTx,
    token_digest: [u8; 32],
) -> Result<Option<(TenantId, UserId, Link)>, StorageError> {
    let find = query(
        "SELECT tenant_id, user_id, token_digest, kind, permissions, made_by, expires_at, used_at FROM sign_in_link
         WHERE token_digest = $1",
    );
    let Some(row) = tx.optional(find.bind(token_digest)).await? else { return Ok(None) };
    Ok(Some((row.get("tenant_id")?, row.get("user_id")?, links::read(&row)?)))
}

/// Removes the sessions that have ended, and says how many.
pub async fn purge_sessions(tx: &mut SystemTx, now: Timestamp) -> Result<u64, StorageError> {
    tx.execute(query("DELETE FROM session WHERE expires_at <= $1").bind(now)).await
}
