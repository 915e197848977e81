//! The body of a call: read once, within bounds, before anything is done.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dossier_app::once::canonical;
use serde_json::Value;

use crate::problem::Problem;

/// The most bytes of JSON.
const JSON: usize = 1024 * 1024;
/// The most bytes of a form with files.
const FORM: usize = 25 * 1024 * 1024;
/// The most parts of a form.
const PARTS: usize = 100;

/// What a call carries.
#[derive(Clone, Default)]
pub(crate) enum Content {
    /// Nothing.
    #[default]
    Nothing,
    /// JSON.
    Json(Value),
    /// Parts of a form: those that are JSON or text by name, and files.
    Form(Arc<Vec<Part>>),
}

/// A part of a form.
pub(crate) struct Part {
    pub(crate) name: String,
    /// The file's own name, when it is one.
    pub(crate) file: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Content {
    /// The same bytes for the same content, however it was written: order of names, spaces and boundaries do not count.
    pub(crate) fn same(&self) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Json(value) => canonical(value.clone()).to_string().into_bytes(),
            Self::Form(parts) => {
                let mut all = Vec::new();
                for part in parts.iter() {
                    let length = part.bytes.len();
                    all.extend(format!("{:?} {:?} {length}\n", part.name, part.file).into_bytes());
                    all.extend_from_slice(&part.bytes);
                }
                all
            }
        }
    }
}

/// Reads the body and hands it on beside the request.
pub(crate) async fn read(mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match content(&parts.headers, body).await {
        Ok(content) => {
            request = Request::from_parts(parts, Body::empty());
            request.extensions_mut().insert(content);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn content(headers: &HeaderMap, body: Body) -> Result<Content, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    let essence = kind.as_deref().map(|kind| kind.split(';').next().unwrap_or_default().trim().to_owned());
    let form = essence.as_deref() == Some("multipart/form-data");
    let bytes = to_bytes(body, if form { FORM } else { JSON }).await;
    let bytes = bytes.map_err(|_| Problem::TooLarge(if form { "25 MB" } else { "1 MB" }))?;
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::MediaType("application/json"));
    }
    match essence.as_deref() {
        Some("application/json") if bytes.is_empty() => Ok(Content::Nothing),
        Some("application/json") => {
            let read = serde_json::from_slice(&bytes);
            read.map(Content::Json).map_err(|error| Problem::Malformed(format!("The body is no JSON: {error}.")))
        }
        Some("multipart/form-data") => parts(headers, bytes).await,
        _ if bytes.is_empty() => Ok(Content::Nothing),
        _ => Err(Problem::MediaType("application/json, or multipart/form-data where files are taken")),
    }
}

async fn parts(headers: &HeaderMap, bytes: Bytes) -> Result<Content, Problem> {
    let unreadable = || Problem::Malformed("The body is no multipart/form-data that can be read.".to_owned());
    let mut request = Request::new(Body::from(bytes));
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    // It was read within bounds already.
    axum::extract::DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let mut parts = Vec::new();
    while let Some(part) = form.next_field().await.map_err(|_| unreadable())? {
        if parts.len() == PARTS {
            return Err(Problem::TooLarge("100 parts"));
        }
        let name = part.name().ok_or_else(unreadable)?.to_owned();
        let file = part.file_name().map(str::to_owned);
        parts.push(Part { name, file, bytes: part.bytes().await.map_err(|_| unreadable())? });
    }
    Ok(Content::Form(Arc::new(parts)))
}
