//! The tenant's own settings.

use askama::Template;

use super::{Banner, Choice, Control, Field, Problem, Problems, Shell, TextKind};

/// `GET` and a refused `POST /settings/general`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/general.html")]
pub struct GeneralPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// The version that the form was opened at.
    pub version: i64,
    /// The name, and what is wrong with it.
    pub name: (String, Option<String>),
    /// The time zone, and what is wrong with it.
    pub time_zone: (String, Option<String>),
    /// The time zones to choose from.
    pub time_zones: Vec<String>,
    /// How days can be written, each told by an example.
    pub dates: Vec<Choice>,
    /// What is wrong with the choice.
    pub dates_error: Option<String>,
    /// Whether creating a request takes `kyc:execute`.
    pub create_needs_execute: bool,
    /// What is wrong with that.
    pub create_error: Option<String>,
    /// What did not happen, with an end of its own: `Nothing was saved.`
    pub what: &'static str,
}

impl GeneralPage {
    fn name(&self) -> Field {
        let (value, error) = self.name.clone();
        Field {
            hint: Some("It stands beside the navigation, on every page of everybody here.".to_owned()),
            error,
            required: true,
            ..Field::new("name", "Name", Control::Text { kind: TextKind::Plain, value })
        }
    }

    fn time_zone(&self) -> Field {
        let (value, error) = self.time_zone.clone();
        Field {
            hint: Some("A place of the time zone database, such as Africa/Johannesburg.".to_owned()),
            error,
            required: true,
            ..Field::new("time_zone", "Time zone", Control::Offered { value, values: self.time_zones.clone() })
        }
    }

    fn dates(&self) -> Field {
        Field {
            hint: Some("On pages. Exported lists have ISO dates in the time zone above.".to_owned()),
            error: self.dates_error.clone(),
            required: true,
            ..Field::new("dates", "Dates look like this", Control::OneOf { options: self.dates.clone() })
        }
    }

    fn create(&self) -> Field {
        Field {
            error: self.create_error.clone(),
            ..Field::new(
                "create_needs_execute",
                "Creating a request takes the permission kyc:execute, not only kyc:read",
                Control::Boolean { checked: self.create_needs_execute },
            )
        }
    }

    fn problems(&self) -> Option<Problems> {
        let items: Vec<_> = [self.name(), self.time_zone(), self.dates(), self.create()]
            .into_iter()
            .filter_map(|field| Some(Problem { id: field.id(), label: field.label, message: field.error? }))
            .collect();
        (!items.is_empty()).then(|| Problems::of(self.what, items))
    }
}
