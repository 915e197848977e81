//! The client.

use std::{
    io,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, Method, header::CONTENT_LENGTH};
use reqwest::{Certificate, redirect, retry};
use tokio::time::timeout_at;
use url::{Host, Url};

use crate::{
    Answer, Authority, Broken, Outgoing, Policy, Proxy, Refusal, Unusable,
    broken::Cause,
    guard::{self, Way},
    memory::{Body, Memory},
    resolver::{self, Lookup, Resolver, Vouched},
    roots,
};

/// The client. Clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    policy: Policy,
    memory: Memory,
    lookup: Lookup,
    /// Calls public addresses over https, through the proxy if there is one.
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
        let roots = roots::read(&policy.ca_files)?;
        let build = |vouched, https_only, proxy| build(&policy, &roots, lookup, vouched, https_only, proxy);
        let vouched = match policy.proxy.as_ref().and_then(Proxy::name) {
            Some(name) => Vouched::One(name.to_owned()),
            None => Vouched::None,
        };
        let guarded = build(vouched, true, policy.proxy.as_ref())?;
        let allowed = build(Vouched::All, false, None)?;
        let memory = Memory::new(policy.memory, policy.max_body);
        Ok(Self(Arc::new(Inner { policy, memory, lookup: Arc::clone(lookup), guarded, allowed })))
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
        let Inner { policy, memory, lookup, guarded, allowed } = &*self.0;
        if outgoing.method == Method::CONNECT {
            return Err(Cause::refused(&Refusal::Tunnel));
        }
        let (client, place, proxied) = match guard::way(&policy.allow, &outgoing.url) {
            Ok(Way::Guarded(place)) => (guarded, place, policy.proxy.is_some()),
            Ok(Way::Allowed(place)) => (allowed, place, false),
            Err(refusal) => return Err(Cause::refused(&refusal)),
        };
        let limit = outgoing.timeout.unwrap_or(policy.total_timeout).min(policy.total_timeout);
        let call = Call { client, place: &place, policy, proxied, limit, until: started + limit };

        let first = timeout_at(call.until.into(), memory.first()).await;
        let room = first.map_err(|_| Cause::no_room(&place, limit, false))?;
        let carried = timeout_at(call.until.into(), async {
            if proxied
                && let Some(Host::Domain(name)) = outgoing.url.host()
                && resolver::is_known_inside(lookup, name).await
            {
                return Err(Cause::refused(&Refusal::Internal(place.clone())));
            }
            call.carry(outgoing, room).await
        })
        .await;
        let (status, headers, body) = carried.map_err(|_| Cause::too_slow(&place, limit))??;
        let (body, held) = body.finish();
        let took = started.elapsed();
        tracing::debug!(%place, status, bytes = body.len(), ?took, "answered");
        Ok(Answer { status, headers, body, took, held })
    }
}

/// A call that may be made.
struct Call<'a> {
    client: &'a reqwest::Client,
    place: &'a Authority,
    policy: &'a Policy,
    proxied: bool,
    limit: Duration,
    until: Instant,
}

impl Call<'_> {
    async fn carry(&self, outgoing: Outgoing, mut body: Body) -> Result<(u16, HeaderMap, Body), Cause> {
        let broken = |error: reqwest::Error| Cause::of(&error, self.place, self.policy.connect_timeout, self.proxied);
        let largest = body.largest();
        let too_large = || Cause::too_large(self.place, largest);

        let mut headers = outgoing.headers;
        if outgoing.body.is_empty() && matches!(outgoing.method, Method::POST | Method::PUT | Method::PATCH) {
            // The library leaves it out; some servers then answer 411 (RFC 9110, section 8.6).
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut request = reqwest::Request::new(outgoing.method, outgoing.url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(outgoing.body.into());
        let mut response = self.client.execute(request).await.map_err(broken)?;

        // The announced length spares reading what is too long anyway; only the counted length is believed.
        if let Some(length) = response.content_length() {
            match usize::try_from(length) {
                Ok(length) if length <= largest => body.announce(length),
                _ => return Err(too_large()),
            }
        }
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > largest {
                return Err(too_large());
            }
            if !body.has_room(chunk.len()) {
                let room = timeout_at(self.until.into(), body.make_room(chunk.len())).await;
                room.map_err(|_| Cause::no_room(self.place, self.limit, true))?;
            }
            body.push(&chunk);
        }
        Ok((response.status().as_u16(), std::mem::take(response.headers_mut()), body))
    }
}

/// What an HTTP/2 server may send ahead of what was read. It lies outside of the shared memory, so it is kept small;
/// 256 KiB still lets 2 MB a second through on a way of 100 ms.
const WINDOW: u32 = 256 * 1024;

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
fn build(
    policy: &Policy,
    roots: &[Certificate],
    lookup: &Lookup,
    vouched: Vouched,
    https_only: bool,
    proxy: Option<&Proxy>,
) -> Result<reqwest::Client, Unusable> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("Dossier/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Resolver { lookup: Arc::clone(lookup), vouched })
        .https_only(https_only)
        .no_proxy()
        .tls_certs_merge(roots.iter().cloned())
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(WINDOW)
        .connect_timeout(policy.connect_timeout);
    if let Some(proxy) = proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy.url().clone()).map_err(Unusable::Client)?);
    }
    builder.build().map_err(Unusable::Client)
}
