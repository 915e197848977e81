//! Carries out what is queued. Every process may run one; the database hands each run to one of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dossier_connector::{Call, Outcome, RequestNames};
use dossier_domain::{ChannelId, RunId, RunState, Scope};
use dossier_storage::runs::{self, Patch, Run};
use dossier_storage::system::Held;
use dossier_storage::{StorageError, requests, results};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::held::{Claim, Hands};
use super::journal::{Fence, RunJournal};
use super::leap::Pace;
use super::{finish, jobs, line, told};
use crate::App;
use crate::access;
use crate::error::{AppError, Result};
use crate::{daily, once, staged, webhooks};

/// How many runs and jobs one process carries out at once. Most of them wait for a provider.
const AT_ONCE: usize = 1_000;
/// How often a worker gives a sign of life.
const BEAT: Duration = Duration::from_secs(10);
/// How long the worker sleeps when nothing wakes it: another process may have queued a run or died.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often sign-ins that have ended and files that were never sent are removed, and days are looked for to be counted.
const SWEEP: Duration = Duration::from_mins(10);
/// How often, and how long after the start at first, it is looked for bytes that no row names: a database that was put back
/// by mistake is noticed by then.
const SEARCH: Duration = Duration::from_hours(24);
/// How often a run is taken up: what ends without an end each time is not asked of a provider for ever.
const MOST_TRIES: u32 = 20;
/// How long a stop waits for answers that are on their way.
const FAREWELL: Duration = Duration::from_secs(20);

/// The background part that carries out runs and jobs.
pub struct Worker {
    app: App,
    stop: CancellationToken,
    loop_: tokio::task::JoinHandle<()>,
    beats: tokio::task::JoinHandle<()>,
    tasks: TaskTracker,
    hands: Hands,
    farewell: Duration,
}

impl Worker {
    /// Starts carrying out runs and jobs.
    pub fn start(app: &App) -> Self {
        Self::start_at(app, BEAT)
    }

    /// A worker that gives signs of life this often.
    #[cfg(feature = "switches")]
    pub fn beating(app: &App, every: Duration) -> Self {
        Self::start_at(app, every)
    }

    /// Waits only so long for answers that are on their way when it is stopped.
    #[cfg(feature = "switches")]
    #[must_use]
    pub fn in_haste(self, farewell: Duration) -> Self {
        Self { farewell, ..self }
    }

    fn start_at(app: &App, beat: Duration) -> Self {
        let (stop, tasks, hands) = (CancellationToken::new(), TaskTracker::new(), Hands::default());
        let loop_ = tokio::spawn(work(app.clone(), hands.clone(), stop.clone(), tasks.clone()));
        let beats = {
            let (app, hands) = (app.clone(), hands.clone());
            tokio::spawn(async move { hands.beat(&app, beat).await })
        };
        Self { app: app.clone(), stop, loop_, beats, tasks, hands, farewell: FAREWELL }
    }

    /// Takes nothing more, and waits for what is on its way. What is not done by then is handed over: another process, or
    /// the next start, has it at once.
    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.loop_.await;
        self.tasks.close();
        let left = tokio::time::timeout(self.farewell, self.tasks.wait()).await.is_err();
        self.beats.abort();
        if left {
            match self.hands.hand_over(&self.app).await {
                Ok(left) => tracing::warn!(left, "stopped while providers were being asked"),
                Err(error) => tracing::warn!(error = ?error, "stopped without handing over what was being done"),
            }
        }
    }
}

/// Removes what has had its time, and asks for the days that are to be counted.
async fn sweep(app: &App, search: bool) {
    if let Err(error) = access::sweep(app).await {
        tracing::warn!(?error, "ended sign-ins were not removed");
    }
    if let Err(error) = staged::sweep(app).await {
        tracing::warn!(?error, "files that were never sent were not removed");
    }
    if search && let Err(error) = staged::sweep_leftovers(app).await {
        tracing::warn!(?error, "files that no row names were not looked for, or not removed");
    }
    if let Err(error) = once::sweep(app).await {
        tracing::warn!(?error, "old answers to programs were not removed");
    }
    if let Err(error) = daily::sweep(app).await {
        tracing::warn!(?error, "nobody looked for days to count");
    }
    if let Err(error) = webhooks::sweep(app).await {
        tracing::warn!(?error, "nobody looked after the webhooks");
    }
}

async fn work(app: App, hands: Hands, stop: CancellationToken, tasks: TaskTracker) {
    let (places, sweeping) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(1)));
    let (mut next_sweep, mut next_search) = (app.now(), app.now().plus(SEARCH));
    let (mut jobs_first, mut pace) = (false, Pace::new(app.now()));
    loop {
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            place = places.clone().acquire_owned() => place,
        };
        let Ok(place) = place else { return };
        if app.now() >= next_sweep {
            next_sweep = app.now().plus(SWEEP);
            // Beside the work, which does not wait for a slow store; one at a time.
            if let Ok(turn) = Arc::clone(&sweeping).try_acquire_owned() {
                let (app, search) = (app.clone(), app.now() >= next_search);
                if search {
                    next_search = app.now().plus(SEARCH);
                }
                tasks.spawn(async move {
                    sweep(&app, search).await;
                    drop(turn);
                });
            }
        }
        if let Some(leap) = pace.look(app.now())
            && let Err(error) = hands.after(&app, leap).await
        {
            tracing::warn!(?error, "the clock was set, and what goes by it could not be");
        }
        jobs_first = !jobs_first;
        match hands.take(&app, jobs_first).await {
            Ok(Some(claim)) => {
                let app = app.clone();
                tasks.spawn(async move {
                    watch(&app, claim).await;
                    drop(place);
                });
            }
            idle => {
                if let Err(error) = idle {
                    tracing::error!(error = ?error, "cannot look for queued runs");
                }
                tokio::select! {
                    () = app.hub.work(PATIENCE) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
}

/// Does what was claimed, whatever happens to the code that does it.
async fn watch(app: &App, claim: Claim) {
    let work = {
        let (app, scope, held, holder) = (app.clone(), claim.scope(), claim.held, claim.holder.clone());
        async move {
            match held {
                Held::Run(_, run) => carry_out(&app, scope, run, &holder).await,
                Held::Job(_, job) => jobs::carry_out(&app, scope, job, &holder).await,
            }
        }
    };
    let done = match tokio::spawn(work).await {
        Ok(done) => done,
        Err(panic) => {
            tracing::error!(held = ?claim.held, error = ?panic, "the code that carries this out broke");
            match claim.held {
                Held::Run(_, run) => finish::broken(app, claim.scope(), run, &claim.holder).await,
                Held::Job(_, job) => jobs::broken(app, claim.scope(), job, &claim.holder).await,
            }
        }
    };
    if let Err(error) = done {
        tracing::error!(held = ?claim.held, error = ?error, "left to its lease");
        // Tried again after a pause that grows, and not for ever.
        if let Held::Job(_, job) = claim.held
            && let Err(error) = jobs::broken(app, claim.scope(), job, &claim.holder).await
        {
            tracing::warn!(error = ?error, "a job stays with its lease");
        }
    }
    if let Held::Run(_, run) = claim.held {
        app.hub.changed(run);
    }
}

async fn carry_out(app: &App, scope: Scope, id: RunId, holder: &str) -> Result<()> {
    let Some(run) = take_up(app, scope, id, holder).await? else { return Ok(()) };
    let (call, channel) = match prepare(app, scope, &run).await {
        Ok(prepared) => prepared,
        Err(AppError::Conflict(why)) => return finish::failed_here(app, scope, &run, holder, &why).await,
        Err(error) if lasts(&error) => {
            tracing::error!(run = %run.id, error = ?error, "a run cannot be prepared");
            let why =
                "Dossier could not read what it keeps for this run. Nothing was sent. The server's log says more.";
            return finish::failed_here(app, scope, &run, holder, why).await;
        }
        Err(error) => return Err(error),
    };
    let fence = Fence::Run { holder };
    let journal = RunJournal::new(app, scope, &run, &run.action, channel, fence);
    match app.connector.run(&call, &journal).await {
        Outcome::Refused(_) if journal.was_stopped() => Ok(()),
        Outcome::Refused(error) => Err(AppError::internal(error)),
        outcome => finish::store(app, scope, &run, holder, &call, outcome).await,
    }
}

/// Whether trying again would find the same fault: what is kept does not change by itself, a database or a
/// store of files comes back.
fn lasts(error: &AppError) -> bool {
    match error {
        AppError::Internal(source) => !matches!(source.downcast_ref(), Some(StorageError::Db(_))),
        AppError::NoFiles(_) => false,
        _ => true,
    }
}

/// Marks the run as running. For one that a dead worker left behind, the rows of its calls decide what it is now.
/// `None`: nothing more to do.
async fn take_up(app: &App, scope: Scope, id: RunId, holder: &str) -> Result<Option<Run>> {
    let mut tx = app.db.write(scope).await?;
    // The request before the run, as everywhere.
    let Some(found) = runs::find(&mut tx, id).await? else { return Ok(None) };
    let request = requests::lock(&mut tx, found.request).await?;
    let run = runs::lock(&mut tx, id).await?.filter(|run| run.state.is_live() && run.worker.as_deref() == Some(holder));
    let Some(mut run) = run else { return Ok(None) };
    if run.state == RunState::Running && finish::after_crash(&mut tx, &run).await? == RunState::Unknown {
        let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
        finish::unknown(app, &mut tx, &manifest, &run).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if told::stop_in_vain(app, &mut tx, request.as_ref(), &run).await? {
        tx.commit().await?;
        return Ok(None);
    }
    if run.tries > MOST_TRIES {
        drop(tx);
        finish::broken(app, scope, id, holder).await?;
        return Ok(None);
    }
    let started = Patch { started_at: Some(app.now()), ..Patch::default() };
    runs::move_to(&mut tx, id, run.state, RunState::Running, started).await?;
    tx.commit().await?;
    run.state = RunState::Running;
    app.hub.changed(id);
    Ok(Some(run))
}

/// Everything that the connector needs: the rows read in one look, then the bytes of the files.
async fn prepare<'a>(app: &App, scope: Scope, run: &'a Run) -> Result<(Call<'a>, ChannelId)> {
    let mut tx = app.db.read(scope).await?;
    let gone = || AppError::Conflict("The request or its channel was deleted before anything was sent.".to_owned());
    let request = requests::find(&mut tx, run.request).await?.ok_or_else(gone)?;
    let (row, channel) = line::open(app, &mut tx, request.channel, Some(run)).await?.ok_or_else(gone)?;
    if row.deleted_at.is_some() {
        return Err(gone());
    }
    let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
    let outputs = results::outputs(&mut tx, run.request).await?;
    let callback_url = line::address(app, &mut tx, row.id, run).await?;
    drop(tx);
    let files = match manifest.action(&run.action) {
        Some(action) => staged::load(app, scope, &action.form, run).await?,
        None => BTreeMap::new(),
    };
    let call = Call {
        manifest,
        action: &run.action,
        channel,
        request: RequestNames { id: request.id.to_string(), reference: request.reference.as_str().to_owned() },
        actor: run.by.name.clone(),
        run: run.id.to_string(),
        params: run.params.clone(),
        files,
        callback_url,
        outputs,
        now: app.now(),
    };
    Ok((call, row.id))
}
