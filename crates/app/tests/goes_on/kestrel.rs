//! A provider of the tests' own: it takes two calls at once, and tells the end of its checks by signed callbacks.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dossier_testkit::{Desk, DeskBuilder, Firm};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const WEBHOOK_SECRET: &str = "kestrel-signs-with-this";

const MANIFEST: &str = r#"manifest: 1
key: kestrel
name: Kestrel
version: "1"
description: Checks people
module: kyc-kestrel
config:
  required: [url, webhookSecret]
  properties:
    url: { title: URL, format: uri }
    webhookSecret: { title: Webhook secret, x-secret: true }
LIMITS
callbacks:
  verify:
    algorithm: sha256
    encoding: hex
    key: "=config.webhookSecret"
    parts: [body]
    signature: { header: X-Signature }
  event: { id: "=body.id", time: "=body.at", subject: "=body.check", type: "=body.state" }
  subject: check
  then: { state: { from: "=body.state", waiting: [working], succeeded: [done], failed: [broken] } }
actions:
  - key: check
    label: Check
    category: Checks
    effect: write
    decides: true
    callback: true
    verified: assumed
    params: { required: [reference], properties: { reference: { title: Reference } } }
    steps:
      - { name: begun, request: { method: POST, url: "{config.url}/checks", body: { json: { reference: "=params.reference" } } } }
    result:
      state: { from: "=begun.body.state", waiting: [working], succeeded: [done], failed: [broken] }
      outputs: { check: "=begun.body.check" }
  - key: types
    label: Types
    category: Checks
    effect: read
    verified: assumed
    steps:
      - { name: types, request: { method: GET, url: "{config.url}/types" } }
  - key: named
    label: Named check
    category: Checks
    effect: write
    decides: true
    verified: assumed
    params: { required: [reference], properties: { reference: { title: Reference } } }
    steps:
      - { name: begun, request: { method: POST, url: "{config.url}/checks", body: { json: { reference: "=params.reference" } } } }
    poll: { action: look, params: { reference: "=params.reference" }, first: 5, most: 60, deadline: 3600 }
    result:
      outputs: { check: "=begun.body.check" }
  - key: screen
    label: Screening
    category: Checks
    effect: write
    decides: true
    callback: true
    verified: assumed
    params: { required: [reference], properties: { reference: { title: Reference } } }
    steps:
      - { name: begun, request: { method: POST, url: "{config.url}/checks", body: { json: { reference: "=params.reference" } } } }
    poll: { action: look, params: { reference: "=params.reference" }, first: 3600, most: 3600, deadline: 86400 }
    result:
      state: { from: "=begun.body.state", waiting: [working], succeeded: [done], failed: [broken] }
      outputs: { check: "=begun.body.check" }
  - key: look
    label: Look
    category: Checks
    effect: read
    verified: assumed
    params: { required: [reference], properties: { reference: { title: Reference } } }
    steps:
      - { name: seen, request: { method: GET, url: "{config.url}/checks", query: { reference: "=params.reference" } } }
    result:
      state: { from: "=seen.body.state", waiting: [working], succeeded: [done], failed: [broken] }
      verdict: { from: "=seen.body.outcome", pass: [clear] }
"#;

/// What the provider saw, and how it behaves.
#[derive(Clone, Default)]
pub(crate) struct Kestrel(Arc<Parts>);

#[derive(Default)]
pub(crate) struct Parts {
    now: AtomicUsize,
    most: AtomicUsize,
    begun: Mutex<Vec<String>>,
    came: Mutex<Vec<Instant>>,
    /// Statuses that the next calls are answered with instead.
    refusals: Mutex<Vec<u16>>,
    /// Begun checks are not answered.
    silent: AtomicBool,
    /// How many calls must be there before one is answered, while anyone has patience.
    gathers: AtomicUsize,
}

impl Kestrel {
    /// The most calls that were on their way at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }

    /// When each call came.
    pub(crate) fn came(&self) -> Vec<Instant> {
        self.0.came.lock().unwrap().clone()
    }

    /// The references of the checks that were begun.
    pub(crate) fn begun(&self) -> Vec<String> {
        self.0.begun.lock().unwrap().clone()
    }

    pub(crate) fn refuse(&self, with: &[u16]) {
        self.0.refusals.lock().unwrap().extend(with.iter().rev());
    }

    pub(crate) fn fall_silent(&self, silent: bool) {
        self.0.silent.store(silent, Ordering::SeqCst);
    }

    /// Each call waits until so many have been there at once, or for two seconds; without end for `usize::MAX`.
    pub(crate) fn gather(&self, calls: usize) {
        self.0.gathers.store(calls, Ordering::SeqCst);
    }

    async fn serve(&self, answer: Value) -> Response {
        self.0.came.lock().unwrap().push(Instant::now());
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(now, Ordering::SeqCst);
        for looks in 0.. {
            let gathers = self.0.gathers.load(Ordering::SeqCst);
            if self.most_at_once() >= gathers || (gathers < usize::MAX && looks >= 200) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.0.now.fetch_sub(1, Ordering::SeqCst);
        let refusal = self.0.refusals.lock().unwrap().pop();
        match refusal.map(|status| StatusCode::from_u16(status).unwrap()) {
            Some(StatusCode::TOO_MANY_REQUESTS) => {
                (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")]).into_response()
            }
            Some(status) => status.into_response(),
            None => Json(answer).into_response(),
        }
    }
}

/// A desk with the provider, whose manifest says so of its limits.
pub(crate) async fn desk(limits: &str, change: impl FnOnce(DeskBuilder) -> DeskBuilder) -> (Desk, Kestrel, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let host = listener.local_addr().unwrap();
    let kestrel = Kestrel::default();
    let begin = async |State(kestrel): State<Kestrel>, Json(asked): Json<Value>| {
        let reference = asked["reference"].as_str().unwrap().to_owned();
        kestrel.0.begun.lock().unwrap().push(reference.clone());
        if kestrel.0.silent.load(Ordering::SeqCst) {
            // A gateway that lost its provider.
            return StatusCode::GATEWAY_TIMEOUT.into_response();
        }
        kestrel.serve(json!({ "check": format!("C-{reference}"), "state": "working" })).await
    };
    let look =
        async |State(kestrel): State<Kestrel>| kestrel.serve(json!({ "state": "done", "outcome": "clear" })).await;
    let types = async |State(kestrel): State<Kestrel>| kestrel.serve(json!({ "types": [] })).await;
    let router =
        Router::new().route("/checks", post(begin).get(look)).route("/types", get(types)).with_state(kestrel.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let manifest = MANIFEST.replace("LIMITS", limits);
    (change(Desk::builder().with_provider(&manifest, host)).open().await, kestrel, host)
}

/// A tenant that uses the provider.
pub(crate) async fn firm<'a>(desk: &'a Desk, name: &str, host: SocketAddr) -> Firm<'a> {
    let mut firm = desk.firm(name).await;
    let config = json!({ "url": format!("http://{host}"), "webhookSecret": WEBHOOK_SECRET });
    firm.take_up("kestrel", "kyc-kestrel", config).await;
    firm
}

/// The signature of a callback.
pub(crate) fn signature(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
    let mut text = String::new();
    for byte in hmac::sign(&key, body).as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
