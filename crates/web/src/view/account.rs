//! The own account, and the page behind a link by which a password is set.

use askama::Template;

use super::{Banner, Field, Moment, Problem, Problems, Shell};

/// `GET /account`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    /// What stands around it, with theme and keys as they are.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// The address that the person signs in with.
    pub email: String,
    /// The fields of another password, with what is wrong with them.
    pub password: Vec<Field>,
    /// The sign-ins that count, the newest first.
    pub sessions: Vec<SessionRow>,
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Where its end is posted to.
    pub end: String,
    /// Whether it is the one that looks.
    pub here: bool,
    /// The browser, in words.
    pub browser: String,
    /// The address of the network.
    pub address: String,
    /// Since when.
    pub since: Moment,
    /// When it was last used.
    pub seen: Moment,
}

impl AccountPage {
    fn problems(&self) -> Option<Problems> {
        refused("The password was not changed.", &self.password)
    }
}

fn refused(what: &str, fields: &[Field]) -> Option<Problems> {
    let item =
        |field: &Field| Some(Problem { id: field.id(), label: field.label.clone(), message: field.error.clone()? });
    let items: Vec<_> = fields.iter().filter_map(item).collect();
    (!items.is_empty()).then(|| Problems::of(what, items))
}

/// `GET /link/{token}`: stands alone.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/link.html")]
pub struct LinkPage {
    /// What stands around it, with no user.
    pub shell: Shell,
    /// What the link leads to.
    pub content: LinkContent,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkContent {
    /// A form for a password.
    Form {
        /// Where it is sent.
        href: String,
        /// Whose password.
        email: String,
        /// Whether it is the first one.
        invitation: bool,
        /// The fields, with what is wrong with them.
        password: Vec<Field>,
    },
    /// It was used.
    Used,
    /// It was not used in time.
    Ended,
    /// There is none, or another one took its place.
    Unknown,
}

impl LinkPage {
    fn title(&self) -> &'static str {
        match &self.content {
            LinkContent::Form { .. } => "Set your password",
            LinkContent::Used => "This link was used",
            LinkContent::Ended => "This link has ended",
            LinkContent::Unknown => "This link leads nowhere",
        }
    }

    fn is_form(&self) -> bool {
        matches!(self.content, LinkContent::Form { .. })
    }

    fn problems(&self) -> Option<Problems> {
        match &self.content {
            LinkContent::Form { password, .. } => refused("No password was set.", password),
            _ => None,
        }
    }
}
