//! Files that a run has brought back.

use dossier_connector::File;
use dossier_domain::{AttachmentId, Scope};
use dossier_storage::attachments::{self, Attachment, Kind};
use dossier_storage::runs::Run;

use crate::App;
use crate::error::Result;

/// Keeps the bytes of a file, and of a picture what is shown of it. Its row is for the caller to add: bytes without a row
/// harm nobody. A picture that cannot be shown is kept like any other file.
pub(super) async fn keep(app: &App, scope: Scope, run: &Run, id: AttachmentId, file: &File) -> Result<Attachment> {
    let key = attachments::key(&mut app.db.read(scope).await?, run.request, id).await?;
    let preview = app.darkroom.preview(&file.bytes).await.ok();
    let blob = app.blobs.put(&key, &file.bytes).await?;
    if let Some(preview) = &preview {
        app.blobs.put_preview(&key, &preview.bytes).await?;
    }
    Ok(Attachment {
        id,
        request: run.request,
        run: Some(run.id),
        kind: Kind::Received,
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        blob,
        preview: preview.map(|preview| preview.pixels),
        staged_by: None,
        created_at: app.now(),
    })
}
