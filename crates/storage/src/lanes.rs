//! Lanes: how each channel's provider fares and what it takes, for all processes together. One row for a channel,
//! and one for each call that is on its way where a provider takes only so many at once.

use std::collections::BTreeMap;

use dossier_domain::{Breaker, ChannelId, Timestamp};
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// How a channel stands. A channel that was never called has the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// When the next call may go out, where there is a rate.
    pub next_at: Option<Timestamp>,
    /// Until when the provider asked to wait.
    pub paused_until: Option<Timestamp>,
    /// How it fared.
    pub breaker: Breaker,
    /// When a call failed last.
    pub failed_at: Option<Timestamp>,
    /// How: a kind such as `timeout`, or a status such as `503`.
    pub failure: Option<String>,
    /// When a call was answered last.
    pub answered_at: Option<Timestamp>,
    /// When its provider last let it sign in. [`set`] leaves this and the next two as they are: see [`sign_in`].
    pub signed_in_at: Option<Timestamp>,
    /// When a sign-in failed last.
    pub sign_in_failed_at: Option<Timestamp>,
    /// How: a kind such as `timeout`, or a status such as `401`.
    pub sign_in_failure: Option<String>,
}

fn read(row: &Row) -> Result<Lane, StorageError> {
    Ok(Lane {
        next_at: row.get("next_at")?,
        paused_until: row.get("paused_until")?,
        breaker: Breaker {
            failures: row.get("failures")?,
            closed_until: row.get("closed_until")?,
            trying_until: row.get("trying_until")?,
        },
        failed_at: row.get("failed_at")?,
        failure: row.get("failure")?,
        answered_at: row.get("answered_at")?,
        signed_in_at: row.get("signed_in_at")?,
        sign_in_failed_at: row.get("sign_in_failed_at")?,
        sign_in_failure: row.get("sign_in_failure")?,
    })
}

/// How a channel stands.
pub async fn find(tx: &mut ReadTx, channel: ChannelId) -> Result<Lane, StorageError> {
    let find = query("SELECT * FROM lane WHERE tenant_id = $1 AND channel_id = $2").bind(tx.tenant()).bind(channel);
    Ok(tx.optional(find).await?.as_ref().map(read).transpose()?.unwrap_or_default())
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, channel: ChannelId) -> Result<Lane, StorageError> {
    let begin = query(
        "INSERT INTO lane (tenant_id, channel_id, failures) VALUES ($1, $2, 0)
         ON CONFLICT (tenant_id, channel_id) DO NOTHING",
    );
    tx.execute(begin.bind(tx.tenant()).bind(channel)).await?;
    let find = query("SELECT * FROM lane WHERE tenant_id = $1 AND channel_id = $2").bind(tx.tenant()).bind(channel);
    Ok(tx.lock(find).await?.as_ref().map(read).transpose()?.unwrap_or_default())
}

/// How every channel stands that was ever called.
pub async fn list(tx: &mut ReadTx) -> Result<BTreeMap<ChannelId, Lane>, StorageError> {
    let list = query("SELECT * FROM lane WHERE tenant_id = $1").bind(tx.tenant());
    tx.all(list).await?.iter().map(|row| Ok((row.get("channel_id")?, read(row)?))).collect()
}

/// Writes how a channel stands; its row must have been locked.
pub async fn set(tx: &mut WriteTx, channel: ChannelId, lane: &Lane) -> Result<(), StorageError> {
    let set = query(
        "UPDATE lane SET next_at = $3, paused_until = $4, failures = $5, closed_until = $6, trying_until = $7,
            failed_at = $8, failure = $9, answered_at = $10
         WHERE tenant_id = $1 AND channel_id = $2",
    )
    .bind(tx.tenant())
    .bind(channel)
    .bind(lane.next_at)
    .bind(lane.paused_until)
    .bind(lane.breaker.failures)
    .bind(lane.breaker.closed_until)
    .bind(lane.breaker.trying_until)
    .bind(lane.failed_at)
    .bind(lane.failure.clone())
    .bind(lane.answered_at);
    tx.execute(set).await.map(drop)
}

/// Notes how a sign-in ended: well, or how it failed.
pub async fn sign_in(
    tx: &mut WriteTx,
    channel: ChannelId,
    at: Timestamp,
    failure: Option<&str>,
) -> Result<(), StorageError> {
    let lane = lock(tx, channel).await?;
    let (good, failed, failure) = match failure {
        None => (Some(at), lane.sign_in_failed_at, lane.sign_in_failure),
        Some(failure) => (lane.signed_in_at, Some(at), Some(failure.to_owned())),
    };
    let set = query(
        "UPDATE lane SET signed_in_at = $3, sign_in_failed_at = $4, sign_in_failure = $5
         WHERE tenant_id = $1 AND channel_id = $2",
    );
    tx.execute(set.bind(tx.tenant()).bind(channel).bind(good).bind(failed).bind(failure)).await.map(drop)
}

/// How many calls of a channel are on their way. A place whose time is over belongs to a process that died, and one whose
/// time ends after `latest` to a clock that was set back since.
pub async fn places(
    tx: &mut ReadTx,
    channel: ChannelId,
    now: Timestamp,
    latest: Timestamp,
) -> Result<u64, StorageError> {
    let count = query(
        "SELECT count(*) AS places FROM lane_place
         WHERE tenant_id = $1 AND channel_id = $2 AND until > $3 AND until <= $4",
    );
    let row = tx.optional(count.bind(tx.tenant()).bind(channel).bind(now).bind(latest)).await?;
    let places: i64 = row.ok_or(StorageError::Corrupt("places"))?.get("places")?;
    u64::try_from(places).map_err(|_| StorageError::Corrupt("places"))
}

/// Takes a place until `until` at the latest. The lane must be locked.
pub async fn take_place(
    tx: &mut WriteTx,
    channel: ChannelId,
    place: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StorageError> {
    let clear = query("DELETE FROM lane_place WHERE tenant_id = $1 AND channel_id = $2 AND until <= $3");
    tx.execute(clear.bind(tx.tenant()).bind(channel).bind(now)).await?;
    let take = query("INSERT INTO lane_place (tenant_id, channel_id, id, until) VALUES ($1, $2, $3, $4)");
    tx.execute(take.bind(tx.tenant()).bind(channel).bind(place).bind(until)).await.map(drop)
}

/// Gives a place back.
pub async fn leave_place(tx: &mut WriteTx, channel: ChannelId, place: Uuid) -> Result<(), StorageError> {
    let leave = query("DELETE FROM lane_place WHERE tenant_id = $1 AND channel_id = $2 AND id = $3");
    tx.execute(leave.bind(tx.tenant()).bind(channel).bind(place)).await.map(drop)
}
