//! The dashboard: figures, each a link to its list, and charts of them over time.

use askama::Template;

use super::{Chart, Choice, Failures, Fares, Look, Moment, People, SetUp, Shell};

/// `GET /dashboard`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/dashboard.html")]
pub struct DashboardPage {
    /// What stands around it.
    pub shell: Shell,
    /// How the requests stand.
    pub requests: Requests,
    /// The channels that do not answer well.
    pub ailing: Vec<AilingRow>,
}

impl DashboardPage {
    /// Whether there are requests, and nothing asks for a person.
    fn is_calm(&self) -> bool {
        let Requests::Some(figures) = &self.requests else { return false };
        self.ailing.is_empty() && figures.tiles.iter().all(|tile| !tile.alarm)
    }
}

/// How the requests stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requests {
    /// There is none; how to come to the first.
    None(Start),
    /// How many there are.
    Some(Figures),
}

/// What leads to the first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Creating it.
    Request,
    /// The tenant has no active, licensed channel.
    Channel(SetUp),
    /// The tenant wants `kyc:execute` for it, which the person does not hold; who can give it.
    Refused(People),
}

/// How many requests there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// By what they stand for.
    pub tiles: Vec<Tile>,
    /// How they, and the calls made for them, have fared.
    pub over: Over,
}

/// A figure that leads to its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The list of what is counted.
    pub href: String,
    /// Its tone, icon and word.
    pub look: Look,
    /// How many there are; a thousand stands for that many and more.
    pub count: u32,
    /// Whether the figure asks for a person.
    pub alarm: bool,
}

/// How the tenant has fared over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// The times to choose from.
    pub periods: Vec<PeriodLink>,
    /// The chosen one, as it stands in addresses.
    pub period: &'static str,
    /// The channels to choose from, if there is more than one.
    pub channels: Vec<Choice>,
    /// How many stand only in the list of channels.
    pub others: usize,
    /// Where the days begin: `Africa/Johannesburg`.
    pub zone: String,
    /// How many days are yet to be counted.
    pub uncounted: usize,
    /// The charts over time.
    pub charts: Vec<Chart>,
    /// The channels beside each other.
    pub failures: Failures,
}

/// A time that the charts can be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodLink {
    /// The page with it.
    pub href: String,
    /// The words: `14 days`.
    pub label: &'static str,
    /// Whether it is the one on show.
    pub chosen: bool,
}

/// A channel that does not answer well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AilingRow {
    /// Its page: `/settings/channels/{id}`.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whom it leads to.
    pub provider: String,
    /// How its calls fare.
    pub fares: Fares,
    /// When a call failed last, and how.
    pub failed: Option<(Moment, String)>,
}
