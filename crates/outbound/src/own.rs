//! The client for a service of the operator's own.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{redirect, retry};

use crate::{Unusable, roots};

/// A client for the one service beside the database that the operator's configuration names: the store of files. Its
/// address is as trusted as the database's, so no guard stands before it, and a service inside the own network is the
/// usual one ([ADR 8](../../../docs/adr/0008-files-in-a-bucket.md)). Certificates are checked as everywhere; no redirect
/// is followed, and no proxy is used, not even one of the environment.
///
/// # Errors
/// [`Unusable`] when a file of `ca_files` cannot be read.
#[expect(clippy::disallowed_methods, reason = "this room makes the HTTP clients")]
pub fn own_service(ca_files: &[PathBuf]) -> Result<reqwest::Client, Unusable> {
    reqwest::Client::builder()
        .user_agent(concat!("Dossier/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .tls_certs_merge(roots::read(ca_files)?)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(20))
        .timeout(Duration::from_mins(2))
        .build()
        .map_err(Unusable::Client)
}
