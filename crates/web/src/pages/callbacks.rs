//! What providers send by themselves. The answer says only that it is kept: what it means is found out afterwards.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use dossier_app::AppError;
use dossier_app::callbacks::{self, Incoming};
use dossier_domain::RunId;
use serde::Deserialize;

use crate::Web;
use crate::extract::Asked;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    /// The run whose own address it is.
    run: Option<RunId>,
}

/// 202 once it is durably kept, 404 for a token that is nobody's, 503 when it could not be kept: then it is sent again.
pub(super) async fn receive(
    State(web): State<Web>,
    Path(token): Path<String>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let incoming = Incoming { token, run: query.run, headers, body: body.to_vec() };
    match callbacks::receive(&web.app, &incoming).await {
        Ok(()) => (StatusCode::ACCEPTED, "kept\n").into_response(),
        Err(AppError::NotFound) => (StatusCode::NOT_FOUND, "nobody has this address\n").into_response(),
        Err(error) => {
            tracing::error!(error = ?error, "a callback could not be kept");
            (StatusCode::SERVICE_UNAVAILABLE, "not kept, send it again\n").into_response()
        }
    }
}
