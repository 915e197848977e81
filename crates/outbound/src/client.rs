//! The client.

use std::{
    io,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, Method, header::CONTENT_LENGTH};
use reqwest::{redirect, retry};
use url::Url;

use crate::{
    Answer, Authority, Broken, Outgoing, Refusal,
    broken::Cause,
    guard::{self, Way},
    resolver::{self, Lookup, Resolver},
};

/// What may be called, and how long and how much.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Hosts and ports that may lie inside the server's own network and may be called without encryption.
    pub allow: Vec<Authority>,
    /// The limit for name, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// The limit for a whole exchange, from the call to the last byte of the answer.
    pub total_timeout: Duration,
    /// The largest body of an answer, in bytes.
    pub max_body: usize,
}

impl Default for Policy {
    /// Nothing internal, 10 seconds to connect, 60 seconds in all, 10 MB.
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_mins(1),
            max_body: 10_000_000,
        }
    }
}

/// Why no client could be made: as a rule, the system has no root certificates.
#[derive(Debug, thiserror::Error)]
#[error(
    "No client for https could be set up. Check that the root certificates of the system are installed (on Debian: ca-certificates)."
)]
pub struct Unusable(#[source] reqwest::Error);

/// The client. Clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    policy: Policy,
    /// Calls public addresses over https.
    guarded: reqwest::Client,
    /// Calls what the operator allowed. The resolver is told no port, so that one client could not know what to let by.
    allowed: reqwest::Client,
}

impl Client {
    /// A client that asks the operating system for the addresses of names.
    pub fn new(policy: Policy) -> Result<Self, Unusable> {
        Self::with(policy, &resolver::system())
    }

    /// A client that asks `lookup` for the addresses of names. The guard judges its answers as it judges DNS.
    pub fn with_lookup(
        policy: Policy,
        lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Result<Self, Unusable> {
        let lookup: Lookup = Arc::new(move |name: String| Box::pin(std::future::ready(lookup(&name))));
        Self::with(policy, &lookup)
    }

    fn with(policy: Policy, lookup: &Lookup) -> Result<Self, Unusable> {
        let guarded = build(&policy, lookup, true).map_err(Unusable)?;
        let allowed = build(&policy, lookup, false).map_err(Unusable)?;
        Ok(Self(Arc::new(Inner { policy, guarded, allowed })))
    }

    /// Whether a URL may be called, as far as that can be told without looking up its name.
    ///
    /// For forms: [`send`](Self::send) checks again.
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        guard::way(&self.0.policy.allow, url).map(|_| ())
    }

    /// Sends a request once and reads the whole answer. An answer of any status is an answer.
    ///
    /// When the time limit of `outgoing` or of the policy passes, [`Broken::sent`] is true even if there was no
    /// connection yet; the policy's shorter limit for connecting tells the two apart.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answer, Broken> {
        let started = Instant::now();
        match self.exchange(outgoing, started).await {
            Ok(answer) => Ok(answer),
            Err(cause) => {
                let broken = cause.after(started.elapsed());
                tracing::debug!(kind = %broken.kind, sent = broken.sent, took = ?broken.took, "{}", broken.message);
                Err(broken)
            }
        }
    }

    async fn exchange(&self, outgoing: Outgoing, started: Instant) -> Result<Answer, Cause> {
        let Inner { policy, guarded, allowed } = &*self.0;
        if outgoing.method == Method::CONNECT {
            return Err(Cause::refused(&Refusal::Tunnel));
        }
        let (client, place) = match guard::way(&policy.allow, &outgoing.url) {
            Ok(Way::Guarded(place)) => (guarded, place),
            Ok(Way::Allowed(place)) => (allowed, place),
            Err(refusal) => return Err(Cause::refused(&refusal)),
        };
        let limit = outgoing.timeout.unwrap_or(policy.total_timeout).min(policy.total_timeout);
        let carried = tokio::time::timeout(limit, carry(client, policy, &place, outgoing)).await;
        let (status, headers, body) = carried.map_err(|_| Cause::too_slow(&place, limit))??;
        let took = started.elapsed();
        tracing::debug!(%place, status, bytes = body.len(), ?took, "answered");
        Ok(Answer { status, headers, body, took })
    }
}

async fn carry(
    client: &reqwest::Client,
    policy: &Policy,
    place: &Authority,
    outgoing: Outgoing,
) -> Result<(u16, HeaderMap, Vec<u8>), Cause> {
    let broken = |error: reqwest::Error| Cause::of(&error, place, policy.connect_timeout);
    let too_large = || Cause::too_large(place, policy.max_body);

    let mut headers = outgoing.headers;
    if outgoing.body.is_empty() && matches!(outgoing.method, Method::POST | Method::PUT | Method::PATCH) {
        // The library leaves it out; some servers then answer 411 (RFC 9110, section 8.6).
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let mut request = reqwest::Request::new(outgoing.method, outgoing.url);
    *request.headers_mut() = headers;
    *request.body_mut() = Some(outgoing.body.into());
    let mut response = client.execute(request).await.map_err(broken)?;

    // The announced length spares reading what is too long anyway; only the counted length is believed.
    if response.content_length().is_some_and(|length| length > policy.max_body as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > policy.max_body {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status().as_u16(), std::mem::take(response.headers_mut()), body))
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
fn build(policy: &Policy, lookup: &Lookup, guarded: bool) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(concat!("Dossier/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Resolver { lookup: Arc::clone(lookup), guarded })
        .https_only(guarded)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .connect_timeout(policy.connect_timeout)
        .build()
}
