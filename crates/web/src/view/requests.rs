//! The list of requests.

use askama::Template;

use super::{Badge, ChannelName, Choice, Moment, Pager, Pill, Shell};

/// One request of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// Where it is: `/requests/{id}`.
    pub href: String,
    /// Its reference.
    pub reference: String,
    /// Its channel.
    pub channel: ChannelName,
    /// Its status, from [`super::status`].
    pub status: Pill,
    /// Its verdict, from [`super::verdict`].
    pub verdict: Option<Badge>,
    /// Whether it needs somebody, from [`super::attention`].
    pub attention: Option<Badge>,
    /// When it was created.
    pub created: Moment,
}

/// What the list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Requests, newest first.
    Rows(Vec<RequestRow>),
    /// The tenant has no request at all.
    Empty,
    /// The filter lets none through.
    NoMatch,
}

/// `GET /requests`, with `?channel=` and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/requests.html")]
pub struct RequestsPage {
    /// What stands around it.
    pub shell: Shell,
    /// The channels to filter by; deleted ones with "(deleted)" in their label.
    pub channels: Vec<Choice>,
    /// What the list shows.
    pub listing: Listing,
    /// The way to newer and older requests.
    pub pager: Pager,
}

impl RequestsPage {
    fn chosen(&self) -> Option<&Choice> {
        self.channels.iter().find(|channel| channel.selected)
    }
}
