//! A corner of the web: a server that answers as it is told and remembers what it was asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use dossier_connector::{
    Call, Channel, Connector, Journal, JournalError, Manifest, Outcome, RequestNames, Sending, Settled,
};
use dossier_domain::{Clock, ExchangeId, Ids};
use dossier_outbound::{Authority, Client, Policy};
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

type Told = (u16, String, String);

#[derive(Debug)]
struct Server {
    seen: Mutex<Vec<Seen>>,
    told: Mutex<HashMap<String, Told>>,
    held: Mutex<Option<String>>,
    released: watch::Sender<bool>,
    arrived: watch::Sender<usize>,
}

/// The corner, a channel that leads there, a journal in memory.
pub(crate) struct Corner {
    pub(crate) manifest: Arc<Manifest>,
    connector: Connector,
    url: String,
    server: Arc<Server>,
    journal: Notes,
}

#[derive(Debug)]
struct Notes {
    ids: Ids,
    calls: Mutex<Vec<(ExchangeId, Sending, Option<Settled>)>>,
    left: AtomicUsize,
}

impl Journal for Notes {
    async fn sending(&self, sending: Sending) -> Result<ExchangeId, JournalError> {
        let spent = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spent.map_err(|_| JournalError::new("the disk is full"))?;
        let id = self.ids.make();
        self.calls.lock().unwrap().push((id, sending, None));
        Ok(id)
    }

    async fn settled(&self, id: ExchangeId, settled: Settled) -> Result<(), JournalError> {
        let mut calls = self.calls.lock().unwrap();
        let call = calls.iter_mut().find(|(at, ..)| *at == id).unwrap();
        call.2 = Some(settled);
        Ok(())
    }
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1_000_000).await.unwrap();
    let uri = head.uri.to_string();
    server.seen.lock().unwrap().push(Seen {
        method: head.method.to_string(),
        uri: uri.clone(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    server.arrived.send_modify(|n| *n += 1);
    let held = server.held.lock().unwrap().as_ref().is_some_and(|path| uri.starts_with(path));
    if held {
        server.released.subscribe().wait_for(|released| *released).await.unwrap();
    }
    let told =
        server.told.lock().unwrap().iter().find(|(path, _)| uri.starts_with(*path)).map(|(_, told)| told.clone());
    let (status, kind, body) = told.unwrap_or((200, "application/json".to_owned(), "{}".to_owned()));
    Response::builder().status(status).header("content-type", kind).body(body.into()).unwrap()
}

impl Corner {
    /// A corner for `manifest`, which answers everything with `{}` until it is told otherwise.
    pub(crate) async fn open(manifest: &str) -> Self {
        Self::open_for(manifest, 60_000).await
    }

    /// A corner whose answers may have as many as `most` bytes.
    pub(crate) async fn open_for(manifest: &str, most: usize) -> Self {
        Self::open_with(manifest, Policy { max_body: most, ..Policy::default() }).await
    }

    /// A corner that is called by `policy`.
    pub(crate) async fn open_with(manifest: &str, policy: Policy) -> Self {
        let manifest = Manifest::parse(manifest).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(Server {
            seen: Mutex::default(),
            told: Mutex::default(),
            held: Mutex::default(),
            released: watch::Sender::new(false),
            arrived: watch::Sender::new(0),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&server));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let allow = vec![Authority::of(&url.parse().unwrap()).unwrap()];
        let client = Client::new(Policy { allow, ..policy }).unwrap();
        let journal = Notes { ids: Ids::default(), calls: Mutex::default(), left: AtomicUsize::new(usize::MAX) };
        Self { manifest: Arc::new(manifest), connector: Connector::new(client, Ids::default()), url, server, journal }
    }

    /// Answers what begins with `path` like this from now on.
    pub(crate) fn answer(&self, path: &str, status: u16, kind: &str, body: &str) {
        self.server.told.lock().unwrap().insert(path.to_owned(), (status, kind.to_owned(), body.to_owned()));
    }

    /// Lets what begins with `path` wait for [`Corner::release`].
    pub(crate) fn hold(&self, path: &str) {
        *self.server.held.lock().unwrap() = Some(path.to_owned());
    }

    pub(crate) fn release(&self) {
        self.server.released.send_replace(true);
    }

    /// Waits until `count` requests have arrived that begin with `path`.
    pub(crate) async fn wait_for(&self, path: &str, count: usize) {
        self.server.arrived.subscribe().wait_for(|_| self.count(path) >= count).await.unwrap();
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.server.seen.lock().unwrap().iter().filter(|s| s.uri.starts_with(path)).count()
    }

    /// The last request that began with `path`.
    pub(crate) fn last(&self, path: &str) -> Seen {
        self.server.seen.lock().unwrap().iter().rev().find(|s| s.uri.starts_with(path)).cloned().unwrap()
    }

    pub(crate) async fn run(&self, params: Value) -> Outcome {
        self.run_at(&self.url, params).await
    }

    pub(crate) async fn run_at(&self, url: &str, params: Value) -> Outcome {
        let channel = Channel {
            id: "channel-1".to_owned(),
            version: 1,
            config: json!({"url": url, "id": "corner id"}),
            secrets: [("secret".to_owned(), "secret:with:colons".to_owned().into())].into(),
        };
        let call = Call {
            manifest: Arc::clone(&self.manifest),
            action: "look",
            channel,
            request: RequestNames { id: "request-1".to_owned(), reference: "Kwantu".to_owned() },
            actor: "Thandeka Mkhize".to_owned(),
            params,
            outputs: json!({}),
            run: "run-1".to_owned(),
            files: std::collections::BTreeMap::new(),
            callback_url: None,
            now: Clock::System.now(),
        };
        self.connector.run(&call, &self.journal).await
    }

    /// What was recorded, oldest first.
    pub(crate) fn calls(&self) -> Vec<(Sending, Option<Settled>)> {
        self.journal
            .calls
            .lock()
            .unwrap()
            .iter()
            .map(|(_, sending, settled)| (sending.clone(), settled.clone()))
            .collect()
    }

    /// Everything that was recorded, as one text.
    pub(crate) fn log(&self) -> String {
        let one = |(sending, settled): &(Sending, Option<Settled>)| {
            let answer = match settled {
                Some(Settled::Answered { headers, body, .. }) => {
                    format!("{headers:?} {}", String::from_utf8_lossy(body))
                }
                other => format!("{other:?}"),
            };
            format!("{} {:?} {}\n{answer}\n", sending.url, sending.headers, String::from_utf8_lossy(&sending.body))
        };
        self.calls().iter().map(one).collect()
    }

    /// Records `calls` more and then refuses.
    pub(crate) fn refuse_after(&self, calls: usize) {
        self.journal.left.store(calls, Ordering::SeqCst);
    }
}
