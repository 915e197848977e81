//! One field of a form: label, hint, control, error.

use askama::Template;
use askama::filters::HtmlSafe;

/// A field with what was typed into it and what is wrong with that.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/field.html")]
pub struct Field {
    /// The name that the form sends: `reference`; a cell of a group has that of [`super::Group`].
    pub name: String,
    /// What the field is called.
    pub label: String,
    /// What to know before typing.
    pub hint: Option<String>,
    /// What to write instead.
    pub error: Option<String>,
    /// Whether it must be filled.
    pub required: bool,
    /// How it is typed, and what stands in it.
    pub control: Control,
}

impl HtmlSafe for Field {}

/// What one types into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// One line.
    Text {
        /// What a phone's keyboard and the browser's memory should know.
        kind: TextKind,
        /// What stands in it.
        value: String,
    },
    /// One line, with values that the browser offers while one types.
    Offered {
        /// What stands in it.
        value: String,
        /// What it offers.
        values: Vec<String>,
    },
    /// Several lines.
    LongText {
        /// What stands in it.
        value: String,
    },
    /// JSON, checked while one types.
    Json {
        /// What stands in it, readable or not.
        value: String,
    },
    /// A whole number.
    Integer {
        /// What was typed, a number or not.
        value: String,
    },
    /// A number.
    Number {
        /// What was typed, a number or not.
        value: String,
    },
    /// Yes or no. An unchecked box sends nothing.
    Boolean {
        /// Whether it is ticked.
        checked: bool,
    },
    /// A day, `2026-11-23`.
    Date {
        /// What was typed, a day or not.
        value: String,
    },
    /// One of a list.
    Choice {
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// One of a list, on which other fields depend. The form sends `_branch` and then wants itself back with the fields
    /// of what was chosen.
    Branch {
        /// What can be chosen.
        options: Vec<Choice>,
        /// Whether the fields of the choice stand in the form already; then it can be changed.
        settled: bool,
    },
    /// One of a few that are all in sight.
    OneOf {
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// Some of a list.
    Choices {
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// A file, or several.
    Files {
        /// The media types that the field takes, joined by commas.
        accept: String,
        /// The same and the largest size, in words.
        rule: String,
        /// Whether there may be more than one.
        many: bool,
        /// Those that lie on the server already. The form sends `_drop` with name and id to have one no more.
        kept: Vec<Kept>,
    },
    /// The password that counts at present: never echoed.
    Present,
    /// A secret: never echoed.
    Secret {
        /// Whether one is stored already; then a blank field keeps it.
        set: bool,
    },
}

/// What kind of one-line text a field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    /// Words.
    #[default]
    Plain,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A web address.
    Url,
    /// Digits only, such as an ID number.
    Digits,
    /// An identifier that is copied rather than read.
    Code,
}

impl TextKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Plain | Self::Digits | Self::Code => "text",
            Self::Email => "email",
            Self::Phone => "tel",
            Self::Url => "url",
        }
    }
}

/// A file that was chosen before and lies on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type and size: `PNG, 184 KB`.
    pub detail: String,
    /// Where what is shown of it lies, if it is a picture.
    pub preview: Option<String>,
    /// What the form sends back for it.
    pub value: String,
}

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is the chosen one.
    pub selected: bool,
}

impl Field {
    /// A field that is optional, without hint and error.
    pub fn new(name: impl Into<String>, label: impl Into<String>, control: Control) -> Self {
        Self { name: name.into(), label: label.into(), hint: None, error: None, required: false, control }
    }

    /// The id of its control: its name without brackets, so that an address can lead to it.
    pub fn id(&self) -> String {
        self.name.replace('[', ".").replace(']', "")
    }

    /// The ids of hint, rule and error, for `aria-describedby`.
    fn described_by(&self) -> Option<String> {
        let id = self.id();
        let parts = [
            self.hint.as_ref().map(|_| format!("{id}-hint")),
            matches!(self.control, Control::Files { .. }).then(|| format!("{id}-rule")),
            self.error.as_ref().map(|_| format!("{id}-error")),
        ];
        let ids: Vec<String> = parts.into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// The kind of the boxes to tick and what stands at them, where it is typed into by these.
    fn boxes(&self) -> Option<(&'static str, &[Choice])> {
        match &self.control {
            Control::OneOf { options } => Some(("radio", options)),
            Control::Choices { options } => Some(("checkbox", options)),
            _ => None,
        }
    }

    /// Whether one of its boxes must be ticked, and the browser can insist on it.
    fn is_one_of(&self) -> bool {
        matches!(self.control, Control::OneOf { .. })
    }

    /// Whether the browser may insist on it: what lies on the server need not be chosen again, and a list whose first entry
    /// is a choice cannot be left blank.
    fn insists(&self) -> bool {
        self.required
            && match &self.control {
                Control::Files { kept, .. } => kept.is_empty(),
                Control::Choice { options } | Control::Branch { options, .. } => self.offers_none(options),
                _ => true,
            }
    }

    /// The same field as the cell `name[index].field` of a group.
    pub(super) fn within(mut self, group: &str, index: &str) -> Self {
        self.name = format!("{group}[{index}].{}", self.name);
        self
    }

    /// Whether a neighbour can stand beside it in a group's row.
    pub(super) fn is_short(&self) -> bool {
        let tall = matches!(self.control, Control::Files { .. } | Control::Branch { .. });
        !tall
            && self.boxes().is_none()
            && !matches!(self.control, Control::Boolean { .. } | Control::LongText { .. } | Control::Json { .. })
    }

    /// Whether a list needs the empty entry: nothing is chosen yet, or nothing need be.
    fn offers_none(&self, options: &[Choice]) -> bool {
        !self.required || options.iter().all(|option| !option.selected)
    }

    /// A date field of the browser would drop what is no day; such a text is shown in a plain field instead.
    fn is_day(text: &str) -> bool {
        text.is_empty() || (text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_day_stays_in_its_field() {
        let shown = |value: &str| Field::new("born", "Born", Control::Date { value: value.to_owned() }).to_string();
        assert!(shown("2026-11-23").contains(r#"type="date" value="2026-11-23""#));
        assert!(
            shown("23rd of May").contains(r#"type="text""#) && shown("23rd of May").contains(r#"value="23rd of May""#)
        );
    }

    #[test]
    fn a_secret_is_never_written_into_the_page() {
        let shown = Field::new("clientSecret", "Client secret", Control::Secret { set: true }).to_string();
        assert!(shown.contains("Set") && !shown.contains("value="));
    }

    #[test]
    fn hint_and_error_describe_the_control() {
        let field = Field {
            hint: Some("H".to_owned()),
            error: Some("E".to_owned()),
            ..Field::new("a[0].b", "B", Control::LongText { value: "\n<b>".to_owned() })
        };
        let shown = field.to_string();
        assert!(shown.contains(r#"aria-describedby="a.0.b-hint a.0.b-error""#), "{shown}");
        assert!(
            shown.contains("\n\n&#60;b&#62;</textarea>"),
            "the first line break of a text area is dropped by browsers"
        );
    }
}
