//! Runs: each one attempt of one action.

use dossier_domain::{ChannelId, ErrorClass, RequestId, RunId, RunState, Timestamp, Verdict};
use serde_json::Value;

use crate::by::By;
use crate::dialect::Row;
use crate::error::StorageError;
use crate::page::{self, Cursor, Page};
use crate::query::{Query, query};
use crate::requests;
use crate::tx::{ReadTx, WriteTx};

/// What an action does at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing changes; it may be asked again.
    Read,
    /// Something begins, is sent or is charged.
    Write,
}

impl Effect {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    pub(crate) fn of(word: &str) -> Result<Self, StorageError> {
        match word {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            _ => Err(StorageError::Corrupt("effect")),
        }
    }
}

/// A run to add, queued.
pub struct NewRun<'a> {
    /// The id to be.
    pub id: RunId,
    /// Of which request.
    pub request: RequestId,
    /// The manifest's key of the action.
    pub action: &'a str,
    /// The action's name on pages, as it was then.
    pub label: &'a str,
    /// What the action does at the provider.
    pub effect: Effect,
    /// The checked parameters; sealed.
    pub params: &'a Value,
    /// The text that it is run and shown by; must be kept already ([`crate::manifests::keep`]).
    pub manifest_digest: &'a str,
    /// The idempotency key, with what was asked, so that another ask with the same key can be told.
    pub key: Option<Key<'a>>,
    /// After this instant a waiting run is overdue.
    pub deadline: Option<Timestamp>,
    /// Now.
    pub created_at: Timestamp,
    /// Who asks.
    pub by: &'a By,
}

/// Parameters are personal data.
impl std::fmt::Debug for NewRun<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewRun({}, {})", self.id, self.action)
    }
}

/// An idempotency key and what was asked under it. Kept as keyed digests only.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// The key as the form or program sent it.
    pub key: &'a str,
    /// Request, action and parameters in any fixed form.
    pub fingerprint: &'a [u8],
}

/// The fingerprint holds parameters.
impl std::fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// A run.
#[derive(Clone, PartialEq)]
pub struct Run {
    /// The id.
    pub id: RunId,
    /// Of which request.
    pub request: RequestId,
    /// The manifest's key of the action.
    pub action: String,
    /// The action's name on pages, as it was then.
    pub label: String,
    /// How it stands.
    pub state: RunState,
    /// What the action does at the provider.
    pub effect: Effect,
    /// The parameters.
    pub params: Value,
    /// What kind of failure ended it.
    pub error: Option<ErrorClass>,
    /// The words for people, about a failure or an unknown outcome.
    pub message: Option<String>,
    /// Whether the words are the provider's own.
    pub quoted: bool,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// The text that it is run and shown by.
    pub manifest_digest: String,
    /// Which process works on it.
    pub worker: Option<String>,
    /// Until when that process may be silent.
    pub lease_until: Option<Timestamp>,
    /// When to ask the provider again.
    pub next_poll: Option<Timestamp>,
    /// After this instant a waiting run is overdue.
    pub deadline: Option<Timestamp>,
    /// When the provider took it up, where its end comes later.
    pub accepted_at: Option<Timestamp>,
    /// The provider's time of the newest word about it that counted.
    pub told_at: Option<Timestamp>,
    /// How often the provider was asked how it stands.
    pub polls: u32,
    /// How often a worker has taken it.
    pub tries: u32,
    /// The number of what it asks of its provider among all that its request asks.
    pub ask: i64,
    /// The round of its channel's callbacks whose address it is given; 0 where there is none.
    pub callback_round: i64,
    /// Since when it is queued.
    pub created_at: Timestamp,
    /// Who asked.
    pub by: By,
    /// Since when it runs.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Parameters and messages are personal data.
impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Run({}, {}, {})", self.id, self.action, self.state)
    }
}

/// What changes besides the state. `None` leaves what stands, but for failure, message and end, which belong to the state.
#[derive(Clone, Default)]
pub struct Patch {
    /// What kind of failure ended it.
    pub error: Option<ErrorClass>,
    /// The words for people, and whether they are the provider's own.
    pub message: Option<(String, bool)>,
    /// What the provider concluded.
    pub verdict: Option<Verdict>,
    /// Since when it runs.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When to ask the provider again.
    pub next_poll: Option<Timestamp>,
    /// After this instant a waiting run is overdue.
    pub deadline: Option<Timestamp>,
    /// When the provider took it up.
    pub accepted_at: Option<Timestamp>,
    /// The value by which callbacks name it; kept as a keyed digest.
    pub subject: Option<String>,
}

/// Adds a run, queued.
///
/// # Errors
/// [`crate::Constraint::RunKey`] when a run was started with this idempotency key: see [`find_by_key`];
/// [`crate::Constraint::LiveRun`] when the action is queued or running in this request.
pub async fn add(tx: &mut WriteTx, run: &NewRun<'_>) -> Result<(), StorageError> {
    let tenant_key = tx.tenant_key().await?;
    let params = tx.sealer(run.request, "run", run.id).await?.seal_json("sealed_params", run.params)?;
    let ask = requests::next_ask(tx, run.request).await?;
    let add = query(
        "INSERT INTO run (tenant_id, id, request_id, action, label, state, effect, sealed_params, quoted, verdict,
            manifest_digest, key_digest, fingerprint_digest, deadline, created_at, created_by, created_by_name, ask,
            callback_round)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            (SELECT c.callback_round FROM request r JOIN channel c ON c.tenant_id = r.tenant_id AND c.id = r.channel_id
             WHERE r.tenant_id = $1 AND r.id = $3))",
    )
    .bind(tx.tenant())
    .bind(run.id)
    .bind(run.request)
    .bind(run.action)
    .bind(run.label)
    .bind(RunState::Queued)
    .bind(run.effect.word())
    .bind(params)
    .bind(false)
    .bind(Verdict::None)
    .bind(run.manifest_digest)
    .bind(run.key.map(|key| tenant_key.digest("run.key", key.key.as_bytes())))
    .bind(run.key.map(|key| tenant_key.digest("run.fingerprint", key.fingerprint)))
    .bind(run.deadline)
    .bind(run.created_at)
    .bind(run.by.id)
    .bind(run.by.name.as_str())
    .bind(ask);
    tx.attempt(add).await.map(drop)
}

async fn read(tx: &mut ReadTx, row: &Row) -> Result<Run, StorageError> {
    let (id, request): (RunId, RequestId) = (row.get("id")?, row.get("request_id")?);
    let sealer = tx.sealer(request, "run", id).await?;
    let message = sealer.open_optional(row, "sealed_message")?;
    Ok(Run {
        id,
        request,
        action: row.get("action")?,
        label: row.get("label")?,
        state: row.get("state")?,
        effect: Effect::of(&row.get::<String>("effect")?)?,
        params: sealer.open_json(row, "sealed_params")?,
        error: row.get("error")?,
        message: message.map(String::from_utf8).transpose().map_err(|_| StorageError::Corrupt("sealed_message"))?,
        quoted: row.get("quoted")?,
        verdict: row.get("verdict")?,
        manifest_digest: row.get("manifest_digest")?,
        worker: row.get("worker")?,
        lease_until: row.get("lease_until")?,
        next_poll: row.get("next_poll")?,
        deadline: row.get("deadline")?,
        accepted_at: row.get("accepted_at")?,
        told_at: row.get("told_at")?,
        polls: row.get("polls")?,
        tries: row.get("tries")?,
        ask: row.get("ask")?,
        callback_round: row.get("callback_round")?,
        created_at: row.get("created_at")?,
        by: By::read(row, "created_by", "created_by_name")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
    })
}

async fn all(tx: &mut ReadTx, list: Query) -> Result<Vec<Run>, StorageError> {
    let mut runs = Vec::new();
    for row in tx.all(list).await? {
        runs.push(read(tx, &row).await?);
    }
    Ok(runs)
}

/// The run.
pub async fn find(tx: &mut ReadTx, id: RunId) -> Result<Option<Run>, StorageError> {
    let find = query("SELECT * FROM run WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, id: RunId) -> Result<Option<Run>, StorageError> {
    let find = query("SELECT * FROM run WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.lock(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// The run that was started with this idempotency key, and whether the same thing was asked then.
pub async fn find_by_key(tx: &mut ReadTx, key: Key<'_>) -> Result<Option<(Run, bool)>, StorageError> {
    let tenant_key = tx.tenant_key().await?;
    let find = query("SELECT * FROM run WHERE tenant_id = $1 AND key_digest = $2");
    let find = find.bind(tx.tenant()).bind(tenant_key.digest("run.key", key.key.as_bytes()));
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    let asked: Option<[u8; 32]> = row.get("fingerprint_digest")?;
    let same = asked == Some(tenant_key.digest("run.fingerprint", key.fingerprint));
    Ok(Some((read(tx, &row).await?, same)))
}

/// The latest run of each action of a request, in the order of the actions' keys.
pub async fn latest(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Run>, StorageError> {
    let list = query(
        "SELECT * FROM run r WHERE r.tenant_id = $1 AND r.request_id = $2 AND NOT EXISTS (
            SELECT 1 FROM run newer WHERE newer.tenant_id = r.tenant_id AND newer.request_id = r.request_id
                AND newer.action = r.action AND newer.id > r.id)",
    );
    let list = list.bind(tx.tenant()).bind(request);
    let mut runs = all(tx, list).await?;
    // Sorted here, because the databases order text differently.
    runs.sort_by(|a, b| a.action.cmp(&b.action));
    Ok(runs)
}

/// One page of a request's runs, newest first: those of `action`, or all.
pub async fn list(
    tx: &mut ReadTx,
    request: RequestId,
    action: Option<&str>,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Run>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || {
        let wanted = query("SELECT * FROM run WHERE tenant_id = $1 AND request_id = $2").bind(tenant).bind(request);
        match action {
            Some(action) => wanted.push(" AND action = ").push_bind(action),
            None => wanted,
        }
    };
    let page = page::read(tx, wanted, page::Key::ID, from, limit).await?;
    let mut rows = Vec::new();
    for row in &page.rows {
        rows.push(read(tx, row).await?);
    }
    Ok(Page::of(rows, &page))
}

/// The actions that were run in a request, each with its latest name on pages.
pub async fn actions(tx: &mut ReadTx, request: RequestId) -> Result<Vec<(String, String)>, StorageError> {
    let list = query(
        "SELECT action, label FROM run r WHERE r.tenant_id = $1 AND r.request_id = $2 AND NOT EXISTS (
            SELECT 1 FROM run newer WHERE newer.tenant_id = r.tenant_id AND newer.request_id = r.request_id
                AND newer.action = r.action AND newer.id > r.id)",
    );
    let rows = tx.all(list.bind(tx.tenant()).bind(request)).await?;
    let mut actions =
        rows.iter().map(|row| Ok((row.get("action")?, row.get("label")?))).collect::<Result<Vec<_>, StorageError>>()?;
    actions.sort();
    Ok(actions)
}

/// The runs of a request whose outcome nobody knows, oldest first: each asks for a person until it is settled.
pub async fn unknown(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Run>, StorageError> {
    let list = query("SELECT * FROM run WHERE tenant_id = $1 AND request_id = $2 AND state = $3 ORDER BY id");
    let list = list.bind(tx.tenant()).bind(request).bind(RunState::Unknown);
    all(tx, list).await
}

/// The runs of a channel that callbacks name so, oldest first, those of deleted requests before all others.
pub async fn about(tx: &mut ReadTx, channel: ChannelId, subject: [u8; 32]) -> Result<Vec<Run>, StorageError> {
    let list = query(
        "SELECT run.* FROM run JOIN request ON request.tenant_id = run.tenant_id AND request.id = run.request_id
         WHERE run.tenant_id = $1 AND run.subject_digest = $2 AND request.channel_id = $3
         ORDER BY CASE WHEN request.deleted_at IS NULL THEN 1 ELSE 0 END, run.id",
    );
    let list = list.bind(tx.tenant()).bind(subject).bind(channel);
    all(tx, list).await
}

/// The runs of a request that were sent and have no end yet, oldest first.
pub async fn waiting(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Run>, StorageError> {
    let list = query(
        "SELECT * FROM run WHERE tenant_id = $1 AND request_id = $2 AND state IN ('waiting', 'overdue', 'unknown') ORDER BY id",
    );
    let list = list.bind(tx.tenant()).bind(request);
    all(tx, list).await
}

/// The runs of a request whose end nobody knows until a person says it, oldest first.
pub async fn unsettled(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Run>, StorageError> {
    let list = query(
        "SELECT * FROM run WHERE tenant_id = $1 AND request_id = $2 AND state IN ('overdue', 'unknown') ORDER BY id",
    );
    let list = list.bind(tx.tenant()).bind(request);
    all(tx, list).await
}

/// The runs of a request that have no end yet and are on their way to it by themselves, oldest first.
pub async fn going_on(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Run>, StorageError> {
    let list = query(
        "SELECT * FROM run WHERE tenant_id = $1 AND request_id = $2 AND state IN ('queued', 'running', 'waiting') ORDER BY id",
    );
    let list = list.bind(tx.tenant()).bind(request);
    all(tx, list).await
}

/// How the runs of a request stand, oldest first: action, state, and whether the provider took them up.
pub async fn standing(tx: &mut ReadTx, request: RequestId) -> Result<Vec<(String, RunState, bool)>, StorageError> {
    let list = query("SELECT action, state, accepted_at FROM run WHERE tenant_id = $1 AND request_id = $2 ORDER BY id");
    let rows = tx.all(list.bind(tx.tenant()).bind(request)).await?;
    rows.iter()
        .map(|row| {
            let accepted: Option<Timestamp> = row.get("accepted_at")?;
            Ok((row.get("action")?, row.get("state")?, accepted.is_some()))
        })
        .collect()
}

/// The request of a run and its deadline, without opening what is sealed.
pub async fn place(tx: &mut ReadTx, id: RunId) -> Result<Option<(RequestId, Option<Timestamp>)>, StorageError> {
    let find = query("SELECT request_id, deadline FROM run WHERE tenant_id = $1 AND id = $2");
    let find = find.bind(tx.tenant()).bind(id);
    tx.optional(find).await?.map(|row| Ok((row.get("request_id")?, row.get("deadline")?))).transpose()
}

/// A keyed digest of the value by which callbacks name a run, where that is known.
pub async fn subject(tx: &mut ReadTx, id: RunId) -> Result<Option<[u8; 32]>, StorageError> {
    let find = query("SELECT subject_digest FROM run WHERE tenant_id = $1 AND id = $2");
    let find = find.bind(tx.tenant()).bind(id);
    tx.optional(find).await?.map_or(Ok(None), |row| row.get("subject_digest"))
}

/// Notes that the provider was asked how a run stands, and when it is asked next.
pub async fn asked(tx: &mut WriteTx, id: RunId, next_poll: Option<Timestamp>) -> Result<(), StorageError> {
    let set = query("UPDATE run SET polls = polls + 1, next_poll = $3 WHERE tenant_id = $1 AND id = $2");
    tx.execute(set.bind(tx.tenant()).bind(id).bind(next_poll)).await.map(drop)
}

/// Notes the provider's time of the newest word about a run that counts.
pub async fn told(tx: &mut WriteTx, id: RunId, at: Timestamp) -> Result<(), StorageError> {
    let set = query("UPDATE run SET told_at = $3 WHERE tenant_id = $1 AND id = $2");
    tx.execute(set.bind(tx.tenant()).bind(id).bind(at)).await.map(drop)
}

/// Moves a run, provided that it still is in `from`. Says whether it was. What was said of the state before, its failure,
/// message and end, goes with it. The lease ends unless it now runs or waits in the same hands.
pub async fn move_to(
    tx: &mut WriteTx,
    id: RunId,
    from: RunState,
    to: RunState,
    patch: Patch,
) -> Result<bool, StorageError> {
    let owner = query("SELECT request_id FROM run WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(owner) = tx.optional(owner).await? else { return Ok(false) };
    let (message, quoted) = match patch.message {
        Some((text, quoted)) => {
            let sealer = tx.sealer(owner.get("request_id")?, "run", id).await?;
            (Some(sealer.seal("sealed_message", text.as_bytes())?), Some(quoted))
        }
        None => (None, None),
    };
    let subject = match patch.subject {
        Some(subject) => Some(tx.tenant_key().await?.digest("callback.subject", subject.as_bytes())),
        None => None,
    };
    let leave = to != RunState::Running;
    let set = query(
        "UPDATE run SET state = $4, error = $5, sealed_message = $6, quoted = coalesce($7, $16),
            verdict = coalesce($8, verdict), started_at = coalesce($9, started_at), ended_at = $10, next_poll = coalesce($11, next_poll), deadline = coalesce($12, deadline),
            accepted_at = coalesce($14, accepted_at), subject_digest = coalesce($15, subject_digest),
            worker = CASE WHEN $13 THEN NULL ELSE worker END,
            lease_until = CASE WHEN $13 THEN NULL ELSE lease_until END
         WHERE tenant_id = $1 AND id = $2 AND state = $3",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(from)
    .bind(to)
    .bind(patch.error)
    .bind(message)
    .bind(quoted)
    .bind(patch.verdict)
    .bind(patch.started_at)
    .bind(patch.ended_at)
    .bind(patch.next_poll)
    .bind(patch.deadline)
    .bind(leave)
    .bind(patch.accepted_at)
    .bind(subject)
    .bind(false);
    tx.changes_one(set).await
}
