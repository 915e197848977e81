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
//! | `POST /library/api/v3?id=…` | Company KYC, DHA with photo, Individual eKYC, Combined AML, Bank account; any other service is not found (404) |
//! | `POST /library/api/v3/upload` | the path of a file (part `media`), or of two (`frontImage`, `backImage`) |
//! | `POST /library/api/v3/files?id=…` | Identity Document OCR, Face Compare, Passive Liveness |
//! | `POST /injection/api/v3/initiateWorkflow?workflowId=&organisationPhaseTwoId=` | `workflowId` and `trackingId`; `callbackUrl=` asks for events |
//! | `GET /signed/{token}?expires=…` | a document or image of a workflow; `Authorization` is refused (400) |
//! | `POST /consent/api/v3/requests` | a request for consent (201) |
//! | `GET`, `PUT /consent/api/v3/requests/{id}` | the request, which moves by being looked at; the changed request |
//! | `POST /consent/api/v3/requests/{id}/rerequest` | the request, sent again; 409 if it was given |
//! | `GET /consent/api/v3/consents/{id}` | the consent: `pending`, `given`, `refused`, `expired` |
//! | `GET /consent/api/v3/consents/{id}/document` | PDF for `Accept: application/pdf`, else base64 in JSON; 409 until it is given |
//! | `GET /consent/api/v3/types`, `…?contact=` | the types of consent, and what was asked of a contact |
//! | `GET /core/api/v3/status/{tracking}` | the state of each step of a workflow |
//! | `GET /identity/api/v2/inTouchOrganisation/organisationPhaseTwoId` | [`ORGANISATION`] as a JSON string |
//!
//! All but the token and the signed links need a token that was issued here; otherwise the answer is 401 `invalid_token`.
//!
//! **Company KYC** answers HTTP 200 with `http_code` in the body. A registration number (`2014/123456/07`) that ends in
//! `/99` or has another form is not found (`http_code` 404). The last digit before the second stroke says the status: 8
//! is `Business Rescue`, 9 is `Deregistered`, any other is `In Business`. A `CompanyName` is echoed, an
//! `InputDirectorList` is too; whatever is not given is invented, always the same for the same question.
//!
//! **Workflows** move by being looked at: the first status call finds the first step at work, each further call finds
//! one step more completed; [`Simulator::set_pace`] has them move without a call too. Any UUID is accepted as workflow
//! ID; the published ones want all their names in their order (400 otherwise, with the `name` at fault).
//! [`TRACKING_PROCESSING`], [`TRACKING_COMPLETED`], [`TRACKING_FAILED`] and [`TRACKING_UNKNOWN_WORD`] are known from the
//! start.
//! Photos and reports are pre-signed links for 24 hours of the provider's time.
//!
//! **The provider's time** stands still at 2026-03-02T08:00:00Z until [`Simulator::set_time`] or
//! `POST /_simulator/clock` with `{"now": …}` moves it.
//!
//! **Uploaded files** are kept in memory: 10 MB each, 100 MB and 500 files in all. What is said of them follows from
//! their bytes. **Consents** move by being looked at: sent, opened, given. `POST /_simulator/advance` with `{"id": …}`
//! is a look at a workflow or a request for consent without a call of the provider's surface.
//!
//! **Events** go to the `callbackUrl` of a workflow's query or a consent's form, or where `POST /_simulator/callbacks`
//! with `{"url": …, "id": …}` says (without `id`: all that name no address); to loopback addresses only, once, in
//! order. [`Simulator::deliveries`] and `GET /_simulator/callbacks` tell how they were received;
//! `POST /_simulator/callbacks/release` with `{"id": …, "reverse": …}` sends what is held.
//!
//! # Endings
//! Ordered like misbehaviour, below, but the answer is a proper one. Several may stand in one reference. In an uploaded
//! file the marker stands in its first or last 4,096 bytes, and counts for the services that look at the file too.
//!
//! | word | where | ending |
//! | --- | --- | --- |
//! | `answer=string`, `answer=object`, `answer=text` | Upload | the shape of the answer |
//! | `no-match` | Face Compare, eKYC, bank account, workflow | face, person or account differ |
//! | `spoof` | Liveness | not taken from life |
//! | `unreadable` | OCR, Face Compare, Liveness | `http_code` 422 |
//! | `not-found` | Company KYC, DHA, eKYC, bank account | `http_code` 404; for an account `AccountFound` is `No` |
//! | `deceased` | DHA | `LifeStatus` is `Deceased` |
//! | `hits`, `no-hits` | AML, screening | one to three hits, or none; otherwise one name in four has hits |
//! | `account-closed` | bank account | `AccountOpen` is `No` |
//! | `unknown-status` | all | `Parked` where the answer has a status, 299 where it has an `http_code` |
//! | `workflow-fails`, `workflow-sticks` | workflow | its last step fails, or never ends |
//! | `links-expired`, `links-once`, `links-redirect` | workflow | its links have expired, count once, or redirect to a private address |
//! | `consent-refused`, `consent-expires`, `consent-sticks` | consent | refused, expired, or never answered |
//! | `callback-twice`, `callback-held` | workflow, consent | each event twice, or when it is released |
//! | `callback-late=2`, `callback-reversed` | workflow, consent | each event after so many looks, or all at the end and the newest first |
//!
//! # Misbehaviour
//! Ordered by a marker anywhere in the `Reference` (or `ExternalReference`) of a call or workflow, such as
//! `Naidoo sim:timeout`, in the `reference` (or `shortHand`) of a request for consent, in an uploaded file, or by
//! `POST /_simulator/misbehave` with `{"kind": "timeout", "reference": …, "path": …, "times": 1}`. There `reference` is a
//! whole reference, tracking ID or consent's ID, `path` the beginning of a path; at least one is needed, and if both are given both
//! must fit. A marker holds for every request with the reference, a plan for as many as it says (`times`, 1 if left out).
//!
//! | word | what happens | is the work done? |
//! | --- | --- | --- |
//! | `timeout` | no answer until the client goes or the simulator stops | yes |
//! | `slow=2s`, `slow=500ms` | the proper answer, late; 10 minutes at most | yes |
//! | `hang-up` | the connection is closed without an answer | yes |
//! | `truncated` | half of the proper answer, then the connection is closed | yes |
//! | `malformed` | 200 with a JSON body that breaks off | no |
//! | `error-in-200` | 200 with an error in the body, worded as that part of the surface would (`http_code` 500) | no |
//! | `huge` | 200 with 50 MB of JSON, whose length is not announced | yes |
//! | `drip` | 200, a byte at a time until the client goes | yes |
//! | `500` | 500 with an error in JSON | no |
//! | `429` | 429 with `Retry-After: 1` | no |
//! | `401` | 401 `invalid_token`; the token that was sent counts no more | no |
//! | `401-once` | the same for the first request with this reference; the next is answered | no |
//! | `redirect` | 307 to a path of the simulator; the ledger shows whether it was followed | no |
//! | `redirect-loopback` | the same by its whole address | no |
//! | `redirect-metadata`, `redirect-private` | 307 to 169.254.169.254, or to 10.0.0.1 | no |
//! | `expired-link` | 403 with `Request has expired`, as a store of files says it | no |
//!
//! Any other word after `sim:` is answered with 400 `unknown_marker`, so that a misspelling is noticed.
//!
//! # What it was asked
//! [`Simulator::ledger`], and `GET /_simulator/ledger` as JSON: the newest thousand requests, with the names of their
//! parameters but not the values, and whether they are `charged`. [`Simulator::tallies`] counts of every
//! reference for ever how often it was asked about and charged for. `GET /_simulator` says what this is.

mod asked;
mod bank_account;
mod bureau;
mod callbacks;
mod catalogue;
mod chance;
mod clock;
mod companies;
mod consents;
mod directors;
mod ekyc;
mod faces;
mod id_number;
mod ledger;
mod links;
mod misbehave;
mod parameters;
mod pdf;
mod people;
mod pictures;
mod png;
mod population;
mod post;
mod routes;
mod screening;
mod services;
mod steps;
mod tokens;
mod uploads;
mod wishes;
mod workflows;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

pub use callbacks::Delivery;
pub use ledger::{Entry, KEPT, Outcome, Tally};
pub use workflows::{TRACKING_COMPLETED, TRACKING_FAILED, TRACKING_PROCESSING, TRACKING_UNKNOWN_WORD, Workflow};

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
    app: App,
    serving: TaskTracker,
}

impl Simulator {
    /// Serves on this listener, which should be bound to a loopback address: the pages under `/_simulator` ask for no
    /// password. Must be called within a Tokio runtime.
    pub fn start(listener: TcpListener, options: Options) -> Self {
        // A bound socket has an address; port 0 would fail at the first call, and visibly.
        let address = listener.local_addr().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let (app, letters) = App::new(options, format!("http://{address}"));
        let serving = TaskTracker::new();
        serving.spawn(post::deliver(app.clone(), letters));
        let stopped = app.stop.clone().cancelled_owned();
        let router = routes::router(app.clone());
        serving.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the simulator broke off");
            }
        });
        serving.close();
        tracing::info!(%address, "the simulated provider is listening");
        Self { app, serving }
    }

    /// Where it is, without a slash at the end: `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        self.app.url.to_string()
    }

    /// What it was asked, oldest first; the newest [`KEPT`] entries. An entry is here from the moment its request has
    /// arrived whole.
    pub fn ledger(&self) -> Vec<Entry> {
        self.app.world().ledger.entries()
    }

    /// How often each reference was asked about and charged for, since the start: entries of the ledger go, these stay.
    pub fn tallies(&self) -> BTreeMap<String, Tally> {
        self.app.world().ledger.tallies()
    }

    /// Which events were sent to whoever asked to be called back, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.app.world().callbacks.sent()
    }

    /// The newest 10,000 workflows that were started, oldest first.
    pub fn workflows(&self) -> Vec<Workflow> {
        self.app.world().workflows.list().collect()
    }

    /// From now on workflows also move by themselves: each is looked at once in `pace` until it has come as far as it ever
    /// will. Must be called within a Tokio runtime.
    pub fn set_pace(&self, pace: Duration) {
        let app = self.app.clone();
        self.serving.spawn(async move {
            while app.stop.run_until_cancelled(tokio::time::sleep(pace)).await.is_some() {
                app.world().move_workflows();
            }
        });
    }

    /// Sets the provider's time, which stands still at 2026-03-02T08:00:00Z until then. Links expire by it, and events
    /// and consents carry it.
    pub fn set_time(&self, now: OffsetDateTime) {
        self.app.world().now = now;
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
