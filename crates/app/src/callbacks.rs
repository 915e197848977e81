//! Callbacks: what providers send by themselves. Each is kept as it came before anyone looks at what it means; a job does
//! that afterwards (`runs::events`).

use dossier_domain::{EventId, EventState, JobKind, RunId, Scope};
use dossier_storage::events::{self, NewEvent};
use dossier_storage::exchanges::{Headers, Message};
use dossier_storage::{ReadTx, jobs, requests, runs, system};
use dossier_vault::token_digest;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::App;
use crate::error::{AppError, Result};
use crate::runs::line;

/// The most bytes of a callback.
pub const LARGEST: usize = 256 * 1024;

/// Headers whose values are credentials, and of no use for what a callback means.
const SECRET: &[&str] = &["authorization", "proxy-authorization", "cookie"];

/// A callback as it came.
#[derive(Clone)]
pub struct Incoming {
    /// The token of the address that it came to.
    pub token: String,
    /// The run that the address names.
    pub run: Option<RunId>,
    /// Its headers.
    pub headers: HeaderMap,
    /// The bytes over which a signature is made.
    pub body: Vec<u8>,
}

/// Only its size.
impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Incoming({} bytes)", self.body.len())
    }
}

/// Keeps a callback, durably, before this returns. One that cannot be verified is kept in quarantine; one that has come
/// before is counted.
///
/// # Errors
/// [`AppError::NotFound`] when the token is nobody's.
pub async fn receive(app: &App, incoming: &Incoming) -> Result<()> {
    let digest = token_digest(incoming.token.as_bytes());
    let found = system::find_callback(&mut app.db.system_read().await?, digest).await?;
    let (tenant, channel) = found.ok_or(AppError::NotFound)?;
    let scope = Scope::of(tenant);
    let now = app.now();

    let mut tx = app.db.read(scope).await?;
    let (row, connection) = line::open(app, &mut tx, channel).await?.ok_or(AppError::NotFound)?;
    let whose = whose(&mut tx, incoming.run, &row).await?;
    drop(tx);
    let manifest = app.registry.get(&row.handler);
    let read = match &manifest {
        Some(manifest) => manifest.callback(&connection, &incoming.headers, &incoming.body, now).map_err(|e| e.word()),
        None => Err("no_provider"),
    };
    let message = Message { headers: kept(&incoming.headers), body: incoming.body.clone() };
    let (state, reason, event) = match read {
        Ok(event) => (EventState::Received, None, Some(event)),
        Err(word) => (EventState::Quarantined, Some(word), None),
    };
    let trusted = event.as_ref().is_some_and(|event| event.trusted);
    // What nobody has signed must not stand in for what comes after it: only the same bytes are the same.
    let once = match event.as_ref().and_then(|event| event.id.as_ref().filter(|_| trusted)) {
        Some(id) => format!("id/{id}").into_bytes(),
        None => [if trusted { b"trusted/".as_slice() } else { b"bytes/" }, &incoming.body].concat(),
    };
    let id: EventId = app.ids.make();
    let new = NewEvent {
        id,
        channel,
        whose,
        state,
        reason,
        trusted,
        message: &message,
        once: &once,
        subject: event.as_ref().and_then(|event| event.subject.as_deref()),
        work: event.as_ref().and_then(|event| event.work),
        happened_at: event.as_ref().and_then(|event| event.time),
        received_at: now,
    };
    let mut tx = app.db.write(scope).await?;
    if events::add(&mut tx, &new).await? && state == EventState::Received {
        jobs::add(&mut tx, app.ids.make(), JobKind::Event, id, now, now).await?;
    }
    tx.commit().await?;
    app.hub.queued();
    Ok(())
}

/// The run that the address names, when it is one of this channel's.
async fn whose(
    tx: &mut ReadTx,
    run: Option<RunId>,
    channel: &dossier_storage::channels::Channel,
) -> Result<Option<(dossier_domain::RequestId, RunId)>> {
    let Some(run) = run else { return Ok(None) };
    let Some(found) = runs::find(tx, run).await? else { return Ok(None) };
    let request = requests::find(tx, found.request).await?;
    Ok(request.filter(|request| request.channel == channel.id).map(|request| (request.id, run)))
}

/// The headers to keep.
fn kept(headers: &HeaderMap) -> Headers {
    let shown = |name: &HeaderName, value: &HeaderValue| {
        if SECRET.contains(&name.as_str()) {
            "▮▮▮".to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        }
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), shown(name, value))).collect()
}

/// Kept headers as they were.
pub(crate) fn header_map(headers: &Headers) -> HeaderMap {
    let pair = |(name, value): &(String, String)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    };
    headers.iter().filter_map(pair).collect()
}
