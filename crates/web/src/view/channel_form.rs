//! The form of a channel, added or changed, and the choice of its provider before it.

use askama::Template;

use super::form::problems;
use super::logs::{Answer, Call};
use super::{Banner, Control, Field, Part, Problem, Problems, Shell, TextKind};

/// `GET /settings/channels/new`: the providers to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/channel_choose.html")]
pub struct ChannelChoosePage {
    /// What stands around it.
    pub shell: Shell,
    /// The licensed ones.
    pub handlers: Vec<Handler>,
}

/// A provider to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The form for it: `/settings/channels/new?handler=intouch`.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// The form of a channel: fresh, refused, or after a test.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/channel_form.html")]
pub struct ChannelFormPage {
    /// What stands around it.
    pub shell: Shell,
    /// The channel's name as it is stored; none for a new one.
    pub stored: Option<String>,
    /// Where one step up leads, and Cancel: the channel, or the choice of a provider.
    pub up: String,
    /// The name of the provider.
    pub provider: String,
    /// What that is for.
    pub description: String,
    /// Where the form is sent.
    pub post_href: String,
    /// What goes along unseen: the id to be or the version that was opened, the provider, what was typed for choices that
    /// are not made now.
    pub hidden: Vec<(String, String)>,
    /// Name, code, display order, active: what every channel has.
    pub own: Own,
    /// The provider's fields.
    pub parts: Vec<Part>,
    /// Whether `parts` only ask what the rest of the form depends on.
    pub undecided: bool,
    /// What did not happen, with an end of its own: `Nothing was saved.`
    pub what: &'static str,
    /// Why it did not, when no field can mend it.
    pub refusal: Option<String>,
    /// How a test ended.
    pub tested: Option<Banner>,
    /// The calls of that test, opened.
    pub calls: Vec<Call>,
}

/// What every channel has, as it was typed, each with what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The name.
    pub name: (String, Option<String>),
    /// The code.
    pub code: (String, Option<String>),
    /// The display order.
    pub order: (String, Option<String>),
    /// Whether it is to be offered for new requests.
    pub active: bool,
    /// What is wrong with that.
    pub active_error: Option<String>,
}

impl Own {
    fn name(&self) -> Field {
        let (value, error) = self.name.clone();
        Field {
            hint: Some("As people see it in lists.".to_owned()),
            error,
            required: true,
            ..Field::new("name", "Name", Control::Text { kind: TextKind::Plain, value })
        }
    }

    fn code(&self) -> Field {
        let (value, error) = self.code.clone();
        Field {
            hint: Some("Letters, digits, _ and -, for machines.".to_owned()),
            error,
            required: true,
            ..Field::new("code", "Code", Control::Text { kind: TextKind::Code, value })
        }
    }

    fn order(&self) -> Field {
        let (value, error) = self.order.clone();
        Field {
            hint: Some("The smallest comes first in drop-downs.".to_owned()),
            error,
            ..Field::new("display_order", "Display order", Control::Integer { value })
        }
    }

    fn active(&self) -> Field {
        Field {
            error: self.active_error.clone(),
            ..Field::new("active", "Active: offered for new requests", Control::Boolean { checked: self.active })
        }
    }
}

impl ChannelFormPage {
    fn problems(&self) -> Option<Problems> {
        if let Some(reason) = &self.refusal {
            return Some(Problems::because(self.what, reason.clone()));
        }
        let own = [self.own.name(), self.own.code(), self.own.order(), self.own.active()].into_iter();
        let mut items: Vec<_> = own
            .filter_map(|field| Some(Problem { id: field.id(), label: field.label, message: field.error? }))
            .collect();
        items.extend(problems(&self.parts));
        (!items.is_empty()).then(|| Problems::of(self.what, items))
    }

    fn verb(&self) -> &'static str {
        if self.stored.is_some() { "Save channel" } else { "Add channel" }
    }
}
