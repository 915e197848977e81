//! Forms of several parts, repeated groups among them, and the page on which an action is filled in.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Field, Moment, Shell};

/// One part of a form, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A field by itself.
    Field(Field),
    /// Fields that few people need.
    Fold(Fold),
    /// A repeated group.
    Group(Group),
}

impl Part {
    /// The same with each name behind `prefix`, so that a form can hold fields of two makers; a field is `told` more, such as
    /// whether a secret of it is stored.
    pub(crate) fn under(self, prefix: &str, told: &impl Fn(&mut Field)) -> Self {
        let under = |mut field: Field| {
            told(&mut field);
            field.name = format!("{prefix}{}", field.name);
            field
        };
        match self {
            Self::Field(field) => Self::Field(under(field)),
            Self::Fold(fold) => Self::Fold(Fold { fields: fold.fields.into_iter().map(under).collect(), ..fold }),
            Self::Group(mut group) => {
                group.name = format!("{prefix}{}", group.name);
                group.blank = group.blank.into_iter().map(under).collect();
                group.entries = group.entries.into_iter().map(|row| row.into_iter().map(under).collect()).collect();
                Self::Group(group)
            }
        }
    }
}

/// Fields folded away under a title; open when one of them was refused or must be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The title.
    pub title: String,
    /// What lies in it.
    pub fields: Vec<Field>,
}

impl Fold {
    pub(super) fn is_open(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some() || field.required)
    }

    pub(super) fn is_optional(&self) -> bool {
        self.fields.iter().all(|field| !field.required)
    }
}

/// Rows of fields that can be added and removed. Cells are named `directors[0].IDNumber`; the form sends `_add` with
/// `directors`, or `_remove` with `directors[0]`, and then wants itself back with that row more or less.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/group.html")]
pub struct Group {
    name: String,
    title: String,
    noun: String,
    /// What to know before typing.
    pub hint: Option<String>,
    /// What is wrong with the group as a whole.
    pub error: Option<String>,
    /// The fewest rows.
    pub min: usize,
    /// The most rows; none for no limit.
    pub max: Option<usize>,
    blank: Vec<Field>,
    entries: Vec<Vec<Field>>,
}

impl HtmlSafe for Group {}

impl Group {
    /// The group `name`, titled `title`, whose rows are called `noun` ("director"). `blank` is one empty row, `entries`
    /// are the rows as they stand; the fields of both have the bare names of their cells (`IDNumber`).
    pub fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        noun: impl Into<String>,
        blank: Vec<Field>,
        entries: Vec<Vec<Field>>,
    ) -> Self {
        let name = name.into();
        let place = |row: Vec<Field>, index: &str| row.into_iter().map(|field| field.within(&name, index)).collect();
        let entries = entries.into_iter().enumerate().map(|(n, row)| place(row, &n.to_string())).collect();
        let blank = place(blank, "{n}");
        Self {
            title: title.into(),
            noun: noun.into(),
            hint: None,
            error: None,
            min: 0,
            max: None,
            blank,
            entries,
            name,
        }
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }

    /// The noun at the start of a heading: "Director".
    fn noun_first(&self) -> String {
        let mut letters = self.noun.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }

    /// The noun inside a sentence: "director", but "ID".
    fn noun_inside(&self) -> String {
        let mut letters = self.noun.chars();
        match (letters.next(), letters.clone().next()) {
            (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
            _ => self.noun.clone(),
        }
    }

    fn can_add(&self) -> bool {
        self.max.is_none_or(|max| self.entries.len() < max)
    }

    fn can_remove(&self) -> bool {
        self.entries.len() > self.min
    }
}

/// One line of an error summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The id of the control.
    pub id: String,
    /// What the field is called, with its row: `Director 2, ID number`.
    pub label: String,
    /// What to write.
    pub message: String,
}

/// The error summary: what did not happen, and where to look.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/problems.html")]
pub struct Problems {
    title: String,
    text: Option<String>,
    items: Vec<Problem>,
}

impl HtmlSafe for Problems {}

impl Problems {
    /// `what` did not happen ("Nothing was sent."), because of `items`.
    pub fn of(what: &str, items: Vec<Problem>) -> Self {
        const WORDS: [&str; 9] = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
        let title = match items.len() {
            0 => what.to_owned(),
            1 => format!("{what} One field needs another look."),
            n => match WORDS.get(n - 1) {
                Some(word) => format!("{what} {word} fields need another look."),
                None => format!("{what} {n} fields need another look."),
            },
        };
        Self { title, text: None, items }
    }

    /// `what` did not happen, for a reason that no field can mend.
    pub fn because(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { title: what.into(), text: Some(reason.into()), items: Vec::new() }
    }
}

/// The refused fields among `parts`, in their order.
pub(super) fn problems(parts: &[Part]) -> Vec<Problem> {
    let of = |field: &Field, row: Option<String>| {
        let message = field.error.clone()?;
        let label = row.map_or_else(|| field.label.clone(), |row| format!("{row}, {}", field.label));
        Some(Problem { id: field.id(), label, message })
    };
    let mut found = Vec::new();
    for part in parts {
        match part {
            Part::Field(field) => found.extend(of(field, None)),
            Part::Fold(fold) => found.extend(fold.fields.iter().filter_map(|field| of(field, None))),
            Part::Group(group) => {
                found.extend(group.error.clone().map(|message| Problem {
                    id: group.name.clone(),
                    label: group.title.clone(),
                    message,
                }));
                for (n, row) in group.entries.iter().enumerate() {
                    found.extend(
                        row.iter().filter_map(|field| of(field, Some(format!("{} {}", group.noun_first(), n + 1)))),
                    );
                }
            }
        }
    }
    found
}

/// What is known of the action's earlier runs in this request, said before it runs again (ACT-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// It has run and ended.
    Ran(Moment),
    /// Nobody knows how its last run ended: the form then asks for an explicit yes (checkbox `_again`).
    Unknown {
        /// When it ran.
        at: Moment,
        /// What is wrong with the answer to that question, after a refused form.
        error: Option<String>,
    },
}

/// `GET`, and a refused `POST`, of `/requests/{id}/actions/{key}`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/action_form.html")]
pub struct ActionFormPage {
    /// What stands around it.
    pub shell: Shell,
    /// Where the request is: `/requests/{id}`. Cancel and the step up lead there.
    pub request_href: String,
    /// The request's reference.
    pub reference: String,
    /// The action's name.
    pub action: String,
    /// The action's category.
    pub category: String,
    /// The channel's name.
    pub channel: String,
    /// Whom the channel leads to: `InTouch`.
    pub provider: String,
    /// Whether the provider bills each run.
    pub charged: bool,
    /// Whether it was run before.
    pub before: Option<Before>,
    /// Where the form is sent.
    pub post_href: String,
    /// The idempotency key (field `_key`).
    pub key: String,
    /// The last run that this page tells of, or nothing (field `_seen`).
    pub seen: String,
    /// Whether the form can carry files.
    pub files: bool,
    /// Whether `parts` only ask what the rest of the form depends on.
    pub undecided: bool,
    /// What was typed for choices that are not made now, sent along unseen.
    pub carried: Vec<(String, String)>,
    /// The digest of the manifest that the form is made from (field `_manifest`).
    pub manifest: String,
    /// The form itself; empty for an action without input that is confirmed before it runs again.
    pub parts: Vec<Part>,
    /// Why nothing was sent, when no field can mend it ("It is running already.").
    pub refusal: Option<String>,
}

impl ActionFormPage {
    fn problems(&self) -> Option<Problems> {
        if let Some(reason) = &self.refusal {
            return Some(Problems::because("Nothing was sent.", reason.clone()));
        }
        let mut items = problems(&self.parts);
        items.extend(
            self.again().and_then(|field| Some(Problem { id: field.id(), label: field.label, message: field.error? })),
        );
        (!items.is_empty()).then(|| Problems::of("Nothing was sent.", items))
    }

    /// What the button says: an action whose name begins with a verb of its own is not run once more.
    fn verb(&self) -> String {
        if self.action.starts_with("Run ") { self.action.clone() } else { format!("Run {}", self.action) }
    }

    fn again(&self) -> Option<Field> {
        let Some(Before::Unknown { error, .. }) = &self.before else { return None };
        Some(Field {
            error: error.clone(),
            required: true,
            ..Field::new("_again", "Run it again all the same", super::Control::Boolean { checked: false })
        })
    }
}
