//! `dossier tenant`: the organisations that use this installation.

use clap::Subcommand;
use dossier_app::App;
use dossier_app::setup::{self, Tenant};
use dossier_domain::{Permission, licence};
use serde_json::{Value, json};

use super::{Answer, Place, modules, on, spoken, table};
use crate::fault::Fault;

/// What can be done with tenants.
#[derive(Subcommand)]
pub(crate) enum Tool {
    /// List the tenants, the oldest first
    List,
    /// Show one tenant: its licence, its people, who administers it
    Show {
        /// Its name or id; not needed where there is only one
        tenant: Option<String>,
    },
    /// Add a tenant with the built-in roles; `dossier user add` then adds its people
    Add {
        /// Its name on pages
        name: String,
        /// Where it works: the time zone of its pages, such as Africa/Johannesburg
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        time_zone: String,
        /// A module that it may use, without an end; give it again for more. Without any: `kyc` alone
        #[arg(long = "module", value_name = "MODULE", default_value = "kyc")]
        modules: Vec<String>,
    },
    /// Give a tenant another name
    Rename {
        /// Its name or id
        tenant: String,
        /// Its new name
        name: String,
    },
}

/// Does what was asked.
pub(crate) async fn run(tool: Tool, place: &Place, environment: Vec<(String, String)>) -> Result<(), Fault> {
    on(place, environment, async |app| match tool {
        Tool::List => list(app).await,
        Tool::Show { tenant } => {
            let tenant = setup::find_tenant(app, tenant.as_deref()).await?;
            let shown = show(app, &tenant).await?;
            Ok(Answer { json: json!({ "tenant": shown.json }), ..shown })
        }
        Tool::Add { name, time_zone, modules } => {
            let modules: Vec<_> = modules.into_iter().map(|module| (module, None)).collect();
            let id = setup::add_tenant(app, &name, &time_zone, &modules).await?;
            let tenant = setup::find_tenant(app, Some(&id.to_string())).await?;
            let shown = show(app, &tenant).await?;
            let mut next = "Nobody can sign in to it yet: `dossier user add` adds its first administrator.".to_owned();
            if !setup::licence(app, id).await?.covers(licence::KYC, app.now()) {
                next += " Its licence lacks `kyc`, without which its people can open no request: `dossier licence grant kyc`.";
            }
            Ok(changed(true, format!("The tenant was added.\n\n{}\n\n{next}", shown.text), &shown.json))
        }
        Tool::Rename { tenant, name } => {
            let tenant = setup::find_tenant(app, Some(&tenant)).await?;
            let is_new = setup::rename_tenant(app, tenant.id, &name).await?;
            let renamed = setup::find_tenant(app, Some(&tenant.id.to_string())).await?;
            let text = if is_new {
                format!("{} is called {} now.", tenant.name, renamed.name)
            } else {
                format!("It is called {} already; nothing was changed.", tenant.name)
            };
            Ok(changed(is_new, text, &show(app, &renamed).await?.json))
        }
    })
    .await
}

fn changed(changed: bool, text: String, tenant: &Value) -> Answer {
    Answer { text, json: json!({ "changed": changed, "tenant": tenant }) }
}

async fn list(app: &App) -> Result<Answer, Fault> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for tenant in setup::list_tenants(app).await? {
        let people = setup::list_users(app, tenant.id).await?.len();
        let licence = spoken(&setup::licence(app, tenant.id).await?, app.now(), &tenant.local.time_zone);
        all.push(show(app, &tenant).await?.json);
        rows.push(vec![
            tenant.name,
            tenant.id.to_string(),
            tenant.local.time_zone.into_owned(),
            people.to_string(),
            licence,
        ]);
    }
    let text = if rows.is_empty() {
        "There is no tenant yet. `dossier tenant add` makes one.".to_owned()
    } else {
        table(&["NAME", "ID", "TIME ZONE", "USERS", "LICENCE"], &rows)
    };
    Ok(Answer { text, json: json!({ "tenants": all }) })
}

async fn show(app: &App, tenant: &Tenant) -> Result<Answer, Fault> {
    let people = setup::list_users(app, tenant.id).await?;
    let licence = setup::licence(app, tenant.id).await?;
    let active = people.iter().filter(|user| user.can_sign_in()).count();
    let everything =
        |user: &&setup::User| user.can_sign_in() && user.permissions.iter().any(|p| p == Permission::AdminFull);
    let administrators: Vec<_> = people.iter().filter(everything).map(|user| user.email.to_string()).collect();
    let who = if administrators.is_empty() { "nobody".to_owned() } else { administrators.join(", ") };
    let lines = [
        ("Name", tenant.name.clone()),
        ("Id", tenant.id.to_string()),
        ("Time zone", tenant.local.time_zone.to_string()),
        ("Since", tenant.created_at.to_string()),
        ("Licence", spoken(&licence, app.now(), &tenant.local.time_zone)),
        ("Users", format!("{}, of whom {active} can sign in", people.len())),
        ("Administrators", who),
    ];
    let text = lines.map(|(title, value)| format!("{title:<15} {value}")).join("\n");
    let json = json!({
        "id": tenant.id,
        "name": tenant.name,
        "time_zone": tenant.local.time_zone,
        "created_at": tenant.created_at.to_string(),
        "modules": modules(&licence, app.now()),
        "users": { "all": people.len(), "active": active },
        "administrators": administrators,
    });
    Ok(Answer { text, json })
}
