//! Consent. Nothing is published of it: every path and name is assumed.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{charged, refusal};
use crate::callbacks;
use crate::consents::{Fault, Form};
use crate::wishes::Wishes;
use crate::world::App;

type Body = Result<Json<Form>, JsonRejection>;

/// `POST /consent/api/v3/requests`
pub(super) async fn send(State(app): State<App>, Extension(wishes): Extension<Wishes>, form: Body) -> Response {
    let (form, url) = match read(form) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    if let Some(fault) = form.fault() {
        return invalid(fault);
    }
    let mut world = app.world();
    let now = world.now;
    let news = world.consents.send(form, &wishes, now);
    world.callbacks.subscribe(&news.request, url, &wishes);
    world.tell_of_consent(&news);
    let request = world.consents.request(&news.request);
    charged((StatusCode::CREATED, Json(request)).into_response(), true)
}

/// `GET /consent/api/v3/requests/{id}`
pub(super) async fn request(State(app): State<App>, Path(id): Path<String>) -> Response {
    let mut world = app.world();
    world.look_at_consent(&id);
    found(world.consents.request(&id))
}

/// `PUT /consent/api/v3/requests/{id}`
pub(super) async fn update(State(app): State<App>, Path(id): Path<String>, form: Body) -> Response {
    let (form, url) = match read(form) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let mut world = app.world();
    if let Err(fault) = world.consents.update(&id, form) {
        return failed(&fault);
    }
    if let Some(url) = url {
        world.callbacks.redirect(&id, url);
    }
    found(world.consents.request(&id))
}

/// `POST /consent/api/v3/requests/{id}/rerequest`
pub(super) async fn again(State(app): State<App>, Path(id): Path<String>) -> Response {
    let mut world = app.world();
    let now = world.now;
    match world.consents.again(&id, now) {
        Ok(news) => {
            world.tell_of_consent(&news);
            charged(found(world.consents.request(&id)), true)
        }
        Err(fault) => failed(&fault),
    }
}

/// `GET /consent/api/v3/consents/{id}`
pub(super) async fn consent(State(app): State<App>, Path(id): Path<String>) -> Response {
    let mut world = app.world();
    let Some(request) = world.consents.request_of(&id) else { return failed(&Fault::Unknown) };
    world.look_at_consent(&request);
    found(world.consents.consent(&request))
}

/// `GET /consent/api/v3/consents/{id}/document`: bytes for `Accept: application/pdf`, else JSON with base64.
pub(super) async fn document(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let world = app.world();
    let document = world.consents.request_of(&id).ok_or(Fault::Unknown).and_then(|it| world.consents.document(&it));
    let bytes = match document {
        Ok(bytes) => bytes,
        Err(fault) => return failed(&fault),
    };
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepted.contains("application/pdf") {
        return ([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response();
    }
    let answer = json!({
        "consentId": id,
        "fileName": format!("consent-{id}.pdf"),
        "mediaType": "application/pdf",
        "content": STANDARD.encode(bytes),
    });
    Json(answer).into_response()
}

#[derive(Deserialize)]
pub(super) struct Of {
    contact: Option<String>,
}

/// `GET /consent/api/v3/types`, and for a contact `GET /consent/api/v3/types?contact=…`
pub(super) async fn types(State(app): State<App>, Query(of): Query<Of>) -> Json<Value> {
    Json(app.world().consents.types(of.contact.as_deref()))
}

/// A form and where it wants to be called back.
#[expect(clippy::result_large_err, reason = "the answer is sent at once")]
fn read(form: Body) -> Result<(Form, Option<Uri>), Response> {
    let Ok(Json(form)) = form else { return Err(invalid("The body is no form of a request for consent")) };
    match form.callback_url.as_deref().map(|text| callbacks::address(text).ok_or(())) {
        None => Ok((form, None)),
        Some(Ok(url)) => Ok((form, Some(url))),
        Some(Err(())) => Err(invalid("The simulator calls back on this machine only, by plain HTTP: callbackUrl")),
    }
}

fn invalid(message: &str) -> Response {
    refusal(StatusCode::BAD_REQUEST, "invalid_request", message)
}

fn found(answer: Option<Value>) -> Response {
    answer.map_or_else(|| failed(&Fault::Unknown), |answer| Json(answer).into_response())
}

fn failed(fault: &Fault) -> Response {
    match fault {
        Fault::Unknown => refusal(StatusCode::NOT_FOUND, "not_found", "No request or consent with this ID"),
        Fault::State(message) => refusal(StatusCode::CONFLICT, "conflict", message),
    }
}
