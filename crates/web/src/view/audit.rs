//! The audit: who did what, when and from where.

use askama::Template;

use super::text::{cut, weight};
use super::{Choice, Moment, Pager, RequestHead, Shell};

/// The most bytes that before and after of the opened event take in a page.
const MAX_DETAIL: usize = 16_000;

/// `GET /settings/audit`, with what narrows it, `?open=` and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/audit.html")]
pub struct AuditPage {
    /// What stands around it.
    pub shell: Shell,
    /// What narrows it.
    pub filters: EventFilters,
    /// The way to the whole audit, where anything narrows it.
    pub clear: Option<String>,
    /// The same events as CSV.
    pub export: String,
    /// The events, newest first.
    pub entries: Vec<Entry>,
    /// The way to newer and older events.
    pub pager: Pager,
}

/// `GET /requests/{id}/audit`: what was done to a request.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/request_audit.html")]
pub struct RequestAuditPage {
    /// What stands around it.
    pub shell: Shell,
    /// Reference, status, facts.
    pub head: RequestHead,
    /// The events, newest first.
    pub entries: Vec<Entry>,
    /// The way to newer and older events.
    pub pager: Pager,
}

/// What the audit is narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilters {
    /// Part of a name.
    pub who: String,
    /// What can have happened, by groups.
    pub what: Vec<EventChoices>,
    /// Part of a name, or an id.
    pub about: String,
    /// The first day, as it came.
    pub since: String,
    /// The last day, as it came.
    pub until: String,
}

/// Events to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventChoices {
    /// What they are about.
    pub label: &'static str,
    /// All of them.
    pub all: Choice,
    /// Each of them.
    pub each: Vec<Choice>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// This page with the event opened; with it closed when it is open.
    pub href: String,
    /// When, from [`super::seconds`].
    pub at: Moment,
    /// Who did what, as a sentence.
    pub says: Vec<Word>,
    /// What was changed, in short; nothing where the event is open.
    pub detail: Vec<String>,
    /// From where.
    pub from: String,
    /// Its detail, for the one event that is open.
    pub opened: Option<Box<EntryDetail>>,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Ours.
    Text(String),
    /// The name of a person or a thing.
    Name(String),
}

impl Word {
    /// The text of either.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Name(text) => text,
        }
    }
}

/// An event, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryDetail {
    /// What it changed.
    pub changes: Vec<Change>,
    /// The reference of the request that it belongs to, and the way to it.
    pub request: Option<(String, Option<String>)>,
    /// Its name: `channel.updated`.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The number of the HTTP request in the server's log.
    pub log_request: Option<String>,
    /// Whether it is sealed.
    pub sealed: bool,
}

/// One value before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub label: String,
    /// Whether it is a secret, of which only "set" and "changed" are known.
    pub secret: bool,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
}

impl EntryDetail {
    /// The changes that find room in a page, and how many do not.
    fn shown(&self) -> (Vec<Change>, usize) {
        let mut taken = 0;
        let shorter = |value: &Option<String>| value.as_deref().map(|value| short(value, 1_000));
        let shown = self.changes.iter().map(|change| Change {
            label: short(&change.label, 100),
            before: shorter(&change.before),
            after: shorter(&change.after),
            secret: change.secret,
        });
        let shown: Vec<_> = shown
            .take_while(|change| {
                let values = [&change.before, &change.after].into_iter().flatten();
                taken += weight(&change.label) + values.map(|value| weight(value)).sum::<usize>() + 150;
                taken <= MAX_DETAIL
            })
            .collect();
        let more = self.changes.len() - shown.len();
        (shown, more)
    }
}

/// The first `max` characters of `text`, with a mark where there are more.
pub fn short(text: &str, max: usize) -> String {
    match cut(text, max) {
        (_, None) => text.to_owned(),
        (start, Some(_)) => format!("{start}…"),
    }
}
