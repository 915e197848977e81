//! Test connection: signs in with what stands in a form, saved or not (CHAN-6). Its calls are kept at the channel.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dossier_connector::{self as connector, Journal, JournalError, Manifest, Outcome, Sending, Settled, is_sign_in};
use dossier_domain::{ChannelId, ExchangeId, Scope};
use dossier_storage::exchanges::{Message, NewExchange};
use dossier_storage::{StorageError, channels, exchanges, lanes as stored};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::edit::{Merged, begin};
use super::{Typed, provider};
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Create, Grant, Member, Update};
use crate::logs::Exchange;
use crate::{App, lanes};

/// The action under which the calls of a test are kept.
const ACTION: &str = "test connection";

/// How a test ended.
#[derive(Debug)]
pub struct Tried {
    /// The channel, or the one to be, at which the calls are kept.
    pub id: ChannelId,
    /// The name of its provider.
    pub provider: String,
    /// Whether it ended well.
    pub accepted: bool,
    /// What happened, as a sentence.
    pub message: String,
    /// Whether these are the provider's own words.
    pub quoted: bool,
    /// How long the provider took, when it answered well.
    pub took: Duration,
    /// The calls that it made.
    pub calls: Vec<Exchange>,
}

/// Tests a channel that is not saved yet. Its calls stand at it when it is.
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the provider; [`AppError::ModuleRequired`].
pub async fn try_new(app: &App, grant: &Grant<Create>, id: ChannelId, handler: &str, typed: &Typed) -> Result<Tried> {
    let manifest = provider(app, grant, handler)?;
    let whole = typed.read(app, &manifest, &manifest.config).map_err(AppError::Invalid)?;
    let (config, secrets) = manifest.config.split(whole);
    let mut tx = app.db.write(grant.scope).await?;
    // A form that was saved before makes another channel now.
    let id = if channels::find(&mut tx, id).await?.is_some() { app.ids.make() } else { id };
    channels::begin(&mut tx, id, handler, app.now()).await?;
    tx.commit().await?;
    let tried = Attempt { app, member: grant, id, version: 0, manifest, config, secrets, counts: false };
    tried.make().await
}

/// Tests a stored channel with what stands in its form.
///
/// # Errors
/// Those of [`super::update`].
pub async fn try_changed(app: &App, grant: &Grant<Update>, id: ChannelId, typed: &Typed) -> Result<Tried> {
    let mut tx = app.db.read(grant.scope).await?;
    let channel = channels::find(&mut tx, id).await?;
    let (editing, stored) = begin(app, &mut tx, grant, channel).await?;
    drop(tx);
    let Merged { config, secrets, changed } = editing.merge(app, &stored, typed).map_err(AppError::Invalid)?;
    let (channel, manifest) = (editing.channel, editing.manifest);
    let counts = changed.is_empty() && config == channel.config;
    Attempt { app, member: grant, id, version: channel.version, manifest, config, secrets, counts }.make().await
}

struct Attempt<'a> {
    app: &'a App,
    member: &'a Member,
    id: ChannelId,
    version: i64,
    manifest: Arc<Manifest>,
    config: Value,
    secrets: BTreeMap<String, SecretString>,
    /// Whether what is tested is what is stored, so that its end says how the channel fares.
    counts: bool,
}

impl Attempt<'_> {
    async fn make(self) -> Result<Tried> {
        let Self { app, member, id, version, manifest, config, secrets, counts } = self;
        let channel = connector::Channel { id: id.to_string(), version, config, secrets };
        let (scope, actor) = (member.scope, member.name.clone());
        let journal = TestJournal { app, scope, channel: id, actor, counts, made: Mutex::default() };
        let (accepted, message, quoted, took) = match app.connector.test(&manifest, &channel, &journal).await {
            Outcome::Succeeded(success) => {
                (true, success.display.summary.clone().unwrap_or_default(), false, success.took)
            }
            Outcome::Failed(failure) => (false, failure.message, failure.quoted, Duration::ZERO),
            Outcome::Unknown { message } => (false, message, false, Duration::ZERO),
            Outcome::Refused(error) => return Err(AppError::internal(error)),
        };
        let mut tx = app.db.write(scope).await?;
        let mut calls = Vec::new();
        for made in journal.made.into_inner().unwrap_or_else(PoisonError::into_inner) {
            calls.extend(exchanges::find(&mut tx, made).await?);
        }
        let after = json!({ "accepted": accepted, "config": channel.config });
        Entry::by(member).did("channel.tested", "channel", id).after(after).write(app, &mut tx).await?;
        tx.commit().await?;
        Ok(Tried { id, provider: manifest.name.clone(), accepted, message, quoted, took, calls })
    }
}

/// Writes the calls of one test. They wait for no turn: a person has asked, for one or two of them.
struct TestJournal<'a> {
    app: &'a App,
    scope: Scope,
    channel: ChannelId,
    actor: String,
    counts: bool,
    made: Mutex<Vec<ExchangeId>>,
}

impl Journal for TestJournal<'_> {
    async fn sending(&self, sending: Sending) -> std::result::Result<ExchangeId, JournalError> {
        let id = self.app.ids.make();
        let new = NewExchange {
            id,
            request: None,
            run: None,
            channel: self.channel,
            action: ACTION.to_owned(),
            actor: self.actor.clone(),
            step: sending.step,
            attempt: sending.attempt,
            method: sending.method,
            url: sending.url,
            headers: sending.headers,
            body: sending.body,
            started_at: self.app.now(),
        };
        let mut tx = self.app.db.write(self.scope).await.map_err(JournalError::new)?;
        exchanges::add(&mut tx, &new).await.map_err(JournalError::new)?;
        tx.commit().await.map_err(JournalError::new)?;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(id)
    }

    async fn settled(&self, id: ExchangeId, settled: Settled) -> std::result::Result<(), JournalError> {
        self.store(id, &settled).await.map_err(JournalError::new)
    }
}

impl TestJournal<'_> {
    async fn store(&self, id: ExchangeId, settled: &Settled) -> std::result::Result<(), StorageError> {
        let mut tx = self.app.db.write(self.scope).await?;
        let failure = match settled {
            Settled::Answered { status, headers, body, took } => {
                let message = Message { headers: headers.clone(), body: body.clone() };
                exchanges::answer(&mut tx, id, *status, &message, *took).await?;
                (!(200..300).contains(status)).then(|| status.to_string())
            }
            Settled::Broken { kind, message, took } => {
                exchanges::break_off(&mut tx, id, kind, message, *took).await?;
                Some(kind.clone())
            }
        };
        if self.counts {
            let call = exchanges::find(&mut tx, id).await?;
            if call.is_some_and(|call| is_sign_in(&call.line.step)) {
                stored::sign_in(&mut tx, self.channel, self.app.now(), failure.as_deref()).await?;
            }
            lanes::settled(self.app, &mut tx, self.channel, Some(settled), None).await?;
        }
        tx.commit().await
    }
}
