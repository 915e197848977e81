//! The audit: who did what, written in the transaction of what it records, never changed afterwards.
//!
//! PostgreSQL refuses change by grant, SQLite by trigger. Each event is also noted as not yet sealed, for the sealer.

use std::time::Duration;

use dossier_domain::{Actor, AuditEventId, Origin, PrincipalId, RequestId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::page::{self, Cursor, Page};
use crate::query::{Query, Value as Bound, containing, query};
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
    .bind(event.actor.principal())
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
        Actor::ApiKey { .. } => "api_key",
        Actor::Anonymous => "anonymous",
        Actor::Operator => "operator",
        Actor::System => "system",
    }
}

fn actor(row: &Row) -> Result<Actor, StorageError> {
    let id: Option<Uuid> = row.get("actor_id")?;
    match (row.get::<String>("actor_kind")?.as_str(), id) {
        ("user", Some(id)) => Ok(Actor::User { id: id.into(), name: row.get("actor_name")? }),
        ("api_key", Some(id)) => Ok(Actor::ApiKey { id: id.into(), name: row.get("actor_name")? }),
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

/// Which events to list. Empty wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What belongs to this request only.
    pub request: Option<RequestId>,
    /// Only what one of these did.
    pub actors: Option<Vec<ActorKind>>,
    /// Only these, such as `request.created`.
    pub actions: Option<Vec<String>>,
    /// Only what is about this.
    pub about: Option<About>,
    /// At this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub before: Option<Timestamp>,
}

/// Who acts, to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// This person, or this API key.
    Known(PrincipalId),
    /// Anybody who has not signed in.
    Anonymous,
    /// Whoever runs the installation.
    Operator,
    /// The product itself.
    System,
}

/// What events are about, to look for: any of these counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// One of these is the thing, its request, or the event itself.
    pub ids: Vec<Uuid>,
    /// This stands in a request's reference or a channel's name or code, folded as by `reference::fold`.
    pub text: String,
    /// The number of an HTTP request in the server's log.
    pub log_request: Option<String>,
}

/// One page of the tenant's events, newest first.
pub async fn list(
    tx: &mut ReadTx,
    filter: &Filter,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Event>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || narrowed(query("SELECT * FROM audit_event WHERE tenant_id = $1").bind(tenant), filter);
    let page = page::read(tx, wanted, page::Key::ID, from, limit).await?;
    let mut rows = Vec::new();
    for row in &page.rows {
        rows.push(read(tx, row).await?);
    }
    Ok(Page::of(rows, &page))
}

const DAY: Duration = Duration::from_hours(24);

/// The statement with the conditions of `filter`.
fn narrowed(mut wanted: Query, filter: &Filter) -> Query {
    if let Some(request) = filter.request {
        wanted = wanted.push(" AND request_id = ").push_bind(request);
    }
    // Ids begin with the time at which they were made; a clock may be set between an id and its row, by less than a day.
    if let Some(from) = filter.from {
        let first = AuditEventId::first(from.minus(DAY));
        wanted = wanted.push(" AND at >= ").push_bind(from).push(" AND id >= ").push_bind(first);
    }
    if let Some(before) = filter.before {
        let end = AuditEventId::first(before.plus(DAY));
        wanted = wanted.push(" AND at < ").push_bind(before).push(" AND id < ").push_bind(end);
    }
    if let Some(actors) = &filter.actors {
        let ids = actors.iter().filter_map(|actor| match actor {
            ActorKind::Known(id) => Some(*id),
            _ => None,
        });
        wanted = among(wanted.push(" AND (actor_id"), ids);
        let kinds = actors.iter().filter_map(|actor| match actor {
            ActorKind::Known(_) => None,
            ActorKind::Anonymous => Some("anonymous"),
            ActorKind::Operator => Some("operator"),
            ActorKind::System => Some("system"),
        });
        wanted = among(wanted.push(" OR actor_kind"), kinds).push(")");
    }
    if let Some(actions) = &filter.actions {
        wanted = among(wanted.push(" AND action"), actions.iter().map(String::as_str));
    }
    if let Some(about) = &filter.about {
        // Each way to an event has an index of its own, which an `OR` of them would not use.
        const WAYS: [&str; 3] = [
            " AND id IN (SELECT id FROM audit_event WHERE tenant_id = $1 AND subject_id",
            " UNION SELECT id FROM audit_event WHERE tenant_id = $1 AND request_id",
            " UNION SELECT id FROM audit_event WHERE tenant_id = $1 AND id",
        ];
        for way in WAYS {
            wanted = among(wanted.push(way), about.ids.iter().copied());
        }
        if let Some(number) = &about.log_request {
            wanted = wanted
                .push(" UNION SELECT id FROM audit_event WHERE tenant_id = $1 AND log_request = ")
                .push_bind(number.as_str());
        }
        if !about.text.is_empty() {
            let pattern = containing(&about.text);
            wanted = wanted
                .push(" UNION SELECT id FROM audit_event WHERE tenant_id = $1 AND request_id IN (SELECT r.id FROM request r WHERE r.tenant_id = $1 AND r.reference_folded LIKE ")
                .push_bind(pattern.clone())
                .push(" ESCAPE '!') UNION SELECT id FROM audit_event WHERE tenant_id = $1 AND subject_id IN (SELECT c.id FROM channel c WHERE c.tenant_id = $1 AND (c.name_folded LIKE ")
                .push_bind(pattern.clone())
                .push(" ESCAPE '!' OR c.code_folded LIKE ")
                .push_bind(pattern)
                .push(" ESCAPE '!'))");
        }
        wanted = wanted.push(")");
    }
    wanted
}

/// One of `values` and no other; of none nothing is one.
fn among<V: Into<Bound>>(mut wanted: Query, values: impl Iterator<Item = V>) -> Query {
    let mut some = false;
    for value in values {
        wanted = wanted.push(if some { ", " } else { " IN (" }).push_bind(value);
        some = true;
    }
    if some { wanted.push(")") } else { wanted.push(" IN (NULL)") }
}

/// That something was done, without who did it and what stood before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The id of its event.
    pub id: AuditEventId,
    /// What, such as `request.created`.
    pub action: String,
    /// The request that it belongs to.
    pub request: Option<RequestId>,
}

/// What was done since, by the clocks of whoever did it: the newest `most`, newest first. An event stands there once its
/// transaction is committed, which may be after events with later ids: who follows the audit looks back a little.
pub async fn since(tx: &mut ReadTx, from: Timestamp, most: u32) -> Result<Vec<Trace>, StorageError> {
    let list = query(
        "SELECT id, action, request_id FROM audit_event WHERE tenant_id = $1 AND id >= $2 ORDER BY id DESC LIMIT $3",
    );
    let list = list.bind(tx.tenant()).bind(AuditEventId::first(from)).bind(most);
    let read =
        |row: &Row| Ok(Trace { id: row.get("id")?, action: row.get("action")?, request: row.get("request_id")? });
    tx.all(list).await?.iter().map(read).collect()
}

/// Whether an event has been sealed.
pub async fn is_sealed(tx: &mut ReadTx, id: AuditEventId) -> Result<bool, StorageError> {
    let find = query("SELECT event_id FROM audit_unsealed WHERE tenant_id = $1 AND event_id = $2");
    Ok(tx.optional(find.bind(tx.tenant()).bind(id)).await?.is_none())
}

/// The name of what an event is about, by the subject's kind, also of what was deleted since; none for what has no name,
/// or is there no more.
pub async fn name_of(tx: &mut ReadTx, kind: &str, id: Uuid) -> Result<Option<String>, StorageError> {
    let find = match kind {
        "request" => query("SELECT reference AS name FROM request WHERE tenant_id = $1 AND id = $2"),
        "channel" => query("SELECT name FROM channel WHERE tenant_id = $1 AND id = $2"),
        "user" => query("SELECT name FROM user_account WHERE tenant_id = $1 AND id = $2"),
        "api_key" => query("SELECT name FROM api_key WHERE tenant_id = $1 AND id = $2"),
        "webhook" => query("SELECT name FROM webhook WHERE tenant_id = $1 AND id = $2"),
        "role" => query("SELECT name FROM role WHERE tenant_id = $1 AND id = $2"),
        "run" => query("SELECT label AS name FROM run WHERE tenant_id = $1 AND id = $2"),
        "result" => query(
            "SELECT u.label AS name FROM result s JOIN run u ON u.tenant_id = s.tenant_id AND u.id = s.run_id
             WHERE s.tenant_id = $1 AND s.id = $2",
        ),
        "attachment" => return Ok(crate::attachments::find(tx, id.into()).await?.map(|file| file.name)),
        _ => return Ok(None),
    };
    tx.optional(find.bind(tx.tenant()).bind(id)).await?.map(|row| row.get("name")).transpose()
}
