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

impl LicencePage {
    /// How the product's own module stands, where it is closed.
    fn closed(&self) -> Option<&Term> {
        let closed = |row: &&ModuleRow| row.opens == Opens::Product && row.term.is_closed();
        self.modules.iter().find(closed).map(|row| &row.term)
    }

    /// Whether a provider is here that the tenant may not use.
    fn lacks_provider(&self) -> bool {
        let lacks = |row: &ModuleRow| {
            row.term.is_closed() && matches!(&row.opens, Opens::Providers(names) if !names.is_empty())
        };
        self.modules.iter().any(lacks)
    }
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
