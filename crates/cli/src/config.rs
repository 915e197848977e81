//! The configuration of `dossier serve`: a TOML file, then the environment, which wins.
//!
//! Every key stands in `docs/running.md`. A key or variable that is not known is refused, because a misspelt setting
//! that is silently ignored is found out at night.

mod files;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use dossier_outbound::{Authority, Policy, Proxy};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

pub(crate) use files::Files;

use crate::fault::Fault;

/// Where the file is looked for when none is named.
pub(crate) const DEFAULT_FILE: &str = "dossier.toml";

/// How the variables begin that others read.
const ELSEWHERE: &[&str] = &["PROVIDER_", "SIMULATOR_", "TEST_", "CHECK_"];

/// What `dossier serve` and `dossier migrate` are told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where the portal listens.
    pub(crate) listen: SocketAddr,
    /// The address under which browsers reach it, when a proxy stands before it; an `https` address switches HSTS on.
    pub(crate) public_url: Option<Url>,
    /// The folder of the SQLite database and of the files of requests.
    pub(crate) data: PathBuf,
    /// The file with the master key, when `DOSSIER_MASTER_KEY` does not hold the key itself.
    pub(crate) master_key_file: Option<PathBuf>,
    /// The master key, from the environment only.
    #[serde(skip)]
    pub(crate) master_key: Option<SecretString>,
    /// PostgreSQL; SQLite in `data` when absent.
    pub(crate) database: Database,
    /// What may be called besides public addresses over HTTPS, and by which way.
    pub(crate) outbound: Outbound,
    /// The store of files; the folder `files` in `data` when it names no bucket.
    pub(crate) files: Files,
    /// The folder of the operator's own providers.
    pub(crate) providers: Option<PathBuf>,
    /// The rule that a test does without, from the environment only.
    #[cfg(feature = "switches")]
    #[serde(skip)]
    pub(crate) without: Option<dossier_storage::Guard>,
}

/// The three roles of PostgreSQL (`docs/running.md`).
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Database {
    /// As `dossier_app`, to whom row-level security applies.
    pub(crate) url: Option<SecretString>,
    /// As `dossier_system`, for sign-in, jobs and recovery.
    pub(crate) system_url: Option<SecretString>,
    /// As `dossier_owner`, for `dossier migrate` alone.
    pub(crate) owner_url: Option<SecretString>,
}

/// Exceptions for providers inside the own network, and the way to those outside.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Outbound {
    /// `host:port` of each provider that may be reached without TLS or inside the own network.
    pub(crate) allow: Vec<String>,
    /// A file with certificates of authorities that are trusted beside those of the system.
    pub(crate) ca_file: Option<PathBuf>,
    /// The proxy through which all others are reached; it may hold a password.
    pub(crate) proxy: Option<SecretString>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            data: PathBuf::from("dossier-data"),
            master_key_file: None,
            master_key: None,
            database: Database::default(),
            outbound: Outbound::default(),
            files: Files::default(),
            providers: None,
            #[cfg(feature = "switches")]
            without: None,
        }
    }
}

impl Config {
    /// Reads `file` (or `dossier.toml` here, when there is one) and then `environment`.
    pub(crate) fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Fault> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let written = if file.is_some() || path.exists() {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Fault::new(format!("The configuration {} cannot be read: {e}.", path.display())))?;
            Self::parse(path, &text)?
        } else {
            Self::default()
        };
        written.with(environment)
    }

    /// What `text` says, which stands in `path` or is to stand there.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Fault> {
        toml::from_str(text).map_err(|e| misread(path, text, &e))
    }

    /// What it says together with `environment`, which wins.
    pub(crate) fn with(self, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Fault> {
        let mut config = self;
        for (name, value) in environment {
            if let Some(name) = name.strip_prefix("DOSSIER_") {
                config.set(name, &value)?;
            }
        }
        let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if config.public_url.as_ref().is_some_and(|url| !web(url)) {
            return Err(Fault::new("public_url is not an address of a website, such as https://kyc.example.org."));
        }
        Ok(config)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let bad = |what: &str| Fault::new(format!("The environment variable DOSSIER_{name} is not {what}."));
        match name {
            "LISTEN" => {
                self.listen = value.parse().map_err(|_| bad("an address with a port, such as 127.0.0.1:8080"))?;
            }
            "PUBLIC_URL" => {
                self.public_url = Some(value.parse().map_err(|_| bad("an address such as https://kyc.example.org"))?);
            }
            "DATA" => self.data = value.into(),
            "MASTER_KEY" => self.master_key = Some(SecretString::from(value)),
            "MASTER_KEY_FILE" => self.master_key_file = Some(value.into()),
            "DATABASE_URL" => self.database.url = Some(SecretString::from(value)),
            "DATABASE_SYSTEM_URL" => self.database.system_url = Some(SecretString::from(value)),
            "DATABASE_OWNER_URL" => self.database.owner_url = Some(SecretString::from(value)),
            "PROVIDERS" => self.providers = Some(value.into()),
            "OUTBOUND_ALLOW" => self.outbound.allow = value.split([',', ' ']).map(str::to_owned).collect(),
            "OUTBOUND_CA_FILE" => self.outbound.ca_file = Some(value.into()),
            "OUTBOUND_PROXY" => self.outbound.proxy = Some(SecretString::from(value)),
            name if name.starts_with("FILES_") => {
                let known = self.files.set(&name["FILES_".len()..], value).map_err(bad)?;
                if !known {
                    return Err(unknown(name));
                }
            }
            // A guard can be switched off only in a program that is built for it.
            #[cfg(feature = "switches")]
            "TEST_WITHOUT" if value == "sending-row" => self.without = Some(dossier_storage::Guard::SendingRow),
            "TEST_WITHOUT" => {
                return Err(Fault::new(
                    "The environment variable DOSSIER_TEST_WITHOUT asks for a rule to be switched off, which this program cannot do.",
                ));
            }
            // Read elsewhere: the filter of the log, the tools for authors of providers, and the project's own checks.
            name if name == "LOG" || ELSEWHERE.iter().any(|begin| name.starts_with(begin)) => {}
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// What [`Outbound`] says to the HTTP client.
    pub(crate) fn policy(&self) -> Result<Policy, Fault> {
        let proxy = self.outbound.proxy.as_ref().map(ExposeSecret::expose_secret).filter(|text| !text.is_empty());
        let proxy = proxy.map(str::parse::<Proxy>).transpose().map_err(|_| {
            Fault::new(
                "outbound.proxy is not the address of a proxy, such as http://proxy.internal:3128, without a path.",
            )
        })?;
        Ok(Policy { allow: self.allowed()?, proxy, ca_files: self.ca_files(), ..Policy::default() })
    }

    /// The authorities that are trusted beside those of the system.
    pub(crate) fn ca_files(&self) -> Vec<PathBuf> {
        self.outbound.ca_file.clone().filter(|file| !file.as_os_str().is_empty()).into_iter().collect()
    }

    fn allowed(&self) -> Result<Vec<Authority>, Fault> {
        let entries = self.outbound.allow.iter().filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                entry.parse().map_err(|_| {
                    Fault::new(format!("“{entry}” in outbound.allow is not host:port, such as yente.internal:8000."))
                })
            })
            .collect()
    }
}

fn unknown(name: &str) -> Fault {
    Fault::new(format!("The environment variable DOSSIER_{name} is not known. docs/running.md lists those that are."))
}

/// One sentence with the place, without the source text: a configuration holds passwords.
fn misread(path: &Path, text: &str, error: &toml::de::Error) -> Fault {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let why = error.message().lines().next().unwrap_or_default();
    Fault::new(format!("The configuration {} is wrong in line {line}: {why}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::read(None, pairs.into_iter()).map_err(|fault| fault.to_string())
    }

    fn from(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dossier.toml");
        std::fs::write(&path, text).unwrap();
        let fault = |fault: Fault| fault.to_string().replace(&path.display().to_string(), "FILE");
        Config::read(Some(&path), std::iter::empty()).map_err(fault)
    }

    #[test]
    fn without_anything_it_listens_on_loopback_only() {
        assert!(with(&[]).unwrap().listen.ip().is_loopback());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dossier.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\ndata = \"here\"").unwrap();
        let environment =
            [("DOSSIER_LISTEN".to_owned(), "127.0.0.1:2".to_owned()), ("HOME".to_owned(), "x".to_owned())];
        let config = Config::read(Some(&path), environment.into_iter()).unwrap();
        assert_eq!((config.listen.port(), config.data), (2, PathBuf::from("here")));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let said = from("listen = \"127.0.0.1:1\"\n\nlisen = 4\n").unwrap_err();
        assert!(said.starts_with("The configuration FILE is wrong in line 3: unknown field `lisen`"), "{said}");
        let said = from("[database]\nurll = \"postgres://dossier:hunter2@db/dossier\"\n").unwrap_err();
        assert!(said.contains("line 2: unknown field `urll`") && !said.contains("hunter2"), "{said}");
        assert_eq!(
            with(&[("DOSSIER_LISEN", "1")]).unwrap_err(),
            "The environment variable DOSSIER_LISEN is not known. docs/running.md lists those that are."
        );
    }

    #[test]
    fn a_bad_value_says_what_it_should_look_like() {
        let said = with(&[("DOSSIER_LISTEN", "8080")]).unwrap_err();
        assert_eq!(
            said,
            "The environment variable DOSSIER_LISTEN is not an address with a port, such as 127.0.0.1:8080."
        );
        let config = with(&[("DOSSIER_OUTBOUND_ALLOW", "yente.internal:8000, nonsense")]).unwrap();
        let said = config.policy().unwrap_err().to_string();
        assert_eq!(said, "“nonsense” in outbound.allow is not host:port, such as yente.internal:8000.");
    }

    #[test]
    fn a_proxy_comes_from_the_file_or_the_environment_and_its_password_is_not_shown() {
        let written =
            from("[outbound]\nproxy = \"http://desk:hunter2@proxy.internal:3128\"\nca_file = \"own.pem\"").unwrap();
        let given = with(&[
            ("DOSSIER_OUTBOUND_PROXY", "http://desk:hunter2@proxy.internal:3128"),
            ("DOSSIER_OUTBOUND_CA_FILE", "own.pem"),
        ]);
        for config in [written, given.unwrap()] {
            let policy = config.policy().unwrap();
            assert_eq!(policy.proxy.as_ref().unwrap().to_string(), "proxy.internal:3128");
            assert_eq!(policy.ca_files, [PathBuf::from("own.pem")]);
            assert!(!format!("{config:?} {policy:?}").contains("hunter2"));
        }

        let none = with(&[("HTTPS_PROXY", "http://proxy.internal:3128"), ("DOSSIER_OUTBOUND_PROXY", "")]).unwrap();
        assert_eq!(none.policy().unwrap().proxy, None, "another program's variable is not ours");

        for bad in ["desk:hunter2@proxy.internal:3128", "socks5://desk:hunter2@proxy.internal", "http://hunter2/path"] {
            let said = with(&[("DOSSIER_OUTBOUND_PROXY", bad)]).unwrap().policy().unwrap_err().to_string();
            assert!(
                said.starts_with("outbound.proxy is not the address of a proxy") && !said.contains("hunter2"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_public_address_without_its_scheme_is_refused() {
        let said = with(&[("DOSSIER_PUBLIC_URL", "kyc.example.org:8443")]).unwrap_err();
        assert_eq!(said, "public_url is not an address of a website, such as https://kyc.example.org.");
        assert!(from("public_url = \"localhost:8443\"").unwrap_err().contains("public_url is not"));
        assert!(with(&[("DOSSIER_PUBLIC_URL", "https://kyc.example.org")]).is_ok());
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        let said = Config::read(Some(Path::new("/nowhere/dossier.toml")), std::iter::empty()).unwrap_err().to_string();
        assert!(said.starts_with("The configuration /nowhere/dossier.toml cannot be read: "), "{said}");
    }
}
