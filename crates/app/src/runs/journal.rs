//! The row of a call is committed before its first byte leaves, and only by the worker that holds the run.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dossier_connector::{Journal, JournalError, Limits, NoTurn, Sending, Settled, is_file};
use dossier_domain::{ChannelId, ExchangeId, RunId, RunState, Scope};
use dossier_storage::exchanges::{Message, NewExchange};
use dossier_storage::runs::Run;
use dossier_storage::{StorageError, WriteTx, exchanges, jobs, requests, runs};
use uuid::Uuid;

use super::finish::Tries;
use super::told;
use crate::error::AppError;
use crate::{App, lanes};

/// Writes the exchanges of one run.
pub(super) struct RunJournal<'a> {
    app: &'a App,
    scope: Scope,
    run: &'a Run,
    /// The action that is carried out: the run's, or the one that asks for its end.
    action: &'a str,
    channel: ChannelId,
    fence: Fence<'a>,
    way: Mutex<OnItsWay>,
}

/// The call that is on its way; those of one attempt go one after the other.
#[derive(Clone, Copy, Default)]
struct OnItsWay {
    /// Its place among those of its channel.
    place: Option<Uuid>,
    /// Whether it fetches a file, which may lie with somebody else than the provider.
    file: bool,
    /// Whether any call has gone out so far.
    sent: bool,
    /// Whether the run was stopped instead of sent.
    stopped: bool,
}

/// By what right something is sent: a worker that was thought dead, and whose work another has taken, must not send any
/// more.
#[derive(Clone, Copy)]
pub(super) enum Fence<'a> {
    /// It holds the run.
    Run { holder: &'a str },
    /// It holds a job.
    Job { id: Uuid, holder: &'a str },
}

impl Fence<'_> {
    async fn stands(self, tx: &mut WriteTx, run: RunId) -> Result<bool, StorageError> {
        Ok(match self {
            Self::Run { holder } => {
                let held = runs::lock(tx, run).await?;
                held.is_some_and(|run| run.state == RunState::Running && run.worker.as_deref() == Some(holder))
            }
            Self::Job { id, holder } => jobs::hold(tx, id, holder).await?.is_some(),
        })
    }
}

impl Journal for RunJournal<'_> {
    async fn turn(&self, limits: Limits) -> Result<(), NoTurn> {
        let place = lanes::turn(self.app, self.scope, self.channel, limits).await?;
        self.way().place = place;
        Ok(())
    }

    async fn left(&self) {
        let place = std::mem::take(&mut self.way().place);
        if let Err(error) = lanes::leave(self.app, self.scope, self.channel, place).await {
            tracing::warn!(error = ?error, "the place of a call that did not go out stays taken for a while");
        }
    }

    async fn pause(&self, span: Duration) {
        if let Err(error) = lanes::pause(self.app, self.scope, self.channel, span).await {
            tracing::warn!(error = ?error, "that a provider asked to wait could not be kept");
        }
    }

    async fn sending(&self, sending: Sending) -> Result<ExchangeId, JournalError> {
        let id = self.app.ids.make();
        {
            let mut way = self.way();
            way.file = is_file(&sending.step);
            way.sent = true;
        }
        let mut tx = self.app.db.write(self.scope).await.map_err(JournalError::new)?;
        // The request before what lies in it, as everywhere: two orders of locks would wait for each other.
        let request = requests::lock(&mut tx, self.run.request).await.map_err(JournalError::new)?;
        if !self.fence.stands(&mut tx, self.run.id).await.map_err(JournalError::new)? {
            return Err(JournalError::new(Taken));
        }
        // It may have waited for its turn for long.
        if let Fence::Run { .. } = self.fence
            && told::stop_in_vain(self.app, &mut tx, request.as_ref(), self.run).await.map_err(JournalError::new)?
        {
            tx.commit().await.map_err(JournalError::new)?;
            self.way().stopped = true;
            return Err(JournalError::new(Stopped));
        }
        let new = NewExchange {
            id,
            request: Some(self.run.request),
            run: Some(self.run.id),
            channel: self.channel,
            action: self.action.to_owned(),
            actor: match self.fence {
                Fence::Run { .. } => self.run.by.name.clone(),
                Fence::Job { .. } => format!("Dossier, for {}", self.run.by.name),
            },
            step: sending.step,
            attempt: sending.attempt,
            method: sending.method,
            url: sending.url,
            headers: sending.headers,
            body: sending.body,
            started_at: self.app.now(),
        };
        exchanges::add(&mut tx, &new).await.map_err(JournalError::new)?;
        tx.commit().await.map_err(JournalError::new)?;
        Ok(id)
    }

    async fn settled(&self, id: ExchangeId, settled: Settled) -> Result<(), JournalError> {
        let mut tries = Tries::default();
        loop {
            let Err(error) = self.store(id, &settled).await.map_err(AppError::from) else { return Ok(()) };
            if !tries.again(&error).await {
                return Err(JournalError::new(error));
            }
        }
    }
}

impl<'a> RunJournal<'a> {
    /// For the calls of `action` on behalf of `run`, on `channel`.
    pub(super) fn new(
        app: &'a App,
        scope: Scope,
        run: &'a Run,
        action: &'a str,
        channel: ChannelId,
        fence: Fence<'a>,
    ) -> Self {
        Self { app, scope, run, action, channel, fence, way: Mutex::default() }
    }

    /// Whether any call has gone out so far.
    pub(super) fn has_sent(&self) -> bool {
        self.way().sent
    }

    /// Whether the run was stopped because nothing of it may be sent any more.
    pub(super) fn was_stopped(&self) -> bool {
        self.way().stopped
    }

    fn way(&self) -> MutexGuard<'_, OnItsWay> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn store(&self, id: ExchangeId, settled: &Settled) -> Result<(), StorageError> {
        let mut tx = self.app.db.write(self.scope).await?;
        match settled {
            Settled::Answered { status, headers, body, took } => {
                let message = Message { headers: headers.clone(), body: body.clone() };
                exchanges::answer(&mut tx, id, *status, &message, *took).await?;
            }
            Settled::Broken { kind, message, took } => {
                exchanges::break_off(&mut tx, id, kind, message, *took).await?;
            }
        }
        let OnItsWay { place, file, .. } = *self.way();
        let fared = Some(settled).filter(|_| !file);
        lanes::settled(self.app, &mut tx, self.channel, fared, place).await?;
        tx.commit().await
    }
}

/// Another worker has taken the run.
#[derive(Debug, thiserror::Error)]
#[error("another worker has taken this run")]
struct Taken;

/// The request of the run ended or was deleted before anything was sent.
#[derive(Debug, thiserror::Error)]
#[error("this run was stopped before anything was sent")]
struct Stopped;
