//! The audit: who did what, written in the transaction of what it records, never changed afterwards.
//!
//! PostgreSQL refuses change by grant, SQLite by trigger. Each event is also noted as not yet sealed, for the sealer.

use dossier_domain::{Actor, AuditEventId, Origin, RequestId, Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::page::{self, Cursor, Page};
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its kind, such as `channel`.
    pub kind: String,
    /// Which one, where it has an id.
    pub id: Option<Uuid>,
}

/// One thing that somebody did.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// The id.
    pub id: AuditEventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// What, such as `request.created`.
    pub action: String,
    /// To what.
    pub subject: Subject,
    /// The request that it belongs to: before and after are sealed with its key, or else with the tenant's.
    pub request: Option<RequestId>,
    /// What stood before. Secrets only as "changed".
    pub before: Option<Value>,
    /// What stands after. Secrets only as "changed".
    pub after: Option<Value>,
}

/// Before and after may hold personal data.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({}, {}, {})", self.id, self.action, self.subject.kind)
    }
}

/// Writes an event, and notes that it waits for its seal.
pub async fn write(tx: &mut WriteTx, event: &Event) -> Result<(), StorageError> {
    let sealer = tx.sealer_of(event.request, "audit_event", event.id).await?;
    let seal = |column, value: &Option<Value>| value.as_ref().map(|value| sealer.seal_json(column, value)).transpose();
    let add = query(
        "INSERT INTO audit_event (tenant_id, id, at, actor_kind, actor_id, actor_name, address, log_request, action,
            subject_kind, subject_id, request_id, sealed_before, sealed_after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tx.tenant())
    .bind(event.id)
    .bind(event.at)
    .bind(kind(&event.actor))
    .bind(event.actor.user())
    .bind(event.actor.name())
    .bind(event.origin.address.map(|address| address.to_string()))
    .bind(event.origin.request_id.as_deref())
    .bind(event.action.as_str())
    .bind(event.subject.kind.as_str())
    .bind(event.subject.id)
    .bind(event.request)
    .bind(seal("sealed_before", &event.before)?)
    .bind(seal("sealed_after", &event.after)?);
    tx.execute(add).await?;
    let note =
        query("INSERT INTO audit_unsealed (tenant_id, event_id) VALUES ($1, $2)").bind(tx.tenant()).bind(event.id);
    tx.execute(note).await.map(drop)
}

fn kind(actor: &Actor) -> &'static str {
    match actor {
        Actor::User { .. } => "user",
        Actor::Anonymous => "anonymous",
        Actor::Operator => "operator",
        Actor::System => "system",
    }
}

fn actor(row: &Row) -> Result<Actor, StorageError> {
    let id: Option<UserId> = row.get("actor_id")?;
    match (row.get::<String>("actor_kind")?.as_str(), id) {
        ("user", Some(id)) => Ok(Actor::User { id, name: row.get("actor_name")? }),
        ("anonymous", None) => Ok(Actor::Anonymous),
        ("operator", None) => Ok(Actor::Operator),
        ("system", None) => Ok(Actor::System),
        _ => Err(StorageError::Corrupt("actor_kind")),
    }
}

async fn read(tx: &mut ReadTx, row: &Row) -> Result<Event, StorageError> {
    let (id, request): (AuditEventId, Option<RequestId>) = (row.get("id")?, row.get("request_id")?);
    let sealer = tx.sealer_of(request, "audit_event", id).await?;
    let open = |column| -> Result<Option<Value>, StorageError> {
        let plain = sealer.open_optional(row, column)?;
        plain.map(|json| serde_json::from_slice(&json)).transpose().map_err(|_| StorageError::Corrupt(column))
    };
    let address: Option<String> = row.get("address")?;
    Ok(Event {
        id,
        at: row.get("at")?,
        actor: actor(row)?,
        origin: Origin {
            address: address.map(|a| a.parse()).transpose().map_err(|_| StorageError::Corrupt("address"))?,
            request_id: row.get("log_request")?,
        },
        action: row.get("action")?,
        subject: Subject { kind: row.get("subject_kind")?, id: row.get("subject_id")? },
        request,
        before: open("sealed_before")?,
        after: open("sealed_after")?,
    })
}

/// One page of the tenant's events, or of one request's only, newest first.
pub async fn list(
    tx: &mut ReadTx,
    request: Option<RequestId>,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Event>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || {
        let wanted = query("SELECT * FROM audit_event WHERE tenant_id = $1").bind(tenant);
        match request {
            Some(request) => wanted.push(" AND request_id = ").push_bind(request),
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
