//! One channel, under Settings: how it stands, what tested it, where its callbacks go, and the page that asks before it is
//! deleted.

use askama::Template;

use super::logs::{Answer, Call};
use super::{Banner, Fares, Moment, Shell, Standing};

/// `GET /settings/channels/{id}`, and what the forms about a callback address answer with.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/channel.html")]
pub struct ChannelPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// `/settings/channels/{id}`; what can be done to it stands below that.
    pub href: String,
    /// The dashboard with its figures alone.
    pub charts: String,
    /// Its name.
    pub name: String,
    /// Whom it leads to; its key when that is not installed.
    pub provider: String,
    /// What that is for.
    pub description: String,
    /// Whether that can be used.
    pub standing: Standing,
    /// Whether new requests may use it.
    pub active: bool,
    /// How it is set up, as labels and values; a secret only as whether it is set.
    pub facts: Vec<(String, String)>,
    /// How its calls fare.
    pub fares: Fares,
    /// How they fared, as labels.
    pub health: Health,
    /// The calls that tested it, newest first.
    pub tests: Vec<Call>,
    /// What the page shows of the address of its callbacks; nothing to whom may not manage settings.
    pub address: Option<Address>,
    /// The round of its callbacks' address.
    pub round: i64,
    /// How many requests use it: `842`, `999+`; none when there is none.
    pub uses: Option<String>,
    /// Whether the person may edit it.
    pub edit: bool,
    /// Whether the person may delete it.
    pub delete: bool,
}

/// How a channel fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// When its provider last let it sign in.
    pub signed_in: Option<Moment>,
    /// When a sign-in failed last, and how, in words.
    pub sign_in_failed: Option<(Moment, String)>,
    /// When a call was answered last.
    pub answered: Option<Moment>,
    /// When a call failed last, and how, in words.
    pub failed: Option<(Moment, String)>,
    /// How many calls are on their way, where its provider takes only so many at once.
    pub on_their_way: Option<String>,
}

/// What a page shows of the address of a channel's callbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Nothing: nobody has asked.
    Hidden,
    /// The address, as asked for.
    Shown {
        /// The address, which is a secret.
        url: String,
        /// Whether it has just taken the place of another one.
        changed: bool,
    },
    /// The installation has no public address, so nobody can send there.
    Nowhere {
        /// Whether it was changed all the same.
        changed: bool,
    },
}

/// `GET /settings/channels/{id}/delete`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/channel_delete.html")]
pub struct ChannelDeletePage {
    /// What stands around it.
    pub shell: Shell,
    /// `/settings/channels/{id}`.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whom it leads to.
    pub provider: String,
    /// How many requests use it: `842`, `999+`; none when there is none.
    pub uses: Option<String>,
}
