//! Channels: a tenant's connections to providers.

mod create;
mod edit;
mod open;
mod trial;

use std::sync::Arc;

use dossier_connector::{Manifest, Names};
use dossier_domain::{ChannelCode, ChannelId, Licence, Scope};
use dossier_storage::ReadTx;
use dossier_storage::channels;
pub use dossier_storage::channels::Channel;
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Create, Grant, Member, Read};

pub use create::{Typed, chosen, create, first, handler, licensed, new_id};
pub use edit::{Editing, Saved, editing, remove, sent, update};
pub use open::{Opened, call, open};
pub use trial::{Tried, try_changed, try_new};

/// A channel in the making, as a program hands it in.
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

/// Every channel that is not deleted, in display order, each with whether runs can be made in it now.
///
/// # Errors
/// Only faults of this side.
pub async fn all(app: &App, grant: &Grant<Read>) -> Result<Vec<(Channel, bool)>> {
    let mut tx = app.db.read(grant.scope).await?;
    let usable = offered_in(app, &mut tx, grant).await?;
    let all = channels::list(&mut tx).await?.into_iter();
    let stands = |channel: Channel| {
        let usable = usable.iter().any(|one| one.id == channel.id);
        (channel, usable)
    };
    Ok(all.map(stands).collect())
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
    let manifest = provider(app, grant, &draft.handler)?;
    let errors = manifest.config.check(&draft.config);
    let read = if errors.is_empty() { Ok(draft.config.clone()) } else { Err(errors) };
    let config = config(app, &manifest, read);
    let checked = Checked::of(&draft.code, &draft.name, draft.active, Ok(draft.display_order), config);
    create::insert(app, grant, app.ids.make(), &manifest, &checked.map_err(AppError::Invalid)?).await
}

/// The provider `handler`, which must be licensed (TENANT-4).
fn provider(app: &App, member: &Member, handler: &str) -> Result<Arc<Manifest>> {
    let manifest = app.registry.get(handler);
    let manifest = manifest.ok_or_else(|| AppError::field("handler", "Choose one of the providers in the list."))?;
    if !member.licence.covers(&manifest.module, app.now()) {
        return Err(AppError::ModuleRequired(manifest.module.clone()));
    }
    Ok(manifest)
}

/// What was read of a configuration, with the manifest's defaults and what choices set, so that what is stored is what
/// counts; an address that cannot be called is refused at its field.
fn config(
    app: &App,
    manifest: &Manifest,
    read: std::result::Result<Value, Vec<dossier_connector::FieldError>>,
) -> Checks<Value> {
    let named = |e: dossier_connector::FieldError| FieldError::new(format!("config.{}", e.field), e.message);
    let read = read.map_err(|errors| errors.into_iter().map(named).collect::<Vec<_>>())?;
    let whole = complete(app, manifest, &read);
    let refused = unreachable_urls(app, manifest, &whole);
    if refused.is_empty() { Ok(whole) } else { Err(refused) }
}

fn complete(app: &App, manifest: &Manifest, config: &Value) -> Value {
    manifest.config.complete(config, &Names { now: app.now(), ..Names::default() })
}

/// What is in order, or every field that is not.
type Checks<T> = std::result::Result<T, Vec<FieldError>>;

/// A channel whose fields are in order, its secrets among its configuration.
struct Checked {
    code: ChannelCode,
    name: String,
    active: bool,
    display_order: i64,
    config: Value,
}

impl Checked {
    /// Every field that is not in order, or the whole.
    fn of(
        code: &str,
        name: &str,
        active: bool,
        display_order: std::result::Result<i64, FieldError>,
        config: Checks<Value>,
    ) -> Checks<Self> {
        let mut refused = Vec::new();
        let name = name.trim();
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            refused.push(FieldError::new("name", "Enter a name of 1 to 100 characters."));
        }
        let code = ChannelCode::parse(code).map_err(|e| refused.push(FieldError::new("code", e.to_string()))).ok();
        let display_order = display_order.map_err(|error| refused.push(error)).ok();
        let config = config.map_err(|errors| refused.extend(errors)).ok();
        match (code, display_order, config) {
            (Some(code), Some(display_order), Some(config)) if refused.is_empty() => {
                Ok(Self { code, name: name.to_owned(), active, display_order, config })
            }
            _ => Err(refused),
        }
    }

    /// As the audit has it.
    fn facts(&self, config: &Value) -> Value {
        json!({
            "code": self.code, "name": self.name, "config": config, "active": self.active,
            "display_order": self.display_order,
        })
    }
}

/// A code that another channel has.
fn taken(code: &ChannelCode) -> AppError {
    AppError::field("code", format!("Another channel has the code {code}. Choose another one."))
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
