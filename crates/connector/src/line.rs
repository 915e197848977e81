//! What requests go out through: the guarded client, or a script that answers in a rehearsal.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dossier_outbound::{Answer, Broken, Client, Outgoing};

/// Where requests go.
pub(crate) enum Line {
    /// To the provider.
    Client(Client),
    /// To nobody: the script answers.
    Script(Script),
}

impl Line {
    /// Sends a request once.
    pub(crate) async fn send(&self, out: Outgoing) -> Result<Answer, Broken> {
        match self {
            Self::Client(client) => client.send(out).await,
            Self::Script(script) => script.take(out),
        }
    }

    /// Waits for the provider, and says whether it can be called again. A script lets nobody wait, and is at its end when it
    /// has no more answers: an example need not show what follows from a call that is made again.
    pub(crate) async fn rest(&self, pause: Duration) -> bool {
        match self {
            Self::Client(_) => {
                tokio::time::sleep(pause).await;
                true
            }
            Self::Script(script) => !script.left.lock().unwrap_or_else(PoisonError::into_inner).is_empty(),
        }
    }
}

/// Answers in their order, and what was sent.
#[derive(Default)]
pub(crate) struct Script {
    left: Mutex<VecDeque<Result<Answer, Broken>>>,
    sent: Mutex<Vec<Outgoing>>,
}

impl Script {
    /// A script of these answers.
    pub(crate) fn of(answers: impl IntoIterator<Item = Result<Answer, Broken>>) -> Self {
        Self { left: Mutex::new(answers.into_iter().collect()), sent: Mutex::default() }
    }

    fn take(&self, out: Outgoing) -> Result<Answer, Broken> {
        let next = self.left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(out);
        next.unwrap_or_else(|| {
            Err(Broken {
                kind: dossier_outbound::BrokenKind::Refused,
                sent: false,
                message: "The example has no answer for this call.".to_owned(),
                took: Duration::ZERO,
            })
        })
    }

    /// What was sent, in order; and how many answers nobody asked for.
    pub(crate) fn end(&self) -> (Vec<Outgoing>, usize) {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).len();
        (std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner)), left)
    }
}
