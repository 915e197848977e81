//! One attempt of one action, step by step.

mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_domain::{ErrorClass, Timestamp};
use dossier_outbound::Outgoing;
use http::header::AUTHORIZATION;
use jmespath::Rcvar;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::answer::{Reply, by_status, judge, media_type, quote};
use crate::call::{Call, Channel, Failure, Journal, JournalError, Sending, Settled, Success, sign_in_step};
use crate::connector::Connector;
use crate::digest;
use crate::expr::Scope;
use crate::manifest::{Action, Auth, ClientAuth, Effect, Manifest, Request, Work};
use crate::outgoing::{self, internal};
use crate::present;
use crate::redact::Redactor;
use crate::sensitive::SensitiveNames;
use crate::token::{Token, TokenKey};

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
    /// What expressions outside of `auth` see.
    scope: Scope,
    redactor: Arc<Redactor>,
    /// How many bytes the answers have had.
    received: usize,
    /// Personal values of the parameters, for the display.
    personal: Vec<String>,
    pub(crate) took: Duration,
    /// Whether tokens are kept for others.
    keeps: bool,
    /// Whether the action does something at the provider.
    writes: bool,
    /// Whether it may have done it already.
    acted: bool,
}

impl<'a, J: Journal> Attempt<'a, J> {
    /// An attempt of `action`.
    pub(crate) fn of(connector: &'a Connector, call: &'a Call<'_>, action: &Action, journal: &'a J) -> Self {
        let mut attempt = Self::test(connector, &call.manifest, &call.channel, journal);
        let personal = action.form.sensitive_values(&call.params);
        attempt.redactor = redactor(&call.manifest, &call.channel, action.form.sensitive_names(), personal.clone());
        attempt.personal = personal;
        attempt.keeps = true;
        attempt.writes = action.effect == Effect::Write;
        let scope = &mut attempt.scope;
        scope.set("params", call.params.clone());
        scope.set("request", json!({"id": call.request.id, "reference": call.request.reference}));
        scope.set("actor", Value::String(call.actor.clone()));
        scope.set("outputs", call.outputs.clone());
        scope.set("now", Value::String(call.now.to_string()));
        attempt
    }

    /// An attempt of nothing but the authentication.
    pub(crate) fn test(
        connector: &'a Connector,
        manifest: &'a Arc<Manifest>,
        channel: &'a Channel,
        journal: &'a J,
    ) -> Self {
        let mut scope = Scope::default();
        scope.set("config", channel.config.clone());
        let redactor = redactor(manifest, channel, Vec::new(), Vec::new());
        let (personal, took, received) = (Vec::new(), Duration::ZERO, 0);
        let (keeps, writes, acted) = (false, false, false);
        Self { connector, manifest, channel, journal, scope, redactor, received, personal, took, keeps, writes, acted }
    }

    /// All steps, then the result.
    pub(crate) async fn run(mut self, action: &Action) -> Result<Success, Stop> {
        let mut last = None;
        for step in &action.steps {
            let (reply, names) = match &step.work {
                Work::Obtain(auth) => self.token_step(auth, &step.name).await?,
                Work::Request(request) => self.request_step(request, &step.name).await?,
            };
            self.scope.share(&step.name, &names);
            last = Some((step.name.clone(), reply));
        }
        let Some((step, reply)) = last else { return Err(internal("The action has no steps.".to_owned()).into()) };
        let names = SensitiveNames::of(self.manifest).with(action.form.personal_names());
        let (mapping, root, took) = (action.mapping.clone(), self.scope.root(), self.took);
        let personal = std::mem::take(&mut self.personal);
        let succeed = move |redactor: &Redactor| {
            let shown = present::Shown { root, step: &step, body: &redactor.open(&reply.body) };
            let result = present::result(&mapping, &shown, &names, &personal);
            Success {
                raw: redactor.raw(&reply.bytes),
                content_type: reply.content_type,
                display: result.display,
                outputs: result.outputs,
                verdict: result.verdict,
                attachments: result.files,
                took,
            }
        };
        self.work(self.received, self.acted, succeed).await
    }

    /// Obtains a token and gives what may be shown of it.
    async fn token_step(&mut self, auth: &str, step: &str) -> Result<(Reply, Rcvar), Stop> {
        let (token, mut reply) = self.obtain(auth, step).await?;
        if let (Value::Object(body), Some(until)) = (&mut reply.body, token.until) {
            body.insert("expires_at".to_owned(), Value::String(until.to_string()));
        }
        let names = move |redactor: &Redactor| {
            let names = reply.names(redactor);
            (reply, names)
        };
        self.work(self.received, self.acted, names).await
    }

    /// Sends a request, once more with a fresh token when the first is refused.
    async fn request_step(&mut self, request: &Request, step: &str) -> Result<(Reply, Rcvar), Stop> {
        let root = self.scope.root();
        let mut attempt = 1;
        loop {
            let mut outgoing = outgoing::build(request, &root)?;
            outgoing::permit(&outgoing.url, self.manifest, self.channel, request.auth.is_some())?;
            let mut token = None;
            if let Some(auth) = &request.auth {
                let given = self.token(auth).await?;
                let bearer = format!("Bearer {}", given.secret.expose_secret());
                let mut value = outgoing::header(&bearer, "authorization")?;
                value.set_sensitive(true);
                outgoing.headers.insert(AUTHORIZATION, value);
                token = Some((auth, given));
            }
            let reply = self.exchange(step, attempt, outgoing, self.writes).await?;
            if let (401, 1, Some((auth, token))) = (reply.status, attempt, token) {
                self.give_up(auth, &token).await?;
                attempt = 2;
                continue;
            }
            let status = reply.status;
            let (request, scope, manifest) = (request.clone(), self.scope.clone(), Arc::clone(self.manifest));
            let judged = move |redactor: &Redactor| {
                let names = reply.names(redactor);
                let failure = judge(&request, &reply, &names, &scope, &manifest.name, redactor);
                (reply, names, failure)
            };
            let (reply, names, failure) = self.work(self.received, self.writes, judged).await?;
            // A gateway that lost its provider says no more than a line that broke (RFC 9110, 15.6.3 and 15.6.5).
            let lost = matches!(status, 502 | 504) && failure.as_ref().is_some_and(|f| !f.quoted);
            self.acted |= self.writes && (failure.is_none() || lost);
            return match failure {
                None => Ok((reply, names)),
                Some(_) if self.writes && lost => Err(Stop::Unknown(format!(
                    "{} answered with status {status}: a gateway on the way got no answer. It may have done what was asked.",
                    self.manifest.name
                ))),
                Some(failure) => Err(failure.into()),
            };
        }
    }

    /// The kept token of `auth`, or a new one.
    async fn token(&mut self, auth: &str) -> Result<Token, Stop> {
        let slot = self.connector.tokens.slot(&self.key(auth)?);
        let seen = slot.fetched();
        let mut state = slot.lock().await;
        if let Some(token) = state.fresh(self.connector.clock.now()) {
            Arc::make_mut(&mut self.redactor).learn(token.secret.expose_secret());
            return Ok(token);
        }
        if let Some(failure) = slot.shared_failure(&state, seen) {
            return Err(failure.into());
        }
        match self.fetch(auth, &sign_in_step(auth)).await {
            Ok((token, _)) => {
                slot.keep(&mut state, &Ok(token.kept()));
                Ok(token.kept())
            }
            Err(Stop::Failed(failure)) => {
                slot.keep(&mut state, &Err(failure.clone()));
                Err(failure.into())
            }
            Err(stop) => Err(stop),
        }
    }

    /// A new token whatever is kept; it is kept for others.
    pub(crate) async fn obtain(&mut self, auth: &str, step: &str) -> Result<(Fetched, Reply), Stop> {
        if !self.keeps {
            return self.fetch(auth, step).await;
        }
        let slot = self.connector.tokens.slot(&self.key(auth)?);
        let mut state = slot.lock().await;
        let (token, reply) = self.fetch(auth, step).await?;
        slot.keep(&mut state, &Ok(token.kept()));
        Ok((token, reply))
    }

    async fn give_up(&mut self, auth: &str, token: &Token) -> Result<(), Stop> {
        let slot = self.connector.tokens.slot(&self.key(auth)?);
        slot.lock().await.drop_if(token);
        Ok(())
    }

    fn key(&self, auth: &str) -> Result<TokenKey, Stop> {
        let asked = self.credentials(auth)?;
        let parts = [asked.url.as_str(), &asked.client_id, asked.client_secret.expose_secret()];
        Ok(TokenKey {
            channel: self.channel.id.clone(),
            version: self.channel.version,
            auth: auth.to_owned(),
            credentials: digest::sha256(json!(parts).to_string().as_bytes()),
        })
    }

    /// Where and with what a token is asked for. Only here do expressions see the channel's secrets.
    fn credentials(&self, auth: &str) -> Result<Credentials, Stop> {
        let Some(Auth::ClientCredentials { token_url, client_auth, client_id, client_secret }) =
            self.manifest.auth.get(auth)
        else {
            return Err(internal(format!("The manifest has no “{auth}” under auth.")).into());
        };
        let mut config = self.channel.config.as_object().cloned().unwrap_or_default();
        for (name, secret) in &self.channel.secrets {
            config.insert(name.clone(), Value::String(secret.expose_secret().to_owned()));
        }
        let mut scope = Scope::default();
        scope.set("config", Value::Object(config));
        scope.set("now", Value::String(self.connector.clock.now().to_string()));
        let root = scope.root();
        let url = outgoing::address(token_url, &root)?;
        outgoing::permit(&url, self.manifest, self.channel, true)?;
        let needed = |text: Option<String>| text.ok_or_else(|| internal("The channel has no credentials.".to_owned()));
        let client_id = needed(client_id.text(&root).map_err(Failure::from)?)?;
        let client_secret = needed(client_secret.text(&root).map_err(Failure::from)?)?.into();
        Ok(Credentials { url, client_auth: *client_auth, client_id, client_secret })
    }

    /// Asks for a token (RFC 6749, section 4.4.2) and reads it (section 5.1).
    async fn fetch(&mut self, auth: &str, step: &str) -> Result<(Fetched, Reply), Stop> {
        let asked = self.credentials(auth)?;
        let grant = ("grant_type", "client_credentials");
        let outgoing = match asked.client_auth {
            ClientAuth::Body => {
                let secret = ("client_secret", asked.client_secret.expose_secret());
                outgoing::form(asked.url, &[grant, ("client_id", &asked.client_id), secret])
            }
            ClientAuth::Basic => {
                let mut outgoing = outgoing::form(asked.url, &[grant]);
                let spelled = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", spelled(&asked.client_id), spelled(asked.client_secret.expose_secret()));
                let mut value = outgoing::header(&format!("Basic {}", STANDARD.encode(pair)), "authorization")?;
                value.set_sensitive(true);
                outgoing.headers.insert(AUTHORIZATION, value);
                outgoing
            }
        };
        let reply = self.exchange(step, 1, outgoing, false).await?;
        let provider = &self.manifest.name;
        if !(200..300).contains(&reply.status) {
            return Err(self.refusal(&reply).into());
        }
        let Some(text) = reply.body["access_token"].as_str().filter(|t| !t.is_empty()) else {
            let message = format!("{provider} was asked for a token and answered without one.");
            return Err(Failure { class: ErrorClass::Answer, message, quoted: false }.into());
        };
        let life = seconds(&reply.body["expires_in"]);
        let now = self.connector.clock.now();
        let until = life.map(|life| now.plus(life));
        Ok((Fetched { secret: SecretString::from(text.to_owned()), until, now }, reply))
    }

    /// What the token endpoint says when it gives none (RFC 6749, section 5.2).
    fn refusal(&self, reply: &Reply) -> Failure {
        let said = ["error_description", "error"].iter().find_map(|key| reply.body[*key].as_str());
        let said = said.map(|said| quote(said, &self.redactor)).filter(|said| !said.is_empty());
        let failure = by_status(reply.status, &self.manifest.name);
        let class = if matches!(reply.status, 400 | 401 | 403) { ErrorClass::Auth } else { failure.class };
        match said {
            Some(message) => Failure { class, message, quoted: true },
            None => Failure { class, ..failure },
        }
    }

    /// One HTTP call: recorded, sent, recorded. `writes` says whether it may have done something when no answer comes.
    async fn exchange(&mut self, step: &str, attempt: u32, out: Outgoing, writes: bool) -> Result<Reply, Stop> {
        let provider = &self.manifest.name;
        let (named, bytes) = (step.to_owned(), self.received + out.body.len());
        let record = move |redactor: &Redactor| {
            let sending = Sending {
                step: named,
                attempt,
                method: out.method.to_string(),
                url: redactor.url(&out.url),
                headers: redactor.headers(&out.headers),
                body: redactor.request_body(&media_type(&out.headers), &out.body),
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
        let (settled, end, unsent) = match self.connector.client.send(out).await {
            Ok(answer) => {
                let (settled, reply) = self.read(answer, writes || self.acted).await?;
                (settled, Ok(reply), false)
            }
            Err(broken) => {
                self.took += broken.took;
                let (kind, message) = (broken.kind.as_str().to_owned(), self.redactor.message(&broken.message));
                let settled = Settled::Broken { kind, message, took: broken.took };
                (settled, Err(self.broken(&broken, writes)), !broken.sent)
            }
        };
        if let Err(error) = self.journal.settled(id, settled).await {
            tracing::error!(?error, step, "the end of an exchange could not be recorded");
            return Err(if writes && !unsent {
                Stop::Unknown(format!("{provider} was called, and how that ended could not be recorded."))
            } else {
                internal(format!("How the call to {provider} ended could not be recorded.")).into()
            });
        }
        self.usable(writes || self.acted)?;
        end
    }
}

/// What a token is asked for with.
struct Credentials {
    url: url::Url,
    client_auth: ClientAuth,
    client_id: String,
    client_secret: SecretString,
}

/// A token as it came.
pub(crate) struct Fetched {
    secret: SecretString,
    /// When it ends, where the provider says so.
    until: Option<Timestamp>,
    now: Timestamp,
}

impl Fetched {
    /// As it is kept; a token of unknown life serves once.
    fn kept(&self) -> Token {
        Token { secret: self.secret.clone(), until: self.until.unwrap_or(self.now) }
    }
}

/// The life of a token, at most a day: a number, or a number as text as some servers have it.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds.min(86_400)))
}

fn redactor(manifest: &Manifest, channel: &Channel, form_names: Vec<&str>, personal: Vec<String>) -> Arc<Redactor> {
    let secrets: &BTreeMap<String, SecretString> = &channel.secrets;
    let form_names = SensitiveNames::default().with(form_names);
    Arc::new(Redactor::new(SensitiveNames::of(manifest), form_names, secrets.values(), personal))
}
