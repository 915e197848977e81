//! Requests: the folders of verification jobs.

use std::time::Duration;

use dossier_domain::reference::fold;
use dossier_domain::status::Mover;
use dossier_domain::{ChannelId, Reference, RequestId, RequestStatus, RunState, Timestamp, Verdict};
use dossier_vault::Key;

use crate::by::By;
use crate::daily;
use crate::dialect::Row;
use crate::error::StorageError;
use crate::page::{self, Cursor, Page};
use crate::query::{Query, containing, query};
use crate::tx::{ReadTx, WriteTx, request_key_context};

/// A request to add, as a draft without a verdict.
#[derive(Debug)]
pub struct NewRequest<'a> {
    /// The id to be.
    pub id: RequestId,
    /// For ever (REQ-5).
    pub channel: ChannelId,
    /// The words that people find it by. Not sealed, because it is searched and listed.
    pub reference: &'a Reference,
    /// The idempotency key of the form or program that asks: two asks with one key are one request.
    pub key: Option<&'a str>,
    /// Now.
    pub created_at: Timestamp,
    /// Who asks.
    pub by: &'a By,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The id.
    pub id: RequestId,
    /// For ever (REQ-5).
    pub channel: ChannelId,
    /// The words that people find it by.
    pub reference: Reference,
    /// How far the job has come.
    pub status: RequestStatus,
    /// Who moved it there.
    pub moved_by: Mover,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// Grows with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: By,
    /// The last change of reference, status or verdict.
    pub updated_at: Timestamp,
}

/// A request in a list, with its channel's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The request.
    pub request: Request,
    /// Its channel's name.
    pub channel_name: String,
    /// Whether the channel was deleted.
    pub channel_deleted: bool,
    /// What asks for a person: a run whose outcome nobody knows, else one whose provider let the time pass.
    pub attention: Option<RunState>,
}

/// Which requests to list. Empty wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this channel only.
    pub channel: Option<ChannelId>,
    /// In this status only.
    pub status: Option<RequestStatus>,
    /// With this verdict only.
    pub verdict: Option<Verdict>,
    /// Created at this instant or later.
    pub created_from: Option<Timestamp>,
    /// Created before this instant.
    pub created_before: Option<Timestamp>,
    /// Only with a run that is overdue or whose outcome nobody knows.
    pub attention: bool,
    /// With these words in the reference, wherever, in whatever case and with or without accents. Empty asks for none.
    pub text: String,
}

/// A channel that can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedChannel {
    /// The id.
    pub id: ChannelId,
    /// The name on pages.
    pub name: String,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Adds a request and makes its key.
///
/// # Errors
/// [`crate::Constraint::RequestKey`] when a request was made with this idempotency key: see [`find_by_key`].
pub async fn add(tx: &mut WriteTx, request: &NewRequest<'_>) -> Result<(), StorageError> {
    let tenant_key = tx.tenant_key().await?;
    let add = query(
        "INSERT INTO request (tenant_id, id, channel_id, reference, reference_folded, status, verdict, version, key_digest,
            created_at, created_by, created_by_name, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $9)",
    )
    .bind(tx.tenant())
    .bind(request.id)
    .bind(request.channel)
    .bind(request.reference.as_str())
    .bind(request.reference.folded())
    .bind(RequestStatus::Draft)
    .bind(Verdict::None)
    .bind(request.key.map(|key| tenant_key.digest("request.key", key.as_bytes())))
    .bind(request.created_at)
    .bind(request.by.id)
    .bind(request.by.name.as_str());
    tx.attempt(add).await?;
    let wrapped = tenant_key.wrap(&Key::generate(), &request_key_context(tx.tenant(), request.id));
    let keep = query("INSERT INTO request_key (tenant_id, request_id, wrapped_key) VALUES ($1, $2, $3)");
    let keep = keep.bind(tx.tenant()).bind(request.id).bind(wrapped);
    tx.execute(keep).await.map(drop)
}

fn read(row: &Row) -> Result<Request, StorageError> {
    Ok(Request {
        id: row.get("id")?,
        channel: row.get("channel_id")?,
        reference: row.get("reference")?,
        status: row.get("status")?,
        moved_by: row.get("moved_by")?,
        verdict: row.get("verdict")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        created_by: By::read(row, "created_by", "created_by_name")?,
        updated_at: row.get("updated_at")?,
    })
}

fn by_id(tx: &ReadTx, id: RequestId) -> Query {
    query(
        "SELECT id, channel_id, reference, status, moved_by, verdict, version, created_at, created_by, created_by_name, updated_at
         FROM request WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
    )
    .bind(tx.tenant())
    .bind(id)
}

/// The request, unless it is deleted.
pub async fn find(tx: &mut ReadTx, id: RequestId) -> Result<Option<Request>, StorageError> {
    let find = by_id(tx, id);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, id: RequestId) -> Result<Option<Request>, StorageError> {
    let find = by_id(tx, id);
    tx.lock(find).await?.as_ref().map(read).transpose()
}

/// The request that was made with this idempotency key, unless it is deleted.
pub async fn find_by_key(tx: &mut ReadTx, key: &str) -> Result<Option<Request>, StorageError> {
    let digest = tx.tenant_key().await?.digest("request.key", key.as_bytes());
    let find = query(
        "SELECT id, channel_id, reference, status, moved_by, verdict, version, created_at, created_by, created_by_name, updated_at
         FROM request WHERE tenant_id = $1 AND key_digest = $2 AND deleted_at IS NULL",
    );
    let find = find.bind(tx.tenant()).bind(digest);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// One page of the requests that are not deleted, newest first.
pub async fn list(
    tx: &mut ReadTx,
    filter: &Filter,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Listed>, StorageError> {
    const KEY: page::Key = page::Key {
        below: " AND r.id < ",
        above: " AND r.id > ",
        newest_first: " ORDER BY r.id DESC LIMIT ",
        oldest_first: " ORDER BY r.id LIMIT ",
    };
    let tenant = tx.tenant();
    let wanted = || narrowed(query(LISTED).bind(tenant), filter);
    let page = page::read(tx, wanted, KEY, from, limit).await?;
    Ok(Page::of(page.rows.iter().map(read_listed).collect::<Result<_, StorageError>>()?, &page))
}

/// One request with what a list says of it, unless it is deleted.
pub async fn listed(tx: &mut ReadTx, id: RequestId) -> Result<Option<Listed>, StorageError> {
    let find = query(LISTED).bind(tx.tenant()).push(" AND r.id = ").push_bind(id);
    tx.optional(find).await?.as_ref().map(read_listed).transpose()
}

const LISTED: &str =
    "SELECT r.id, r.channel_id, r.reference, r.status, r.moved_by, r.verdict, r.version, r.created_at, r.created_by,
        r.created_by_name, r.updated_at, c.name AS channel_name, c.deleted_at AS channel_deleted_at,
        (SELECT max(u.state) FROM run u WHERE u.tenant_id = r.tenant_id AND u.request_id = r.id
            AND u.state IN ('overdue', 'unknown')) AS attention
     FROM request r JOIN channel c ON c.tenant_id = r.tenant_id AND c.id = r.channel_id
     WHERE r.tenant_id = $1 AND r.deleted_at IS NULL";

fn read_listed(row: &Row) -> Result<Listed, StorageError> {
    let deleted: Option<Timestamp> = row.get("channel_deleted_at")?;
    Ok(Listed {
        request: read(row)?,
        channel_name: row.get("channel_name")?,
        channel_deleted: deleted.is_some(),
        attention: row.get("attention")?,
    })
}

const DAY: Duration = Duration::from_hours(24);

/// The statement with the conditions of `filter` on the request `r`.
fn narrowed(mut wanted: Query, filter: &Filter) -> Query {
    if let Some(channel) = filter.channel {
        wanted = wanted.push(" AND r.channel_id = ").push_bind(channel);
    }
    if let Some(status) = filter.status {
        wanted = wanted.push(" AND r.status = ").push_bind(status);
    }
    if let Some(verdict) = filter.verdict {
        wanted = wanted.push(" AND r.verdict = ").push_bind(verdict);
    }
    // Ids begin with the time at which they were made, so their index leads to the days. A clock may be set between the
    // id and the time of its row; a day is more than that.
    if let Some(from) = filter.created_from {
        let first = RequestId::first(from.minus(DAY));
        wanted = wanted.push(" AND r.created_at >= ").push_bind(from).push(" AND r.id >= ").push_bind(first);
    }
    if let Some(before) = filter.created_before {
        let end = RequestId::first(before.plus(DAY));
        wanted = wanted.push(" AND r.created_at < ").push_bind(before).push(" AND r.id < ").push_bind(end);
    }
    if filter.attention {
        wanted = wanted.push(
            " AND r.id IN (SELECT u.request_id FROM run u WHERE u.tenant_id = $1 AND u.state IN ('overdue', 'unknown'))",
        );
    }
    let text = fold(&filter.text);
    if !text.is_empty() {
        wanted = wanted.push(" AND r.reference_folded LIKE ").push_bind(containing(&text)).push(" ESCAPE '!'");
    }
    wanted
}

/// How many requests there are, at most this many are counted (LIST-3).
pub const COUNTED: u32 = 1_000;

/// How many requests a filter lets through: [`COUNTED`] stands for that many and more.
pub async fn count(tx: &mut ReadTx, filter: &Filter) -> Result<u32, StorageError> {
    let wanted = query(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM request r WHERE r.tenant_id = $1 AND r.deleted_at IS NULL",
    );
    let wanted = narrowed(wanted.bind(tx.tenant()), filter).push(" LIMIT ").push_bind(COUNTED).push(") counted");
    tx.optional(wanted).await?.map_or(Ok(0), |row| row.get("n"))
}

/// Moves a request, provided that it still is in `from`. Says whether it was.
pub async fn set_status(
    tx: &mut WriteTx,
    id: RequestId,
    from: RequestStatus,
    to: RequestStatus,
    by: Mover,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE request SET status = $4, moved_by = $6, version = version + 1, updated_at = $5
         WHERE tenant_id = $1 AND id = $2 AND status = $3 AND deleted_at IS NULL",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(from).bind(to).bind(at).bind(by);
    changed(tx, set, id).await
}

/// Gives a request another reference.
pub async fn rename(
    tx: &mut WriteTx,
    id: RequestId,
    reference: &Reference,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE request SET reference = $3, reference_folded = $4, version = version + 1, updated_at = $5
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(reference.as_str()).bind(reference.folded()).bind(at);
    tx.changes_one(set).await
}

/// Deletes a request softly: from now on only [`place`] and [`was_removed`] find it (REQ-4).
pub async fn remove(tx: &mut WriteTx, id: RequestId, at: Timestamp) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE request SET version = version + 1, deleted_at = $3
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(at);
    changed(tx, set, id).await
}

/// Runs a statement that changes what the figures of its day count of a request. Says whether it did.
async fn changed(tx: &mut WriteTx, set: Query, id: RequestId) -> Result<bool, StorageError> {
    let changed = tx.changes_one(set).await?;
    if changed {
        daily::mark_request(tx, id).await?;
    }
    Ok(changed)
}

/// Whether a request was deleted as it stood at `version`.
pub async fn was_removed(tx: &mut ReadTx, id: RequestId, version: i64) -> Result<bool, StorageError> {
    let find = query(
        "SELECT 1 AS one FROM request WHERE tenant_id = $1 AND id = $2 AND version = $3 + 1 AND deleted_at IS NOT NULL",
    );
    Ok(tx.optional(find.bind(tx.tenant()).bind(id).bind(version)).await?.is_some())
}

/// The channel of a request, and whether the request was deleted.
pub async fn place(tx: &mut ReadTx, id: RequestId) -> Result<Option<(ChannelId, bool)>, StorageError> {
    let find = query("SELECT channel_id, deleted_at FROM request WHERE tenant_id = $1 AND id = $2");
    let Some(row) = tx.optional(find.bind(tx.tenant()).bind(id)).await? else { return Ok(None) };
    let deleted: Option<Timestamp> = row.get("deleted_at")?;
    Ok(Some((row.get("channel_id")?, deleted.is_some())))
}

/// The next number of what a request asks of its provider. It must have been locked before.
pub async fn next_ask(tx: &mut WriteTx, id: RequestId) -> Result<i64, StorageError> {
    let take = query("UPDATE request SET asks = asks + 1 WHERE tenant_id = $1 AND id = $2");
    tx.execute(take.bind(tx.tenant()).bind(id)).await?;
    let find = query("SELECT asks FROM request WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.optional(find).await?.map_or(Ok(0), |row| row.get("asks"))
}

/// Sets what providers concluded, all results together; whether the request is there.
pub async fn set_verdict(
    tx: &mut WriteTx,
    id: RequestId,
    verdict: Verdict,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE request SET verdict = $3, version = version + CASE WHEN verdict = $3 THEN 0 ELSE 1 END,
            updated_at = CASE WHEN verdict = $3 THEN updated_at ELSE $4 END
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(verdict).bind(at);
    changed(tx, set, id).await
}

/// The channels to filter by: those that are not deleted, and deleted ones that have requests (LIST-2).
pub async fn used_channels(tx: &mut ReadTx) -> Result<Vec<UsedChannel>, StorageError> {
    let list = query(
        "SELECT c.id, c.name, c.deleted_at FROM channel c WHERE c.tenant_id = $1 AND (c.deleted_at IS NULL OR EXISTS (
            SELECT 1 FROM request r WHERE r.tenant_id = c.tenant_id AND r.channel_id = c.id AND r.deleted_at IS NULL))
         ORDER BY c.display_order, c.name_folded, c.id",
    );
    let list = list.bind(tx.tenant());
    let rows = tx.all(list).await?;
    rows.iter()
        .map(|row| {
            let deleted: Option<Timestamp> = row.get("deleted_at")?;
            Ok(UsedChannel { id: row.get("id")?, name: row.get("name")?, deleted: deleted.is_some() })
        })
        .collect()
}
