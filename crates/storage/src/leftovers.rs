//! Bytes in the store of files that no row names: whoever put them ended before the row was committed. Nobody can open them,
//! and they are removed.

use dossier_domain::{AttachmentId, RequestId, Scope, Timestamp};

use crate::blobs::BlobStore;
use crate::db::Db;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::ReadTx;

/// So many are looked up in one transaction.
const AT_ONCE: usize = 100;

/// Removes what lies in the store since `before`, or longer, under the name of a file of this tenant that no row has, and
/// says how many objects that were. A row is committed minutes after its bytes at the most, so `before` is far earlier.
///
/// Files of requests that are not known stay: they are there when the database was restored to an earlier day, and may be
/// missed again when a later one comes back. So does everything with another name.
///
/// # Errors
/// [`StorageError::Files`], and faults of the database. What was not removed is found the next time.
pub async fn remove(db: &Db, store: &BlobStore, scope: Scope, before: Timestamp) -> Result<usize, StorageError> {
    let mut removed = 0;
    let old = store.lying(scope.tenant, before).await?;
    for some in old.chunks(AT_ONCE) {
        let mut nobodys = Vec::new();
        let mut tx = db.read(scope).await?;
        for lying in some.iter().filter(|lying| lying.file < AttachmentId::first(before)) {
            if is_nobodys(&mut tx, lying.request, lying.file).await? {
                nobodys.push(lying);
            }
        }
        drop(tx);
        for lying in nobodys {
            store.remove(&lying.key).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether neither a file nor one that is still to be fetched has this id, in a request that is known.
async fn is_nobodys(tx: &mut ReadTx, request: RequestId, file: AttachmentId) -> Result<bool, StorageError> {
    let find = query(
        "SELECT id FROM request WHERE tenant_id = $1 AND id = $2
         AND NOT EXISTS (SELECT 1 FROM attachment WHERE tenant_id = $1 AND id = $3)
         AND NOT EXISTS (SELECT 1 FROM pending_file WHERE tenant_id = $1 AND id = $3)",
    );
    Ok(tx.optional(find.bind(tx.tenant()).bind(request).bind(file)).await?.is_some())
}
