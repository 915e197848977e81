//! News between the parts of one process: which run has just changed. A hint only; the database is the truth.

use std::time::Duration;

use dossier_domain::RunId;
use tokio::sync::{Notify, broadcast};

/// Wakes the worker when a run is queued and those who wait when one has changed.
pub(crate) struct Hub {
    queued: Notify,
    changed: broadcast::Sender<RunId>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { queued: Notify::new(), changed: broadcast::channel(1_024).0 }
    }
}

impl Hub {
    /// A run waits for a worker.
    pub(crate) fn queued(&self) {
        self.queued.notify_one();
    }

    /// A run has changed its state.
    pub(crate) fn changed(&self, run: RunId) {
        // Nobody waiting is no fault.
        let _ = self.changed.send(run);
    }

    /// Waits until a run is queued, at most `at_most`: another process may have queued one without a word here.
    pub(crate) async fn work(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.queued.notified()).await;
    }

    /// Listens for changes from this moment on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<RunId> {
        self.changed.subscribe()
    }
}
