//! Why no whole answer came.

use std::{error::Error, fmt, io, time::Duration};

use crate::{authority::Authority, guard::Refusal, resolver::LeadsInside};

/// An exchange that gave no whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Broken {
    /// What went wrong, in one word.
    pub kind: BrokenKind,
    /// Whether a byte of the request may have left. False only when it is certain that none did: then, and only then,
    /// another try cannot do the same thing twice.
    pub sent: bool,
    /// One sentence for a person. It names host and port, never a path, a query or a secret.
    pub message: String,
    /// From the call to the failure.
    pub took: Duration,
}

/// What went wrong, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrokenKind {
    /// Our own guard refused the address. Nothing was sent.
    Refused,
    /// The name has no address. Nothing was sent.
    Dns,
    /// No connection. Nothing was sent.
    Connect,
    /// No trusted encryption: certificate or handshake. Nothing was sent.
    Tls,
    /// The time limit passed, for the connection or for room in the memory (nothing was sent), or for the whole exchange.
    Timeout,
    /// The connection broke while the request went out or the answer came in.
    Interrupted,
    /// The answer is larger than the policy takes.
    TooLarge,
}

impl BrokenKind {
    /// The word that is stored and shown: `refused`, `dns`, `connect`, `tls`, `timeout`, `interrupted`, `too_large`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
        }
    }
}

impl fmt::Display for BrokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure before its duration is known.
pub(crate) struct Cause {
    pub(crate) kind: BrokenKind,
    pub(crate) sent: bool,
    pub(crate) message: String,
}

impl Cause {
    pub(crate) fn after(self, took: Duration) -> Broken {
        Broken { kind: self.kind, sent: self.sent, message: self.message, took }
    }

    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self { kind: BrokenKind::Refused, sent: false, message: refusal.to_string() }
    }

    pub(crate) fn too_slow(place: &Authority, limit: Duration) -> Self {
        let message = format!("{place} gave no whole answer within {}.", words(limit));
        Self { kind: BrokenKind::Timeout, sent: true, message }
    }

    pub(crate) fn too_large(place: &Authority, limit: usize) -> Self {
        let message = format!("The answer of {place} is larger than {}, which is the limit.", size(limit));
        Self { kind: BrokenKind::TooLarge, sent: true, message }
    }

    /// There was no room for an answer. `sent` tells whether the call had begun.
    pub(crate) fn no_room(place: &Authority, limit: Duration, sent: bool) -> Self {
        let what = if sent { "the answer of" } else { "a call to" };
        let message = format!(
            "This server was busy with other large answers: within {} it had no memory for {what} {place}.",
            words(limit)
        );
        Self { kind: BrokenKind::Timeout, sent, message }
    }

    /// Reads what the HTTP library says. Its own text is not passed on: it may hold the URL. With `proxied`, the way led
    /// through the operator's proxy, which is not named: who reads this may be a tenant.
    pub(crate) fn of(error: &reqwest::Error, place: &Authority, connect_limit: Duration, proxied: bool) -> Self {
        let unsent = |kind, message| Self { kind, sent: false, message };
        if causes(error).any(<dyn Error>::is::<LeadsInside>) {
            return Self::refused(&Refusal::Internal(place.clone()));
        }
        if error.is_builder() {
            return unsent(BrokenKind::Refused, format!("The request to {place} could not be put together."));
        }
        if proxied && let Some(cause) = tunnel(error, place) {
            return cause;
        }
        if error.is_dns() {
            let message = format!("No address was found for {place}. Check the name, and the DNS of this server.");
            return unsent(BrokenKind::Dns, message);
        }
        if error.is_connect() && error.is_timeout() {
            let message = format!("{place} accepted no connection within {}.", words(connect_limit));
            return unsent(BrokenKind::Timeout, message);
        }
        if error.is_connect() {
            return match causes(error).find_map(handshake) {
                Some(reason) => {
                    let message = format!("No trusted secure connection to {place}: {reason}.");
                    unsent(BrokenKind::Tls, message)
                }
                None => unsent(BrokenKind::Connect, format!("No connection to {place}: {}.", reason(error))),
            };
        }
        if error.is_timeout() {
            let message = format!("The connection to {place} timed out.");
            return Self { kind: BrokenKind::Timeout, sent: true, message };
        }
        let message = format!("The connection to {place} broke before the answer was complete.");
        Self { kind: BrokenKind::Interrupted, sent: true, message }
    }
}

/// The error and all that lies behind it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What a TLS handshake says. The operating system's errors carry no error inside; the handshake's do, since the
/// TLS library hands its own error over inside an [`io::Error`].
fn handshake(cause: &(dyn Error + 'static)) -> Option<String> {
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    // A certificate is the other side's text, of any length.
    Some(inner.to_string().chars().filter(|letter| !letter.is_control()).take(200).collect())
}

/// What went wrong between this server and its proxy. Nothing that failed there was sent to `place`.
fn tunnel(error: &reqwest::Error, place: &Authority) -> Option<Cause> {
    // The library keeps the type to itself; its text says what it is.
    let said = causes(error)
        .map(ToString::to_string)
        .find_map(|text| Some(text.strip_prefix("tunnel error: ")?.to_owned()))?;
    let unsent = |kind, message| Some(Cause { kind, sent: false, message });
    if said == "proxy authorization required" {
        let message = format!(
            "The proxy of this server refused its credentials, so {place} was not reached. The operator can set them."
        );
        return unsent(BrokenKind::Connect, message);
    }
    if said != "failed to create underlying connection" {
        return unsent(BrokenKind::Connect, format!("The proxy of this server opened no connection to {place}."));
    }
    let kind = if error.is_dns() {
        BrokenKind::Dns
    } else if causes(error).any(|cause| handshake(cause).is_some()) {
        BrokenKind::Tls
    } else {
        BrokenKind::Connect
    };
    unsent(kind, format!("The proxy of this server could not be reached, so {place} was not either."))
}

/// The kind of the first failure of the operating system, such as "connection refused".
fn reason(error: &reqwest::Error) -> String {
    causes(error)
        .find_map(|cause| cause.downcast_ref::<io::Error>())
        .map_or_else(|| "it could not be opened".to_owned(), |error| error.kind().to_string())
}

fn size(bytes: usize) -> String {
    if bytes < 1_000_000 { format!("{} KB", bytes / 1_000) } else { format!("{} MB", bytes / 1_000_000) }
}

fn words(limit: Duration) -> String {
    if limit.subsec_nanos() == 0 && limit.as_secs() != 1 {
        format!("{} seconds", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    }
}
