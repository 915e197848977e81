//! What can be taken away from a request: its files, and the raw answer of a result.

use axum::extract::State;
use axum::response::IntoResponse;
use dossier_app::folder;
use dossier_app::grant::Read;
use dossier_domain::{AttachmentId, RequestId, ResultId};

use super::download;
use crate::Web;
use crate::error::Answer;
use crate::extract::{At, May};

pub(super) async fn raw(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, result)): At<(RequestId, ResultId)>,
) -> Answer {
    let shown = folder::raw(&web.app, &grant, request, result).await?;
    let (ending, kind) =
        if shown.is_json { ("json", "application/json") } else { ("txt", "text/plain; charset=utf-8") };
    Ok(download(&format!("{}.{ending}", shown.result.action), kind, shown.raw.into_bytes()).into_response())
}

pub(super) async fn file(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, file)): At<(RequestId, AttachmentId)>,
) -> Answer {
    let (file, bytes) = folder::file(&web.app, &grant, request, file).await?;
    Ok(download(&file.name, &file.media_type, bytes).into_response())
}
