//! The deliveries of a webhook: looked at, sent again, and a test of it.

use dossier_domain::{DeliveryId, DeliveryState, JobKind, WebhookEvent, WebhookId, WebhookState};
pub use dossier_storage::deliveries::{Attempt, Delivery};
use dossier_storage::webhooks::{self, Webhook};
use dossier_storage::{Cursor, Page, WriteTx, deliveries as stored, jobs};
use serde_json::json;

use super::announce;
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Grant, Settings};

/// One page of the deliveries of a webhook, newest first; only those in `state` where one is given.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn deliveries(
    app: &App,
    grant: &Grant<Settings>,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    from: Option<Cursor>,
    size: u32,
) -> Result<Page<Delivery>> {
    let mut tx = app.db.read(grant.scope).await?;
    webhooks::find(&mut tx, webhook).await?.ok_or(AppError::NotFound)?;
    Ok(stored::list(&mut tx, webhook, state, from, size).await?)
}

/// One delivery of a webhook with its attempts, newest first.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn delivery(
    app: &App,
    grant: &Grant<Settings>,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<(Webhook, Delivery, Vec<Attempt>)> {
    let mut tx = app.db.read(grant.scope).await?;
    let found = webhooks::find(&mut tx, webhook).await?.ok_or(AppError::NotFound)?;
    let delivery = stored::find(&mut tx, id).await?.filter(|delivery| delivery.webhook == webhook);
    let delivery = delivery.ok_or(AppError::NotFound)?;
    let attempts = stored::attempts(&mut tx, id).await?;
    Ok((found, delivery, attempts))
}

/// The webhook, which must be active: nothing is sent to another.
async fn active(tx: &mut WriteTx, id: WebhookId) -> Result<Webhook> {
    let webhook = webhooks::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    if webhook.state != WebhookState::Active {
        return Err(AppError::Conflict("This webhook is disabled, so nothing is sent. Enable it first.".to_owned()));
    }
    Ok(webhook)
}

/// Has a delivery sent again at once, under the same id, whatever became of it before.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the webhook is disabled.
pub async fn redeliver(app: &App, grant: &Grant<Settings>, webhook: WebhookId, id: DeliveryId) -> Result<()> {
    let mut tx = app.db.write(grant.scope).await?;
    let found = active(&mut tx, webhook).await?;
    let delivery = stored::lock(&mut tx, id).await?.filter(|delivery| delivery.webhook == webhook);
    let delivery = delivery.ok_or(AppError::NotFound)?;
    stored::again(&mut tx, id, app.now()).await?;
    let after = json!({ "name": found.setup.name, "delivery": id, "type": delivery.kind });
    Entry::by(grant).did("webhook.redelivered", "webhook", webhook).after(after).write(app, &mut tx).await?;
    jobs::add(&mut tx, app.ids.make(), JobKind::Deliver, webhook, app.now(), app.now()).await?;
    tx.commit().await?;
    app.hub.queued();
    Ok(())
}

/// Has everything sent again that did not arrive at a webhook, and says how much that is.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the webhook is disabled.
pub async fn redeliver_all(app: &App, grant: &Grant<Settings>, webhook: WebhookId) -> Result<u64> {
    let mut tx = app.db.write(grant.scope).await?;
    let found = active(&mut tx, webhook).await?;
    let count = stored::all_again(&mut tx, webhook, app.now()).await?;
    if count == 0 {
        return Ok(0);
    }
    let after = json!({ "name": found.setup.name, "deliveries": count });
    Entry::by(grant).did("webhook.redelivered", "webhook", webhook).after(after).write(app, &mut tx).await?;
    jobs::add(&mut tx, app.ids.make(), JobKind::Deliver, webhook, app.now(), app.now()).await?;
    tx.commit().await?;
    app.hub.queued();
    Ok(count)
}

/// Sends a test to a webhook: one attempt, whatever it wants to be told of. [`delivery`] says what came of it.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the webhook is disabled.
pub async fn test(app: &App, grant: &Grant<Settings>, webhook: WebhookId) -> Result<DeliveryId> {
    let mut tx = app.db.write(grant.scope).await?;
    let found = active(&mut tx, webhook).await?;
    let data = json!({ "webhook": webhook });
    let sent = announce::send(app, &mut tx, &[webhook], WebhookEvent::WebhookTested, &data).await?;
    let delivery = sent.first().copied().ok_or(AppError::NotFound)?;
    let after = json!({ "name": found.setup.name, "delivery": delivery });
    Entry::by(grant).did("webhook.tested", "webhook", webhook).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    app.hub.queued();
    Ok(delivery)
}
