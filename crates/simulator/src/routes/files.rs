//! The services of the library that look at uploaded files: a JSON body whose values are paths that Upload returned.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value};

use super::library::{Which, unknown};
use super::{charged, refusal};
use crate::bureau::{self, Finding, Refusal};
use crate::pictures;
use crate::services::{self, FILES, Service};
use crate::uploads::{Upload, Uploads};
use crate::wishes::Wishes;
use crate::world::App;

/// `POST /library/api/v3/files?id=…`
pub(super) async fn service(
    State(app): State<App>,
    Query(which): Query<Which>,
    Extension(wishes): Extension<Wishes>,
    headers: HeaderMap,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Response {
    let Some((service, _)) = services::find(FILES, &which.id) else { return unknown() };
    let wanted: &[(&str, &str)] = match service {
        Service::DocumentOcr => &[("UseV2", "true"), ("DocumentType", "IDCARD")],
        Service::Liveness => &[("UseV3", "true")],
        _ => &[],
    };
    for (name, value) in wanted {
        if headers.get(*name).is_none_or(|given| given.as_bytes() != value.as_bytes()) {
            let message = format!("The header {name} must be {value}");
            return refusal(StatusCode::BAD_REQUEST, "invalid_request", &message);
        }
    }
    let Ok(Json(body)) = body else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", "The body is no JSON object");
    };
    let found = find(app.options.seed, service, &body, &app.world().uploads, wishes);
    let (answer, paid) = bureau::answer(found, &app.transaction());
    charged(Json(answer).into_response(), paid)
}

fn find(
    seed: u64,
    service: Service,
    body: &Map<String, Value>,
    uploads: &Uploads,
    mut wishes: Wishes,
) -> Result<Finding, Refusal> {
    let mut file = |name: &str| {
        let files = files(body, uploads, name)?;
        for file in &files {
            wishes.join(&file.wishes);
        }
        Ok(files)
    };
    match service {
        Service::DocumentOcr => {
            let (front, back) = (file("FrontImage")?, file("BackImage")?);
            pictures::read(seed, one(&front, "FrontImage")?, one(&back, "BackImage")?, &wishes)
        }
        Service::FaceCompare => {
            let (target, faces) = (file("target")?, file("faces")?);
            pictures::compare(seed, one(&target, "target")?, &faces, &wishes)
        }
        _ => {
            let media = file("media")?;
            pictures::liveness(seed, one(&media, "media")?, &wishes)
        }
    }
}

/// The uploads that a member names: one path or an array of them.
fn files<'a>(body: &Map<String, Value>, uploads: &'a Uploads, name: &str) -> Result<Vec<&'a Upload>, Refusal> {
    let paths = match body.get(name) {
        Some(Value::Array(paths)) => paths.iter().collect(),
        Some(path) => vec![path],
        None => Vec::new(),
    };
    if paths.is_empty() {
        return Err(Refusal::invalid(format!("{name} is required")));
    }
    let known = paths.into_iter().map(|path| uploads.find(path.as_str()?)).collect::<Option<Vec<_>>>();
    known.ok_or_else(|| Refusal::not_found(format!("{name} is no path of an uploaded file")))
}

fn one<'a>(files: &[&'a Upload], name: &str) -> Result<&'a Upload, Refusal> {
    match files {
        [file] => Ok(file),
        _ => Err(Refusal::invalid(format!("{name} must be one path"))),
    }
}
