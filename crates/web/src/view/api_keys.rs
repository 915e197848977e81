//! The tenant's API keys, under Settings: the list, a key that is shown once, and the page that asks before one is revoked.

use askama::Template;

use super::{Badge, Banner, Moment, Shell, Tone};

/// `GET /settings/api-keys`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/api_keys.html")]
pub struct ApiKeysPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// Those that count first.
    pub keys: Vec<ApiKeyRow>,
}

/// A key in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Where it is revoked; none when it counts no more.
    pub revoke: Option<String>,
    /// What people call it.
    pub name: String,
    /// The last characters of its text.
    pub ending: String,
    /// The words of what it may do, joined.
    pub grants: String,
    /// How it stands.
    pub state: KeyState,
    /// Its last day.
    pub until: String,
    /// When it was made.
    pub made: Moment,
    /// By whom.
    pub by: String,
    /// When it was last used.
    pub used: Option<Moment>,
    /// From which address.
    pub from: Option<String>,
}

/// How a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It opens what it was given.
    Counts,
    /// It does, and not for long any more.
    EndsSoon,
    /// Its last day is over.
    Ended,
    /// Somebody ended it.
    Revoked(Moment),
}

impl KeyState {
    pub(super) fn badge(&self) -> Badge {
        match self {
            Self::Counts => Badge::plain(Tone::Good, "Active"),
            Self::EndsSoon => Badge::plain(Tone::Warn, "Ends soon"),
            Self::Ended => Badge::plain(Tone::Calm, "Ended"),
            Self::Revoked(_) => Badge::plain(Tone::Calm, "Revoked"),
        }
    }
}

/// A key that was just made, shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/api_key_made.html")]
pub struct ApiKeyMadePage {
    /// What stands around it.
    pub shell: Shell,
    /// What people call it.
    pub name: String,
    /// What a program sends.
    pub token: String,
    /// Its last day.
    pub until: String,
}

/// `GET /settings/api-keys/{key}/revoke`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/api_key_revoke.html")]
pub struct ApiKeyRevokePage {
    /// What stands around it.
    pub shell: Shell,
    /// Where it is revoked.
    pub href: String,
    /// What people call it.
    pub name: String,
    /// The last characters of its text.
    pub ending: String,
    /// When it was last used.
    pub used: Option<Moment>,
}
