//! Carries out what is queued. Every process may run one; the database hands each run to one of them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use dossier_connector::{Call, Channel, Outcome, RequestNames};
use dossier_domain::{ChannelId, RunId, RunState, Scope};
use dossier_storage::runs::{self, Patch, Run};
use dossier_storage::{StorageError, channels, requests, results, system};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::finish;
use super::journal::RunJournal;
use crate::App;
use crate::access;
use crate::error::{AppError, Result};
use crate::staged;

/// How many runs one process carries out at once.
const AT_ONCE: usize = 64;
/// For how long a run is a worker's own without a sign of life.
const LEASE: Duration = Duration::from_secs(30);
/// How often a worker gives a sign of life.
const BEAT: Duration = Duration::from_secs(10);
/// How long the worker sleeps when nothing wakes it: another process may have queued a run or died.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often sign-ins that have ended and files that were never sent are removed.
const SWEEP: Duration = Duration::from_mins(10);
/// How long a stop waits for answers that are on their way.
const FAREWELL: Duration = Duration::from_secs(20);

/// The background part that carries out runs.
pub struct Worker {
    stop: CancellationToken,
    loop_: tokio::task::JoinHandle<()>,
    tasks: TaskTracker,
}

impl Worker {
    /// Starts carrying out runs.
    pub fn start(app: &App) -> Self {
        Self::start_at(app, BEAT)
    }

    /// A worker that gives signs of life this often.
    #[cfg(feature = "switches")]
    pub fn beating(app: &App, every: Duration) -> Self {
        Self::start_at(app, every)
    }

    fn start_at(app: &App, beat: Duration) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let loop_ = tokio::spawn(work(app.clone(), beat, stop.clone(), tasks.clone()));
        Self { stop, loop_, tasks }
    }

    /// Takes no more runs, and waits for those that are on their way. What is not done by then another process, or the
    /// next start, finds by its lease.
    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.loop_.await;
        self.tasks.close();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "stopped while providers were being asked");
        }
    }
}

async fn work(app: App, beat: Duration, stop: CancellationToken, tasks: TaskTracker) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut next_sweep = app.now();
    loop {
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            place = places.clone().acquire_owned() => place,
        };
        let Ok(place) = place else { return };
        if app.now() >= next_sweep {
            next_sweep = app.now().plus(SWEEP);
            if let Err(error) = access::sweep(&app).await {
                tracing::warn!(error = ?error, "ended sign-ins were not removed");
            }
            if let Err(error) = staged::sweep(&app).await {
                tracing::warn!(error = ?error, "files that were never sent were not removed");
            }
        }
        match Claim::take(&app).await {
            Ok(Some(claim)) => {
                let app = app.clone();
                tasks.spawn(async move {
                    watch(&app, claim, beat).await;
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

/// A run in this worker's hands.
#[derive(Clone)]
struct Claim {
    scope: Scope,
    run: RunId,
    /// New for each claim: a run that this very process lost and took again is in other hands.
    holder: String,
}

impl Claim {
    async fn take(app: &App) -> Result<Option<Self>> {
        let holder = format!("{:032x}", u128::from_be_bytes(app.ids.entropy.bytes()));
        let now = app.now();
        let mut tx = app.db.system().await?;
        let claimed = system::claim_run(&mut tx, &holder, now, now.plus(LEASE)).await?;
        tx.commit().await?;
        Ok(claimed.map(|claimed| Self { scope: Scope::of(claimed.tenant), run: claimed.run, holder }))
    }

    /// Gives signs of life until it is dropped.
    async fn beat(&self, app: &App, every: Duration) -> Infallible {
        loop {
            tokio::time::sleep(every).await;
            let extended = async {
                let mut tx = app.db.write(self.scope).await?;
                runs::heartbeat(&mut tx, self.run, &self.holder, app.now().plus(LEASE)).await?;
                tx.commit().await
            };
            if let Err(error) = extended.await {
                tracing::warn!(run = %self.run, error = ?error, "no sign of life could be given");
            }
        }
    }
}

/// Carries a claimed run out, whatever happens to the code that does it.
async fn watch(app: &App, claim: Claim, beat: Duration) {
    let work = {
        let (app, claim) = (app.clone(), claim.clone());
        async move {
            // Both are polled: a sign of life may have to wait for a row that the work itself holds.
            tokio::select! {
                done = carry_out(&app, &claim) => done,
                never = claim.beat(&app, beat) => match never {},
            }
        }
    };
    let done = match tokio::spawn(work).await {
        Ok(done) => done,
        Err(panic) => {
            tracing::error!(run = %claim.run, error = ?panic, "the code that carries out a run broke");
            finish::broken(app, claim.scope, claim.run).await
        }
    };
    if let Err(error) = done {
        tracing::error!(run = %claim.run, error = ?error, "a run was left to its lease");
    }
    app.hub.changed(claim.run);
}

async fn carry_out(app: &App, claim: &Claim) -> Result<()> {
    let scope = claim.scope;
    let Some(run) = take_up(app, claim).await? else { return Ok(()) };
    let (call, channel) = match prepare(app, scope, &run).await {
        Ok(prepared) => prepared,
        Err(AppError::Conflict(why)) => return finish::failed_here(app, scope, &run, &why).await,
        Err(error) if lasts(&error) => {
            tracing::error!(run = %run.id, error = ?error, "a run cannot be prepared");
            let why =
                "Dossier could not read what it keeps for this run. Nothing was sent. The server's log says more.";
            return finish::failed_here(app, scope, &run, why).await;
        }
        Err(error) => return Err(error),
    };
    let journal = RunJournal { app, scope, run: &run, channel, holder: &claim.holder };
    match app.connector.run(&call, &journal).await {
        Outcome::Refused(error) => Err(AppError::internal(error)),
        outcome => finish::store(app, scope, &run, &call, outcome).await,
    }
}

/// Whether trying again would find the same fault: what is kept does not change by itself, a database comes back.
fn lasts(error: &AppError) -> bool {
    match error {
        AppError::Internal(source) => !matches!(source.downcast_ref(), Some(StorageError::Db(_))),
        _ => true,
    }
}

/// Marks the run as running. For one that a dead worker left behind, the rows of its calls decide what it is now.
/// `None`: nothing more to do.
async fn take_up(app: &App, claim: &Claim) -> Result<Option<Run>> {
    let (scope, id) = (claim.scope, claim.run);
    let mut tx = app.db.write(scope).await?;
    let run = runs::lock(&mut tx, id)
        .await?
        .filter(|run| run.state.is_live() && run.worker.as_deref() == Some(&claim.holder));
    let Some(mut run) = run else { return Ok(None) };
    if run.state == RunState::Running && finish::after_crash(&mut tx, &run).await? == RunState::Unknown {
        finish::unknown(app, &mut tx, &run).await?;
        tx.commit().await?;
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
    let channel = channels::find(&mut tx, request.channel).await?.ok_or_else(gone)?;
    let secrets = channels::secrets(&mut tx, channel.id).await?.ok_or_else(gone)?;
    let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
    let outputs = results::outputs(&mut tx, run.request).await?;
    drop(tx);
    let files = match manifest.action(&run.action) {
        Some(action) => staged::load(app, scope, &action.form, run).await?,
        None => BTreeMap::new(),
    };
    let call = Call {
        manifest,
        action: &run.action,
        channel: Channel { id: channel.id.to_string(), version: channel.version, config: channel.config, secrets },
        request: RequestNames { id: request.id.to_string(), reference: request.reference.as_str().to_owned() },
        actor: run.by.name.clone(),
        run: run.id.to_string(),
        params: run.params.clone(),
        files,
        callback_url: None,
        outputs,
        now: app.now(),
    };
    Ok((call, channel.id))
}
