//! Names to addresses, with a look at every address.

use std::{
    error::Error,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address;

/// Asks for the addresses of a name.
pub(crate) type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;
pub(crate) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The operating system's own way: hosts file, then DNS.
pub(crate) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// A resolver for the HTTP library. One internal address among many refuses them all, unless the operator vouches for
/// the name: a name that mixes them is either a mistake or an attempt.
pub(crate) struct Resolver {
    pub(crate) lookup: Lookup,
    pub(crate) vouched: Vouched,
}

/// Names that may lead inside.
#[derive(Clone)]
pub(crate) enum Vouched {
    None,
    One(String),
    All,
}

/// The name leads into the server's own network. Found again in the error that the HTTP library gives.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an internal address")]
pub(crate) struct LeadsInside;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let guarded = match &self.vouched {
            Vouched::None => true,
            Vouched::One(vouched) => !name.eq_ignore_ascii_case(vouched),
            Vouched::All => false,
        };
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let found = found.await?;
            if guarded && leads_inside(&name, &found) {
                return Err(Box::new(LeadsInside) as Box<dyn Error + Send + Sync>);
            }
            if found.is_empty() {
                return Err(Box::new(io::Error::from(io::ErrorKind::NotFound)) as Box<dyn Error + Send + Sync>);
            }
            // Port 0 stands for the port of the URL.
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

fn leads_inside(name: &str, found: &[IpAddr]) -> bool {
    let internal = found.iter().find(|address| !address::is_public(**address));
    if let Some(address) = internal {
        // For the operator's log only: a tenant must not learn the plan of the network.
        tracing::warn!(host = name, %address, "refused: the name leads to an internal address");
    }
    internal.is_some()
}

/// How long a name is looked up that a proxy will look up again.
const LOOK: Duration = Duration::from_secs(2);

/// What can be told from here of a name that a proxy will look up: whether it is known to lead inside.
///
/// A network that has a proxy often has no DNS for public names, so that a name without an address is let through, unless
/// it belongs to no public domain by its form. What the name means to the proxy only the proxy can tell.
pub(crate) async fn is_known_inside(lookup: &Lookup, name: &str) -> bool {
    if is_inner_name(name) {
        tracing::warn!(host = name, "refused: the name belongs to no public domain");
        return true;
    }
    match tokio::time::timeout(LOOK, lookup(name.to_owned())).await {
        Ok(Ok(found)) => leads_inside(name, &found),
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Names that no public DNS knows: without a dot, and under domains that are set aside for networks of one's own
/// (RFC 6761, 6762 and 8375; `internal` by ICANN).
fn is_inner_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let under = |domain: &&str| name.strip_suffix(*domain).is_some_and(|front| front.ends_with('.'));
    !name.contains('.') || ["internal", "local", "localhost", "home.arpa"].iter().any(under)
}
