//! What people wrote about a request, and how they moved it.

use askama::Template;
use askama::filters::HtmlSafe;

use super::text::weight_of;
use super::{Banner, Control, Field, Moment, Pager, Problem, Problems, Shell};

/// How many bytes of a note stand on the page of its request.
const BEGINNING: usize = 400;

/// One note, or a move with or without words.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<p class="by"><bdi>{{ by }}</bdi>{% if let Some(did) = did %} {{ did }}{% endif %}, {{ at }}</p>{% if let Some(text) = text %}<p class="words" dir="auto">{{ text }}{% if cut %}…{% endif %}</p>{% endif %}"#
)]
pub struct NoteLine {
    /// Who.
    pub by: String,
    /// What the person did with it, where it is no mere note: `marked it as completed`.
    pub did: Option<String>,
    /// When.
    pub at: Moment,
    /// The words.
    pub text: Option<String>,
    /// Whether more words follow elsewhere.
    pub cut: bool,
}

impl HtmlSafe for NoteLine {}

impl NoteLine {
    /// The same with the beginning of long words only.
    #[must_use]
    pub fn begun(self) -> Self {
        let mut room = BEGINNING;
        let fits = |c: &char| room.checked_sub(weight_of(*c)).map(|left| room = left).is_some();
        let text: Option<String> = self.text.as_deref().map(|text| text.chars().take_while(fits).collect());
        let cut = text.as_ref().map(String::len) < self.text.as_ref().map(String::len);
        Self { text, cut, ..self }
    }
}

/// The notes on the page of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatestNotes {
    /// The latest, newest first.
    pub notes: Vec<NoteLine>,
    /// Whether there are more, or one goes on.
    pub more: bool,
    /// Whether the person may write one.
    pub write: bool,
}

/// `GET`, and a refused `POST`, of `/requests/{id}/notes`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/notes.html")]
pub struct NotesPage {
    /// What stands around it.
    pub shell: Shell,
    /// Where the request is: `/requests/{id}`.
    pub request_href: String,
    /// The request's reference.
    pub reference: String,
    /// The form, or from [`Banner::refusal`] why there is none.
    pub form: Result<NoteForm, Banner>,
    /// One page of them, newest first.
    pub notes: Vec<NoteLine>,
    /// The ways to the others.
    pub pager: Pager,
}

/// The field `note`, with what was typed and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteForm {
    /// The idempotency key (field `_key`).
    pub key: String,
    /// What was typed.
    pub text: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl NoteForm {
    fn field(&self) -> Field {
        Field {
            hint: Some(
                "It stands here with your name and cannot be changed or taken back. Up to 1\u{202f}000 characters."
                    .to_owned(),
            ),
            error: self.error.clone(),
            required: true,
            ..Field::new("note", "Note", Control::LongText { value: self.text.clone() })
        }
    }
}

impl NotesPage {
    fn problems(&self) -> Option<Problems> {
        let field = self.form.as_ref().ok()?.field();
        let problem = Problem { id: field.id(), label: field.label, message: field.error? };
        Some(Problems::of("The note was not added.", vec![problem]))
    }
}
