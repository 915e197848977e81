//! The simulator's own pages for what happens by itself with a real provider: time, progress and events.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal;
use crate::world::App;
use crate::{callbacks as calls, clock as time};

fn refuse(message: &str) -> Response {
    refusal(StatusCode::BAD_REQUEST, "invalid_request", message)
}

/// `GET /_simulator/clock`
pub(super) async fn clock(State(app): State<App>) -> Json<Value> {
    Json(json!({ "now": time::text(app.world().now) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Now {
    now: String,
}

/// `POST /_simulator/clock` with `{"now": "2026-03-02T08:00:00Z"}`
pub(super) async fn set(State(app): State<App>, Json(wanted): Json<Now>) -> Response {
    let Some(now) = time::read(&wanted.now) else { return refuse("Say the time as in 2026-03-02T08:00:00Z") };
    app.world().now = now;
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    id: String,
}

/// `POST /_simulator/advance` with `{"id": …}`: moves a workflow or a request for consent on, as a look at it would.
pub(super) async fn advance(State(app): State<App>, Json(subject): Json<Subject>) -> Response {
    let mut world = app.world();
    if world.look_at_workflow(&subject.id).is_some() || world.look_at_consent(&subject.id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        refuse("There is no workflow or request for consent with this ID")
    }
}

/// `GET /_simulator/callbacks`
pub(super) async fn callbacks(State(app): State<App>) -> Json<Value> {
    let world = app.world();
    Json(json!({ "sent": world.callbacks.sent(), "held": world.callbacks.held() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    url: String,
    id: Option<String>,
}

/// `POST /_simulator/callbacks` with `{"url": …, "id": …}`: where events go; without an ID, all that have no address.
pub(super) async fn subscribe(State(app): State<App>, Json(address): Json<Address>) -> Response {
    let Some(url) = calls::address(&address.url) else {
        return refuse("The simulator calls back on this machine only, by plain HTTP");
    };
    match address.id {
        Some(id) => app.world().callbacks.redirect(&id, url),
        None => app.world().callbacks.standard(url),
    }
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    id: Option<String>,
    #[serde(default)]
    reverse: bool,
}

/// `POST /_simulator/callbacks/release` with `{"id": …, "reverse": true}`, both of which may be left out.
pub(super) async fn release(State(app): State<App>, Json(release): Json<Release>) -> Json<Value> {
    Json(json!({ "released": app.world().callbacks.release(release.id.as_deref(), release.reverse) }))
}
