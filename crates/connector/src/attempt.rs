//! One attempt of one action, step by step.

mod credentials;
mod files;
mod reading;
mod sending;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dossier_domain::{ErrorClass, Work};
use jmespath::Rcvar;
use secrecy::SecretString;
use serde_json::{Value, json};

use self::sending::Break;
use crate::answer::{Reply, quote};
use crate::budget::{self, Together};
use crate::call::{Call, Channel, Failure, File, Journal, JournalError, Success};
use crate::connector::Connector;
use crate::expr::{Expr, Scope};
use crate::manifest::{Action, Effect, Manifest, Request, Step, Task};
use crate::outgoing::internal;
use crate::payload::Materials;
use crate::present;
use crate::redact::Redactor;
use crate::sensitive::SensitiveNames;

/// Why an attempt ended before its last step.
pub(crate) enum Stop {
    Failed(Failure),
    Unknown(String),
    Refused(JournalError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What one attempt carries from step to step.
pub(crate) struct Attempt<'a, J> {
    connector: &'a Connector,
    manifest: &'a Arc<Manifest>,
    channel: &'a Channel,
    journal: &'a J,
    /// The files of the parameters.
    files: &'a BTreeMap<String, File>,
    /// The run, from which keys for repetitions follow.
    run: &'a str,
    /// What expressions outside of `auth` see.
    scope: Scope,
    redactor: Arc<Redactor>,
    /// How many bytes the answers have had.
    received: usize,
    /// Personal values of the parameters, for the display.
    personal: Vec<String>,
    pub(crate) took: Duration,
    /// Where the next answer holds a token, which is secret before the answer is recorded.
    telling: Option<Expr>,
    /// Whether tokens are kept for others.
    keeps: bool,
    /// Whether it may have done something at the provider already.
    acted: bool,
    /// How the line of the last call broke.
    broke: Option<Break>,
    /// Whether an earlier try of the present step may have been carried out.
    perhaps: bool,
}

/// No files.
static NONE: BTreeMap<String, File> = BTreeMap::new();

impl<'a, J: Journal> Attempt<'a, J> {
    /// An attempt of `action`.
    pub(crate) fn of(connector: &'a Connector, call: &'a Call<'_>, action: &Action, journal: &'a J) -> Self {
        let personal = action.form.sensitive_values(&call.params);
        let redactor = redactor(&call.manifest, &call.channel, action.form.sensitive_names(), personal.clone());
        let mut attempt = Self::begun(connector, &call.manifest, &call.channel, journal, redactor);
        attempt.personal = personal;
        attempt.keeps = true;
        (attempt.files, attempt.run) = (&call.files, &call.run);
        let scope = &mut attempt.scope;
        scope.set("params", &call.params);
        scope.set("request", &json!({"id": call.request.id, "reference": call.request.reference}));
        scope.set("actor", &Value::String(call.actor.clone()));
        scope.set("outputs", &call.outputs);
        scope.set("now", &Value::String(call.now.to_string()));
        scope.set("callback", &json!({"url": call.callback_url}));
        attempt
    }

    /// Lets what is personal be recorded as it is.
    pub(crate) fn reveal(&mut self) {
        Arc::make_mut(&mut self.redactor).reveal();
    }

    /// An attempt of nothing but a test of the channel.
    pub(crate) fn test(
        connector: &'a Connector,
        manifest: &'a Arc<Manifest>,
        channel: &'a Channel,
        journal: &'a J,
    ) -> Self {
        let redactor = redactor(manifest, channel, Vec::new(), Vec::new());
        Self::begun(connector, manifest, channel, journal, redactor)
    }

    fn begun(
        connector: &'a Connector,
        manifest: &'a Arc<Manifest>,
        channel: &'a Channel,
        journal: &'a J,
        redactor: Arc<Redactor>,
    ) -> Self {
        let mut scope = Scope::default();
        scope.set("config", &channel.config);
        Self {
            connector,
            manifest,
            channel,
            journal,
            files: &NONE,
            run: "",
            scope,
            redactor,
            received: 0,
            personal: Vec::new(),
            took: Duration::ZERO,
            telling: None,
            keeps: false,
            acted: false,
            broke: None,
            perhaps: false,
        }
    }

    fn materials(&self) -> Materials<'a> {
        Materials { files: self.files, entropy: &self.connector.ids.entropy }
    }

    /// All steps, then the result.
    pub(crate) async fn run(mut self, action: &Action) -> Result<Success, Stop> {
        let mut last: Option<(String, Reply)> = None;
        // The answers whose bodies become files.
        let mut bodies = BTreeMap::new();
        for step in &action.steps {
            let done_already = self.scope.has(&step.name);
            if done_already || !self.takes(step) {
                continue;
            }
            // An answer holds a share of the memory for answers, which the next one may wait for.
            if let Some((name, earlier)) = last.take().filter(|(name, _)| action.mapping.takes_body(name)) {
                bodies.insert(name, earlier);
            }
            let (reply, names) = match &step.task {
                Task::Obtain(auth) => self.token_step(auth, &step.name).await?,
                Task::Request(request) => self.request_step(request, &step.name, step.effect == Effect::Write).await?,
            };
            self.scope.share(&step.name, &names);
            last = Some((step.name.clone(), reply));
        }
        let Some((step, reply)) = last else {
            return Err(internal("No step of this action had anything to do.".to_owned()).into());
        };
        self.result(action, &step, reply, &bodies).await
    }

    /// Whether a step is to be done.
    fn takes(&self, step: &Step) -> bool {
        let _bound = Together::of(budget::LIGHT);
        step.when.as_ref().is_none_or(|when| when.holds(&self.scope.root()))
    }

    /// From the answers to the result.
    async fn result(
        mut self,
        action: &Action,
        step: &str,
        reply: Reply,
        bodies: &BTreeMap<String, Reply>,
    ) -> Result<Success, Stop> {
        let brought = self.bring_files(action, step, &reply, bodies).await?;
        self.scope.set("files", &Value::Object(brought.named.clone()));
        let names = SensitiveNames::of(self.manifest).with(action.form.personal_names());
        let (mapping, root, took) = (Arc::clone(&action.mapping), self.scope.root(), self.took);
        let personal = std::mem::take(&mut self.personal);
        let (starts, step, provider) = (action.starts_work(), step.to_owned(), self.manifest.name.clone());
        let succeed = move |redactor: &Redactor| {
            let (body, raw, content_type) = brought.replaced(reply, redactor);
            let work = mapping.work(&root);
            let said = work.as_ref().filter(|(work, _)| *work == Work::Failed).and_then(|_| {
                let said = mapping.state.as_ref()?.message.as_ref()?.text(&root).ok().flatten()?;
                Some(quote(&said, redactor)).filter(|said| !said.is_empty())
            });
            if let (true, Some((Work::Failed, word))) = (starts, &work) {
                let (message, quoted) = match said {
                    Some(said) => (said, true),
                    None => (format!("{provider} answered that its work is “{}”.", quote(word, redactor)), false),
                };
                return Err(Failure { class: ErrorClass::Business, message, quoted });
            }
            let work = work.map(|(work, _)| work);
            let shown = present::Shown { root, step: &step, body: &body };
            let mut result = present::result(&mapping, &shown, &names, &personal);
            result.display.notes = brought.notes;
            Ok(Success {
                waits: starts && work != Some(Work::Succeeded),
                work,
                said,
                raw,
                content_type,
                display: result.display,
                outputs: result.outputs,
                verdict: result.verdict,
                attachments: brought.files,
                later: brought.later,
                took,
            })
        };
        Ok(self.work(self.received, self.acted, succeed).await??)
    }

    /// The request that Test connection sends.
    pub(crate) async fn test_request(&mut self, request: &Request) -> Result<Reply, Stop> {
        Ok(self.request_step(request, "test", false).await?.0)
    }

    /// Obtains a token and gives what may be shown of it.
    async fn token_step(&mut self, auth: &str, step: &str) -> Result<(Reply, Rcvar), Stop> {
        let (token, mut reply) = self.obtain(auth, step).await?;
        if let (Value::Object(body), Some(until)) = (&mut reply.body, token.until) {
            body.insert("expires_at".to_owned(), Value::String(until.to_string()));
        }
        let names = move |redactor: &Redactor| {
            let names = reply.open(redactor);
            (reply, names)
        };
        self.work(self.received, self.acted, names).await
    }
}

pub(crate) fn redactor(
    manifest: &Manifest,
    channel: &Channel,
    form_names: Vec<&str>,
    personal: Vec<String>,
) -> Arc<Redactor> {
    let secrets: &BTreeMap<String, SecretString> = &channel.secrets;
    let form_names = SensitiveNames::default().with(form_names);
    let redactor = Redactor::new(SensitiveNames::of(manifest), form_names, secrets.values(), personal);
    Arc::new(redactor.with_rules(&manifest.redact))
}
