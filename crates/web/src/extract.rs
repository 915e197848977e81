//! What handlers take: the visit, a permission as a value, ids, queries and forms, each refused with a page.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, RawForm, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use dossier_app::AppError;
use dossier_app::grant::{Grant, Member, Right};
use serde::de::DeserializeOwned;

use crate::Web;
use crate::error::Problem;
use crate::visit::Visit;

impl FromRequestParts<Web> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Problem::Fault("a route stands outside of the layer that identifies".to_owned()))
    }
}

/// Someone who has signed in.
pub(crate) struct SignedIn(pub(crate) Member);

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, web).await?;
        visit.member.map(Self).ok_or(Problem::SignIn { expired: visit.expired })
    }
}

/// A download that is written into the audit. `HEAD` takes nothing away, so it is refused rather than written down.
pub(crate) struct Fetched;

impl FromRequestParts<Web> for Fetched {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        if parts.method == Method::HEAD { Err(Problem::Method) } else { Ok(Self) }
    }
}

/// Someone who may `R`.
pub(crate) struct May<R: Right>(pub(crate) Grant<R>);

impl<R: Right> FromRequestParts<Web> for May<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let SignedIn(member) = SignedIn::from_request_parts(parts, web).await?;
        Ok(Self(member.grant()?))
    }
}

/// The ids in the path; what is none leads nowhere.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let found = Path::<T>::from_request_parts(parts, web).await;
        found.map(|Path(ids)| Self(ids)).map_err(|_| AppError::NotFound.into())
    }
}

/// The query; what cannot be read is as if it were not there.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequestParts<Web> for Asked<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let found = Query::<T>::from_request_parts(parts, web).await;
        Ok(Self(found.map(|Query(query)| query).unwrap_or_default()))
    }
}

/// A form's pairs, in their order.
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    /// The first value of `name`, or nothing.
    pub(crate) fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The value of `name`, when it was sent at all.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Web> for Pairs {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let RawForm(bytes) = RawForm::from_request(request, web).await.map_err(|rejection| {
            let large = IntoResponse::into_response(rejection).status() == StatusCode::PAYLOAD_TOO_LARGE;
            if large { Problem::TooLarge("1 MB") } else { Problem::Unreadable }
        })?;
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}
