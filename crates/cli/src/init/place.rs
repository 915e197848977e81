//! Where everything lies: the configuration, found or drafted.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use dossier_connector::Registry;
use dossier_storage::{Inspection, SCHEMA};
use secrecy::{ExposeSecret, SecretString};
use toml::{Table, Value};

use super::Options;
use crate::config::Config;
use crate::desk;
use crate::fault::Fault;
use crate::keep;
use crate::terminal;

/// The configuration, as it stands or is to be written.
pub(super) struct Draft {
    /// The file.
    pub(super) file: PathBuf,
    /// Whether it is yet to be written.
    pub(super) is_new: bool,
    text: String,
    /// What it says together with the environment.
    pub(super) config: Config,
}

impl Draft {
    /// The configuration that is there, or a new one of flags and answers.
    pub(super) fn make(options: &Options, environment: Vec<(String, String)>, ask: bool) -> Result<Self, Fault> {
        let file = absolute(&options.config)?;
        let (text, is_new) = match std::fs::read_to_string(&file) {
            Ok(text) => (text, false),
            Err(e) if e.kind() == ErrorKind::NotFound => (draft(options, &file, &environment, ask)?, true),
            Err(e) => return Err(Fault::new(format!("The configuration {} cannot be read: {e}.", file.display()))),
        };
        let config = Config::parse(&file, &text)?.with(environment.into_iter())?;
        if config.master_key.is_none() && config.master_key_file.is_none() {
            return Err(Fault::new(format!(
                "The configuration {} names no master_key_file. Write one into it, such as \"{}\".",
                file.display(),
                file.with_file_name("master.key").display()
            )));
        }
        let draft = Self { file, is_new, text, config };
        if !is_new {
            draft.agree(options)?;
        }
        Ok(draft)
    }

    /// A configuration that is there is never changed: a flag that says otherwise is refused rather than ignored.
    fn agree(&self, options: &Options) -> Result<(), Fault> {
        let config = &self.config;
        let file = |path: &Option<PathBuf>| path.as_deref().map(absolute).transpose();
        let other = |given: &Option<SecretString>, kept: &Option<SecretString>| {
            given.is_some()
                && given.as_ref().map(ExposeSecret::expose_secret) != kept.as_ref().map(ExposeSecret::expose_secret)
        };
        let differs = [
            ("--data", options.data.is_some() && file(&options.data)? != Some(absolute(&config.data)?)),
            ("--listen", options.listen.is_some_and(|listen| listen != config.listen)),
            ("--public-url", options.public_url.is_some() && options.public_url != config.public_url),
            (
                "--master-key-file",
                options.master_key_file.is_some() && file(&options.master_key_file)? != file(&config.master_key_file)?,
            ),
            ("--providers", options.providers.is_some() && file(&options.providers)? != file(&config.providers)?),
            ("--database-url", other(&options.database_url, &config.database.url)),
            ("--database-system-url", other(&options.database_system_url, &config.database.system_url)),
        ];
        match differs.into_iter().find(|(_, differs)| *differs) {
            Some((flag, _)) => Err(Fault::coded(
                "conflict",
                format!(
                    "The configuration {} is there already and says something else than {flag}. Edit it, or name another file \
                     with --config; nothing was changed.",
                    self.file.display()
                ),
            )),
            None => Ok(()),
        }
    }

    /// Writes the configuration, unless it is there.
    pub(super) fn write(&self) -> Result<(), Fault> {
        if !self.is_new {
            return Ok(());
        }
        folder_of(&self.file)?;
        keep::private(&self.file, &self.text)
            .map_err(|e| Fault::new(format!("The configuration {} cannot be written: {e}.", self.file.display())))
    }

    /// The providers by this configuration.
    pub(super) fn registry(&self) -> Result<Registry, Fault> {
        desk::registry(self.config.providers.as_deref(), "`providers` in the configuration or DOSSIER_PROVIDERS")
    }

    /// The command that starts the portal.
    pub(super) fn next(&self) -> String {
        format!("dossier serve --config {}", self.shown_file())
    }

    pub(super) fn shown_file(&self) -> String {
        self.file.display().to_string()
    }

    /// Where people find the portal.
    pub(super) fn url(&self) -> String {
        let listen = format!("http://{}", self.config.listen);
        self.config.public_url.as_ref().map_or(listen, |url| url.origin().ascii_serialization())
    }
}

/// The text of a new configuration. What the environment says stands there and not here.
fn draft(options: &Options, file: &Path, environment: &[(String, String)], ask: bool) -> Result<String, Fault> {
    let set = |name: &str| environment.iter().any(|(variable, value)| variable == name && !value.is_empty());
    let mut top = Table::new();
    let mut database = Table::new();
    let (mut url, mut system) = (options.database_url.clone(), options.database_system_url.clone());
    if ask && url.is_none() && !set("DOSSIER_DATABASE_URL") {
        (url, system) = ask_database()?;
    }
    for (key, address) in [("url", url), ("system_url", system)] {
        if let Some(address) = address {
            database.insert(key.to_owned(), address.expose_secret().into());
        }
    }
    let mut put = |key: &str, value: Option<String>, asked: Option<(&str, &str)>, check: &Check| -> Result<(), Fault> {
        let variable = format!("DOSSIER_{}", key.to_uppercase());
        let value = match (value, asked) {
            (Some(value), _) => Some(value),
            (None, _) if set(&variable) => None,
            (None, Some((title, default))) if ask => Some(terminal::ask(title, Some(default), check)?),
            (None, Some((_, default))) => Some(default.to_owned()),
            (None, None) => None,
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            top.insert(key.to_owned(), Value::String(value));
        }
        Ok(())
    };
    let path = |path: &Option<PathBuf>| path.as_deref().map(shown).transpose();
    let data = shown(Path::new("dossier-data"))?;
    put("data", path(&options.data)?, Some(("Folder of the data", &data)), &a_path)?;
    let listen = options.listen.map(|listen| listen.to_string());
    put("listen", listen, Some(("Address and port to listen on", "127.0.0.1:8080")), &a_socket)?;
    let public = options.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    let title = "Public address, such as https://kyc.example.org (empty: this computer only)";
    put("public_url", public, Some((title, "")), &a_website)?;
    if !set("DOSSIER_MASTER_KEY") {
        let key = shown(&file.with_file_name("master.key"))?;
        put("master_key_file", path(&options.master_key_file)?, Some(("File of the master key", &key)), &a_path)?;
    }
    put("providers", path(&options.providers)?, None, &a_path)?;
    if !database.is_empty() {
        top.insert("database".to_owned(), Value::Table(database));
    }
    let body = toml::to_string(&top).map_err(|e| Fault::new(format!("The configuration cannot be written: {e}.")))?;
    Ok(format!(
        "# Written by `dossier init`. docs/running.md says what each key means, and which there are besides.\n{body}"
    ))
}

/// Reads an answer, or says what it should look like.
type Check = dyn Fn(&str) -> Result<String, String>;

fn a_path(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("Enter a path.".to_owned());
    }
    shown(Path::new(text)).map_err(|fault| fault.to_string())
}

fn a_socket(text: &str) -> Result<String, String> {
    let read = text.parse::<std::net::SocketAddr>();
    read.map(|address| address.to_string())
        .map_err(|_| "Enter an address with a port, such as 127.0.0.1:8080.".to_owned())
}

fn a_website(text: &str) -> Result<String, String> {
    let web = |url: &url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match text.parse::<url::Url>() {
        _ if text.is_empty() => Ok(String::new()),
        Ok(url) if web(&url) => Ok(url.origin().ascii_serialization()),
        _ => Err("Enter an address of a website, such as https://kyc.example.org, or nothing.".to_owned()),
    }
}

/// The addresses as both roles of the server; none for SQLite.
fn ask_database() -> Result<(Option<SecretString>, Option<SecretString>), Fault> {
    let postgres = terminal::ask("Database: sqlite (one file, one server) or postgresql", Some("sqlite"), |text| {
        match text.to_lowercase().as_str() {
            "sqlite" => Ok(false),
            "postgresql" | "postgres" => Ok(true),
            _ => Err("Enter sqlite or postgresql.".to_owned()),
        }
    })?;
    if !postgres {
        return Ok((None, None));
    }
    terminal::tell("Addresses look like postgres://role:password@host:5432/database. What you type is not shown.");
    let app = terminal::ask_unseen("Address as dossier_app")?;
    let system = terminal::ask_unseen("Address as dossier_system")?;
    Ok((Some(app.into()), Some(system.into())))
}

/// The address of the owner of a PostgreSQL database whose tables are to be made.
pub(super) struct Owner(SecretString);

impl Owner {
    /// Nothing when the tables are as they should be.
    pub(super) fn of(options: &Options, draft: &Draft, seen: &Inspection, ask: bool) -> Result<Option<Self>, Fault> {
        if draft.config.database.url.is_none() || seen.schema >= SCHEMA {
            return Ok(None);
        }
        if let Some(url) = options.database_owner_url.as_ref().or(draft.config.database.owner_url.as_ref()) {
            return Ok(Some(Self(url.clone())));
        }
        if ask {
            return Ok(Some(Self(terminal::ask_unseen("Address as dossier_owner, who makes the tables")?.into())));
        }
        Err(Fault::coded(
            "usage",
            "The tables are to be made by the owner of the database: set DOSSIER_DATABASE_OWNER_URL for this once, or give \
             --database-owner-url. It is written nowhere.",
        ))
    }

    pub(super) fn url(&self) -> &SecretString {
        &self.0
    }
}

/// Makes the folder of a file.
pub(super) fn folder_of(file: &Path) -> Result<(), Fault> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder)
        .map_err(|e| Fault::new(format!("The folder {} cannot be made: {e}.", folder.display())))
}

/// From wherever the server will be started.
fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|e| Fault::new(format!("The path {} cannot be used: {e}.", path.display())))
}

fn shown(path: &Path) -> Result<String, Fault> {
    let path = absolute(path)?;
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        Fault::new(format!("The path {} is not text in UTF-8, so no configuration can name it.", path.display()))
    })
}
