//! Pending files: behind links that could not be fetched at once. Each becomes an attachment under its id, or goes.

use dossier_domain::{AttachmentId, RequestId, RunId, Timestamp};

use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// A pending file.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingFile {
    /// The id that it will have as an attachment.
    pub id: AttachmentId,
    /// Of which request.
    pub request: RequestId,
    /// Of which run.
    pub run: RunId,
    /// The name to show; sealed.
    pub name: String,
    /// Where it lies; sealed, since whoever has the link has the file.
    pub link: String,
    /// Its media type, where that is known before.
    pub media_type: Option<String>,
    /// After this instant nobody tries any more.
    pub until: Timestamp,
}

/// Only its id.
impl std::fmt::Debug for PendingFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PendingFile({})", self.id)
    }
}

/// Adds a pending file.
pub async fn add(tx: &mut WriteTx, file: &PendingFile) -> Result<(), StorageError> {
    let sealer = tx.sealer(file.request, "pending_file", file.id).await?;
    let add = query(
        "INSERT INTO pending_file (tenant_id, id, request_id, run_id, sealed_name, sealed_link, media_type, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.tenant())
    .bind(file.id)
    .bind(file.request)
    .bind(file.run)
    .bind(sealer.seal("sealed_name", file.name.as_bytes())?)
    .bind(sealer.seal("sealed_link", file.link.as_bytes())?)
    .bind(file.media_type.clone())
    .bind(file.until);
    tx.execute(add).await.map(drop)
}

/// The pending files of a run, in the order of its answer.
pub async fn of_run(tx: &mut ReadTx, run: RunId) -> Result<Vec<PendingFile>, StorageError> {
    let list = query("SELECT * FROM pending_file WHERE tenant_id = $1 AND run_id = $2 ORDER BY id");
    let mut files = Vec::new();
    for row in tx.all(list.bind(tx.tenant()).bind(run)).await? {
        let (id, request): (AttachmentId, RequestId) = (row.get("id")?, row.get("request_id")?);
        let sealer = tx.sealer(request, "pending_file", id).await?;
        files.push(PendingFile {
            id,
            request,
            run,
            name: sealer.open_text(&row, "sealed_name")?,
            link: sealer.open_text(&row, "sealed_link")?,
            media_type: row.get("media_type")?,
            until: row.get("until")?,
        });
    }
    Ok(files)
}

/// Removes a pending file. Says whether it was there.
pub async fn remove(tx: &mut WriteTx, id: AttachmentId) -> Result<bool, StorageError> {
    let remove = query("DELETE FROM pending_file WHERE tenant_id = $1 AND id = $2");
    tx.changes_one(remove.bind(tx.tenant()).bind(id)).await
}
