//! Deliveries: each piece of news on its way to each webhook, and what came of every attempt to send it.

use std::time::Duration;

use dossier_domain::{DeliveryId, DeliveryState, Timestamp, WebhookEvent, WebhookId};
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::page::{self, Cursor, Page};
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// One piece of news for one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The id.
    pub id: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// The id of the news itself, the same for every webhook and however often it is sent.
    pub event: Uuid,
    /// What it tells of.
    pub kind: WebhookEvent,
    /// The bytes that are sent and signed: JSON with ids and states only.
    pub payload: String,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried since somebody asked for it last.
    pub tries: u32,
    /// How often it was tried in all.
    pub attempts: u32,
    /// When it is tried next, while it is pending.
    pub next_at: Option<Timestamp>,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it was known what becomes of it.
    pub ended_at: Option<Timestamp>,
}

/// What came of sending a delivery once.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The id.
    pub id: Uuid,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The status that it was answered with.
    pub status: Option<u16>,
    /// The kind of failure, such as `timeout`, where no whole answer came.
    pub failure: Option<String>,
    /// The beginning of the answer, or what is said of the failure. Sealed.
    pub said: String,
}

/// An answer is a stranger's text.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attempt({}, {:?}, {:?})", self.at, self.status, self.failure)
    }
}

/// Adds a delivery that is due at once.
pub async fn add(
    tx: &mut WriteTx,
    (id, webhook, event): (DeliveryId, WebhookId, Uuid),
    kind: WebhookEvent,
    payload: &str,
    now: Timestamp,
) -> Result<(), StorageError> {
    let add = query(
        "INSERT INTO webhook_delivery (tenant_id, id, webhook_id, event_id, kind, payload, state, tries, attempts, next_at,
            created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $8)",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(webhook)
    .bind(event)
    .bind(kind)
    .bind(payload)
    .bind(DeliveryState::Pending)
    .bind(now);
    tx.execute(add).await.map(drop)
}

fn read(row: &Row) -> Result<Delivery, StorageError> {
    Ok(Delivery {
        id: row.get("id")?,
        webhook: row.get("webhook_id")?,
        event: row.get("event_id")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        state: row.get("state")?,
        tries: row.get("tries")?,
        attempts: row.get("attempts")?,
        next_at: row.get("next_at")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// The delivery.
pub async fn find(tx: &mut ReadTx, id: DeliveryId) -> Result<Option<Delivery>, StorageError> {
    let find = query("SELECT * FROM webhook_delivery WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, id: DeliveryId) -> Result<Option<Delivery>, StorageError> {
    let find = query("SELECT * FROM webhook_delivery WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.lock(find).await?.as_ref().map(read).transpose()
}

/// For which webhooks an event waits.
pub async fn waiting(tx: &mut ReadTx, event: Uuid) -> Result<Vec<WebhookId>, StorageError> {
    let list = query(
        "SELECT webhook_id FROM webhook_delivery WHERE tenant_id = $1 AND event_id = $2 AND state = 'pending'
         ORDER BY webhook_id",
    );
    tx.all(list.bind(tx.tenant()).bind(event)).await?.iter().map(|row| row.get("webhook_id")).collect()
}

/// The deliveries of a webhook that are due, those first that have been for longest.
pub async fn due(
    tx: &mut ReadTx,
    webhook: WebhookId,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Delivery>, StorageError> {
    let list = query(
        "SELECT * FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'pending' AND next_at <= $3
         ORDER BY next_at, id LIMIT $4",
    );
    tx.all(list.bind(tx.tenant()).bind(webhook).bind(now).bind(most)).await?.iter().map(read).collect()
}

/// When the next delivery of a webhook is due; nothing when none is pending.
pub async fn next(tx: &mut ReadTx, webhook: WebhookId) -> Result<Option<Timestamp>, StorageError> {
    let find = query(
        "SELECT next_at FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'pending'
         ORDER BY next_at LIMIT 1",
    );
    tx.optional(find.bind(tx.tenant()).bind(webhook)).await?.map_or(Ok(None), |row| row.get("next_at"))
}

/// The webhooks for which something waits, each with when the first of it is due.
pub async fn pending(tx: &mut ReadTx) -> Result<Vec<(WebhookId, Timestamp)>, StorageError> {
    let list = query(
        "SELECT webhook_id, min(next_at) AS next_at FROM webhook_delivery WHERE tenant_id = $1 AND state = 'pending'
         GROUP BY webhook_id",
    );
    let read = |row: &Row| Ok((row.get("webhook_id")?, row.get("next_at")?));
    tx.all(list.bind(tx.tenant())).await?.iter().map(read).collect()
}

/// Keeps an attempt and what became of the delivery by it: pending until `next_at`, or ended when there is none. The
/// delivery must have been locked.
pub async fn tried(
    tx: &mut WriteTx,
    delivery: DeliveryId,
    attempt: &Attempt,
    state: DeliveryState,
    next_at: Option<Timestamp>,
) -> Result<(), StorageError> {
    let sealer = tx.sealer_of(None, "webhook_attempt", attempt.id).await?;
    let add = query(
        "INSERT INTO webhook_attempt (tenant_id, id, delivery_id, started_at, took_ms, status, failure, sealed_said)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.tenant())
    .bind(attempt.id)
    .bind(delivery)
    .bind(attempt.at)
    .bind(i64::try_from(attempt.took.as_millis()).unwrap_or(i64::MAX))
    .bind(attempt.status)
    .bind(attempt.failure.as_deref())
    .bind(sealer.seal("sealed_said", attempt.said.as_bytes())?);
    tx.execute(add).await?;
    let set = query(
        "UPDATE webhook_delivery SET state = $3, next_at = $4, ended_at = $5, tries = tries + 1, attempts = attempts + 1
         WHERE tenant_id = $1 AND id = $2",
    );
    let ended_at = next_at.is_none().then(|| attempt.at.plus(attempt.took));
    tx.execute(set.bind(tx.tenant()).bind(delivery).bind(state).bind(next_at).bind(ended_at)).await.map(drop)
}

/// The attempts to send a delivery, newest first; at most a hundred.
pub async fn attempts(tx: &mut ReadTx, delivery: DeliveryId) -> Result<Vec<Attempt>, StorageError> {
    let list =
        query("SELECT * FROM webhook_attempt WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY id DESC LIMIT 100");
    let mut attempts = Vec::new();
    for row in tx.all(list.bind(tx.tenant()).bind(delivery)).await? {
        let id: Uuid = row.get("id")?;
        let took: i64 = row.get("took_ms")?;
        attempts.push(Attempt {
            id,
            at: row.get("started_at")?,
            took: Duration::from_millis(u64::try_from(took).unwrap_or(0)),
            status: row.get("status")?,
            failure: row.get("failure")?,
            said: tx.sealer_of(None, "webhook_attempt", id).await?.open_text(&row, "sealed_said")?,
        });
    }
    Ok(attempts)
}

/// Has a delivery sent again at once, with as many attempts as a new one, whatever became of it before.
pub async fn again(tx: &mut WriteTx, id: DeliveryId, now: Timestamp) -> Result<(), StorageError> {
    let set = query(
        "UPDATE webhook_delivery SET state = $3, next_at = $4, ended_at = NULL, tries = 0 WHERE tenant_id = $1 AND id = $2",
    );
    tx.execute(set.bind(tx.tenant()).bind(id).bind(DeliveryState::Pending).bind(now)).await.map(drop)
}

/// Has all deliveries of a webhook sent again that did not arrive, and says how many.
pub async fn all_again(tx: &mut WriteTx, webhook: WebhookId, now: Timestamp) -> Result<u64, StorageError> {
    let set = query(
        "UPDATE webhook_delivery SET state = $3, next_at = $4, ended_at = NULL, tries = 0
         WHERE tenant_id = $1 AND webhook_id = $2 AND state IN ($5, $6)",
    );
    let set = set.bind(tx.tenant()).bind(webhook).bind(DeliveryState::Pending).bind(now);
    tx.execute(set.bind(DeliveryState::Failed).bind(DeliveryState::Stopped)).await
}

/// Ends what waits for a webhook, because that was disabled.
pub async fn stop(tx: &mut WriteTx, webhook: WebhookId, now: Timestamp) -> Result<u64, StorageError> {
    let set = query(
        "UPDATE webhook_delivery SET state = $3, next_at = NULL, ended_at = $4
         WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'pending'",
    );
    tx.execute(set.bind(tx.tenant()).bind(webhook).bind(DeliveryState::Stopped).bind(now)).await
}

/// One page of the deliveries of a webhook, newest first; only those in `state` where one is given.
pub async fn list(
    tx: &mut ReadTx,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Delivery>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || {
        let all = query("SELECT * FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2");
        let all = all.bind(tenant).bind(webhook);
        match state {
            Some(state) => all.push(" AND state = ").push_bind(state),
            None => all,
        }
    };
    let page = page::read(tx, wanted, page::Key::ID, from, limit).await?;
    Ok(Page::of(page.rows.iter().map(read).collect::<Result<_, _>>()?, &page))
}

/// Removes the deliveries of a webhook, with their attempts.
pub async fn remove_of(tx: &mut WriteTx, webhook: WebhookId) -> Result<(), StorageError> {
    let attempts = query(
        "DELETE FROM webhook_attempt WHERE tenant_id = $1 AND delivery_id IN
            (SELECT d.id FROM webhook_delivery d WHERE d.tenant_id = $1 AND d.webhook_id = $2)",
    );
    tx.execute(attempts.bind(tx.tenant()).bind(webhook)).await?;
    let remove = query("DELETE FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2");
    tx.execute(remove.bind(tx.tenant()).bind(webhook)).await.map(drop)
}

/// Removes what happened before that instant, with its attempts, and says how many deliveries it was.
pub async fn purge(tx: &mut WriteTx, before: Timestamp) -> Result<u64, StorageError> {
    // Ids begin with the time at which they were made.
    let first = DeliveryId::first(before);
    let attempts = query("DELETE FROM webhook_attempt WHERE tenant_id = $1 AND delivery_id < $2");
    tx.execute(attempts.bind(tx.tenant()).bind(first)).await?;
    let remove = query("DELETE FROM webhook_delivery WHERE tenant_id = $1 AND id < $2");
    tx.execute(remove.bind(tx.tenant()).bind(first)).await
}
