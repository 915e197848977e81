//! Authorities that the operator trusts beside those of the operating system.

use std::{
    io,
    path::{Path, PathBuf},
};

use reqwest::Certificate;

/// Why no client could be made. A sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// As a rule, the system has no root certificates.
    #[error(
        "No client for https could be set up. Check that the root certificates of the system are installed (on Debian: ca-certificates)."
    )]
    Client(#[source] reqwest::Error),
    /// A file of authorities that is not there or not readable.
    #[error("The file of certificate authorities {} cannot be read: {error}.", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// A file of authorities without a usable one.
    #[error(
        "The file of certificate authorities {} holds no certificate that can be used. It must be in PEM, beginning with -----BEGIN CERTIFICATE-----.",
        .0.display()
    )]
    NoCertificate(PathBuf),
}

/// All certificates of `files`.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<Certificate>, Unusable> {
    let mut all = Vec::new();
    for file in files {
        all.extend(of(file)?);
    }
    Ok(all)
}

fn of(file: &Path) -> Result<Vec<Certificate>, Unusable> {
    let pem = std::fs::read(file).map_err(|error| Unusable::Unreadable { file: file.to_owned(), error })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() && are_usable(&found) => Ok(found),
        _ => Err(Unusable::NoCertificate(file.to_owned())),
    }
}

/// Whether each is a certificate inside, too. Only a client finds that out.
#[expect(clippy::disallowed_methods, reason = "this client is thrown away")]
fn are_usable(certificates: &[Certificate]) -> bool {
    reqwest::Client::builder().no_proxy().tls_certs_only(certificates.to_vec()).build().is_ok()
}
