//! Channels: a tenant's connections to providers.

use std::sync::Arc;

use dossier_connector::{Manifest, Names};
use dossier_domain::{ChannelCode, ChannelId, Licence, Scope};
pub use dossier_storage::channels::Channel;
use dossier_storage::channels::{self, NewChannel};
use dossier_storage::{Constraint, ReadTx, StorageError};
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Create, Grant, Member, Read};

/// A channel in the making.
#[derive(Debug)]
pub struct Draft {
    /// The provider's key.
    pub handler: String,
    /// Unique among the tenant's channels.
    pub code: String,
    /// What people see in lists.
    pub name: String,
    /// The provider's own fields, secrets among them, as its schema has them.
    pub config: Value,
    /// Whether it is offered for new requests.
    pub active: bool,
    /// Its place in drop-downs.
    pub display_order: i64,
}

/// The channels that a new request may name: active, licensed, in display order (REQ-1, CHAN-8).
///
/// # Errors
/// Only faults of this side.
pub async fn offered(app: &App, grant: &Grant<Read>) -> Result<Vec<Channel>> {
    let mut tx = app.db.read(grant.scope).await?;
    offered_in(app, &mut tx, grant).await
}

pub(crate) async fn offered_in(app: &App, tx: &mut ReadTx, member: &Member) -> Result<Vec<Channel>> {
    let mut offered = channels::offered(tx).await?;
    offered.retain(|channel| {
        app.registry.get(&channel.handler).is_some_and(|m| member.licence.covers(&m.module, member.now))
    });
    Ok(offered)
}

/// Why no action can run on a channel, or what runs there (TENANT-4, CHAN-7). An inactive channel still runs for its
/// requests (CHAN-8).
pub(crate) async fn usable(
    app: &App,
    tx: &mut ReadTx,
    licence: &Licence,
    id: ChannelId,
) -> Result<(Channel, Arc<Manifest>)> {
    let channel = channels::find(tx, id).await?.ok_or(AppError::NotFound)?;
    if channel.deleted_at.is_some() {
        let name = &channel.name;
        return Err(AppError::Conflict(format!(
            "The channel {name} was deleted. Its results stay; nothing new can run."
        )));
    }
    let manifest = app.registry.get(&channel.handler).ok_or_else(|| {
        AppError::Conflict(format!("The provider “{}” is not installed here, so nothing can run.", channel.handler))
    })?;
    if !licence.covers(&manifest.module, app.now()) {
        return Err(AppError::ModuleRequired(manifest.module.clone()));
    }
    Ok((channel, manifest))
}

/// Adds a channel (CHAN-2, CHAN-3, CHAN-4).
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the form; [`AppError::ModuleRequired`] for a provider without licence.
pub async fn add(app: &App, grant: &Grant<Create>, draft: &Draft) -> Result<ChannelId> {
    let manifest = app.registry.get(&draft.handler);
    let manifest = manifest.ok_or_else(|| AppError::field("handler", "Choose one of the providers in the list."))?;
    if !grant.licence.covers(&manifest.module, app.now()) {
        return Err(AppError::ModuleRequired(manifest.module.clone()));
    }
    let mut refused = Vec::new();
    let code = ChannelCode::parse(&draft.code).map_err(|e| refused.push(FieldError::new("code", e.to_string()))).ok();
    let name = draft.name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        refused.push(FieldError::new("name", "Enter a name of 1 to 100 characters."));
    }
    let errors = manifest.config.check(&draft.config);
    refused.extend(errors.into_iter().map(|e| FieldError::new(format!("config.{}", e.field), e.message)));
    // The manifest's defaults and what choices set are stored too, so that what is stored is what counts.
    let whole = manifest.config.complete(&draft.config, &Names { now: app.now(), ..Names::default() });
    refused.extend(unreachable_urls(app, &manifest, &whole));
    let Some(code) = code.filter(|_| refused.is_empty()) else {
        return Err(AppError::Invalid(refused));
    };

    let (config, secrets) = manifest.config.split(whole);
    let id = app.ids.make();
    let mut tx = app.db.write(grant.scope).await?;
    let new = NewChannel {
        id,
        handler: &draft.handler,
        code: &code,
        name,
        config: &config,
        secrets: &secrets,
        active: draft.active,
        display_order: draft.display_order,
        created_at: app.now(),
    };
    match channels::add(&mut tx, &new).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::ChannelCode)) => {
            return Err(AppError::field("code", format!("Another channel has the code {code}. Choose another one.")));
        }
        Err(error) => return Err(error.into()),
    }
    let after = json!({ "code": code, "name": name, "handler": draft.handler, "config": config, "secrets": "set" });
    Entry::by(grant).did("channel.created", "channel", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// Points the demo's channel at the simulator, which listens on another port at each start.
///
/// # Errors
/// Only faults of this side.
pub async fn repoint(app: &App, scope: Scope, code: &ChannelCode, config: &Value) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    let Some(channel) = channels::list(&mut tx).await?.into_iter().find(|c| c.code == *code) else { return Ok(()) };
    let mut after = channel.config.clone();
    if let (Value::Object(all), Value::Object(given)) = (&mut after, config) {
        all.extend(given.clone());
    }
    if after == channel.config {
        return Ok(());
    }
    channels::reconfigure(&mut tx, channel.id, channel.version, &after).await?;
    Entry::by_system()
        .did("channel.updated", "channel", channel.id)
        .before(json!({ "config": channel.config }))
        .after(json!({ "config": after }))
        .write(app, &mut tx)
        .await?;
    Ok(tx.commit().await?)
}

/// CHAN-9: what the guard would refuse later is refused at its field now.
fn unreachable_urls(app: &App, manifest: &Manifest, config: &Value) -> Vec<FieldError> {
    let flat = manifest.config.flat(config);
    let urls = flat.fields.iter().filter(|field| field.is_url());
    urls.filter_map(|field| {
        let url = config.get(&field.name)?.as_str()?.parse().ok()?;
        let refusal = app.outbound.check(&url).err()?;
        Some(FieldError::new(format!("config.{}", field.name), refusal.to_string()))
    })
    .collect()
}
