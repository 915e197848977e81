//! A new request.

use askama::Template;

use super::{Choice, Control, Field, People, Problem, Problems, Shell, TextKind};

/// `GET /requests/new`, and a refused `POST /requests`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/request_new.html")]
pub struct RequestNewPage {
    /// What stands around it.
    pub shell: Shell,
    /// The form, or why there is none.
    pub content: NewRequest,
}

/// The form, or why there is none (REQ-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewRequest {
    /// The form.
    Form(NewRequestForm),
    /// The tenant has no active, licensed channel.
    NoChannel(SetUp),
    /// The tenant wants `kyc:execute` for it, which the person does not hold; who can give it.
    Refused(People),
}

/// Who sets up a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// The person who looks holds `kyc:create`; the address of the page where channels are added.
    Here(String),
    /// Somebody who holds `kyc:create`.
    Ask(People),
}

/// The fields `reference` and `channel`, with what was typed and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRequestForm {
    /// The idempotency key (field `_key`).
    pub key: String,
    /// What was typed as reference.
    pub reference: String,
    /// What is wrong with it.
    pub reference_error: Option<String>,
    /// The channels to choose from, in their order; `value` is the channel's id.
    pub channels: Vec<Choice>,
    /// What is wrong with the choice.
    pub channel_error: Option<String>,
}

impl NewRequestForm {
    fn reference(&self) -> Field {
        Field {
            hint: Some(
                "What you will look for later: a customer or company name, an account number, a case. Up to 100 characters."
                    .to_owned(),
            ),
            error: self.reference_error.clone(),
            required: true,
            ..Field::new(
                "reference",
                "Reference",
                Control::Text { kind: TextKind::Plain, value: self.reference.clone() },
            )
        }
    }

    /// With a single channel there is nothing to choose.
    fn channel(&self) -> Field {
        let mut options = self.channels.clone();
        if let [only] = options.as_mut_slice() {
            only.selected = true;
        }
        Field {
            hint: Some("Decides which checks can be run. It cannot be changed afterwards.".to_owned()),
            error: self.channel_error.clone(),
            required: true,
            ..Field::new("channel", "Channel", Control::Choice { options })
        }
    }

    fn problems(&self) -> Option<Problems> {
        let items: Vec<_> = [self.reference(), self.channel()]
            .into_iter()
            .filter_map(|field| Some(Problem { id: field.id(), label: field.label, message: field.error? }))
            .collect();
        (!items.is_empty()).then(|| Problems::of("No request was created.", items))
    }
}

impl RequestNewPage {
    fn problems(&self) -> Option<Problems> {
        match &self.content {
            NewRequest::Form(form) => form.problems(),
            NewRequest::NoChannel(_) | NewRequest::Refused(_) => None,
        }
    }
}
