//! `dossier serve` and `dossier migrate`.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use dossier_app::runs::Worker;
use dossier_storage::{Db, Settings};
use dossier_vault::MasterKey;
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::desk;
use crate::fault::Fault;
use crate::key;

/// The SQLite database inside the data folder.
pub(crate) const DATABASE: &str = "dossier.db";
/// The folder of the files inside the data folder.
pub(crate) const FILES: &str = "files";

/// Serves the portal.
pub(crate) async fn serve(config: Config) -> Result<(), Fault> {
    tracing_subscriber::fmt().json().with_env_filter(filter()).with_writer(std::io::stderr).init();
    desk::hold_many();
    let settings = settings(&config)?;
    let master = key::load(config.master_key.as_ref(), config.master_key_file.as_deref())?;
    let outbound = desk::client(config.policy()?)?;
    let registry =
        desk::registry(config.providers.as_deref(), "`providers` in the configuration or DOSSIER_PROVIDERS")?;
    let listener = desk::bind(config.listen, "`listen` in the configuration or DOSSIER_LISTEN").await?;
    let address = listener.local_addr().map_err(|e| Fault::new(format!("The port cannot be read: {e}.")))?;
    // An empty installation in the place of one that is not mounted would let nobody in, and say nothing.
    if let Settings::Sqlite { path } = &settings
        && !path.exists()
    {
        return Err(Fault::coded(
            "not_set_up",
            format!(
                "There is no database {}. If its disk is not mounted, mount it; if nothing was set up yet, `dossier init` does.",
                path.display()
            ),
        ));
    }
    let (db, held) = open(&settings, &config.data, master).await?;
    #[cfg(feature = "switches")]
    if let Some(guard) = config.without {
        db.guards().off(guard);
    }
    let public = config.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    let app = desk::assemble(db.clone(), desk::files(&config)?, outbound, registry, public.clone())?;
    if held.is_some() {
        desk::reclaim(&app).await?;
    }
    let worker = Worker::start(&app);
    let stop = desk::asked_to_stop()?;
    tracing::info!(listen = %address, "ready");
    desk::serve(db, app, worker, listener, dossier_web::Options::default().public_origin(public), stop).await
}

/// Opens the database and makes the folder of the data, which with SQLite is held by this process alone: for SQLite before, because the database lies in it; for
/// PostgreSQL after, so that a wrong address leaves nothing behind.
pub(crate) async fn open(settings: &Settings, data: &Path, master: MasterKey) -> Result<(Db, Option<File>), Fault> {
    if matches!(settings, Settings::Sqlite { .. }) {
        desk::make_folder(data)?;
        let held = desk::hold(data, "`data` in the configuration or DOSSIER_DATA")?;
        return Ok((Db::open(settings, master).await?, Some(held)));
    }
    let db = Db::open(settings, master).await?;
    desk::make_folder(data)?;
    Ok((db, None))
}

/// Migrates the database. SQLite is migrated when it is opened; PostgreSQL as the owner of its tables.
pub(crate) async fn migrate(config: &Config) -> Result<(), Fault> {
    match settings(config)? {
        sqlite @ Settings::Sqlite { .. } => {
            let master = key::load(config.master_key.as_ref(), config.master_key_file.as_deref())?;
            let (db, _held) = open(&sqlite, &config.data, master).await?;
            db.close().await;
        }
        Settings::Postgres { .. } => {
            let owner = config.database.owner_url.as_ref().ok_or_else(|| {
                Fault::new("To migrate PostgreSQL, set database.owner_url or DOSSIER_DATABASE_OWNER_URL.")
            })?;
            dossier_storage::migrate(owner).await?;
        }
    }
    let _ = writeln!(std::io::stdout(), "The database is up to date.");
    Ok(())
}

/// Which database the configuration names.
pub(crate) fn settings(config: &Config) -> Result<Settings, Fault> {
    match (&config.database.url, &config.database.system_url) {
        (None, None) => Ok(Settings::Sqlite { path: config.data.join(DATABASE) }),
        (Some(url), Some(system_url)) => Ok(Settings::Postgres { url: url.clone(), system_url: system_url.clone() }),
        (None, Some(_)) => {
            Err(Fault::new("database.system_url is set but database.url is not: PostgreSQL takes both."))
        }
        (Some(_), None) => {
            Err(Fault::new("database.url is set but database.system_url is not: PostgreSQL takes both."))
        }
    }
}

/// What is logged: `DOSSIER_LOG`, in the notation of tracing's filters, or everything from `info` on.
pub(crate) fn filter() -> EnvFilter {
    EnvFilter::try_from_env("DOSSIER_LOG").unwrap_or_else(|_| EnvFilter::new("info"))
}
