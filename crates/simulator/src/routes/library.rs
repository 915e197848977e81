//! The service library: services by their id, every parameter in the query string.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;

use super::{charged, refusal};
use crate::bureau::{self, Finding, Refusal};
use crate::companies::{self, Enquiry};
use crate::parameters::Parameters;
use crate::services::{self, LIBRARY, Service};
use crate::wishes::{Wish, Wishes};
use crate::world::App;
use crate::{bank_account, ekyc, population, screening};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Which {
    pub(super) id: String,
}

/// `POST /library/api/v3?id=…`
pub(super) async fn service(
    State(app): State<App>,
    Query(which): Query<Which>,
    Query(enquiry): Query<Enquiry>,
    Query(pairs): Query<Vec<(String, String)>>,
    Extension(wishes): Extension<Wishes>,
    body: Bytes,
) -> Response {
    let Some((service, _)) = services::find(LIBRARY, &which.id) else { return unknown() };
    let transaction = app.transaction();
    if service == Service::CompanyKyc && !wishes.has(Wish::NotFound) {
        let answer = companies::answer(app.options.seed, &enquiry, &transaction);
        let paid = answer["http_code"] == 200;
        return charged(Json(answer).into_response(), paid);
    }
    if !body.is_empty() {
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", "This service takes no body");
    }
    let found = find(app.options.seed, service, &Parameters(pairs), &wishes);
    let (answer, paid) = bureau::answer(found, &transaction);
    charged(Json(answer).into_response(), paid)
}

fn find(seed: u64, service: Service, parameters: &Parameters, wishes: &Wishes) -> Result<Finding, Refusal> {
    if service == Service::CompanyKyc {
        return Err(Refusal::not_found("Registration number not found at CIPC"));
    }
    parameters.check()?;
    match service {
        Service::Population => population::answer(seed, parameters, wishes),
        Service::Ekyc => ekyc::answer(seed, parameters, wishes),
        Service::Aml => screening::answer(seed, parameters, wishes),
        _ => bank_account::answer(seed, parameters, wishes),
    }
}

/// The answer to an id that no service has.
pub(super) fn unknown() -> Response {
    let answer = json!({ "http_code": 404, "status_message": "No service with this id" });
    (StatusCode::NOT_FOUND, Json(answer)).into_response()
}
