//! What is told of work that goes on at a provider, by a question, by a callback, or by a person, and what follows: the
//! run's end, and the request's when it was the last deciding one (STATUS-3).

use dossier_connector::Manifest;
use dossier_domain::status::Mover;
use dossier_domain::{Deciding, ErrorClass, JobKind, RequestId, RunId, RunState, Timestamp, Work, decided};
use dossier_storage::requests::Request;
use dossier_storage::runs::{self, Effect, Patch, Run};
use dossier_storage::{WriteTx, jobs, requests};
use serde_json::json;

use super::{events, finish, poll};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::webhooks::announce;

/// What is told of a run's work.
pub(super) struct Told<'a> {
    /// How it stands.
    pub(super) work: Work,
    /// Why it failed, in the provider's words.
    pub(super) said: Option<&'a str>,
    /// When it was so, by the provider's clock; nothing where it was asked, which is now.
    pub(super) at: Option<Timestamp>,
    /// By which way it was learnt, as the audit names it.
    pub(super) by: &'static str,
}

/// Takes in what is told of a run. The request must have been locked before. Says whether the run moved: what comes late,
/// twice or out of order moves nothing.
pub(super) async fn take_in(
    app: &App,
    tx: &mut WriteTx,
    manifest: &Manifest,
    run: &Run,
    told: &Told<'_>,
) -> Result<bool> {
    let Some(run) = runs::lock(tx, run.id).await? else { return Ok(false) };
    // An end counts whenever it comes; of the words before it, only what is newer than what was told already.
    let ends = matches!(told.work, Work::Succeeded | Work::Failed);
    if let Some(at) = told.at.filter(|_| !ends) {
        if run.told_at.is_some_and(|last| last > at) {
            return Ok(false);
        }
        runs::told(tx, run.id, at).await?;
    }
    let Some(to) = run.state.told(told.work) else { return Ok(false) };
    // What is told of it, it has taken up.
    let accepted = Patch { accepted_at: run.accepted_at.or(Some(app.now())), ..Patch::default() };
    let poll = manifest.action(&run.action).and_then(|action| action.poll.as_ref());
    let deadline = app.now().plus(poll.map_or(poll::USUAL_DEADLINE, |poll| poll.deadline));
    let patch = match to {
        RunState::Failed => {
            let message = match told.said {
                Some(said) => (said.to_owned(), true),
                None => (format!("{} reported that it failed.", manifest.name), false),
            };
            Patch { error: Some(ErrorClass::Business), message: Some(message), ..accepted }
        }
        RunState::Waiting => Patch { deadline: Some(deadline), ..accepted },
        _ => accepted,
    };
    end(app, tx, manifest, &run, to, patch).await?;
    if to == RunState::Waiting {
        started(app, tx, &run).await?;
        poll::follow(app, tx, &run, poll, deadline).await?;
    }
    let after = json!({ "action": run.action, "from": run.state, "to": to, "by": told.by });
    Entry::by_system().did("run.followed", "run", run.id).within(run.request).after(after).write(app, tx).await?;
    Ok(true)
}

/// Moves a run, and what depends on its end. The request must have been locked before.
pub(super) async fn end(
    app: &App,
    tx: &mut WriteTx,
    manifest: &Manifest,
    run: &Run,
    to: RunState,
    patch: Patch,
) -> Result<()> {
    let from = runs::lock(tx, run.id).await?.ok_or(AppError::NotFound)?.state;
    let ended_at = (to != RunState::Waiting).then(|| app.now());
    if !from.allows(to) || !runs::move_to(tx, run.id, from, to, Patch { ended_at, ..patch }).await? {
        return Err(AppError::Conflict(format!("a run that is {from} cannot become {to}")));
    }
    announce::ran(app, tx, run.id, to).await?;
    if from.is_open() && !to.is_open() {
        jobs::cancel(tx, JobKind::Poll, run.id).await?;
    }
    if from.is_live() && !to.is_open() {
        // What came meanwhile is told that it came too late.
        events::look_again_of(app, tx, run.id).await?;
    }
    if to == RunState::Succeeded {
        started(app, tx, run).await?;
    }
    decide(app, tx, manifest, run).await
}

/// Stops a run of which nothing was sent, or whose end nobody waits for any more. The request must have been locked before.
pub(super) async fn stop(
    app: &App,
    tx: &mut WriteTx,
    manifest: &Manifest,
    run: &Run,
    by: Entry,
    why: String,
) -> Result<()> {
    let from = runs::lock(tx, run.id).await?.ok_or(AppError::NotFound)?.state;
    let patch = Patch { message: Some((why, false)), ..Patch::default() };
    end(app, tx, manifest, run, RunState::Cancelled, patch).await?;
    let entry = match from {
        RunState::Waiting => by.did("run.abandoned", "run", run.id),
        _ => by.did("run.cancelled", "run", run.id),
    };
    let (before, after) = (json!({ "state": from }), json!({ "action": run.action }));
    entry.within(run.request).before(before).after(after).write(app, tx).await
}

/// Stops a run of which nothing was sent, and of which nothing may be sent any more: its request is gone, or has ended and
/// the run would change something at the provider. Says whether it did. The request must have been locked before.
pub(super) async fn stop_in_vain(app: &App, tx: &mut WriteTx, request: Option<&Request>, run: &Run) -> Result<bool> {
    let became = match request {
        None => "was deleted".to_owned(),
        Some(request) if request.status.is_end() && run.effect == Effect::Write => {
            format!("ended as {}", request.status)
        }
        Some(_) => return Ok(false),
    };
    if !finish::sent(tx, run.id).await?.is_empty() {
        return Ok(false);
    }
    let manifest = app.manifests.at(tx, &run.manifest_digest).await?;
    let why = format!("The request {became} before anything was sent.");
    stop(app, tx, &manifest, run, Entry::by_system(), why).await?;
    Ok(true)
}

/// Marks work that waits as overdue; says whether it did. `message` says why, where it is not only late.
pub(super) async fn overdue(
    app: &App,
    tx: &mut WriteTx,
    run: RunId,
    request: RequestId,
    message: Option<String>,
) -> Result<bool> {
    let message = message.map(|message| (message, false));
    let patch = Patch { message, ended_at: Some(app.now()), ..Patch::default() };
    if !runs::move_to(tx, run, RunState::Waiting, RunState::Overdue, patch).await? {
        return Ok(false);
    }
    announce::ran(app, tx, run, RunState::Overdue).await?;
    Entry::by_system().did("run.overdue", "run", run).within(request).write(app, tx).await?;
    Ok(true)
}

/// The first action that succeeds makes a draft pending (STATUS-2).
pub(super) async fn started(app: &App, tx: &mut WriteTx, run: &Run) -> Result<()> {
    let pending = dossier_domain::RequestStatus::Pending;
    let Some(request) = requests::lock(tx, run.request).await? else { return Ok(()) };
    if !request.status.allows(pending, Mover::Action) {
        return Ok(());
    }
    requests::set_status(tx, request.id, request.status, pending, Mover::Action, app.now()).await?;
    Entry::by_runner(tx, run)
        .await?
        .of_request("request.status_changed", request.id)
        .before(json!({ "status": request.status }))
        .after(json!({ "status": pending, "because": run.action }))
        .write(app, tx)
        .await
}

/// Ends the request, when the run was of a deciding action and none of these goes on any more (STATUS-3).
async fn decide(app: &App, tx: &mut WriteTx, manifest: &Manifest, run: &Run) -> Result<()> {
    let decides = |action: &str| manifest.action(action).is_some_and(|action| action.decides);
    if !decides(&run.action) {
        return Ok(());
    }
    let Some(request) = requests::lock(tx, run.request).await? else { return Ok(()) };
    let standing = runs::standing(tx, run.request).await?;
    let deciding: Vec<_> = standing
        .iter()
        .filter(|(action, ..)| decides(action))
        .map(|(action, state, accepted)| Deciding { action, state: *state, accepted: *accepted })
        .collect();
    let Some(status) = decided(&deciding).filter(|status| request.status.allows(*status, Mover::Provider)) else {
        return Ok(());
    };
    requests::set_status(tx, request.id, request.status, status, Mover::Provider, app.now()).await?;
    Entry::by_system()
        .of_request("request.status_changed", request.id)
        .before(json!({ "status": request.status }))
        .after(json!({ "status": status, "because": run.action }))
        .write(app, tx)
        .await
}
