//! The service library: services by their id, every parameter in the query string.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::companies::{self, Enquiry};
use crate::world::App;

/// The id of the service Company KYC.
pub(crate) const COMPANY_KYC: &str = "0c4fb641-f410-4f2e-b06e-d43ea8a94e54";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Service {
    id: String,
}

/// `POST /library/api/v3?id=…`
pub(super) async fn service(
    State(app): State<App>,
    Query(service): Query<Service>,
    Query(enquiry): Query<Enquiry>,
) -> Response {
    if !service.id.eq_ignore_ascii_case(COMPANY_KYC) {
        let answer = json!({ "http_code": 404, "status_message": "No service with this id" });
        return (StatusCode::NOT_FOUND, Json(answer)).into_response();
    }
    Json(companies::answer(app.options.seed, &enquiry, &app.transaction())).into_response()
}
