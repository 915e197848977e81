//! The list of requests.

use askama::Template;

use super::{Badge, Banner, ChannelName, Choice, Look, Moment, Pager, Pill, Shell, isolate};

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

/// One of the counts above the list: how many there are, and the way to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The list of what is counted.
    pub href: String,
    /// Its tone and icon; none for all together.
    pub look: Option<Look>,
    /// The word, as in "Pending".
    pub word: &'static str,
    /// How many there are; a thousand stands for that many and more.
    pub count: u32,
    /// Whether it is the one on show.
    pub chosen: bool,
}

/// What the list is narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Part of a reference.
    pub text: String,
    /// The channels; deleted ones with "(deleted)" in their label.
    pub channels: Vec<Choice>,
    /// The verdicts.
    pub verdicts: Vec<Choice>,
    /// The first day, as it came.
    pub since: String,
    /// The last day, as it came.
    pub until: String,
    /// The status that was chosen among the counts, and goes along.
    pub status: Option<String>,
    /// Whether only those are shown that ask for a person; goes along too.
    pub attention: bool,
    /// Whether anything narrows the list.
    pub narrow: bool,
}

impl Filters {
    /// Why nothing matches, as a sentence.
    fn nothing(&self) -> String {
        let mut wanted = Vec::new();
        if !self.text.is_empty() {
            wanted.push(format!("has “{}” in its reference", isolate(&self.text)));
        }
        if self.attention {
            wanted.push("needs attention".to_owned());
        }
        wanted.extend(self.status.as_deref().map(|status| format!("is {status}")));
        wanted
            .extend(chosen(&self.verdicts).map(|verdict| format!("has the verdict {}", verdict.label.to_lowercase())));
        wanted.extend(chosen(&self.channels).map(|channel| format!("is in {}", isolate(&channel.label))));
        wanted.extend(match (self.since.as_str(), self.until.as_str()) {
            ("", "") => None,
            (since, "") => Some(format!("was created on {since} or later")),
            ("", until) => Some(format!("was created on {until} or earlier")),
            // Both are written year first, so that their texts stand in their order.
            (since, until) if until < since => {
                Some(format!("can be created from {since} to {until}: the second day is before the first"))
            }
            (since, until) => Some(format!("was created from {since} to {until}")),
        });
        if wanted.is_empty() {
            // The address names a channel, or another thing, that is not there.
            wanted.push("fits this address".to_owned());
        }
        format!("No request {}.", wanted.join(" and "))
    }
}

fn chosen(choices: &[Choice]) -> Option<&Choice> {
    choices.iter().find(|choice| choice.selected)
}

/// `GET /requests`, with what narrows it and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/requests.html")]
pub struct RequestsPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// How many there are in each status.
    pub counts: Vec<Bucket>,
    /// The same list as CSV.
    pub export: String,
    /// What narrows it.
    pub filters: Filters,
    /// What the list shows.
    pub listing: Listing,
    /// How much there is and how much of it is shown, as in "1 284 requests, the newest 25 shown".
    pub found: String,
    /// The way to newer and older requests.
    pub pager: Pager,
}
