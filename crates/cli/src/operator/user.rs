//! `dossier user`: the people of the tenants. There is no mail: a link or a password is shown, to be handed over.

use clap::Subcommand;
use dossier_app::setup::{self, Person, Tenant, User};
use dossier_app::{App, AppError};
use dossier_domain::Email;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Answer, Password, Place, brief, on, table};
use crate::fault::Fault;
use crate::terminal;

/// What can be done with people.
#[derive(Subcommand)]
pub(crate) enum Tool {
    /// List the people, whether they can sign in or not
    List {
        /// Only those of this tenant, by name or id
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
    },
    /// Add a person who can sign in at once
    Add {
        /// The address to sign in with; no other user of the installation may have it
        email: String,
        /// The name on pages
        #[arg(long)]
        name: String,
        /// A role: administrator, kyc-manager, kyc-operator, kyc-viewer, auditor, or one of the tenant's own; give it again for more
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// The tenant, by name or id; not needed where there is only one
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        #[command(flatten)]
        password: Password,
    },
    /// Replace a person's roles by these
    Roles {
        /// The person's address
        email: String,
        /// The roles from now on
        #[arg(required = true, value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Keep a person out from now on, and sign the person out everywhere
    Deactivate {
        /// The person's address
        email: String,
    },
    /// Let a person in again
    Activate {
        /// The person's address
        email: String,
    },
    /// Make a link by which a person sets a password; it is shown once, and ends the one before
    Link {
        /// The person's address
        email: String,
    },
    /// Give a person another password, and sign the person out everywhere
    Reset {
        /// The person's address
        email: String,
        #[command(flatten)]
        password: Password,
    },
}

/// Does what was asked.
pub(crate) async fn run(tool: Tool, place: &Place, environment: Vec<(String, String)>) -> Result<(), Fault> {
    let ask = terminal::is_there() && !place.json;
    on(place, environment, async |app| match tool {
        Tool::List { tenant: None } => list(app, setup::list_tenants(app).await?).await,
        Tool::List { tenant } => list(app, vec![setup::find_tenant(app, tenant.as_deref()).await?]).await,
        Tool::Add { email, name, roles, tenant, password } => {
            let tenant = setup::find_tenant(app, tenant.as_deref()).await?;
            let email = parse(&email)?;
            // Before somebody thinks a password up for nothing.
            if setup::find_user(app, &email).await.is_ok() {
                return Err(AppError::field("email", "Another user of this installation has this address.").into());
            }
            let chosen = password.choose(email.as_str(), ask)?;
            let roles: Vec<_> = roles.iter().map(String::as_str).collect();
            setup::add_user(app, tenant.id, &email, &name, &chosen.password, &roles).await?;
            told(app, &email, Some("was added to"), chosen.to_show()).await
        }
        Tool::Roles { email, roles } => {
            let person = find(app, &email).await?;
            let roles: Vec<_> = roles.iter().map(String::as_str).collect();
            let changed = setup::set_roles(app, &person, &roles).await?;
            told(app, &person.user.email, changed.then_some("now has other roles in"), None).await
        }
        Tool::Deactivate { email } => {
            let person = find(app, &email).await?;
            let changed = setup::deactivate(app, &person).await?;
            told(app, &person.user.email, changed.then_some("can no longer sign in to"), None).await
        }
        Tool::Activate { email } => {
            let person = find(app, &email).await?;
            let changed = setup::activate(app, &person).await?;
            told(app, &person.user.email, changed.then_some("can sign in again to"), None).await
        }
        Tool::Link { email } => {
            let person = find(app, &email).await?;
            let (link, until) = setup::link(app, &person).await?;
            let answer = told(app, &person.user.email, Some("can set a password for"), None).await?;
            let text = format!("{}\nLink, shown this once, until {until}: {}", answer.text, link.expose_secret());
            let mut json = answer.json;
            (json["link"], json["until"]) = (link.expose_secret().into(), until.to_string().into());
            Ok(Answer { text, json })
        }
        Tool::Reset { email, password } => {
            let person = find(app, &email).await?;
            let chosen = password.choose(person.user.email.as_str(), ask)?;
            setup::reset(app, &person, &chosen.password).await?;
            told(app, &person.user.email, Some("now has another password for"), chosen.to_show()).await
        }
    })
    .await
}

pub(crate) fn parse(email: &str) -> Result<Email, Fault> {
    Email::parse(email).map_err(|why| AppError::field("email", why.to_string()).into())
}

async fn find(app: &App, email: &str) -> Result<Person, Fault> {
    Ok(setup::find_user(app, &parse(email)?).await?)
}

/// What became of a person. `what` is nothing when nothing was changed; `password` is one that nobody knows yet.
async fn told(app: &App, email: &Email, what: Option<&str>, password: Option<&str>) -> Result<Answer, Fault> {
    let Person { tenant, user } = setup::find_user(app, email).await?;
    let mut lines = vec![match what {
        Some(what) => format!("{} ({}) {what} {}.", user.name, user.email, tenant.name),
        None => format!("Nothing was changed: that is how it is with {} already.", user.email),
    }];
    lines.push(format!("Roles: {}. Can sign in: {}.", user.roles.join(", "), yes(user.active)));
    let mut json = json!({ "changed": what.is_some(), "user": shown(&tenant, &user) });
    if let Some(password) = password {
        lines.push(format!("Password, shown this once: {password}"));
        json["password"] = password.into();
    }
    Ok(Answer { text: lines.join("\n"), json })
}

fn yes(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

fn shown(tenant: &Tenant, user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "active": user.active,
        "roles": user.roles,
        "tenant": brief(tenant),
        "created_at": user.created_at.to_string(),
    })
}

async fn list(app: &App, tenants: Vec<Tenant>) -> Result<Answer, Fault> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for tenant in tenants {
        for user in setup::list_users(app, tenant.id).await? {
            all.push(shown(&tenant, &user));
            let (active, roles) = (yes(user.active).to_owned(), user.roles.join(", "));
            rows.push(vec![user.email.to_string(), user.name, active, roles, tenant.name.clone()]);
        }
    }
    let text = if rows.is_empty() {
        "There is nobody yet. `dossier user add` adds somebody.".to_owned()
    } else {
        table(&["ADDRESS", "NAME", "CAN SIGN IN", "ROLES", "TENANT"], &rows)
    };
    Ok(Answer { text, json: json!({ "users": all }) })
}
