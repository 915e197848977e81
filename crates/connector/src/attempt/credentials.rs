//! How an attempt says who is calling. Only here do expressions see the channel's secrets.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_domain::{ErrorClass, Timestamp};
use dossier_outbound::Outgoing;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use jmespath::Rcvar;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Attempt, Stop};
use crate::answer::{Reply, by_status, judge, quote};
use crate::call::{Channel, Failure, Journal, sign_in_step};
use crate::digest;
use crate::expr::{Scope, Template, text_at};
use crate::manifest::{AlgorithmRule, Auth, Carrier, ClientAuth, ClientCredentials, Exchange, Manifest};
use crate::outgoing::{self, Prepared, internal};
use crate::redact::Redactor;
use crate::signing::{self, Message};
use crate::token::{Token, TokenKey};

/// A token as it came.
pub(crate) struct Fetched {
    secret: SecretString,
    /// When it ends, where the provider says so.
    pub(super) until: Option<Timestamp>,
    now: Timestamp,
}

impl Fetched {
    /// As it is kept; a token of unknown life serves once.
    fn kept(&self) -> Token {
        Token { secret: self.secret.clone(), until: self.until.unwrap_or(self.now) }
    }
}

impl<J: Journal> Attempt<'_, J> {
    /// Puts the credentials of `names` into a request, in that order, but for signatures; gives the tokens among them.
    pub(super) async fn authorise(
        &mut self,
        names: &[String],
        out: &mut Outgoing,
    ) -> Result<Vec<(String, Token)>, Stop> {
        let mut tokens = Vec::new();
        for name in names {
            let manifest = Arc::clone(self.manifest);
            let root = self.secret_scope();
            match manifest.auth.get(name) {
                None => return Err(internal(format!("The manifest has no “{name}” under auth.")).into()),
                Some(Auth::Key { value, send }) => {
                    if let Some(value) = value.text(&root).map_err(Failure::from)? {
                        self.carry(send, &value, out)?;
                    }
                }
                Some(Auth::Basic { username, password }) => {
                    let (username, password) = (needed(username, &root)?, needed(password, &root)?);
                    self.learn(&password);
                    let value = format!("Basic {}", STANDARD.encode(format!("{username}:{password}")));
                    insert(out, &AUTHORIZATION, &value)?;
                }
                Some(Auth::ClientCredentials(_)) => {
                    let token = self.token(name).await?;
                    insert(out, &AUTHORIZATION, &format!("Bearer {}", token.secret.expose_secret()))?;
                    tokens.push((name.clone(), token));
                }
                Some(Auth::Token(exchange)) => {
                    let token = Box::pin(self.token(name)).await?;
                    self.carry(&exchange.send, token.secret.expose_secret(), out)?;
                    tokens.push((name.clone(), token));
                }
                // Made at the last moment: see `sign`.
                Some(Auth::Hmac { .. }) => {}
            }
        }
        Ok(tokens)
    }

    /// Signs a request that is about to go out: its time is now, and nothing of it changes any more.
    pub(super) fn sign(&mut self, names: &[String], out: &mut Outgoing) -> Result<(), Failure> {
        let manifest = Arc::clone(self.manifest);
        for name in names {
            let Some(Auth::Hmac { signature, stamp, send }) = manifest.auth.get(name) else { continue };
            let root = self.secret_scope();
            let at = stamp.as_ref().map(|s| signing::stamp(self.connector.ids.clock.now(), s.unit));
            if let (Some(stamp), Some(at)) = (stamp, &at) {
                out.headers.insert(&stamp.header, outgoing::header(at, stamp.header.as_str())?);
            }
            let AlgorithmRule::Fixed(algorithm) = signature.algorithm else {
                return Err(internal("A request is signed with one algorithm.".to_owned()));
            };
            let key = signature.keys.first().map(|key| needed(key, &root)).transpose()?.unwrap_or_default();
            let path = &out.url[url::Position::BeforePath..url::Position::AfterQuery];
            let timestamp = at.as_deref().unwrap_or_default();
            let (method, headers, body) = (out.method.as_str(), &out.headers, out.body.as_slice());
            let message = Message { timestamp, method, path, headers, body };
            let signed = signature.signed(&message, &root)?;
            let signature = signing::sign(algorithm, &key, signature.encoding, &signed);
            self.carry(send, &signature, out)?;
        }
        Ok(())
    }

    /// Puts a credential where it goes; from here on it is taken out of everything that is recorded.
    fn carry(&mut self, send: &Carrier, value: &str, out: &mut Outgoing) -> Result<(), Failure> {
        self.learn(value);
        match send {
            Carrier::Header { name, prefix } => insert(out, name, &format!("{prefix}{value}")),
            Carrier::Query { name } => {
                out.url.query_pairs_mut().append_pair(name, value);
                Ok(())
            }
        }
    }

    fn learn(&mut self, secret: &str) {
        Arc::make_mut(&mut self.redactor).learn(secret);
    }

    /// The kept token of `auth`, or a new one.
    async fn token(&mut self, auth: &str) -> Result<Token, Stop> {
        let slot = self.connector.tokens.slot(&self.key(auth));
        let seen = slot.fetched();
        let mut state = slot.lock().await;
        if let Some(token) = state.fresh(self.connector.ids.clock.now()) {
            self.learn(token.secret.expose_secret());
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
        let slot = self.connector.tokens.slot(&self.key(auth));
        let mut state = slot.lock().await;
        let (token, reply) = self.fetch(auth, step).await?;
        slot.keep(&mut state, &Ok(token.kept()));
        Ok((token, reply))
    }

    /// Gives up a token that the provider refused.
    pub(super) async fn give_up(&self, auth: &str, token: &Token) {
        let slot = self.connector.tokens.slot(&self.key(auth));
        slot.lock().await.drop_if(token);
    }

    fn key(&self, auth: &str) -> TokenKey {
        self.channel.token_key(self.manifest, auth)
    }

    fn secret_scope(&self) -> Rcvar {
        self.channel.secret_scope(self.connector.ids.clock.now())
    }

    async fn fetch(&mut self, auth: &str, step: &str) -> Result<(Fetched, Reply), Stop> {
        let manifest = Arc::clone(self.manifest);
        match manifest.auth.get(auth) {
            Some(Auth::ClientCredentials(asked)) => self.fetch_by_credentials(asked, step).await,
            Some(Auth::Token(exchange)) => self.fetch_by_request(exchange, step).await,
            _ => Err(internal(format!("“{auth}” brings no token.")).into()),
        }
    }

    /// Asks for a token (RFC 6749, section 4.4.2) and reads it (section 5.1).
    async fn fetch_by_credentials(&mut self, asked: &ClientCredentials, step: &str) -> Result<(Fetched, Reply), Stop> {
        let root = self.secret_scope();
        let url = outgoing::address(&asked.token_url, &root)?;
        outgoing::permit(&url, self.manifest, self.channel, true)?;
        let (id, secret) = (needed(&asked.client_id, &root)?, needed(&asked.client_secret, &root)?);
        self.learn(&secret);
        let mut pairs = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        if asked.client_auth == ClientAuth::Body {
            pairs.extend([("client_id".to_owned(), id.clone()), ("client_secret".to_owned(), secret.clone())]);
        }
        let scope = asked.scope.iter().map(|scope| ("scope", scope));
        for (name, template) in scope.chain(asked.extra.iter().map(|(name, template)| (name.as_str(), template))) {
            if let Some(text) = template.text(&root).map_err(Failure::from)? {
                pairs.push((name.to_owned(), text));
            }
        }
        let mut prepared = outgoing::form(url, &pairs);
        if asked.client_auth == ClientAuth::Basic {
            let spelled = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = STANDARD.encode(format!("{}:{}", spelled(&id), spelled(&secret)));
            insert(&mut prepared.out, &AUTHORIZATION, &format!("Basic {pair}"))?;
        }
        let reply = self.exchange(step, 1, prepared, &[], false).await?;
        if !(200..300).contains(&reply.status) {
            return Err(self.refusal(&reply).into());
        }
        let token = reply.body["access_token"].as_str().unwrap_or_default().to_owned();
        let life = seconds(&reply.body["expires_in"]);
        self.fetched(token, life, reply)
    }

    /// Asks for a token by a request of the manifest.
    async fn fetch_by_request(&mut self, exchange: &Exchange, step: &str) -> Result<(Fetched, Reply), Stop> {
        let (root, request) = (self.secret_scope(), &exchange.request);
        let Prepared { mut out, shown } = outgoing::build(request, &root, self.materials())?;
        outgoing::permit(&out.url, self.manifest, self.channel, true)?;
        Box::pin(self.authorise(&request.auth, &mut out)).await?;
        self.telling = Some(exchange.token.clone());
        let answered = self.exchange(step, 1, Prepared { out, shown }, &request.auth, false).await;
        self.telling = None;
        let reply = answered?;
        let (judging, provider) = (request.clone(), self.manifest.name.clone());
        let mut scope = Scope::default();
        scope.share("config", &root.get_field("config"));
        let judged = move |redactor: &Redactor| {
            let judged = judge(&judging, &reply, &reply.names(redactor), &scope, &provider, redactor);
            (reply, scope, judged)
        };
        let (reply, mut scope, judged) = self.work(self.received, self.acted, judged).await?;
        if let Some(judged) = judged {
            return Err(judged.failure.into());
        }
        // With its secrets: the token is one of them.
        let names = reply.whole();
        for name in ["status", "headers", "body"] {
            scope.share(name, &names.get_field(name));
        }
        let root = scope.root();
        let token = text_at(&exchange.token, &root);
        let life = exchange.life.as_ref().and_then(|life| life.value(&root).ok().flatten());
        self.fetched(token.unwrap_or_default(), life.as_ref().and_then(seconds), reply)
    }

    fn fetched(&mut self, token: String, life: Option<Duration>, reply: Reply) -> Result<(Fetched, Reply), Stop> {
        if token.is_empty() {
            let message = format!("{} was asked for a token and answered without one.", self.manifest.name);
            return Err(Failure { class: ErrorClass::Answer, message, quoted: false }.into());
        }
        self.learn(&token);
        let now = self.connector.ids.clock.now();
        let until = life.map(|life| now.plus(life));
        Ok((Fetched { secret: SecretString::from(token), until, now }, reply))
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
}

impl crate::connector::Connector {
    /// Keeps a made-up token, so that a rehearsal need not sign in.
    pub(crate) async fn keep(&self, manifest: &Manifest, channel: &Channel, auth: &str, token: &str, until: Timestamp) {
        let slot = self.tokens.slot(&channel.token_key(manifest, auth));
        let mut state = slot.lock().await;
        slot.keep(&mut state, &Ok(Token { secret: SecretString::from(token.to_owned()), until }));
    }
}

impl Channel {
    /// Whose token: whatever of the channel or of the manifest changes makes another one.
    fn token_key(&self, manifest: &Manifest, auth: &str) -> TokenKey {
        let mut credentials = format!("{} ", manifest.digest).into_bytes();
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut credentials, &self.whole_config());
        TokenKey {
            channel: self.id.clone(),
            version: self.version,
            auth: auth.to_owned(),
            credentials: digest::sha256(&credentials),
        }
    }

    /// The configuration with its secrets.
    fn whole_config(&self) -> Value {
        let mut config = self.config.as_object().cloned().unwrap_or_default();
        for (name, secret) in &self.secrets {
            config.insert(name.clone(), Value::String(secret.expose_secret().to_owned()));
        }
        Value::Object(config)
    }

    /// What expressions under `auth` see: the configuration with its secrets.
    pub(crate) fn secret_scope(&self, now: Timestamp) -> Rcvar {
        let mut scope = Scope::default();
        scope.set("config", &self.whole_config());
        scope.set("now", &Value::String(now.to_string()));
        scope.root()
    }
}

/// A credential that must be there.
fn needed(template: &Template, root: &Rcvar) -> Result<String, Failure> {
    template.text(root)?.ok_or_else(|| internal("The channel has no credentials.".to_owned()))
}

/// A header that no log may print.
fn insert(out: &mut Outgoing, name: &HeaderName, text: &str) -> Result<(), Failure> {
    let mut value: HeaderValue = outgoing::header(text, name.as_str())?;
    value.set_sensitive(true);
    out.headers.insert(name.clone(), value);
    Ok(())
}

/// The life of a token, at most a day: a number, or a number as text as some servers have it.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds.min(86_400)))
}
