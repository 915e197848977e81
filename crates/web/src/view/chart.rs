//! Charts that the server draws: bars in a stretched SVG, every word and number in HTML around it, and a table with the same
//! figures behind it. A unit of a drawing's height is what it counts, so that bars and figures cannot differ.

use std::fmt::Write;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;

use super::Tone;

/// A chart with its table.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/chart.html")]
pub struct Chart {
    /// What its ids begin with.
    pub id: &'static str,
    /// What it shows.
    pub heading: &'static str,
    /// The same in a sentence with its sum.
    pub said: String,
    /// What the drawing looks like, for who does not see it.
    pub seen: String,
    /// How long the time is that it is about: `14 days`.
    pub time: &'static str,
    /// What a column of it is: `Day`.
    pub step: &'static str,
    /// The word over what all series are parts of.
    pub whole: &'static str,
    /// What each bar of a column is.
    pub series: Vec<Series>,
    /// Whether the bars of a column stand on each other; else they stand behind each other, the last in front.
    pub stacked: bool,
    /// What the bars measure.
    pub unit: Unit,
    /// The columns, the oldest first.
    pub columns: Vec<Bars>,
}

/// What bars measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many there are.
    Number,
    /// Milliseconds.
    Time,
}

/// What the bars of one look are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// The word.
    pub word: &'static str,
    /// The family of colours.
    pub tone: Tone,
    /// How it is filled, so that neighbours differ without hue.
    pub fill: Fill,
}

/// How a bar is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Light, with an edge.
    Soft,
    /// Dark.
    Solid,
    /// Only its edge.
    Hollow,
}

impl Fill {
    fn as_str(self) -> &'static str {
        match self {
            Self::Soft => "soft",
            Self::Solid => "solid",
            Self::Hollow => "hollow",
        }
    }
}

/// A column of a chart, and its line in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    /// As the table writes it: `23 Nov 2026`.
    pub date: String,
    /// As the edge of the drawing writes it: `23 Nov`.
    pub short: String,
    /// What all series are parts of.
    pub whole: Figure,
    /// A figure for each series.
    pub cells: Vec<Figure>,
}

/// A figure, and the way to what it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// The number, as high as its bar; none where there is nothing to measure.
    pub value: Option<u64>,
    /// The list of what it counts.
    pub href: Option<String>,
}

/// What each column is wide, in units of the drawing.
const STEP: usize = 20;
/// How much of that stays free on both sides of its bar.
const GAP: usize = 3;

/// A round number, not below `most`, whose half is whole.
fn top(most: u64) -> u64 {
    let tens = std::iter::successors(Some(1_u64), |ten| ten.checked_mul(10));
    tens.flat_map(|ten| [2, 4, 6, 8, 10].map(|n| ten.saturating_mul(n))).find(|top| most <= *top).unwrap_or(u64::MAX)
}

impl Bars {
    fn sum(&self) -> String {
        super::count(self.whole.value.unwrap_or_default())
    }

    fn high(&self, stacked: bool) -> u64 {
        let values = self.cells.iter().filter_map(|cell| cell.value);
        if stacked { values.sum() } else { values.max().unwrap_or_default() }
    }
}

impl Chart {
    /// Whether there is a bar to draw.
    pub fn is_drawn(&self) -> bool {
        self.columns.iter().any(|column| column.high(self.stacked) > 0)
    }

    /// What the top of the drawing stands for.
    fn top(&self) -> u64 {
        top(self.columns.iter().map(|column| column.high(self.stacked)).max().unwrap_or_default())
    }

    fn width(&self) -> usize {
        self.columns.len() * STEP
    }

    /// The lines behind the bars, as a path: at the top, half way and at the bottom.
    fn rules(&self) -> String {
        let (top, width) = (self.top(), self.width());
        format!("M0 0h{width}M0 {}h{width}M0 {top}h{width}", top / 2)
    }

    /// The bars of the series number `n` as a path. What is nothing has none.
    fn bars(&self, n: usize) -> String {
        let (top, width) = (self.top(), STEP - 2 * GAP);
        let mut path = String::new();
        for (at, column) in self.columns.iter().enumerate() {
            let Some(high) = column.cells.get(n).and_then(|cell| cell.value).filter(|high| *high > 0) else { continue };
            let below: u64 =
                if self.stacked { column.cells[..n].iter().filter_map(|cell| cell.value).sum() } else { 0 };
            let _ = write!(path, "M{} {}v-{high}h{width}v{high}z", at * STEP + GAP, top - below);
        }
        path
    }

    /// The words under the drawing: every second, so that they fit, and none that would stand out on the right.
    fn edge(&self) -> impl Iterator<Item = &str> {
        let last = self.columns.len().saturating_sub(1);
        let shown = move |n: usize| n.is_multiple_of(2) && n < last.max(1);
        self.columns.iter().enumerate().map(move |(n, column)| if shown(n) { column.short.as_str() } else { "" })
    }

    /// The figures at the edge: at the top, half way and at the bottom.
    fn ticks(&self) -> [String; 3] {
        [self.top(), self.top() / 2, 0].map(|value| self.measure(value))
    }

    fn measure(&self, value: u64) -> String {
        match self.unit {
            Unit::Number => super::count(value),
            Unit::Time => super::took(Duration::from_millis(value)),
        }
    }

    /// A figure of a series.
    fn text(&self, figure: &Figure) -> String {
        figure.value.map_or_else(|| "\u{2013}".to_owned(), |value| self.measure(value))
    }
}

impl HtmlSafe for Chart {}

/// The calls on the channels, as bars beside their names.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/failures.html")]
pub struct Failures {
    /// The same in a sentence with its sum.
    pub said: String,
    /// What each part of a bar is.
    pub series: Vec<Series>,
    /// The channels with most failures; those beyond are one row together.
    pub rows: Vec<FailureRow>,
}

/// The calls on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRow {
    /// Its name, or how many others this is.
    pub name: String,
    /// The figures of it alone.
    pub href: Option<String>,
    /// How many calls there were.
    pub calls: u64,
    /// How many failed, for each series.
    pub failed: Vec<u64>,
    /// How many were refused, which is an answer.
    pub refused: u64,
    /// How many are without a stored answer.
    pub open: u64,
}

impl FailureRow {
    fn said(&self) -> String {
        super::plural(usize::try_from(self.calls).unwrap_or(usize::MAX), "call")
    }

    fn all(&self) -> u64 {
        self.failed.iter().sum()
    }

    /// What a whole bar counts, where a drawing must have a length: all calls of the channel.
    fn whole(&self) -> u64 {
        self.calls.max(1)
    }

    /// The part of calls that failed: `4.2 %`.
    fn share(&self) -> String {
        let tenths = (self.all() * 1_000 + self.calls / 2).checked_div(self.calls).unwrap_or_default();
        format!("{}.{}\u{202f}%", tenths / 10, tenths % 10)
    }
}

impl Failures {
    /// Whether any call failed.
    fn any(&self) -> bool {
        self.rows.iter().any(|row| row.all() > 0)
    }

    /// Each part of a row's bar: where it begins, and how long it is.
    fn parts<'a>(&'a self, row: &'a FailureRow) -> impl Iterator<Item = (&'a Series, u64, u64)> {
        let before = |n: usize| row.failed[..n].iter().sum();
        self.series.iter().zip(&row.failed).enumerate().map(move |(n, (series, count))| (series, before(n), *count))
    }

    /// A row's bar in words: `No answer in time: 12`.
    fn words(&self, row: &FailureRow) -> String {
        let parts: Vec<_> = self
            .parts(row)
            .filter(|(_, _, count)| *count > 0)
            .map(|(series, _, count)| format!("{}: {}", series.word, super::count(count)))
            .collect();
        if parts.is_empty() { "None".to_owned() } else { parts.join(", ") }
    }
}

impl HtmlSafe for Failures {}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(stacked: bool, columns: &[&[u64]]) -> Chart {
        let series = |n: usize| Series {
            word: ["One", "Two", "Three"][n],
            tone: Tone::Info,
            fill: [Fill::Soft, Fill::Solid, Fill::Hollow][n],
        };
        let cell = |value: &u64| Figure { value: Some(*value), href: None };
        let column = |values: &&[u64]| Bars {
            date: String::new(),
            short: "d".to_owned(),
            whole: cell(&values.iter().sum()),
            cells: values.iter().map(cell).collect(),
        };
        Chart {
            id: "test",
            heading: "Test",
            said: String::new(),
            seen: String::new(),
            time: "14 days",
            step: "Day",
            whole: "All",
            series: (0..columns[0].len()).map(series).collect(),
            stacked,
            unit: Unit::Number,
            columns: columns.iter().map(column).collect(),
        }
    }

    #[test]
    fn the_top_is_round_and_its_half_is_whole() {
        for (most, round) in
            [(0, 2), (1, 2), (3, 4), (5, 6), (9, 10), (11, 20), (81, 100), (801, 1_000), (41_000, 60_000)]
        {
            assert_eq!(top(most), round, "{most}");
        }
        assert_eq!(top(u64::MAX), u64::MAX);
    }

    #[test]
    fn bars_stand_on_each_other_and_are_as_high_as_what_they_count() {
        let stack = chart(true, &[&[3, 1], &[0, 2]]);
        assert_eq!((stack.top(), stack.rules().as_str()), (4, "M0 0h40M0 2h40M0 4h40"));
        assert_eq!(
            (stack.bars(0), stack.bars(1)),
            ("M3 4v-3h14v3z".to_owned(), "M3 1v-1h14v1zM23 4v-2h14v2z".to_owned())
        );
    }

    #[test]
    fn bars_that_are_not_parts_of_each_other_all_stand_on_the_ground() {
        let pair = chart(false, &[&[400, 60]]);
        assert_eq!((pair.bars(0), pair.bars(1)), ("M3 400v-400h14v400z".to_owned(), "M3 400v-60h14v60z".to_owned()));
    }

    #[test]
    fn a_chart_of_nothing_draws_nothing() {
        assert!(!chart(true, &[&[0, 0], &[0, 0]]).is_drawn());
        assert!(chart(true, &[&[0, 0], &[0, 1]]).is_drawn());
    }

    #[test]
    fn the_edge_names_every_second_column_and_never_the_last() {
        assert_eq!(chart(true, &[&[1], &[1], &[1]]).edge().collect::<Vec<_>>(), ["d", "", ""]);
        assert_eq!(chart(true, &[&[1], &[1], &[1], &[1]]).edge().collect::<Vec<_>>(), ["d", "", "d", ""]);
        assert_eq!(chart(true, &[&[1]]).edge().collect::<Vec<_>>(), ["d"]);
    }

    #[test]
    fn a_share_is_rounded_to_a_tenth_of_a_hundredth() {
        let row = |calls, failed| FailureRow {
            name: String::new(),
            href: None,
            calls,
            failed: vec![failed],
            refused: 0,
            open: 0,
        };
        for (calls, failed, share) in [(0, 0, "0.0"), (3, 1, "33.3"), (3, 2, "66.7"), (7, 7, "100.0")] {
            assert_eq!(row(calls, failed).share(), format!("{share}\u{202f}%"));
        }
    }
}
