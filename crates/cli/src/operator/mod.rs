//! The operator's commands on an installation that is there: `dossier tenant`, `licence` and `user`.

mod given;
pub(crate) mod licence;
pub(crate) mod tenant;
pub(crate) mod user;

use std::path::PathBuf;

use clap::Args;
use dossier_app::{App, setup};
use dossier_connector::Registry;
use dossier_domain::{Clock, Licence, Timestamp};
use dossier_storage::{Db, OpenError, SCHEMA, inspect};
use serde_json::{Value, json};

pub(crate) use given::Password;

use crate::config::Config;
use crate::desk;
use crate::fault::Fault;
use crate::key;
use crate::serve::settings;

/// What each of the operator's commands can be told.
#[derive(Args)]
pub(crate) struct Place {
    /// The configuration; `dossier.toml` in this folder when there is one
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON, as docs/commands.md has it; errors too, on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// An installation, opened beside the server that may be at work on it.
pub(crate) struct Opened {
    pub(crate) app: App,
    db: Db,
}

impl Opened {
    /// Opens what the configuration names. Neither a database nor a key is made, and nothing is migrated.
    pub(crate) async fn new(config: &Config) -> Result<Self, Fault> {
        let registry =
            desk::registry(config.providers.as_deref(), "`providers` in the configuration or DOSSIER_PROVIDERS")?;
        Self::with(config, registry).await
    }

    /// Like [`Opened::new`], with providers that were read already.
    pub(crate) async fn with(config: &Config, registry: Registry) -> Result<Self, Fault> {
        let settings = settings(config)?;
        let seen = inspect(&settings, &Clock::System).await?;
        if seen.schema == 0 || seen.key_fingerprint.is_none() {
            return Err(Fault::coded("not_set_up", "Nothing is set up here yet. `dossier init` does it."));
        }
        if seen.schema < SCHEMA {
            return Err(OpenError::TooOld { found: seen.schema, needed: SCHEMA }.into());
        }
        let master = key::load(config.master_key.as_ref(), config.master_key_file.as_deref())?;
        let outbound = desk::client(config.policy()?)?;
        let db = Db::open(&settings, master).await?;
        let public = config.public_url.as_ref().map(|url| url.origin().ascii_serialization());
        let app = desk::assemble(db.clone(), desk::files(config)?, outbound, registry, public)?;
        Ok(Self { app, db })
    }

    /// Closes the database, so that nothing lies beside its file.
    pub(crate) async fn close(self) {
        self.db.close().await;
    }
}

/// What a command has to say: a line or more for people, or JSON for programs.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// Opens the installation, lets `work` be done on it, and prints the answer.
pub(crate) async fn on(
    place: &Place,
    environment: Vec<(String, String)>,
    work: impl AsyncFnOnce(&App) -> Result<Answer, Fault>,
) -> Result<(), Fault> {
    let config = Config::read(place.config.as_deref(), environment.into_iter())?;
    let opened = Opened::new(&config).await?;
    let answer = work(&opened.app).await;
    opened.close().await;
    print(place.json, &answer?);
    Ok(())
}

/// Prints an answer.
pub(crate) fn print(json: bool, answer: &Answer) {
    if json {
        crate::say!("{}", answer.json);
    } else {
        crate::say!("{}", answer.text.trim_end());
    }
}

/// Rows under a heading, each column as wide as its widest cell.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut all = vec![heading.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
    all.extend(rows.iter().cloned());
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..heading.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A tenant as other things name it.
pub(crate) fn brief(tenant: &setup::Tenant) -> Value {
    json!({ "id": tenant.id, "name": tenant.name })
}

/// Each module of a licence.
fn modules(licence: &Licence, now: Timestamp) -> Vec<Value> {
    let module = |(module, until): (&str, Option<Timestamp>)| {
        let until = until.map(|until| until.to_string());
        json!({ "module": module, "until": until, "valid": licence.covers(module, now) })
    };
    licence.modules().map(module).collect()
}

/// A licence in one line, for people where the tenant works. An end at midnight is told by the last day.
fn spoken(licence: &Licence, now: Timestamp, zone: &str) -> String {
    let told = |end: Timestamp| match setup::last_day(end, zone) {
        Some(day) => format!("the end of {day}"),
        None => end.to_string(),
    };
    let module = |(module, until): (&str, Option<Timestamp>)| match until {
        None => module.to_owned(),
        Some(until) if now < until => format!("{module} until {}", told(until)),
        Some(until) => format!("{module} ended at {}", told(until)),
    };
    let all: Vec<_> = licence.modules().map(module).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
