//! Notes: what people wrote about a request, and how they moved it. Never changed afterwards.

use dossier_domain::{NoteId, RequestId, RequestStatus, Timestamp};

use crate::by::By;
use crate::dialect::Row;
use crate::error::StorageError;
use crate::page::{self, Cursor, Page};
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// A note, or a move with or without words.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// The id.
    pub id: NoteId,
    /// Of which request.
    pub request: RequestId,
    /// The status that the person moved the request to with it; nothing for a mere note.
    pub became: Option<RequestStatus>,
    /// The version of the request with it.
    pub version: i64,
    /// The words; a move may have none. Sealed.
    pub text: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
}

/// Words are personal data.
impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({}, {:?})", self.id, self.became)
    }
}

/// Adds a note. `key` is the idempotency key of the form that it came with.
///
/// # Errors
/// [`crate::Constraint::NoteKey`] when a note was written with this key: see [`find_by_key`].
pub async fn add(tx: &mut WriteTx, note: &Note, key: Option<&str>) -> Result<(), StorageError> {
    let sealer = tx.sealer(note.request, "note", note.id).await?;
    let text = note.text.as_ref().map(|text| sealer.seal("sealed_text", text.as_bytes())).transpose()?;
    let tenant_key = tx.tenant_key().await?;
    let add = query(
        "INSERT INTO note (tenant_id, id, request_id, became, version, sealed_text, key_digest, created_at, created_by,
            created_by_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant())
    .bind(note.id)
    .bind(note.request)
    .bind(note.became)
    .bind(note.version)
    .bind(text)
    .bind(key.map(|key| tenant_key.digest("note.key", key.as_bytes())))
    .bind(note.at)
    .bind(note.by.id)
    .bind(note.by.name.as_str());
    tx.attempt(add).await.map(drop)
}

async fn read(tx: &mut ReadTx, row: &Row) -> Result<Note, StorageError> {
    let (id, request): (NoteId, RequestId) = (row.get("id")?, row.get("request_id")?);
    let text = tx.sealer(request, "note", id).await?.open_optional(row, "sealed_text")?;
    Ok(Note {
        id,
        request,
        became: row.get("became")?,
        version: row.get("version")?,
        text: text.map(String::from_utf8).transpose().map_err(|_| StorageError::Corrupt("sealed_text"))?,
        at: row.get("created_at")?,
        by: By::read(row, "created_by", "created_by_name")?,
    })
}

/// The note that was written with this idempotency key.
pub async fn find_by_key(tx: &mut ReadTx, key: &str) -> Result<Option<Note>, StorageError> {
    let digest = tx.tenant_key().await?.digest("note.key", key.as_bytes());
    let find = query("SELECT * FROM note WHERE tenant_id = $1 AND key_digest = $2").bind(tx.tenant()).bind(digest);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// How a person moved a request last; nothing when nobody has.
pub async fn last_move(tx: &mut ReadTx, request: RequestId) -> Result<Option<Note>, StorageError> {
    let find = query(
        "SELECT * FROM note WHERE tenant_id = $1 AND request_id = $2 AND became IS NOT NULL ORDER BY version DESC LIMIT 1",
    );
    let Some(row) = tx.optional(find.bind(tx.tenant()).bind(request)).await? else { return Ok(None) };
    read(tx, &row).await.map(Some)
}

/// One page of the notes of a request, newest first.
pub async fn list(
    tx: &mut ReadTx,
    request: RequestId,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Note>, StorageError> {
    let tenant = tx.tenant();
    let wanted = || query("SELECT * FROM note WHERE tenant_id = $1 AND request_id = $2").bind(tenant).bind(request);
    let page = page::read(tx, wanted, page::Key::ID, from, limit).await?;
    let mut rows = Vec::new();
    for row in &page.rows {
        rows.push(read(tx, row).await?);
    }
    Ok(Page::of(rows, &page))
}
