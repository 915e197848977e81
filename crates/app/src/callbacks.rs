//! Callbacks: what providers send by themselves. Each is kept as it came before anyone looks at what it means; a job does
//! that afterwards (`runs::events`).

use dossier_connector::CallbackError;
use dossier_domain::{ChannelId, EventId, EventState, JobKind, RequestId, RunId, RunState, Scope};
pub use dossier_storage::events::Event;
use dossier_storage::events::{self, NewEvent};
use dossier_storage::exchanges::Headers;
pub use dossier_storage::exchanges::Message;
use dossier_storage::runs::{self, Run};
use dossier_storage::{Cursor, Page, ReadTx, channels, jobs, requests, system};
use dossier_vault::token_digest;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Grant, Manage, Read};
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
    let (tenant, channel, round) = found.ok_or(AppError::NotFound)?;
    let scope = Scope::of(tenant);
    let now = app.now();

    let mut tx = app.db.read(scope).await?;
    let (row, connection) = line::open(app, &mut tx, channel, None).await?.ok_or(AppError::NotFound)?;
    let whose = whose(&mut tx, incoming.run, &row).await?;
    // An address that has been changed is still the one that work was given which goes on: at the provider also that which
    // nobody here follows any more.
    if round != channels::callback_round(&mut tx, channel).await? {
        let left = |run: &Run| run.state == RunState::Cancelled && run.accepted_at.is_some();
        let given =
            |run: &Run| run.callback_round == round && (run.state.is_open() || run.state.is_live() || left(run));
        if !whose.as_ref().is_some_and(|(_, run)| given(run)) {
            return Err(AppError::NotFound);
        }
    }
    let whose = whose.map(|(request, run)| (request, run.id));
    drop(tx);
    let manifest = app.registry.get(&row.handler);
    let read = match &manifest {
        Some(manifest) => {
            manifest.callback(&connection, &incoming.headers, &incoming.body, now).map_err(CallbackError::word)
        }
        None => Err("no_provider"),
    };
    let message = Message { headers: kept(&incoming.headers, &incoming.token), body: incoming.body.clone() };
    let (state, reason, event) = match read {
        Ok(event) => (EventState::Received, None, Some(event)),
        Err(word) => (EventState::Quarantined, Some(word), None),
    };
    let trusted = event.as_ref().is_some_and(|event| event.trusted);
    // What nobody has signed must not stand in for what comes after it, nor what was refused for what is not: there only
    // the same bytes to the same address, of which the same is thought, are the same.
    let about = whose.map_or_else(String::new, |(_, run)| run.to_string());
    let signed_id = event.as_ref().and_then(|event| event.id.as_ref()).filter(|_| trusted);
    let what = if trusted { "trusted" } else { reason.unwrap_or("hint") };
    let once = signed_id.map_or_else(
        || [format!("{what}/{about}/").as_bytes(), &incoming.body].concat(),
        |id| format!("id/{about}/{id}").into_bytes(),
    );
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

/// What was sent about a run, newest first.
///
/// # Errors
/// Only faults of this side.
pub async fn about(app: &App, grant: &Grant<Read>, run: RunId) -> Result<Vec<Event>> {
    Ok(events::of_run(&mut app.db.read(grant.scope).await?, run).await?)
}

/// What was sent and nobody can use, or nobody knows yet what it is about, newest first, with the names of the channels that
/// it came to.
///
/// # Errors
/// Only faults of this side.
pub async fn quarantine(
    app: &App,
    grant: &Grant<Manage>,
    from: Option<Cursor>,
    size: u32,
) -> Result<Page<(Event, String)>> {
    let mut tx = app.db.read(grant.scope).await?;
    let page = events::quarantine(&mut tx, from, size).await?;
    let mut rows = Vec::new();
    for event in &page.rows {
        let channel = channels::find(&mut tx, event.channel).await?;
        rows.push((event.clone(), channel.map(|channel| channel.name).unwrap_or_default()));
    }
    Ok(Page { rows, newer: page.newer, older: page.older })
}

/// One event in quarantine with its headers and its body, masked as exchanges are. What is left may still tell of a
/// person: opening it takes reading, and is noted.
///
/// # Errors
/// [`AppError::NotFound`], also for one that is in none; [`AppError::Forbidden`] for whoever may not read.
pub async fn quarantined(app: &App, grant: &Grant<Manage>, id: EventId) -> Result<(Event, Message)> {
    grant.grant::<Read>()?;
    let mut tx = app.db.write(grant.scope).await?;
    let event = events::find(&mut tx, id).await?;
    let waits = |event: &Event| event.state == EventState::Received && event.run.is_none();
    let event =
        event.filter(|event| event.state == EventState::Quarantined || waits(event)).ok_or(AppError::NotFound)?;
    let mut message = events::message(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    // The token of the address is among the secrets: some providers repeat it in what they send.
    let (row, mut connection) = line::open(app, &mut tx, event.channel, None).await?.ok_or(AppError::NotFound)?;
    if let Some(token) = channels::callback_token(&mut tx, event.channel).await? {
        connection.secrets.insert(line::TOKEN.to_owned(), token);
    }
    let manifest = app.registry.get(&row.handler);
    let kind = message.headers.iter().find(|(name, _)| name == "content-type");
    let kind = kind.map(|(_, value)| value.clone()).unwrap_or_default();
    let size = message.body.len();
    message.body = dossier_connector::seen(manifest.as_deref(), &connection, &kind, &message.body)
        .unwrap_or_else(|| format!("[{size} bytes that cannot be read, so they are not shown]").into_bytes());
    let entry = Entry::by(grant).did("callback.opened", "channel", event.channel).after(json!({ "callback": id }));
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok((event, message))
}

/// Where the provider of a channel is to send its callbacks, for its own dashboard; nothing without a public address. Who
/// sees it is noted, since whoever has it can send.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn address(app: &App, grant: &Grant<Manage>, channel: ChannelId) -> Result<Option<String>> {
    let mut tx = app.db.write(grant.scope).await?;
    channels::find(&mut tx, channel).await?.filter(|found| found.deleted_at.is_none()).ok_or(AppError::NotFound)?;
    let Some(origin) = &app.public_origin else { return Ok(None) };
    // A channel of an earlier version has none yet.
    if channels::callback_token(&mut tx, channel).await?.is_none() {
        channels::rotate_callback(&mut tx, channel, 0).await?;
    }
    let token = channels::callback_token(&mut tx, channel).await?.ok_or(AppError::NotFound)?;
    Entry::by(grant).did("callback.address_shown", "channel", channel).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Some(format!("{origin}/callbacks/{}", token.expose_secret())))
}

/// Gives the callbacks of a channel a new address, provided that it still has the `round` that the person was shown; says
/// whether it did, so that a form that is sent again changes nothing again. The old one is refused from then on, except about work that was given it
/// and goes on.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn rotate(app: &App, grant: &Grant<Manage>, channel: ChannelId, round: i64) -> Result<bool> {
    let mut tx = app.db.write(grant.scope).await?;
    channels::find(&mut tx, channel).await?.filter(|found| found.deleted_at.is_none()).ok_or(AppError::NotFound)?;
    if !channels::rotate_callback(&mut tx, channel, round).await? {
        return Ok(false);
    }
    Entry::by(grant).did("callback.address_changed", "channel", channel).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// The run that the address names, when it is one of this channel's; also of a request that was deleted since.
async fn whose(tx: &mut ReadTx, run: Option<RunId>, channel: &channels::Channel) -> Result<Option<(RequestId, Run)>> {
    let Some(run) = run else { return Ok(None) };
    let Some(found) = runs::find(tx, run).await? else { return Ok(None) };
    let place = requests::place(tx, found.request).await?;
    Ok(place.filter(|(of, _)| *of == channel.id).map(|_| (found.request, found)))
}

/// The headers to keep.
fn kept(headers: &HeaderMap, token: &str) -> Headers {
    let shown = |name: &HeaderName, value: &HeaderValue| {
        if SECRET.contains(&name.as_str()) {
            "▮▮▮".to_owned()
        } else {
            // Proxies repeat the address.
            String::from_utf8_lossy(value.as_bytes()).replace(token, "▮▮▮")
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
