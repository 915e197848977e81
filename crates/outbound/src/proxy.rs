//! A proxy that the operator names.

use std::{fmt, str::FromStr};

use url::{Host, Url};

use crate::authority::Authority;

/// A proxy through which calls to public addresses leave: `http://proxy.example:3128`, or with `https://` when the way to
/// the proxy is encrypted too. A user name and a password before the host are its credentials.
///
/// Shown, also by `Debug`, are host and port only.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
    authority: Authority,
}

/// Why a text is not the address of a proxy. A sentence for the operator, without the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("This is not the address of a proxy. Write it like http://proxy.example:3128, without a path.")]
pub struct NotAProxy;

impl Proxy {
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Its name, as a resolver is asked for it. None when it is a literal address.
    pub(crate) fn name(&self) -> Option<&str> {
        match self.url.host() {
            Some(Host::Domain(name)) => Some(name),
            _ => None,
        }
    }
}

impl FromStr for Proxy {
    type Err = NotAProxy;

    fn from_str(text: &str) -> Result<Self, NotAProxy> {
        let url: Url = text.trim().parse().map_err(|_| NotAProxy)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        // What the HTTP library cannot read it passes over without a word: calls would leave past the proxy.
        let readable = url.as_str().parse::<http::Uri>().is_ok_and(|uri| uri.authority().is_some());
        let authority = Authority::of(&url).ok_or(NotAProxy)?;
        if !matches!(url.scheme(), "http" | "https") || !bare || !readable {
            return Err(NotAProxy);
        }
        Ok(Self { url, authority })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.authority.fmt(f)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}
