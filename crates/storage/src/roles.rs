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
}

/// The tenant's roles in the order of their names. Until this transaction ends nobody else decides who is an administrator
/// by this function: who would take the last one away must wait and count again.
pub async fn hold(tx: &mut WriteTx) -> Result<Vec<Role>, StorageError> {
    let hold = query("SELECT id FROM role WHERE tenant_id = $1 AND built_in = $2");
    let hold = hold.bind(tx.tenant()).bind(BuiltInRole::Administrator.as_str());
    tx.lock(hold).await?;
    let list = query("SELECT id, built_in, name, permissions FROM role WHERE tenant_id = $1 ORDER BY name");
    let list = list.bind(tx.tenant());
    let rows = tx.all(list).await?;
    let read = |row: &Row| {
        Ok(Role {
            id: row.get("id")?,
            built_in: row.get("built_in")?,
            name: row.get("name")?,
            permissions: row.get("permissions")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The tenant's copy of a built-in role.
pub async fn built_in(tx: &mut ReadTx, role: BuiltInRole) -> Result<Option<RoleId>, StorageError> {
    let find =
        query("SELECT id FROM role WHERE tenant_id = $1 AND built_in = $2").bind(tx.tenant()).bind(role.as_str());
    tx.optional(find).await?.map(|row| row.get("id")).transpose()
}
