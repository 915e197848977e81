//! What the operator decides.

use std::{path::PathBuf, time::Duration};

use crate::{Authority, Proxy};

/// What may be called and by which way, how long and how much.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Hosts and ports that may lie inside the server's own network and may be called without encryption.
    pub allow: Vec<Authority>,
    /// The way out for everything that is not in `allow`. None for a direct way: the environment is not asked.
    pub proxy: Option<Proxy>,
    /// Files in PEM with certificates of authorities that are trusted beside those of the operating system.
    pub ca_files: Vec<PathBuf>,
    /// The limit for name, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// The limit for a whole exchange, from the call to the last byte of the answer.
    pub total_timeout: Duration,
    /// The largest body of an answer, in bytes. Never more than half of `memory`.
    pub max_body: usize,
    /// What the bodies of all answers together may take, in bytes, from their first byte until their
    /// [`Held`](crate::Held) is dropped. Buffers of the connections, below a megabyte each, come on top.
    pub memory: usize,
}

impl Default for Policy {
    /// Nothing internal, no proxy, the system's authorities, 10 seconds to connect, 60 seconds in all, 10 MB, 64 MB.
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            proxy: None,
            ca_files: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_mins(1),
            max_body: 10_000_000,
            memory: 64_000_000,
        }
    }
}
