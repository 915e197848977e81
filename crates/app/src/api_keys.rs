//! The keys by which programs use the API: made, looked at, revoked.
//!
//! A key belongs to the tenant and not to whoever made it: it goes on when that person leaves, and the list says who it
//! was. It holds what it was given and never more than its maker held, and it always has an end.

use std::time::Duration;

use dossier_domain::{ApiKeyId, Permission, PermissionSet, Timestamp};
pub use dossier_storage::api_keys::ApiKey;
use dossier_storage::{By, api_keys as stored};
use dossier_vault::token_digest;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::App;
use crate::access::new_token;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{ApiKeys, Grant};
use crate::people::{hold, reach, read};
use crate::setup::named;

/// How every key begins, so that people and programs that look for lost secrets know one.
pub const PREFIX: &str = "dossier_";
/// The longest life of a key.
pub const LONGEST: Duration = Duration::from_hours(366 * 24);
/// How many characters of a key's end are shown for good.
pub(crate) const ENDING: usize = 4;

/// A key to be.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// What people will call it.
    pub name: String,
    /// The words of what it may do.
    pub permissions: Vec<String>,
    /// The first instant at which it counts no more; `None` when what was typed is no day.
    pub expires_at: Option<Timestamp>,
}

/// A key that was made, with its text, which is shown once.
#[derive(Debug)]
pub struct Made {
    /// As it is stored.
    pub key: ApiKey,
    /// What a program sends.
    pub token: SecretString,
}

/// Every key of the tenant, those that count first, each part with the newest first.
///
/// # Errors
/// Only faults of this side.
pub async fn list(app: &App, grant: &Grant<ApiKeys>) -> Result<Vec<ApiKey>> {
    let now = app.now();
    let mut all = stored::list(&mut app.db.read(grant.scope).await?).await?;
    all.sort_by_key(|key| !key.counts(now));
    Ok(all)
}

/// One key.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn find(app: &App, grant: &Grant<ApiKeys>, id: ApiKeyId) -> Result<ApiKey> {
    stored::find(&mut app.db.read(grant.scope).await?, id).await?.ok_or(AppError::NotFound)
}

/// The id of a key to be, which its form carries.
pub fn new_id(app: &App) -> ApiKeyId {
    app.ids.make()
}

/// The permissions that a member may give to a key: those that the member holds.
pub fn givable(grant: &Grant<ApiKeys>) -> Vec<Permission> {
    let holds = |permission: &Permission| grant.permissions.lacks(&[*permission].into_iter().collect()).is_none();
    Permission::ALL.iter().copied().filter(holds).collect()
}

/// Makes a key.
///
/// # Errors
/// [`AppError::Invalid`] with `name`, `permissions` or `expires_at`; [`AppError::Forbidden`] for a permission that the maker
/// does not hold; [`AppError::Conflict`] when the form has made its key before.
pub async fn make(app: &App, grant: &Grant<ApiKeys>, id: ApiKeyId, typed: &Typed) -> Result<Made> {
    let now = app.now();
    let mut refused = Vec::new();
    let name = read(&mut refused, named("name", &typed.name));
    let permissions = typed.permissions.iter().map(|word| word.parse::<Permission>().ok());
    let permissions: Option<PermissionSet> = permissions.collect();
    let permissions = permissions.filter(|all| all.iter().next().is_some());
    if permissions.is_none() {
        refused
            .push(FieldError::new("permissions", "Give the key at least one permission, from those that there are."));
    }
    let useless = |all: &PermissionSet| {
        let lame = |p: Permission| p.as_str().starts_with("kyc:") && !all.allows(p);
        all.iter().any(lame)
    };
    if permissions.as_ref().is_some_and(useless) {
        refused
            .push(FieldError::new("permissions", "Add kyc:read: without it the other kyc permissions open nothing."));
    }
    let expires_at = typed.expires_at.filter(|end| *end > now && *end <= now.plus(LONGEST));
    if expires_at.is_none() {
        let why = "Choose a day from tomorrow on and at most a year away: every key has an end.";
        refused.push(FieldError::new("expires_at", why));
    }
    let (Some(name), Some(permissions), Some(expires_at), true) = (name, permissions, expires_at, refused.is_empty())
    else {
        return Err(AppError::Invalid(refused));
    };

    let mut tx = app.db.write(grant.scope).await?;
    let held = hold(app, &mut tx, grant).await?;
    reach(&held.mine, &permissions)?;
    if let Some(made) = stored::find(&mut tx, id).await? {
        return Err(AppError::Conflict(format!(
            "This form has made the key “{}” already, and a key is shown once. If you did not keep it, revoke it and make another.",
            made.name
        )));
    }
    let token = SecretString::from(format!("{PREFIX}{}", new_token(app).expose_secret()));
    let text = token.expose_secret();
    let key = ApiKey {
        id,
        name,
        ending: text[text.len() - ENDING..].to_owned(),
        permissions,
        created_at: now,
        created_by: By::from(&grant.actor()),
        expires_at,
        revoked_at: None,
        last_used_at: None,
        last_address: None,
    };
    stored::add(&mut tx, &key, token_digest(text.as_bytes())).await?;
    let after = json!({
        "name": key.name, "expires_at": expires_at.to_string(),
        "permissions": key.permissions.iter().map(Permission::as_str).collect::<Vec<_>>(),
    });
    Entry::by(grant).did("api_key.created", "api_key", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Made { key, token })
}

/// Ends a key at once and for good. Doing it twice is the same as once.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn revoke(app: &App, grant: &Grant<ApiKeys>, id: ApiKeyId) -> Result<ApiKey> {
    let mut tx = app.db.write(grant.scope).await?;
    stored::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if stored::revoke(&mut tx, id, app.now()).await? {
        Entry::by(grant).did("api_key.revoked", "api_key", id).write(app, &mut tx).await?;
    }
    let key = stored::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    tx.commit().await?;
    Ok(key)
}
