//! `dossier licence`: what each tenant may use, and until when.

use clap::Subcommand;
use dossier_app::App;
use dossier_app::setup::{self, Tenant};
use serde_json::{Value, json};

use super::{Answer, Place, brief, modules, on, spoken, table};
use crate::fault::Fault;

/// What can be done with licences.
#[derive(Subcommand)]
pub(crate) enum Tool {
    /// List what each tenant may use, and the modules that there are
    List {
        /// Only this tenant, by name or id
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
    },
    /// Let a tenant use a module from now on; a module that it has gets the new end
    Grant {
        /// The module: `kyc` opens the product, each provider has one of its own
        module: String,
        /// The tenant, by name or id; not needed where there is only one
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        /// The last day, such as 2027-12-31, where the tenant works; or an instant, such as 2027-12-31T22:00:00Z. Without: no end
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Let a tenant no longer use a module; what is stored stays readable
    End {
        /// The module
        module: String,
        /// The tenant, by name or id; not needed where there is only one
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
    },
}

/// Does what was asked.
pub(crate) async fn run(tool: Tool, place: &Place, environment: Vec<(String, String)>) -> Result<(), Fault> {
    on(place, environment, async |app| match tool {
        Tool::List { tenant: None } => list(app, setup::list_tenants(app).await?).await,
        Tool::List { tenant } => list(app, vec![setup::find_tenant(app, tenant.as_deref()).await?]).await,
        Tool::Grant { module, tenant, until } => {
            let tenant = setup::find_tenant(app, tenant.as_deref()).await?;
            let end = until.map(|text| setup::until(&text, &tenant.local.time_zone)).transpose()?;
            if end.is_some_and(|end| end <= app.now()) {
                let why = "This end has passed. To end a module now, use `dossier licence end`.";
                return Err(dossier_app::AppError::field("until", why).into());
            }
            let changed = setup::grant(app, tenant.id, &module, end).await?;
            told(app, &tenant, changed).await
        }
        Tool::End { module, tenant } => {
            let tenant = setup::find_tenant(app, tenant.as_deref()).await?;
            let licence = setup::licence(app, tenant.id).await?;
            if licence.modules().all(|(held, _)| held != module) {
                let why = format!(
                    "{} does not have the module “{module}”. It has: {}.",
                    tenant.name,
                    spoken(&licence, app.now(), &tenant.local.time_zone)
                );
                return Err(dossier_app::AppError::field("module", why).into());
            }
            // What has ended keeps the end that it had.
            let valid = licence.covers(&module, app.now());
            let changed = valid && setup::grant(app, tenant.id, &module, Some(app.now())).await?;
            told(app, &tenant, changed).await
        }
    })
    .await
}

async fn entry(app: &App, tenant: &Tenant) -> Result<(String, Vec<Value>), Fault> {
    let licence = setup::licence(app, tenant.id).await?;
    Ok((spoken(&licence, app.now(), &tenant.local.time_zone), modules(&licence, app.now())))
}

async fn told(app: &App, tenant: &Tenant, changed: bool) -> Result<Answer, Fault> {
    let (spoken, modules) = entry(app, tenant).await?;
    let unchanged = if changed { "" } else { "Nothing was changed. " };
    Ok(Answer {
        text: format!("{unchanged}The licence of {}: {spoken}.", tenant.name),
        json: json!({ "changed": changed, "tenant": brief(tenant), "modules": modules }),
    })
}

async fn list(app: &App, tenants: Vec<Tenant>) -> Result<Answer, Fault> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for tenant in tenants {
        let (spoken, modules) = entry(app, &tenant).await?;
        all.push(json!({ "tenant": brief(&tenant), "modules": modules }));
        rows.push(vec![tenant.name, spoken]);
    }
    let known = setup::known_here(app);
    let text = format!("{}\n\nModules that there are: {}.", table(&["TENANT", "LICENCE"], &rows), known.join(", "));
    Ok(Answer { text, json: json!({ "licences": all, "known": known }) })
}
