//! A post with an `Idempotency-Key` does its work once (draft-ietf-httpapi-idempotency-key-header). What was answered is
//! answered again for 24 hours, with `Idempotent-Replayed: true`. What was refused is not kept: nothing was done.

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dossier_app::grant::Member;
use dossier_app::once::{self, Begun};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::content::Content;
use crate::extract::SignedIn;
use crate::problem::{Problem, Raised};
use crate::{Api, BASE, resources};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The most characters of a key.
const LONGEST: usize = 255;
/// The most bytes of an answer that is kept.
const MOST: usize = 4 * 1024 * 1024;

/// The key under which a use case knows the post; a new one where the caller gave none.
#[derive(Clone)]
pub(crate) struct PostKey(pub(crate) String);

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

pub(crate) async fn guard(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let member = request.extensions().get::<Caller>().and_then(|caller| caller.member.clone());
    let Some(member) = member else { return next.run(request).await };
    let key = match key(&request) {
        Ok(Some(key)) => key,
        Ok(None) => {
            request.extensions_mut().insert(PostKey(api.app.form_key()));
            return next.run(request).await;
        }
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(PostKey(format!("{} {key}", member.principal())));
    let begun = once::begin(&api.app, &member, &key, &same(&request)).await;
    let (claim, acting) = match begun {
        Ok(Begun::Now(claim, acting)) => (claim, acting),
        Ok(Begun::Answered(kept)) => return replay(&kept),
        Ok(Begun::Other) => return Problem::KeyReused.into_response(),
        Ok(Begun::UnderWay(until)) => {
            return Problem::UnderWay(until.since(api.app.now()).as_secs().clamp(1, 5)).into_response();
        }
        Ok(Begun::Done(kind, id)) => {
            let id = id.map(|id| format!(" {id}")).unwrap_or_default();
            return Problem::Lost(format!("{}{id}", kind.replace('_', " "))).into_response();
        }
        Err(error) => return Problem::App(error).into_response(),
    };
    if !knows(&request) {
        request.extensions_mut().insert(SignedIn(acting));
    }
    // Carried to its end although the caller may be gone: it will ask again what came of it.
    let task = tokio::spawn(async move { finish(&api, &member, &claim, next.run(request).await).await });
    task.await.unwrap_or_else(|error| Problem::Fault(error.to_string()).into_response())
}

/// Keeps the answer, or frees the key.
async fn finish(api: &Api, member: &Member, claim: &once::Claim, response: Response) -> Response {
    let carried_out = response.status().is_success() && response.extensions().get::<Raised>().is_none();
    let (parts, body) = response.into_parts();
    let bytes = match to_bytes(body, MOST).await {
        Ok(bytes) => bytes,
        Err(error) => return Problem::Fault(error.to_string()).into_response(),
    };
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let headers = parts.headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
    let body = String::from_utf8(bytes.to_vec()).unwrap_or_default();
    let kept = serde_json::to_vec(&Kept { status: parts.status.as_u16(), headers: headers.collect(), body });
    let kept = kept.ok().filter(|_| carried_out);
    if let Err(error) = once::end(&api.app, member, claim, kept.as_deref()).await {
        tracing::error!(?error, "what came of a post was not kept");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn replay(kept: &[u8]) -> Response {
    let Ok(kept) = serde_json::from_slice::<Kept>(kept) else {
        return Problem::Fault("a kept answer cannot be read".to_owned()).into_response();
    };
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The key that the caller gave: visible ASCII.
fn key(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(KEY) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > LONGEST || request.headers().get_all(KEY).iter().count() > 1 {
        let why = format!("Idempotency-Key is one text of 1 to {LONGEST} visible ASCII characters.");
        return Err(Problem::Malformed(why));
    }
    Ok(Some(key.to_owned()))
}

/// All that must be the same: the address and the content. What the caller prefers and accepts does not count.
fn same(request: &Request) -> Vec<u8> {
    let mut same = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default().into_bytes();
    same.push(b'\n');
    same.extend(request.extensions().get::<Content>().map(Content::same).unwrap_or_default());
    same
}

/// Whether the use case itself knows a post that was sent before.
fn knows(request: &Request) -> bool {
    let Some(path) = request.extensions().get::<MatchedPath>() else { return false };
    let path = path.as_str().strip_prefix(BASE).unwrap_or(path.as_str());
    resources::knowing().iter().any(|known| known == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn what_is_kept_is_answered_again_and_marked() {
        let kept = Kept { status: 201, headers: vec![("etag".to_owned(), "\"1\"".to_owned())], body: "{}".to_owned() };
        let response = replay(&serde_json::to_vec(&kept).unwrap());
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()[header::ETAG], "\"1\"");
        assert_eq!(response.headers()[REPLAYED], "true");
        assert_eq!(replay(b"x").status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
