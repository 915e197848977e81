//! Webhooks: addresses of a tenant's own to which news are sent, with the secrets that sign them.

use dossier_domain::{Timestamp, WebhookEvent, WebhookId, WebhookState};
use secrecy::{ExposeSecret, SecretString};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// What a person decides about a webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Setup {
    /// The name on pages.
    pub name: String,
    /// Where news are sent. It may hold a secret.
    pub url: String,
    /// What it is told of; everything when there is none.
    pub events: Vec<WebhookEvent>,
}

/// Never the address.
impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Setup({}, {:?})", self.name, self.events)
    }
}

impl Setup {
    /// Whether it is told of `event`. Who is told of everything is told of that to come too.
    pub fn wants(&self, event: WebhookEvent) -> bool {
        wants(&self.events, event)
    }
}

fn wants(events: &[WebhookEvent], event: WebhookEvent) -> bool {
    events.is_empty() || events.contains(&event)
}

/// A webhook without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The id.
    pub id: WebhookId,
    /// What a person decided.
    pub setup: Setup,
    /// How it stands.
    pub state: WebhookState,
    /// Since when.
    pub state_at: Timestamp,
    /// Grows with every change by a person.
    pub version: i64,
    /// How many attempts have failed in a row.
    pub failures: u32,
    /// When something arrived last.
    pub delivered_at: Option<Timestamp>,
    /// When an attempt failed last.
    pub failed_at: Option<Timestamp>,
    /// How: a kind such as `timeout`, or a status such as `503`.
    pub failure: Option<String>,
    /// Until when it asked to be left alone.
    pub paused_until: Option<Timestamp>,
    /// Since when there is one.
    pub created_at: Timestamp,
}

/// What signs deliveries.
#[derive(Clone, Debug)]
pub struct Secret {
    /// As its receiver has it: `whsec_` and base64.
    pub text: SecretString,
    /// Until when it signs, once another took its place.
    pub until: Option<Timestamp>,
}

type Kept = Vec<(String, Option<Timestamp>)>;

fn event_words(events: &[WebhookEvent]) -> String {
    events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(" ")
}

fn events(row: &Row) -> Result<Vec<WebhookEvent>, StorageError> {
    let text: String = row.get("events")?;
    let events: Result<_, _> = text.split_whitespace().map(str::parse).collect();
    events.map_err(|_| StorageError::Corrupt("events"))
}

/// Adds a webhook, active. `false` when there is one with this id.
pub async fn add(
    tx: &mut WriteTx,
    id: WebhookId,
    setup: &Setup,
    secret: &Secret,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let sealer = tx.sealer_of(None, "webhook", id).await?;
    let kept: Kept = vec![(secret.text.expose_secret().to_owned(), secret.until)];
    let add = query(
        "INSERT INTO webhook (tenant_id, id, name, sealed_url, sealed_secrets, events, state, state_at, version, failures,
            created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, $8) ON CONFLICT (tenant_id, id) DO NOTHING",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(setup.name.as_str())
    .bind(sealer.seal("sealed_url", setup.url.as_bytes())?)
    .bind(sealer.seal_json("sealed_secrets", &kept)?)
    .bind(event_words(&setup.events))
    .bind(WebhookState::Active)
    .bind(now);
    tx.changes_one(add).await
}

async fn read(tx: &mut ReadTx, row: &Row) -> Result<Webhook, StorageError> {
    let id: WebhookId = row.get("id")?;
    let url = tx.sealer_of(None, "webhook", id).await?.open_text(row, "sealed_url")?;
    Ok(Webhook {
        id,
        setup: Setup { name: row.get("name")?, url, events: events(row)? },
        state: row.get("state")?,
        state_at: row.get("state_at")?,
        version: row.get("version")?,
        failures: row.get("failures")?,
        delivered_at: row.get("delivered_at")?,
        failed_at: row.get("failed_at")?,
        failure: row.get("failure")?,
        paused_until: row.get("paused_until")?,
        created_at: row.get("created_at")?,
    })
}

/// The webhook.
pub async fn find(tx: &mut ReadTx, id: WebhookId) -> Result<Option<Webhook>, StorageError> {
    let find = query("SELECT * FROM webhook WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, id: WebhookId) -> Result<Option<Webhook>, StorageError> {
    let find = query("SELECT * FROM webhook WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.lock(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// Every webhook, the oldest first.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<Webhook>, StorageError> {
    let list = query("SELECT * FROM webhook WHERE tenant_id = $1 ORDER BY id").bind(tx.tenant());
    let mut all = Vec::new();
    for row in tx.all(list).await? {
        all.push(read(tx, &row).await?);
    }
    Ok(all)
}

/// The active webhooks that are told of `event`.
pub async fn wanting(tx: &mut ReadTx, event: WebhookEvent) -> Result<Vec<WebhookId>, StorageError> {
    let list = query("SELECT id, events FROM webhook WHERE tenant_id = $1 AND state = $2 ORDER BY id");
    let rows = tx.all(list.bind(tx.tenant()).bind(WebhookState::Active)).await?;
    let mut wanting = Vec::new();
    for row in &rows {
        if wants(&events(row)?, event) {
            wanting.push(row.get("id")?);
        }
    }
    Ok(wanting)
}

/// The secrets of a webhook, the newest first, those among them that have had their time; none when there is no such webhook.
pub async fn secrets(tx: &mut ReadTx, id: WebhookId) -> Result<Vec<Secret>, StorageError> {
    let find = query("SELECT sealed_secrets FROM webhook WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(Vec::new()) };
    let kept: Kept = tx.sealer_of(None, "webhook", id).await?.open_json(&row, "sealed_secrets")?;
    Ok(kept.into_iter().map(|(text, until)| Secret { text: text.into(), until }).collect())
}

/// Replaces the secrets of a webhook, which must have been locked.
pub async fn set_secrets(tx: &mut WriteTx, id: WebhookId, secrets: &[Secret]) -> Result<(), StorageError> {
    let kept: Kept = secrets.iter().map(|secret| (secret.text.expose_secret().to_owned(), secret.until)).collect();
    let sealed = tx.sealer_of(None, "webhook", id).await?.seal_json("sealed_secrets", &kept)?;
    let set = query("UPDATE webhook SET sealed_secrets = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2");
    tx.execute(set.bind(tx.tenant()).bind(id).bind(sealed)).await.map(drop)
}

/// Changes what a person decides about a webhook, which must have been locked.
pub async fn change(tx: &mut WriteTx, id: WebhookId, setup: &Setup) -> Result<(), StorageError> {
    let sealed = tx.sealer_of(None, "webhook", id).await?.seal("sealed_url", setup.url.as_bytes())?;
    let set = query(
        "UPDATE webhook SET name = $3, sealed_url = $4, events = $5, version = version + 1 WHERE tenant_id = $1 AND id = $2",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(setup.name.as_str()).bind(sealed).bind(event_words(&setup.events));
    tx.execute(set).await.map(drop)
}

/// Moves a webhook to another state, from which it counts its failures anew. It must have been locked.
pub async fn move_to(tx: &mut WriteTx, id: WebhookId, state: WebhookState, now: Timestamp) -> Result<(), StorageError> {
    let set = query(
        "UPDATE webhook SET state = $3, state_at = $4, failures = 0, paused_until = NULL, version = version + 1
         WHERE tenant_id = $1 AND id = $2",
    );
    tx.execute(set.bind(tx.tenant()).bind(id).bind(state).bind(now)).await.map(drop)
}

/// Notes that something arrived.
pub async fn arrived(tx: &mut WriteTx, id: WebhookId, now: Timestamp) -> Result<(), StorageError> {
    let set = query(
        "UPDATE webhook SET failures = 0, delivered_at = $3, paused_until = NULL WHERE tenant_id = $1 AND id = $2",
    );
    tx.execute(set.bind(tx.tenant()).bind(id).bind(now)).await.map(drop)
}

/// Notes that an attempt failed, how, and until when the receiver asked to be left alone.
pub async fn failed(
    tx: &mut WriteTx,
    id: WebhookId,
    failure: &str,
    paused_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let set = query(
        "UPDATE webhook SET failures = failures + 1, failed_at = $3, failure = $4, paused_until = $5
         WHERE tenant_id = $1 AND id = $2",
    );
    tx.execute(set.bind(tx.tenant()).bind(id).bind(now).bind(failure).bind(paused_until)).await.map(drop)
}

/// Removes a webhook with its secrets. Says whether there was one. Its deliveries are
/// [`crate::deliveries::remove_of`]'s.
pub async fn remove(tx: &mut WriteTx, id: WebhookId) -> Result<bool, StorageError> {
    let remove = query("DELETE FROM webhook WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.changes_one(remove).await
}
