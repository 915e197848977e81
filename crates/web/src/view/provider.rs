//! The installation's providers, under Settings.

use askama::Template;

use super::text::cut;
use super::{Badge, Banner, Shell, Tone, count};

/// How many problems of one manifest a page shows.
const MAX_PROBLEMS: usize = 50;
/// The most characters of a sentence about a manifest, which may quote it.
const MAX_SENTENCE: usize = 300;

/// `GET /settings/providers`, with `?open=`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/providers.html")]
pub struct ProvidersPage {
    /// What stands around it.
    pub shell: Shell,
    /// What is wrong with the operator's folder as a whole.
    pub banner: Option<Banner>,
    /// Manifests that are not used as they stand.
    pub refused: Vec<Refused>,
    /// Those that can be used.
    pub providers: Vec<ProviderRow>,
}

/// A manifest that is not used as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    file: String,
    serving: Option<String>,
    problems: Vec<Wrong>,
    more: Option<String>,
}

/// One thing that is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The file as administrators may see it, with line and column: `acme/provider.yaml:10:5`.
    pub place: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What would mend it, as a sentence.
    pub mend: String,
}

impl Refused {
    /// `file` with its problems, the first of them in full, and the version that serves meanwhile.
    pub fn new(file: impl Into<String>, serving: Option<String>, problems: Vec<Wrong>) -> Self {
        let more = problems.len().saturating_sub(MAX_PROBLEMS);
        let short = |text: &str| match cut(text, MAX_SENTENCE) {
            (_, None) => text.to_owned(),
            (start, Some(_)) => format!("{start}…"),
        };
        let shown = problems.into_iter().take(MAX_PROBLEMS).map(|wrong| Wrong {
            message: short(&wrong.message),
            mend: short(&wrong.mend),
            place: wrong.place,
        });
        let (file, problems) = (file.into(), shown.collect());
        Self { file, serving, problems, more: (more > 0).then(|| count(more as u64)) }
    }
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    /// The same page with this entry open, or closed when it is.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its key: `intouch`.
    pub key: String,
    /// Its manifest's own version.
    pub version: String,
    /// The licence module that opens it.
    pub module: String,
    /// Whether the tenant's licence covers that.
    pub licensed: bool,
    /// Where its manifest lies, in words.
    pub origin: String,
    /// Whether an earlier text serves, because the present one is refused.
    pub earlier: bool,
    /// The first characters of its manifest's digest.
    pub digest: String,
    /// What the entry tells when it is open.
    pub opened: Option<Box<ProviderDetail>>,
}

/// An opened provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderDetail {
    /// What it is for.
    pub description: String,
    /// What it can do, in its own order.
    pub actions: Vec<ProviderAction>,
}

/// One thing that a provider can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAction {
    /// Its name.
    pub label: String,
    /// Its heading.
    pub category: String,
    /// How far it was held against the real provider.
    pub degree: Degree,
}

/// How far an action was held against the real provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degree {
    /// A real answer has been seen.
    Full,
    /// The requests are published, the answers are not.
    Request,
    /// Nothing is published.
    Assumed,
}

impl Degree {
    fn badge(self) -> Badge {
        match self {
            Self::Full => Badge::plain(Tone::Good, "Full"),
            Self::Request => Badge::plain(Tone::Info, "Request"),
            Self::Assumed => Badge::plain(Tone::Warn, "Assumed"),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Full => "A real answer has been seen.",
            Self::Request => "Requests are published, answers are not.",
            Self::Assumed => "A guess.",
        }
    }
}

impl ProviderRow {
    fn licence(&self) -> Badge {
        if self.licensed { Badge::plain(Tone::Good, "Licensed") } else { Badge::plain(Tone::Alert, "No licence") }
    }
}
