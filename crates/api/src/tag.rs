//! An answer with its tag: the same tag for the same bytes.

use std::hash::{DefaultHasher, Hasher};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::extract::Conditions;
use crate::problem::{Answer, Problem};

/// The tag of `body` (RFC 9110, section 8.8.3).
pub(crate) fn tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("\"{:016x}\"", hasher.finish())
}

pub(crate) fn bytes(body: &impl Serialize) -> Answer<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| Problem::Fault(error.to_string()))
}

/// `body` with its tag; nothing but the tag to whoever has it already.
pub(crate) fn tagged(conditions: &Conditions, status: StatusCode, body: &impl Serialize) -> Answer {
    let body = bytes(body)?;
    let tag = tag(&body);
    let has = status == StatusCode::OK && conditions.has(&tag);
    let value = HeaderValue::from_str(&tag).map_err(|error| Problem::Fault(error.to_string()))?;
    let mut response = if has { StatusCode::NOT_MODIFIED.into_response() } else { written(status, body) };
    response.headers_mut().insert(header::ETAG, value);
    Ok(response)
}

/// `body` as JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    Ok(written(status, bytes(body)?))
}

fn written(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
