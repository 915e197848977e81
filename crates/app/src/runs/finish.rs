//! The end of a run, in one transaction: its state, its result and files, the request's status and verdict, the audit.

use std::time::Duration;

use dossier_connector::{Call, Failure, Outcome, Success, is_sign_in};
use dossier_domain::status::Mover;
use dossier_domain::{ErrorClass, RequestStatus, RunId, RunState, Scope, Verdict};
use dossier_storage::attachments::{self, Attachment, Kind};
use dossier_storage::results::{self, RunResult};
use dossier_storage::runs::{self, Effect, Patch, Run};
use dossier_storage::{ReadTx, WriteTx, exchanges, requests};
use serde_json::json;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};

/// How often it is tried to store what a provider has answered, in some six seconds, before the run is left to its
/// lease: a database that restarts must not turn an answer into "unknown".
pub(super) struct Tries {
    left: u32,
    pause: Duration,
}

impl Default for Tries {
    fn default() -> Self {
        Self { left: 6, pause: Duration::from_millis(100) }
    }
}

impl Tries {
    /// Waits until it may be tried again; `false` when it was tried often enough.
    pub(super) async fn again(&mut self, error: &impl std::fmt::Debug) -> bool {
        if self.left == 0 {
            return false;
        }
        tracing::warn!(left = self.left, error = ?error, "what a provider answered is stored again");
        tokio::time::sleep(self.pause).await;
        self.left -= 1;
        self.pause *= 2;
        true
    }
}

/// What a person is told to do about an unknown outcome.
const WHAT_NOW: &str = "It is not repeated by itself. Ask the provider before you run it again.";

/// Stores how the call ended.
pub(super) async fn store(app: &App, scope: Scope, run: &Run, call: &Call<'_>, outcome: Outcome) -> Result<()> {
    let mut tries = Tries::default();
    loop {
        let Err(error) = try_store(app, scope, run, call, &outcome).await else { return Ok(()) };
        if !tries.again(&error).await {
            return Err(error);
        }
    }
}

async fn try_store(app: &App, scope: Scope, run: &Run, call: &Call<'_>, outcome: &Outcome) -> Result<()> {
    let files = match outcome {
        Outcome::Succeeded(success) => keep_files(app, scope, run, success).await?,
        _ => Vec::new(),
    };
    let mut tx = app.db.write(scope).await?;
    // The request before the run, as when a run is started: two orders of locks would wait for each other.
    requests::lock(&mut tx, run.request).await?;
    if !may_end(&mut tx, run).await? {
        return Ok(());
    }
    match outcome {
        Outcome::Succeeded(success) => {
            succeeded(app, &mut tx, run, call, success).await?;
            for file in &files {
                attachments::add(&mut tx, file).await?;
            }
        }
        Outcome::Failed(failure) => failed(app, &mut tx, run, failure).await?,
        Outcome::Unknown { message } => {
            end_unknown(app, &mut tx, run, &format!("{message} {WHAT_NOW}")).await?;
        }
        Outcome::Refused(_) => {}
    }
    Ok(tx.commit().await?)
}

/// The bytes are kept before the rows that name them: a file without a row harms nobody.
async fn keep_files(app: &App, scope: Scope, run: &Run, success: &Success) -> Result<Vec<Attachment>> {
    let mut kept = Vec::new();
    for file in &success.attachments {
        let (id, file) = (file.id, &file.file);
        let key = attachments::key(&mut app.db.read(scope).await?, run.request, id).await?;
        kept.push(Attachment {
            id,
            request: run.request,
            run: Some(run.id),
            kind: Kind::Received,
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            blob: app.blobs.put(&key, &file.bytes).await?,
            created_at: app.now(),
        });
    }
    Ok(kept)
}

/// Fails a run of which nothing was sent, for a reason of this side.
pub(super) async fn failed_here(app: &App, scope: Scope, run: &Run, why: &str) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    if may_end(&mut tx, run).await? {
        let failure = Failure { class: ErrorClass::Internal, message: why.to_owned(), quoted: false };
        failed(app, &mut tx, run, &failure).await?;
    }
    Ok(tx.commit().await?)
}

/// A run whose code broke: it is not tried again. What is known of its calls decides between failed and unknown.
pub(super) async fn broken(app: &App, scope: Scope, id: RunId) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    let run = runs::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if run.state != RunState::Running {
        return Ok(());
    }
    if after_crash(&mut tx, &run).await? == RunState::Unknown {
        unknown(app, &mut tx, &run).await?;
    } else {
        let message = "Dossier broke while carrying this out. The server's log says more.".to_owned();
        let failure = Failure { class: ErrorClass::Internal, message, quoted: false };
        failed(app, &mut tx, &run, &failure).await?;
    }
    Ok(tx.commit().await?)
}

/// What a run that was left behind has become, by the calls that were recorded of it. A sign-in is none of them: it
/// carries nothing out.
pub(super) async fn after_crash(tx: &mut ReadTx, run: &Run) -> Result<RunState> {
    let mut calls = exchanges::states(tx, run.id).await?;
    calls.retain(|(step, _)| !is_sign_in(step));
    let states: Vec<_> = calls.into_iter().map(|(_, state)| state).collect();
    Ok(RunState::after_crash(&states, run.effect == Effect::Read))
}

/// Whether the run can still take an end. An answer may also arrive after the run was given up as unknown.
async fn may_end(tx: &mut WriteTx, run: &Run) -> Result<bool> {
    let now = runs::lock(tx, run.id).await?.ok_or(AppError::NotFound)?;
    Ok(matches!(now.state, RunState::Running | RunState::Unknown))
}

async fn succeeded(app: &App, tx: &mut WriteTx, run: &Run, call: &Call<'_>, success: &Success) -> Result<()> {
    let now = app.now();
    // What the provider has only accepted is stored and shown at once; its end comes later.
    let to = if success.waits { RunState::Waiting } else { RunState::Succeeded };
    end(app, tx, run, to, Patch { verdict: Some(success.verdict), ..Patch::default() }).await?;
    let result = RunResult {
        id: app.ids.make(),
        run: run.id,
        request: run.request,
        action: run.action.clone(),
        raw: success.raw.clone(),
        content_type: success.content_type.clone(),
        display: serde_json::to_value(&success.display).map_err(AppError::internal)?,
        outputs: success.outputs.clone(),
        verdict: success.verdict,
        executed_at: now,
        by: run.by.clone(),
        took: success.took,
    };
    results::add(tx, &result).await?;
    let after = json!({ "action": run.action, "run": run.id, "verdict": success.verdict });
    Entry::by_runner(run)
        .did("output.saved", "result", result.id)
        .within(run.request)
        .after(after)
        .write(app, tx)
        .await?;

    let Some(request) = requests::lock(tx, run.request).await? else { return Ok(()) };
    if request.status.allows(RequestStatus::Pending, Mover::Action) {
        requests::set_status(tx, request.id, request.status, RequestStatus::Pending, now).await?;
        Entry::by_runner(run)
            .of_request("request.status_changed", request.id)
            .before(json!({ "status": request.status }))
            .after(json!({ "status": RequestStatus::Pending, "because": run.action }))
            .write(app, tx)
            .await?;
    }
    // An action that maps a verdict sets it, also to none: a value that is not known must not leave the last one
    // standing (STATUS-6).
    let judges = call.manifest.action(&run.action).is_some_and(dossier_connector::Action::judges);
    // After a person chose an end, what arrives is stored and changes nothing (STATUS-3).
    if judges && !request.status.is_end() && request.verdict != success.verdict {
        requests::set_verdict(tx, request.id, success.verdict, now).await?;
        verdict_changed(app, tx, run, request.verdict, success.verdict).await?;
    }
    Ok(())
}

async fn verdict_changed(app: &App, tx: &mut WriteTx, run: &Run, from: Verdict, to: Verdict) -> Result<()> {
    Entry::by_runner(run)
        .of_request("request.verdict_changed", run.request)
        .before(json!({ "verdict": from }))
        .after(json!({ "verdict": to, "because": run.action }))
        .write(app, tx)
        .await
}

async fn failed(app: &App, tx: &mut WriteTx, run: &Run, failure: &Failure) -> Result<()> {
    let message = Some((failure.message.clone(), failure.quoted));
    end(app, tx, run, RunState::Failed, Patch { error: Some(failure.class), message, ..Patch::default() }).await?;
    let after = json!({ "action": run.action, "class": failure.class });
    Entry::by_runner(run).did("run.failed", "run", run.id).within(run.request).after(after).write(app, tx).await
}

/// A run that its process left behind after something was sent: only the provider knows.
pub(super) async fn unknown(app: &App, tx: &mut WriteTx, run: &Run) -> Result<()> {
    let message = format!(
        "Dossier was stopped while the provider was being asked. {} may have been carried out and charged. {WHAT_NOW}",
        run.label
    );
    end_unknown(app, tx, run, &message).await
}

async fn end_unknown(app: &App, tx: &mut WriteTx, run: &Run, message: &str) -> Result<()> {
    let message = Some((message.to_owned(), false));
    end(app, tx, run, RunState::Unknown, Patch { message, ..Patch::default() }).await?;
    let after = json!({ "action": run.action });
    Entry::by_system().did("run.unknown", "run", run.id).within(run.request).after(after).write(app, tx).await
}

async fn end(app: &App, tx: &mut WriteTx, run: &Run, to: RunState, patch: Patch) -> Result<()> {
    let from = runs::lock(tx, run.id).await?.ok_or(AppError::NotFound)?.state;
    let ended_at = (to != RunState::Waiting).then(|| app.now());
    let patch = Patch { ended_at, ..patch };
    if from.allows(to) && runs::move_to(tx, run.id, from, to, patch).await? {
        return Ok(());
    }
    Err(AppError::Conflict(format!("a run that is {from} cannot become {to}")))
}
