//! The simulator's own pages under `/_simulator`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal;
use crate::ledger::Entry;
use crate::misbehave::{Due, Plan};
use crate::world::App;
use crate::{ORGANISATION, TRACKING_COMPLETED, TRACKING_FAILED, TRACKING_PROCESSING, TRACKING_UNKNOWN_WORD};

/// `GET /_simulator`
pub(super) async fn about(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "simulator": "InTouch",
        "notice": "Everything here is invented. No provider is called.",
        "version": env!("CARGO_PKG_VERSION"),
        "seed": app.options.seed,
        "clientId": app.options.client_id,
        "organisationPhaseTwoId": ORGANISATION,
        "trackingIds": {
            "processing": TRACKING_PROCESSING,
            "completed": TRACKING_COMPLETED,
            "failed": TRACKING_FAILED,
            "unknownWord": TRACKING_UNKNOWN_WORD,
        },
        "ledger": "/_simulator/ledger",
        "misbehave": "/_simulator/misbehave",
        "clock": "/_simulator/clock",
        "advance": "/_simulator/advance",
        "callbacks": "/_simulator/callbacks",
    }))
}

/// `GET /_simulator/ledger`
pub(super) async fn ledger(State(app): State<App>) -> Json<Vec<Entry>> {
    Json(app.world().ledger.entries())
}

/// What is ordered: `times` is 1 if left out; `reference` and `path` narrow it, and one of them is needed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    reference: Option<String>,
    path: Option<String>,
    kind: String,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// `POST /_simulator/misbehave`
pub(super) async fn misbehave(State(app): State<App>, Json(order): Json<Order>) -> Response {
    let refuse = |message| refusal(StatusCode::BAD_REQUEST, "invalid_request", message);
    let Some(due) = Due::parse(&order.kind) else {
        return refuse("There is no misbehaviour of this kind");
    };
    if order.reference.is_none() && order.path.is_none() {
        return refuse("Say for which reference or path");
    }
    if order.times == 0 {
        return refuse("Say once at least");
    }
    let plan = Plan { reference: order.reference, path: order.path, due, times: order.times };
    if app.world().plans.add(plan) { StatusCode::NO_CONTENT.into_response() } else { refuse("Too many plans are open") }
}

/// Where a redirect leads: the ledger shows whether it was followed.
pub(super) async fn redirected() -> Json<Value> {
    Json(json!({ "error": "redirected", "message": "A redirect was followed that should not have been" }))
}
