//! The work that stands in the database: what waits for a person, and whether its files are there.

use dossier_app::setup::{self, Standing, Tenant};
use dossier_connector::Registry;
use dossier_domain::{Permission, licence};

use super::Report;
use crate::config::Config;
use crate::fault::Fault;
use crate::operator::Opened;

/// Opens the installation beside the server and looks at each tenant.
pub(super) async fn look(config: &Config, registry: Registry, report: &mut Report) {
    let opened = match Opened::with(config, registry).await {
        Ok(opened) => opened,
        Err(fault) => {
            report.fault("database", fault.to_string(), "The sentence names what to mend.");
            return;
        }
    };
    if let Err(fault) = all(&opened, report).await {
        report.fault("database", fault.to_string(), "Look at the database's own log.");
    }
    opened.close().await;
}

async fn all(opened: &Opened, report: &mut Report) -> Result<(), Fault> {
    let app = &opened.app;
    let standing = setup::standing(app).await?;
    tenants(opened, &standing, report).await?;
    let missing = setup::missing_files(app, &standing).await?;
    if missing.missing > 0 {
        report.fault(
            "files",
            format!("{} of the {} newest files are not in the store of files.", missing.missing, missing.looked_for),
            "Database and store are not of the same time or place: mount or restore the folder `files`, or name the bucket, that belongs to this database.",
        );
    } else {
        report.ok("files", format!("The {} newest files are where the database says.", missing.looked_for));
    }
    let settle = "Tell the people of that tenant: they ask the provider, and say on the run's page how it ended.";
    waiting(
        report,
        &standing,
        "given_up_jobs",
        |s| s.given_up,
        "jobs broke too often and were given up",
        "Look for \"a job broke too often\" in the log and keep it for a report; people can settle the runs.",
    );
    waiting(report, &standing, "unknown_runs", |s| s.unknown, "runs of unknown outcome wait for a person", settle);
    waiting(
        report,
        &standing,
        "overdue_runs",
        |s| s.overdue,
        "runs whose provider let the deadline pass wait for a person",
        settle,
    );
    waiting(
        report,
        &standing,
        "callbacks",
        |s| s.quarantined,
        "callbacks are in quarantine",
        "Settings → Callbacks says why; mostly the secret of the channel is not the provider's.",
    );
    Ok(())
}

/// One line for each tenant that something waits in, or one that nothing does.
fn waiting(
    report: &mut Report,
    standing: &[(Tenant, Standing)],
    name: &'static str,
    count: impl Fn(&Standing) -> i64,
    what: &str,
    mend: &str,
) {
    let mut none = true;
    for (tenant, standing) in standing.iter().filter(|(_, standing)| count(standing) > 0) {
        none = false;
        report.warning(name, format!("{}: {} {what}.", tenant.name, count(standing)), mend);
    }
    if none {
        report.ok(name, "None.");
    }
}

/// Whether somebody can sign in to each tenant, administer it, and use it.
async fn tenants(opened: &Opened, standing: &[(Tenant, Standing)], report: &mut Report) -> Result<(), Fault> {
    let (app, mut sound) = (&opened.app, true);
    for (tenant, _) in standing {
        let people = setup::list_users(app, tenant.id).await?;
        let administers =
            |user: &setup::User| user.can_sign_in() && user.permissions.iter().any(|p| p == Permission::AdminFull);
        if !people.iter().any(administers) {
            sound = false;
            let mend = "dossier user add EMAIL --name NAME --role administrator --generate-password --tenant TENANT";
            report.warning("tenants", format!("{}: nobody administers it.", tenant.name), mend);
        }
        if !setup::licence(app, tenant.id).await?.covers(licence::KYC, app.now()) {
            sound = false;
            let finding =
                format!("{}: its licence does not cover `kyc`, so its people see \"module required\".", tenant.name);
            report.warning("tenants", finding, "dossier licence grant kyc --tenant TENANT");
        }
    }
    match standing.len() {
        0 => report.fault("tenants", "There is no tenant: nobody can sign in.", "dossier init"),
        n if sound => report.ok("tenants", format!("{n}, each licensed and with an administrator.")),
        _ => {}
    }
    Ok(())
}
