//! What the simulator remembers, behind one lock that is never held while anything waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::Options;
use crate::callbacks::{Callbacks, Event, Letter};
use crate::chance::Chance;
use crate::clock;
use crate::consents::{Consents, News};
use crate::ledger::Ledger;
use crate::links::Links;
use crate::misbehave::Plans;
use crate::tokens::Tokens;
use crate::uploads::Uploads;
use crate::workflows::Workflows;

/// Shared by every route.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) options: Arc<Options>,
    /// Where the simulator is, without a slash at the end.
    pub(crate) url: Arc<str>,
    /// Ends everything that waits.
    pub(crate) stop: CancellationToken,
    world: Arc<Mutex<World>>,
}

/// All that changes.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) plans: Plans,
    pub(crate) tokens: Tokens,
    pub(crate) workflows: Workflows,
    pub(crate) links: Links,
    pub(crate) uploads: Uploads,
    pub(crate) consents: Consents,
    pub(crate) callbacks: Callbacks,
    /// The provider's time.
    pub(crate) now: OffsetDateTime,
    transactions: u64,
}

impl App {
    /// A world in which nothing has happened, and the letters that will come out of it.
    pub(crate) fn new(options: Options, url: String) -> (Self, UnboundedReceiver<Letter>) {
        let (post, letters) = unbounded_channel();
        let seed = options.seed;
        let world = World {
            ledger: Ledger::default(),
            plans: Plans::default(),
            tokens: Tokens::new(seed),
            workflows: Workflows::new(seed),
            links: Links::new(seed, url.clone()),
            uploads: Uploads::new(seed),
            consents: Consents::new(seed, url.clone()),
            callbacks: Callbacks::new(seed, post),
            now: clock::START,
            transactions: 0,
        };
        let app = Self {
            options: Arc::new(options),
            url: url.into(),
            stop: CancellationToken::new(),
            world: Arc::new(Mutex::new(world)),
        };
        (app, letters)
    }

    /// The state, locked. A panic elsewhere leaves it usable: every change of it is one call.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new transaction ID, which follows from the seed and a counter.
    pub(crate) fn transaction(&self) -> String {
        let mut world = self.world();
        world.transactions += 1;
        Chance::of(self.options.seed, &["transaction", &world.transactions.to_string()]).uuid().to_string()
    }
}

impl World {
    /// Looks at a workflow, which moves it on; whoever wants to hear of a change is told.
    pub(crate) fn look_at_workflow(&mut self, tracking: &str) -> Option<Value> {
        let seen = self.workflows.look(tracking, &mut self.links, self.now)?;
        self.callbacks.looked(tracking);
        if let Some(news) = seen.news {
            let body = json!({
                "event": "workflow",
                "trackingId": tracking,
                "workflowId": news.workflow_id,
                "stepsCompleted": news.done,
            });
            self.callbacks.tell(Event { subject: tracking, status: news.status, body, last: news.last }, self.now);
        }
        Some(seen.status)
    }

    /// Looks at every workflow that is under way.
    pub(crate) fn move_workflows(&mut self) {
        for tracking in self.workflows.under_way() {
            self.look_at_workflow(&tracking);
        }
    }

    /// Looks at a request for consent, which moves it on. False for an ID that nobody was given.
    pub(crate) fn look_at_consent(&mut self, request: &str) -> bool {
        if self.consents.request(request).is_none() {
            return false;
        }
        let news = self.consents.look(request, self.now);
        self.callbacks.looked(request);
        if let Some(news) = news {
            self.tell_of_consent(&news);
        }
        true
    }

    /// Tells of a change to whoever wants to hear.
    pub(crate) fn tell_of_consent(&mut self, news: &News) {
        let body = json!({ "event": "consent", "requestId": news.request, "consentId": news.consent });
        let event = Event { subject: &news.request, status: news.status, body, last: news.last };
        self.callbacks.tell(event, self.now);
    }
}
