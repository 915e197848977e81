//! Pre-signed links. They want no `Authorization`: a store of files would refuse it, and a token must not leak there.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::refusal;
use crate::links::Fetched;
use crate::world::App;

/// Where a link of misbehaviour leads: the address where clouds keep the secrets of a machine.
pub(super) const PRIVATE: &str = "http://169.254.169.254/latest/meta-data/";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Signature {
    expires: String,
}

/// `GET /signed/{token}?expires=…`
pub(super) async fn fetch(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(signature): Query<Signature>,
    headers: HeaderMap,
) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        let message = "A pre-signed link takes no Authorization";
        return refusal(StatusCode::BAD_REQUEST, "authorization_not_wanted", message);
    }
    let fetched = {
        let mut world = app.world();
        let now = world.now;
        world.links.fetch(&token, &signature.expires, now)
    };
    match fetched {
        Fetched::File(bytes, media_type) => ([(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        Fetched::Expired => expired(),
        Fetched::Redirected => Redirect::temporary(PRIVATE).into_response(),
        Fetched::Unknown => denied("SignatureDoesNotMatch", "The signature does not match"),
    }
}

/// The answer of a store of files to a link whose time is over.
pub(super) fn expired() -> Response {
    denied("AccessDenied", "Request has expired")
}

fn denied(code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}
