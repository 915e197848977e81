//! Exchanges: each one HTTP call to a provider (LOG). The row is committed in state `sending` before the first byte
//! leaves; what is given here is redacted already.

use std::time::Duration;

use dossier_domain::{CallOutcome, ChannelId, ExchangeId, ExchangeState, RequestId, RunId, Timestamp};

use crate::daily;
use crate::dialect::Row;
use crate::error::StorageError;
use crate::guards::Guard;
use crate::lanes;
use crate::page::{self, Cursor, Page};
use crate::query::{Query, query};
use crate::results::{millis, span};
use crate::sealing::Sealer;
use crate::tx::{ReadTx, WriteTx};

/// Names and values of HTTP headers, in their order.
pub type Headers = Vec<(String, String)>;

/// A call that is about to be sent.
#[derive(Clone)]
pub struct NewExchange {
    /// The id to be.
    pub id: ExchangeId,
    /// For which request; none when a channel is tested.
    pub request: Option<RequestId>,
    /// For which run.
    pub run: Option<RunId>,
    /// Through which channel.
    pub channel: ChannelId,
    /// The manifest's key of the action.
    pub action: String,
    /// The name of who asked.
    pub actor: String,
    /// The manifest's name of the step.
    pub step: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The request's headers.
    pub headers: Headers,
    /// The request's body.
    pub body: Vec<u8>,
    /// Now.
    pub started_at: Timestamp,
}

/// Everything else may hold personal data.
impl std::fmt::Debug for NewExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewExchange({}, {} {})", self.id, self.action, self.step)
    }
}

/// A call in a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// The id.
    pub id: ExchangeId,
    /// For which run.
    pub run: Option<RunId>,
    /// The manifest's key of the action.
    pub action: String,
    /// The name of who asked.
    pub actor: String,
    /// The manifest's name of the step.
    pub step: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// How far it came.
    pub state: ExchangeState,
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// When it was about to be sent.
    pub started_at: Timestamp,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
    /// How long it took, when it ended.
    pub took: Option<Duration>,
    /// The kind of its failure, when it broke off, such as `timeout`.
    pub failure: Option<String>,
}

/// The address may hold personal data.
impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listed({}, {} {}, {})", self.id, self.action, self.step, self.state)
    }
}

/// A call with everything that was kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What the list shows.
    pub line: Listed,
    /// For which request.
    pub request: Option<RequestId>,
    /// Through which channel.
    pub channel: ChannelId,
    /// What was sent.
    pub sent: Message,
    /// What came back, when an answer came.
    pub answer: Option<Message>,
    /// The words of the failure, when it broke off.
    pub failure_message: Option<String>,
}

/// Headers and body of one direction.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Redacted headers.
    pub headers: Headers,
    /// The redacted body.
    pub body: Vec<u8>,
}

/// Only the size.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} headers, {} bytes)", self.headers.len(), self.body.len())
    }
}

/// Adds a call as `sending`. Commit before sending.
pub async fn add(tx: &mut WriteTx, call: &NewExchange) -> Result<(), StorageError> {
    if !tx.stands(Guard::SendingRow) {
        return Ok(());
    }
    let sealer = tx.sealer_of(call.request, "exchange", call.id).await?;
    let add = query(
        "INSERT INTO exchange (tenant_id, id, request_id, run_id, channel_id, action, actor_name, step, attempt, state,
            method, sealed_url, sealed_request_headers, sealed_request_body, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(tx.tenant())
    .bind(call.id)
    .bind(call.request)
    .bind(call.run)
    .bind(call.channel)
    .bind(call.action.as_str())
    .bind(call.actor.as_str())
    .bind(call.step.as_str())
    .bind(call.attempt)
    .bind(ExchangeState::Sending)
    .bind(call.method.as_str())
    .bind(sealer.seal("sealed_url", call.url.as_bytes())?)
    .bind(sealer.seal_json("sealed_request_headers", &call.headers)?)
    .bind(sealer.seal("sealed_request_body", &call.body)?)
    .bind(call.started_at);
    tx.execute(add).await.map(drop)
}

/// What of a call that exists its end is stored with.
struct Begun {
    sealer: Sealer,
    /// When it began.
    at: Timestamp,
    /// The channel that it signs in on. A test of a channel is no sign-in of it: what stood in a form was tried.
    sign_in: Option<ChannelId>,
}

/// How the steps are called that sign in.
const SIGN_IN: &str = "auth.";

async fn begun(tx: &mut ReadTx, id: ExchangeId) -> Result<Option<Begun>, StorageError> {
    let find = query("SELECT request_id, channel_id, step, started_at FROM exchange WHERE tenant_id = $1 AND id = $2");
    let Some(row) = tx.optional(find.bind(tx.tenant()).bind(id)).await? else { return Ok(None) };
    let request: Option<RequestId> = row.get("request_id")?;
    let signs_in = request.is_some() && row.get::<String>("step")?.starts_with(SIGN_IN);
    let sign_in = if signs_in { Some(row.get("channel_id")?) } else { None };
    let sealer = tx.sealer_of(request, "exchange", id).await?;
    Ok(Some(Begun { sealer, at: row.get("started_at")?, sign_in }))
}

/// Stores a whole answer. `false` when the call had ended already.
pub async fn answer(
    tx: &mut WriteTx,
    id: ExchangeId,
    status: u16,
    answer: &Message,
    took: Duration,
) -> Result<bool, StorageError> {
    let Some(Begun { sealer, at, sign_in }) = begun(tx, id).await? else { return Ok(false) };
    let set = query(
        "UPDATE exchange SET state = $3, status = $4, sealed_response_headers = $5, sealed_response_body = $6, took_ms = $7
         WHERE tenant_id = $1 AND id = $2 AND state = 'sending'",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(ExchangeState::Answered)
    .bind(status)
    .bind(sealer.seal_json("sealed_response_headers", &answer.headers)?)
    .bind(sealer.seal("sealed_response_body", &answer.body)?)
    .bind(millis(took));
    if !tx.changes_one(set).await? {
        return Ok(false);
    }
    daily::mark(tx, at).await?;
    if let Some(channel) = sign_in {
        let failure = (!(200..300).contains(&status)).then(|| status.to_string());
        lanes::sign_in(tx, channel, at.plus(took), failure.as_deref()).await?;
    }
    Ok(true)
}

/// Stores why no whole answer came. `false` when the call had ended already.
pub async fn break_off(
    tx: &mut WriteTx,
    id: ExchangeId,
    kind: &str,
    message: &str,
    took: Duration,
) -> Result<bool, StorageError> {
    let Some(Begun { sealer, at, sign_in }) = begun(tx, id).await? else { return Ok(false) };
    let set = query(
        "UPDATE exchange SET state = $3, failure = $4, sealed_failure_message = $5, took_ms = $6
         WHERE tenant_id = $1 AND id = $2 AND state = 'sending'",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(ExchangeState::Broken)
    .bind(kind)
    .bind(sealer.seal("sealed_failure_message", message.as_bytes())?)
    .bind(millis(took));
    if !tx.changes_one(set).await? {
        return Ok(false);
    }
    daily::mark(tx, at).await?;
    if let Some(channel) = sign_in {
        lanes::sign_in(tx, channel, at.plus(took), Some(kind)).await?;
    }
    Ok(true)
}

async fn line(tx: &mut ReadTx, row: &Row) -> Result<(Listed, Sealer), StorageError> {
    let id: ExchangeId = row.get("id")?;
    let sealer = tx.sealer_of(row.get("request_id")?, "exchange", id).await?;
    let line = Listed {
        id,
        run: row.get("run_id")?,
        action: row.get("action")?,
        actor: row.get("actor_name")?,
        step: row.get("step")?,
        attempt: row.get("attempt")?,
        state: row.get("state")?,
        method: row.get("method")?,
        url: sealer.open_text(row, "sealed_url")?,
        started_at: row.get("started_at")?,
        status: row.get("status")?,
        took: row.get::<Option<i64>>("took_ms")?.map(span),
        failure: row.get("failure")?,
    };
    Ok((line, sealer))
}

/// Which calls of a request are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this run.
    pub run: Option<RunId>,
    /// Those of this action, by the manifest's key.
    pub action: Option<String>,
    /// Those that ended so.
    pub end: Option<CallOutcome>,
}

fn narrowed(mut wanted: Query, filter: &Filter) -> Query {
    if let Some(run) = filter.run {
        wanted = wanted.push(" AND run_id = ").push_bind(run);
    }
    if let Some(action) = &filter.action {
        wanted = wanted.push(" AND action = ").push_bind(action.as_str());
    }
    match filter.end {
        Some(CallOutcome::Answered) => wanted.push(" AND state = 'answered' AND status < 400"),
        Some(CallOutcome::Refused) => wanted.push(" AND state = 'answered' AND status BETWEEN 400 AND 499"),
        Some(CallOutcome::Faulty) => wanted.push(" AND state = 'answered' AND status >= 500"),
        Some(CallOutcome::Timeout) => wanted.push(" AND state = 'broken' AND failure = 'timeout'"),
        Some(CallOutcome::Broken) => wanted.push(" AND state = 'broken' AND failure <> 'timeout'"),
        Some(CallOutcome::Open) => wanted.push(" AND state = 'sending'"),
        None => wanted,
    }
}

/// One page of a request's calls, newest first (LOG-1).
pub async fn list(
    tx: &mut ReadTx,
    request: RequestId,
    filter: &Filter,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Listed>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || {
        let wanted = query(
            "SELECT id, request_id, run_id, action, actor_name, step, attempt, state, method, sealed_url, started_at, status,
                took_ms, failure FROM exchange WHERE tenant_id = $1 AND request_id = $2",
        );
        narrowed(wanted.bind(tenant).bind(request), filter)
    };
    let page = page::read(tx, wanted, page::Key::ID, from, limit).await?;
    let mut rows = Vec::new();
    for row in &page.rows {
        rows.push(line(tx, row).await?.0);
    }
    Ok(Page::of(rows, &page))
}

/// The actions that a request's calls belong to, by the manifest's keys.
pub async fn actions(tx: &mut ReadTx, request: RequestId) -> Result<Vec<String>, StorageError> {
    let list = query("SELECT DISTINCT action FROM exchange WHERE tenant_id = $1 AND request_id = $2");
    let rows = tx.all(list.bind(tx.tenant()).bind(request)).await?;
    let mut actions = rows.iter().map(|row| row.get("action")).collect::<Result<Vec<String>, _>>()?;
    // Sorted here, because the databases order text differently.
    actions.sort();
    Ok(actions)
}

/// The latest calls that tested a channel, newest first (CHAN-6).
pub async fn tests(tx: &mut ReadTx, channel: ChannelId, most: u32) -> Result<Vec<Listed>, StorageError> {
    let list = query(
        "SELECT id, request_id, run_id, action, actor_name, step, attempt, state, method, sealed_url, started_at, status,
            took_ms, failure FROM exchange WHERE tenant_id = $1 AND channel_id = $2 AND request_id IS NULL
         ORDER BY id DESC LIMIT $3",
    );
    let mut calls = Vec::new();
    for row in &tx.all(list.bind(tx.tenant()).bind(channel).bind(most)).await? {
        calls.push(line(tx, row).await?.0);
    }
    Ok(calls)
}

/// The call with everything that was kept of it.
pub async fn find(tx: &mut ReadTx, id: ExchangeId) -> Result<Option<Exchange>, StorageError> {
    let find = query("SELECT * FROM exchange WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    let (line, sealer) = line(tx, &row).await?;
    let answer = match line.state {
        ExchangeState::Answered => Some(Message {
            headers: sealer.open_json(&row, "sealed_response_headers")?,
            body: sealer.open(&row, "sealed_response_body")?,
        }),
        ExchangeState::Sending | ExchangeState::Broken => None,
    };
    let failure = sealer.open_optional(&row, "sealed_failure_message")?;
    Ok(Some(Exchange {
        request: row.get("request_id")?,
        channel: row.get("channel_id")?,
        sent: Message {
            headers: sealer.open_json(&row, "sealed_request_headers")?,
            body: sealer.open(&row, "sealed_request_body")?,
        },
        answer,
        failure_message: failure
            .map(String::from_utf8)
            .transpose()
            .map_err(|_| StorageError::Corrupt("sealed_failure_message"))?,
        line,
    }))
}

/// Each call of a run with its step and how far it came, in the order in which they were sent.
pub async fn states(tx: &mut ReadTx, run: RunId) -> Result<Vec<(String, ExchangeState)>, StorageError> {
    let list = query("SELECT step, state FROM exchange WHERE tenant_id = $1 AND run_id = $2 ORDER BY id");
    let list = list.bind(tx.tenant()).bind(run);
    tx.all(list).await?.iter().map(|row| Ok((row.get("step")?, row.get("state")?))).collect()
}

/// When a run asked last by that action, and how it was answered: with an HTTP status, or not at all.
pub async fn last_of(
    tx: &mut ReadTx,
    run: RunId,
    action: &str,
) -> Result<Option<(Timestamp, Option<u16>)>, StorageError> {
    let find = query(
        "SELECT started_at, status FROM exchange WHERE tenant_id = $1 AND run_id = $2 AND action = $3 AND state <> $4
         ORDER BY id DESC LIMIT 1",
    );
    let find = find.bind(tx.tenant()).bind(run).bind(action).bind(ExchangeState::Sending);
    tx.optional(find).await?.map(|row| Ok((row.get("started_at")?, row.get("status")?))).transpose()
}

/// How many calls the request has, counted up to `most`.
pub async fn count(tx: &mut ReadTx, request: RequestId, most: u32) -> Result<u32, StorageError> {
    let count = query(
        "SELECT count(*) AS calls FROM (SELECT 1 AS one FROM exchange WHERE tenant_id = $1 AND request_id = $2 LIMIT $3) e",
    );
    let count = count.bind(tx.tenant()).bind(request).bind(most);
    let row = tx.optional(count).await?.ok_or(StorageError::Corrupt("calls"))?;
    u32::try_from(row.get::<i64>("calls")?).map_err(|_| StorageError::Corrupt("calls"))
}
