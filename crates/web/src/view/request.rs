//! One request: its head, and the Details tab.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Badge, Banner, LatestNotes, Link, Moment, Panel, Pill, ResultView, Shell};

/// The name of a channel, marked when the channel is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<bdi>{{ name }}</bdi>{% if deleted %} <span class="badge" data-tone="calm">Deleted</span>{% endif %}"#
)]
pub struct ChannelName {
    /// Its name.
    pub name: String,
    /// Whether it is deleted.
    pub deleted: bool,
}

impl HtmlSafe for ChannelName {}

/// What stands above every tab of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// Where it is: `/requests/{id}`. Its log is at `/requests/{id}/logs`.
    pub href: String,
    /// Its reference.
    pub reference: String,
    /// Its status, from [`super::status`].
    pub status: Pill,
    /// Its verdict, from [`super::verdict`].
    pub verdict: Option<Badge>,
    /// Its channel.
    pub channel: ChannelName,
    /// When it was created.
    pub created: Moment,
    /// By whom.
    pub by: String,
    /// How many calls its log has: `14`, or `999+`.
    pub calls: String,
    /// Whether the person sees what was done to it, at `/requests/{id}/audit`.
    pub audit: bool,
    /// What the person can do to it.
    pub deeds: Deeds,
}

/// What a person can do to a request, each on a page of its own. Empty for whoever may only read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deeds {
    /// What moves it, in sight.
    pub moves: Vec<Link>,
    /// What is rarer, in a menu.
    pub more: Vec<Link>,
    /// What takes it away, last in the menu.
    pub delete: Option<Link>,
}

impl Deeds {
    /// Whether there is anything for the menu.
    pub(super) fn menu(&self) -> bool {
        !self.more.is_empty() || self.delete.is_some()
    }
}

/// `GET /requests/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/request.html")]
pub struct RequestPage {
    /// What stands around it.
    pub shell: Shell,
    /// Reference, status, facts.
    pub head: RequestHead,
    /// How that went which was just done.
    pub outcome: Option<Banner>,
    /// What is true of the request until it is not: an unknown run, a deleted channel, a missing module.
    pub banners: Vec<Banner>,
    /// The result on show: the one just run, else the latest.
    pub result: Option<ResultView>,
    /// What people wrote about it.
    pub notes: LatestNotes,
    /// What can be run.
    pub panel: Panel,
    /// Seconds after which the page looks again; only while something is queued or running. With scripts it asks quietly
    /// and reloads when a state changed, without it reloads each time.
    pub refresh: Option<u32>,
}
