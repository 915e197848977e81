//! What the operator of the installation does: tenants, licences and their first people (TENANT-5).

use dossier_domain::{BuiltInRole, Email, Scope, TenantId, Timestamp, UserId};
use dossier_storage::tenants::Tenant;
use dossier_storage::users::NewUser;
use dossier_storage::{Constraint, StorageError, licences, roles, system, tenants, users};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Member, Who};

/// Makes a tenant with the built-in roles and `modules`.
///
/// # Errors
/// Only faults of this side.
pub async fn add_tenant(
    app: &App,
    name: &str,
    time_zone: &str,
    modules: &[(String, Option<Timestamp>)],
) -> Result<TenantId> {
    let id = app.ids.make();
    let mut tx = app.db.system().await?;
    let tenant = Tenant { id, name: name.to_owned(), time_zone: time_zone.to_owned(), created_at: app.now() };
    system::add_tenant(&mut tx, &tenant).await?;
    system::set_licence(&mut tx, id, modules).await?;
    tx.commit().await?;

    let mut tx = app.db.write(Scope::of(id)).await?;
    for &role in BuiltInRole::ALL {
        roles::add_built_in(&mut tx, app.ids.make(), role).await?;
    }
    let modules: Vec<_> = modules.iter().map(|(module, _)| module).collect();
    let after = json!({ "name": name, "modules": modules });
    Entry::by_system().did("tenant.created", "tenant", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// Replaces what a tenant may use.
///
/// # Errors
/// Only faults of this side.
pub async fn set_licence(app: &App, tenant: TenantId, modules: &[(String, Option<Timestamp>)]) -> Result<()> {
    let mut tx = app.db.system().await?;
    system::set_licence(&mut tx, tenant, modules).await?;
    tx.commit().await?;
    let mut tx = app.db.write(Scope::of(tenant)).await?;
    let after = json!({ "modules": modules.iter().map(|(module, _)| module).collect::<Vec<_>>() });
    Entry::by_system().did("licence.changed", "tenant", tenant).after(after).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}

/// Makes a user with one built-in role.
///
/// # Errors
/// [`AppError::Invalid`] when the address is taken (TENANT-6) or the password too short.
pub async fn add_user(
    app: &App,
    tenant: TenantId,
    email: &Email,
    name: &str,
    password: &SecretString,
    role: BuiltInRole,
) -> Result<UserId> {
    if password.expose_secret().chars().count() < crate::PASSWORD_MIN_LENGTH {
        let least = crate::PASSWORD_MIN_LENGTH;
        return Err(AppError::field("password", format!("Choose a password of at least {least} characters.")));
    }
    let password_hash = SecretString::from(app.passwords.hash(password).await?);
    let id = app.ids.make();
    let mut tx = app.db.write(Scope::of(tenant)).await?;
    let held = roles::built_in(&mut tx, role).await?.ok_or(AppError::NotFound)?;
    let new = NewUser { id, email, name, password_hash: &password_hash, created_at: app.now(), roles: &[held] };
    match users::add(&mut tx, &new).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::UserEmail)) => {
            return Err(AppError::field("email", "Another user of this installation has this address."));
        }
        Err(error) => return Err(error.into()),
    }
    let after = json!({ "name": name, "email": email, "roles": [role.label()] });
    Entry::by_system().did("user.created", "user", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// The tenants of the installation.
///
/// # Errors
/// Only faults of this side.
pub async fn list_tenants(app: &App) -> Result<Vec<TenantId>> {
    Ok(system::tenants(&mut app.db.system_read().await?).await?.into_iter().map(|tenant| tenant.id).collect())
}

/// A member who acts for `user` without a browser: the demo prepares its requests as the people they belong to.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn impersonate(app: &App, tenant: TenantId, user: UserId) -> Result<Member> {
    let scope = Scope::of(tenant);
    let mut tx = app.db.read(scope).await?;
    let user = users::find(&mut tx, user).await?.ok_or(AppError::NotFound)?;
    let tenant = tenants::find(&mut tx).await?.ok_or(AppError::NotFound)?;
    Ok(Member::new(Who {
        scope,
        tenant_name: tenant.name,
        time_zone: tenant.time_zone,
        licence: licences::load(&mut tx).await?,
        session: app.ids.make(),
        user: user.id,
        name: user.name,
        roles: user.roles,
        permissions: user.permissions,
        origin: dossier_domain::Origin::default(),
        now: app.now(),
    }))
}
