//! People: added, given roles, let in and kept out, given another password.

use dossier_domain::reference::fold;
use dossier_domain::{Email, Entropy, RoleId, Scope, TenantId, Timestamp, UserId};
use dossier_storage::roles::{self, Role};
use dossier_storage::tenants::{self, Tenant};
use dossier_storage::users::{self, NewUser, User};
use dossier_storage::{Constraint, StorageError, links, sessions, system};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::named;
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::password;
use crate::people::{administers, end_link, issue_for, keep_one_administrator};

/// A person and the tenant that the person belongs to.
pub struct Person {
    /// The tenant.
    pub tenant: Tenant,
    /// The person.
    pub user: User,
}

/// Makes a user with these roles, each a built-in role's word, such as `kyc-operator`, or the name of a role of the tenant.
///
/// # Errors
/// [`AppError::Invalid`] when the address is taken (TENANT-6), the password is too short or too long, or a role is unknown.
pub async fn add_user(
    app: &App,
    tenant: TenantId,
    email: &Email,
    name: &str,
    password: &SecretString,
    words: &[&str],
) -> Result<UserId> {
    let name = named("name", name)?;
    let hash = hashed(app, password).await?;
    let id = app.ids.make();
    let mut tx = app.db.write(Scope::of(tenant)).await?;
    let chosen = choose(&roles::hold(&mut tx).await?, words)?;
    let held: Vec<_> = chosen.iter().map(|role| role.id).collect();
    let new = NewUser { id, email, name: &name, password_hash: &hash, created_at: app.now(), roles: &held };
    match users::add(&mut tx, &new).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::UserEmail)) => {
            return Err(AppError::field("email", "Another user of this installation has this address."));
        }
        Err(error) => return Err(error.into()),
    }
    let after = json!({ "name": name, "email": email, "roles": names(&chosen) });
    Entry::by_operator().did("user.created", "user", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

async fn hashed(app: &App, chosen: &SecretString) -> Result<SecretString> {
    password::check_length(chosen)?;
    Ok(SecretString::from(app.passwords.hash(chosen).await?))
}

fn choose(all: &[Role], words: &[&str]) -> Result<Vec<Role>> {
    if words.is_empty() {
        return Err(AppError::field("role", "Name at least one role."));
    }
    let mut chosen: Vec<Role> = Vec::new();
    for word in words {
        let fits = |role: &&Role| role.built_in.as_deref() == Some(*word) || fold(&role.name) == fold(word.trim());
        let role = all.iter().find(fits).ok_or_else(|| {
            let known = all.iter().map(|role| role.built_in.as_deref().unwrap_or(&role.name)).collect::<Vec<_>>();
            AppError::field("role", format!("There is no role “{word}”. There are: {}.", known.join(", ")))
        })?;
        if !chosen.contains(role) {
            chosen.push(role.clone());
        }
    }
    Ok(chosen)
}

fn names(roles: &[Role]) -> Vec<&str> {
    let mut names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// A password that nobody has chosen, to be shown once.
pub fn make_password() -> SecretString {
    password::make(&Entropy::System)
}

/// Everybody of a tenant, active or not, in the order of their addresses.
///
/// # Errors
/// Only faults of this side.
pub async fn list_users(app: &App, tenant: TenantId) -> Result<Vec<User>> {
    Ok(users::list(&mut app.db.read(Scope::of(tenant)).await?).await?)
}

/// Who has this address, in whichever tenant (TENANT-6).
///
/// # Errors
/// [`AppError::Invalid`] when nobody has it.
pub async fn find_user(app: &App, email: &Email) -> Result<Person> {
    let nobody = || AppError::field("email", format!("No user of this installation has the address {email}."));
    let found = system::find_credential(&mut app.db.system_read().await?, &email.folded()).await?;
    let found = found.ok_or_else(nobody)?;
    let mut tx = app.db.read(Scope::of(found.tenant)).await?;
    let tenant = tenants::find(&mut tx).await?.ok_or(AppError::NotFound)?;
    let user = users::find(&mut tx, found.user).await?.ok_or_else(nobody)?;
    Ok(Person { tenant, user })
}

/// Replaces a person's roles by these, named as for [`add_user`]. `false` when that is how it is already.
///
/// # Errors
/// [`AppError::Invalid`] for an unknown role; [`AppError::Conflict`] for the last active administrator (ACCESS-5).
pub async fn set_roles(app: &App, person: &Person, words: &[&str]) -> Result<bool> {
    let mut tx = app.db.write(Scope::of(person.tenant.id)).await?;
    let chosen = choose(&roles::hold(&mut tx).await?, words)?;
    let user = users::find(&mut tx, person.user.id).await?.ok_or(AppError::NotFound)?;
    if user.roles == names(&chosen) {
        return Ok(false);
    }
    if !chosen.iter().any(|role| administers(&role.permissions)) {
        keep_one_administrator(&mut tx, |one| one.id != user.id).await?;
    }
    let ids: Vec<RoleId> = chosen.iter().map(|role| role.id).collect();
    users::set_roles(&mut tx, user.id, &ids).await?;
    Entry::by_operator()
        .did("user.roles_changed", "user", user.id)
        .before(json!({ "roles": user.roles }))
        .after(json!({ "roles": names(&chosen) }))
        .write(app, &mut tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Keeps a person out from now on, and ends the person's sessions. `false` when the person was kept out already.
///
/// # Errors
/// [`AppError::Conflict`] for the last active administrator (ACCESS-5).
pub async fn deactivate(app: &App, person: &Person) -> Result<bool> {
    let mut tx = app.db.write(Scope::of(person.tenant.id)).await?;
    roles::hold(&mut tx).await?;
    let user = users::find(&mut tx, person.user.id).await?.ok_or(AppError::NotFound)?;
    if !user.active {
        return Ok(false);
    }
    keep_one_administrator(&mut tx, |one| one.id != user.id).await?;
    end_link(app, &mut tx, user.id).await?;
    users::set_active(&mut tx, user.id, false).await?;
    let ended = sessions::remove_for_user(&mut tx, user.id).await?;
    let (before, after) = (json!({ "active": true }), json!({ "active": false, "sessions_ended": ended }));
    let entry = Entry::by_operator().did("user.deactivated", "user", user.id).before(before).after(after);
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets a person in again. `false` when the person can sign in already.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn activate(app: &App, person: &Person) -> Result<bool> {
    let mut tx = app.db.write(Scope::of(person.tenant.id)).await?;
    roles::hold(&mut tx).await?;
    let user = users::find(&mut tx, person.user.id).await?.ok_or(AppError::NotFound)?;
    if user.active {
        return Ok(false);
    }
    users::set_active(&mut tx, user.id, true).await?;
    let (before, after) = (json!({ "active": false }), json!({ "active": true }));
    let entry = Entry::by_operator().did("user.activated", "user", user.id).before(before).after(after);
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Makes a link by which a person sets a password, in place of the one before. Its address begins with `public_url`, where
/// that is configured.
///
/// # Errors
/// [`AppError::Conflict`] for a person who is kept out.
pub async fn link(app: &App, person: &Person) -> Result<(SecretString, Timestamp)> {
    let mut tx = app.db.write(Scope::of(person.tenant.id)).await?;
    roles::hold(&mut tx).await?;
    let user = users::find(&mut tx, person.user.id).await?.ok_or(AppError::NotFound)?;
    let link = issue_for(app, &mut tx, Entry::by_operator(), &user).await?;
    tx.commit().await?;
    let origin = app.public_origin.as_deref().unwrap_or_default();
    Ok((SecretString::from(format!("{origin}{}", link.path().expose_secret())), link.expires_at))
}

/// Gives a person another password, and ends the person's sessions and a link to set one.
///
/// # Errors
/// [`AppError::Invalid`] when the password is too short or too long.
pub async fn reset(app: &App, person: &Person, password: &SecretString) -> Result<()> {
    let hash = hashed(app, password).await?;
    let mut tx = app.db.write(Scope::of(person.tenant.id)).await?;
    links::remove(&mut tx, person.user.id).await?;
    users::set_password(&mut tx, person.user.id, &hash).await?;
    sessions::remove_for_user(&mut tx, person.user.id).await?;
    let after = json!({ "password": "changed" });
    Entry::by_operator().did("user.password_reset", "user", person.user.id).after(after).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}
