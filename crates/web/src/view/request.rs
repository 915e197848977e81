//! One request: its head, and the Details tab.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Badge, Banner, Moment, Panel, Pill, ResultView, Shell};

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
    /// What can be run.
    pub panel: Panel,
    /// Seconds after which the page looks again; only while something is queued or running. With scripts it asks quietly
    /// and reloads when a state changed, without it reloads each time.
    pub refresh: Option<u32>,
}
