//! The one guarded HTTP client: everything that leaves the process goes through it.
//!
//! Addresses come from tenants, so they are not trusted. Two guards stand before every call:
//!
//! 1. [`Client::check`] reads the URL: https only, no user information, no literal address inside the server's own
//!    network. The [`url`] crate has already turned decimal, octal and hexadecimal spellings into plain addresses.
//! 2. A resolver of our own looks at the addresses that a name has **at the moment of the call**. If one of them is
//!    internal, the call is refused. A name that changes its mind after the first check is caught here.
//!
//! An operator opens a `host:port` by name in [`Policy::allow`]; for it alone both guards step aside.
//!
//! Every call has a connection of its own. A kept connection can be closed by the other side just as a request goes out,
//! and then nobody knows whether a charged check was started. For the same reason nothing is ever sent again here:
//! [`Broken::sent`] tells the caller whether another try is safe.
//!
//! Redirects are not followed and are returned as the answer. No proxy is taken from the environment, no cookie is
//! kept, no referrer is sent. Certificates are checked against the roots of the operating system.
//!
//! The room knows no provider and no tenant. It logs host, port, status and time, never a path, a header or a body.

mod address;
mod authority;
mod broken;
mod client;
mod exchange;
mod guard;
mod resolver;

pub use authority::{Authority, NotAnAuthority};
pub use broken::{Broken, BrokenKind};
pub use client::{Client, Policy, Unusable};
pub use exchange::{Answer, Outgoing};
pub use guard::Refusal;
