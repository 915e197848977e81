//! What the simulator remembers, behind one lock that is never held while anything waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::Options;
use crate::chance::Chance;
use crate::ledger::Ledger;
use crate::misbehave::Plans;
use crate::tokens::Tokens;
use crate::workflows::Workflows;

/// Shared by every route.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) options: Arc<Options>,
    /// Ends everything that waits.
    pub(crate) stop: CancellationToken,
    world: Arc<Mutex<World>>,
}

/// All that changes.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) plans: Plans,
    pub(crate) tokens: Tokens,
    pub(crate) workflows: Workflows,
    transactions: u64,
}

impl App {
    pub(crate) fn new(options: Options) -> Self {
        let world = World {
            ledger: Ledger::default(),
            plans: Plans::default(),
            tokens: Tokens::new(options.seed),
            workflows: Workflows::new(options.seed),
            transactions: 0,
        };
        Self { options: Arc::new(options), stop: CancellationToken::new(), world: Arc::new(Mutex::new(world)) }
    }

    /// The state, locked. A panic elsewhere leaves it usable: every change of it is one call.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new transaction ID, which follows from the seed and a counter.
    pub(crate) fn transaction(&self) -> String {
        let mut world = self.world();
        world.transactions += 1;
        Chance::of(self.options.seed, &["transaction", &world.transactions.to_string()]).uuid().to_string()
    }
}
