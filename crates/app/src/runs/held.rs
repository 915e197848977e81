//! What a process has in its hands: runs and jobs, each by a lease that is renewed while its work goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dossier_domain::Scope;
use dossier_storage::system::{self, Held};
use tokio::time::Instant;

use super::leap::Leap;
use crate::App;
use crate::error::Result;

/// For how long a run or a job is a worker's own without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// Something in this worker's hands, until it is dropped.
pub(super) struct Claim {
    pub(super) held: Held,
    /// New for each claim: a run that this very process lost and took again is in other hands.
    pub(super) holder: String,
    hands: Hands,
}

impl Claim {
    /// Whose it is.
    pub(super) fn scope(&self) -> Scope {
        match self.held {
            Held::Run(tenant, _) | Held::Job(tenant, _) => Scope::of(tenant),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.hands.all().remove(&self.holder);
    }
}

/// Everything that a process has in its hands.
#[derive(Clone)]
pub(super) struct Hands(Arc<Kept>);

struct Kept {
    held: Mutex<BTreeMap<String, Held>>,
    /// When the leases were renewed last.
    beaten: Mutex<Instant>,
}

impl Default for Hands {
    fn default() -> Self {
        Self(Arc::new(Kept { held: Mutex::default(), beaten: Mutex::new(Instant::now()) }))
    }
}

impl Hands {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beaten(&self) -> MutexGuard<'_, Instant> {
        self.0.beaten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a run that waits for a worker, or a job that is due. Which of both is looked for first changes, so that neither waits
    /// behind a stream of the other.
    pub(super) async fn take(&self, app: &App, jobs_first: bool) -> Result<Option<Claim>> {
        // After a while without the database, what goes on here must not seem to have been left behind.
        let silent = self.beaten().elapsed();
        if silent > LEASE / 2 {
            self.beat_once(app).await?;
        }
        let holder = format!("{:032x}", u128::from_be_bytes(app.ids.entropy.bytes()));
        let now = app.now();
        let until = now.plus(LEASE);
        let mut tx = app.db.system().await?;
        let mut held = None;
        for jobs in [jobs_first, !jobs_first] {
            if held.is_some() {
                break;
            }
            held = if jobs {
                system::claim_job(&mut tx, &holder, now, until).await?.map(|taken| Held::Job(taken.tenant, taken.job))
            } else {
                system::claim_run(&mut tx, &holder, now, until).await?.map(|taken| Held::Run(taken.tenant, taken.run))
            };
        }
        let Some(held) = held else { return Ok(None) };
        tx.commit().await?;
        self.all().insert(holder.clone(), held);
        Ok(Some(Claim { held, holder, hands: self.clone() }))
    }

    /// Gives signs of life for everything, one after the other, for ever.
    pub(super) async fn beat(&self, app: &App, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            if let Err(error) = self.beat_once(app).await {
                tracing::warn!(error = ?error, "no sign of life could be given");
            }
        }
    }

    async fn beat_once(&self, app: &App) -> Result<()> {
        let held = self.all().clone();
        if held.is_empty() {
            *self.beaten() = Instant::now();
            return Ok(());
        }
        let until = app.now().plus(LEASE);
        let mut tx = app.db.system().await?;
        for (holder, held) in held {
            system::heartbeat(&mut tx, held, &holder, until).await?;
        }
        tx.commit().await?;
        *self.beaten() = Instant::now();
        Ok(())
    }

    /// Renews the leases by the clock as it was set, before anyone takes what this process has; brings forward what a clock
    /// that was set back has put off.
    pub(super) async fn after(&self, app: &App, leap: Leap) -> Result<()> {
        self.beat_once(app).await?;
        let Leap::Back(by) = leap else { return Ok(()) };
        tracing::warn!(seconds = by.as_secs(), "the clock was set back");
        let mut tx = app.db.system().await?;
        system::set_back(&mut tx, app.now(), by).await?;
        Ok(tx.commit().await?)
    }

    /// Ends the leases of what could not be finished, so that another process has it at once. This one must send nothing more.
    pub(super) async fn hand_over(&self, app: &App) -> Result<usize> {
        let held = self.all().clone();
        let mut tx = app.db.system().await?;
        for (holder, held) in &held {
            system::let_go(&mut tx, *held, holder).await?;
        }
        tx.commit().await?;
        Ok(held.len())
    }
}
