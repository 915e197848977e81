//! What is known of one run: how it stands, when its provider is asked next, what it brought, and what was sent about it.

use std::sync::Arc;

use dossier_connector::{Manifest, is_sign_in};
use dossier_domain::{ExchangeState, JobKind, RequestId, RunId, Timestamp};
pub use dossier_storage::results::Listed;
use dossier_storage::runs::{self, Effect, Run};
use dossier_storage::{ReadTx, events, exchanges, jobs, results};

use crate::App;
use crate::callbacks::Event;
use crate::error::{AppError, Result};
use crate::folder::{Head, head_in};
use crate::grant::{Grant, Read};

/// A run with what belongs to it.
pub struct Trail {
    /// What stands above every page of its request.
    pub head: Head,
    /// The run.
    pub run: Run,
    /// The text that it goes by.
    pub manifest: Arc<Manifest>,
    /// When its provider is asked next.
    pub next: Option<Timestamp>,
    /// When its provider was asked last how it stands, and the status of the answer, where there was one.
    pub last: Option<(Timestamp, Option<u16>)>,
    /// What it brought, newest first.
    pub results: Vec<Listed>,
    /// What was sent about it, newest first.
    pub events: Vec<Event>,
    /// Whether nothing came of it: nothing is stored, and no step before the one that failed was carried out.
    pub empty: bool,
}

impl Trail {
    /// Whether its provider can be asked how it stands, as its manifest has it.
    pub fn asks(&self) -> bool {
        self.manifest.action(&self.run.action).is_some_and(|action| action.poll.is_some())
    }
}

/// One run of a request.
///
/// # Errors
/// [`AppError::NotFound`], also for a run of another request.
pub async fn of(app: &App, grant: &Grant<Read>, request: RequestId, run: RunId) -> Result<Trail> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, request).await?;
    let run = runs::find(&mut tx, run).await?.filter(|run| run.request == request).ok_or(AppError::NotFound)?;
    let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
    let next = next(&mut tx, &manifest, &run).await?;
    let poll = manifest.action(&run.action).and_then(|action| action.poll.as_ref());
    let last = match poll {
        Some(poll) => exchanges::last_of(&mut tx, run.id, &poll.action).await?,
        None => None,
    };
    let mut results = results::list(&mut tx, request).await?;
    results.retain(|line| line.run == run.id);
    let (events, empty) = (events::of_run(&mut tx, run.id).await?, is_empty(&mut tx, &run).await?);
    Ok(Trail { head, run, manifest, next, last, results, events, empty })
}

/// When the provider of a run is asked next: by the job, since a callback brings the question forward.
async fn next(tx: &mut ReadTx, manifest: &Manifest, run: &Run) -> Result<Option<Timestamp>> {
    if !run.state.is_open() || manifest.action(&run.action).is_none_or(|action| action.poll.is_none()) {
        return Ok(None);
    }
    let job = jobs::of(tx, JobKind::Poll, run.id).await?;
    Ok(job.filter(|job| !job.dead).map(|job| job.run_at))
}

/// Whether nothing came of a run.
async fn is_empty(tx: &mut ReadTx, run: &Run) -> Result<bool> {
    if results::find_by_run(tx, run.id).await?.is_some() {
        return Ok(false);
    }
    let mut calls = exchanges::states(tx, run.id).await?;
    calls.retain(|(step, _)| !is_sign_in(step));
    let Some((last, _)) = calls.last().filter(|_| run.effect == Effect::Write) else { return Ok(true) };
    Ok(!calls.iter().any(|(step, state)| step != last && *state == ExchangeState::Answered))
}
