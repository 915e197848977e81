//! What handlers take: a permission as a value, ids, queries and bodies, each refused with a problem.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use dossier_app::AppError;
use dossier_app::grant::{Grant, Member, Right};
use dossier_wire::FieldProblem;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Api;
use crate::caller::Caller;
use crate::content::Content;
use crate::problem::{Problem, pointer};

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::Fault("an operation stands outside of the layer that identifies".to_owned()))
    }
}

/// Whoever has signed in with a key.
pub(crate) struct SignedIn(pub(crate) Member);

impl FromRequestParts<Api> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        // A post with an idempotency key is done under its attempt.
        if let Some(Self(member)) = parts.extensions.get::<Self>() {
            return Ok(Self(member.clone()));
        }
        Caller::from_request_parts(parts, api).await?.member.map(Self).ok_or(Problem::NoKey)
    }
}

impl Clone for SignedIn {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Whoever may `R`.
pub(crate) struct May<R: Right>(pub(crate) Grant<R>);

impl<R: Right> FromRequestParts<Api> for May<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let SignedIn(member) = SignedIn::from_request_parts(parts, api).await?;
        Ok(Self(member.grant()?))
    }
}

/// The ids in the path; what is none leads nowhere.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let found = Path::<T>::from_request_parts(parts, api).await;
        found.map(|Path(ids)| Self(ids)).map_err(|_| AppError::NotFound.into())
    }
}

/// The query. What is not known there, or cannot be read, is refused.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let found = Query::<T>::from_request_parts(parts, api).await;
        found.map(|Query(query)| Self(query)).map_err(|rejection| Problem::Malformed(format!("{rejection}.")))
    }
}

/// The body as JSON of this shape.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Json<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        match parts.extensions.get::<Content>() {
            Some(Content::Json(value)) => shaped(value).map(Self),
            Some(Content::Form(_)) => Err(Problem::MediaType("application/json")),
            _ => Err(Problem::Malformed("The body is empty, and JSON is expected.".to_owned())),
        }
    }
}

/// `value` in the shape of `T`, or the place where it does not fit.
pub(crate) fn shaped<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { pointer(&place) };
        let message = format!("This does not fit: {}.", error.inner());
        Problem::Fields(vec![FieldProblem { pointer: place, message }])
    })
}

/// What the call holds its subject to be (RFC 9110, section 13.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    matches: Option<String>,
    none_matches: Option<String>,
}

impl FromRequestParts<Api> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { matches: text(IF_MATCH), none_matches: text(IF_NONE_MATCH) })
    }
}

impl Conditions {
    /// Whether a change is only wanted for something that is as the caller knows it.
    pub(crate) fn held(&self) -> bool {
        self.matches.is_some()
    }

    /// Refuses a change of what is not as the caller knows it.
    pub(crate) fn check(&self, tag: &str) -> Result<(), Problem> {
        match &self.matches {
            Some(tags) if !listed(tags, tag, false) => Err(Problem::Changed),
            _ => Ok(()),
        }
    }

    /// Whether the caller has what it asks for.
    pub(crate) fn has(&self, tag: &str) -> bool {
        self.none_matches.as_ref().is_some_and(|tags| listed(tags, tag, true))
    }
}

fn listed(tags: &str, tag: &str, weakly: bool) -> bool {
    tags.split(',').map(str::trim).any(|one| {
        let one = if weakly { one.strip_prefix("W/").unwrap_or(one) } else { one };
        one == "*" || one == tag
    })
}
