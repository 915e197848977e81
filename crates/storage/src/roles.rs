//! Roles: named bundles of permissions.

use dossier_domain::{BuiltInRole, PermissionSet, RoleId};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::row::permission_words;
use crate::tx::{ReadTx, WriteTx};

/// Adds a role that every tenant has (ACCESS-5).
///
/// # Errors
/// [`crate::Constraint::RoleName`] when the tenant has it.
pub async fn add_built_in(tx: &mut WriteTx, id: RoleId, role: BuiltInRole) -> Result<(), StorageError> {
    let add = query("INSERT INTO role (tenant_id, id, built_in, name, permissions) VALUES ($1, $2, $3, $4, $5)")
        .bind(tx.tenant())
        .bind(id)
        .bind(role.as_str())
        .bind(role.label())
        .bind(permission_words(role.permissions()));
    tx.attempt(add).await.map(drop)
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The id.
    pub id: RoleId,
    /// Which of the roles that every tenant has, if any.
    pub built_in: Option<String>,
    /// Its name, which no other role of the tenant has.
    pub name: String,
    /// What it grants.
    pub permissions: PermissionSet,
    /// Grows with every change.
    pub version: i64,
}

/// The tenant's roles in the order of their names.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<Role>, StorageError> {
    let list =
        query("SELECT id, built_in, name, permissions, version FROM role WHERE tenant_id = $1 ORDER BY name, id");
    let list = list.bind(tx.tenant());
    let rows = tx.all(list).await?;
    let read = |row: &Row| {
        Ok(Role {
            id: row.get("id")?,
            built_in: row.get("built_in")?,
            name: row.get("name")?,
            permissions: row.get("permissions")?,
            version: row.get("version")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Like [`list`]. Until this transaction ends nobody else decides who may do what by this function: who would take the last
/// administrator away must wait and count again.
pub async fn hold(tx: &mut WriteTx) -> Result<Vec<Role>, StorageError> {
    let hold = query("SELECT id FROM role WHERE tenant_id = $1 AND built_in = $2");
    let hold = hold.bind(tx.tenant()).bind(BuiltInRole::Administrator.as_str());
    tx.lock(hold).await?;
    list(tx).await
}

/// Adds a role of the tenant's own.
///
/// # Errors
/// [`crate::Constraint::RoleName`] when another one has the name.
pub async fn add(tx: &mut WriteTx, id: RoleId, name: &str, permissions: &PermissionSet) -> Result<(), StorageError> {
    let add = query("INSERT INTO role (tenant_id, id, name, permissions) VALUES ($1, $2, $3, $4)");
    let add = add.bind(tx.tenant()).bind(id).bind(name).bind(words(permissions));
    tx.attempt(add).await.map(drop)
}

/// Changes a role of the tenant's own that still has this version. Says whether it had.
///
/// # Errors
/// [`crate::Constraint::RoleName`] when another one has the name.
pub async fn change(
    tx: &mut WriteTx,
    id: RoleId,
    version: i64,
    name: &str,
    permissions: &PermissionSet,
) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE role SET name = $4, permissions = $5, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $3 AND built_in IS NULL",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(version).bind(name).bind(words(permissions));
    Ok(tx.attempt(set).await? > 0)
}

/// Takes a role of the tenant's own from everybody, and removes it. Says whether there was one.
pub async fn remove(tx: &mut WriteTx, id: RoleId) -> Result<bool, StorageError> {
    let take = query(
        "DELETE FROM user_role WHERE tenant_id = $1 AND role_id = $2 AND EXISTS (
            SELECT 1 FROM role r WHERE r.tenant_id = $1 AND r.id = $2 AND r.built_in IS NULL)",
    );
    let take = take.bind(tx.tenant()).bind(id);
    tx.execute(take).await?;
    let remove = query("DELETE FROM role WHERE tenant_id = $1 AND id = $2 AND built_in IS NULL");
    let remove = remove.bind(tx.tenant()).bind(id);
    tx.changes_one(remove).await
}

fn words(permissions: &PermissionSet) -> String {
    permission_words(&permissions.iter().collect::<Vec<_>>())
}

/// The tenant's copy of a built-in role.
pub async fn built_in(tx: &mut ReadTx, role: BuiltInRole) -> Result<Option<RoleId>, StorageError> {
    let find =
        query("SELECT id FROM role WHERE tenant_id = $1 AND built_in = $2").bind(tx.tenant()).bind(role.as_str());
    tx.optional(find).await?.map(|row| row.get("id")).transpose()
}
