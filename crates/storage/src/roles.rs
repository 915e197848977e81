//! Roles: named bundles of permissions.

use dossier_domain::{BuiltInRole, RoleId};

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

/// The tenant's copy of a built-in role.
pub async fn built_in(tx: &mut ReadTx, role: BuiltInRole) -> Result<Option<RoleId>, StorageError> {
    let find =
        query("SELECT id FROM role WHERE tenant_id = $1 AND built_in = $2").bind(tx.tenant()).bind(role.as_str());
    tx.optional(find).await?.map(|row| row.get("id")).transpose()
}
