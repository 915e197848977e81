//! Changing and deleting a channel.

use std::collections::BTreeMap;
use std::sync::Arc;

use dossier_connector::{Form, Manifest};
use dossier_domain::ChannelId;
use dossier_storage::channels::{self, Change, Channel};
use dossier_storage::{Constraint, ReadTx, StorageError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Checked, Checks, Typed, complete, taken};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Delete, Grant, Member, Update};

/// A channel whose form is open.
#[derive(Debug)]
pub struct Editing {
    /// As it is stored.
    pub channel: Channel,
    /// Its provider.
    pub manifest: Arc<Manifest>,
    /// The names of the secrets that are set.
    pub kept: Vec<String>,
}

impl Editing {
    /// The provider's form, in which a secret that is set may stay blank.
    pub fn form(&self) -> Form {
        let kept: Vec<&str> = self.kept.iter().map(String::as_str).collect();
        self.manifest.config.keeping(&kept)
    }
}

/// What became of a changed form.
#[derive(Debug)]
pub enum Saved {
    /// The channel is as the form has it.
    Done,
    /// Somebody else has changed it since the form was opened. Nothing was saved; it is stored like this now.
    Stale(Box<Editing>),
}

/// Opens the form of a channel.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::ModuleRequired`]; [`AppError::Conflict`] when its provider is not installed.
pub async fn editing(app: &App, grant: &Grant<Update>, id: ChannelId) -> Result<Editing> {
    let mut tx = app.db.read(grant.scope).await?;
    let channel = channels::find(&mut tx, id).await?;
    Ok(begin(app, &mut tx, grant, channel).await?.0)
}

/// The form of a channel whatever became of it since it was opened, deleted and unlicensed ones too: for one that was
/// sent, refused, and goes back with what was typed.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when its provider is not installed.
pub async fn sent(app: &App, grant: &Grant<Update>, id: ChannelId) -> Result<Editing> {
    let mut tx = app.db.read(grant.scope).await?;
    let channel = channels::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    Ok(draw(app, &mut tx, channel).await?.0)
}

/// The form of a stored channel that may be changed, and its secrets.
pub(super) async fn begin(
    app: &App,
    tx: &mut ReadTx,
    member: &Member,
    channel: Option<Channel>,
) -> Result<(Editing, BTreeMap<String, SecretString>)> {
    let channel = channel.filter(|channel| channel.deleted_at.is_none()).ok_or(AppError::NotFound)?;
    let (editing, secrets) = draw(app, tx, channel).await?;
    let module = &editing.manifest.module;
    if !member.licence.covers(module, app.now()) {
        return Err(AppError::ModuleRequired(module.clone()));
    }
    Ok((editing, secrets))
}

async fn draw(app: &App, tx: &mut ReadTx, channel: Channel) -> Result<(Editing, BTreeMap<String, SecretString>)> {
    let manifest = app.registry.get(&channel.handler).ok_or_else(|| {
        let handler = &channel.handler;
        AppError::Conflict(format!(
            "The provider “{handler}” is not installed here, so its channels cannot be changed."
        ))
    })?;
    let secrets = channels::secrets(tx, channel.id).await?.unwrap_or_default();
    let kept = secrets.keys().cloned().collect();
    Ok((Editing { channel, manifest, kept }, secrets))
}

/// What the form of a stored channel comes to: the configuration with what was typed, and every secret that goes with it.
pub(super) struct Merged {
    pub(super) config: Value,
    pub(super) secrets: BTreeMap<String, SecretString>,
    /// The names of the secrets that differ from the stored ones.
    pub(super) changed: Vec<String>,
}

impl Editing {
    /// Puts what was typed over what is stored. A blank secret keeps the stored one, unless it would go elsewhere or in
    /// another's name: then each must be entered again, or whoever may edit could send it to a host of his own (CHAN-5).
    pub(super) fn merge(&self, app: &App, stored: &BTreeMap<String, SecretString>, typed: &Typed) -> Checks<Merged> {
        let (manifest, before) = (&self.manifest, &self.channel.config);
        let whole = typed.read(app, manifest, &self.form())?;
        let asked = manifest.config.flat(&whole);
        let (config, entered) = manifest.config.split(whole);
        let elsewhere = manifest.steers_elsewhere(&complete(app, manifest, before), &config) && app.keeps_secrets();
        if elsewhere {
            let missing = |name: &&String| !entered.contains_key(*name) && asked.field(name.as_str()).is_some();
            let again: Vec<_> =
                stored.keys().filter(missing).map(|name| FieldError::new(format!("config.{name}"), AGAIN)).collect();
            if !again.is_empty() {
                return Err(again);
            }
        }
        let differs = |(name, secret): &(&String, &SecretString)| {
            stored.get(*name).is_none_or(|kept| kept.expose_secret() != secret.expose_secret())
        };
        let changed = entered.iter().filter(differs).map(|(name, _)| name.clone()).collect();
        let mut secrets = if elsewhere { BTreeMap::new() } else { stored.clone() };
        secrets.extend(entered);
        Ok(Merged { config, secrets, changed })
    }
}

/// Said at each secret that does not follow a channel which is pointed elsewhere.
const AGAIN: &str =
    "Enter it again: an address or a sign-in field is another one now, and a stored secret does not follow.";

/// Saves the form of a channel that was opened at `version`.
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the form; otherwise those of [`editing`], also when the channel was deleted or
/// its licence ended after the form was opened.
pub async fn update(app: &App, grant: &Grant<Update>, id: ChannelId, version: i64, typed: &Typed) -> Result<Saved> {
    let mut tx = app.db.write(grant.scope).await?;
    let channel = channels::lock(&mut tx, id).await?;
    let (editing, stored) = begin(app, &mut tx, grant, channel).await?;
    let (merged, read) = match editing.merge(app, &stored, typed) {
        Ok(merged) => (Some((merged.secrets, merged.changed)), Ok(merged.config)),
        Err(errors) => (None, Err(errors)),
    };
    let checked = typed.check(read);
    let channel = &editing.channel;
    let same = checked.as_ref().is_ok_and(|checked| checked.is(channel))
        && merged.as_ref().is_some_and(|(_, changed)| changed.is_empty());
    if same {
        return Ok(Saved::Done);
    }
    if channel.version != version {
        return Ok(Saved::Stale(Box::new(editing)));
    }
    let checked = checked.map_err(AppError::Invalid)?;
    let (secrets, changed) = merged.unwrap_or_default();
    let change = Change {
        code: &checked.code,
        name: &checked.name,
        config: &checked.config,
        secrets: &secrets,
        active: checked.active,
        display_order: checked.display_order,
    };
    match channels::change(&mut tx, id, version, &change).await {
        Ok(true) => {}
        Ok(false) => return Err(AppError::NotFound),
        Err(StorageError::Conflict(Constraint::ChannelCode)) => return Err(taken(&checked.code)),
        Err(error) => return Err(error.into()),
    }
    let mut after = checked.facts(&checked.config);
    if !changed.is_empty() {
        after["secrets"] = changed.into_iter().map(|name| (name, Value::String("changed".to_owned()))).collect();
    }
    let entry = Entry::by(grant).did("channel.updated", "channel", id).before(facts(channel)).after(after);
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Saved::Done)
}

impl Checked {
    /// Whether `channel` is like this already, but for its secrets.
    fn is(&self, channel: &Channel) -> bool {
        (&self.code, &*self.name, &self.config) == (&channel.code, &*channel.name, &channel.config)
            && (self.active, self.display_order) == (channel.active, channel.display_order)
    }
}

fn facts(channel: &Channel) -> Value {
    json!({
        "code": channel.code, "name": channel.name, "config": channel.config, "active": channel.active,
        "display_order": channel.display_order,
    })
}

/// Deletes a channel softly (CHAN-7). One that is deleted already stays so. It takes no licence: what is not paid for any
/// more can be cleared away.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn remove(app: &App, grant: &Grant<Delete>, id: ChannelId) -> Result<Channel> {
    let mut tx = app.db.write(grant.scope).await?;
    let channel = channels::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if channels::remove(&mut tx, id, app.now()).await? {
        let entry = Entry::by(grant).did("channel.deleted", "channel", id).before(facts(&channel));
        entry.write(app, &mut tx).await?;
        tx.commit().await?;
    }
    Ok(channel)
}
