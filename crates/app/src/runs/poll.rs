//! Asks the provider how work stands whose end it tells later: with the action that its manifest names, which only reads,
//! in calls that belong to the run itself.

use std::collections::BTreeMap;
use std::time::Duration;

use dossier_connector::{Call, Manifest, Outcome, Poll, RequestNames, Success};
use dossier_domain::{JobKind, RunId, RunState, Scope, Timestamp, Work};
use dossier_storage::jobs::{self, Job};
use dossier_storage::runs::{self, Run};
use dossier_storage::{WriteTx, requests, results};
use serde_json::Value;

use super::jobs::{Next, shaken};
use super::journal::{Fence, RunJournal};
use super::told::{self, Told};
use super::{events, finish, line};
use crate::App;
use crate::error::{AppError, Result};

/// After how long work is overdue that nobody can ask about.
pub(super) const USUAL_DEADLINE: Duration = Duration::from_hours(24);

/// How often the end of work is asked for whose answer was lost.
const MOST_UNKNOWN: u32 = 20;

/// Carries out one question.
pub(super) async fn carry_out(app: &App, scope: Scope, job: &Job, holder: &str) -> Result<Next> {
    let mut tx = app.db.read(scope).await?;
    let Some(run) = runs::find(&mut tx, RunId::from(job.subject)).await? else { return Ok(Next::Done) };
    let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
    let Some(request) = requests::find(&mut tx, run.request).await? else { return Ok(Next::Done) };
    let Some((row, channel)) = line::open(app, &mut tx, request.channel, Some(&run)).await? else {
        return Ok(Next::Done);
    };
    let poll = manifest.action(&run.action).and_then(|action| action.poll.clone());
    // A callback may have told the end: then only its answer is still wanted.
    let ended = !run.state.is_open();
    let wanted = matches!(run.state, RunState::Succeeded | RunState::Failed)
        && run.accepted_at.is_some()
        && match &poll {
            Some(poll) => results::of(&mut tx, run.id, &poll.action).await?.is_none(),
            None => false,
        };
    if ended && !wanted {
        return Ok(Next::Done);
    }
    let outputs = match results::own_outputs(&mut tx, run.id).await? {
        Some(outputs) => outputs,
        // The answer was lost. What a callback calls the work is all that is known of it.
        None => events::named(&mut tx, &manifest, &channel, &run).await?.unwrap_or(Value::Null),
    };
    drop(tx);
    let overdue = run.deadline.is_some_and(|deadline| deadline <= app.now());
    let params = poll.as_ref().and_then(|poll| poll.params(&outputs, &run.params, &channel.config));
    let (Some(poll), Some(params)) = (poll, params) else {
        return late(app, scope, &run, overdue, run.deadline).await;
    };
    let ask = {
        let mut tx = app.db.write(scope).await?;
        requests::lock(&mut tx, run.request).await?;
        let ask = requests::next_ask(&mut tx, run.request).await?;
        tx.commit().await?;
        ask
    };
    let call = Call {
        manifest: manifest.clone(),
        action: &poll.action,
        channel,
        request: RequestNames { id: request.id.to_string(), reference: request.reference.as_str().to_owned() },
        actor: run.by.name.clone(),
        run: run.id.to_string(),
        params,
        files: BTreeMap::new(),
        callback_url: None,
        outputs,
        now: app.now(),
    };
    let fence = Fence::Job { id: job.id, holder };
    let journal = RunJournal::new(app, scope, &run, &poll.action, row.id, fence);
    let success = match app.connector.run(&call, &journal).await {
        Outcome::Succeeded(success) => Some(success),
        Outcome::Failed(_) | Outcome::Unknown { .. } => None,
        Outcome::Refused(error) => return Err(AppError::internal(error)),
    };
    let sent = journal.has_sent();
    let work = success.as_ref().and_then(|success| success.work);
    if let (Some(success), Some(Work::Succeeded | Work::Failed)) = (&success, work) {
        take_in(app, scope, &manifest, &run, (&poll, ask), success, (job, holder)).await?;
        return Ok(Next::Done);
    }
    if ended {
        // The end is known; that its answer cannot be had now is no reason to ask for ever.
        return Ok(if job.attempts >= 5 { Next::Done } else { again(&poll) });
    }
    if overdue {
        return late(app, scope, &run, true, None).await;
    }
    if run.state == RunState::Unknown && run.polls >= MOST_UNKNOWN {
        return Ok(Next::Done);
    }
    let mut tx = app.db.write(scope).await?;
    let pause = shaken(app, poll.pause_after(run.polls.saturating_add(1)));
    let next = app.now().plus(pause).min(run.deadline.unwrap_or(Timestamp::from_micros(i64::MAX)));
    if let (RunState::Unknown, Some(Work::Waiting)) = (run.state, work) {
        requests::lock(&mut tx, run.request).await?;
        let told = Told { work: Work::Waiting, said: None, at: None, by: "poll" };
        told::take_in(app, &mut tx, &manifest, &run, &told).await?;
    }
    if sent {
        runs::asked(&mut tx, run.id, Some(next)).await?;
    }
    tx.commit().await?;
    app.hub.changed(run.id);
    Ok(Next::On(next))
}

fn again(poll: &Poll) -> Next {
    Next::Again { first: poll.pause.0, most: poll.pause.1 }
}

/// Stores the answer that tells the end, and what follows from it.
async fn take_in(
    app: &App,
    scope: Scope,
    manifest: &Manifest,
    run: &Run,
    (poll, ask): (&Poll, i64),
    success: &Success,
    (job, holder): (&Job, &str),
) -> Result<()> {
    let mut tries = finish::Tries::default();
    loop {
        let stored = async {
            let files = finish::keep_files(app, scope, run, success).await?;
            let mut tx = app.db.write(scope).await?;
            requests::lock(&mut tx, run.request).await?;
            let held = jobs::hold(&mut tx, job.id, holder).await?.is_some();
            let now = runs::lock(&mut tx, run.id).await?.ok_or(AppError::NotFound)?;
            // While it goes on, another worker has the job and brings its end. Else somebody has said meanwhile how it ended,
            // or that nobody waits for its end; what was paid for is kept all the same.
            if !held && now.state.is_open() {
                return Ok(());
            }
            let missing = results::of(&mut tx, run.id, &poll.action).await?.is_none();
            runs::asked(&mut tx, run.id, None).await?;
            if missing {
                finish::keep(app, &mut tx, manifest, run, (&poll.action, ask), success, &files).await?;
            }
            if held {
                let work = success.work.unwrap_or(Work::Unknown);
                let told = Told { work, said: success.said.as_deref(), at: None, by: "poll" };
                told::take_in(app, &mut tx, manifest, run, &told).await?;
            } else if missing {
                finish::answered_late(app, &mut tx, run, success).await?;
            }
            Ok::<_, AppError>(tx.commit().await?)
        };
        let Err(error) = stored.await else { break };
        if !tries.again(&error).await {
            return Err(error);
        }
    }
    app.hub.changed(run.id);
    Ok(())
}

/// Nothing more can be asked: overdue when its time is over, else looked at again when it will be.
async fn late(app: &App, scope: Scope, run: &Run, overdue: bool, deadline: Option<Timestamp>) -> Result<Next> {
    if !overdue {
        return Ok(match deadline {
            Some(deadline) if run.state == RunState::Waiting => Next::On(deadline),
            _ => Next::Done,
        });
    }
    let mut tx = app.db.write(scope).await?;
    requests::lock(&mut tx, run.request).await?;
    told::overdue(app, &mut tx, run.id, run.request, None).await?;
    tx.commit().await?;
    app.hub.changed(run.id);
    Ok(Next::Done)
}

/// Begins to follow work that a provider has taken up: its first question, or its deadline where nobody can ask.
pub(super) async fn follow(
    app: &App,
    tx: &mut WriteTx,
    run: &Run,
    poll: Option<&Poll>,
    deadline: Timestamp,
) -> Result<()> {
    let first = match poll {
        Some(poll) => app.now().plus(shaken(app, poll.pause.0)).min(deadline),
        None => deadline,
    };
    Ok(jobs::add(tx, app.ids.make(), JobKind::Poll, run.id, first, app.now()).await?)
}
