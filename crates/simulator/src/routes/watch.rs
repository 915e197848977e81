//! Writes every request into the ledger as it arrives, and plays the misbehaviour that is due.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::{bearer, broken, refusal};
use crate::asked::Asked;
use crate::ledger::Outcome;
use crate::misbehave::{Due, Kind};
use crate::world::App;

/// Where misbehaviour redirects to.
pub(super) const REDIRECTED: &str = "/_simulator/redirected";
/// The largest body that is read.
const LARGEST: usize = 64 << 20;

pub(super) async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = tokio::select! {
        () = app.stop.cancelled() => return broken::hang_up(),
        body = to_bytes(body, LARGEST) => body,
    };
    let Ok(body) = body else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large or broke off");
    };
    let asked = Asked::read(&head.method, &head.uri, &body);
    let (line, due) = Line::open(&app, asked);
    if let Due::Misbehaviour(Kind::Unauthorised | Kind::UnauthorisedOnce, _) = due
        && let Some(token) = bearer::token(&head.headers)
    {
        app.world().tokens.revoke(token);
    }
    let proper = next.run(Request::from_parts(head, Body::from(body)));
    let (outcome, answer) = tokio::select! {
        biased;
        () = app.stop.cancelled() => (Outcome::HungUp, broken::hang_up()),
        played = play(due, proper) => played,
    };
    line.close(outcome, &answer);
    answer
}

/// What is answered instead of, or made of, the proper answer. Where the answer is lost or late, the service has
/// done its work all the same.
async fn play(due: Due, proper: impl Future<Output = Response>) -> (Outcome, Response) {
    let kind = match due {
        Due::Nothing => return (Outcome::Answered, proper.await),
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
        Kind::Slow(delay) => {
            tokio::time::sleep(delay).await;
            proper.await
        }
        Kind::Status500 => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong on our side")
        }
        Kind::ErrorIn200 => {
            Json(json!({ "http_code": 500, "status_message": "The source is not available" })).into_response()
        }
        Kind::Malformed => {
            let half =
                Bytes::from_static(br#"{"http_code": 200, "status_message": "OK", "Results": [{"CompanyName": "#);
            ([(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        Kind::Unauthorised | Kind::UnauthorisedOnce => bearer::refused(),
        Kind::TooMany => {
            let refused = refusal(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Try again later");
            ([(header::RETRY_AFTER, "1")], refused).into_response()
        }
        Kind::Redirect => Redirect::temporary(REDIRECTED).into_response(),
    };
    (Outcome::Answered, answer)
}

/// An open entry of the ledger. Dropped unclosed, as happens when the client goes, it says so.
struct Line {
    app: App,
    sequence: u64,
}

impl Line {
    /// Enters what was asked and takes what is due for it, in one step, so that both are in the same order.
    fn open(app: &App, asked: Asked) -> (Self, Due) {
        let mut world = app.world();
        let due = world.plans.due(&asked.path, asked.reference.as_deref());
        let word = match &due {
            Due::Misbehaviour(_, word) => Some(word.clone()),
            Due::Nothing | Due::UnknownMarker(_) => None,
        };
        let sequence = world.ledger.open(asked.into_entry(word));
        (Self { app: app.clone(), sequence }, due)
    }

    fn close(&self, outcome: Outcome, answer: &Response) {
        let status = (outcome != Outcome::HungUp).then(|| answer.status().as_u16());
        self.app.world().ledger.close(self.sequence, outcome, status);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.app.world().ledger.close(self.sequence, Outcome::Left, None);
    }
}
