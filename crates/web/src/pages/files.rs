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

/// A picture, by its bytes: whatever its name and type say, nothing else is shown from this address.
pub(super) async fn image(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, file)): At<(RequestId, AttachmentId)>,
) -> Answer {
    let (_, bytes) = folder::file(&web.app, &grant, request, file).await?;
    let media_type = picture(&bytes).ok_or(AppError::NotFound)?;
    Ok(open(media_type, bytes))
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

/// The type of a picture that browsers show, by how its bytes begin.
fn picture(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_bytes_alone() {
        for (bytes, media_type) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0..JFIF", "image/jpeg"),
            (b"GIF87a..", "image/gif"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        ] {
            assert_eq!(picture(bytes), Some(media_type));
        }
        let others: [&[u8]; 8] = [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<!doctype html><script>1</script>",
            b"%PDF-1.7",
            b"GIF8",
            b" \x89PNG\r\n\x1a\n",
            b"RIFF\x10\0\0\0WAVEfmt ",
            b"BM......",
        ];
        for other in others {
            assert_eq!(picture(other), None, "{other:?}");
        }
    }
}
