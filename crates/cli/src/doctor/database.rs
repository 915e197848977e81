//! The database, seen from outside.

use dossier_storage::{Inspection, SCHEMA, Settings};

use super::Report;

/// How far clocks may be apart before somebody should look, and before work goes wrong: a lease is 30 seconds.
const APART: u128 = 2_000;
const TOO_FAR_APART: u128 = 10_000;

/// Tells what was seen. Whether the server could work with it.
pub(super) fn look(database: &Settings, seen: &Inspection, fingerprint: Option<&str>, report: &mut Report) -> bool {
    if let Settings::Sqlite { path } = database
        && !path.exists()
    {
        let mend = "Mount its disk, or restore it from a backup. Only if nothing was ever set up here: dossier init.";
        report.fault("database", format!("SQLite, {}, is not there.", path.display()), mend);
        return false;
    }
    let sound = schema(seen, report) & key(seen, fingerprint, report);
    match database {
        Settings::Sqlite { path } => {
            report.ok("database", format!("SQLite, {}", path.display()));
            sound
        }
        Settings::Postgres { .. } => sound & postgres(seen, report),
    }
}

fn schema(seen: &Inspection, report: &mut Report) -> bool {
    let found = seen.schema;
    match found {
        0 => report.fault("schema", "The database is empty: nothing was set up here yet.", "dossier init"),
        _ if found < SCHEMA => report.fault(
            "schema",
            format!("The database has the schema {found}, and this program needs {SCHEMA}."),
            "Back it up, then run `dossier migrate` and start the servers again.",
        ),
        _ if found > SCHEMA => report.fault(
            "schema",
            format!("The database has the schema {found} of a newer program; this one knows {SCHEMA}."),
            "Run the newer program. The schema never goes back.",
        ),
        _ => report.ok("schema", format!("Version {found}, as this program needs it.")),
    }
    found == SCHEMA
}

fn key(seen: &Inspection, fingerprint: Option<&str>, report: &mut Report) -> bool {
    match (seen.key_fingerprint.as_deref(), fingerprint) {
        (Some(kept), Some(ours)) if kept == ours => {
            report.ok("master_key", "It is the one that the data was sealed with.");
            true
        }
        (Some(_), Some(_)) => {
            report.fault(
                "master_key",
                "This master key is not the one that the data was sealed with: nothing sealed can be read.",
                "Put the right key back from its copy. Make no new one.",
            );
            false
        }
        (None, Some(_)) => {
            report.fault("master_key", "No key has opened this database yet.", "dossier init");
            false
        }
        (_, None) => false,
    }
}

fn postgres(seen: &Inspection, report: &mut Report) -> bool {
    report.ok("database", "PostgreSQL answers to both roles.");
    clock(seen, report);
    let again = "Run `dossier migrate` as the owner, and take back by hand what was granted or changed besides (docs/running.md, \"Databases\").";
    for wrong in &seen.roles {
        report.fault(
            "roles",
            wrong.clone(),
            "Make the roles as docs/running.md has them; the server refuses to start otherwise.",
        );
    }
    if seen.roles.is_empty() {
        report.ok("roles", "dossier_app and dossier_system are bound by row-level security and apart from each other.");
    }
    for wrong in &seen.rights {
        report.fault("rights", wrong.clone(), again);
    }
    if seen.rights.is_empty() && seen.schema > 0 {
        report.ok("rights", "Both roles may do what they need; the audit can only be added to.");
    }
    for table in &seen.unprotected {
        report.fault(
            "row_level_security",
            format!(
                "On the table {table} nothing keeps one tenant's rows from another but the program's own conditions."
            ),
            again,
        );
    }
    if seen.unprotected.is_empty() && seen.schema > 0 {
        report.ok("row_level_security", "In force on every table of tenants.");
    }
    if seen.forgetful {
        report.warning(
            "durability",
            "fsync is off: when this PostgreSQL crashes, calls that were paid may be forgotten and sent again.",
            "Set fsync = on in postgresql.conf and restart PostgreSQL.",
        );
    }
    seen.roles.is_empty()
}

fn clock(seen: &Inspection, report: &mut Report) {
    let Some(apart) = seen.clock.map(|clock| clock.apart()) else { return };
    let found = format!("This computer's clock and the database's are {apart} ms apart, or less than can be told.");
    let mend = "Let every server and the database take their time from one source (NTP). Leases go by each server's own clock.";
    match apart {
        TOO_FAR_APART.. => {
            report.fault("clock", format!("{found} Servers may take runs out of each other's hands."), mend);
        }
        APART.. => report.warning("clock", found, mend),
        _ => report.ok("clock", "This computer's clock and the database's agree."),
    }
}
