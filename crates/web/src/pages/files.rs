//! What can be taken away from a request or opened in it: its files, and the raw answer of a result.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dossier_app::grant::Read;
use dossier_app::{AppError, folder, results};
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
    let answer = results::take(&web.app, &grant, request, result).await?;
    let (ending, kind) =
        if answer.is_json { ("json", "application/json") } else { ("txt", "text/plain; charset=utf-8") };
    Ok(download(&format!("{}.{ending}", answer.facts.action), kind, answer.text()?.into_bytes()).into_response())
}

pub(super) async fn file(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, file)): At<(RequestId, AttachmentId)>,
) -> Answer {
    let (file, bytes) = folder::file(&web.app, &grant, request, file).await?;
    Ok(download(&file.name, &file.media_type, bytes).into_response())
}

/// The picture that is shown of a file: one that was made here, never the bytes that came.
pub(super) async fn image(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, file)): At<(RequestId, AttachmentId)>,
) -> Answer {
    Ok(open("image/jpeg", folder::preview(&web.app, &grant, request, file).await?))
}

/// A document that browsers open by themselves: PDF, by its bytes.
pub(super) async fn document(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, file)): At<(RequestId, AttachmentId)>,
) -> Answer {
    let (_, bytes) = folder::file(&web.app, &grant, request, file).await?;
    if !bytes.starts_with(b"%PDF-") {
        return Err(AppError::NotFound.into());
    }
    Ok(open("application/pdf", bytes))
}

/// Bytes of a known type, shown by the browser in an origin of their own: no script in them runs, and none of ours.
fn open(media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(super::SANDBOX)),
    ];
    (headers, bytes).into_response()
}
