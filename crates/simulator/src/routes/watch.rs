//! Writes every request into the ledger as it arrives, and plays the misbehaviour that is due.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

use super::family::Family;
use super::upload::Parted;
use super::{Charged, bearer, broken, refusal, signed, streams, upload};
use crate::asked::Asked;
use crate::ledger::Outcome;
use crate::misbehave::{Due, Kind};
use crate::wishes::{Wish, Wishes};
use crate::world::App;

/// Where misbehaviour redirects to.
pub(super) const REDIRECTED: &str = "/_simulator/redirected";
/// The largest body that is read.
const LARGEST: usize = 64 << 20;

pub(super) async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let body = tokio::select! {
        () = app.stop.cancelled() => return broken::hang_up(),
        body = to_bytes(body, LARGEST) => body,
    };
    let Ok(body) = body else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large or broke off");
    };
    let parted = if head.uri.path() == upload::PATH { Parted::read(&head, &body).await } else { Parted(None) };
    let asked = Asked::read(&head, &body, parted.0.as_deref().unwrap_or_default());
    let mut wishes = asked.reference.as_deref().map(Wishes::of).unwrap_or_default();
    let family = Family::of(&asked.path);
    let (line, due) = Line::open(&app, asked);
    match due {
        Due::Wish(wish, _) => wishes.add(wish),
        Due::Misbehaviour(Kind::Unauthorised | Kind::UnauthorisedOnce, _) => {
            if let Some(token) = bearer::token(&head.headers) {
                app.world().tokens.revoke(token);
            }
        }
        _ => {}
    }
    let parks = wishes.has(Wish::UnknownStatus);
    head.extensions.insert(wishes);
    head.extensions.insert(parted);
    let proper = async {
        let answer = next.run(Request::from_parts(head, Body::from(body))).await;
        if answer.extensions().get::<Charged>().is_some() {
            line.charge();
        }
        if parks { park(answer).await } else { answer }
    };
    if let Due::Misbehaviour(kind @ (Kind::Huge | Kind::Drip), _) = due {
        proper.await;
        return if kind == Kind::Huge { streams::huge(line) } else { streams::drip(line) };
    }
    let (outcome, answer) = tokio::select! {
        biased;
        () = app.stop.cancelled() => (Outcome::HungUp, broken::hang_up()),
        played = play(&app, due, family, proper) => played,
    };
    line.close(outcome, (outcome != Outcome::HungUp).then(|| answer.status().as_u16()));
    answer
}

/// What is answered instead of, or made of, the proper answer. Where the answer is lost or late, the service has
/// done its work all the same.
async fn play(app: &App, due: Due, family: Family, proper: impl Future<Output = Response>) -> (Outcome, Response) {
    let kind = match due {
        Due::Nothing | Due::Wish(..) => return (Outcome::Answered, proper.await),
        Due::UnknownMarker(word) => {
            let message = format!("sim:{word} is no misbehaviour of this simulator");
            return (Outcome::Answered, refusal(StatusCode::BAD_REQUEST, "unknown_marker", &message));
        }
        Due::Misbehaviour(kind, _) => kind,
    };
    let answer = match kind {
        Kind::Timeout => {
            proper.await;
            std::future::pending().await
        }
        Kind::HangUp => {
            proper.await;
            return (Outcome::HungUp, broken::hang_up());
        }
        Kind::Truncated => return (Outcome::CutShort, broken::cut_short(proper.await).await),
        // A client that does not wait has its work done, and pays for it, all the same.
        Kind::Slow(delay) => {
            let answer = proper.await;
            tokio::time::sleep(delay).await;
            answer
        }
        // Played by `watch`, which hands its line over to them.
        Kind::Huge | Kind::Drip => proper.await,
        Kind::Status500 => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong on our side")
        }
        Kind::ErrorIn200 => family.error(),
        Kind::Malformed => family.malformed(),
        Kind::Unauthorised | Kind::UnauthorisedOnce => bearer::refused(),
        Kind::TooMany => {
            let refused = refusal(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Try again later");
            ([(header::RETRY_AFTER, "1")], refused).into_response()
        }
        Kind::Redirect => Redirect::temporary(REDIRECTED).into_response(),
        Kind::RedirectLoopback => Redirect::temporary(&format!("{}{REDIRECTED}", app.url)).into_response(),
        Kind::RedirectMetadata => Redirect::temporary(signed::PRIVATE).into_response(),
        Kind::RedirectPrivate => Redirect::temporary("http://10.0.0.1/").into_response(),
        Kind::ExpiredLink => signed::expired(),
    };
    (Outcome::Answered, answer)
}

/// Puts a status that nobody documented where the answer has one.
async fn park(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    for (name, value) in
        [("status", Value::from("Parked")), ("http_code", 299.into()), ("status_message", "Parked".into())]
    {
        if let Some(member) = members.get_mut(name) {
            *member = value;
        }
    }
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Json(members).into_response().into_body())
}

/// An open entry of the ledger. Dropped unclosed, as happens when the client goes, it says so.
pub(super) struct Line {
    app: App,
    sequence: u64,
    reference: Option<String>,
}

impl Line {
    /// Enters what was asked and takes what is due for it, in one step, so that both are in the same order.
    fn open(app: &App, asked: Asked) -> (Self, Due) {
        let mut world = app.world();
        let due = world.plans.due(&asked.path, asked.reference.as_deref());
        let word = match &due {
            Due::Misbehaviour(_, word) | Due::Wish(_, word) => Some(word.clone()),
            Due::Nothing | Due::UnknownMarker(_) => None,
        };
        let reference = asked.reference.clone();
        let sequence = world.ledger.open(asked.into_entry(word));
        (Self { app: app.clone(), sequence, reference }, due)
    }

    /// Says how the request ended.
    pub(super) fn close(&self, outcome: Outcome, status: Option<u16>) {
        self.app.world().ledger.close(self.sequence, outcome, status);
    }

    /// Says that the request is paid for.
    fn charge(&self) {
        self.app.world().ledger.charge(self.sequence, self.reference.as_deref());
    }

    /// Returns when the simulator stops.
    pub(super) async fn stopped(&self) {
        self.app.stop.cancelled().await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.app.world().ledger.close(self.sequence, Outcome::Left, None);
    }
}
