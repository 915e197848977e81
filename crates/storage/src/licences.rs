//! What a tenant may use. Written by [`crate::system::set_licence`].

use dossier_domain::Licence;

use crate::error::StorageError;
use crate::query::query;
use crate::tx::ReadTx;

/// The tenant's modules; an empty licence when it has none.
pub async fn load(tx: &mut ReadTx) -> Result<Licence, StorageError> {
    let find = query("SELECT module, ends_at FROM licence_module WHERE tenant_id = $1").bind(tx.tenant());
    tx.all(find).await?.iter().map(|row| Ok((row.get("module")?, row.get("ends_at")?))).collect()
}
