//! Names to addresses, with a look at every address.

use std::{
    error::Error,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
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

/// A resolver for the HTTP library. With `guarded`, one internal address among many refuses them all: a name that
/// mixes them is either a mistake or an attempt.
pub(crate) struct Resolver {
    pub(crate) lookup: Lookup,
    pub(crate) guarded: bool,
}

/// The name leads into the server's own network. Found again in the error that the HTTP library gives.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an internal address")]
pub(crate) struct LeadsInside;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let guarded = self.guarded;
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let found = found.await?;
            if let Some(address) = found.iter().find(|address| guarded && !address::is_public(**address)) {
                // For the operator's log only: a tenant must not learn the plan of the network.
                tracing::warn!(host = name, %address, "refused: the name leads to an internal address");
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
