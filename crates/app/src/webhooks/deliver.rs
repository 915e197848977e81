//! Sends what waits for a webhook. There is one job for each webhook, so that no delivery is sent by two workers at once and
//! a receiver that hangs takes one place of a worker; what is due for it goes out a few at a time.

use std::time::Duration;

use dossier_connector::asked_to_wait;
use dossier_domain::webhook::pause_after;
use dossier_domain::{DeliveryState, JobKind, Scope, Timestamp, WebhookEvent, WebhookId, WebhookState};
use dossier_outbound::Outgoing;
use dossier_storage::deliveries::{self, Attempt, Delivery};
use dossier_storage::webhooks::{self, Secret, Webhook};
use dossier_storage::{WriteTx, jobs, system};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::json;
use tokio::task::JoinSet;

use super::{sign, switch_off};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::runs::shaken;

/// How many deliveries are on their way to one webhook at once.
const AT_ONCE: u32 = 8;
/// How long a receiver may take for its whole answer.
const LIMIT: Duration = Duration::from_secs(15);
/// How much of an answer is kept, in bytes.
const KEPT: usize = 1_000;
/// The longest pause that is believed; what lies further ahead is of a clock that was set back since.
const LONGEST: Duration = Duration::from_hours(1);
/// How long deliveries are kept.
const LIFE: Duration = Duration::from_hours(24 * 30);

/// Sends what is due. Says when there is more to do; nothing when nothing waits.
pub(crate) async fn carry_out(app: &App, scope: Scope, id: WebhookId) -> Result<Option<Timestamp>> {
    let mut tx = app.db.read(scope).await?;
    let webhook = webhooks::find(&mut tx, id).await?;
    let Some(webhook) = webhook.filter(|webhook| webhook.state == WebhookState::Active) else {
        drop(tx);
        return clear(app, scope, id).await;
    };
    let now = app.now();
    let pause = webhook.paused_until.filter(|until| *until > now && until.since(now) <= LONGEST);
    let due = if pause.is_some() { Vec::new() } else { deliveries::due(&mut tx, id, now, AT_ONCE).await? };
    if due.is_empty() {
        let next = deliveries::next(&mut tx, id).await?;
        return Ok(next.map(|next| pause.map_or(next, |pause| pause.max(next))));
    }
    let secrets = webhooks::secrets(&mut tx, id).await?;
    drop(tx);
    let mut sending = JoinSet::new();
    for delivery in due {
        let (app, webhook, secrets) = (app.clone(), webhook.clone(), secrets.clone());
        sending.spawn(async move {
            let (attempt, wait) = send(&app, &webhook, &secrets, &delivery).await;
            settle(&app, scope, id, &delivery, &attempt, wait).await
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent.map_err(AppError::internal)??;
    }
    Ok(Some(app.now()))
}

/// Ends what was on its way when the webhook was disabled or deleted.
async fn clear(app: &App, scope: Scope, id: WebhookId) -> Result<Option<Timestamp>> {
    let mut tx = app.db.write(scope).await?;
    match webhooks::lock(&mut tx, id).await? {
        Some(webhook) if webhook.state == WebhookState::Active => return Ok(Some(app.now())),
        Some(_) => deliveries::stop(&mut tx, id, app.now()).await.map(drop)?,
        None => deliveries::remove_of(&mut tx, id).await?,
    }
    tx.commit().await?;
    Ok(None)
}

/// Sends a delivery once. Says what came of it, and how long the receiver asks to be left alone.
async fn send(app: &App, webhook: &Webhook, secrets: &[Secret], delivery: &Delivery) -> (Attempt, Option<Duration>) {
    let at = app.now();
    let attempt = |took, status, failure: Option<&str>, said| {
        let failure = failure.map(str::to_owned);
        Attempt { id: app.ids.make(), at, took, status, failure, said }
    };
    let Some(headers) = headers(secrets, delivery, at) else {
        let said = "The delivery could not be put together.".to_owned();
        return (attempt(Duration::ZERO, None, Some("refused"), said), None);
    };
    let Ok(url) = webhook.setup.url.parse() else {
        let said = "The address is none that can be called.".to_owned();
        return (attempt(Duration::ZERO, None, Some("refused"), said), None);
    };
    let body = delivery.payload.clone().into_bytes();
    let outgoing = Outgoing { method: Method::POST, url, headers, body, timeout: Some(LIMIT) };
    match app.outbound.send(outgoing).await {
        Ok(answer) => {
            let busy = matches!(answer.status, 429 | 502 | 503 | 504);
            let wait = busy.then(|| asked_to_wait(&answer.headers, app.now())).flatten();
            let said = String::from_utf8_lossy(&answer.body[..answer.body.len().min(KEPT)]).into_owned();
            (attempt(answer.took, Some(answer.status), None, said), wait)
        }
        Err(broken) => (attempt(broken.took, None, Some(broken.kind.as_str()), broken.message), None),
    }
}

fn headers(secrets: &[Secret], delivery: &Delivery, at: Timestamp) -> Option<HeaderMap> {
    let id = delivery.event.to_string();
    let signing = secrets.iter().filter(|secret| secret.until.is_none_or(|until| until > at));
    let signature = sign::header(signing.map(|secret| &secret.text), &id, at, &delivery.payload);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in
        [("webhook-id", id), ("webhook-timestamp", sign::seconds(at).to_string()), ("webhook-signature", signature)]
    {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?);
    }
    Some(headers)
}

/// Keeps what came of an attempt, and what follows: the next one, the end of the delivery, or that of the webhook.
async fn settle(
    app: &App,
    scope: Scope,
    id: WebhookId,
    sent: &Delivery,
    attempt: &Attempt,
    wait: Option<Duration>,
) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    let Some(webhook) = webhooks::lock(&mut tx, id).await? else { return Ok(()) };
    let delivery = deliveries::lock(&mut tx, sent.id).await?;
    // Another worker may have thought this one dead, and has told what came of the same attempt.
    let Some(delivery) = delivery.filter(|delivery| delivery.attempts == sent.attempts) else { return Ok(()) };
    let now = app.now();
    let paused_until = wait.map(|wait| now.plus(wait.min(LONGEST)));
    let arrived = attempt.status.is_some_and(|status| (200..300).contains(&status));
    let gone = attempt.status == Some(410);
    let test = delivery.kind == WebhookEvent::WebhookTested;
    let pause = if gone || test { None } else { pause_after(delivery.tries + 1) };
    let (state, next_at) = match pause {
        _ if arrived => (DeliveryState::Delivered, None),
        _ if delivery.state != DeliveryState::Pending => (delivery.state, None),
        Some(pause) => (DeliveryState::Pending, paused_until.max(Some(now.plus(shaken(app, pause))))),
        None => (DeliveryState::Failed, None),
    };
    deliveries::tried(&mut tx, delivery.id, attempt, state, next_at).await?;
    if arrived {
        webhooks::arrived(&mut tx, id, now).await?;
        return Ok(tx.commit().await?);
    }
    let status = attempt.status.map(|status| status.to_string());
    let failure = attempt.failure.as_deref().or(status.as_deref()).unwrap_or_default();
    webhooks::failed(&mut tx, id, failure, paused_until, now).await?;
    let silent = webhook.delivered_at.is_none_or(|at| at < delivery.created_at);
    if webhook.state == WebhookState::Active {
        if gone {
            disable(app, &mut tx, &webhook, WebhookState::Gone).await?;
        } else if state == DeliveryState::Failed && !test && silent {
            disable(app, &mut tx, &webhook, WebhookState::Failing).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Disables a webhook without a person having said so.
async fn disable(app: &App, tx: &mut WriteTx, webhook: &Webhook, state: WebhookState) -> Result<()> {
    let stopped = switch_off(app, tx, webhook.id, state).await?;
    tracing::warn!(webhook = %webhook.id, %state, stopped, "a webhook is disabled: its deliveries do not arrive");
    let after = json!({ "name": webhook.setup.name, "state": state, "stopped": stopped });
    Entry::by_system().did("webhook.stopped", "webhook", webhook.id).after(after).write(app, tx).await
}

/// Removes deliveries that have had their time, and asks for the jobs of what waits without one.
///
/// # Errors
/// Only faults of this side.
pub async fn sweep(app: &App) -> Result<()> {
    let mut tx = app.db.system_read().await?;
    let tenants = system::tenants(&mut tx).await?;
    drop(tx);
    for tenant in tenants {
        if let Err(error) = look(app, Scope::of(tenant.id)).await {
            tracing::warn!(?error, tenant = %tenant.id, "nobody looked after the webhooks");
        }
    }
    Ok(())
}

async fn look(app: &App, scope: Scope) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    deliveries::purge(&mut tx, app.now().minus(LIFE)).await?;
    for (webhook, at) in deliveries::pending(&mut tx).await? {
        let job = jobs::of(&mut tx, JobKind::Deliver, webhook).await?;
        if job.is_none_or(|job| job.dead) {
            jobs::add(&mut tx, app.ids.make(), JobKind::Deliver, webhook, at, app.now()).await?;
        }
    }
    Ok(tx.commit().await?)
}
