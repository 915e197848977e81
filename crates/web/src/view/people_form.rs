//! The form of a person, a role, a webhook or an API key, under Settings.

use askama::Template;

use super::{Field, Problem, Problems, Shell};

/// Under which heading of the navigation it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Settings → Users.
    Users,
    /// Settings → Roles.
    Roles,
    /// Settings → API keys.
    ApiKeys,
    /// Settings → Webhooks.
    Webhooks,
}

/// The form: fresh, refused, or overtaken by somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/people_form.html")]
pub struct PeopleFormPage {
    /// What stands around it.
    pub shell: Shell,
    /// Where it stands.
    pub section: Place,
    /// What it is called as it is stored; none for a new one.
    pub stored: Option<String>,
    /// The title over a new one.
    pub heading: &'static str,
    /// What to know first.
    pub intro: &'static str,
    /// Where one step up leads, and Cancel.
    pub up: String,
    /// Where the form is sent.
    pub post_href: String,
    /// What goes along unseen: the id to be, or the version that was opened.
    pub hidden: (&'static str, String),
    /// The fields.
    pub fields: Vec<Field>,
    /// What did not happen, with an end of its own: `Nothing was saved.`
    pub what: &'static str,
    /// Why it did not, when no field can mend it.
    pub refusal: Option<&'static str>,
    /// What the button says.
    pub verb: &'static str,
}

impl PeopleFormPage {
    fn problems(&self) -> Option<Problems> {
        if let Some(reason) = self.refusal {
            return Some(Problems::because(self.what, reason));
        }
        let items = self.fields.iter().filter_map(|field| {
            Some(Problem { id: field.id(), label: field.label.clone(), message: field.error.clone()? })
        });
        let items: Vec<_> = items.collect();
        (!items.is_empty()).then(|| Problems::of(self.what, items))
    }

    fn up_text(&self) -> &str {
        match (&self.stored, self.section) {
            (Some(name), _) => name,
            (None, Place::Users) => "Users",
            (None, Place::Roles) => "Roles",
            (None, Place::ApiKeys) => "API keys",
            (None, Place::Webhooks) => "Webhooks",
        }
    }
}
