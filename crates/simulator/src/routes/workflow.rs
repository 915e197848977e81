//! Starting workflows, looking at them, and the organisation that they belong to.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::refusal;
use crate::ORGANISATION;
use crate::workflows::Pair;
use crate::world::App;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Which {
    workflow_id: String,
    organisation_phase_two_id: String,
}

/// `POST /injection/api/v3/initiateWorkflow?workflowId=&organisationPhaseTwoId=`
pub(super) async fn initiate(
    State(app): State<App>,
    Query(which): Query<Which>,
    pairs: Result<Json<Vec<Pair>>, JsonRejection>,
) -> Response {
    if Uuid::try_parse(&which.workflow_id).is_err() {
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", "workflowId is not a UUID");
    }
    if which.organisation_phase_two_id != ORGANISATION {
        return refusal(StatusCode::FORBIDDEN, "forbidden", "organisationPhaseTwoId is not this client's organisation");
    }
    let Ok(Json(pairs)) = pairs else {
        let wanted = "The body is not a JSON array of objects with name and value";
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", wanted);
    };
    let tracking = app.world().workflows.start(&which.workflow_id, &pairs);
    Json(json!({ "workflowId": which.workflow_id, "trackingId": tracking })).into_response()
}

/// `GET /core/api/v3/status/{tracking}`
pub(super) async fn status(State(app): State<App>, Path(tracking): Path<String>) -> Response {
    let found = app.world().workflows.look(&tracking);
    match found {
        Some(status) => Json(status).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "not_found", "Tracking ID not known"),
    }
}

/// `GET /identity/api/v2/inTouchOrganisation/organisationPhaseTwoId`
pub(super) async fn organisation() -> Json<&'static str> {
    Json(ORGANISATION)
}
