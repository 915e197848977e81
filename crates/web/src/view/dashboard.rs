//! The dashboard: figures, each a link to its list.

use std::fmt::Write;

use askama::Template;

use super::{Fares, Look, Moment, People, SetUp, Shell, plural};

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
    /// By the day on which they were created.
    pub created: Created,
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

/// Requests by the day on which they were created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Where the days begin: `Africa/Johannesburg`.
    pub zone: String,
    /// The days, the oldest first, without a gap.
    pub days: Vec<Day>,
}

/// One day of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The list of that day.
    pub href: String,
    /// As the tenant writes it: `23 Nov 2026`.
    pub date: String,
    /// The same without its year.
    pub short: String,
    /// How many were created; a thousand stands for that many and more.
    pub count: u32,
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

/// What each day is wide, in units of the drawing.
const STEP: usize = 20;
/// How much of that stays free on both sides of its bar.
const GAP: usize = 3;
/// How high the drawing is, in its units.
const HEIGHT: u32 = 200;

impl Created {
    /// How many there are, as a sentence.
    fn total(&self) -> String {
        let total: u32 = self.days.iter().map(|day| day.count).sum();
        let more = self.days.iter().any(|day| day.count >= 1_000);
        let (least, days) = (if more { "At least " } else { "" }, self.days.len());
        match total {
            0 => format!("No request was created in the last {days} days."),
            total => format!("{least}{} in the last {days} days.", plural(total as usize, "request")),
        }
    }

    /// Whether there is a bar to draw.
    fn is_drawn(&self) -> bool {
        self.days.iter().any(|day| day.count > 0)
    }

    /// What the top of the drawing stands for: a round number whose half is whole.
    fn top(&self) -> u32 {
        let most = self.days.iter().map(|day| day.count).max().unwrap_or_default();
        [2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 800].into_iter().find(|top| most <= *top).unwrap_or(1_000)
    }

    fn view_box(&self) -> String {
        format!("0 0 {} {HEIGHT}", self.days.len() * STEP)
    }

    /// The lines behind the bars, as a path: at the top, half way and at the bottom.
    fn rules(&self) -> String {
        let width = self.days.len() * STEP;
        format!("M0 0h{width}M0 {}h{width}M0 {HEIGHT}h{width}", HEIGHT / 2)
    }

    /// The bars as a path. A day without requests has none; the least that there is can be seen.
    fn bars(&self) -> String {
        let (top, width) = (self.top(), STEP - 2 * GAP);
        let mut path = String::new();
        for (n, day) in self.days.iter().enumerate().filter(|(_, day)| day.count > 0) {
            let high = (day.count.min(top) * HEIGHT).div_ceil(top);
            let _ = write!(path, "M{} {HEIGHT}v-{high}h{width}v{high}z", n * STEP + GAP);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created(counts: &[u32]) -> Created {
        let day = |&count| Day { href: String::new(), date: String::new(), short: String::new(), count };
        Created { zone: String::new(), days: counts.iter().map(day).collect() }
    }

    #[test]
    fn the_highest_bar_fits_and_the_least_can_be_seen() {
        for (most, top) in [
            (0, 2),
            (1, 2),
            (2, 2),
            (3, 4),
            (5, 6),
            (9, 10),
            (10, 10),
            (41, 60),
            (81, 100),
            (801, 1_000),
            (1_000, 1_000),
        ] {
            assert_eq!(created(&[0, most]).top(), top, "{most}");
        }
        assert_eq!(created(&[0, 1_000, 1]).bars(), "M23 200v-200h14v200zM43 200v-1h14v1z");
        assert_eq!(created(&[1]).bars(), "M3 200v-100h14v100z");
    }

    #[test]
    fn a_day_that_was_not_counted_to_its_end_makes_the_sum_a_least_one() {
        for (counts, said) in [
            (&[0, 0][..], "No request was created in the last 2 days."),
            (&[0, 1], "1 request in the last 2 days."),
            (&[999, 2], "1\u{202f}001 requests in the last 2 days."),
            (&[1_000, 2], "At least 1\u{202f}002 requests in the last 2 days."),
        ] {
            assert_eq!(created(counts).total(), said);
        }
    }
}
