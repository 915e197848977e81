//! A running simulator and a client that has a token for it.

use std::time::{Duration, Instant};

use dossier_simulator::{Entry, Options, Simulator};
use reqwest::multipart::{Form, Part};
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

    /// A service of the library with what every one insists on, not sent yet.
    pub(crate) fn library(&self, id: &str, reference: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let always = [
            ("id", id),
            ("PermissiblePurpose", "Admin Purpose"),
            ("Reference", reference),
            ("MaxCacheDays", "2"),
            ("EnquiryReason", "Onboarding"),
            ("EnquiryDoneBy", "Compliance"),
        ];
        self.post(LIBRARY).query(&always).query(query)
    }

    /// Uploads parts of these names and contents; the answer as it came.
    pub(crate) async fn upload(&self, parts: &[(&'static str, &[u8])]) -> (u16, Value) {
        json_of(self.uploading(parts)).await
    }

    pub(crate) fn uploading(&self, parts: &[(&'static str, &[u8])]) -> RequestBuilder {
        let form = parts.iter().fold(Form::new(), |form, (name, bytes)| {
            form.part(*name, Part::bytes(bytes.to_vec()).file_name("file.png"))
        });
        self.post("/library/api/v3/upload").multipart(form)
    }

    /// Uploads one file and returns its path.
    pub(crate) async fn media(&self, bytes: &[u8]) -> String {
        self.upload(&[("media", bytes)]).await.1.as_str().unwrap().to_owned()
    }

    /// A call of an own page of the simulator, without a token.
    pub(crate) async fn order(&self, page: &str, order: Value) -> Response {
        self.client.post(self.url(&format!("/_simulator/{page}"))).json(&order).send().await.unwrap()
    }

    /// Starts a workflow with all its names, and returns its tracking ID.
    pub(crate) async fn workflow(&self, id: &str, names: &[&str], reference: &str) -> String {
        let pairs: Vec<Value> = names
            .iter()
            .map(|name| match *name {
                "IDNumber" => pair(name, "8001015009087"),
                "Reference" => pair(name, reference),
                _ => pair(name, Value::Null),
            })
            .collect();
        let query = [("workflowId", id), ("organisationPhaseTwoId", dossier_simulator::ORGANISATION)];
        let request = self.post("/injection/api/v3/initiateWorkflow").query(&query).json(&pairs);
        let (status, answer) = json_of(request).await;
        assert_eq!(status, 200, "{answer}");
        answer["trackingId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn look(&self, tracking: &str) -> Value {
        json_of(self.get(&format!("/core/api/v3/status/{tracking}"))).await.1
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
