//! An API key that the operator makes: the demo prints one.

use dossier_domain::{Actor, Permission, Scope, TenantId, Timestamp};
use dossier_storage::api_keys::{self, ApiKey};
use dossier_storage::{By, system};
use dossier_vault::token_digest;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::App;
use crate::api_keys::{ENDING, PREFIX};
use crate::audit::Entry;
use crate::error::Result;

/// The API key whose secret part is `secret`, made under `name` unless it was there: the whole text of it, which a program
/// sends.
///
/// # Errors
/// Only faults of this side.
pub async fn api_key(
    app: &App,
    tenant: TenantId,
    name: &str,
    permissions: &[Permission],
    secret: &SecretString,
    expires_at: Timestamp,
) -> Result<SecretString> {
    let token = SecretString::from(format!("{PREFIX}{}", secret.expose_secret()));
    let digest = token_digest(token.expose_secret().as_bytes());
    if system::find_api_key(&mut app.db.system_read().await?, digest).await?.is_some() {
        return Ok(token);
    }
    let text = token.expose_secret();
    let key = ApiKey {
        id: app.ids.make(),
        name: name.to_owned(),
        ending: text[text.len().saturating_sub(ENDING)..].to_owned(),
        permissions: permissions.iter().copied().collect(),
        created_at: app.now(),
        created_by: By::from(&Actor::Operator),
        expires_at,
        revoked_at: None,
        last_used_at: None,
        last_address: None,
    };
    let mut tx = app.db.write(Scope::of(tenant)).await?;
    api_keys::add(&mut tx, &key, digest).await?;
    let after = json!({
        "name": name, "expires_at": expires_at.to_string(),
        "permissions": permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>(),
    });
    Entry::by_operator().did("api_key.created", "api_key", key.id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(token)
}
