//! News for pages that are open, as server-sent events (HTML, section 9.2): ids and kinds, and nothing of what they stand
//! for. What a page shows of it, it asks for as ever.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use dossier_app::grant::Read;
use dossier_app::news::{self, Full, News, Stream, Word};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;

use crate::Web;
use crate::extract::{Asked, May};

/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);
/// How long a stream may be silent: proxies end what they take for dead, many after a minute.
const SILENCE: Duration = Duration::from_secs(15);
/// How long who is refused should wait.
const LATER: HeaderValue = HeaderValue::from_static("60");

#[derive(Default, Deserialize)]
pub(crate) struct Since {
    /// The position after which the stream goes on. A browser that connects again by itself says it in `Last-Event-ID`.
    last: Option<String>,
}

/// Answers `GET /events`.
///
/// Events: `ready` (nothing missed), `news` (`{"requests": [id, …], "channels": bool}`) and `again` (look at everything
/// once), each with the position as its id.
pub(crate) async fn stream(
    State(web): State<Web>,
    May(grant): May<Read>,
    Asked(since): Asked<Since>,
    headers: HeaderMap,
) -> Response {
    let header = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let stream = match news::open(&web.app, &grant, header.or(since.last.as_deref())) {
        Ok(stream) => stream,
        Err(full) => return refused(full),
    };
    let mut response = Sse::new(stream::unfold(Told { stream, spoke: Instant::now() }, next)).into_response();
    let headers = response.headers_mut();
    // Not `no-cache`, which lets a browser keep it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers an answer before it passes it on would never pass this one on.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Only the page's script reads it: it goes on without the stream.
fn refused(full: Full) -> Response {
    let (status, why) = match full {
        Full::Person => (StatusCode::TOO_MANY_REQUESTS, "Too many of your pages are open.\n"),
        Full::Process => (StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open.\n"),
    };
    (status, [(header::RETRY_AFTER, LATER)], why).into_response()
}

struct Told {
    stream: Stream,
    spoke: Instant,
}

async fn next(mut told: Told) -> Option<(Result<Event, Infallible>, Told)> {
    let event = loop {
        match told.stream.next().await? {
            Word::LookAgain(at) => break Event::default().event("again").retry(RETRY).id(at).data("{}"),
            Word::News(news, at) if news.is_empty() => {
                break Event::default().event("ready").retry(RETRY).id(at).data("{}");
            }
            Word::News(news, at) => break Event::default().event("news").id(at).data(data(&news)),
            Word::Quiet if told.spoke.elapsed() >= SILENCE => break Event::default().comment(""),
            Word::Quiet => {}
        }
    };
    told.spoke = Instant::now();
    Some((Ok(event), told))
}

fn data(news: &[News]) -> String {
    let requests = news.iter().filter_map(|news| match news {
        News::Request(id) => Some(id),
        News::Channels => None,
    });
    json!({ "requests": requests.collect::<Vec<_>>(), "channels": news.contains(&News::Channels) }).to_string()
}
