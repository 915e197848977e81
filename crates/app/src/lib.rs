//! The use cases of Dossier, and the work that goes on behind them. Every front door calls these functions.
//!
//! A use case takes the [`App`], a proof of what the person may do ([`grant`]), and input that it checks itself. It does
//! its work in one write transaction: load with a lock, let `domain` decide, write, audit, commit. It knows no HTTP
//! server and no SQL.

pub mod access;
pub mod api_keys;
mod audit;
pub mod audits;
pub mod callbacks;
pub mod channels;
pub mod daily;
pub mod dashboard;
pub mod days;
mod error;
mod excerpt;
pub mod folder;
pub mod grant;
pub mod history;
mod hub;
pub mod lanes;
pub mod logs;
mod manifests;
pub mod news;
pub mod once;
mod password;
pub mod people;
pub mod pictures;
pub mod providers;
pub mod requests;
pub mod results;
pub mod runs;
pub mod settings;
pub mod setup;
pub mod staged;
pub mod trail;
pub mod webhooks;

use std::ops::Deref;
use std::sync::Arc;

use dossier_connector::{Connector, Registry};
use dossier_domain::{Ids, Timestamp};
use dossier_outbound::Client;
use dossier_storage::Db;
use dossier_storage::blobs::BlobStore;

pub use error::{AppError, FieldError, Result};
use hub::Hub;
use manifests::Manifests;
use news::Newsroom;
pub use password::MIN_LENGTH as PASSWORD_MIN_LENGTH;
use password::Passwords;
use pictures::Darkroom;

/// Everything that a use case works with. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts behind an [`App`].
pub struct Parts {
    pub(crate) db: Db,
    pub(crate) blobs: BlobStore,
    pub(crate) registry: Registry,
    pub(crate) manifests: Manifests,
    pub(crate) outbound: Client,
    pub(crate) connector: Connector,
    pub(crate) ids: Ids,
    pub(crate) hub: Hub,
    pub(crate) news: Newsroom,
    pub(crate) passwords: Passwords,
    pub(crate) darkroom: Darkroom,
    /// Under which address the outside reaches this installation, such as `https://kyc.example.org`.
    pub(crate) public_origin: Option<String>,
    /// Whether stored secrets go wherever a channel is pointed: never, but for the test of the guard against it.
    #[cfg(feature = "switches")]
    pub(crate) careless: std::sync::atomic::AtomicBool,
}

impl App {
    /// Puts the parts together. `public_origin` is where providers send callbacks, such as `https://kyc.example.org`; without
    /// it they are asked instead.
    ///
    /// # Errors
    /// [`AppError::Internal`] when password hashing cannot be set up.
    pub fn new(
        db: Db,
        blobs: BlobStore,
        registry: Registry,
        outbound: Client,
        ids: Ids,
        public_origin: Option<String>,
    ) -> Result<Self> {
        let connector = Connector::new(outbound.clone(), ids.clone());
        let passwords = Passwords::new(ids.entropy.clone())?;
        let manifests = Manifests::new(registry.clone());
        Ok(Self(Arc::new(Parts {
            db,
            blobs,
            registry,
            manifests,
            outbound,
            connector,
            ids,
            hub: Hub::default(),
            news: Newsroom::default(),
            passwords,
            darkroom: Darkroom::default(),
            public_origin,
            #[cfg(feature = "switches")]
            careless: std::sync::atomic::AtomicBool::default(),
        })))
    }

    /// The present instant, from the clock that was handed in.
    pub fn now(&self) -> Timestamp {
        self.ids.clock.now()
    }

    /// A key for a form, so that sending it twice does its work once.
    pub fn form_key(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.ids.entropy.bytes()))
    }

    /// Wakes the worker of this process, as news would: for tests, which move the clock.
    #[cfg(feature = "switches")]
    pub fn nudge(&self) {
        self.hub.queued();
    }

    /// Switches off the guard that keeps stored secrets from following a channel that is pointed elsewhere, for the test
    /// that shows what it prevents.
    #[cfg(feature = "switches")]
    pub fn let_secrets_follow(&self) {
        self.careless.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// Whether stored secrets stay where they were entered for (CHAN-5).
    pub(crate) fn keeps_secrets(&self) -> bool {
        #[cfg(feature = "switches")]
        return !self.careless.load(std::sync::atomic::Ordering::Relaxed);
        #[cfg(not(feature = "switches"))]
        true
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        self.db.system_read().await.is_ok()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
