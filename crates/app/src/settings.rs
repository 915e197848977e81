//! What a tenant has under Settings for itself: its name, how it writes instants, who may create requests, and what its
//! licence opens. All of it stays open where the licence does not cover the product (TENANT-3).

use dossier_domain::{DateFormat, JobKind, Local, Timestamp, licence};
use dossier_storage::jobs;
pub use dossier_storage::tenants::Tenant;
use dossier_storage::tenants::{self, Change};
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Grant, Settings};
use crate::setup::{licences, named, tenants::zoned};

/// What a person typed into the form of the general settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The tenant's name.
    pub name: String,
    /// A time zone, as it came.
    pub time_zone: String,
    /// How days are written, as the word of a [`DateFormat`].
    pub dates: String,
    /// Whether creating a request takes `kyc:execute`.
    pub create_needs_execute: bool,
}

impl From<&Tenant> for Typed {
    fn from(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            time_zone: tenant.local.time_zone.to_string(),
            dates: tenant.local.dates.to_string(),
            create_needs_execute: tenant.create_needs_execute,
        }
    }
}

/// What became of a changed form.
#[derive(Debug)]
pub enum Saved {
    /// The tenant is as the form has it.
    Done,
    /// Somebody else has changed it since the form was opened. Nothing was saved; it is like this now.
    Stale(Box<Tenant>),
}

/// The tenant as it is.
///
/// # Errors
/// Only faults of this side.
pub async fn general(app: &App, grant: &Grant<Settings>) -> Result<Tenant> {
    tenants::find(&mut app.db.read(grant.scope).await?).await?.ok_or(AppError::NotFound)
}

/// Saves the general settings that were opened at `version`. The name may be one that another tenant has: saying so would
/// tell that there is another (TENANT-1).
///
/// # Errors
/// [`AppError::Invalid`] with the fields `name`, `time_zone` and `dates`.
pub async fn change(app: &App, grant: &Grant<Settings>, version: i64, typed: &Typed) -> Result<Saved> {
    let mut tx = app.db.write(grant.scope).await?;
    let before = tenants::lock(&mut tx).await?.ok_or(AppError::NotFound)?;
    let checked = check(typed);
    if matches!(&checked, Ok((name, local)) if *name == before.name && *local == before.local)
        && typed.create_needs_execute == before.create_needs_execute
    {
        return Ok(Saved::Done);
    }
    if before.version != version {
        return Ok(Saved::Stale(Box::new(before)));
    }
    let (name, local) = checked.map_err(AppError::Invalid)?;
    let change = Change { name: &name, local: &local, create_needs_execute: typed.create_needs_execute };
    tenants::change(&mut tx, &change).await?;
    let was = Change { name: &before.name, local: &before.local, create_needs_execute: before.create_needs_execute };
    let entry = Entry::by(grant).did("settings.changed", "tenant", grant.scope.tenant);
    entry.before(facts(&was)).after(facts(&change)).write(app, &mut tx).await?;
    if local.time_zone != before.local.time_zone {
        // Days are others there.
        jobs::add(&mut tx, app.ids.make(), JobKind::Daily, grant.scope.tenant, app.now(), app.now()).await?;
    }
    tx.commit().await?;
    app.hub.queued();
    Ok(Saved::Done)
}

fn facts(tenant: &Change<'_>) -> Value {
    json!({
        "name": tenant.name, "time_zone": tenant.local.time_zone, "date_format": tenant.local.dates,
        "create_needs_execute": tenant.create_needs_execute,
    })
}

fn check(typed: &Typed) -> std::result::Result<(String, Local), Vec<FieldError>> {
    let mut refused = Vec::new();
    let mut one = |error: AppError| match error {
        AppError::Invalid(errors) => refused.extend(errors),
        other => refused.push(FieldError::new("name", other.to_string())),
    };
    let name = named("name", &typed.name).map_err(&mut one).ok();
    let zone = zoned("time_zone", &typed.time_zone).map_err(&mut one).ok();
    let dates = typed.dates.parse::<DateFormat>().map_err(|_| FieldError::new("dates", "Choose one of the list."));
    match (name, zone, dates) {
        (Some(name), Some(zone), Ok(dates)) => Ok((name, Local { time_zone: zone.into(), dates })),
        (.., dates) => {
            refused.extend(dates.err());
            Err(refused)
        }
    }
}

/// The time zones to choose from: those that are named by a place, and UTC.
pub fn time_zones() -> Vec<String> {
    let all = jiff::tz::db().available().map(|zone| zone.to_string());
    let mut zones: Vec<_> = all
        .filter(|zone| zone == "UTC" || zone.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region)))
        .collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// The regions of the time zone database; what else it has are old names of the same zones.
const REGIONS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// A module, and how the tenant's licence stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The module: `kyc-intouch`.
    pub module: String,
    /// The installed providers that it opens, by name; none for the product's own.
    pub providers: Vec<String>,
    /// Whether the licence names it.
    pub held: bool,
    /// The first instant at which it may not be used, where it has one.
    pub ends_at: Option<Timestamp>,
    /// Whether it may be used now.
    pub covered: bool,
}

/// The modules that the tenant holds, and those that this installation has beside them; the product's own first.
pub fn modules(app: &App, grant: &Grant<Settings>) -> Vec<Module> {
    let mut names = licences::known_here(app);
    names.extend(grant.licence.modules().map(|(module, _)| module.to_owned()));
    names.sort_by_key(|module| (module != licence::KYC, module.clone()));
    names.dedup();
    let module = |module: String| {
        let providers = app.registry.list().filter(|manifest| manifest.module == module);
        let end = grant.licence.modules().find(|(held, _)| *held == module).map(|(_, end)| end);
        Module {
            providers: providers.map(|manifest| manifest.name.clone()).collect(),
            held: end.is_some(),
            ends_at: end.flatten(),
            covered: grant.licence.covers(&module, grant.now),
            module,
        }
    };
    names.into_iter().map(module).collect()
}
