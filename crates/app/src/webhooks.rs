//! Webhooks: a tenant's own programs are told what happens, as the Standard Webhooks specification has it.
//!
//! `announce` puts news into the transaction of what they tell, one delivery for each webhook that wants them, and a job
//! that wakes whoever sends. `deliver` sends: one job for each webhook, so that one that hangs holds up no other.

pub(crate) mod announce;
pub(crate) mod deliver;
mod log;
mod sign;

use std::time::Duration;

use dossier_domain::{JobKind, Timestamp, WebhookEvent, WebhookId, WebhookState};
use dossier_storage::webhooks::{self, Secret};
pub use dossier_storage::webhooks::{Setup, Webhook};
use dossier_storage::{WriteTx, deliveries, jobs};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Grant, Settings};
use crate::setup::named;

pub use deliver::sweep;
pub use log::{Attempt, Delivery, deliveries, delivery, redeliver, redeliver_all, test};

/// How many webhooks a tenant can have.
pub const MOST: usize = 20;
/// For how long a secret that was replaced still signs beside the new one.
pub const OVERLAP: Duration = Duration::from_hours(24);
/// How many secrets sign at once.
const SECRETS: usize = 5;
/// The most bytes of an address.
const LONGEST: usize = 2_000;
/// For how long a form that is sent twice is taken for the same.
const TWICE: Duration = Duration::from_mins(10);

/// What a person or a program hands in.
#[derive(Clone, Default)]
pub struct Typed {
    /// The name on pages.
    pub name: String,
    /// Where news are to be sent.
    pub url: String,
    /// The words of what it is to be told of; none for everything.
    pub events: Vec<String>,
}

impl From<&Setup> for Typed {
    fn from(setup: &Setup) -> Self {
        let events = setup.events.iter().map(ToString::to_string).collect();
        Self { name: setup.name.clone(), url: setup.url.clone(), events }
    }
}

impl Typed {
    /// The whole, or every field that is not in order.
    fn check(&self, app: &App) -> Result<Setup> {
        let mut refused = Vec::new();
        let mut one = |error: AppError| match error {
            AppError::Invalid(errors) => refused.extend(errors),
            other => refused.push(FieldError::new("name", other.to_string())),
        };
        let name = named("name", &self.name).map_err(&mut one).ok();
        let url = address(app, &self.url).map_err(&mut one).ok();
        let events: std::result::Result<Vec<WebhookEvent>, _> = self.events.iter().map(|word| word.parse()).collect();
        let events = events.ok().filter(|events| !events.contains(&WebhookEvent::WebhookTested));
        if events.is_none() {
            one(AppError::field("events", "One of these is not in the list. Choose again."));
        }
        let (Some(name), Some(url), Some(mut events)) = (name, url, events) else {
            return Err(AppError::Invalid(refused));
        };
        events.sort_unstable();
        events.dedup();
        Ok(Setup { name, url, events })
    }
}

/// An address that may be called, as far as that can be told without looking its name up.
fn address(app: &App, text: &str) -> Result<String> {
    let text = text.trim();
    let refuse = |why: &str| Err(AppError::field("url", why));
    let Ok(url) = text.parse() else {
        return refuse("Enter a whole web address, such as https://erp.example.org/kyc.");
    };
    if text.len() > LONGEST {
        return refuse("This address is too long: 2,000 characters at most.");
    }
    match app.outbound.check(&url) {
        Ok(()) => Ok(text.to_owned()),
        Err(refusal) => refuse(&refusal.to_string()),
    }
}

/// As the audit has it: the address without what may be a secret in it.
fn facts(app: &App, setup: &Setup) -> Value {
    let events: Vec<_> = setup.events.iter().map(|event| event.as_str()).collect();
    json!({ "name": setup.name, "host": host(app, &setup.url), "events": events })
}

/// The host of an address.
fn host(app: &App, url: &str) -> Option<String> {
    let url = url.parse().ok()?;
    // Read as outgoing calls read it.
    let _ = app.outbound.check(&url);
    url.host_str().map(str::to_owned)
}

/// A webhook with the secret that its receiver has to know: shown this once.
#[derive(Debug)]
pub struct Made {
    /// The webhook.
    pub webhook: Webhook,
    /// `whsec_` and base64.
    pub secret: SecretString,
    /// Until when the one before still signs, where there was one.
    pub overlap: Option<Timestamp>,
}

/// The id of a webhook to be, which the form carries.
pub fn new_id(app: &App) -> WebhookId {
    app.ids.make()
}

/// Every webhook, the oldest first.
///
/// # Errors
/// Only faults of this side.
pub async fn list(app: &App, grant: &Grant<Settings>) -> Result<Vec<Webhook>> {
    Ok(webhooks::list(&mut app.db.read(grant.scope).await?).await?)
}

/// Adds a webhook under the id that the form carries. The same form sent twice adds one, and the secret of the second time
/// counts.
///
/// # Errors
/// [`AppError::Invalid`] with the fields `name`, `url` and `events`; [`AppError::Conflict`] when there are as many as there
/// can be; [`AppError::KeyReused`] when the form was sent before with other content.
pub async fn create(app: &App, grant: &Grant<Settings>, id: WebhookId, typed: &Typed) -> Result<Made> {
    let setup = typed.check(app)?;
    let secret = sign::make(&app.ids.entropy);
    let kept = Secret { text: secret.clone(), until: None };
    let mut tx = app.db.write(grant.scope).await?;
    if let Some(made) = webhooks::lock(&mut tx, id).await? {
        let fresh = app.now().since(made.created_at) < TWICE && made.delivered_at.is_none();
        if !fresh || made.setup != setup || made.state != WebhookState::Active {
            return Err(AppError::KeyReused);
        }
        webhooks::set_secrets(&mut tx, id, &[kept]).await?;
    } else {
        if webhooks::list(&mut tx).await?.len() >= MOST {
            let why = format!("There are {MOST} webhooks already, which is the most. Delete one that is not needed.");
            return Err(AppError::Conflict(why));
        }
        webhooks::add(&mut tx, id, &setup, &kept, app.now()).await?;
        let entry = Entry::by(grant).did("webhook.created", "webhook", id);
        entry.after(facts(app, &setup)).write(app, &mut tx).await?;
    }
    let webhook = webhooks::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    tx.commit().await?;
    Ok(Made { webhook, secret, overlap: None })
}

/// A webhook, looked at.
#[derive(Debug)]
pub struct Opened {
    /// The webhook.
    pub webhook: Webhook,
    /// Until when a secret that was replaced still signs, while it does.
    pub overlap: Option<Timestamp>,
}

/// Opens a webhook.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn open(app: &App, grant: &Grant<Settings>, id: WebhookId) -> Result<Opened> {
    let mut tx = app.db.read(grant.scope).await?;
    let webhook = webhooks::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let secrets = webhooks::secrets(&mut tx, id).await?;
    let overlap = secrets.iter().filter_map(|secret| secret.until).filter(|until| *until > app.now()).max();
    Ok(Opened { webhook, overlap })
}

/// What became of a changed form.
#[derive(Debug)]
pub enum Saved {
    /// The webhook is as the form has it.
    Done,
    /// Somebody else has changed it since the form was opened. Nothing was saved; it is stored like this now.
    Stale(Box<Webhook>),
}

/// Saves the form of a webhook that was opened at `version`.
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the form; [`AppError::NotFound`].
pub async fn update(app: &App, grant: &Grant<Settings>, id: WebhookId, version: i64, typed: &Typed) -> Result<Saved> {
    let mut tx = app.db.write(grant.scope).await?;
    let stored = webhooks::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let checked = typed.check(app);
    if checked.as_ref().is_ok_and(|setup| *setup == stored.setup) {
        return Ok(Saved::Done);
    }
    if stored.version != version {
        return Ok(Saved::Stale(Box::new(stored)));
    }
    let setup = checked?;
    webhooks::change(&mut tx, id, &setup).await?;
    let (before, mut after) = (facts(app, &stored.setup), facts(app, &setup));
    if setup.url != stored.setup.url {
        after["address"] = json!("changed");
    }
    let entry = Entry::by(grant).did("webhook.updated", "webhook", id).before(before).after(after);
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Saved::Done)
}

/// Gives a webhook that still has the `version` that the person was shown another secret. The one before signs beside it for
/// a day, unless it is to end at once.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the webhook has changed meanwhile.
pub async fn rotate(app: &App, grant: &Grant<Settings>, id: WebhookId, version: i64, at_once: bool) -> Result<Made> {
    let mut tx = app.db.write(grant.scope).await?;
    let stored = webhooks::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if stored.version != version {
        let why = "The webhook has changed since you looked at it, or this form was sent twice: then the secret was \
                   replaced, and the answer that showed it is lost. Look at the webhook and replace the secret again.";
        return Err(AppError::Conflict(why.to_owned()));
    }
    let now = app.now();
    let end = now.plus(OVERLAP);
    let secret = sign::make(&app.ids.entropy);
    let mut secrets = vec![Secret { text: secret.clone(), until: None }];
    if !at_once {
        let old = webhooks::secrets(&mut tx, id).await?.into_iter();
        let old = old.map(|old| Secret { until: Some(old.until.map_or(end, |until| until.min(end))), ..old });
        secrets.extend(old.filter(|old| old.until > Some(now)).take(SECRETS - 1));
    }
    webhooks::set_secrets(&mut tx, id, &secrets).await?;
    let after = json!({ "name": stored.setup.name, "before_ends": if at_once { now } else { end }.to_string() });
    Entry::by(grant).did("webhook.secret_rotated", "webhook", id).after(after).write(app, &mut tx).await?;
    let webhook = webhooks::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    tx.commit().await?;
    Ok(Made { webhook, secret, overlap: (!at_once).then_some(end) })
}

/// Tells a webhook nothing more, and ends what waits for it. `false` when it was disabled already.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn disable(app: &App, grant: &Grant<Settings>, id: WebhookId) -> Result<bool> {
    let mut tx = app.db.write(grant.scope).await?;
    let stored = webhooks::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if stored.state != WebhookState::Active {
        return Ok(false);
    }
    let stopped = switch_off(app, &mut tx, id, WebhookState::Disabled).await?;
    let after = json!({ "name": stored.setup.name, "state": WebhookState::Disabled, "stopped": stopped });
    Entry::by(grant).did("webhook.disabled", "webhook", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Moves a webhook to a state in which it is told nothing, and says how many deliveries were stopped by that. It must have
/// been locked.
async fn switch_off(app: &App, tx: &mut WriteTx, id: WebhookId, state: WebhookState) -> Result<u64> {
    webhooks::move_to(tx, id, state, app.now()).await?;
    Ok(deliveries::stop(tx, id, app.now()).await?)
}

/// Tells a webhook again what happens from now on. `false` when it was active already.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn enable(app: &App, grant: &Grant<Settings>, id: WebhookId) -> Result<bool> {
    let mut tx = app.db.write(grant.scope).await?;
    let stored = webhooks::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if stored.state == WebhookState::Active {
        return Ok(false);
    }
    webhooks::move_to(&mut tx, id, WebhookState::Active, app.now()).await?;
    let (before, name) = (json!({ "state": stored.state }), stored.setup.name);
    let after = json!({ "name": name, "state": WebhookState::Active });
    let entry = Entry::by(grant).did("webhook.enabled", "webhook", id).before(before).after(after);
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Deletes a webhook with its secrets and its deliveries.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn remove(app: &App, grant: &Grant<Settings>, id: WebhookId) -> Result<()> {
    let mut tx = app.db.write(grant.scope).await?;
    let stored = webhooks::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    deliveries::remove_of(&mut tx, id).await?;
    webhooks::remove(&mut tx, id).await?;
    let entry = Entry::by(grant).did("webhook.deleted", "webhook", id).before(facts(app, &stored.setup));
    entry.write(app, &mut tx).await?;
    jobs::cancel(&mut tx, JobKind::Deliver, id).await?;
    Ok(tx.commit().await?)
}
