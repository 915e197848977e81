//! A running simulator and a client that has a token for it.

use std::time::{Duration, Instant};

use dossier_simulator::{Entry, Options, Simulator};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const LIBRARY: &str = "/library/api/v3";
pub(crate) const COMPANY_KYC: &str = "0c4fb641-f410-4f2e-b06e-d43ea8a94e54";

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    pub(crate) token: String,
}

pub(crate) async fn start() -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { seed: 7, client_id: "desk".to_owned(), client_secret: "hush".to_owned() };
    let simulator = Simulator::start(listener, options);
    let mut bench = Bench { simulator, client: client(), token: String::new() };
    bench.token = bench.new_token().await;
    bench
}

#[expect(clippy::disallowed_methods, reason = "tests speak to the simulator directly")]
fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Bench {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.url())
    }

    pub(crate) async fn ask_token(&self, form: &[(&str, &str)]) -> Response {
        self.client.post(self.url("/auth/token")).form(form).send().await.unwrap()
    }

    pub(crate) async fn new_token(&self) -> String {
        let form = [("grant_type", "client_credentials"), ("client_id", "desk"), ("client_secret", "hush")];
        let answer: Value = self.ask_token(&form).await.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(&self.token)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path)).bearer_auth(&self.token)
    }

    /// A Company KYC call, not sent yet.
    pub(crate) fn company(&self, query: &[(&str, &str)]) -> RequestBuilder {
        self.post(LIBRARY).query(&[("id", COMPANY_KYC)]).query(query)
    }

    /// A Company KYC call with this reference, not sent yet.
    pub(crate) fn with_reference(&self, reference: &str) -> RequestBuilder {
        self.company(&[("RegistrationNumber", "2014/123456/07"), ("Reference", reference)])
    }

    pub(crate) async fn misbehave(&self, order: Value) -> Response {
        self.client.post(self.url("/_simulator/misbehave")).json(&order).send().await.unwrap()
    }

    /// The newest entry of the ledger.
    pub(crate) fn last(&self) -> Entry {
        self.simulator.ledger().pop().expect("the ledger is empty")
    }
}

pub(crate) async fn json_of(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Waits for something to become true, and gives up on a machine that stands still.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// One pair of a workflow's body.
pub(crate) fn pair(name: &str, value: impl Into<Value>) -> Value {
    json!({ "name": name, "value": value.into() })
}
