//! The first tenant and its first administrator.

use dossier_app::setup::{self, Tenant};
use dossier_app::{App, AppError};
use dossier_connector::Registry;
use dossier_domain::reference::fold;
use dossier_domain::{BuiltInRole, Email, Permission};
use dossier_storage::{Inspection, SCHEMA};
use secrecy::SecretString;

use super::{Key, Options};
use crate::config::Config;
use crate::fault::Fault;
use crate::operator::{Opened, user};
use crate::terminal;

/// What stands in the database before anything is done.
#[derive(Default)]
pub(super) struct Already {
    tenant: Option<Tenant>,
    made: Option<Made>,
}

impl Already {
    /// The first tenant that somebody administers.
    pub(super) fn finished(&self) -> Option<&Made> {
        self.made.as_ref()
    }
}

/// Looks at what stands in the database, if it can be looked at yet.
pub(super) async fn already(
    config: &Config,
    seen: &Inspection,
    key: &Key,
    registry: &Registry,
) -> Result<Already, Fault> {
    // An older schema is brought up to date before it is read.
    if seen.key_fingerprint.is_none() || seen.schema < SCHEMA || matches!(key, Key::Missing) {
        return Ok(Already::default());
    }
    let opened = Opened::with(config, registry.clone()).await?;
    let found = look(&opened.app).await;
    opened.close().await;
    found
}

async fn look(app: &App) -> Result<Already, Fault> {
    let tenants = setup::list_tenants(app).await?;
    for tenant in &tenants {
        if let Some(administrator) = administrator(app, tenant).await? {
            let made = Made {
                tenant: tenant.clone(),
                new_tenant: false,
                administrator,
                new_administrator: false,
                password: None,
            };
            return Ok(Already { tenant: Some(tenant.clone()), made: Some(made) });
        }
    }
    Ok(Already { tenant: tenants.into_iter().next(), made: None })
}

async fn administrator(app: &App, tenant: &Tenant) -> Result<Option<String>, Fault> {
    let people = setup::list_users(app, tenant.id).await?;
    let administers =
        |user: &&setup::User| user.can_sign_in() && user.permissions.iter().any(|p| p == Permission::AdminFull);
    Ok(people.iter().find(administers).map(|user| user.email.to_string()))
}

/// What came of it.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) tenant: Tenant,
    pub(super) new_tenant: bool,
    /// The address.
    pub(super) administrator: String,
    pub(super) new_administrator: bool,
    /// One that nobody knows yet.
    pub(super) password: Option<SecretString>,
}

impl Made {
    /// Refuses flags that ask for another tenant or administrator than those that are there: nothing would come of them.
    pub(super) fn is_meant(&self, options: &Options) -> Result<(), Fault> {
        let other =
            |given: &Option<String>, there: &str| given.as_ref().is_some_and(|given| fold(given.trim()) != fold(there));
        let more = if other(&options.tenant, &self.tenant.name) {
            "tenant add"
        } else if other(&options.admin_email, &self.administrator) {
            "user add"
        } else {
            return Ok(());
        };
        Err(Fault::coded(
            "conflict",
            format!(
                "This place is set up already, for {} with the administrator {}; nothing was changed. For more, use `dossier {more}`.",
                self.tenant.name, self.administrator
            ),
        ))
    }
}

/// What is to be made. Checked as far as it can be while nothing is made yet.
pub(super) enum First {
    /// Nothing: it is there.
    There(Made),
    /// A tenant, unless there is one, and its administrator.
    New(Box<New>),
}

/// A tenant and its administrator in the making.
pub(super) struct New {
    name: String,
    time_zone: String,
    modules: Vec<String>,
    email: Email,
    administrator: String,
    password: SecretString,
    made_up: bool,
}

impl First {
    /// Flags, answers and defaults. What is there already is not asked for.
    pub(super) fn gather(options: &Options, registry: &Registry, already: &Already, ask: bool) -> Result<Self, Fault> {
        if let Some(done) = already.finished() {
            return Ok(Self::There(done.clone()));
        }
        missing(options, already, ask)?;
        let known: Vec<_> = setup::known(registry).into_iter().collect();
        let (name, time_zone, modules) = match &already.tenant {
            Some(there) => (there.name.clone(), there.local.time_zone.to_string(), Vec::new()),
            None => tenant(options, registry, &known, ask)?,
        };
        let email = match (&options.admin_email, ask) {
            (None, true) => terminal::ask("Administrator: e-mail address to sign in with", None, |text| {
                Email::parse(text).map_err(|why| why.to_string())
            })?,
            (given, _) => user::parse(given.as_deref().unwrap_or_default())?,
        };
        let administrator = match (&options.admin_name, ask) {
            (None, true) => terminal::ask("Administrator: name", None, filled)?,
            (given, _) => given.clone().unwrap_or_default(),
        };
        if administrator.trim().is_empty() {
            return Err(AppError::field("admin_name", "Enter the administrator's name.").into());
        }
        let chosen = options.password.choose(email.as_str(), ask)?;
        let (password, made_up) = (chosen.password, chosen.made_up);
        Ok(Self::New(Box::new(New { name, time_zone, modules, email, administrator, password, made_up })))
    }

    /// Makes what is not there.
    pub(super) async fn make(self, app: &App) -> Result<Made, Fault> {
        let new = match self {
            Self::There(done) => return Ok(done),
            Self::New(new) => *new,
        };
        // Asked once more, since the database could not be looked at before it was brought up to date.
        let there = look(app).await?;
        if let Some(done) = there.made {
            return Ok(done);
        }
        let new_tenant = there.tenant.is_none();
        let tenant = if let Some(tenant) = there.tenant {
            tenant
        } else {
            let modules: Vec<_> = new.modules.into_iter().map(|module| (module, None)).collect();
            let id = setup::add_tenant(app, &new.name, &new.time_zone, &modules).await?;
            setup::find_tenant(app, Some(&id.to_string())).await?
        };
        let role = [BuiltInRole::Administrator.as_str()];
        setup::add_user(app, tenant.id, &new.email, &new.administrator, &new.password, &role).await?;
        let password = new.made_up.then_some(new.password);
        let administrator = new.email.to_string();
        Ok(Made { tenant, new_tenant, administrator, new_administrator: true, password })
    }
}

/// Says all at once which flags are missing when nobody can be asked.
fn missing(options: &Options, already: &Already, ask: bool) -> Result<(), Fault> {
    let needed = [
        ("--tenant NAME", options.tenant.is_none() && already.tenant.is_none()),
        ("--admin-email EMAIL", options.admin_email.is_none()),
        ("--admin-name NAME", options.admin_name.is_none()),
        ("--password-file FILE or --generate-password", !options.password.is_given()),
    ];
    let needed: Vec<_> = needed.into_iter().filter(|(_, missing)| *missing).map(|(flag, _)| flag).collect();
    if ask || needed.is_empty() {
        return Ok(());
    }
    let all = needed.join(", ");
    Err(Fault::coded("usage", format!("Nobody can be asked here, so these are needed: {all}. Nothing was made.")))
}

fn filled(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("Enter a name.".to_owned()) } else { Ok(text.to_owned()) }
}

fn tenant(
    options: &Options,
    registry: &Registry,
    known: &[String],
    ask: bool,
) -> Result<(String, String, Vec<String>), Fault> {
    let check = |name: &str, zone: &str, modules: &[String]| {
        setup::check_tenant(registry, name, zone, modules.iter().map(String::as_str)).map_err(Fault::from)
    };
    let name = match (&options.tenant, ask) {
        (None, true) => terminal::ask("First tenant: name", None, |text| {
            check(text, "UTC", &[]).map(|(name, _)| name).map_err(|fault| fault.to_string())
        })?,
        (given, _) => given.clone().unwrap_or_default(),
    };
    let zone = match (&options.time_zone, ask) {
        (None, true) => terminal::ask("First tenant: time zone, such as Africa/Johannesburg", Some("UTC"), |text| {
            check("A", text, &[]).map(|(_, zone)| zone).map_err(|fault| fault.to_string())
        })?,
        (given, _) => given.clone().unwrap_or_else(|| "UTC".to_owned()),
    };
    let modules = match (options.modules.is_empty(), ask) {
        (true, true) => {
            let split =
                |text: &str| text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
            terminal::ask("First tenant: modules", Some(&known.join(", ")), |text| {
                let modules: Vec<String> = split(text);
                check("A", "UTC", &modules).map(|_| modules).map_err(|fault| fault.to_string())
            })?
        }
        (true, false) => known.to_vec(),
        (false, _) => options.modules.clone(),
    };
    let (name, zone) = check(&name, &zone, &modules)?;
    Ok((name, zone, modules))
}
