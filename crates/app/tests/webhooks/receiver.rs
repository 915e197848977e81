//! A program of a tenant's own that is told what happens, and answers as a test wants.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dossier_app::grant::{Grant, Settings};
use dossier_app::webhooks::{self, Delivery, Made, Typed, Webhook};
use dossier_domain::{BuiltInRole, WebhookId};
use dossier_testkit::{Desk, DeskBuilder, Firm};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// How many of its signatures are by `secret`, made here as a receiver makes them.
    pub(crate) fn signed_by(&self, secret: &str) -> usize {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        let ours = format!("v1,{}", STANDARD.encode(mac.as_ref()));
        self.signature.split(' ').filter(|theirs| *theirs == ours).count()
    }
}

#[derive(Clone)]
pub(crate) struct Receiver(Arc<Parts>);

struct Parts {
    host: SocketAddr,
    got: Mutex<Vec<Got>>,
    answers: Mutex<VecDeque<Response>>,
    usual: Mutex<u16>,
    open: watch::Sender<bool>,
}

impl Receiver {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let parts = Parts {
            host: listener.local_addr().unwrap(),
            got: Mutex::default(),
            answers: Mutex::default(),
            usual: Mutex::new(204),
            open: watch::Sender::new(true),
        };
        let receiver = Self(Arc::new(parts));
        let take = async |State(receiver): State<Self>, uri: Uri, headers: HeaderMap, body: String| {
            let header = |name: &str| headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
            let got = Got {
                path: uri.path().to_owned(),
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signature: header("webhook-signature"),
                body,
            };
            receiver.0.got.lock().unwrap().push(got);
            receiver.0.open.subscribe().wait_for(|open| *open).await.unwrap();
            let answer = receiver.0.answers.lock().unwrap().pop_front();
            let usual = StatusCode::from_u16(*receiver.0.usual.lock().unwrap()).unwrap();
            answer.unwrap_or_else(|| usual.into_response())
        };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub(crate) fn host(&self) -> SocketAddr {
        self.0.host
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/kyc", self.0.host)
    }

    /// How it answers from now on.
    pub(crate) fn answer(&self, status: u16) {
        *self.0.usual.lock().unwrap() = status;
    }

    /// How it answers once.
    pub(crate) fn answer_once(&self, answer: impl IntoResponse) {
        self.0.answers.lock().unwrap().push_back(answer.into_response());
    }

    /// Whether it answers at all.
    pub(crate) fn hang(&self, hangs: bool) {
        self.0.open.send_replace(!hangs);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.0.got.lock().unwrap().clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self.got().iter().map(Got::kind).collect();
        kinds.sort();
        kinds
    }

    /// Waits until so many have come.
    pub(crate) async fn until(&self, desk: &Desk, count: usize) -> Vec<Got> {
        desk.until(&format!("{count} have come"), |desk| {
            desk.app.nudge();
            self.got().len() >= count
        })
        .await;
        self.got()
    }
}

/// A desk whose calls reach these receivers.
pub(crate) async fn desk(receivers: &[&Receiver], change: impl FnOnce(DeskBuilder) -> DeskBuilder) -> Desk {
    let builder = receivers.iter().fold(Desk::builder(), |builder, receiver| builder.letting_through(receiver.host()));
    change(builder).open().await
}

pub(crate) async fn settings(firm: &Firm<'_>) -> Grant<Settings> {
    firm.member(BuiltInRole::Administrator).await.grant().unwrap()
}

/// A webhook to `url` that is told of these events.
pub(crate) async fn webhook(desk: &Desk, firm: &Firm<'_>, url: &str, events: &[&str]) -> Made {
    let events = events.iter().map(|word| (*word).to_owned()).collect();
    let typed = Typed { name: "Core banking".to_owned(), url: url.to_owned(), events };
    webhooks::create(&desk.app, &settings(firm).await, webhooks::new_id(&desk.app), &typed).await.unwrap()
}

pub(crate) fn secret(made: &Made) -> String {
    made.secret.expose_secret().to_owned()
}

/// The deliveries of a webhook, oldest first.
pub(crate) async fn deliveries(desk: &Desk, firm: &Firm<'_>, id: WebhookId) -> Vec<Delivery> {
    let page = webhooks::deliveries(&desk.app, &settings(firm).await, id, None, None, 1_000).await.unwrap();
    page.rows.into_iter().rev().collect()
}

pub(crate) async fn opened(desk: &Desk, firm: &Firm<'_>, id: WebhookId) -> Webhook {
    webhooks::open(&desk.app, &settings(firm).await, id).await.unwrap().webhook
}

/// Waits until the deliveries of a webhook are so. Fails after 20 seconds.
pub(crate) async fn until(
    desk: &Desk,
    firm: &Firm<'_>,
    id: WebhookId,
    met: impl Fn(&[Delivery]) -> bool,
) -> Vec<Delivery> {
    for _ in 0..2_000 {
        let found = deliveries(desk, firm, id).await;
        if met(&found) {
            return found;
        }
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {:?}", deliveries(desk, firm, id).await)
}
