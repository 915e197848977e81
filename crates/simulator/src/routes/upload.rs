//! Uploads: one part `media`, or two, `frontImage` and `backImage`.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value};

use super::refusal;
use crate::uploads::{LARGEST, Part};
use crate::wishes::{Wish, Wishes};
use crate::world::App;

/// Where files are uploaded.
pub(super) const PATH: &str = "/library/api/v3/upload";

/// The parts of a multipart body, or none if it is no such body.
#[derive(Clone, Debug)]
pub(super) struct Parted(pub(super) Option<Vec<Part>>);

impl Parted {
    /// Takes a body apart.
    pub(super) async fn read(head: &Parts, body: &Bytes) -> Self {
        Self(parts(Request::from_parts(head.clone(), Body::from(body.clone()))).await)
    }
}

async fn parts(request: Request) -> Option<Vec<Part>> {
    let mut multipart = Multipart::from_request(request, &()).await.ok()?;
    let mut parts = Vec::new();
    while let Some(field) = multipart.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        parts.push(Part { name, bytes: field.bytes().await.ok()? });
    }
    Some(parts)
}

/// `POST /library/api/v3/upload`
pub(super) async fn upload(
    State(app): State<App>,
    Extension(Parted(parts)): Extension<Parted>,
    Extension(wishes): Extension<Wishes>,
) -> Response {
    let refuse = |message: &str| refusal(StatusCode::BAD_REQUEST, "invalid_request", message);
    let Some(parts) = parts else { return refuse("The body is no multipart form") };
    let mut names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    names.sort_unstable();
    if names != ["media"] && names != ["backImage", "frontImage"] {
        return refuse("The form must have one part media, or the parts frontImage and backImage");
    }
    if let Some(empty) = parts.iter().find(|part| part.bytes.is_empty()) {
        return refusal(StatusCode::BAD_REQUEST, "empty_part", &format!("The part {} is empty", empty.name));
    }
    if let Some(large) = parts.iter().find(|part| part.bytes.len() > LARGEST) {
        let message = format!("The part {} has more than {LARGEST} bytes", large.name);
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message);
    }
    let mut paths = Map::new();
    for part in &parts {
        let path = app.world().uploads.keep(part);
        paths.insert(part.name.clone(), path.into());
    }
    answer(paths, &wishes)
}

/// A string for one file and an object for two, unless another shape is wished for. A string for two files names the
/// first only.
fn answer(paths: Map<String, Value>, wishes: &Wishes) -> Response {
    let first = paths.values().next().and_then(Value::as_str).unwrap_or_default().to_owned();
    if wishes.has(Wish::AnswerText) {
        first.into_response()
    } else if wishes.has(Wish::AnswerString) || (paths.len() == 1 && !wishes.has(Wish::AnswerObject)) {
        Json(first).into_response()
    } else {
        Json(paths).into_response()
    }
}
