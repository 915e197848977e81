//! Who answers what. Every request but those to the simulator's own pages goes through [`watch`] first, then, where
//! InTouch wants a token, through [`bearer`].

mod admin;
mod auth;
mod bearer;
mod broken;
mod library;
mod watch;
mod workflow;

use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::world::App;

pub(crate) use library::COMPANY_KYC;

/// The whole surface.
pub(crate) fn router(app: App) -> Router {
    let guarded = Router::new()
        .route("/library/api/v3", post(library::service))
        .route("/injection/api/v3/initiateWorkflow", post(workflow::initiate))
        .route("/core/api/v3/status/{tracking}", get(workflow::status))
        .route("/identity/api/v2/inTouchOrganisation/organisationPhaseTwoId", get(workflow::organisation))
        .route_layer(from_fn_with_state(app.clone(), bearer::require));
    Router::new()
        .merge(guarded)
        .route("/auth/token", post(auth::token))
        .route(watch::REDIRECTED, get(admin::redirected).post(admin::redirected))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "not_found", "No such path") })
        .layer(from_fn_with_state(app.clone(), watch::watch))
        .merge(
            Router::new()
                .route("/_simulator", get(admin::about))
                .route("/_simulator/ledger", get(admin::ledger))
                .route("/_simulator/misbehave", post(admin::misbehave)),
        )
        .with_state(app)
}

/// An error of the shape `{ "error": word, "message": sentence }`.
fn refusal(status: StatusCode, error: &str, message: &str) -> Response {
    (status, Json(json!({ "error": error, "message": message }))).into_response()
}
