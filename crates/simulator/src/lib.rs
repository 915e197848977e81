//! A stand-in for InTouch that behaves, and misbehaves on demand, over real HTTP on a loopback address.
//!
//! The demo and the tests start it; it knows no other part of Dossier, only what InTouch has made public. Where no
//! answer was ever published, the answers here are our best guess. All people and companies in them are invented, and
//! everything follows from [`Options::seed`], the order of the calls and what was asked.
//!
//! # What it plays
//! | call | answer |
//! | --- | --- |
//! | `POST /auth/token` | a token for 300 seconds; `invalid_client` (401), `unsupported_grant_type` (400) |
//! | `POST /library/api/v3?id=…` | Company KYC; any other service is not found (404) |
//! | `POST /injection/api/v3/initiateWorkflow?workflowId=&organisationPhaseTwoId=` | `workflowId` and `trackingId` |
//! | `GET /core/api/v3/status/{tracking}` | the state of each step of a workflow |
//! | `GET /identity/api/v2/inTouchOrganisation/organisationPhaseTwoId` | [`ORGANISATION`] as a JSON string |
//!
//! All but the first need a token that was issued here; otherwise the answer is 401 `invalid_token`.
//!
//! **Company KYC** answers HTTP 200 with `http_code` in the body. A registration number (`2014/123456/07`) that ends in
//! `/99` or has another form is not found (`http_code` 404). The last digit before the second stroke says the status: 8
//! is `Business Rescue`, 9 is `Deregistered`, any other is `In Business`. A `CompanyName` is echoed, an
//! `InputDirectorList` is too; whatever is not given is invented, always the same for the same question.
//!
//! **Workflows** move by being looked at: the first status call finds the first step at work, each further call finds
//! one step more completed. Any UUID is accepted as workflow ID. [`TRACKING_PROCESSING`], [`TRACKING_COMPLETED`],
//! [`TRACKING_FAILED`] and [`TRACKING_UNKNOWN_WORD`] are known from the start. A `Reference` (or `ExternalReference`)
//! that contains `sim:workflow-fails` lets the last step fail; `sim:workflow-sticks` lets it never end.
//!
//! # Misbehaviour
//! Ordered by a marker anywhere in the `Reference` of a Company KYC call or workflow, such as `Naidoo sim:timeout`, or by
//! `POST /_simulator/misbehave` with `{"kind": "timeout", "reference": …, "path": …, "times": 1}`. There `reference` is a
//! whole reference or tracking ID, `path` the beginning of a path; at least one is needed, and if both are given both
//! must fit. A marker holds for every request with the reference, a plan for as many as it says (`times`, 1 if left out).
//!
//! | word | what happens | is the work done? |
//! | --- | --- | --- |
//! | `timeout` | no answer until the client goes or the simulator stops | yes |
//! | `slow=2s`, `slow=500ms` | the proper answer, late; 10 minutes at most | yes |
//! | `hang-up` | the connection is closed without an answer | yes |
//! | `truncated` | half of the proper answer, then the connection is closed | yes |
//! | `malformed` | 200 with a JSON body that breaks off | no |
//! | `error-in-200` | 200 with `http_code` 500 in the body | no |
//! | `500` | 500 with an error in JSON | no |
//! | `429` | 429 with `Retry-After: 1` | no |
//! | `401` | 401 `invalid_token`; the token that was sent counts no more | no |
//! | `401-once` | the same for the first request with this reference; the next is answered | no |
//! | `redirect` | 307 to a path of the simulator; the ledger shows whether it was followed | no |
//!
//! Any other word after `sim:` is answered with 400 `unknown_marker`, so that a misspelling is noticed.
//!
//! # What it was asked
//! [`Simulator::ledger`], and `GET /_simulator/ledger` as JSON: the newest thousand requests, with the names of their
//! parameters but not the values. `GET /_simulator` says what this is.

mod asked;
mod chance;
mod companies;
mod directors;
mod id_number;
mod ledger;
mod misbehave;
mod pdf;
mod people;
mod routes;
mod tokens;
mod workflows;
mod world;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

pub use ledger::{Entry, KEPT, Outcome};
pub use workflows::{TRACKING_COMPLETED, TRACKING_FAILED, TRACKING_PROCESSING, TRACKING_UNKNOWN_WORD};

use world::App;

/// The organisation that every client of the simulator belongs to; workflows are started for no other.
pub const ORGANISATION: &str = "51000000-0000-4000-8000-0000000000aa";

/// How long [`Simulator::stop`] waits for connections that a client holds in the middle of a request.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the simulator is set up. Its `Debug` text shows no secret.
#[derive(Clone)]
pub struct Options {
    /// What all invention follows from.
    pub seed: u64,
    /// The only client that gets a token.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("seed", &self.seed).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A running simulator. Dropping it stops it without waiting.
pub struct Simulator {
    address: SocketAddr,
    app: App,
    serving: TaskTracker,
}

impl Simulator {
    /// Serves on this listener, which should be bound to a loopback address: the pages under `/_simulator` ask for no
    /// password. Must be called within a Tokio runtime.
    pub fn start(listener: TcpListener, options: Options) -> Self {
        // A bound socket has an address; port 0 would fail at the first call, and visibly.
        let address = listener.local_addr().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let app = App::new(options);
        let serving = TaskTracker::new();
        let stopped = app.stop.clone().cancelled_owned();
        let router = routes::router(app.clone());
        serving.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the simulator broke off");
            }
        });
        serving.close();
        tracing::info!(%address, "the simulated provider is listening");
        Self { address, app, serving }
    }

    /// Where it is, without a slash at the end: `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked, oldest first; the newest [`KEPT`] entries. An entry is here from the moment its request has
    /// arrived whole.
    pub fn ledger(&self) -> Vec<Entry> {
        self.app.world().ledger.entries()
    }

    /// Stops: no further connection is accepted, and every request that is still waiting is hung up on. Returns when
    /// all connections are closed, or after two seconds.
    pub async fn stop(&self) {
        self.app.stop.cancel();
        if tokio::time::timeout(PATIENCE, self.serving.wait()).await.is_err() {
            tracing::warn!("a client still holds a connection to the simulator");
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.app.stop.cancel();
    }
}
