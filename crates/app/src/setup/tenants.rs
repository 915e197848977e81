//! Tenants: made, found, listed, renamed.

use dossier_connector::Registry;
use dossier_domain::reference::fold;
use dossier_domain::{BuiltInRole, Local, Scope, TenantId, Timestamp};
use dossier_storage::tenants::Tenant;
use dossier_storage::{roles, system, tenants};
use serde_json::json;

use super::{licences, named};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};

/// Makes a tenant with the built-in roles and `modules`, each with its end.
///
/// # Errors
/// [`AppError::Invalid`] for a name that another tenant has, a time zone that there is not, or an unknown module.
pub async fn add_tenant(
    app: &App,
    name: &str,
    time_zone: &str,
    modules: &[(String, Option<Timestamp>)],
) -> Result<TenantId> {
    let (name, zone) = check_tenant(&app.registry, name, time_zone, modules.iter().map(|(module, _)| module.as_str()))?;
    free(app, &name, None).await?;
    let id = app.ids.make();
    let mut tx = app.db.operate(Scope::of(id)).await?;
    let local = Local { time_zone: zone.clone().into(), ..Local::UTC };
    let tenant =
        Tenant { id, name: name.clone(), local, create_needs_execute: false, version: 1, created_at: app.now() };
    system::add_tenant(&mut tx, &tenant).await?;
    system::set_licence(&mut tx, modules).await?;
    for &role in BuiltInRole::ALL {
        roles::add_built_in(&mut tx, app.ids.make(), role).await?;
    }
    let licence = modules.iter().cloned().collect();
    let after = json!({ "name": name, "time_zone": zone, "modules": licences::told(&licence) });
    Entry::by_operator().did("tenant.created", "tenant", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// What a tenant could be made of, as it would be kept: its name and its time zone.
///
/// # Errors
/// [`AppError::Invalid`]
pub fn check_tenant<'a>(
    registry: &Registry,
    name: &str,
    time_zone: &str,
    modules: impl IntoIterator<Item = &'a str>,
) -> Result<(String, String)> {
    let name = named("name", name)?;
    let zone = zoned("time_zone", time_zone)?;
    for module in modules {
        licences::check(registry, module)?;
    }
    Ok((name, zone))
}

/// A time zone by the name that the time zone database has for it.
pub(crate) fn zoned(field: &'static str, text: &str) -> Result<String> {
    let zone = jiff::tz::TimeZone::get(text.trim()).ok();
    let zone = zone.as_ref().and_then(|zone| zone.iana_name()).ok_or_else(|| {
        AppError::field(field, format!("“{text}” is no time zone; enter one such as Africa/Johannesburg."))
    })?;
    Ok(zone.to_owned())
}

/// Two tenants of one name would be mixed up by people, though not by the program.
async fn free(app: &App, name: &str, but: Option<TenantId>) -> Result<()> {
    let taken = |tenant: &Tenant| fold(&tenant.name) == fold(name) && Some(tenant.id) != but;
    if list_tenants(app).await?.iter().any(taken) {
        return Err(AppError::field("name", format!("There is a tenant “{name}” already. Choose another name.")));
    }
    Ok(())
}

/// The tenants of the installation, the oldest first.
///
/// # Errors
/// Only faults of this side.
pub async fn list_tenants(app: &App) -> Result<Vec<Tenant>> {
    Ok(system::tenants(&mut app.db.system_read().await?).await?)
}

/// The tenant with this id or name; without either the only one that there is.
///
/// # Errors
/// [`AppError::Invalid`] with the names to choose from.
pub async fn find_tenant(app: &App, which: Option<&str>) -> Result<Tenant> {
    let mut tenants = list_tenants(app).await?;
    let names = tenants.iter().map(|tenant| tenant.name.as_str()).collect::<Vec<_>>().join(", ");
    let refused = |why: String| AppError::field("tenant", why);
    if tenants.is_empty() {
        return Err(refused("There is no tenant yet. `dossier tenant add` makes one.".to_owned()));
    }
    let Some(which) = which else {
        if tenants.len() > 1 {
            return Err(refused(format!("Say which tenant, by name or id. There are: {names}.")));
        }
        return Ok(tenants.remove(0));
    };
    // Tenants name themselves, so that a name could look like the id of another one.
    if let Some(exact) = tenants.iter().position(|tenant| tenant.id.to_string() == which.trim()) {
        return Ok(tenants.swap_remove(exact));
    }
    tenants.retain(|tenant| fold(&tenant.name) == fold(which.trim()));
    if tenants.len() > 1 {
        let ids = tenants.iter().map(|tenant| tenant.id.to_string()).collect::<Vec<_>>().join(", ");
        return Err(refused(format!("Several tenants are called “{which}”. Say which one by its id: {ids}.")));
    }
    tenants.pop().ok_or_else(|| refused(format!("There is no tenant “{which}”. There are: {names}.")))
}

/// Gives a tenant another name. `false` when it has it already.
///
/// # Errors
/// [`AppError::NotFound`], or [`AppError::Invalid`] for a name that another tenant has.
pub async fn rename_tenant(app: &App, tenant: TenantId, name: &str) -> Result<bool> {
    let name = named("name", name)?;
    free(app, &name, Some(tenant)).await?;
    let mut tx = app.db.operate(Scope::of(tenant)).await?;
    let before = tenants::lock(&mut tx).await?.ok_or(AppError::NotFound)?.name;
    if before == name {
        return Ok(false);
    }
    system::rename_tenant(&mut tx, &name).await?;
    Entry::by_operator()
        .did("tenant.renamed", "tenant", tenant)
        .before(json!({ "name": before }))
        .after(json!({ "name": name }))
        .write(app, &mut tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}
