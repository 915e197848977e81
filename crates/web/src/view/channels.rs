//! The tenant's channels and how each fares, under Settings.

use askama::Template;

use super::icon::icon;
use super::{Badge, Moment, Shell, Tone};

/// `GET /settings/channels`, with `?open=`, and what the forms about a callback address answer with.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/channels.html")]
pub struct ChannelsPage {
    /// What stands around it.
    pub shell: Shell,
    /// Those that are not deleted, in their order.
    pub channels: Vec<ChannelRow>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// The same page with this entry open, or closed when it is.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whom it leads to; its key when that is not installed.
    pub provider: String,
    /// Whether that is installed.
    pub installed: bool,
    /// Whether new requests may use it.
    pub active: bool,
    /// How its calls fare.
    pub fares: Fares,
    /// What the entry tells when it is open.
    pub opened: Option<Box<ChannelDetail>>,
}

/// How the calls of a channel fare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fares {
    /// Nobody has called its provider yet.
    NotCalled,
    /// The last call was answered.
    Answering,
    /// So many of the last calls have failed, and calls still go out.
    Failing {
        /// How many in a row.
        failures: u32,
        /// How many in a row stop the calls.
        most: u32,
    },
    /// The provider asked to be left alone until then.
    Paused(Moment),
    /// So many calls have failed that none goes out until then.
    Stopped(Moment),
    /// So many calls have failed that the next one goes out alone.
    Trying,
}

impl Fares {
    fn badge(&self) -> Badge {
        match self {
            Self::NotCalled => Badge::plain(Tone::Calm, "Not called yet"),
            Self::Answering => Badge::plain(Tone::Good, "Answering"),
            Self::Failing { .. } => Badge::plain(Tone::Warn, "Failing"),
            Self::Paused(_) => Badge::flag(Tone::Warn, icon("waiting"), "Asked to wait"),
            Self::Stopped(_) | Self::Trying => Badge::flag(Tone::Alert, icon("alert"), "Not answering"),
        }
    }
}

/// An opened channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelDetail {
    /// When a call was answered last.
    pub answered: Option<Moment>,
    /// When a call failed last, and how, in words.
    pub failed: Option<(Moment, String)>,
    /// How many calls are on their way, where its provider takes only so many at once.
    pub on_their_way: Option<String>,
    /// Where the forms about its callback address are sent: `/settings/channels/{id}/address`.
    pub address_href: String,
    /// What the page shows of the address.
    pub address: Address,
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
