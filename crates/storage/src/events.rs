//! Events: what providers send by themselves, as it came. Sealed with the tenant's key until its request is known, and
//! with the request's key from then on.

use dossier_domain::{ChannelId, EventId, EventState, RequestId, RunId, Timestamp, Work};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::exchanges::{Headers, Message};
use crate::page::{self, Cursor, Page};
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// What has come.
pub struct NewEvent<'a> {
    /// The id to be.
    pub id: EventId,
    /// To which channel's address.
    pub channel: ChannelId,
    /// The run whose own address it came to, with its request.
    pub whose: Option<(RequestId, RunId)>,
    /// Received, or quarantined at once.
    pub state: EventState,
    /// Why it is quarantined: a word.
    pub reason: Option<&'a str>,
    /// Whether its signature holds.
    pub trusted: bool,
    /// As it came, without what is secret in it.
    pub message: &'a Message,
    /// What makes it the same as one that came before, in any fixed form; kept as a keyed digest.
    pub once: &'a [u8],
    /// What it is about, in the provider's words; kept as a keyed digest.
    pub subject: Option<&'a str>,
    /// How the work stands, where a trusted one says so.
    pub work: Option<Work>,
    /// When it happened, by the provider's clock.
    pub happened_at: Option<Timestamp>,
    /// Now.
    pub received_at: Timestamp,
}

/// Everything else is personal data.
impl std::fmt::Debug for NewEvent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewEvent({}, {})", self.id, self.state)
    }
}

/// An event, without what is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The id.
    pub id: EventId,
    /// To which channel's address it came.
    pub channel: ChannelId,
    /// The request that it belongs to, when that is known.
    pub request: Option<RequestId>,
    /// The run that it tells of, when that is known.
    pub run: Option<RunId>,
    /// What became of it.
    pub state: EventState,
    /// Why, as a word.
    pub reason: Option<String>,
    /// Whether its signature holds.
    pub trusted: bool,
    /// A keyed digest of what it is about.
    pub subject: Option<[u8; 32]>,
    /// How the work stands, where a trusted one says so.
    pub work: Option<Work>,
    /// When it happened, by the provider's clock.
    pub happened_at: Option<Timestamp>,
    /// When it came first.
    pub received_at: Timestamp,
    /// How often it came.
    pub times: u32,
    /// When it was known what becomes of it.
    pub handled_at: Option<Timestamp>,
}

/// Keeps an event. `false` when it had come before, which is counted.
pub async fn add(tx: &mut WriteTx, event: &NewEvent<'_>) -> Result<bool, StorageError> {
    let tenant_key = tx.tenant_key().await?;
    let once = tenant_key.digest("event.once", event.once);
    let tenant = tx.tenant();
    let again = || {
        query(
            "UPDATE inbound_event SET times = times + 1 WHERE tenant_id = $1 AND channel_id = $2 AND once_digest = $3",
        )
        .bind(tenant)
        .bind(event.channel)
        .bind(once)
    };
    if tx.changes_one(again()).await? {
        return Ok(false);
    }
    let (request, run) = event.whose.unzip();
    let sealer = tx.sealer_of(request, "inbound_event", event.id).await?;
    // Two that come at the same instant meet here, and the second is counted too.
    let add = query(
        "INSERT INTO inbound_event (tenant_id, id, channel_id, state, reason, trusted, sealed_headers, sealed_body, once_digest,
            subject_digest, work, happened_at, received_at, times, request_id, run_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15)
         ON CONFLICT (tenant_id, channel_id, once_digest) DO NOTHING",
    )
    .bind(tx.tenant())
    .bind(event.id)
    .bind(event.channel)
    .bind(event.state)
    .bind(event.reason)
    .bind(event.trusted)
    .bind(sealer.seal_json("sealed_headers", &event.message.headers)?)
    .bind(sealer.seal("sealed_body", &event.message.body)?)
    .bind(once)
    .bind(event.subject.map(|subject| tenant_key.digest("callback.subject", subject.as_bytes())))
    .bind(event.work)
    .bind(event.happened_at)
    .bind(event.received_at)
    .bind(request)
    .bind(run);
    if tx.changes_one(add).await? {
        return Ok(true);
    }
    tx.changes_one(again()).await?;
    Ok(false)
}

fn read(row: &Row) -> Result<Event, StorageError> {
    Ok(Event {
        id: row.get("id")?,
        channel: row.get("channel_id")?,
        request: row.get("request_id")?,
        run: row.get("run_id")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        trusted: row.get("trusted")?,
        subject: row.get("subject_digest")?,
        work: row.get("work")?,
        happened_at: row.get("happened_at")?,
        received_at: row.get("received_at")?,
        times: row.get("times")?,
        handled_at: row.get("handled_at")?,
    })
}

/// The event.
pub async fn find(tx: &mut ReadTx, id: EventId) -> Result<Option<Event>, StorageError> {
    let find = query("SELECT * FROM inbound_event WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, id: EventId) -> Result<Option<Event>, StorageError> {
    let find = query("SELECT * FROM inbound_event WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.lock(find).await?.as_ref().map(read).transpose()
}

/// An event's headers and body.
pub async fn message(tx: &mut ReadTx, id: EventId) -> Result<Option<Message>, StorageError> {
    let find =
        query("SELECT request_id, sealed_headers, sealed_body FROM inbound_event WHERE tenant_id = $1 AND id = $2");
    let Some(row) = tx.optional(find.bind(tx.tenant()).bind(id)).await? else { return Ok(None) };
    let sealer = tx.sealer_of(row.get("request_id")?, "inbound_event", id).await?;
    let headers: Headers = sealer.open_json(&row, "sealed_headers")?;
    Ok(Some(Message { headers, body: sealer.open(&row, "sealed_body")? }))
}

/// The events of a channel about the same that nobody has found a run for, oldest first by the provider's clock.
pub async fn unmatched(tx: &mut ReadTx, channel: ChannelId, subject: &str) -> Result<Vec<Event>, StorageError> {
    let subject = tx.tenant_key().await?.digest("callback.subject", subject.as_bytes());
    let list = query(
        "SELECT * FROM inbound_event WHERE tenant_id = $1 AND subject_digest = $2 AND channel_id = $3 AND run_id IS NULL
         ORDER BY coalesce(happened_at, received_at), id",
    );
    let list = list.bind(tx.tenant()).bind(subject).bind(channel);
    tx.all(list).await?.iter().map(read).collect()
}

/// Says whose an event is, and seals it with the key of that request.
pub async fn give(tx: &mut WriteTx, id: EventId, request: RequestId, run: RunId) -> Result<(), StorageError> {
    let Some(message) = message(tx, id).await? else { return Ok(()) };
    let sealer = tx.sealer_of(Some(request), "inbound_event", id).await?;
    let give = query(
        "UPDATE inbound_event SET request_id = $3, run_id = $4, sealed_headers = $5, sealed_body = $6
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(request)
    .bind(run)
    .bind(sealer.seal_json("sealed_headers", &message.headers)?)
    .bind(sealer.seal("sealed_body", &message.body)?);
    tx.execute(give).await.map(drop)
}

/// Says what became of an event, and why.
pub async fn settle(
    tx: &mut WriteTx,
    id: EventId,
    state: EventState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let set =
        query("UPDATE inbound_event SET state = $3, reason = $4, handled_at = $5 WHERE tenant_id = $1 AND id = $2");
    tx.execute(set.bind(tx.tenant()).bind(id).bind(state).bind(reason).bind(now)).await.map(drop)
}

/// The events of a run, newest first.
pub async fn of_run(tx: &mut ReadTx, run: RunId) -> Result<Vec<Event>, StorageError> {
    let list = query("SELECT * FROM inbound_event WHERE tenant_id = $1 AND run_id = $2 ORDER BY id DESC LIMIT 200");
    tx.all(list.bind(tx.tenant()).bind(run)).await?.iter().map(read).collect()
}

/// The events in quarantine and those that wait for their run, newest first.
pub async fn quarantine(tx: &mut ReadTx, from: Option<Cursor>, limit: u32) -> Result<Page<Event>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || {
        let either =
            "SELECT * FROM inbound_event WHERE tenant_id = $1 AND (state = $2 OR state = $3 AND run_id IS NULL)";
        query(either).bind(tenant).bind(EventState::Quarantined).bind(EventState::Received)
    };
    let page = page::read(tx, wanted, page::Key::ID, from, limit).await?;
    Ok(Page::of(page.rows.iter().map(read).collect::<Result<_, _>>()?, &page))
}

/// The events of a request, newest first.
pub async fn list(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Event>, StorageError> {
    let list = query("SELECT * FROM inbound_event WHERE tenant_id = $1 AND request_id = $2 ORDER BY id DESC LIMIT 200");
    let list = list.bind(tx.tenant()).bind(request);
    tx.all(list).await?.iter().map(read).collect()
}
