//! The versions of the schema: a file for each database and version, built into the program.
//!
//! To add one: `migrations/sqlite/000N_….sql` and `migrations/postgres/000N_….sql`, and a line in each list here. Written
//! so that the program of the version before still works beside it. A file that was released never changes.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The version that this program works with.
pub(crate) const VERSION: i64 = 14;

const SQLITE: &[(i64, &str, &str)] = &[
    (1, "schema", include_str!("../migrations/sqlite/0001_schema.sql")),
    (2, "sent files", include_str!("../migrations/sqlite/0002_sent_files.sql")),
    (3, "goes on", include_str!("../migrations/sqlite/0003_goes_on.sql")),
    (4, "operator", include_str!("../migrations/sqlite/0004_operator.sql")),
    (5, "channels", include_str!("../migrations/sqlite/0005_channels.sql")),
    (6, "people", include_str!("../migrations/sqlite/0006_people.sql")),
    (7, "notes", include_str!("../migrations/sqlite/0007_notes.sql")),
    (8, "settings", include_str!("../migrations/sqlite/0008_settings.sql")),
    (9, "alarms", include_str!("../migrations/sqlite/0009_alarms.sql")),
    (10, "previews", include_str!("../migrations/sqlite/0010_previews.sql")),
    (11, "calls", include_str!("../migrations/sqlite/0011_calls.sql")),
    (12, "daily", include_str!("../migrations/sqlite/0012_daily.sql")),
    (13, "api", include_str!("../migrations/sqlite/0013_api.sql")),
    (14, "webhooks", include_str!("../migrations/sqlite/0014_webhooks.sql")),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (1, "schema", include_str!("../migrations/postgres/0001_schema.sql")),
    (2, "sent files", include_str!("../migrations/postgres/0002_sent_files.sql")),
    (3, "goes on", include_str!("../migrations/postgres/0003_goes_on.sql")),
    (4, "operator", include_str!("../migrations/postgres/0004_operator.sql")),
    (5, "channels", include_str!("../migrations/postgres/0005_channels.sql")),
    (6, "people", include_str!("../migrations/postgres/0006_people.sql")),
    (7, "notes", include_str!("../migrations/postgres/0007_notes.sql")),
    (8, "settings", include_str!("../migrations/postgres/0008_settings.sql")),
    (9, "alarms", include_str!("../migrations/postgres/0009_alarms.sql")),
    (10, "previews", include_str!("../migrations/postgres/0010_previews.sql")),
    (11, "calls", include_str!("../migrations/postgres/0011_calls.sql")),
    (12, "daily", include_str!("../migrations/postgres/0012_daily.sql")),
    (13, "api", include_str!("../migrations/postgres/0013_api.sql")),
    (14, "webhooks", include_str!("../migrations/postgres/0014_webhooks.sql")),
];

pub(crate) fn sqlite() -> Migrator {
    migrator(SQLITE)
}

pub(crate) fn postgres() -> Migrator {
    migrator(POSTGRES)
}

/// Run it by `run_direct`: the futures of `run` cannot move between threads.
fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(files.iter().map(migration).collect())
}
