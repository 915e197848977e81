//! What a person decides about a run: to stop one before anything was sent, or to say how one ended whose outcome nobody
//! knows (ACT-10).

use std::sync::Arc;

use dossier_connector::Manifest;
use dossier_domain::{ErrorClass, RequestId, RequestStatus, RunId, RunState};
use dossier_storage::runs::{self, Effect, Patch, Run};
use dossier_storage::{WriteTx, requests};
use serde_json::json;

use super::told;
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Execute, Grant, Member};

/// The most characters of a reason.
const LONGEST: usize = 500;

/// How a person says that a run ended.
#[derive(Clone)]
pub struct Settlement {
    /// In which request.
    pub request: RequestId,
    /// Which run.
    pub run: RunId,
    /// Whether it was carried out, as the form has it: `succeeded` or `failed`.
    pub ended: String,
    /// How the person knows.
    pub reason: String,
}

/// The reason may name people.
impl std::fmt::Debug for Settlement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settlement({}, {})", self.run, self.ended)
    }
}

/// Ends a run whose outcome is not known, by a person's word.
///
/// # Errors
/// [`AppError::Invalid`] with the field; [`AppError::NotFound`]; [`AppError::Conflict`] when its end is known meanwhile.
pub async fn settle(app: &App, grant: &Grant<Execute>, order: &Settlement) -> Result<()> {
    let mut refused = Vec::new();
    let to = match order.ended.as_str() {
        "succeeded" => Some(RunState::Succeeded),
        "failed" => Some(RunState::Failed),
        _ => {
            refused.push(FieldError::new("ended", "Say whether it was carried out."));
            None
        }
    };
    let reason = order.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        refused.push(FieldError::new("reason", "Say how you know: who told you, or where you have seen it."));
    } else if reason.chars().count() > LONGEST {
        refused.push(FieldError::new("reason", format!("At most {LONGEST} characters.")));
    }
    let Some(to) = to.filter(|_| refused.is_empty()) else { return Err(AppError::Invalid(refused)) };

    let mut tx = app.db.write(grant.scope).await?;
    let (run, manifest) = held(app, &mut tx, order.request, order.run).await?;
    if !matches!(run.state, RunState::Unknown | RunState::Overdue) {
        return Err(AppError::Conflict(format!(
            "The outcome of {} is known meanwhile: it {}. Nothing was changed.",
            run.label,
            words(run.state)
        )));
    }
    let said = if to == RunState::Succeeded { "carried out" } else { "not carried out" };
    let message = format!("{} says that it was {said}: {reason}", grant.name);
    let patch = Patch {
        error: (to == RunState::Failed).then_some(ErrorClass::Business),
        message: Some((message, false)),
        ..Patch::default()
    };
    told::end(app, &mut tx, &manifest, &run, to, patch).await?;
    Entry::by(grant)
        .did("run.settled", "run", run.id)
        .within(run.request)
        .before(json!({ "state": run.state }))
        .after(json!({ "action": run.action, "state": to, "reason": reason }))
        .write(app, &mut tx)
        .await?;
    tx.commit().await?;
    app.hub.changed(run.id);
    Ok(())
}

/// Stops a run before anything was sent.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it is no longer queued.
pub async fn cancel(app: &App, grant: &Grant<Execute>, request: RequestId, run: RunId) -> Result<()> {
    let mut tx = app.db.write(grant.scope).await?;
    let (run, manifest) = held(app, &mut tx, request, run).await?;
    if run.state != RunState::Queued {
        return Err(AppError::Conflict(format!("{} cannot be stopped any more: it {}.", run.label, words(run.state))));
    }
    let why = format!("{} stopped it before anything was sent.", grant.name);
    told::stop(app, &mut tx, &manifest, &run, Entry::by(grant), why).await?;
    tx.commit().await?;
    app.hub.changed(run.id);
    Ok(())
}

/// What a person has done to a request in this transaction, as far as it stops runs of it.
#[derive(Clone, Copy)]
pub(crate) enum Closed {
    /// What is queued and would change something is stopped.
    Ended(RequestStatus),
    /// Everything that is queued is stopped, and the wait for what was sent.
    Deleted,
}

/// Stops what nobody wants any more of a request. What is running comes to its end, or is stopped when its turn comes to be
/// sent (`told::stop_in_vain`). Says which runs were stopped.
pub(crate) async fn abandon(
    app: &App,
    tx: &mut WriteTx,
    by: &Member,
    request: RequestId,
    closed: Closed,
) -> Result<Vec<RunId>> {
    let did = match closed {
        Closed::Ended(to) => format!("marked the request as {to}"),
        Closed::Deleted => "deleted the request".to_owned(),
    };
    let mut stopped = Vec::new();
    for run in runs::going_on(tx, request).await? {
        let state = runs::lock(tx, run.id).await?.map(|run| run.state);
        let before = match (closed, state) {
            (Closed::Ended(_), Some(RunState::Queued)) if run.effect == Effect::Write => "anything was sent",
            (Closed::Deleted, Some(RunState::Queued)) => "anything was sent",
            (Closed::Deleted, Some(RunState::Waiting)) => "its end was known",
            _ => continue,
        };
        let manifest = app.manifests.at(tx, &run.manifest_digest).await?;
        let why = format!("{} {did} before {before}.", by.name);
        told::stop(app, tx, &manifest, &run, Entry::by(by), why).await?;
        stopped.push(run.id);
    }
    Ok(stopped)
}

/// The run, with its request and itself locked in this order.
async fn held(app: &App, tx: &mut WriteTx, request: RequestId, run: RunId) -> Result<(Run, Arc<Manifest>)> {
    requests::lock(tx, request).await?.ok_or(AppError::NotFound)?;
    let run = runs::lock(tx, run).await?.filter(|run| run.request == request).ok_or(AppError::NotFound)?;
    let manifest = app.manifests.at(tx, &run.manifest_digest).await?;
    Ok((run, manifest))
}

/// How a run stands, as the end of a sentence.
fn words(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "waits for its turn",
        RunState::Running => "runs",
        RunState::Waiting => "was accepted and goes on",
        RunState::Succeeded => "succeeded",
        RunState::Failed => "failed",
        RunState::Overdue => "is overdue",
        RunState::Unknown => "has an unknown outcome",
        RunState::Cancelled => "was stopped",
    }
}
