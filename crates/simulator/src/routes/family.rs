//! How each part of the surface words an error under HTTP 200, and an answer that breaks off.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A part of the surface whose answers are of one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Token,
    Upload,
    /// The services of the library, and whatever else has no form of its own.
    Bureau,
    Workflow,
    Consent,
    Signed,
}

impl Family {
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/auth/token" => Self::Token,
            super::upload::PATH => Self::Upload,
            _ if path.starts_with("/injection/") || path.starts_with("/core/") => Self::Workflow,
            _ if path.starts_with("/consent/") => Self::Consent,
            _ if path.starts_with("/signed/") => Self::Signed,
            _ => Self::Bureau,
        }
    }

    /// HTTP 200, and an error in the body.
    pub(super) fn error(self) -> Response {
        let message = "The source is not available";
        let answer: Value = match self {
            Self::Token => json!({ "error": "temporarily_unavailable", "error_description": message }),
            Self::Upload | Self::Signed => json!({ "error": "internal_error", "message": message }),
            Self::Bureau => json!({ "http_code": 500, "status_message": message }),
            Self::Workflow => json!({ "http_code": 500, "status_message": message, "status": "Error" }),
            Self::Consent => json!({ "success": false, "error": { "code": "internal_error", "message": message } }),
        };
        Json(answer).into_response()
    }

    /// HTTP 200, and a body that is not of the type it says.
    pub(super) fn malformed(self) -> Response {
        let (media_type, half) = match self {
            Self::Token => ("application/json", r#"{"access_token": "3f"#),
            Self::Upload => ("application/json", r#"{"frontImage": "uploads/"#),
            Self::Bureau => {
                ("application/json", r#"{"http_code": 200, "status_message": "OK", "Results": [{"CompanyName": "#)
            }
            Self::Workflow => ("application/json", r#"{"trackingId": "51000000", "status": "Comp"#),
            Self::Consent => ("application/json", r#"{"id": "51000000", "status": "#),
            Self::Signed => ("application/pdf", "<html><body>Service"),
        };
        ([(header::CONTENT_TYPE, media_type)], half).into_response()
    }
}
