//! What the tenant may use, and until when.

use askama::Template;

use super::icon::icon;
use super::{Badge, Moment, Shell, Tone};

/// `GET /settings/licence`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/licence.html")]
pub struct LicencePage {
    /// What stands around it.
    pub shell: Shell,
    /// The modules, the product's own first.
    pub modules: Vec<ModuleRow>,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRow {
    /// Its name: `kyc-intouch`.
    pub module: String,
    /// What it opens.
    pub opens: Opens,
    /// Whether it may be used.
    pub term: Term,
}

/// What a module opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// The product.
    Product,
    /// These providers, by name; with none nothing that is installed.
    Providers(Vec<String>),
}

/// Whether a module may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// It may, without an end.
    Open,
    /// It may, until then.
    Until(Moment),
    /// It may, until then, which is near.
    Soon(Moment),
    /// It could, until then.
    Ended(Moment),
    /// The licence does not name it.
    Missing,
}

impl Term {
    fn badge(&self) -> Badge {
        match self {
            Self::Open | Self::Until(_) => Badge::plain(Tone::Good, "Licensed"),
            Self::Soon(_) => Badge::flag(Tone::Warn, icon("waiting"), "Ends soon"),
            Self::Ended(_) => Badge::flag(Tone::Alert, icon("lock"), "Ended"),
            Self::Missing => Badge::plain(Tone::Calm, "Not licensed"),
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Missing)
    }
}
