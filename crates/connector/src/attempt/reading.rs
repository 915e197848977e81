//! How an attempt takes answers: worked on beside the threads that serve others when they are large, and not used when
//! they cannot be redacted.

use std::sync::Arc;

use dossier_domain::ErrorClass;
use dossier_outbound::{Answer, Broken, BrokenKind};

use super::{Attempt, Stop};
use crate::answer::Reply;
use crate::call::{Failure, Journal, Settled};
use crate::expr::text_at;
use crate::redact::Redactor;

impl<J: Journal> Attempt<'_, J> {
    /// Reads an answer: what is recorded of it, and what it says. Its secrets are known from here on.
    pub(super) async fn read(&mut self, answer: Answer, may: bool) -> Result<(Settled, Reply), Stop> {
        let Answer { status, headers, body, took, held } = answer;
        self.took += took;
        self.received += body.len();
        let mut redactor = Arc::clone(&self.redactor);
        let telling = self.telling.clone();
        let read = move || {
            let mut reply = Reply::of(status, headers, body, held);
            let known = Arc::make_mut(&mut redactor);
            known.learn_from(&reply.body);
            if let Some(token) = telling.and_then(|expr| text_at(&expr, &reply.whole())) {
                known.learn(&token);
            }
            let body = reply.recorded(&redactor);
            (Settled::Answered { status, headers: redactor.headers(&reply.head), body, took }, reply, redactor)
        };
        match self.connector.heavy.run(self.received, read).await {
            Ok((settled, reply, redactor)) => {
                self.redactor = redactor;
                Ok((settled, reply))
            }
            Err(failure) if may => Err(Stop::Unknown(self.perhaps(&failure.message))),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Does `work` on `bytes` of an answer. What could not be redacted is not used; when something `may` have been
    /// done by then, nobody knows.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        bytes: usize,
        may: bool,
        work: impl FnOnce(&Redactor) -> T + Send + 'static,
    ) -> Result<T, Stop> {
        let redactor = Arc::clone(&self.redactor);
        let done = self.connector.heavy.run(bytes, move || work(&redactor)).await;
        self.usable(may)?;
        done.map_err(|failure| if may { Stop::Unknown(self.perhaps(&failure.message)) } else { failure.into() })
    }

    /// Nothing, unless more came than can be redacted.
    pub(super) fn usable(&self, may: bool) -> Result<(), Stop> {
        let Some(why) = self.redactor.overwhelmed() else { return Ok(()) };
        let message = format!("The answer of {} {why}, so it was not kept.", self.manifest.name);
        Err(if may {
            Stop::Unknown(self.perhaps(&message))
        } else {
            Failure { class: ErrorClass::Answer, message, quoted: false }.into()
        })
    }

    fn perhaps(&self, what: &str) -> String {
        format!("{what} {} may have done what was asked.", self.manifest.name)
    }

    /// What it means that no whole answer came.
    pub(super) fn broken(&self, broken: &Broken, writes: bool) -> Stop {
        let provider = &self.manifest.name;
        let what = self.redactor.message(&broken.message);
        if writes && broken.sent {
            return Stop::Unknown(format!("{what} {provider} may have done what was asked."));
        }
        if self.acted {
            return Stop::Unknown(format!("{what} An earlier step of this action was carried out."));
        }
        let class = if broken.kind == BrokenKind::Refused { ErrorClass::Internal } else { ErrorClass::Unavailable };
        Failure { class, message: what, quoted: false }.into()
    }
}
