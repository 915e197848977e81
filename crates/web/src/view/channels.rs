//! The tenant's channels and how each fares, under Settings.

use askama::Template;

use super::icon::icon;
use super::{Badge, Banner, Moment, People, Shell, Tone};

/// `GET /settings/channels`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/channels.html")]
pub struct ChannelsPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// Whether the person may add one.
    pub add: bool,
    /// Who can add the first one, where the person may not.
    pub ask: People,
    /// Those that are not deleted, in their order.
    pub channels: Vec<ChannelRow>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// Its page: `/settings/channels/{id}`.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Whom it leads to; its key when that is not installed.
    pub provider: String,
    /// Whether its provider can be used.
    pub standing: Standing,
    /// Whether new requests may use it.
    pub active: bool,
    /// Its place in drop-downs.
    pub order: i64,
    /// How its calls fare.
    pub fares: Fares,
    /// Whether the person may edit it.
    pub edit: bool,
    /// Whether the person may delete it.
    pub delete: bool,
}

/// Whether the provider of a channel can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Open,
    /// The tenant's licence does not cover this module.
    Unlicensed(String),
    /// Its manifest is not here.
    Missing,
}

impl Standing {
    pub(super) fn badge(&self) -> Option<Badge> {
        match self {
            Self::Open => None,
            Self::Unlicensed(_) => Some(Badge::plain(Tone::Warn, "Not licensed")),
            Self::Missing => Some(Badge::plain(Tone::Alert, "Not installed")),
        }
    }
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
    pub(super) fn badge(&self) -> Badge {
        match self {
            Self::NotCalled => Badge::plain(Tone::Calm, "Not called yet"),
            Self::Answering => Badge::plain(Tone::Good, "Answering"),
            Self::Failing { .. } => Badge::plain(Tone::Warn, "Failing"),
            Self::Paused(_) => Badge::flag(Tone::Warn, icon("waiting"), "Asked to wait"),
            Self::Stopped(_) | Self::Trying => Badge::flag(Tone::Alert, icon("alert"), "Not answering"),
        }
    }
}
