//! What is told to webhooks: put into the transaction of what happened, so that neither is there without the other.
//!
//! Nothing but ids and states: a reference, a name or a word of a provider never stands in a payload.

use dossier_domain::{DeliveryId, JobKind, RequestId, RunId, RunState, Scope, WebhookEvent, WebhookId};
use dossier_storage::audit::Event;
use dossier_storage::{ReadTx, WriteTx, deliveries, jobs, requests, runs, webhooks};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::App;
use crate::error::Result;

/// What is sent.
#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: WebhookEvent,
    timestamp: String,
    data: &'a Value,
}

/// What an event of the audit tells webhooks, if anything. The ends of runs are told where runs are moved: not each of them
/// has an event of its own.
fn of(action: &str) -> Option<WebhookEvent> {
    match action {
        "output.saved" => Some(WebhookEvent::ResultCreated),
        word => word.parse().ok().filter(|event| *event != WebhookEvent::WebhookTested),
    }
}

/// Tells webhooks what the audit was just told.
pub(crate) async fn audited(app: &App, tx: &mut WriteTx, event: &Event) -> Result<()> {
    let Some(kind) = of(&event.action) else { return Ok(()) };
    let wanting = webhooks::wanting(tx, kind).await?;
    if wanting.is_empty() {
        return Ok(());
    }
    let data = match (event.subject.id, event.request) {
        (Some(run), _) if event.subject.kind == "run" => about_run(tx, RunId::from(run)).await?,
        (Some(result), Some(request)) if event.subject.kind == "result" => {
            let said = |name: &str| event.after.as_ref().map_or(Value::Null, |after| after[name].clone());
            let channel = requests::place(tx, request).await?.map(|(channel, _)| channel);
            Some(json!({
                "request": request, "channel": channel, "run": said("run"), "result": result,
                "action": said("action"), "verdict": said("verdict"),
            }))
        }
        (_, Some(request)) => about_request(tx, request, event).await?,
        (channel, None) => Some(json!({ "channel": channel })),
    };
    match data {
        Some(data) => send(app, tx, &wanting, kind, &data).await.map(drop),
        None => Ok(()),
    }
}

async fn about_request(tx: &mut ReadTx, id: RequestId, event: &Event) -> Result<Option<Value>> {
    let Some((channel, _)) = requests::place(tx, id).await? else { return Ok(None) };
    let before = |name: &str| event.before.as_ref().map_or(Value::Null, |before| before[name].clone());
    let mut data = json!({ "request": id, "channel": channel });
    (data["status"], data["verdict"]) = match requests::find(tx, id).await? {
        Some(request) => (json!(request.status), json!(request.verdict)),
        // It was deleted.
        None => (before("status"), before("verdict")),
    };
    match event.action.as_str() {
        "request.status_changed" => data["previous_status"] = before("status"),
        "request.verdict_changed" => data["previous_verdict"] = before("verdict"),
        _ => {}
    }
    Ok(Some(data))
}

async fn about_run(tx: &mut ReadTx, id: RunId) -> Result<Option<Value>> {
    let Some(run) = runs::find(tx, id).await? else { return Ok(None) };
    let channel = requests::place(tx, run.request).await?.map(|(channel, _)| channel);
    Ok(Some(json!({
        "request": run.request, "channel": channel, "run": id, "action": run.action, "state": run.state,
        "verdict": run.verdict,
    })))
}

/// Tells webhooks to which state a run has just come, where that is one for them.
pub(crate) async fn ran(app: &App, tx: &mut WriteTx, run: RunId, state: RunState) -> Result<()> {
    let kind = match state {
        RunState::Queued | RunState::Running => return Ok(()),
        RunState::Waiting => WebhookEvent::RunAccepted,
        RunState::Succeeded | RunState::Failed | RunState::Cancelled | RunState::Unknown | RunState::Overdue => {
            WebhookEvent::RunEnded
        }
    };
    let wanting = webhooks::wanting(tx, kind).await?;
    if wanting.is_empty() {
        return Ok(());
    }
    match about_run(tx, run).await? {
        Some(data) => send(app, tx, &wanting, kind, &data).await.map(drop),
        None => Ok(()),
    }
}

/// Puts a piece of news on its way to these webhooks. Each delivery is a row of its own and the job has a subject of its own,
/// so that no transaction waits for another here.
pub(super) async fn send(
    app: &App,
    tx: &mut WriteTx,
    to: &[WebhookId],
    kind: WebhookEvent,
    data: &Value,
) -> Result<Vec<DeliveryId>> {
    let (event, now): (Uuid, _) = (app.ids.make(), app.now());
    let payload = serde_json::to_string(&Payload { kind, timestamp: now.to_string(), data });
    let payload = payload.map_err(crate::AppError::internal)?;
    let mut sent = Vec::new();
    for webhook in to {
        let id = app.ids.make();
        deliveries::add(tx, (id, *webhook, event), kind, &payload, now).await?;
        sent.push(id);
    }
    jobs::add(tx, app.ids.make(), JobKind::Announce, event, now, now).await?;
    Ok(sent)
}

/// Wakes whoever sends to the webhooks for which a piece of news waits.
pub(crate) async fn wake(app: &App, scope: Scope, event: Uuid) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    for webhook in deliveries::waiting(&mut tx, event).await? {
        jobs::add(&mut tx, app.ids.make(), JobKind::Deliver, webhook, app.now(), app.now()).await?;
    }
    tx.commit().await?;
    app.hub.queued();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_audit_and_webhooks_both_have_is_called_the_same() {
        let told_apart = ["run.accepted", "run.ended", "result.created", "webhook.tested"];
        for event in WebhookEvent::ALL.iter().filter(|event| !told_apart.contains(&event.as_str())) {
            assert_eq!(of(event.as_str()), Some(*event));
        }
        assert_eq!((of("output.saved"), of("webhook.tested")), (Some(WebhookEvent::ResultCreated), None));
        assert_eq!((of("user.created"), of("file.opened")), (None, None));
    }
}
