//! Tries a manifest's examples, with the very code that runs actions: what goes out is caught, what comes back is the
//! example's. Nothing leaves the process.

mod compare;
mod difference;
mod outgone;
mod preview;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dossier_domain::{Clock, Entropy, ExchangeId, Ids, Timestamp};
use dossier_outbound::{Answer, Broken, BrokenKind, Held};
use http::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

use crate::call::{Call, Channel, Journal, JournalError, Outcome, RequestNames, Sending, Settled};
use crate::connector::Connector;
use crate::form::{FieldKind, Names};
use crate::line::{Line, Script};
use crate::manifest::{Example, Given, Manifest};
use crate::problem::{Problem, Problems, suggest};

pub use preview::{Preview, preview};

/// A day: as long as the token of an example counts.
const DAY: Duration = Duration::from_hours(24);

/// What stands for a token that nobody obtained.
const TOKEN: &str = "example-token";

/// What stands for the action where an example is one of a callback.
const CALLBACKS: &str = "callbacks";

/// One example and what became of it.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// The key of the action, or `callbacks`.
    pub action: String,
    /// The example's name.
    pub name: String,
    /// What was otherwise than the example says; empty when it holds.
    pub faults: Vec<Problem>,
}

/// An example that is ready to be tried, as often as one likes.
#[derive(Clone)]
pub struct Rehearsal {
    manifest: Arc<Manifest>,
    action: String,
    example: Example,
    channel: Channel,
}

impl Rehearsal {
    /// The examples that stand in a manifest.
    pub fn of(manifest: &Arc<Manifest>) -> Vec<Self> {
        let of = |action: &crate::manifest::Action| {
            let one = |example: &Example| Self::made(manifest, action.key.clone(), example.clone());
            action.examples.iter().map(one).collect::<Vec<_>>()
        };
        let of_callbacks = manifest.callbacks.iter().flat_map(|callbacks| &callbacks.examples);
        let one = |example: &Example| Self::made(manifest, CALLBACKS.to_owned(), example.clone());
        manifest.actions.iter().flat_map(of).chain(of_callbacks.map(one)).collect()
    }

    /// The examples of a file beside a manifest.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn read(manifest: &Arc<Manifest>, text: &str) -> Result<Vec<Self>, Vec<Problem>> {
        let examples = Example::parse_all(text)?;
        let keys: Vec<&str> = manifest.actions.iter().map(|a| a.key.as_str()).collect();
        let mut problems = Problems::default();
        for example in &examples {
            let key = example.action.as_deref().unwrap_or_default();
            let action = manifest.action(key);
            if example.callback.is_none() && action.is_none() {
                let message = format!("The manifest has no action “{key}”.");
                problems.add(example.place, message, suggest(key, &keys));
            }
            example.strangers(&manifest.config, action.map(|action| &action.form), &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems.into_sorted());
        }
        let one = |example: Example| {
            let action = example.action.clone().unwrap_or_else(|| CALLBACKS.to_owned());
            Self::made(manifest, action, example)
        };
        Ok(examples.into_iter().map(one).collect())
    }

    /// What is wrong with a file of examples in itself: for whoever has no manifest that can be used yet.
    pub fn problems(text: &str) -> Vec<Problem> {
        Example::parse_all(text).err().unwrap_or_default()
    }

    fn made(manifest: &Arc<Manifest>, action: String, example: Example) -> Self {
        let channel = channel(manifest, &example.config);
        Self { manifest: Arc::clone(manifest), action, example, channel }
    }

    /// The key of the action and the name of the example.
    pub fn title(&self) -> (&str, &str) {
        (&self.action, &self.example.name)
    }

    /// Tries it and says what was otherwise.
    pub async fn run(&self) -> Rehearsed {
        if let Some(came) = &self.example.callback {
            let (channel, now) = (&self.channel, self.now());
            let read = self.manifest.callback(channel, &header_map(&came.headers), &came.body, now);
            let faults = compare::event(&self.example, &read);
            return Rehearsed { action: self.action.clone(), name: self.example.name.clone(), faults };
        }
        let (outcome, script) = self.play(&NoJournal::default()).await;
        let (sent, left) = script;
        let faults = compare::whole(&self.example, &sent, left, &outcome);
        Rehearsed { action: self.action.clone(), name: self.example.name.clone(), faults }
    }

    /// Tries it and gives how it ended: the whole way of an action but for the network.
    pub async fn end(&self) -> Outcome {
        self.play(&NoJournal::default()).await.0
    }

    /// What would be recorded of the calls, redacted.
    pub async fn recorded(&self) -> (Vec<Sending>, Vec<Settled>) {
        let journal = NoJournal { keeps: true, ..NoJournal::default() };
        self.play(&journal).await;
        (taken(&journal.sent), taken(&journal.settled))
    }

    fn now(&self) -> Timestamp {
        let now = time::OffsetDateTime::parse(&self.example.now, &Rfc3339);
        now.map(Timestamp::from_datetime).unwrap_or_default()
    }

    /// The same with `body` as the first answer.
    #[cfg(feature = "trial")]
    pub(crate) fn answering(mut self, bytes: Vec<u8>) -> Self {
        if let Some(Given::Answer { body, .. }) = self.example.calls.first_mut().map(|call| &mut call.given) {
            *body = bytes;
        }
        self
    }

    /// What goes out, with its credentials.
    #[cfg(feature = "trial")]
    pub(crate) async fn sent(&self) -> Vec<dossier_outbound::Outgoing> {
        self.play(&NoJournal::default()).await.1.0
    }

    async fn play(&self, journal: &NoJournal) -> (Outcome, (Vec<dossier_outbound::Outgoing>, usize)) {
        let example = &self.example;
        let now = self.now();
        let script = Script::of(example.calls.iter().map(|call| answer(&call.given)));
        let connector =
            Connector::on(Line::Script(script), Ids { clock: Clock::manual(now), entropy: Entropy::seeded(1) });
        let call = Call {
            manifest: Arc::clone(&self.manifest),
            action: &self.action,
            channel: self.channel.clone(),
            request: RequestNames { id: example.request.0.clone(), reference: example.request.1.clone() },
            actor: "Example Person".to_owned(),
            run: example.request.0.clone(),
            params: example.params.clone(),
            files: example.files.iter().cloned().collect(),
            callback_url: Some("https://dossier.example/callbacks/example".to_owned()),
            outputs: example.outputs.clone(),
            now,
        };
        signed_in(&connector, &call, now).await;
        let outcome = connector.run(&call, journal).await;
        let Line::Script(script) = &*connector.line else { return (outcome, (Vec::new(), 0)) };
        (outcome, script.end())
    }
}

/// Keeps a token for every entry of `auth` that needs one, so that examples need not show how one signs in.
async fn signed_in(connector: &Connector, call: &Call<'_>, now: Timestamp) {
    for (name, auth) in &call.manifest.auth {
        if auth.is_obtained() {
            connector.keep(&call.manifest, &call.channel, name, TOKEN, now.plus(DAY)).await;
        }
    }
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
            map.append(name, value);
        }
    }
    map
}

fn answer(given: &Given) -> Result<Answer, Broken> {
    let took = Duration::from_millis(100);
    match given {
        Given::Answer { status, headers, body } => Ok(Answer {
            status: *status,
            headers: header_map(headers),
            body: body.clone(),
            took,
            held: Held::default(),
        }),
        Given::Broken(word) => {
            const KINDS: &[BrokenKind] = &[
                BrokenKind::Refused,
                BrokenKind::Dns,
                BrokenKind::Connect,
                BrokenKind::Tls,
                BrokenKind::Interrupted,
                BrokenKind::TooLarge,
            ];
            let kind = KINDS.iter().copied().find(|k| k.as_str() == word).unwrap_or(BrokenKind::Timeout);
            let sent = matches!(kind, BrokenKind::Timeout | BrokenKind::Interrupted | BrokenKind::TooLarge);
            Err(Broken { kind, sent, message: format!("The call broke ({kind})."), took })
        }
    }
}

/// The channel of an example: the form's defaults, what the example lays over them, and made-up values for what is
/// still missing.
fn channel(manifest: &Manifest, laid: &Value) -> Channel {
    let complete = manifest.config.complete(laid, &Names::default());
    let mut config = complete.as_object().cloned().unwrap_or_default();
    let mut secrets = BTreeMap::new();
    for field in &manifest.config.fields {
        let made_up = || format!("example-{}", field.name);
        if matches!(field.kind, FieldKind::Secret) {
            let value = match config.shift_remove(&field.name) {
                Some(Value::String(value)) => value,
                _ if field.required => made_up(),
                _ => continue,
            };
            secrets.insert(field.name.clone(), SecretString::from(value));
        } else if field.required && !config.contains_key(&field.name) {
            let value =
                if field.is_url() { format!("https://{}.example", field.name.to_lowercase()) } else { made_up() };
            config.insert(field.name.clone(), Value::String(value));
        }
    }
    Channel { id: "example".to_owned(), version: 1, config: Value::Object(config), secrets }
}

/// A journal that keeps nothing, or only what it is told.
#[derive(Default)]
struct NoJournal {
    ids: Ids,
    keeps: bool,
    sent: Mutex<Vec<Sending>>,
    settled: Mutex<Vec<Settled>>,
}

fn taken<T>(list: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Journal for NoJournal {
    async fn sending(&self, sending: Sending) -> Result<ExchangeId, JournalError> {
        let id = self.ids.make();
        if self.keeps {
            self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sending);
        }
        Ok(id)
    }

    async fn settled(&self, _: ExchangeId, settled: Settled) -> Result<(), JournalError> {
        if self.keeps {
            self.settled.lock().unwrap_or_else(PoisonError::into_inner).push(settled);
        }
        Ok(())
    }
}
