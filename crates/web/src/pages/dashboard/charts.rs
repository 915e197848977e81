//! The charts of the dashboard, from its figures.

use std::time::Duration;

use dossier_app::dashboard::{Calls, ChannelCalls, Column, Figures, Period, UsedChannel};
use dossier_app::days::midnight;
use dossier_domain::{CallOutcome, ChannelId, Local, RequestStatus, Verdict};

use super::HERE;
use crate::pages::address;
use crate::view::{
    self, Bars, Chart, Choice, FailureRow, Failures, Figure, Fill, Over, PeriodLink, Series, Tone, Unit, plural,
    status_look, verdict_tone, verdict_word,
};

/// So many channels stand beside each other; those beyond are one row.
const BESIDE: usize = 10;

/// So many channels can be chosen, in the tenant's own order; the page of each leads to its charts too.
const OFFERED: usize = 40;

/// What is known of a period: its word in addresses, its words on pages, what its columns are.
const PERIODS: [(Period, &str, &str, &str); 3] = [
    (Period::Days, "days", "14 days", "Day"),
    (Period::Weeks, "weeks", "13 weeks", "Seven days"),
    (Period::Months, "months", "12 months", "Month"),
];

/// The period of an address.
pub(super) fn period(word: Option<&str>) -> Period {
    PERIODS.iter().find(|(_, known, ..)| word == Some(*known)).map(|(period, ..)| *period).unwrap_or_default()
}

/// What all charts of a page have in common.
struct Sheet<'a> {
    figures: &'a Figures,
    period: Period,
    local: &'a Local,
    channel: String,
    /// `14 days`
    time: &'static str,
    /// `Day`
    step: &'static str,
}

pub(super) fn over(figures: &Figures, period: Period, used: &[UsedChannel], local: &Local) -> Over {
    let (_, word, time, step) = PERIODS[period as usize];
    let channel = figures.channel.map(|id| id.to_string()).unwrap_or_default();
    let link = |(of, word, label, _): &(Period, &'static str, &'static str, _)| PeriodLink {
        href: address(HERE, [("period", *word), ("channel", &channel)]),
        label,
        chosen: *of == period,
    };
    let choice = |one: &UsedChannel| Choice {
        value: one.id.to_string(),
        label: named(one),
        selected: figures.channel == Some(one.id),
    };
    let chosen = used.iter().skip(OFFERED).filter(|one| figures.channel == Some(one.id));
    let offered = used.iter().take(OFFERED).chain(chosen);
    let sheet = Sheet { figures, period, local, channel: channel.clone(), time, step };
    Over {
        periods: PERIODS.iter().map(link).collect(),
        period: word,
        channels: if used.len() > 1 { offered.map(choice).collect() } else { Vec::new() },
        others: used.len().saturating_sub(OFFERED),
        zone: local.time_zone.to_string(),
        uncounted: figures.uncounted,
        charts: vec![sheet.statuses(), sheet.verdicts(), sheet.times()],
        failures: sheet.failures(word, used),
    }
}

fn named(channel: &UsedChannel) -> String {
    if channel.deleted { format!("{} (deleted)", channel.name) } else { channel.name.clone() }
}

/// One after the other, so that neighbours differ without hue.
const FILLS: [Fill; 3] = [Fill::Soft, Fill::Solid, Fill::Hollow];

fn series<const N: usize>(looks: [(&'static str, Tone, Fill); N]) -> Vec<Series> {
    looks.map(|(word, tone, fill)| Series { word, tone, fill }).into()
}

impl Sheet<'_> {
    /// The list of a column's requests, narrowed by `more`.
    fn list(&self, column: &Column, more: (&str, &str)) -> String {
        let (since, until) = (column.first.to_string(), column.last.to_string());
        address("/requests", [more, ("channel", &self.channel), ("since", &since), ("until", &until)])
    }

    /// A count of requests that leads to its list.
    fn counted(&self, column: &Column, count: u64, more: (&str, &str)) -> Figure {
        Figure { value: Some(count), href: (count > 0).then(|| self.list(column, more)) }
    }

    fn bars(&self, column: &Column, whole: Figure, cells: Vec<Figure>) -> Bars {
        let short = view::day_and_month(column.start, self.local);
        let last = midnight(column.last, self.local).unwrap_or(column.start);
        let (date, short) = match self.period {
            Period::Days => (view::date(column.start, self.local), short),
            Period::Weeks => (format!("{short} to {}", view::date(last, self.local)), short),
            Period::Months => view::month(column.start, self.local),
        };
        Bars { date, short, whole, cells }
    }

    fn statuses(&self) -> Chart {
        use RequestStatus::{Cancelled, Completed, Draft, Failed, Pending};
        let order = [Completed, Pending, Failed, Draft, Cancelled];
        let fills = [Fill::Soft, Fill::Solid, Fill::Soft, Fill::Hollow, Fill::Solid];
        let looks = order.map(status_look);
        let column = |column: &Column| {
            let cell =
                |status: RequestStatus| self.counted(column, column.standing(status), ("status", status.as_str()));
            self.bars(column, self.counted(column, created(column), ("", "")), order.map(cell).into())
        };
        let columns: Vec<_> = self.figures.columns.iter().map(column).collect();
        let total: u64 = self.figures.columns.iter().map(created).sum();
        let said = match total {
            0 => format!("No request was created in the last {}.", self.time),
            1 => format!(
                "1 request was created in the last {}. It is counted as it stands now, or stood some minutes ago.",
                self.time
            ),
            _ => format!(
                "{} were created in the last {}. Each is counted as it stands now, or stood some minutes ago.",
                plural_of(total, "request"),
                self.time
            ),
        };
        Chart {
            id: "statuses",
            heading: "Requests by when they were created",
            said,
            seen: most(&columns, "requests were created"),
            time: self.time,
            step: self.step,
            whole: "All",
            series: looks
                .iter()
                .zip(fills)
                .map(|(look, fill)| Series { word: look.word, tone: look.tone, fill })
                .collect(),
            stacked: true,
            unit: Unit::Number,
            columns,
        }
    }

    fn verdicts(&self) -> Chart {
        let order = [Verdict::Pass, Verdict::Review, Verdict::Fail];
        let judged = |column: &Column| -> u64 { order.iter().map(|&verdict| column.judged(verdict)).sum() };
        let column = |column: &Column| {
            let cell = |verdict: Verdict| self.counted(column, column.judged(verdict), ("verdict", verdict.as_str()));
            let whole = Figure { value: Some(judged(column)), href: None };
            self.bars(column, whole, order.map(cell).into())
        };
        let columns: Vec<_> = self.figures.columns.iter().map(column).collect();
        let total: u64 = self.figures.columns.iter().map(judged).sum();
        let all: u64 = self.figures.columns.iter().map(created).sum();
        let said = match (total, all) {
            (0, _) => format!("No request that was created in the last {} has a verdict.", self.time),
            _ => format!("{} of {} have a verdict.", view::count(total), plural_of(all, "request")),
        };
        let looks =
            [0, 1, 2].map(|n| (verdict_word(order[n]).unwrap_or_default(), verdict_tone(order[n]), FILLS[n % 2]));
        Chart {
            id: "verdicts",
            heading: "Verdicts by when their requests were created",
            said,
            seen: most(&columns, "requests with a verdict were created"),
            time: self.time,
            step: self.step,
            whole: "All",
            series: series(looks),
            stacked: true,
            unit: Unit::Number,
            columns,
        }
    }

    fn times(&self) -> Chart {
        let time = |calls: &Calls, percent| Figure {
            value: calls.within(percent).map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            href: None,
        };
        let answered = |calls: &Calls| calls.of(CallOutcome::Answered) + calls.of(CallOutcome::Refused);
        let column = |column: &Column| {
            let whole = Figure { value: Some(answered(&column.calls)), href: None };
            self.bars(column, whole, vec![time(&column.calls, 95), time(&column.calls, 50)])
        };
        let total: u64 = self.figures.columns.iter().map(|column| answered(&column.calls)).sum();
        let said = match total {
            0 => format!("No call was answered in the last {}.", self.time),
            _ => format!(
                "{} answered in the last {}. A time stands for “at most so long”: the true one is up to a third shorter, and below 10 ms it may be any.",
                if total == 1 { "1 call was".to_owned() } else { format!("{} were", plural_of(total, "call")) },
                self.time
            ),
        };
        let columns: Vec<_> = self.figures.columns.iter().map(column).collect();
        let slowest =
            columns.iter().filter_map(|bars| Some((bars.cells[0].value?, &bars.date))).max_by_key(|one| one.0);
        let seen = slowest.map_or_else(String::new, |(slow, date)| {
            let slow = view::took(Duration::from_millis(slow));
            format!("Bars. 95 of 100 answers came within {slow} or sooner; {date} was the slowest. The numbers follow.")
        });
        Chart {
            id: "times",
            heading: "How long providers take to answer",
            said,
            seen,
            time: self.time,
            step: self.step,
            whole: "Answers",
            series: series([("95 of 100 within", Tone::Info, Fill::Soft), ("Half within", Tone::Info, Fill::Solid)]),
            stacked: false,
            unit: Unit::Time,
            columns,
        }
    }

    fn failures(&self, period: &str, used: &[UsedChannel]) -> Failures {
        let kinds = [CallOutcome::Timeout, CallOutcome::Faulty, CallOutcome::Broken];
        let row = |name: String, href: Option<String>, all: &[ChannelCalls]| {
            let sum = |of: &dyn Fn(&Calls) -> u64| all.iter().map(|one| of(&one.calls)).sum();
            FailureRow {
                name,
                href,
                calls: sum(&Calls::total),
                failed: kinds.iter().map(|&kind| sum(&|calls| calls.of(kind))).collect(),
                refused: sum(&|calls| calls.of(CallOutcome::Refused)),
                open: sum(&|calls| calls.of(CallOutcome::Open)),
            }
        };
        let name =
            |id: ChannelId| used.iter().find(|one| one.id == id).map_or_else(|| "Deleted channel".to_owned(), named);
        let all = &self.figures.by_channel[..];
        let (first, rest) = all.split_at(all.len().min(BESIDE));
        let single = |one: &ChannelCalls| {
            let id = one.channel.to_string();
            let known = self.figures.channel.is_none() && used.iter().any(|used| used.id == one.channel);
            let href = known.then(|| address(HERE, [("period", period), ("channel", &id)]));
            row(name(one.channel), href, std::slice::from_ref(one))
        };
        let mut rows: Vec<_> = first.iter().filter(|one| one.calls.total() > 0).map(single).collect();
        if !rest.is_empty() {
            rows.push(row(plural(rest.len(), "other channel"), None, rest));
        }
        let (calls, failed): (u64, u64) =
            all.iter().fold((0, 0), |(calls, failed), one| (calls + one.calls.total(), failed + one.calls.failed()));
        let said = match (calls, failed) {
            (0, _) => format!("No call was made in the last {}.", self.time),
            (_, 0) => format!("None of {} failed in the last {}.", plural_of(calls, "call"), self.time),
            _ => format!("{} of {} failed in the last {}.", view::count(failed), plural_of(calls, "call"), self.time),
        };
        let looks = [
            ("No answer in time", Tone::Alert, Fill::Solid),
            ("Answered with status 500 or more", Tone::Bad, Fill::Soft),
            ("No connection, or it broke off", Tone::Warn, Fill::Solid),
        ];
        Failures { said, series: series(looks), rows }
    }
}

fn plural_of(number: u64, word: &str) -> String {
    plural(usize::try_from(number).unwrap_or(usize::MAX), word)
}

/// A stack of bars in words.
fn most(columns: &[Bars], what: &str) -> String {
    let whole = |bars: &Bars| bars.whole.value.unwrap_or_default();
    let Some(most) = columns.iter().max_by_key(|bars| whole(bars)) else { return String::new() };
    format!("Bars. The most {what} on {}: {}. The numbers follow.", most.date, view::count(whole(most)))
}

/// How many requests were created in a column.
fn created(column: &Column) -> u64 {
    RequestStatus::ALL.iter().map(|&status| column.standing(status)).sum()
}
