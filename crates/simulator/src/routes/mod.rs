//! Who answers what. Every request but those to the simulator's own pages goes through [`watch`] first, then, where
//! InTouch wants a token, through [`bearer`].

mod admin;
mod auth;
mod bearer;
mod broken;
mod consent;
mod events;
mod family;
mod files;
mod library;
mod signed;
mod streams;
mod upload;
mod watch;
mod workflow;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::world::App;

/// The whole surface.
pub(crate) fn router(app: App) -> Router {
    let guarded = Router::new()
        .route("/library/api/v3", post(library::service))
        .route("/library/api/v3/files", post(files::service))
        .route(upload::PATH, post(upload::upload))
        .route("/consent/api/v3/requests", post(consent::send))
        .route("/consent/api/v3/requests/{id}", get(consent::request).put(consent::update))
        .route("/consent/api/v3/requests/{id}/rerequest", post(consent::again))
        .route("/consent/api/v3/consents/{id}", get(consent::consent))
        .route("/consent/api/v3/consents/{id}/document", get(consent::document))
        .route("/consent/api/v3/types", get(consent::types))
        .route("/injection/api/v3/initiateWorkflow", post(workflow::initiate))
        .route("/core/api/v3/status/{tracking}", get(workflow::status))
        .route("/identity/api/v2/inTouchOrganisation/organisationPhaseTwoId", get(workflow::organisation))
        .route_layer(from_fn_with_state(app.clone(), bearer::require));
    Router::new()
        .merge(guarded)
        .route("/auth/token", post(auth::token))
        .route("/signed/{token}", get(signed::fetch))
        .route(watch::REDIRECTED, get(admin::redirected).post(admin::redirected))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "not_found", "No such path") })
        .layer(from_fn_with_state(app.clone(), watch::watch))
        // The watch has a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .merge(
            Router::new()
                .route("/_simulator", get(admin::about))
                .route("/_simulator/ledger", get(admin::ledger))
                .route("/_simulator/misbehave", post(admin::misbehave))
                .route("/_simulator/clock", get(events::clock).post(events::set))
                .route("/_simulator/advance", post(events::advance))
                .route("/_simulator/callbacks", get(events::callbacks).post(events::subscribe))
                .route("/_simulator/callbacks/release", post(events::release)),
        )
        .with_state(app)
}

/// Marks an answer whose service is paid for.
#[derive(Clone, Copy)]
struct Charged;

/// The answer, marked if it is paid for.
fn charged(mut answer: Response, paid: bool) -> Response {
    if paid {
        answer.extensions_mut().insert(Charged);
    }
    answer
}

/// An error of the shape `{ "error": word, "message": sentence }`.
fn refusal(status: StatusCode, error: &str, message: &str) -> Response {
    (status, Json(json!({ "error": error, "message": message }))).into_response()
}
