//! Who is asking and under which number: read once for every call, before anything else.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dossier_app::access;
use dossier_app::api_keys::PREFIX;
use dossier_app::grant::Member;
use dossier_domain::Origin;
use secrecy::SecretString;

use crate::Api;
use crate::problem::{Problem, Raised};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The facts of one call that are not its content.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) member: Option<Member>,
    pub(crate) request_id: String,
}

/// The outermost layer: gives the call its number, finds whose key it carries, counts it, runs the rest, turns a raised
/// problem into an answer, and writes one line into the log, which holds ids but no query and no content.
pub(crate) async fn receive(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let request_id = named(request.headers()).unwrap_or_else(|| api.app.form_key());
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let origin = Origin { address, request_id: Some(request_id.clone()) };
    let (mut caller, mut key) = (Caller { member: None, request_id }, None);
    let mut standing = None;
    let mut response = match identify(&api, request.headers(), origin).await {
        Ok(member) => {
            standing = member.as_ref().map(|member| api.limits.count(member.principal(), api.app.now()));
            key = member.as_ref().map(Member::principal);
            caller.member = member;
            if standing.as_ref().is_some_and(|standing| standing.over) {
                Problem::TooMany(standing.as_ref().map_or(1, |standing| standing.reset)).into_response()
            } else {
                request.extensions_mut().insert(caller.clone());
                next.run(request).await
            }
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(Raised(problem)) = response.extensions_mut().remove() {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = problem.answer(&caller.request_id, allow);
    }
    let headers = response.headers_mut();
    if let Some(standing) = standing {
        standing.write(headers);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&caller.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let key = key.map(|key| key.to_string()).unwrap_or_default();
    let status = response.status().as_u16();
    tracing::info!(request_id = caller.request_id, key, %method, path, status, took_ms, "answered a program");
    response
}

/// The number that the caller gave the call, when it is one that can stand in a log: up to 64 letters, digits, `-`, `_`
/// and `.`.
fn named(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    fits.then(|| id.to_owned())
}

/// Whose key the call carries (RFC 6750, section 2.1); nobody's when it carries none.
async fn identify(api: &Api, headers: &HeaderMap, origin: Origin) -> Result<Option<Member>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let Some(token) = token.filter(|token| token.starts_with(PREFIX)) else { return Err(Problem::BadKey) };
    let member = access::authenticate_key(&api.app, &SecretString::from(token), origin).await?;
    member.map(Some).ok_or(Problem::BadKey)
}
