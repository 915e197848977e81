//! Figures of whole days. A day is a row by its first instant; what was counted of it stands beside it for each channel and
//! for all of them together, and is replaced as a whole. Whoever changes what was counted marks its day.

use std::ops::Range;
use std::time::Duration;

use dossier_domain::{CallOutcome, ChannelId, RequestId, RequestStatus, Timestamp, Verdict};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::{Query, query};
use crate::tx::{ReadTx, WriteTx};

/// From the first instant of a day to that of the next.
pub type Day = Range<Timestamp>;

/// A day that is known, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The day.
    pub day: Day,
    /// Whether it must be counted, or counted again.
    pub stale: bool,
    /// When it was counted last.
    pub counted_at: Option<Timestamp>,
}

/// So many requests of a channel were created on a day and stand like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requests {
    /// Of which channel.
    pub channel: ChannelId,
    /// How far the job has come.
    pub status: RequestStatus,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// How many; deleted ones are not counted.
    pub count: i64,
}

/// So many calls on a channel were begun on a day and ended like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Calls {
    /// On which channel.
    pub channel: ChannelId,
    /// How they ended.
    pub outcome: CallOutcome,
    /// Within how many milliseconds they were answered: a step of a ladder, each at most half as large again as the one
    /// before; 0 where there was no answer, or that of a server that has broken down.
    pub within_ms: i64,
    /// How many.
    pub count: i64,
}

/// Counts the rows of a day: its requests and its calls, by channel. It reads what the day holds and no more. Calls that were
/// stopped here (an address that is not allowed, an answer that is too large) say nothing about the provider and are left out.
pub async fn count(tx: &mut ReadTx, day: &Day) -> Result<(Vec<Requests>, Vec<Calls>), StorageError> {
    // Ids begin with the time at which they were made: see the list of requests.
    const SLACK: Duration = Duration::from_hours(24);
    let requests = query(
        "SELECT channel_id, status, verdict, count(*) AS n FROM request
         WHERE tenant_id = $1 AND deleted_at IS NULL AND created_at >= $2 AND created_at < $3 AND id >= $4 AND id < $5
         GROUP BY channel_id, status, verdict",
    )
    .bind(tx.tenant())
    .bind(day.start)
    .bind(day.end)
    .bind(RequestId::first(day.start.minus(SLACK)))
    .bind(RequestId::first(day.end.plus(SLACK)));
    let calls = query(
        "SELECT channel_id, CASE WHEN state = 'sending' THEN 'open' WHEN failure = 'timeout' THEN 'timeout'
            WHEN state = 'broken' THEN 'broken' WHEN status >= 500 THEN 'faulty' WHEN status >= 400 THEN 'refused'
            ELSE 'answered' END AS outcome, CAST(CASE WHEN state <> 'answered' OR status >= 500 THEN 0
            WHEN took_ms <= 10 THEN 10 WHEN took_ms <= 15 THEN 15 WHEN took_ms <= 20 THEN 20 WHEN took_ms <= 30
            THEN 30 WHEN took_ms <= 40 THEN 40 WHEN took_ms <= 60 THEN 60 WHEN took_ms <= 80 THEN 80 WHEN
            took_ms <= 100 THEN 100 WHEN took_ms <= 150 THEN 150 WHEN took_ms <= 200 THEN 200 WHEN took_ms <=
            300 THEN 300 WHEN took_ms <= 400 THEN 400 WHEN took_ms <= 600 THEN 600 WHEN took_ms <= 800 THEN 800
            WHEN took_ms <= 1000 THEN 1000 WHEN took_ms <= 1500 THEN 1500 WHEN took_ms <= 2000 THEN 2000 WHEN
            took_ms <= 3000 THEN 3000 WHEN took_ms <= 4000 THEN 4000 WHEN took_ms <= 6000 THEN 6000 WHEN took_ms
            <= 8000 THEN 8000 WHEN took_ms <= 10000 THEN 10000 WHEN took_ms <= 15000 THEN 15000 WHEN took_ms <=
            20000 THEN 20000 WHEN took_ms <= 30000 THEN 30000 WHEN took_ms <= 40000 THEN 40000 WHEN took_ms <=
            60000 THEN 60000 WHEN took_ms <= 80000 THEN 80000 WHEN took_ms <= 100000 THEN 100000 WHEN took_ms <=
            150000 THEN 150000 WHEN took_ms <= 200000 THEN 200000
            ELSE 300000 END AS bigint) AS within_ms, count(*) AS n
         FROM exchange WHERE tenant_id = $1 AND started_at >= $2 AND started_at < $3
            AND (failure IS NULL OR failure NOT IN ('refused', 'too_large'))
         GROUP BY channel_id, outcome, within_ms",
    )
    .bind(tx.tenant())
    .bind(day.start)
    .bind(day.end);
    let request = |row: &Row| {
        Ok(Requests {
            channel: row.get("channel_id")?,
            status: row.get("status")?,
            verdict: row.get("verdict")?,
            count: row.get("n")?,
        })
    };
    let call = |row: &Row| {
        Ok(Calls {
            channel: row.get("channel_id")?,
            outcome: row.get("outcome")?,
            within_ms: row.get("within_ms")?,
            count: row.get("n")?,
        })
    };
    let requests = tx.all(requests).await?.iter().map(request).collect::<Result<_, StorageError>>()?;
    let calls = tx.all(calls).await?.iter().map(call).collect::<Result<_, StorageError>>()?;
    Ok((requests, calls))
}

/// The days that are known and begin at `from` or later, in their order.
pub async fn known(tx: &mut ReadTx, from: Timestamp) -> Result<Vec<Known>, StorageError> {
    let list = query(
        "SELECT starts_at, ends_at, stale, counted_at FROM daily WHERE tenant_id = $1 AND starts_at >= $2
         ORDER BY starts_at",
    );
    let known = |row: &Row| {
        let day = row.get("starts_at")?..row.get("ends_at")?;
        Ok(Known { day, stale: row.get("stale")?, counted_at: row.get("counted_at")? })
    };
    tx.all(list.bind(tx.tenant()).bind(from)).await?.iter().map(known).collect()
}

/// When the first thing happened that figures count: none for a tenant without requests and calls.
pub async fn began(tx: &mut ReadTx) -> Result<Option<Timestamp>, StorageError> {
    let request = query("SELECT created_at AS at FROM request WHERE tenant_id = $1 ORDER BY id LIMIT 1");
    let call = query("SELECT started_at AS at FROM exchange WHERE tenant_id = $1 ORDER BY started_at LIMIT 1");
    let mut began = None;
    for first in [request, call] {
        if let Some(row) = tx.optional(first.bind(tx.tenant())).await? {
            let at: Timestamp = row.get("at")?;
            began = Some(began.map_or(at, |began: Timestamp| began.min(at)));
        }
    }
    Ok(began)
}

/// Makes a day known that is to be counted. Says whether it was not known before.
pub async fn expect(tx: &mut WriteTx, day: &Day) -> Result<bool, StorageError> {
    let add = query(
        "INSERT INTO daily (tenant_id, starts_at, ends_at, stale) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, starts_at) DO NOTHING",
    );
    tx.changes_one(add.bind(tx.tenant()).bind(day.start).bind(day.end).bind(true)).await
}

/// Counts a known day and replaces what was counted of it before. Says whether it is known.
pub async fn roll(tx: &mut WriteTx, day: &Day, now: Timestamp) -> Result<bool, StorageError> {
    // First, so that whoever marks the day meanwhile waits, and marks what has been counted.
    let set =
        query("UPDATE daily SET stale = $4, counted_at = $5 WHERE tenant_id = $1 AND starts_at = $2 AND ends_at = $3");
    let set = set.bind(tx.tenant()).bind(day.start).bind(day.end).bind(false).bind(now);
    if !tx.changes_one(set).await? {
        return Ok(false);
    }
    clear(tx, day.start).await?;
    let (requests, calls) = count(tx, day).await?;
    let all = tx.tenant().uuid();
    for part in requests {
        for id in [part.channel.uuid(), all] {
            let add = query(
                "INSERT INTO daily_request (tenant_id, part_id, starts_at, status, verdict, requests)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, part_id, starts_at, status, verdict)
                 DO UPDATE SET requests = daily_request.requests + excluded.requests",
            );
            let add = add.bind(tx.tenant()).bind(id).bind(day.start);
            tx.execute(add.bind(part.status).bind(part.verdict).bind(part.count)).await?;
        }
    }
    for part in calls {
        for id in [part.channel.uuid(), all] {
            let add = query(
                "INSERT INTO daily_call (tenant_id, part_id, starts_at, outcome, within_ms, calls)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, part_id, starts_at, outcome, within_ms)
                 DO UPDATE SET calls = daily_call.calls + excluded.calls",
            );
            let add = add.bind(tx.tenant()).bind(id).bind(day.start);
            tx.execute(add.bind(part.outcome).bind(part.within_ms).bind(part.count)).await?;
        }
    }
    Ok(true)
}

async fn clear(tx: &mut WriteTx, start: Timestamp) -> Result<(), StorageError> {
    let requests = query("DELETE FROM daily_request WHERE tenant_id = $1 AND starts_at = $2");
    tx.execute(requests.bind(tx.tenant()).bind(start)).await?;
    let calls = query("DELETE FROM daily_call WHERE tenant_id = $1 AND starts_at = $2");
    tx.execute(calls.bind(tx.tenant()).bind(start)).await.map(drop)
}

/// Forgets the day that begins at `start`, with all that was counted of it.
pub async fn forget(tx: &mut WriteTx, start: Timestamp) -> Result<(), StorageError> {
    let day = query("DELETE FROM daily WHERE tenant_id = $1 AND starts_at = $2");
    tx.execute(day.bind(tx.tenant()).bind(start)).await?;
    clear(tx, start).await
}

/// Marks the known day in which `at` lies: it is to be counted again. A day that goes on is not known.
pub async fn mark(tx: &mut WriteTx, at: Timestamp) -> Result<(), StorageError> {
    // No day is longer, where clocks are changed.
    const LONGEST: Duration = Duration::from_hours(49);
    let set = query(
        "UPDATE daily SET stale = $4 WHERE tenant_id = $1 AND starts_at <= $2 AND ends_at > $2 AND starts_at > $3",
    );
    tx.execute(set.bind(tx.tenant()).bind(at).bind(at.minus(LONGEST)).bind(true)).await.map(drop)
}

/// Marks the day of a request.
pub(crate) async fn mark_request(tx: &mut WriteTx, id: RequestId) -> Result<(), StorageError> {
    let find = query("SELECT created_at FROM request WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    match tx.optional(find).await? {
        Some(row) => mark(tx, row.get("created_at")?).await,
        None => Ok(()),
    }
}

/// Binds what narrows figures to a channel, or to all of a tenant's, and to the days that begin in `span`.
fn within(list: Query, tx: &ReadTx, channel: Option<ChannelId>, span: &Day) -> Query {
    let part = channel.map_or(tx.tenant().uuid(), ChannelId::uuid);
    list.bind(tx.tenant()).bind(part).bind(span.start).bind(span.end)
}

/// What was counted of the requests of the days that begin in `span`: each with the first instant of its day. `channel`
/// narrows it to one.
pub async fn requests(
    tx: &mut ReadTx,
    channel: Option<ChannelId>,
    span: &Day,
) -> Result<Vec<(Timestamp, RequestStatus, Verdict, i64)>, StorageError> {
    let list = query(
        "SELECT starts_at, status, verdict, requests FROM daily_request
         WHERE tenant_id = $1 AND part_id = $2 AND starts_at >= $3 AND starts_at < $4",
    );
    let read = |row: &Row| Ok((row.get("starts_at")?, row.get("status")?, row.get("verdict")?, row.get("requests")?));
    tx.all(within(list, tx, channel, span)).await?.iter().map(read).collect()
}

/// The same of the calls.
pub async fn calls(
    tx: &mut ReadTx,
    channel: Option<ChannelId>,
    span: &Day,
) -> Result<Vec<(Timestamp, CallOutcome, i64, i64)>, StorageError> {
    let list = query(
        "SELECT starts_at, outcome, within_ms, calls FROM daily_call
         WHERE tenant_id = $1 AND part_id = $2 AND starts_at >= $3 AND starts_at < $4",
    );
    let read = |row: &Row| Ok((row.get("starts_at")?, row.get("outcome")?, row.get("within_ms")?, row.get("calls")?));
    tx.all(within(list, tx, channel, span)).await?.iter().map(read).collect()
}

/// What was counted of the calls of each channel on the days that begin in `span`, together.
pub async fn by_channel(tx: &mut ReadTx, span: &Day) -> Result<Vec<(ChannelId, CallOutcome, i64)>, StorageError> {
    let list = query(
        "SELECT part_id, outcome, CAST(sum(calls) AS bigint) AS n FROM daily_call
         WHERE tenant_id = $1 AND part_id <> $1 AND starts_at >= $2 AND starts_at < $3 GROUP BY part_id, outcome",
    );
    let list = list.bind(tx.tenant()).bind(span.start).bind(span.end);
    let read = |row: &Row| Ok((row.get("part_id")?, row.get("outcome")?, row.get("n")?));
    tx.all(list).await?.iter().map(read).collect()
}
