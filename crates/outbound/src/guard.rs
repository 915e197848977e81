//! What is looked at before anything is sent.

use std::net::IpAddr;

use url::{Host, Url};

use crate::{address, authority::Authority};

/// Why a URL is not called. The sentences are for the person who configures a channel, and never quote the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither https nor http, or no host.
    #[error("The address must start with https:// and name a host.")]
    NotWeb,
    /// A user name or a password stands before the host.
    #[error("The address of {0} must not contain a user name or a password.")]
    UserInformation(Authority),
    /// Not encrypted, and not allowed.
    #[error("The address of {0} must start with https://. The operator can allow {0} without it.")]
    NotEncrypted(Authority),
    /// Inside the server's own network, and not allowed.
    #[error("{0} lies inside a private or reserved network and is not called. The operator can allow {0}.")]
    Internal(Authority),
    /// A method that opens a tunnel.
    #[error("The method CONNECT is not sent: it would open a tunnel past the checks.")]
    Tunnel,
}

/// How a URL may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over https, to public addresses only, through the proxy if there is one.
    Guarded(Authority),
    /// As it stands, and directly: the operator vouches for this host and port.
    Allowed(Authority),
}

pub(crate) fn way(allow: &[Authority], url: &Url) -> Result<Way, Refusal> {
    let authority = match url.scheme() {
        "https" | "http" => Authority::of(url).ok_or(Refusal::NotWeb)?,
        _ => return Err(Refusal::NotWeb),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::UserInformation(authority));
    }
    if allow.contains(&authority) {
        return Ok(Way::Allowed(authority));
    }
    // The HTTP library asks no resolver about a literal address, so that this is its only check.
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if literal.is_some_and(|address| !address::is_public(address)) {
        return Err(Refusal::Internal(authority));
    }
    if url.scheme() != "https" {
        return Err(Refusal::NotEncrypted(authority));
    }
    Ok(Way::Guarded(authority))
}
