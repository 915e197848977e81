//! The Request Logs tab: every call that was made to the provider for a request.

use askama::Template;

use super::icon::icon;
use super::text::weight_of;
use super::{Badge, Choice, Moment, Pager, Redactable, RequestHead, Shell, Tone, bytes};

/// `GET /requests/{id}/logs`, with `?open=` and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/logs.html")]
pub struct LogsPage {
    /// What stands around it.
    pub shell: Shell,
    /// Reference, status, facts.
    pub head: RequestHead,
    /// Whom the calls went to: `InTouch`.
    pub provider: String,
    /// The calls, newest first.
    pub calls: Vec<Call>,
    /// What narrows them.
    pub filters: LogFilters,
    /// The way to newer and older calls.
    pub pager: Pager,
}

/// What the log is narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilters {
    /// The actions that have calls.
    pub actions: Vec<Choice>,
    /// How calls ended.
    pub ends: Vec<Choice>,
    /// The one run whose calls are shown: its id, and what people call it. It goes along.
    pub run: Option<(String, String)>,
    /// Whether anything narrows the log.
    pub narrow: bool,
    /// Whether this is another page than the newest.
    pub paged: bool,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// This page with the call opened; with it closed when it is open.
    pub href: String,
    /// The page of its run, where it belongs to one.
    pub run_href: Option<String>,
    /// When it was sent, from [`super::exact`].
    pub at: Moment,
    /// The action's name.
    pub action: String,
    /// `POST`.
    pub method: String,
    /// The address, redacted.
    pub url: Redactable,
    /// What came back, from [`answered`] or [`broken`].
    pub answer: Badge,
    /// How long it took, from [`super::took`]; none while it lasts.
    pub took: Option<String>,
    /// On whose behalf.
    pub who: String,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// Its detail, for the one call that is open.
    pub opened: Option<Box<Opened>>,
}

/// Both sides of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// More facts as labels and values: correlation, step.
    pub facts: Vec<(String, String)>,
    /// What was sent.
    pub request: Side,
    /// What came back.
    pub response: Answer,
}

/// What came back of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A whole answer.
    Whole(Side),
    /// None, with the reason in words.
    Broken(String),
    /// Nothing is recorded: it is on its way, or the server was stopped while it was.
    Nothing,
}

/// Headers and body, redacted before they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Names and values.
    pub headers: Vec<(String, Redactable)>,
    /// The body; none when there was none.
    pub body: Option<Body>,
}

/// A body as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub(super) text: String,
    pub(super) size: String,
    pub(super) cut: bool,
    pub(super) href: Option<String>,
}

impl Body {
    /// Shows 7,000 characters of `text`, indented when it is JSON; `href` is where all of it can be read. None for an
    /// empty body.
    pub fn new(text: &str, href: Option<String>) -> Option<Self> {
        let (shown, cut) = excerpt(text);
        (!text.is_empty()).then(|| Self { text: shown, size: bytes(text.len()), cut, href })
    }
}

/// The start of `text`, indented when it is JSON, and whether it is less than the whole.
pub(super) fn excerpt(text: &str) -> (String, bool) {
    const MOST: usize = 7_000;
    // A larger one is not worth the time of reading it whole for the sake of its start.
    let small = text.len() < 200_000;
    let indented = small
        .then(|| serde_json::from_str::<serde_json::Value>(text).ok())
        .flatten()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let whole = indented.as_deref().unwrap_or(text);
    let mut room = MOST * 2;
    let end = whole.char_indices().enumerate().find_map(|(n, (at, c))| {
        let cost = weight_of(c);
        let full = n == MOST || cost > room;
        room = room.saturating_sub(cost);
        full.then_some(at)
    });
    end.map_or_else(|| (whole.to_owned(), false), |end| (whole[..end].to_owned(), true))
}

/// The badge of an answer with this HTTP status.
pub fn answered(status: u16) -> Badge {
    let tone = match status {
        200..=299 => Tone::Good,
        400.. => Tone::Bad,
        _ => Tone::Calm,
    };
    Badge::plain(tone, status.to_string())
}

/// The badge of a call without a whole answer, from the connector's word for what broke it; none while no end is
/// recorded.
pub fn broken(kind: Option<&str>) -> Badge {
    let word = match kind {
        None => return Badge::flag(Tone::Alert, icon("unknown"), "No answer recorded"),
        Some("refused") => "Not allowed out",
        Some("dns") => "No such host",
        Some("connect") => "No connection",
        Some("tls") => "TLS refused",
        Some("timeout") => "Timed out",
        Some("interrupted") => "Broken off",
        Some("too_large") => "Answer too large",
        Some(other) => return Badge::plain(Tone::Alert, other.to_owned()),
    };
    Badge::plain(Tone::Alert, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_other_text_left_as_it_came() {
        assert_eq!(excerpt(r#"{"b":1,"a":[2]}"#).0, "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}");
        assert_eq!(excerpt("<xml/>"), ("<xml/>".to_owned(), false));
    }

    #[test]
    fn however_large_a_body_its_excerpt_stays_small_in_the_page() {
        for text in ["x".repeat(10_000_000), "\"".repeat(20_000), "👨‍👩‍👧".repeat(9_000), "\"".repeat(3_201)]
        {
            let (shown, cut) = excerpt(&text);
            let page = shown.chars().map(|c| if c == '"' { 5 } else { c.len_utf8() }).sum::<usize>();
            assert!(cut && page <= 14_000 && page > 6_000, "{page}");
        }
        assert!(!excerpt(&"x".repeat(7_000)).1 && excerpt(&"x".repeat(7_001)).1);
    }

    /// LOG-1
    #[test]
    fn a_call_that_failed_before_an_answer_reads_as_words() {
        assert!(broken(Some("dns")).to_string().contains("No such host"));
        assert!(broken(None).to_string().contains("No answer recorded"));
        assert!(answered(404).to_string().contains("404"));
    }
}
