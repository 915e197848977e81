//! Licences: which modules a tenant may use, and until when (TENANT-2).

use std::collections::BTreeSet;

use dossier_connector::Registry;
use dossier_domain::{Licence, Scope, TenantId, Timestamp, licence as domain};
use dossier_storage::{licences, system, tenants};
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};

/// The modules that a licence can hold: the product's own and those that the installed providers name.
pub fn known(registry: &Registry) -> BTreeSet<String> {
    let providers = registry.list().map(|manifest| manifest.module.clone());
    std::iter::once(domain::KYC.to_owned()).chain(providers).collect()
}

/// The modules that a licence of this installation can hold.
pub fn known_here(app: &App) -> Vec<String> {
    known(&app.registry).into_iter().collect()
}

pub(super) fn check(registry: &Registry, module: &str) -> Result<()> {
    let known = known(registry);
    if known.contains(module) {
        return Ok(());
    }
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    Err(AppError::field(
        "module",
        format!("No provider that is installed has the module “{module}”. There are: {known}."),
    ))
}

/// A licence as the audit tells it.
pub(crate) fn told(licence: &Licence) -> Value {
    licence
        .modules()
        .map(|(module, end)| json!({ "module": module, "until": end.map(|end| end.to_string()) }))
        .collect()
}

/// What a tenant may use.
///
/// # Errors
/// Only faults of this side.
pub async fn licence(app: &App, tenant: TenantId) -> Result<Licence> {
    Ok(licences::load(&mut app.db.read(Scope::of(tenant)).await?).await?)
}

/// Replaces what a tenant may use.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn set_licence(app: &App, tenant: TenantId, modules: &[(String, Option<Timestamp>)]) -> Result<()> {
    change(app, tenant, |_| modules.iter().cloned().collect()).await.map(drop)
}

/// Lets a tenant use `module` until `end`, or without one: from `end` on it may not. An end that has passed ends it.
/// `false` when that is how it is already.
///
/// # Errors
/// [`AppError::NotFound`], or [`AppError::Invalid`] for a module that no installed provider has and the tenant does not hold.
pub async fn grant(app: &App, tenant: TenantId, module: &str, end: Option<Timestamp>) -> Result<bool> {
    // A module that is held can be ended, though its provider is gone.
    if licence(app, tenant).await?.modules().all(|(held, _)| held != module) {
        check(&app.registry, module)?;
    }
    let with = |licence: &Licence| {
        let held = licence.modules().filter(|(held, _)| *held != module).map(|(held, end)| (held.to_owned(), end));
        held.chain([(module.to_owned(), end)]).collect()
    };
    change(app, tenant, with).await
}

/// When a licence ends that is granted until `text`: a day, which counts as a whole where the tenant works, or an instant as
/// in RFC 3339.
///
/// # Errors
/// [`AppError::Invalid`]
pub fn until(text: &str, time_zone: &str) -> Result<Timestamp> {
    let text = text.trim();
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let after =
        |day: jiff::civil::Date| Some(day.tomorrow().ok()?.at(0, 0, 0, 0).to_zoned_datetime(zone).ok()?.timestamp());
    let day = text.len() == 10;
    let end = if day { text.parse().ok().and_then(after) } else { text.parse::<jiff::Timestamp>().ok() };
    let end = end.ok_or_else(|| {
        AppError::field("until", "Enter a day, such as 2027-12-31, or an instant, such as 2027-12-31T22:00:00Z.")
    })?;
    Ok(Timestamp::from_micros(end.as_microsecond()))
}

/// The day in `time_zone` with which something ends at `end`, such as 2027-12-31; `None` when that is not at midnight.
pub fn last_day(end: Timestamp, time_zone: &str) -> Option<String> {
    let zone = jiff::tz::TimeZone::get(time_zone).ok()?;
    let end = jiff::Timestamp::from_microsecond(end.micros()).ok()?.to_zoned_datetime(zone);
    let midnight = end.start_of_day().ok()?;
    (end == midnight).then(|| end.date().yesterday().ok().map(|day| day.to_string()))?
}

/// Writes what `next` makes of a licence, unless it stays as it is.
async fn change(app: &App, tenant: TenantId, next: impl Fn(&Licence) -> Licence) -> Result<bool> {
    let mut tx = app.db.operate(Scope::of(tenant)).await?;
    tenants::lock(&mut tx).await?.ok_or(AppError::NotFound)?;
    let before = licences::load(&mut tx).await?;
    let after = next(&before);
    if after == before {
        return Ok(false);
    }
    let modules: Vec<_> = after.modules().map(|(module, end)| (module.to_owned(), end)).collect();
    system::set_licence(&mut tx, &modules).await?;
    Entry::by_operator()
        .did("licence.changed", "tenant", tenant)
        .before(json!({ "modules": told(&before) }))
        .after(json!({ "modules": told(&after) }))
        .write(app, &mut tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_as_a_whole_where_the_tenant_works() {
        let end = |text: &str| until(text, "Africa/Johannesburg").map(|end| end.to_string()).ok();
        assert_eq!(end("2027-12-31").as_deref(), Some("2027-12-31T22:00:00Z"));
        assert_eq!(end(" 2028-02-28 ").as_deref(), Some("2028-02-28T22:00:00Z"), "and a leap day is one");
        assert_eq!(end("2027-12-31T12:30:00+02:00").as_deref(), Some("2027-12-31T10:30:00Z"));
        for text in ["", "soon", "2027-13-01", "2027-02-30", "31.12.2027", "2027-12-31 10:00"] {
            assert_eq!(end(text), None, "{text}");
        }
    }
}
