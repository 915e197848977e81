//! The body of a form that may carry files: pairs in their order, and the files beside them, held in memory within
//! bounds.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use dossier_app::staged::Upload;

use crate::error::Problem;
use crate::extract::Pairs;
use crate::{MAX_FORM, Web};

/// The most parts of a form.
const MAX_PARTS: usize = 5_000;
/// The most files of a form.
const MAX_UPLOADS: usize = 50;
/// The most bytes of a form with its files, in words.
const MOST: &str = "25 MB";

/// A form's pairs, and the files that came with it under the names of their fields.
#[derive(Default)]
pub(crate) struct Filled {
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) uploads: Vec<(String, Upload)>,
}

impl FromRequest<Web> for Filled {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
            // Pairs alone are never as large as files.
            let mut request = request;
            DefaultBodyLimit::max(MAX_FORM).apply(&mut request);
            let Pairs(pairs) = Pairs::from_request(request, web).await?;
            return Ok(Self { pairs, uploads: Vec::new() });
        }
        let mut parts = Multipart::from_request(request, web).await.map_err(|_| Problem::Unreadable)?;
        let mut filled = Self::default();
        let mut text = 0;
        for _ in 0..MAX_PARTS {
            let Some(mut part) = parts.next_field().await.map_err(|error| refused(&error))? else { return Ok(filled) };
            let name = part.name().unwrap_or_default().to_owned();
            if let Some(file) = part.file_name().map(str::to_owned) {
                let bytes = whole(&mut part, usize::MAX).await?;
                // A field in which nothing was chosen sends an empty file without a name.
                if !file.is_empty() || !bytes.is_empty() {
                    filled.uploads.push((name, Upload { name: file, bytes }));
                }
                if filled.uploads.len() > MAX_UPLOADS {
                    return Err(Problem::TooLarge(MOST));
                }
            } else {
                let bytes = whole(&mut part, MAX_FORM.saturating_sub(text)).await?;
                text += bytes.len() + name.len();
                filled.pairs.push((name, String::from_utf8(bytes).map_err(|_| Problem::Unreadable)?));
            }
        }
        Err(Problem::TooLarge(MOST))
    }
}

/// The bytes of a part, at most so many.
async fn whole(part: &mut Field<'_>, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| refused(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(Problem::TooLarge("1 MB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refused(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge(MOST) } else { Problem::Unreadable }
}
