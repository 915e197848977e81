//! What `dossier init` can be told.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use url::Url;

use crate::config::DEFAULT_FILE;
use crate::operator::Password;

/// Everything has a flag; on a terminal what they leave open is asked for.
#[derive(Args)]
#[command(after_help = "\
What comes from the environment (DOSSIER_DATABASE_URL, …) counts and is not written down, so it must be set for `dossier serve` too.
An address with a password is better set there than on the command line, which others on this computer can see.

Examples
  dossier init
  dossier init --yes --tenant 'Karoo Bank' --admin-email thandi@karoo.example --admin-name 'Thandi Maseko' --generate-password")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Options {
    /// The configuration to write, or to go by when it is there
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub(super) config: PathBuf,
    /// The folder of the files of requests, and of the database unless PostgreSQL is named [default: dossier-data]
    #[arg(long, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
    /// Where the portal listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
    /// The address that browsers use when a proxy with TLS stands before it, such as `https://kyc.example.org`
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<Url>,
    /// The file of the master key; made when there is none [default: master.key beside the configuration]
    #[arg(long, value_name = "FILE")]
    pub(super) master_key_file: Option<PathBuf>,
    /// A folder of your own providers
    #[arg(long, value_name = "FOLDER")]
    pub(super) providers: Option<PathBuf>,
    /// PostgreSQL instead of SQLite: its address as `dossier_app`, such as `postgres://dossier_app:…@db:5432/dossier`
    #[arg(long, value_name = "ADDRESS")]
    pub(super) database_url: Option<SecretString>,
    /// PostgreSQL: the same database as `dossier_system`
    #[arg(long, value_name = "ADDRESS")]
    pub(super) database_system_url: Option<SecretString>,
    /// PostgreSQL: the same database as its owner, who makes the tables; used once and written nowhere
    #[arg(long, value_name = "ADDRESS")]
    pub(super) database_owner_url: Option<SecretString>,
    /// The name of the first tenant
    #[arg(long, value_name = "NAME")]
    pub(super) tenant: Option<String>,
    /// Where it works, such as Africa/Johannesburg [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(super) time_zone: Option<String>,
    /// A module that it may use; give it again for more [default: every one that there is]
    #[arg(long = "module", value_name = "MODULE")]
    pub(super) modules: Vec<String>,
    /// The address with which its first administrator signs in
    #[arg(long, value_name = "EMAIL")]
    pub(super) admin_email: Option<String>,
    /// The administrator's name on pages
    #[arg(long, value_name = "NAME")]
    pub(super) admin_name: Option<String>,
    #[command(flatten)]
    pub(super) password: Password,
    /// Begin with an empty database although configuration and master key are there
    #[arg(long)]
    pub(super) begin_empty: bool,
    /// Print the master key too
    #[arg(long)]
    pub(super) show_key: bool,
    /// Ask nothing: what no flag says is as the defaults have it
    #[arg(long)]
    pub(super) yes: bool,
    /// Print JSON, as docs/commands.md has it, and ask nothing
    #[arg(long)]
    pub(crate) json: bool,
}
