//! What is known of one run: how it stands, when its provider is asked next, what it brought, and what was sent about it.

use std::sync::Arc;

use dossier_connector::{Manifest, is_sign_in};
use dossier_domain::{ExchangeState, JobKind, RequestId, RunId, RunState, Timestamp};
pub use dossier_storage::results::Listed;
use dossier_storage::runs::{self, Effect, Run};
use dossier_storage::{ReadTx, audit, events, exchanges, jobs, results};
use serde_json::json;

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
    let results = results::of_run(&mut tx, run.id).await?;
    let empty = results.is_empty() && is_empty(&mut tx, &run).await?;
    let events = events::of_run(&mut tx, run.id).await?;
    Ok(Trail { head, run, manifest, next, last, results, events, empty })
}

/// What happened to a run, step by step.
pub struct Story {
    /// In the order of time.
    pub steps: Vec<Step>,
    /// Whether earlier calls were left out: only the last [`CALLS`] are in it.
    pub cut: bool,
}

/// The most calls of a story.
pub const CALLS: u32 = 50;

/// Something that happened to a run.
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
pub enum What {
    /// A person asked for it.
    Asked,
    /// A worker took it up.
    Begun,
    /// The provider was called.
    Call(Box<exchanges::Listed>),
    /// The provider accepted it, and its end comes later.
    Accepted,
    /// Something was brought and stored.
    Brought(Box<Listed>),
    /// The provider sent something about it by itself.
    Told(Box<Event>),
    /// It came to a state in which it is no more, and which somebody had to look after.
    Was(RunState),
    /// A person said how it ended.
    Settled {
        /// Who.
        by: String,
        /// Whether it was carried out, by that word.
        carried_out: bool,
    },
    /// It came to the state in which it is.
    Became,
}

/// The story of a run: asked for, begun, each call, what was accepted, stored and told, what a person said, and its end.
///
/// # Errors
/// Only faults of this side.
pub async fn story(app: &App, grant: &Grant<Read>, trail: &Trail) -> Result<Story> {
    let run = &trail.run;
    let filter = exchanges::Filter { run: Some(run.id), ..exchanges::Filter::default() };
    let mut tx = app.db.read(grant.scope).await?;
    let calls = exchanges::list(&mut tx, run.request, &filter, None, CALLS).await?;
    let step = |at: Option<Timestamp>, what| at.map(|at| Step { at, what });
    let mut steps: Vec<Step> = step(Some(run.created_at), What::Asked).into_iter().collect();
    steps.extend(step(run.started_at, What::Begun));
    let cut = calls.older.is_some();
    // Two at one instant stay in this order, so that a cause stands before what came of it.
    steps.extend(
        calls.rows.into_iter().rev().map(|call| Step { at: call.started_at, what: What::Call(Box::new(call)) }),
    );
    steps.extend(step(run.accepted_at, What::Accepted));
    let brought = trail.results.iter().rev();
    steps.extend(brought.map(|line| Step { at: line.executed_at, what: What::Brought(Box::new(line.clone())) }));
    let told = trail.events.iter().rev();
    steps.extend(told.map(|event| Step { at: event.received_at, what: What::Told(Box::new(event.clone())) }));
    steps.extend(turns(&mut tx, run).await?);
    steps.extend(step(run.ended_at, What::Became));
    steps.sort_by_key(|step| step.at);
    Ok(Story { steps, cut })
}

/// What happened to a run that only the audit still tells: that it was overdue or unknown, and who said how it ended.
async fn turns(tx: &mut ReadTx, run: &Run) -> Result<Vec<Step>> {
    const MOST: u32 = 10;
    const ACTIONS: [&str; 3] = ["run.unknown", "run.overdue", "run.settled"];
    let filter = audit::Filter {
        actions: Some(ACTIONS.map(str::to_owned).to_vec()),
        about: Some(audit::About { ids: vec![run.id.uuid()], ..audit::About::default() }),
        ..audit::Filter::default()
    };
    let events = audit::list(tx, &filter, None, MOST).await?.rows.into_iter().rev();
    let what = |event: &audit::Event| match event.action.as_str() {
        "run.unknown" => What::Was(RunState::Unknown),
        "run.overdue" => What::Was(RunState::Overdue),
        _ => What::Settled {
            by: event.actor.name().to_owned(),
            carried_out: event.after.as_ref().is_some_and(|after| after["state"] == json!(RunState::Succeeded)),
        },
    };
    let steps = events.map(|event| Step { at: event.at, what: what(&event) });
    let mut steps: Vec<_> = steps.filter(|step| !matches!(step.what, What::Was(state) if state == run.state)).collect();
    // At one instant, what a person said comes after what made it necessary.
    steps.sort_by_key(|step| matches!(step.what, What::Settled { .. }));
    Ok(steps)
}

/// When the provider of a run is asked next: by the job, since a callback brings the question forward.
async fn next(tx: &mut ReadTx, manifest: &Manifest, run: &Run) -> Result<Option<Timestamp>> {
    if !run.state.is_open() || manifest.action(&run.action).is_none_or(|action| action.poll.is_none()) {
        return Ok(None);
    }
    let job = jobs::of(tx, JobKind::Poll, run.id).await?;
    Ok(job.filter(|job| !job.dead).map(|job| job.run_at))
}

/// Whether no step of a run without a result was carried out before the one that failed.
async fn is_empty(tx: &mut ReadTx, run: &Run) -> Result<bool> {
    let mut calls = exchanges::states(tx, run.id).await?;
    calls.retain(|(step, _)| !is_sign_in(step));
    let Some((last, _)) = calls.last().filter(|_| run.effect == Effect::Write) else { return Ok(true) };
    Ok(!calls.iter().any(|(step, state)| step != last && *state == ExchangeState::Answered))
}
