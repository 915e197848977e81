//! The token endpoint, as a Keycloak realm has it (OAuth 2.0 client credentials, RFC 6749 section 4.4; client
//! authentication in the body).

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::tokens::LIFE;
use crate::world::App;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Credentials {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

/// `POST /auth/token`
pub(super) async fn token(State(app): State<App>, credentials: Result<Form<Credentials>, FormRejection>) -> Response {
    let credentials = match credentials {
        Ok(Form(credentials)) => credentials,
        Err(rejection) => return error(rejection.status(), "invalid_request", "A form body is needed"),
    };
    let Credentials { grant_type, client_id, client_secret } = credentials;
    if grant_type.is_empty() {
        return error(StatusCode::BAD_REQUEST, "invalid_request", "The form has no grant_type");
    }
    if grant_type != "client_credentials" {
        return error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is supported");
    }
    if client_id != app.options.client_id || client_secret != app.options.client_secret {
        return error(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client, or its secret is wrong");
    }
    let token = app.world().tokens.issue(Instant::now());
    let answer = json!({
        "access_token": token,
        "expires_in": LIFE.as_secs(),
        "refresh_expires_in": 0,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "scope": "profile email",
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn error(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({ "error": error, "error_description": description }))).into_response()
}
