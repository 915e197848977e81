//! Webhooks under Settings: the list, one of them with its deliveries, one delivery, and what is asked and shown on the way.

use askama::Template;
use dossier_domain::{DeliveryState, WebhookState};

use super::icon::icon;
use super::{Badge, Banner, Choice, Moment, Pager, Shell, Tone, plural};

/// `GET /settings/webhooks`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/webhooks.html")]
pub struct WebhooksPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done, and what asks for somebody.
    pub banners: Vec<Banner>,
    /// The webhooks, the oldest first.
    pub webhooks: Vec<WebhookRow>,
}

/// A webhook in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRow {
    /// Its page: `/settings/webhooks/{id}`.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Where news are sent.
    pub url: String,
    /// What it is told of: `Everything`, `3 events`.
    pub told: String,
    /// How it stands, from [`webhook_state`].
    pub state: Badge,
    /// When something arrived last.
    pub arrived: Option<Moment>,
    /// How the last attempt failed, when nothing has arrived since.
    pub failing: Option<String>,
}

/// How a webhook stands.
pub fn webhook_state(state: WebhookState) -> Badge {
    match state {
        WebhookState::Active => Badge::plain(Tone::Good, "Active"),
        WebhookState::Disabled => Badge::plain(Tone::Calm, "Disabled"),
        WebhookState::Failing => Badge::flag(Tone::Alert, icon("alert"), "Nothing arrives"),
        WebhookState::Gone => Badge::flag(Tone::Alert, icon("alert"), "Receiver gone"),
    }
}

/// What became of a delivery; `tried` says whether an attempt has failed already.
pub fn delivery_state(state: DeliveryState, tried: bool) -> Badge {
    match state {
        DeliveryState::Pending if tried => Badge::plain(Tone::Warn, "Is tried again"),
        DeliveryState::Pending => Badge::plain(Tone::Info, "On its way"),
        DeliveryState::Delivered => Badge::plain(Tone::Good, "Delivered"),
        DeliveryState::Failed => Badge::plain(Tone::Bad, "Not delivered"),
        DeliveryState::Stopped => Badge::plain(Tone::Calm, "Stopped"),
    }
}

/// `GET /settings/webhooks/{id}`, with a state and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/webhook.html")]
pub struct WebhookPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done, and what is true of it.
    pub banners: Vec<Banner>,
    /// `/settings/webhooks/{id}`; what can be done to it stands below that.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Where news are sent.
    pub url: String,
    /// How it stands, from [`webhook_state`].
    pub state: Badge,
    /// Whether it is told anything.
    pub active: bool,
    /// The words of what it is told of; none for everything.
    pub events: Vec<String>,
    /// When something arrived last.
    pub arrived: Option<Moment>,
    /// When an attempt failed last, and how.
    pub failed: Option<(Moment, String)>,
    /// Until when the receiver asked to be left alone.
    pub paused: Option<Moment>,
    /// Until when a secret that was replaced still signs.
    pub overlap: Option<Moment>,
    /// Its deliveries, newest first.
    pub deliveries: Vec<DeliveryRow>,
    /// What they can be narrowed to.
    pub states: Vec<Choice>,
    /// Whether they are narrowed.
    pub narrow: bool,
    /// Whether everything that did not arrive can be sent again.
    pub again: bool,
    /// The way to newer and older ones.
    pub pager: Pager,
}

/// A delivery in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its page.
    pub href: String,
    /// When it happened.
    pub at: Moment,
    /// What it tells of: `run.ended`.
    pub kind: String,
    /// What became of it, from [`delivery_state`].
    pub state: Badge,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next: Option<Moment>,
}

impl DeliveryRow {
    fn often(&self) -> String {
        plural(self.attempts.try_into().unwrap_or(usize::MAX), "attempt")
    }
}

/// `GET /settings/webhooks/{id}/deliveries/{id}`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/delivery.html")]
pub struct DeliveryPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// Its own address.
    pub href: String,
    /// The page of its webhook.
    pub up: String,
    /// The name of its webhook.
    pub name: String,
    /// What it tells of: `run.ended`.
    pub kind: String,
    /// What became of it, from [`delivery_state`].
    pub state: Badge,
    /// The `webhook-id`.
    pub event: String,
    /// When it happened.
    pub at: Moment,
    /// When it is tried next.
    pub next: Option<Moment>,
    /// The bytes that are sent and signed.
    pub payload: String,
    /// Whether it can be sent again.
    pub again: bool,
    /// What came of each attempt, newest first.
    pub attempts: Vec<AttemptRow>,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// When it began.
    pub at: Moment,
    /// What came back, from [`super::answered`] or [`super::broken`].
    pub answer: Badge,
    /// How long it took.
    pub took: String,
    /// The beginning of the answer, or what is said of the failure; nothing for an empty one.
    pub said: String,
    /// Whether that is the receiver's own text.
    pub quoted: bool,
}

/// A signing secret, shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/webhook_secret.html")]
pub struct WebhookSecretPage {
    /// What stands around it.
    pub shell: Shell,
    /// The page of the webhook.
    pub href: String,
    /// Its name.
    pub name: String,
    /// `whsec_` and base64.
    pub secret: String,
    /// Whether the webhook is new, and has no other secret.
    pub fresh: bool,
    /// Until when the one before still signs.
    pub overlap: Option<Moment>,
}

/// `GET /settings/webhooks/{id}/secret`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/webhook_rotate.html")]
pub struct WebhookRotatePage {
    /// What stands around it.
    pub shell: Shell,
    /// The page of the webhook.
    pub href: String,
    /// Its name.
    pub name: String,
    /// The version that the form was opened at.
    pub version: i64,
}

/// `GET /settings/webhooks/{id}/delete`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/webhook_delete.html")]
pub struct WebhookDeletePage {
    /// What stands around it.
    pub shell: Shell,
    /// The page of the webhook.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Where news are sent.
    pub url: String,
}
