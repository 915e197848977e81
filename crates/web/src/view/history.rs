//! Every run of a request, with what each brought.

use askama::Template;

use super::{Badge, Choice, Moment, Pager, RequestHead, Shell, State};

/// `GET /requests/{id}/runs`, narrowed to an action or not, and a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/history.html")]
pub struct HistoryPage {
    /// What stands around it.
    pub shell: Shell,
    /// Reference, status, facts.
    pub head: RequestHead,
    /// Whom the runs ask: `InTouch`.
    pub provider: String,
    /// The actions that were run.
    pub actions: Vec<Choice>,
    /// Whether only the runs of one action are shown.
    pub narrow: bool,
    /// Whether this is another page than the newest.
    pub paged: bool,
    /// The runs, newest first.
    pub runs: Vec<RunRow>,
    /// The way to newer and older runs.
    pub pager: Pager,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its page.
    pub href: String,
    /// The action's name.
    pub action: String,
    /// How it stands, with the words of a failure, from [`super::run`].
    pub state: State,
    /// When it was asked for.
    pub asked: Moment,
    /// Who asked for it.
    pub by: String,
    /// How long it took, from [`super::took`]; none while it goes on.
    pub took: Option<String>,
    /// What it brought, the last first.
    pub brought: Vec<Yield>,
}

/// A result that a run brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yield {
    /// Where it is shown.
    pub href: String,
    /// What it is: `Current result`, `Earlier result`.
    pub text: String,
    /// What the provider concluded, from [`super::verdict`].
    pub verdict: Option<Badge>,
}
