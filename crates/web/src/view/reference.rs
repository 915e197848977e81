//! The API's reference: an overview, and a page for each heading of its document.

use askama::Template;

use super::Shell;

/// `GET /api`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/api_overview.html")]
pub struct ApiOverviewPage {
    /// What stands around it.
    pub shell: Shell,
    /// Where the API stands.
    pub base: String,
    /// What it has.
    pub headings: Vec<ApiHeading>,
    /// Every kind of problem.
    pub problems: Vec<ApiProblem>,
}

/// `GET /api/{heading}`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/api_reference.html")]
pub struct ApiPage {
    /// What stands around it.
    pub shell: Shell,
    /// The heading.
    pub title: String,
    /// What stands under it.
    pub operations: Vec<ApiOperation>,
    /// The types that these take and give.
    pub types: Vec<ApiType>,
    /// The other headings.
    pub headings: Vec<ApiHeading>,
}

impl ApiPage {
    /// Whether a type of this name stands on the page.
    fn knows(&self, name: &str) -> bool {
        self.types.iter().any(|one| one.name == name)
    }
}

/// A heading of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiHeading {
    /// The heading.
    pub title: String,
    /// As it stands in its address.
    pub word: String,
    /// Its page: `/api/{word}`.
    pub href: String,
    /// Its operations: method, address, what for, and the anchor on its page.
    pub operations: Vec<(String, String, String, String)>,
}

/// A kind of problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiProblem {
    /// The HTTP status.
    pub status: u16,
    /// The word that a program decides by.
    pub code: &'static str,
    /// What it means.
    pub words: &'static str,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiOperation {
    /// Its anchor.
    pub id: String,
    /// `GET` and the like.
    pub method: String,
    /// Its address with place holders.
    pub path: String,
    /// What it is for.
    pub summary: String,
    /// What to know about it.
    pub paragraphs: Vec<String>,
    /// What the key must hold.
    pub permission: Option<String>,
    /// What it takes beside a body.
    pub parameters: Vec<ApiParameter>,
    /// The type of its body.
    pub body: Option<String>,
    /// A body that it takes.
    pub example: Option<String>,
    /// What it answers when all is well.
    pub replies: Vec<ApiReply>,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiParameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it takes.
    pub kind: String,
    /// What it is for.
    pub words: String,
}

/// An answer of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiReply {
    /// The HTTP status.
    pub status: String,
    /// What it means.
    pub words: String,
    /// The type of its body.
    pub kind: Option<String>,
}

/// A type of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiType {
    /// Its name, and its anchor.
    pub name: String,
    /// What it is.
    pub words: String,
    /// What it has.
    pub members: Vec<ApiMember>,
    /// The words that it may be.
    pub one_of: Vec<String>,
}

/// A member of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiMember {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// Whether it is always there.
    pub required: bool,
    /// What it is.
    pub words: String,
}
