//! Carries events to where they are told, one after the other, so that they arrive in the order they were sent.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::callbacks::Letter;
use crate::world::App;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers until the simulator stops. What a receiver refuses is not sent again.
pub(crate) async fn deliver(app: App, mut letters: UnboundedReceiver<Letter>) {
    // No connection is kept, so that a receiver may stop between two events.
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
    while let Some(letter) = tokio::select! {
        () = app.stop.cancelled() => None,
        letter = letters.recv() => letter,
    } {
        let answered = tokio::select! {
            () = app.stop.cancelled() => return,
            answered = tokio::time::timeout(PATIENCE, send(&client, &letter)) => answered.ok().flatten(),
        };
        app.world().callbacks.note(letter, answered);
    }
}

async fn send(client: &Client<HttpConnector, Body>, letter: &Letter) -> Option<u16> {
    let request = Request::post(letter.url.clone())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(letter.body.to_string()))
        .ok()?;
    Some(client.request(request).await.ok()?.status().as_u16())
}
