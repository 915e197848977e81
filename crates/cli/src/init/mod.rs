//! `dossier init`: everything that `dossier serve` needs. What is there already is kept, so that a run that was cut off is
//! finished by the next one, and a run on a finished place changes nothing.

mod first;
mod options;
mod place;

use std::path::Path;

use dossier_connector::Registry;
use dossier_domain::Clock;
use dossier_storage::{Inspection, OpenError, SCHEMA, Settings, inspect};
use dossier_vault::MasterKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

pub(crate) use options::Options;

use crate::config::Config;
use crate::desk;
use crate::fault::Fault;
use crate::init::first::{First, Made};
use crate::init::place::{Draft, Owner};
use crate::key;
use crate::operator::{Answer, print};
use crate::serve::{self, settings};
use crate::terminal;

/// Makes what is missing.
pub(crate) async fn run(options: Options, environment: Vec<(String, String)>) -> Result<(), Fault> {
    let ask = terminal::is_there() && !options.yes && !options.json;
    let draft = Draft::make(&options, environment.clone(), ask)?;
    let database = settings(&draft.config)?;
    let seen = inspect(&database, &Clock::System).await?;
    let key = Key::look(&draft.config, &seen)?;
    let registry = sound(&draft, &seen)?;
    lost(&options, &draft, &database, &seen, &key)?;

    let already = first::already(&draft.config, &seen, &key, &registry).await?;
    if let (Some(found), false, Key::There(_)) = (already.finished(), draft.is_new, &key) {
        found.is_meant(&options)?;
        print(options.json, &unchanged(&draft, &database, found));
        return Ok(());
    }
    let owner = Owner::of(&options, &draft, &seen, ask)?;
    let first = First::gather(&options, &registry, &already, ask)?;

    // From here on things are made, each whole or not at all, in an order in which the next run can go on.
    let made_key = matches!(key, Key::Missing);
    let master = key.keep(&draft.config)?;
    let shown = options.show_key.then(|| master.to_text());
    let made_database = seen.key_fingerprint.is_none();
    if let (Settings::Postgres { .. }, Some(owner)) = (&database, &owner) {
        dossier_storage::migrate(owner.url()).await?;
    }
    let (db, held) = serve::open(&database, &draft.config.data, master).await?;
    let outbound = desk::client(draft.config.policy()?)?;
    let app = desk::assemble(db.clone(), desk::files(&draft.config)?, outbound, registry, None)?;
    let made = first.make(&app).await;
    db.close().await;
    drop(held);
    let made = made?;
    // The last: where it stands, all else stood once, and what is missing is lost rather than not made yet.
    draft.write()?;
    let report = Report { draft: &draft, database: &database, made_key, made_database, made, key: shown };
    print(options.json, &report.answer());
    Ok(())
}

/// Refuses to begin anew where everything was set up once and the data are not in sight: most likely their disk is not mounted.
fn lost(options: &Options, draft: &Draft, database: &Settings, seen: &Inspection, key: &Key) -> Result<(), Fault> {
    let once = !draft.is_new && matches!(key, Key::There(_)) && seen.key_fingerprint.is_none();
    if !once || options.begin_empty {
        return Ok(());
    }
    Err(Fault::coded(
        "data_missing",
        format!(
            "The configuration {} and the master key are there, and the database ({}) is empty or missing. If its disk is not \
             mounted, mount it; if it was lost, restore it from a backup. Only if nothing was ever set up here, say so with \
             --begin-empty. Nothing was changed.",
            draft.shown_file(),
            spoken(database),
        ),
    ))
}

/// The master key before anything is done.
enum Key {
    /// It is there.
    There(MasterKey),
    /// It is to be made.
    Missing,
}

impl Key {
    /// Looks for the key. Where data are, a key is never made; and one that does not fit is told before anything is done.
    fn look(config: &Config, seen: &Inspection) -> Result<Self, Fault> {
        let file = config.master_key_file.as_deref();
        let missing = config.master_key.is_none() && file.is_some_and(|file| !file.exists());
        match &seen.key_fingerprint {
            Some(_) if missing => Err(Fault::coded(
                "key_missing",
                format!(
                    "The database holds data already, and the master key {} that they were sealed with is missing. Put it \
                     back, or name it with --master-key-file; a new one could not read them.",
                    file.unwrap_or(Path::new("")).display()
                ),
            )),
            None if missing => Ok(Self::Missing),
            fingerprint => {
                let key = key::load(config.master_key.as_ref(), file)?;
                if fingerprint.as_ref().is_some_and(|kept| *kept != key.fingerprint()) {
                    return Err(OpenError::WrongKey.into());
                }
                Ok(Self::There(key))
            }
        }
    }

    /// The key, made now when it is missing.
    fn keep(self, config: &Config) -> Result<MasterKey, Fault> {
        match (self, &config.master_key_file) {
            (Self::There(key), _) => Ok(key),
            (Self::Missing, Some(file)) => {
                place::folder_of(file)?;
                key::make(file)
            }
            (Self::Missing, None) => key::load(None, None),
        }
    }
}

/// Refuses what `dossier serve` would refuse, while nothing is made yet.
fn sound(draft: &Draft, seen: &Inspection) -> Result<Registry, Fault> {
    if let Some(wrong) = seen.roles.first() {
        return Err(Fault::coded("database", wrong.clone()));
    }
    if seen.schema > SCHEMA {
        return Err(OpenError::TooNew { found: seen.schema, known: SCHEMA }.into());
    }
    if seen.schema < SCHEMA && seen.key_fingerprint.is_some() {
        return Err(OpenError::TooOld { found: seen.schema, needed: SCHEMA }.into());
    }
    desk::client(draft.config.policy()?)?;
    draft.registry()
}

fn spoken(database: &Settings) -> String {
    match database {
        Settings::Sqlite { path } => format!("SQLite, {}", path.display()),
        Settings::Postgres { .. } => "PostgreSQL".to_owned(),
    }
}

fn word(database: &Settings) -> &'static str {
    match database {
        Settings::Sqlite { .. } => "sqlite",
        Settings::Postgres { .. } => "postgresql",
    }
}

fn key_file(config: &Config) -> Option<&Path> {
    config.master_key_file.as_deref().filter(|_| config.master_key.is_none())
}

fn unchanged(draft: &Draft, database: &Settings, found: &Made) -> Answer {
    let text = format!(
        "Everything is there already; nothing was changed.\n\n  Configuration  {}\n  Database       {}\n  Tenant         {}\n  \
         Administrator  {}\n\nTo start it: {}\nTo see whether all is well: dossier doctor --config {}\nFurther tenants and \
         people: dossier tenant add, dossier user add",
        draft.file.display(),
        spoken(database),
        found.tenant.name,
        found.administrator,
        draft.next(),
        draft.shown_file(),
    );
    let report = Report { draft, database, made_key: false, made_database: false, made: found.clone(), key: None };
    Answer { text, json: report.json() }
}

const KEEP_A_COPY: &str = "
Keep a copy of the master key now, where the backups of the data are not. Without it nothing that is sealed
can be read again, by anyone: no result, no file, no call, no secret of a channel. Whoever finds it together
with a backup can read everything.";

/// What was made, and what was there.
struct Report<'a> {
    draft: &'a Draft,
    database: &'a Settings,
    made_key: bool,
    made_database: bool,
    made: Made,
    key: Option<SecretString>,
}

impl Report<'_> {
    fn answer(&self) -> Answer {
        Answer { text: self.text(), json: self.json() }
    }

    fn json(&self) -> Value {
        let made = &self.made;
        let changed =
            self.made_key || self.draft.is_new || self.made_database || made.new_tenant || made.new_administrator;
        let mut administrator = json!({ "email": made.administrator, "made": made.new_administrator });
        if let Some(password) = &made.password {
            administrator["password"] = password.expose_secret().into();
        }
        let mut key = json!({ "file": key_file(&self.draft.config), "made": self.made_key });
        if let Some(text) = &self.key {
            key["key"] = text.expose_secret().into();
        }
        json!({
            "changed": changed,
            "configuration": { "file": self.draft.file, "made": self.draft.is_new },
            "master_key": key,
            "database": { "kind": word(self.database), "made": self.made_database },
            "tenant": { "id": made.tenant.id, "name": made.tenant.name, "made": made.new_tenant },
            "administrator": administrator,
            "url": self.draft.url(),
            "next": self.draft.next(),
        })
    }

    fn text(&self) -> String {
        let made = &self.made;
        let place =
            key_file(&self.draft.config).map_or("DOSSIER_MASTER_KEY".to_owned(), |file| file.display().to_string());
        let parts = [
            (self.draft.is_new, "configuration", self.draft.shown_file()),
            (self.made_key, "master key", place),
            (self.made_database, "database", spoken(self.database)),
            (made.new_tenant, "tenant", made.tenant.name.clone()),
            (made.new_administrator, "administrator", made.administrator.clone()),
        ];
        let mut lines: Vec<_> = parts
            .into_iter()
            .map(|(is_new, what, which)| {
                format!("  {:<10} {what:<14} {which}", if is_new { "made" } else { "was there" })
            })
            .collect();
        if let Some(password) = &made.password {
            lines.push(format!("\nPassword of {}, shown this once: {}", made.administrator, password.expose_secret()));
        }
        if self.made_key {
            lines.push(KEEP_A_COPY.to_owned());
        }
        if let Some(key) = &self.key {
            lines.push(format!("\nThe master key, because --show-key asked for it: {}", key.expose_secret()));
        }
        lines.push(format!(
            "\nNext\n  1. {}\n  2. Open {} and sign in as {}.\n  3. dossier doctor --config {}   says whether all is well.",
            self.draft.next(),
            self.draft.url(),
            made.administrator,
            self.draft.shown_file(),
        ));
        lines.join("\n")
    }
}
