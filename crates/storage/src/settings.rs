//! Where the data is.

use std::path::PathBuf;

use secrecy::SecretString;

/// Which database to open. Its debug output shows no password.
#[derive(Clone, Debug)]
pub enum Settings {
    /// One file on this machine.
    Sqlite {
        /// The file; it is made when it is missing, its folder is not.
        path: PathBuf,
    },
    /// A PostgreSQL database, reached as two roles.
    Postgres {
        /// `postgres://…` as a member of `dossier_app`, to which row-level security applies.
        url: SecretString,
        /// `postgres://…` as a member of `dossier_system`.
        system_url: SecretString,
    },
}
