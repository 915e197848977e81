//! Why a call was not carried out (RFC 9457).

use std::any::Any;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dossier_app::AppError;
use dossier_wire::{FieldProblem, Problem as Told};

/// Why a handler gave no answer of its own.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The use case's answer.
    App(AppError),
    /// No key came along.
    NoKey,
    /// The key is none, was revoked, or has ended.
    BadKey,
    /// The key asked too often; after so many seconds it may again.
    TooMany(u64),
    /// The address takes another method.
    Method,
    /// The caller takes no JSON.
    NotAcceptable,
    /// The body is of another type.
    MediaType(&'static str),
    /// The body is larger than this, in words.
    TooLarge(&'static str),
    /// The call cannot be read; the words say where.
    Malformed(String),
    /// The body can be read and its places are refused.
    Fields(Vec<FieldProblem>),
    /// It has changed since the caller looked at it.
    Changed,
    /// The idempotency key came before with other content.
    KeyReused,
    /// The same post is being carried out.
    UnderWay(u64),
    /// The same post was carried out, and nobody knows its answer: this was changed.
    Lost(String),
    /// This side failed.
    Fault(String),
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

/// A handler's answer.
pub(crate) type Answer<T = Response> = Result<T, Problem>;

/// A problem on its way to [`crate::caller::receive`], which knows the number of the call.
#[derive(Clone)]
pub(crate) struct Raised(pub(crate) Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(Raised(Arc::new(self)));
        response
    }
}

/// The kinds of problems: status, code, and what it means whoever asks. The words of `/api` are made of this list too.
pub(crate) const KINDS: &[(u16, &str, &str)] = &[
    (400, "malformed", "The call cannot be read."),
    (401, "unauthenticated", "The call carries no API key that counts."),
    (403, "forbidden", "The key lacks a permission."),
    (403, "module_required", "The tenant's licence does not cover it."),
    (404, "not_found", "There is nothing here."),
    (405, "method_not_allowed", "The address takes other methods."),
    (406, "not_acceptable", "The answer is JSON, and the caller takes none."),
    (409, "conflict", "It is not in a state for this."),
    (409, "in_progress", "The same post is being carried out."),
    (409, "answer_lost", "The same post was carried out, and its answer was lost."),
    (412, "changed", "It has changed since it was looked at."),
    (413, "too_large", "The body is too large."),
    (415, "unsupported_media_type", "The body is of a type that is not taken."),
    (422, "invalid", "Some fields are refused."),
    (422, "idempotency_key_reused", "The idempotency key came before with other content."),
    (429, "too_many_requests", "The key asks too often."),
    (500, "internal", "Dossier failed."),
    (503, "files_unavailable", "The store of files does not answer."),
];

impl Problem {
    fn code(&self) -> &'static str {
        match self {
            Self::App(error) => match error {
                AppError::NotFound => "not_found",
                AppError::Forbidden(_) => "forbidden",
                AppError::ModuleRequired(_) => "module_required",
                AppError::Conflict(_) => "conflict",
                AppError::KeyReused => "idempotency_key_reused",
                AppError::Invalid(_) => "invalid",
                AppError::NoFiles(_) => "files_unavailable",
                AppError::FileMissing | AppError::Internal(_) => "internal",
            },
            Self::NoKey | Self::BadKey => "unauthenticated",
            Self::TooMany(_) => "too_many_requests",
            Self::Method => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::MediaType(_) => "unsupported_media_type",
            Self::TooLarge(_) => "too_large",
            Self::Malformed(_) => "malformed",
            Self::Fields(_) => "invalid",
            Self::Changed => "changed",
            Self::KeyReused => "idempotency_key_reused",
            Self::UnderWay(_) => "in_progress",
            Self::Lost(_) => "answer_lost",
            Self::Fault(_) => "internal",
        }
    }

    fn kind(&self) -> (u16, &'static str, &'static str) {
        let code = self.code();
        KINDS.iter().copied().find(|(_, known, _)| *known == code).unwrap_or((500, "internal", "Dossier failed."))
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn detail(&self) -> String {
        match self {
            Self::App(error) => match error {
                AppError::NotFound => "Nothing that this key may see has this address.".to_owned(),
                AppError::Forbidden(permission) => {
                    format!("This takes the permission {permission}, which the key does not hold.")
                }
                AppError::ModuleRequired(module) => {
                    format!("The licence of the tenant does not cover the module {module} now.")
                }
                AppError::KeyReused => {
                    "This idempotency key came before with other content. Use a new key for each post.".to_owned()
                }
                AppError::Invalid(_) => "See errors for the places and what to write there.".to_owned(),
                AppError::Internal(_) => broke(),
                said => said.to_string(),
            },
            Self::NoKey => {
                "Send an API key as Authorization: Bearer dossier_…; keys are made under Settings.".to_owned()
            }
            Self::BadKey => "This is no API key, or it was revoked, or its last day is over.".to_owned(),
            Self::TooMany(seconds) => format!("Ask again in {seconds} s; the header RateLimit says how often you may."),
            Self::Method => "The header Allow names the methods that this address takes.".to_owned(),
            Self::NotAcceptable => "Accept application/json.".to_owned(),
            Self::MediaType(wanted) => format!("Send {wanted}, uncompressed."),
            Self::TooLarge(most) => format!("Send at most {most}."),
            Self::Malformed(why) => why.clone(),
            Self::Fields(_) => "See errors for the places and what to write there.".to_owned(),
            Self::Changed => "Get it again, and use the ETag of that answer with If-Match.".to_owned(),
            Self::KeyReused => {
                "This idempotency key came before with other content. Use a new key for each post.".to_owned()
            }
            Self::UnderWay(seconds) => format!("Send the same post again in {seconds} s to hear what came of it."),
            Self::Lost(what) => format!("Look at {what}: it was changed, and nothing is done again."),
            Self::Fault(_) => broke(),
        }
    }

    fn errors(&self) -> Vec<FieldProblem> {
        match self {
            Self::App(AppError::Invalid(fields)) => fields
                .iter()
                .map(|error| FieldProblem { pointer: pointer(&error.field), message: error.message.clone() })
                .collect(),
            Self::Fields(errors) => errors.clone(),
            _ => Vec::new(),
        }
    }

    /// The use case's answer, its fields seen from the body: they stand below `parent`, or are called otherwise there.
    pub(crate) fn below(error: AppError, parent: &str, names: &[(&str, &str)]) -> Self {
        let AppError::Invalid(fields) = error else { return Self::App(error) };
        let place = |field: &str| match names.iter().find(|(name, _)| *name == field) {
            Some((_, pointer)) => (*pointer).to_owned(),
            None => format!("{parent}{}", pointer(field)),
        };
        Self::Fields(
            fields.into_iter().map(|e| FieldProblem { pointer: place(&e.field), message: e.message }).collect(),
        )
    }

    /// The answer, with the methods that the address takes.
    pub(crate) fn answer(&self, request_id: &str, allow: Option<HeaderValue>) -> Response {
        self.log(request_id);
        let (status, code, title) = self.kind();
        let told = Told {
            kind: format!("/api#{code}"),
            title: title.to_owned(),
            status,
            code: code.to_owned(),
            detail: self.detail(),
            request_id: request_id.to_owned(),
            errors: self.errors(),
        };
        let body = serde_json::to_vec(&told).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let headers = response.headers_mut();
        if let Some(allow) = allow {
            headers.insert(header::ALLOW, allow);
        }
        if matches!(self, Self::NoKey | Self::BadKey) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Self::TooMany(seconds) | Self::UnderWay(seconds) = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }

    fn log(&self, request_id: &str) {
        match self {
            Self::Fault(why) => tracing::error!(request_id, error = why, "a call of the API failed"),
            Self::App(AppError::Internal(source)) => {
                let error = source.as_ref() as &dyn std::error::Error;
                tracing::error!(request_id, error, "a use case failed");
            }
            Self::App(AppError::NoFiles(why)) => {
                tracing::error!(request_id, error = why, "the store of files failed");
            }
            Self::App(AppError::FileMissing) => tracing::error!(request_id, "a file is not in its store"),
            _ => {}
        }
    }
}

fn broke() -> String {
    "Something broke on this side. The request id finds it in the server's log.".to_owned()
}

/// The place of a field in a body: `directors[0].IDNumber` stands at `/directors/0/IDNumber` (RFC 6901).
pub(crate) fn pointer(field: &str) -> String {
    let mut pointer = String::new();
    for part in field.split(['.', '[']).map(|part| part.trim_end_matches(']')).filter(|part| !part.is_empty()) {
        pointer.push('/');
        pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}

/// An address that nothing answers.
pub(crate) async fn missing() -> Problem {
    AppError::NotFound.into()
}

/// A method that the address does not take.
pub(crate) async fn wrong_method() -> Problem {
    Problem::Method
}

/// What a panic becomes.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::Fault("a handler panicked".to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_its_place_as_a_json_pointer() {
        for (field, place) in [
            ("reference", "/reference"),
            ("directors[0].IDNumber", "/directors/0/IDNumber"),
            ("a/b~", "/a~1b~0"),
            ("", ""),
        ] {
            assert_eq!(pointer(field), place);
        }
    }

    #[test]
    fn every_problem_is_of_a_kind_that_is_listed_once() {
        let problems = [
            Problem::NoKey,
            Problem::TooMany(3),
            Problem::Method,
            Problem::NotAcceptable,
            Problem::MediaType("application/json"),
            Problem::TooLarge("1 MB"),
            Problem::Malformed(String::new()),
            Problem::Fields(Vec::new()),
            Problem::Changed,
            Problem::KeyReused,
            Problem::UnderWay(1),
            Problem::Lost(String::new()),
            AppError::NotFound.into(),
            AppError::ModuleRequired("kyc".to_owned()).into(),
            AppError::Conflict(String::new()).into(),
            AppError::NoFiles("").into(),
        ];
        for problem in problems {
            let listed = KINDS.iter().filter(|(_, code, _)| *code == problem.code()).count();
            assert_eq!(listed, 1, "{problem:?}");
            assert_eq!(problem.kind().1, problem.code());
        }
    }
}
