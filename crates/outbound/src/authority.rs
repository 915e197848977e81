//! A host and a port.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// A host and its port, as an operator writes them in the list of allowed addresses: `erp.example:8443`, `10.0.0.7:80`,
/// `[fd00::7]:443`.
///
/// There are no wildcards: each host and port that is opened is named. Two spellings of the same host are equal: letters in either case, `127.1` and `127.0.0.1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    host: Host,
    port: u16,
}

/// Why a text is not a host and a port. A sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host and a port. Write it like erp.example:8443, without https:// and without a path.")]
pub struct NotAnAuthority(String);

impl Authority {
    /// Where a URL leads. None when it has no host, or no port and a scheme without a usual one.
    pub fn of(url: &Url) -> Option<Self> {
        Some(Self { host: url.host()?.to_owned(), port: url.port_or_known_default()? })
    }
}

impl FromStr for Authority {
    type Err = NotAnAuthority;

    fn from_str(text: &str) -> Result<Self, NotAnAuthority> {
        let refusal = || NotAnAuthority(text.to_owned());
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(refusal)?;
        if host.contains('*') {
            return Err(refusal());
        }
        let host = Host::parse(host).map_err(|_| refusal())?;
        match port.parse() {
            Ok(port) if port > 0 => Ok(Self { host, port }),
            _ => Err(refusal()),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
