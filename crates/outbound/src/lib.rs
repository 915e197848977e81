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
//! Redirects are not followed and are returned as the answer. No cookie is kept, no referrer is sent. Certificates are
//! checked against the roots of the operating system and those in [`Policy::ca_files`].
//!
//! A proxy is used when [`Policy::proxy`] names one, never one of the environment. What is in `allow` is called directly
//! all the same. **Behind a proxy the second guard is weaker**: the proxy looks the name up, so that it alone sees where
//! the call goes. Literal addresses are still refused here, and names that are known to lead inside. The rest, above all a
//! name that changes its mind, the proxy has to refuse.
//!
//! The bodies of all answers together take no more than [`Policy::memory`]. A call waits for its first share before it
//! sends anything, and keeps what it took until its [`Held`] is dropped.
//!
//! The room knows no provider and no tenant. It logs host, port, status and time, never a path, a header or a body.

mod address;
mod authority;
mod broken;
mod client;
mod exchange;
mod guard;
mod memory;
mod own;
mod policy;
mod proxy;
mod resolver;
mod roots;

pub use authority::{Authority, NotAnAuthority};
pub use broken::{Broken, BrokenKind};
pub use client::Client;
pub use exchange::{Answer, Outgoing};
pub use guard::Refusal;
pub use memory::Held;
pub use own::own_service;
pub use policy::Policy;
pub use proxy::{NotAProxy, Proxy};
pub use roots::Unusable;
