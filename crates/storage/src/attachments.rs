//! Files of a request. Their bytes lie sealed in the [`crate::BlobStore`]; here is what is known of them.

use std::sync::Arc;

use dossier_domain::{AttachmentId, PrincipalId, RequestId, RunId, TenantId, Timestamp};
use dossier_vault::Key;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// What seals and opens the bytes of one file. It outlives its transaction, because no bytes are moved inside one.
pub struct FileKey {
    key: Arc<Key>,
    tenant: TenantId,
    request: RequestId,
    id: AttachmentId,
}

impl FileKey {
    /// What the seal says of the bytes: those of a file do not open as its preview.
    fn context(&self, part: Part) -> Vec<u8> {
        let what = match part {
            Part::Whole => "attachment",
            Part::Preview => "attachment.preview",
        };
        format!("{what}/{}/{}", self.tenant, self.id).into_bytes()
    }

    pub(crate) fn place(&self) -> String {
        format!("{}/{}/{}", self.tenant, self.request, self.id)
    }

    pub(crate) fn seal(&self, part: Part, bytes: &[u8]) -> Result<Vec<u8>, StorageError> {
        self.key.seal(&self.context(part), bytes).map_err(|_| StorageError::Sealed)
    }

    pub(crate) fn open(&self, part: Part, sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        self.key.open(&self.context(part), sealed).map_err(|_| StorageError::Sealed)
    }

    pub(crate) fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        self.key.digest("attachment.bytes", bytes)
    }
}

/// What of a file lies in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its bytes as they came.
    Whole,
    /// The picture that is shown of it.
    Preview,
}

/// Only which file.
impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileKey({})", self.id)
    }
}

/// Where sealed bytes lie, as [`crate::BlobStore::put`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Their name in the store.
    pub key: String,
    /// Bytes before sealing.
    pub size: u64,
    /// A keyed digest of the bytes: equal for equal bytes in one request.
    pub digest: [u8; 32],
}

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It came back from the provider.
    Received,
    /// A person chose it. Without a run it is only staged.
    Sent,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }

    fn of(word: &str) -> Result<Self, StorageError> {
        match word {
            "received" => Ok(Self::Received),
            "sent" => Ok(Self::Sent),
            _ => Err(StorageError::Corrupt("kind")),
        }
    }
}

/// A file of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The id.
    pub id: AttachmentId,
    /// Of which request.
    pub request: RequestId,
    /// Which run brought it, or was the first to send it.
    pub run: Option<RunId>,
    /// Which way it goes.
    pub kind: Kind,
    /// Its name; sealed, because it often is a person's.
    pub name: String,
    /// Such as `application/pdf`.
    pub media_type: String,
    /// Where its bytes lie.
    pub blob: Blob,
    /// How large the picture is that is shown of it; it lies beside its bytes. None where nothing could be made to be shown.
    pub preview: Option<Pixels>,
    /// Who staged it.
    pub staged_by: Option<PrincipalId>,
    /// Since when.
    pub created_at: Timestamp,
}

/// The name is personal data.
impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({}, {}, {} bytes)", self.id, self.media_type, self.blob.size)
    }
}

/// What seals and opens the bytes of the file `id` of `request`.
pub async fn key(tx: &mut ReadTx, request: RequestId, id: AttachmentId) -> Result<FileKey, StorageError> {
    Ok(FileKey { key: tx.request_key(request).await?, tenant: tx.tenant(), request, id })
}

/// Adds a file whose bytes lie in the store already.
pub async fn add(tx: &mut WriteTx, file: &Attachment) -> Result<(), StorageError> {
    let name = tx.sealer(file.request, "attachment", file.id).await?.seal("sealed_name", file.name.as_bytes())?;
    let add = query(
        "INSERT INTO attachment (tenant_id, id, request_id, run_id, sealed_name, media_type, size, digest, blob_key, created_at,
            kind, preview_width, preview_height, staged_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tx.tenant())
    .bind(file.id)
    .bind(file.request)
    .bind(file.run)
    .bind(name)
    .bind(file.media_type.as_str())
    .bind(i64::try_from(file.blob.size).unwrap_or(i64::MAX))
    .bind(file.blob.digest)
    .bind(file.blob.key.as_str())
    .bind(file.created_at)
    .bind(file.kind.word())
    .bind(file.preview.map(|pixels| i64::from(pixels.width)))
    .bind(file.preview.map(|pixels| i64::from(pixels.height)))
    .bind(file.staged_by);
    tx.execute(add).await.map(drop)
}

async fn read(tx: &mut ReadTx, row: &Row) -> Result<Attachment, StorageError> {
    let (id, request): (AttachmentId, RequestId) = (row.get("id")?, row.get("request_id")?);
    let name = tx.sealer(request, "attachment", id).await?.open_text(row, "sealed_name")?;
    let size: i64 = row.get("size")?;
    let size = u64::try_from(size).map_err(|_| StorageError::Corrupt("size"))?;
    let side = |name| row.get::<Option<i64>>(name).map(|side| side.and_then(|side| u32::try_from(side).ok()));
    let preview = side("preview_width")?.zip(side("preview_height")?);
    Ok(Attachment {
        id,
        request,
        run: row.get("run_id")?,
        kind: Kind::of(&row.get::<String>("kind")?)?,
        name,
        media_type: row.get("media_type")?,
        blob: Blob { key: row.get("blob_key")?, size, digest: row.get("digest")? },
        preview: preview.map(|(width, height)| Pixels { width, height }),
        staged_by: row.get("staged_by")?,
        created_at: row.get("created_at")?,
    })
}

/// The file.
pub async fn find(tx: &mut ReadTx, id: AttachmentId) -> Result<Option<Attachment>, StorageError> {
    let find = query("SELECT * FROM attachment WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// The files of a request, or of one of its runs only, in the order in which they came.
pub async fn list(tx: &mut ReadTx, request: RequestId, run: Option<RunId>) -> Result<Vec<Attachment>, StorageError> {
    let mut list =
        query("SELECT * FROM attachment WHERE tenant_id = $1 AND request_id = $2").bind(tx.tenant()).bind(request);
    if let Some(run) = run {
        list = list.push(" AND run_id = ").push_bind(run);
    }
    let mut files = Vec::new();
    for row in tx.all(list.push(" ORDER BY id")).await? {
        files.push(read(tx, &row).await?);
    }
    Ok(files)
}

/// Gives a staged file to the run that sends it. `false` when it is no staged file.
pub async fn give(tx: &mut WriteTx, id: AttachmentId, run: RunId) -> Result<bool, StorageError> {
    let give = query(
        "UPDATE attachment SET run_id = $3 WHERE tenant_id = $1 AND id = $2 AND kind = 'sent' AND run_id IS NULL",
    );
    let give = give.bind(tx.tenant()).bind(id).bind(run);
    tx.changes_one(give).await
}

/// The files that were staged at `before` or earlier and that no run has sent, each with the name of its bytes in the
/// store.
pub async fn staged(tx: &mut ReadTx, before: Timestamp) -> Result<Vec<(AttachmentId, String)>, StorageError> {
    let list = query(
        "SELECT id, blob_key FROM attachment
         WHERE tenant_id = $1 AND kind = 'sent' AND run_id IS NULL AND created_at <= $2",
    );
    let list = list.bind(tx.tenant()).bind(before);
    tx.all(list).await?.iter().map(|row| Ok((row.get("id")?, row.get("blob_key")?))).collect()
}

/// Removes the row of a staged file; its bytes are removed from the store before. `false` when it is no staged file.
pub async fn unstage(tx: &mut WriteTx, id: AttachmentId) -> Result<bool, StorageError> {
    let remove = query("DELETE FROM attachment WHERE tenant_id = $1 AND id = $2 AND kind = 'sent' AND run_id IS NULL");
    let remove = remove.bind(tx.tenant()).bind(id);
    tx.changes_one(remove).await
}
