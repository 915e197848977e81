//! Starting workflows, looking at them, and the organisation that they belong to.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{charged, refusal};
use crate::wishes::Wishes;
use crate::workflows::Pair;
use crate::world::App;
use crate::{ORGANISATION, callbacks, catalogue};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Which {
    workflow_id: String,
    organisation_phase_two_id: String,
    callback_url: Option<String>,
}

/// `POST /injection/api/v3/initiateWorkflow?workflowId=&organisationPhaseTwoId=`, and `callbackUrl=` for whoever wants to hear of progress
pub(super) async fn initiate(
    State(app): State<App>,
    Query(which): Query<Which>,
    Extension(wishes): Extension<Wishes>,
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
    let names: Vec<&str> = pairs.iter().map(|pair| pair.name.as_str()).collect();
    if let Err((name, message)) = catalogue::kind(&which.workflow_id).check(&names) {
        let answer = json!({ "error": "invalid_request", "message": message, "name": name });
        return (StatusCode::BAD_REQUEST, Json(answer)).into_response();
    }
    let url = which.callback_url.as_deref().map(|text| callbacks::address(text).ok_or(()));
    let Ok(url) = url.transpose() else {
        let message = "The simulator calls back on this machine only, by plain HTTP: callbackUrl";
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", message);
    };
    let mut world = app.world();
    let tracking = world.workflows.start(&which.workflow_id, pairs, &wishes);
    world.callbacks.subscribe(&tracking, url, &wishes);
    let answer = Json(json!({ "workflowId": which.workflow_id, "trackingId": tracking }));
    charged(answer.into_response(), true)
}

/// `GET /core/api/v3/status/{tracking}`
pub(super) async fn status(State(app): State<App>, Path(tracking): Path<String>) -> Response {
    let found = app.world().look_at_workflow(&tracking);
    match found {
        Some(status) => Json(status).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "not_found", "Tracking ID not known"),
    }
}

/// `GET /identity/api/v2/inTouchOrganisation/organisationPhaseTwoId`
pub(super) async fn organisation() -> Json<&'static str> {
    Json(ORGANISATION)
}
