//! Figures over time. Days that are over were counted in the background ([`crate::daily`]); today, and yesterday until it
//! is counted, are counted from their rows.

use std::collections::BTreeMap;
use std::time::Duration;

use dossier_domain::{CallOutcome, ChannelId, RequestStatus, Timestamp, Verdict};
use dossier_storage::{ReadTx, daily};
use jiff::civil::Date;

use crate::days::{self, Day};
use crate::error::Result;
use crate::grant::{Grant, Read};

/// Which time the figures are about, up to today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// Fourteen days, a column for each.
    #[default]
    Days,
    /// Thirteen times seven days, a column for each seven.
    Weeks,
    /// Twelve months of the calendar, this one the last.
    Months,
}

/// What was counted in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The channel that they are about; none for all together.
    pub channel: Option<ChannelId>,
    /// The columns, the oldest first.
    pub columns: Vec<Column>,
    /// The calls of each channel in all columns together, the most failures first. One only, where they are about one.
    pub by_channel: Vec<ChannelCalls>,
    /// How many days are yet to be counted and stand with no figures.
    pub uncounted: usize,
}

/// A day, or some that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its first day.
    pub first: Date,
    /// Its last day, at most today.
    pub last: Date,
    /// The first instant of it.
    pub start: Timestamp,
    /// How many requests were created in it and are not deleted, by how they stand now.
    pub requests: BTreeMap<(RequestStatus, Verdict), u64>,
    /// The calls that began in it.
    pub calls: Calls,
}

/// Calls by what became of them, and how long those took that were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    outcomes: BTreeMap<CallOutcome, u64>,
    within: BTreeMap<i64, u64>,
}

/// The calls on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelCalls {
    /// The channel.
    pub channel: ChannelId,
    /// Its calls.
    pub calls: Calls,
}

impl Column {
    fn of(days: &[Day]) -> Option<Self> {
        let (first, last) = (days.first()?, days.last()?);
        let (start, requests, calls) = (first.span.start, BTreeMap::new(), Calls::default());
        Some(Self { first: first.date, last: last.date, start, requests, calls })
    }

    /// How many of its requests stand so.
    pub fn standing(&self, status: RequestStatus) -> u64 {
        self.requests.iter().filter(|((is, _), _)| *is == status).map(|(_, count)| count).sum()
    }

    /// How many of its requests have this verdict.
    pub fn judged(&self, verdict: Verdict) -> u64 {
        self.requests.iter().filter(|((_, is), _)| *is == verdict).map(|(_, count)| count).sum()
    }
}

impl Calls {
    /// Calls that took so many milliseconds at most, 0 where that is not known.
    pub fn add(&mut self, outcome: CallOutcome, within_ms: i64, count: u64) {
        *self.outcomes.entry(outcome).or_default() += count;
        if within_ms > 0 {
            *self.within.entry(within_ms).or_default() += count;
        }
    }

    /// How many ended so.
    pub fn of(&self, outcome: CallOutcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// How many of them the provider failed.
    pub fn failed(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_failure()).map(|(_, count)| count).sum()
    }

    /// Within which time `percent` of a hundred answers came; none without an answer. It is the step of a ladder: the true
    /// time lies above the step before, which is at least two thirds of it.
    pub fn within(&self, percent: u64) -> Option<Duration> {
        let wanted = (self.within.values().sum::<u64>() * percent).div_ceil(100);
        let mut seen = 0;
        let step = self.within.iter().find(|(_, count)| {
            seen += **count;
            seen >= wanted
        });
        step.map(|(step, _)| Duration::from_millis(u64::try_from(*step).unwrap_or_default()))
    }
}

/// The days of a period, in columns.
fn columns(period: Period, now: Timestamp, grant: &Grant<Read>) -> Vec<Vec<Day>> {
    let days = |count| days::last(count, now, &grant.local);
    match period {
        Period::Days => days(14).into_iter().map(|day| vec![day]).collect(),
        Period::Weeks => days(13 * 7).chunks(7).map(<[Day]>::to_vec).collect(),
        Period::Months => {
            let year = days(366);
            let month = |day: &Day| (day.date.year(), day.date.month());
            let mut months: Vec<_> =
                year.chunk_by(|one, next| month(one) == month(next)).map(<[Day]>::to_vec).collect();
            months.split_off(months.len().saturating_sub(12))
        }
    }
}

pub(super) async fn read(
    tx: &mut ReadTx,
    grant: &Grant<Read>,
    period: Period,
    channel: Option<ChannelId>,
) -> Result<Figures> {
    let columns = columns(period, grant.now, grant);
    let days: Vec<Day> = columns.concat();
    let mut figures = Figures {
        channel,
        columns: columns.iter().filter_map(|days| Column::of(days)).collect(),
        ..Figures::default()
    };
    let (Some(first), [.., yesterday, today]) = (days.first(), &days[..]) else { return Ok(figures) };
    let place: BTreeMap<Timestamp, usize> =
        columns.iter().enumerate().flat_map(|(n, days)| days.iter().map(move |day| (day.span.start, n))).collect();
    let known = daily::known(tx, first.span.start).await?;
    let is = |day: &Day, fresh: bool| {
        known.iter().any(|known| known.day == day.span && known.counted_at.is_some() && !(fresh && known.stale))
    };
    let live = if is(yesterday, true) { &days[days.len() - 1..] } else { &days[days.len() - 2..] };
    let stored = first.span.start..live.first().unwrap_or(today).span.start;
    let began = crate::daily::began(tx).await?;
    let over = days.iter().filter(|day| day.span.start < stored.end && began.is_some_and(|at| at < day.span.end));
    figures.uncounted = over.filter(|day| !is(day, false)).count();

    let mut by_channel: BTreeMap<ChannelId, Calls> = BTreeMap::new();
    // A day that was counted where the tenant is no longer has no place.
    for (start, status, verdict, count) in daily::requests(tx, channel, &stored).await? {
        if let Some(column) = place.get(&start).and_then(|n| figures.columns.get_mut(*n)) {
            *column.requests.entry((status, verdict)).or_default() += number(count);
        }
    }
    for (start, outcome, within_ms, count) in daily::calls(tx, channel, &stored).await? {
        if let Some(column) = place.get(&start).and_then(|n| figures.columns.get_mut(*n)) {
            column.calls.add(outcome, within_ms, number(count));
        }
    }
    if channel.is_none() {
        for (channel, outcome, count) in daily::by_channel(tx, &stored).await? {
            by_channel.entry(channel).or_default().add(outcome, 0, number(count));
        }
    }
    for day in live {
        let (requests, calls) = daily::count(tx, &day.span).await?;
        let Some(column) = place.get(&day.span.start).and_then(|n| figures.columns.get_mut(*n)) else { continue };
        let ours = |of: ChannelId| channel.is_none_or(|channel| channel == of);
        for part in requests.into_iter().filter(|part| ours(part.channel)) {
            *column.requests.entry((part.status, part.verdict)).or_default() += number(part.count);
        }
        for part in calls.into_iter().filter(|part| ours(part.channel)) {
            column.calls.add(part.outcome, part.within_ms, number(part.count));
            if channel.is_none() {
                by_channel.entry(part.channel).or_default().add(part.outcome, 0, number(part.count));
            }
        }
    }
    if let Some(channel) = channel {
        let mut calls = Calls::default();
        for column in &figures.columns {
            for (outcome, count) in &column.calls.outcomes {
                calls.add(*outcome, 0, *count);
            }
        }
        by_channel.insert(channel, calls);
    }
    figures.by_channel = by_channel.into_iter().map(|(channel, calls)| ChannelCalls { channel, calls }).collect();
    figures.by_channel.sort_by_key(|one| std::cmp::Reverse((one.calls.failed(), one.calls.total())));
    Ok(figures)
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
