//! Callbacks that nobody can use, under Settings.

use askama::Template;

use super::run::times;
use super::text::{cut, weight};
use super::{Body, Moment, Pager, Shell};

/// The most characters of a header's value.
const MAX_VALUE: usize = 500;
/// The most bytes that all headers take in a page.
const MAX_HEADERS: usize = 8_000;

/// `GET /settings/callbacks`, with `?open=` and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/quarantine.html")]
pub struct QuarantinePage {
    /// What stands around it.
    pub shell: Shell,
    /// What was sent, newest first.
    pub callbacks: Vec<QuarantineRow>,
    /// The way to newer and older ones.
    pub pager: Pager,
}

/// A callback in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineRow {
    /// The same page with this entry open, or closed when it is.
    pub href: String,
    /// When it came first.
    pub at: Moment,
    /// To which channel's address.
    pub channel: String,
    /// Why it is not used, in a few words.
    pub reason: &'static str,
    /// What to do about it, as sentences.
    pub advice: &'static str,
    /// How often it came.
    pub times: u32,
    /// What it holds, for the one that is open.
    pub opened: Option<Box<Letter>>,
}

impl QuarantineRow {
    fn often(&self) -> String {
        times(self.times)
    }
}

/// A callback as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    headers: Vec<(String, String)>,
    more: usize,
    body: Option<Body>,
}

impl Letter {
    /// The start of each of its headers, and of its body.
    pub fn new(headers: &[(String, String)], body: &[u8]) -> Self {
        let short = |text: &str| match cut(text, MAX_VALUE) {
            (_, None) => text.to_owned(),
            (start, Some(_)) => format!("{start}…"),
        };
        let mut taken = 0;
        let shown = headers.iter().map(|(name, value)| (short(name), short(value))).take_while(|(name, value)| {
            taken += weight(name) + weight(value) + 40;
            taken <= MAX_HEADERS
        });
        let shown: Vec<_> = shown.collect();
        Self {
            more: headers.len() - shown.len(),
            headers: shown,
            body: Body::new(&String::from_utf8_lossy(body), None),
        }
    }
}
