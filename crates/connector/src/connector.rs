//! The front door: makes attempts, keeps tokens.

use std::sync::Arc;

use dossier_domain::{Ids, Verdict};
use dossier_outbound::Client;
use serde_json::{Map, Value};

use crate::attempt::{Attempt, Stop};
use crate::call::{Call, Channel, Fetched, Journal, Later, Outcome, Success, sign_in_step};
use crate::display::{Badge, Display};
use crate::heavy::Heavy;
use crate::line::Line;
use crate::manifest::{Manifest, Test};
use crate::outgoing::internal;
use crate::token::Tokens;

/// What of a request is recorded that is taken out otherwise.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shown {
    /// Nothing: what every call records.
    Nothing,
    /// What is personal, for who has typed it.
    Personal,
}

/// Calls providers. Clones share the tokens.
#[derive(Clone)]
pub struct Connector {
    pub(crate) line: Arc<Line>,
    pub(crate) ids: Ids,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) heavy: Heavy,
}

impl Connector {
    /// A connector that sends through `client`; tokens end by the clock of `ids`, and files get their ids from it.
    pub fn new(client: Client, ids: Ids) -> Self {
        Self::on(Line::Client(client), ids)
    }

    /// A connector that sends on `line`.
    pub(crate) fn on(line: Line, ids: Ids) -> Self {
        Self { line: Arc::new(line), ids, tokens: Arc::default(), heavy: Heavy::default() }
    }

    /// Makes one attempt of one action. Dropping the future leaves the journal's last row as it stands: what was
    /// recorded and not settled may have been sent.
    ///
    /// An answer with more secrets in it than can be taken out, or one that takes too long to be searched for them, is
    /// neither kept nor used: the attempt fails with [`dossier_domain::ErrorClass::Answer`], or is unknown when
    /// something may have been done. Large answers are worked on beside the threads of the runtime, few at a time.
    pub async fn run(&self, call: &Call<'_>, journal: &impl Journal) -> Outcome {
        self.attempt(call, journal, Shown::Nothing).await
    }

    /// The same, with what is `shown` in the journal.
    pub(crate) async fn attempt(&self, call: &Call<'_>, journal: &impl Journal, shown: Shown) -> Outcome {
        let Some(action) = call.manifest.action(call.action) else {
            return Outcome::Failed(internal(format!("{} has no action “{}”.", call.manifest.name, call.action)));
        };
        if let Some(error) = action.form.check(&call.params).into_iter().next() {
            return Outcome::Failed(crate::call::Failure {
                class: dossier_domain::ErrorClass::Validation,
                message: format!("{}: {}", error.field, error.message),
                quoted: false,
            });
        }
        let mut attempt = Attempt::of(self, call, action, journal);
        if shown == Shown::Personal {
            attempt.reveal();
        }
        outcome(attempt.run(action).await)
    }

    /// Tries a channel as it stands in a form, saved or not: signs in, or sends the harmless request that the manifest
    /// names. No token is kept. A provider without a test succeeds without a call and says so.
    pub async fn test(&self, manifest: &Arc<Manifest>, channel: &Channel, journal: &impl Journal) -> Outcome {
        let mut attempt = Attempt::test(self, manifest, channel, journal);
        let name = &manifest.name;
        let (tried, accepted) = match &manifest.test {
            None => return Outcome::Succeeded(said(format!("{name} has nothing to test."), Vec::new())),
            Some(Test::Auth(auth)) => {
                let tried = attempt.obtain(auth, &sign_in_step(auth)).await.map(|(_, reply)| reply);
                (tried, format!("{name} accepted the credentials and gave a token"))
            }
            Some(Test::Request(request)) => {
                (attempt.test_request(request).await, format!("{name} answered as it should"))
            }
        };
        let reply = match tried {
            Ok(reply) => reply,
            Err(stop) => return outcome(Err(stop)),
        };
        let life = reply.body["expires_in"].as_u64().map(|s| format!(" for {s} s")).unwrap_or_default();
        let summary = format!("{accepted}{life}.");
        let (bytes, content_type, took) = (reply.bytes, reply.content_type, attempt.took);
        match attempt.work(bytes.len(), false, move |redactor| redactor.raw(&bytes)).await {
            Ok(raw) => Outcome::Succeeded(Success { content_type, took, ..said(summary, raw) }),
            Err(stop) => outcome(Err(stop)),
        }
    }
}

impl Connector {
    /// Fetches a file that could not be had when its answer came.
    pub async fn fetch(
        &self,
        manifest: &Arc<Manifest>,
        channel: &Channel,
        later: &Later,
        journal: &impl Journal,
    ) -> Fetched {
        Attempt::test(self, manifest, channel, journal).fetch_file(later).await
    }
}

fn outcome(result: Result<Success, Stop>) -> Outcome {
    match result {
        Ok(success) => Outcome::Succeeded(success),
        Err(Stop::Failed(failure)) => Outcome::Failed(failure),
        Err(Stop::Unknown(message)) => Outcome::Unknown { message },
        Err(Stop::Refused(error)) => Outcome::Refused(error),
    }
}

fn said(summary: String, raw: Vec<u8>) -> Success {
    let badge = Some(Badge { text: "Connected".to_owned(), verdict: Verdict::None }).filter(|_| !raw.is_empty());
    Success {
        waits: false,
        work: None,
        said: None,
        raw,
        content_type: String::new(),
        display: Display { summary: Some(summary), badge, ..Display::default() },
        outputs: Value::Object(Map::new()),
        verdict: Verdict::None,
        attachments: Vec::new(),
        later: Vec::new(),
        took: std::time::Duration::ZERO,
    }
}
