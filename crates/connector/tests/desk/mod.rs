//! A desk at which the tests sit: a connector, a channel of InTouch, the simulator behind it, a journal in memory.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use dossier_connector::{
    Call, Channel, Connector, Failure, Journal, JournalError, Manifest, Outcome, Registry, RequestNames, Sending,
    Settled, Success,
};
use dossier_domain::{Clock, Entropy, ExchangeId, Ids, Timestamp};
use dossier_outbound::{Authority, Client, Outgoing, Policy};
use dossier_simulator::{Options, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The client's secret: it must be found nowhere.
pub(crate) const CLIENT_SECRET: &str = "s3cret/with + & signs";

/// The manifests, read once for all desks of a test.
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::built_in().unwrap());

/// One call as the journal has it.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) sending: Sending,
    pub(crate) settled: Option<Settled>,
}

impl Recorded {
    pub(crate) fn request_text(&self) -> String {
        String::from_utf8(self.sending.body.clone()).unwrap()
    }

    pub(crate) fn answer_text(&self) -> String {
        match &self.settled {
            Some(Settled::Answered { body, .. }) => String::from_utf8(body.clone()).unwrap(),
            other => panic!("no answer: {other:?}"),
        }
    }
}

/// A journal in memory that can be told to fail.
#[derive(Debug)]
pub(crate) struct Memory {
    ids: Ids,
    calls: Mutex<Vec<(ExchangeId, Recorded)>>,
    left: AtomicUsize,
    forgetful: AtomicBool,
}

impl Memory {
    fn new() -> Self {
        let ids = Ids { clock: Clock::System, entropy: Entropy::System };
        Self { ids, calls: Mutex::default(), left: AtomicUsize::new(usize::MAX), forgetful: AtomicBool::new(false) }
    }

    pub(crate) fn calls(&self) -> Vec<Recorded> {
        self.calls.lock().unwrap().iter().map(|(_, call)| call.clone()).collect()
    }

    /// Records `calls` more and then refuses.
    pub(crate) fn refuse_after(&self, calls: usize) {
        self.left.store(calls, Ordering::SeqCst);
    }

    /// Records no end any more.
    pub(crate) fn forget_ends(&self) {
        self.forgetful.store(true, Ordering::SeqCst);
    }

    /// No value stands in anything that was recorded: plain, percent-encoded or as a form has it.
    pub(crate) fn holds_none_of(&self, values: &[&str]) {
        let everything = format!("{:?}", self.calls().iter().map(readable).collect::<Vec<_>>());
        assert!(everything.contains("http"), "something was recorded");
        for value in values {
            let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for spelled in [(*value).to_owned(), form.replace('+', "%20"), form] {
                assert!(!everything.contains(&spelled), "{spelled} in {everything}");
            }
        }
    }
}

fn readable(call: &Recorded) -> String {
    let Sending { step, method, url, headers, body, .. } = &call.sending;
    let answer = match &call.settled {
        Some(Settled::Answered { headers, body, .. }) => format!("{headers:?} {}", String::from_utf8_lossy(body)),
        other => format!("{other:?}"),
    };
    format!("{step} {method} {url} {headers:?} {} {answer}", String::from_utf8_lossy(body))
}

impl Journal for Memory {
    async fn sending(&self, sending: Sending) -> Result<ExchangeId, JournalError> {
        let spent = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spent.map_err(|_| JournalError::new("the disk is full"))?;
        let id = self.ids.make();
        self.calls.lock().unwrap().push((id, Recorded { sending, settled: None }));
        Ok(id)
    }

    async fn settled(&self, id: ExchangeId, settled: Settled) -> Result<(), JournalError> {
        if self.forgetful.load(Ordering::SeqCst) {
            return Err(JournalError::new("the disk is full"));
        }
        let mut calls = self.calls.lock().unwrap();
        let call = calls.iter_mut().find(|(at, _)| *at == id).unwrap();
        assert_eq!(call.1.settled.replace(settled), None, "a call ends once");
        Ok(())
    }
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) struct Ended(pub(crate) Outcome);

impl Ended {
    pub(crate) fn success(self) -> Success {
        match self.0 {
            Outcome::Succeeded(success) => success,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn failure(self) -> Failure {
        match self.0 {
            Outcome::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) struct Desk {
    pub(crate) simulator: Simulator,
    pub(crate) connector: Connector,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) journal: Memory,
    pub(crate) clock: Clock,
    client: Client,
}

impl Desk {
    /// A desk whose calls have all the time they need.
    pub(crate) async fn open() -> Self {
        Self::with(Duration::from_mins(1)).await
    }

    /// A desk that waits two seconds for an answer.
    pub(crate) async fn hasty() -> Self {
        Self::with(Duration::from_secs(2)).await
    }

    async fn with(total_timeout: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options =
            Options { seed: 7, client_id: "dossier-test".to_owned(), client_secret: CLIENT_SECRET.to_owned() };
        let simulator = Simulator::start(listener, options);
        let allow = vec![Authority::of(&simulator.url().parse().unwrap()).unwrap()];
        let client = Client::new(Policy { allow, total_timeout, ..Policy::default() }).unwrap();
        let clock = Clock::manual(Timestamp::from_micros(1_795_442_400_000_000));
        let connector = Connector::new(client.clone(), Ids { clock: clock.clone(), entropy: Entropy::System });
        let manifest = REGISTRY.get("intouch").unwrap();
        Self { simulator, connector, manifest, journal: Memory::new(), clock, client }
    }

    /// The channel that leads to the simulator.
    pub(crate) fn channel(&self) -> Channel {
        let url = self.simulator.url();
        Channel {
            id: "channel-1".to_owned(),
            version: 1,
            config: json!({"authUrl": format!("{url}/auth/"), "baseUrl": format!("{url}/"), "libraryPath": "/library/api/v3",
                "identityUrl": format!("{url}/identity/api/v2"), "coreUrl": format!("{url}/core/api/v3"),
                "injectionUrl": format!("{url}/injection/api/v3/initiateWorkflow"), "clientId": "dossier-test"}),
            secrets: [("clientSecret".to_owned(), CLIENT_SECRET.to_owned().into())].into(),
        }
    }

    pub(crate) async fn run(&self, action: &str, params: Value) -> Ended {
        self.run_on(self.channel(), action, params).await
    }

    pub(crate) async fn run_on(&self, channel: Channel, action: &str, params: Value) -> Ended {
        let call = Call {
            manifest: Arc::clone(&self.manifest),
            action,
            channel,
            request: RequestNames { id: "request-1".to_owned(), reference: "Kwantu".to_owned() },
            actor: "Thandeka Mkhize".to_owned(),
            run: "run-1".to_owned(),
            params,
            files: std::collections::BTreeMap::new(),
            callback_url: None,
            outputs: json!({}),
            now: self.clock.now(),
        };
        Ended(self.connector.run(&call, &self.journal).await)
    }

    /// How often the simulator was asked for a token.
    pub(crate) fn tokens_asked(&self) -> usize {
        self.simulator.ledger().iter().filter(|e| e.service == "Token").count()
    }

    /// Orders a misbehaviour.
    pub(crate) async fn misbehave(&self, order: Value) {
        let url = format!("{}/_simulator/misbehave", self.simulator.url()).parse().unwrap();
        let headers = [(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"))];
        let body = order.to_string().into_bytes();
        let order =
            Outgoing { method: http::Method::POST, url, headers: headers.into_iter().collect(), body, timeout: None };
        assert_eq!(self.client.send(order).await.unwrap().status, 204);
    }
}
