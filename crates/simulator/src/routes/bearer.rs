//! Lets in only those who carry a token that was issued here and counts.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::Instant;

use crate::world::App;

pub(super) async fn require(State(app): State<App>, request: Request, next: Next) -> Response {
    let counts = token(request.headers()).is_some_and(|token| app.world().tokens.counts(token, Instant::now()));
    if counts { next.run(request).await } else { refused() }
}

/// The token that a request carries (RFC 6750 section 2.1; the scheme's case does not matter).
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// The answer to a token that does not count.
pub(super) fn refused() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
    (StatusCode::UNAUTHORIZED, challenge, Json(json!({ "error": "invalid_token" }))).into_response()
}
