//! What goes out and what comes back.

use std::{fmt, time::Duration};

use http::{HeaderMap, Method};
use url::Url;

use crate::memory::Held;

/// A request to send. Debug output shows the method and the host, nothing else.
pub struct Outgoing {
    /// The method. CONNECT is refused.
    pub method: Method,
    /// The address, with its query.
    pub url: Url,
    /// The headers. `Host`, `Content-Length` and `User-Agent` are added.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// A time limit for the whole exchange that is shorter than the policy's. A longer one has no effect.
    pub timeout: Option<Duration>,
}

/// A whole answer, whatever its status. Debug output shows the status and the length, nothing else.
pub struct Answer {
    /// The status code, 200 to 599 as a rule. Redirects (3xx) come as they are.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, not decompressed.
    pub body: Vec<u8>,
    /// From the call to the last byte.
    pub took: Duration,
    /// What the body holds of the memory that all answers share. Keep it beside the body.
    pub held: Held,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} to {})", self.method, self.url.host_str().unwrap_or("no host"))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes, {:?})", self.status, self.body.len(), self.took)
    }
}
