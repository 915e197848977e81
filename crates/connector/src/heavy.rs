//! Keeps the work that large answers make away from the threads that serve everybody.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::budget::{self, Together};
use crate::call::Failure;
use crate::outgoing::internal;

/// The most bytes that are worked on where they come in.
const LIGHT: usize = 64_000;
/// How many heavy pieces of work go on at once; the others wait, so that neither memory nor processors run out.
const AT_ONCE: usize = 2;

/// Where heavy work is done. Clones share it.
#[derive(Clone)]
pub(crate) struct Heavy(Arc<Semaphore>);

impl Default for Heavy {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Heavy {
    /// Does `work`, which has `bytes` to work on. Once begun it goes on to its end, whoever still waits for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        if bytes <= LIGHT {
            let _bound = Together::of(budget::LIGHT);
            return Ok(work());
        }
        let failed = || internal("An answer could not be worked through.".to_owned());
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(|_| failed())?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _bound = Together::of(budget::HEAVY);
            work()
        });
        task.await.map_err(|error| {
            tracing::error!(panicked = error.is_panic(), bytes, "heavy work ended early");
            failed()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::current;

    #[tokio::test]
    async fn much_is_worked_on_elsewhere_and_little_here() {
        let heavy = Heavy::default();
        let here = current().id();
        assert_eq!(heavy.run(LIGHT, || current().id()).await, Ok(here));
        assert_ne!(heavy.run(LIGHT + 1, || current().id()).await, Ok(here));
    }
}
