//! Results: what succeeded runs brought. A later one of the same action replaces the earlier as the current output; the
//! earlier stays (ACT-7).

use std::time::Duration;

use dossier_domain::{RequestId, ResultId, RunId, Timestamp, Verdict};
use serde_json::{Map, Value};

use crate::by::By;
use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::{Query, query};
use crate::tx::{ReadTx, WriteTx};

/// A result. Raw answer, display and outputs are sealed in the database.
#[derive(Clone, PartialEq)]
pub struct RunResult {
    /// The id.
    pub id: ResultId,
    /// Of which run.
    pub run: RunId,
    /// Of which request.
    pub request: RequestId,
    /// The manifest's key of the action.
    pub action: String,
    /// The answer as it came, without secrets.
    pub raw: Vec<u8>,
    /// Of the raw answer, such as `application/json`.
    pub content_type: String,
    /// What pages show, as JSON.
    pub display: Value,
    /// The named values for later actions: a JSON object.
    pub outputs: Value,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// When the run succeeded.
    pub executed_at: Timestamp,
    /// Who asked for it.
    pub by: By,
    /// How long the provider took; kept in milliseconds.
    pub took: Duration,
}

/// What of a result the page of its request shows.
#[derive(Clone, PartialEq)]
pub enum Content {
    /// Of a large one what was made for that page when it was stored.
    Excerpt(Value),
    /// All of it.
    Whole {
        /// What pages show, as JSON.
        display: Value,
        /// The answer as it came, without secrets.
        raw: Vec<u8>,
    },
}

/// Personal data.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content")
    }
}

/// Everything else is personal data.
impl std::fmt::Debug for RunResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunResult({}, {}, {})", self.id, self.action, self.verdict)
    }
}

/// A result in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id.
    pub id: ResultId,
    /// Of which run.
    pub run: RunId,
    /// Of which request.
    pub request: RequestId,
    /// The manifest's key of the action.
    pub action: String,
    /// The action's name on pages, as it was then.
    pub label: String,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// When the run succeeded.
    pub executed_at: Timestamp,
    /// Who asked for it.
    pub by: By,
    /// How long the provider took.
    pub took: Duration,
    /// Whether it is its action's current output.
    pub current: bool,
}

/// Adds a result, the answer to the question number `ask` of its request, and makes it its action's current output, unless
/// that answers a later question. A large one has an `excerpt`, which pages are made of instead.
pub async fn add(tx: &mut WriteTx, result: &RunResult, excerpt: Option<&Value>, ask: i64) -> Result<(), StorageError> {
    let sealer = tx.sealer(result.request, "result", result.id).await?;
    let add = query(
        "INSERT INTO result (tenant_id, id, run_id, request_id, action, sealed_raw, content_type, sealed_display,
            sealed_outputs, verdict, executed_at, executed_by, executed_by_name, took_ms, sealed_excerpt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(tx.tenant())
    .bind(result.id)
    .bind(result.run)
    .bind(result.request)
    .bind(result.action.as_str())
    .bind(sealer.seal("sealed_raw", &result.raw)?)
    .bind(result.content_type.as_str())
    .bind(sealer.seal_json("sealed_display", &result.display)?)
    .bind(sealer.seal_json("sealed_outputs", &result.outputs)?)
    .bind(result.verdict)
    .bind(result.executed_at)
    .bind(result.by.id)
    .bind(result.by.name.as_str())
    .bind(millis(result.took))
    .bind(excerpt.map(|excerpt| sealer.seal_json("sealed_excerpt", excerpt)).transpose()?);
    tx.execute(add).await?;
    let point = query(
        "INSERT INTO output (tenant_id, request_id, action, result_id, ask) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, request_id, action) DO UPDATE SET result_id = excluded.result_id, ask = excluded.ask
         WHERE output.ask <= excluded.ask",
    );
    let point = point.bind(tx.tenant()).bind(result.request).bind(result.action.as_str()).bind(result.id).bind(ask);
    tx.execute(point).await.map(drop)
}

pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn span(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

async fn read(tx: &mut ReadTx, row: &Row) -> Result<RunResult, StorageError> {
    let (id, request): (ResultId, RequestId) = (row.get("id")?, row.get("request_id")?);
    let sealer = tx.sealer(request, "result", id).await?;
    Ok(RunResult {
        id,
        run: row.get("run_id")?,
        request,
        action: row.get("action")?,
        raw: sealer.open(row, "sealed_raw")?,
        content_type: row.get("content_type")?,
        display: sealer.open_json(row, "sealed_display")?,
        outputs: sealer.open_json(row, "sealed_outputs")?,
        verdict: row.get("verdict")?,
        executed_at: row.get("executed_at")?,
        by: By::read(row, "executed_by", "executed_by_name")?,
        took: span(row.get("took_ms")?),
    })
}

/// The result.
pub async fn find(tx: &mut ReadTx, id: ResultId) -> Result<Option<RunResult>, StorageError> {
    let find = query("SELECT * FROM result WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// What of a result the page of its request shows, without reading more of a large one.
pub async fn content(tx: &mut ReadTx, id: ResultId) -> Result<Option<Content>, StorageError> {
    let find = query(
        "SELECT request_id, sealed_excerpt, CASE WHEN sealed_excerpt IS NULL THEN sealed_display END AS sealed_display,
            CASE WHEN sealed_excerpt IS NULL THEN sealed_raw END AS sealed_raw
         FROM result WHERE tenant_id = $1 AND id = $2",
    );
    let Some(row) = tx.optional(find.bind(tx.tenant()).bind(id)).await? else { return Ok(None) };
    let sealer = tx.sealer(row.get("request_id")?, "result", id).await?;
    let excerpt: Option<Vec<u8>> = row.get("sealed_excerpt")?;
    Ok(Some(match excerpt {
        Some(_) => Content::Excerpt(sealer.open_json(&row, "sealed_excerpt")?),
        None => {
            Content::Whole { display: sealer.open_json(&row, "sealed_display")?, raw: sealer.open(&row, "sealed_raw")? }
        }
    }))
}

/// What a run brought of this action: its own, or the one that asks for its end.
pub async fn of(tx: &mut ReadTx, run: RunId, action: &str) -> Result<Option<ResultId>, StorageError> {
    let find = query("SELECT id FROM result WHERE tenant_id = $1 AND run_id = $2 AND action = $3");
    let row = tx.optional(find.bind(tx.tenant()).bind(run).bind(action)).await?;
    row.map(|row| row.get("id")).transpose()
}

/// The named values of the answer to the run itself, before anyone asked about its end.
pub async fn own_outputs(tx: &mut ReadTx, run: RunId) -> Result<Option<Value>, StorageError> {
    let find = query(
        "SELECT id, request_id, sealed_outputs FROM result WHERE tenant_id = $1 AND run_id = $2 ORDER BY id LIMIT 1",
    );
    let Some(row) = tx.optional(find.bind(tx.tenant()).bind(run)).await? else { return Ok(None) };
    let (id, request): (ResultId, RequestId) = (row.get("id")?, row.get("request_id")?);
    tx.sealer(request, "result", id).await?.open_json(&row, "sealed_outputs").map(Some)
}

fn listed() -> Query {
    query(
        "SELECT r.id, r.run_id, r.request_id, r.action, run.label, r.verdict, r.executed_at, r.executed_by,
            r.executed_by_name, r.took_ms, o.result_id AS current_id
         FROM result r JOIN run ON run.tenant_id = r.tenant_id AND run.id = r.run_id
         LEFT JOIN output o ON o.tenant_id = r.tenant_id AND o.result_id = r.id
            AND o.request_id = r.request_id AND o.action = r.action
         WHERE r.tenant_id = $1",
    )
}

fn line(row: &Row) -> Result<Listed, StorageError> {
    let current: Option<ResultId> = row.get("current_id")?;
    Ok(Listed {
        id: row.get("id")?,
        run: row.get("run_id")?,
        request: row.get("request_id")?,
        action: row.get("action")?,
        label: row.get("label")?,
        verdict: row.get("verdict")?,
        executed_at: row.get("executed_at")?,
        by: By::read(row, "executed_by", "executed_by_name")?,
        took: span(row.get("took_ms")?),
        current: current.is_some(),
    })
}

/// The facts of a result, without what is sealed.
pub async fn facts(tx: &mut ReadTx, id: ResultId) -> Result<Option<Listed>, StorageError> {
    let find = listed().bind(tx.tenant()).push(" AND r.id = ").push_bind(id);
    tx.optional(find).await?.as_ref().map(line).transpose()
}

/// The current outputs of a request, the newest first (RESULT-1).
pub async fn current(tx: &mut ReadTx, request: RequestId) -> Result<Vec<Listed>, StorageError> {
    let list = listed().bind(tx.tenant()).push(" AND o.request_id = ").push_bind(request);
    let list = list.push(" ORDER BY o.ask DESC, r.id DESC");
    tx.all(list).await?.iter().map(line).collect()
}

/// What a run brought, the last first: what was asked about its end came after what it was answered itself.
pub async fn of_run(tx: &mut ReadTx, run: RunId) -> Result<Vec<Listed>, StorageError> {
    let list = listed().bind(tx.tenant()).push(" AND r.run_id = ").push_bind(run).push(" ORDER BY r.id DESC");
    tx.all(list).await?.iter().map(line).collect()
}

/// The named values of all current results of a request, as one JSON object (ACT-5). Of two with one name the later
/// result's counts.
pub async fn outputs(tx: &mut ReadTx, request: RequestId) -> Result<Value, StorageError> {
    let list = query(
        "SELECT r.id, r.sealed_outputs FROM output o
         JOIN result r ON r.tenant_id = o.tenant_id AND r.id = o.result_id
         WHERE o.tenant_id = $1 AND o.request_id = $2 ORDER BY o.ask, r.id",
    );
    let list = list.bind(tx.tenant()).bind(request);
    let mut merged = Map::new();
    for row in tx.all(list).await? {
        let id: ResultId = row.get("id")?;
        let outputs: Map<String, Value> = tx.sealer(request, "result", id).await?.open_json(&row, "sealed_outputs")?;
        merged.extend(outputs);
    }
    Ok(Value::Object(merged))
}
