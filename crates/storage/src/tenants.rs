//! Tenants, seen from inside. They are made by [`crate::system::add_tenant`].

use dossier_domain::{TenantId, Timestamp};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::ReadTx;

/// An organisation that uses this installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name on pages.
    pub name: String,
    /// The IANA time zone of its pages, such as `Africa/Johannesburg`.
    pub time_zone: String,
    /// Since when.
    pub created_at: Timestamp,
}

pub(crate) fn read(row: &Row) -> Result<Tenant, StorageError> {
    Ok(Tenant {
        id: row.get("tenant_id")?,
        name: row.get("name")?,
        time_zone: row.get("time_zone")?,
        created_at: row.get("created_at")?,
    })
}

/// The tenant of this transaction.
pub async fn find(tx: &mut ReadTx) -> Result<Option<Tenant>, StorageError> {
    let find =
        query("SELECT tenant_id, name, time_zone, created_at FROM tenant WHERE tenant_id = $1").bind(tx.tenant());
    tx.optional(find).await?.as_ref().map(read).transpose()
}
