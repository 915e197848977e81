//! The actions panel: what the channel's provider can do, by category, each with its last run.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Banner, Moment, State};

/// The actions of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/panel.html")]
pub struct Panel {
    /// Why none can be run here by this person, from [`Banner::refusal`]; then every [`Run`] is [`Run::No`].
    pub refusal: Option<Banner>,
    /// In the provider's order.
    pub categories: Vec<Category>,
    /// Where all runs of the request are, when there is any.
    pub runs: Option<String>,
}

impl HtmlSafe for Panel {}

impl Panel {
    /// Whether anything can be run.
    pub(super) fn offers(&self) -> bool {
        self.categories.iter().flat_map(|category| &category.actions).any(|action| action.run != Run::No)
    }
}

/// Actions of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// What they have in common: `Consent`.
    pub name: String,
    /// The actions, in the provider's order.
    pub actions: Vec<Action>,
}

/// One action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name.
    pub label: String,
    /// Where its stored result is shown.
    pub result_href: Option<String>,
    /// Whether that result is the one on show.
    pub shown: bool,
    /// How it is run.
    pub run: Run,
    /// How its last run stands, from [`super::run`]; none when it was never run.
    pub state: Option<State>,
    /// When it last succeeded, where its last run has not (ACT-1), from [`super::clock`].
    pub succeeded: Option<Moment>,
}

/// How an action is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// At once, by a form that only carries an idempotency key (field `_key`).
    Post {
        /// Where it is sent.
        href: String,
        /// The idempotency key.
        key: String,
    },
    /// Through its form, or the question whether to run it again.
    Form(String),
    /// Not by this person, or not now: it is running, or [`Panel::refusal`] says why.
    No,
}
