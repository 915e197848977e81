//! Something that is done to a request on a page of its own: what follows from it, a field at most, and the verb.

use askama::Template;

use super::{Field, Problem, Problems, Shell};

/// `GET` of `/requests/{id}/` and `mark/{status}`, `reopen`, `reference` or `delete`, and what such a form is answered with
/// when nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/deed.html")]
pub struct DeedPage {
    /// What stands around it.
    pub shell: Shell,
    /// Where the request is: `/requests/{id}`.
    pub request_href: String,
    /// The request's reference.
    pub reference: String,
    /// The question, or what is changed: `Mark as completed?`
    pub title: String,
    /// What will and what will not happen: the beginning of each paragraph and the rest of it.
    pub says: Vec<(&'static str, String)>,
    /// Why nothing was done, when no field can mend it.
    pub refusal: Option<Problems>,
    /// What a refused field is told with: `Nothing was changed.`
    pub what: String,
    /// The form; nothing when there is nothing left to do.
    pub form: Option<DeedForm>,
    /// How to leave without doing it: `Keep it pending`.
    pub keep: String,
}

/// The form of a [`DeedPage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeedForm {
    /// Where it is sent.
    pub href: String,
    /// What it carries unseen.
    pub hidden: Vec<(&'static str, String)>,
    /// What is typed.
    pub field: Option<Field>,
    /// What the button says.
    pub verb: &'static str,
    /// Whether it takes something away.
    pub danger: bool,
}

impl DeedPage {
    fn problems(&self) -> Option<Problems> {
        let refused = || {
            let field = self.form.as_ref()?.field.as_ref()?;
            let problem = Problem { id: field.id(), label: field.label.clone(), message: field.error.clone()? };
            Some(Problems::of(&self.what, vec![problem]))
        };
        self.refusal.clone().or_else(refused)
    }
}
