//! How an attempt sends: in its turn, recorded before and after, and again only where that can do no harm.

use std::time::Duration;

use dossier_domain::{ErrorClass, ExchangeId};
use dossier_outbound::{BrokenKind, Outgoing};
use jmespath::Rcvar;

use super::{Attempt, Stop};
use crate::answer::{Judged, Reply, judge, media_type};
use crate::call::{FILE_STEP, Failure, Journal, NoTurn, Sending, Settled};
use crate::digest;
use crate::manifest::Request;
use crate::outgoing::{self, Prepared, internal};
use crate::redact::Redactor;
use crate::wait::asked_to_wait;

/// How often a step is sent at most.
const MOST_TRIES: u32 = 3;
/// The longest wait within an attempt; after that it fails and says so. Nor is sent again what failed so slowly.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before a step is sent again, where the provider names none; it doubles.
const PAUSE: Duration = Duration::from_millis(250);

/// A line that broke, and may not break the next time.
#[derive(Clone, Copy)]
pub(crate) struct Break {
    /// Whether anything may have reached the provider.
    sent: bool,
    took: Duration,
}

impl<J: Journal> Attempt<'_, J> {
    /// Sends a request; once more with a fresh token when the first is refused. It is sent again after a pause, which
    /// grows, when the provider asks for one or is not available, and the request may be repeated: one that only reads,
    /// one of which nothing has left, or one with a key by which the provider knows it again. `writes` says whether it
    /// does something there.
    pub(super) async fn request_step(
        &mut self,
        request: &Request,
        step: &str,
        writes: bool,
    ) -> Result<(Reply, Rcvar), Stop> {
        let root = self.scope.root();
        let (mut sent, mut pauses, mut renewed) = (0, 0, false);
        let repeatable = !writes || request.idempotency.is_some();
        // What an earlier try may have done is not forgotten because a later one did nothing.
        self.perhaps = false;
        loop {
            let mut prepared = outgoing::build(request, &root, self.materials())?;
            outgoing::permit(&prepared.out.url, self.manifest, self.channel, !request.auth.is_empty())?;
            if let Some(name) = &request.idempotency {
                let key = digest::sha256(format!("{}/{step}", self.run).as_bytes());
                prepared.out.headers.insert(name, outgoing::header(&key[..32], name.as_str())?);
            }
            let tokens = self.authorise(&request.auth, &mut prepared.out).await?;
            sent += 1;
            let mut reply = match self.exchange(step, sent, prepared, &request.auth, writes).await {
                Ok(reply) => reply,
                Err(stop) => {
                    let broke = self.broke.take().filter(|broke| broke.took <= PATIENCE);
                    if !broke.is_some_and(|broke| repeatable || !broke.sent) || !self.again(&mut pauses, None).await {
                        return Err(self.with_earlier(stop));
                    }
                    self.perhaps |= writes && broke.is_some_and(|broke| broke.sent);
                    continue;
                }
            };
            if reply.status == 401 && !renewed && !tokens.is_empty() {
                for (auth, token) in &tokens {
                    self.give_up(auth, token).await;
                }
                renewed = true;
                continue;
            }
            let (status, wait) = (reply.status, asked_to_wait(&reply.head, self.connector.ids.clock.now()));
            let (judging, scope, provider) = (request.clone(), self.scope.clone(), self.manifest.name.clone());
            let judged = move |redactor: &Redactor| {
                let names = reply.open(redactor);
                let judged = judge(&judging, &reply, &names, &scope, &provider, redactor);
                (reply, names, judged)
            };
            let (reply, names, judged) = self.work(self.received, writes, judged).await?;
            let Some(Judged { failure, retry, known }) = judged else {
                self.acted |= writes;
                return Ok((reply, names));
            };
            // Something that only the provider can say, in its own words: a gateway on the way may quote its own.
            let decides = matches!(failure.class, ErrorClass::Validation | ErrorClass::Business | ErrorClass::NotFound);
            let decided = known && failure.quoted && decides;
            // A gateway that lost its provider says no more than a line that broke (RFC 9110, 15.6.3 and 15.6.5).
            // 520 to 524 are the same in the words of a widely used one.
            let lost = matches!(status, 408 | 502 | 504 | 520..=524) && !decided;
            let busy = matches!(status, 429 | 503);
            if let (true, Some(span)) = (busy, wait) {
                self.journal.pause(span).await;
            }
            // Whether what was asked may have been done although it failed: what nobody can read is no refusal, nor is
            // an answer that leads elsewhere, or a server that broke at work. One that asks to be left alone did nothing,
            // nor did one that does not know how (501, 505).
            let open = writes
                && match status {
                    200..=303 => !known || failure.class == ErrorClass::Answer,
                    501 | 505 => false,
                    503 => !decided && wait.is_none(),
                    500.. => !decided,
                    _ => lost,
                };
            // What was refused for another reason would be refused again, and may be charged each time.
            let passing = busy || retry || (lost && !failure.quoted) || (status >= 500 && !failure.quoted);
            if passing && repeatable && self.again(&mut pauses, wait.filter(|_| busy || retry)).await {
                self.perhaps |= open;
                continue;
            }
            if writes && lost {
                return Err(Stop::Unknown(format!(
                    "{} answered with status {status}: a gateway on the way got no answer. It may have done what was asked.",
                    self.manifest.name
                )));
            }
            if open {
                let provider = &self.manifest.name;
                let said = if failure.quoted {
                    format!("{provider} answered with status {status}: “{}”.", failure.message)
                } else {
                    failure.message
                };
                return Err(Stop::Unknown(format!("{said} {provider} may have done what was asked.")));
            }
            // 409 under a key may mean that the earlier try is still being worked on.
            let settles = decided && status != 409;
            let stop = self.after_all(failure).into();
            return Err(if settles { stop } else { self.with_earlier(stop) });
        }
    }

    /// A failure of a step of which an earlier try may have been carried out is none: only the provider knows.
    fn with_earlier(&self, stop: Stop) -> Stop {
        match stop {
            Stop::Failed(failure) if self.perhaps => {
                let provider = &self.manifest.name;
                let message = failure.message.replace(" Nothing was sent.", "");
                Stop::Unknown(format!(
                    "{message} An earlier try got no answer, and {provider} may have done what was asked."
                ))
            }
            stop => stop,
        }
    }

    /// Waits until a step may be sent again: as long as the provider wishes, else a while that grows and is never twice
    /// the same. `false` when that is too long, or it was sent often enough.
    async fn again(&self, pauses: &mut u32, wish: Option<Duration>) -> bool {
        let [by]: [u8; 1] = self.connector.ids.entropy.bytes();
        let usual = || (PAUSE * 2_u32.pow(*pauses)).mul_f64(0.8 + f64::from(by) / 255.0 * 0.4);
        let pause = wish.unwrap_or_else(usual);
        if *pauses + 1 >= MOST_TRIES || pause > PATIENCE {
            return false;
        }
        *pauses += 1;
        self.connector.line.rest(pause).await
    }

    /// A failure, with what was done before it: nobody may think that nothing was.
    fn after_all(&self, failure: Failure) -> Failure {
        if !self.acted {
            return failure;
        }
        let said = if failure.quoted {
            format!("{} answered: “{}”.", self.manifest.name, failure.message)
        } else {
            failure.message
        };
        let message = format!("{said} An earlier step of this action was carried out, and may have been charged.");
        Failure { message, quoted: false, ..failure }
    }

    /// One HTTP call: in its turn, signed, recorded, sent, recorded. `writes` says whether it may have done something when no
    /// answer comes.
    pub(super) async fn exchange(
        &mut self,
        step: &str,
        attempt: u32,
        prepared: Prepared,
        signers: &[String],
        writes: bool,
    ) -> Result<Reply, Stop> {
        // A file may lie with somebody else, and says nothing of what the provider takes.
        if step != FILE_STEP {
            self.turn().await?;
        }
        let recorded = self.recorded(step, attempt, prepared, signers).await;
        let (id, out) = match recorded {
            Ok(recorded) => recorded,
            Err(stop) => {
                self.journal.left().await;
                return Err(stop);
            }
        };
        let provider = &self.manifest.name;
        let (settled, end, unsent) = match self.connector.line.send(out).await {
            Ok(answer) => {
                let took = answer.took;
                match self.read(answer, writes || self.acted).await {
                    Ok((settled, reply)) => (settled, Ok(reply), false),
                    Err(stop) => {
                        let message = "The answer came, and could not be worked on.".to_owned();
                        (Settled::Broken { kind: "unreadable".to_owned(), message, took }, Err(stop), false)
                    }
                }
            }
            Err(broken) => {
                self.took += broken.took;
                let passing = !matches!(broken.kind, BrokenKind::Refused | BrokenKind::TooLarge);
                self.broke = passing.then_some(Break { sent: broken.sent, took: broken.took });
                let (kind, message) = (broken.kind.as_str().to_owned(), self.redactor.message(&broken.message));
                let settled = Settled::Broken { kind, message, took: broken.took };
                (settled, Err(self.broken(&broken, writes)), !broken.sent)
            }
        };
        if let Err(error) = self.journal.settled(id, settled).await {
            tracing::error!(?error, step, "the end of an exchange could not be recorded");
            return Err(if (writes && !unsent) || self.acted {
                Stop::Unknown(format!("{provider} was called, and how that ended could not be recorded."))
            } else {
                internal(format!("How the call to {provider} ended could not be recorded.")).into()
            });
        }
        self.usable(writes || self.acted)?;
        end
    }

    /// Signs a call at the last moment and records it.
    async fn recorded(
        &mut self,
        step: &str,
        attempt: u32,
        prepared: Prepared,
        signers: &[String],
    ) -> Result<(ExchangeId, Outgoing), Stop> {
        let Prepared { mut out, shown } = prepared;
        self.sign(signers, &mut out)?;
        let provider = &self.manifest.name;
        let (named, bytes) = (step.to_owned(), self.received + out.body.len());
        let record = move |redactor: &Redactor| {
            let body = match shown {
                Some(shown) => redactor.request_json(&shown),
                None => redactor.request_body(&media_type(&out.headers), &out.body),
            };
            let sending = Sending {
                step: named,
                attempt,
                method: out.method.to_string(),
                url: redactor.url(&out.url),
                headers: redactor.headers(&out.headers),
                body,
            };
            (sending, out)
        };
        let (sending, out) = self.work(bytes, self.acted, record).await?;
        let id = match self.journal.sending(sending).await {
            Ok(id) => id,
            Err(error) if self.acted => {
                tracing::error!(?error, step, "an exchange could not be recorded after an earlier step was sent");
                let message = format!("An earlier step reached {provider}; the next one could not be recorded.");
                return Err(Stop::Unknown(message));
            }
            Err(error) => return Err(Stop::Refused(error)),
        };
        Ok((id, out))
    }

    /// Waits for the turn of a call.
    async fn turn(&self) -> Result<(), Stop> {
        let no = match self.journal.turn(self.manifest.limits).await {
            Ok(()) => return Ok(()),
            Err(no) => no,
        };
        let provider = &self.manifest.name;
        let seconds = |span: Duration| span.as_millis().div_ceil(1_000).max(1);
        let (class, message) = match no {
            NoTurn::Refused(error) if self.acted => {
                tracing::error!(?error, "the turn of a call could not be found after an earlier step was sent");
                return Err(Stop::Unknown(format!(
                    "An earlier step reached {provider}; the next one could not be sent."
                )));
            }
            NoTurn::Refused(error) => return Err(Stop::Refused(error)),
            NoTurn::Full(span) => (
                ErrorClass::RateLimited,
                format!("Other calls fill what {provider} takes from this channel, for {} s or more.", seconds(span)),
            ),
            NoTurn::Paused(span) => (
                ErrorClass::RateLimited,
                format!("{provider} asked this channel to wait, for {} s still.", seconds(span)),
            ),
            NoTurn::Closed(span) => (
                ErrorClass::Unavailable,
                format!(
                    "{provider} did not answer the last calls of this channel; it is tried again in {} s.",
                    seconds(span)
                ),
            ),
        };
        if self.acted {
            return Err(Stop::Unknown(format!("{message} An earlier step reached {provider}.")));
        }
        Err(Failure { class, message: format!("{message} Nothing was sent."), quoted: false }.into())
    }
}
