//! Adding a channel from a form.

use std::sync::Arc;

use dossier_connector::{Form, Manifest, Names};
use dossier_domain::ChannelId;
use dossier_storage::channels::{self, NewChannel};
use dossier_storage::{Constraint, StorageError};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Checked, Checks, config, provider, taken};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Create, Grant, Member};

/// The largest display order, and below zero the smallest.
const FAR: i64 = 1_000_000;

/// What a person typed into the form of a channel.
pub struct Typed {
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// Whether it is to be offered for new requests.
    pub active: bool,
    /// The display order; blank counts as 0.
    pub display_order: String,
    /// The provider's own fields under their bare names, secrets among them.
    pub config: Vec<(String, String)>,
}

/// Nothing of what was typed: secrets are among it.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Typed({} fields)", self.config.len())
    }
}

impl Typed {
    /// The configuration as `form` reads it.
    pub(super) fn read(&self, app: &App, manifest: &Manifest, form: &Form) -> Checks<Value> {
        config(app, manifest, form.read(&self.config))
    }

    pub(super) fn check(&self, config: Checks<Value>) -> Checks<Checked> {
        let order = match self.display_order.trim() {
            "" => Ok(0),
            text => text.parse().ok().filter(|order: &i64| order.abs() <= FAR).ok_or_else(|| {
                let message = "Write a whole number up to a million, or leave it blank.";
                FieldError::new("display_order", message)
            }),
        };
        Checked::of(&self.code, &self.name, self.active, order, config)
    }
}

/// The provider of a new channel's form.
///
/// # Errors
/// [`AppError::ModuleRequired`]; [`AppError::NotFound`] when there is no such provider.
pub fn chosen(app: &App, grant: &Grant<Create>, handler: &str) -> Result<Arc<Manifest>> {
    match provider(app, grant, handler) {
        Err(AppError::Invalid(_)) => Err(AppError::NotFound),
        manifest => manifest,
    }
}

/// The provider of a form that was sent, also of one whose licence ended after it was opened.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such provider.
pub fn handler(app: &App, handler: &str) -> Result<Arc<Manifest>> {
    app.registry.get(handler).ok_or(AppError::NotFound)
}

/// Puts what stands in a form at first where nothing was typed: another choice brings other fields.
pub fn first(app: &App, manifest: &Manifest, pairs: &mut Vec<(String, String)>) {
    let form = if pairs.is_empty() { manifest.config.clone() } else { manifest.config.flat_in(pairs) };
    let first = form.defaults(&Names { now: app.now(), ..Names::default() });
    let missing: Vec<_> = first.into_iter().filter(|(name, _)| !pairs.iter().any(|(n, _)| n == name)).collect();
    pairs.extend(missing);
}

/// The id of a channel to be, which its form carries.
pub fn new_id(app: &App) -> ChannelId {
    app.ids.make()
}

/// The providers that a channel can be added for: installed and licensed, by name (CHAN-2).
pub fn licensed(app: &App, member: &Member) -> Vec<Arc<Manifest>> {
    let mut all: Vec<_> = app.registry.list().collect();
    all.retain(|manifest| member.licence.covers(&manifest.module, app.now()));
    all.sort_by_key(|manifest| manifest.name.to_lowercase());
    all
}

/// Adds a channel under the id that its form carries: the same form sent twice adds it once.
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the form, those of the provider as `config.<name>`;
/// [`AppError::ModuleRequired`]; [`AppError::KeyReused`] when the form was sent before with other content.
pub async fn create(
    app: &App,
    grant: &Grant<Create>,
    id: ChannelId,
    handler: &str,
    typed: &Typed,
) -> Result<ChannelId> {
    let manifest = provider(app, grant, handler)?;
    let checked = typed.check(typed.read(app, &manifest, &manifest.config)).map_err(AppError::Invalid)?;
    insert(app, grant, id, &manifest, &checked).await
}

pub(super) async fn insert(
    app: &App,
    grant: &Grant<Create>,
    id: ChannelId,
    manifest: &Manifest,
    checked: &Checked,
) -> Result<ChannelId> {
    let (config, secrets) = manifest.config.split(checked.config.clone());
    let mut tx = app.db.write(grant.scope).await?;
    let new = NewChannel {
        id,
        handler: &manifest.key,
        code: &checked.code,
        name: &checked.name,
        config: &config,
        secrets: &secrets,
        active: checked.active,
        display_order: checked.display_order,
        created_at: app.now(),
    };
    match channels::add(&mut tx, &new).await {
        Ok(true) => {}
        Ok(false) => {
            let made = channels::find(&mut tx, id).await?.filter(|made| made.deleted_at.is_none());
            let kept = channels::secrets(&mut tx, id).await?.unwrap_or_default();
            let same_secrets = kept.len() == secrets.len()
                && secrets.iter().all(|(name, secret)| {
                    kept.get(name).is_some_and(|kept| kept.expose_secret() == secret.expose_secret())
                });
            let same = made.is_some_and(|made| {
                made.handler == manifest.key
                    && made.code == checked.code
                    && made.name == checked.name
                    && made.config == config
                    && (made.active, made.display_order) == (checked.active, checked.display_order)
            });
            return if same && same_secrets { Ok(id) } else { Err(AppError::KeyReused) };
        }
        Err(StorageError::Conflict(Constraint::ChannelCode)) => return Err(taken(&checked.code)),
        Err(error) => return Err(error.into()),
    }
    let mut after = checked.facts(&config);
    after["handler"] = Value::String(manifest.key.clone());
    after["secrets"] = secrets.keys().map(|name| (name.clone(), Value::String("set".to_owned()))).collect();
    Entry::by(grant).did("channel.created", "channel", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}
