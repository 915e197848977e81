//! Notes of a request: what people wrote about it, and how they moved it. They are only ever added (REQ-5).

use dossier_domain::{Remark, RequestId};
pub use dossier_storage::notes::Note;
use dossier_storage::{By, Constraint, Cursor, Page, StorageError, notes, requests};
use serde_json::json;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::folder::{Head, head_in};
use crate::grant::{Execute, Grant, Read};

/// How many notes one page shows.
pub const NOTES: u32 = 10;

/// Writes a note. The same form sent twice, by its `key`, writes it once.
///
/// # Errors
/// [`AppError::Invalid`] with the field `note`; [`AppError::NotFound`]; [`AppError::KeyReused`].
pub async fn note(app: &App, grant: &Grant<Execute>, id: RequestId, typed: &str, key: &str) -> Result<Note> {
    let refused = |message: String| AppError::field("note", message);
    let remark = Remark::parse(typed).map_err(|error| refused(error.to_string()))?;
    let remark = remark.ok_or_else(|| refused("Write the note.".to_owned()))?;
    let mut tx = app.db.write(grant.scope).await?;
    let request = requests::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let (text, by) = (Some(remark.as_str().to_owned()), By::from(&grant.actor()));
    let note =
        Note { id: app.ids.make(), request: id, became: None, version: request.version, text, at: app.now(), by };
    match notes::add(&mut tx, &note, Some(key)).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::NoteKey)) => {
            let made = notes::find_by_key(&mut tx, key).await?.ok_or(AppError::NotFound)?;
            let same = (made.request, &made.text, made.by.id) == (id, &note.text, note.by.id);
            return if same { Ok(made) } else { Err(AppError::KeyReused) };
        }
        Err(error) => return Err(error.into()),
    }
    let after = json!({ "text": remark });
    Entry::by(grant).did("note.added", "note", note.id).within(id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(note)
}

/// One page of the notes of a request, newest first, with what stands above it.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn notes(
    app: &App,
    grant: &Grant<Read>,
    id: RequestId,
    from: Option<Cursor>,
    limit: u32,
) -> Result<(Head, Page<Note>)> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, id).await?;
    Ok((head, notes::list(&mut tx, id, from, limit).await?))
}
