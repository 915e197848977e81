//! Lines that stand above the content: the outcome of what was just done, and what is true of the whole page.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Tone;
use super::icon::{Icon, icon};

/// A link with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it says; with `…` at its end when it opens a form.
    pub text: String,
}

/// How something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Good,
    /// It failed, and nothing else is affected.
    Bad,
    /// Nobody knows how it ended, or something is missing.
    Alert,
    /// A fact without a judgement.
    Neutral,
}

/// A sentence about the page. Parts of it that came from people or providers go through [`super::isolate`].
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/banner.html")]
pub struct Banner {
    outcome: Outcome,
    icon: Icon,
    title: String,
    text: String,
    links: Vec<Link>,
}

impl HtmlSafe for Banner {}

impl Banner {
    /// `title` in bold, `text` after it.
    pub fn new(outcome: Outcome, title: impl Into<String>, text: impl Into<String>) -> Self {
        let icon = icon(match outcome {
            Outcome::Good => "completed",
            Outcome::Bad => "failed",
            Outcome::Alert => "unknown",
            Outcome::Neutral => "info",
        });
        Self { outcome, icon, title: title.into(), text: text.into(), links: Vec::new() }
    }

    /// Something that the person may not do, or cannot do here.
    pub fn refusal(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { icon: icon("lock"), ..Self::new(Outcome::Neutral, title, text) }
    }

    /// The same with another icon.
    #[must_use]
    pub fn showing(self, icon: Icon) -> Self {
        Self { icon, ..self }
    }

    /// The same with a link under it.
    #[must_use]
    pub fn with(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.links.push(Link { href: href.into(), text: text.into() });
        self
    }

    /// Whether title and text fit on one line of a wide page.
    fn is_line(&self) -> bool {
        self.links.is_empty() && self.title.chars().count() + self.text.chars().count() <= 110
    }

    /// What went wrong interrupts a screen reader, all else waits its turn.
    fn role(&self) -> &'static str {
        if self.outcome == Outcome::Bad { "alert" } else { "status" }
    }

    /// Nothing for a neutral one: it has no colour.
    fn tone(&self) -> Option<Tone> {
        match self.outcome {
            Outcome::Good => Some(Tone::Good),
            Outcome::Bad => Some(Tone::Bad),
            Outcome::Alert => Some(Tone::Alert),
            Outcome::Neutral => None,
        }
    }
}
