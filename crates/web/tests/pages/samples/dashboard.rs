//! The dashboard.

use super::*;

fn tiles(counts: [u32; 6]) -> Vec<Tile> {
    let looks = [ATTENTION].into_iter().chain(RequestStatus::ALL.iter().map(|&status| status_look(status)));
    let tile = |(n, (look, count)): (usize, (Look, u32))| Tile {
        href: text("/requests?status=draft&x=1"),
        look,
        count,
        alarm: n == 0 && count > 0,
    };
    looks.zip(counts).enumerate().map(tile).collect()
}

/// A figure that leads to a list, as long as such addresses are.
fn figure(value: u64, word: &str) -> Figure {
    let href = format!("/requests?status={word}&since=2026-11-23&until=2026-11-23");
    Figure { value: Some(value), href: (value > 0).then_some(href) }
}

fn bars(n: usize, count: usize, whole: Figure, cells: Vec<Figure>) -> Bars {
    let at = at(i64::try_from(count - 1 - n).unwrap() * 24 * 60);
    Bars { date: date(at, TZ), short: day_and_month(at, TZ), whole, cells }
}

fn series(looks: &[(&'static str, Tone, Fill)]) -> Vec<Series> {
    looks.iter().map(|&(word, tone, fill)| Series { word, tone, fill }).collect()
}

fn statuses(columns: &[[u64; 5]]) -> Chart {
    use Fill::{Hollow, Soft, Solid};
    let looks = [
        ("Completed", Tone::Good, Soft),
        ("Pending", Tone::Warn, Solid),
        ("Failed", Tone::Bad, Soft),
        ("Draft", Tone::Calm, Hollow),
        ("Cancelled", Tone::Calm, Solid),
    ];
    let total: u64 = columns.iter().flatten().sum();
    let column = |(n, column): (usize, &[u64; 5])| {
        let cells = column.iter().map(|count| figure(*count, "completed")).collect();
        bars(n, columns.len(), figure(column.iter().sum(), ""), cells)
    };
    Chart {
        id: "statuses",
        heading: "Requests by when they were created",
        said: if total == 0 {
            text("No request was created in the last 14 days.")
        } else {
            format!(
                "{} were created in the last 14 days. Each is counted as it stands now.",
                plural(usize::try_from(total).unwrap(), "request")
            )
        },
        seen: text("Bars. The most requests were created on 16 Nov 2026: 41. The numbers follow."),
        time: "14 days",
        step: "Day",
        whole: "All",
        series: series(&looks),
        stacked: true,
        unit: Unit::Number,
        columns: columns.iter().enumerate().map(column).collect(),
    }
}

fn verdicts(columns: &[[u64; 3]]) -> Chart {
    let looks =
        [("Pass", Tone::Good, Fill::Soft), ("Review", Tone::Warn, Fill::Solid), ("Fail", Tone::Bad, Fill::Soft)];
    let column = |(n, column): (usize, &[u64; 3])| {
        let whole = Figure { value: Some(column.iter().sum()), href: None };
        bars(n, columns.len(), whole, column.iter().map(|count| figure(*count, "pass")).collect())
    };
    Chart {
        id: "verdicts",
        heading: "Verdicts by when their requests were created",
        said: text("97 of 142 requests have a verdict."),
        seen: text("Bars. The most requests with a verdict were created on 16 Nov 2026: 30. The numbers follow."),
        series: series(&looks),
        columns: columns.iter().enumerate().map(column).collect(),
        ..statuses(&[[0; 5]])
    }
}

/// The times in milliseconds within which 95 of 100 and half of the answers came.
fn times(columns: &[Option<(u64, u64)>]) -> Chart {
    let column = |(n, column): (usize, &Option<(u64, u64)>)| {
        let whole = Figure { value: Some(column.map_or(0, |(slow, _)| slow / 7)), href: None };
        let time = |value: Option<u64>| Figure { value, href: None };
        let cells = vec![time(column.map(|(slow, _)| slow)), time(column.map(|(_, half)| half))];
        bars(n, columns.len(), whole, cells)
    };
    Chart {
        id: "times",
        heading: "How long providers take to answer",
        said: text(
            "1 204 calls were answered in the last 14 days. A time stands for “at most so long”: the true one is up to a third shorter.",
        ),
        seen: text(
            "Bars. 95 of 100 answers came within 8.0 s or sooner; 19 Nov 2026 was the slowest. The numbers follow.",
        ),
        whole: "Answers",
        series: series(&[("95 of 100 within", Tone::Info, Fill::Soft), ("Half within", Tone::Info, Fill::Solid)]),
        stacked: false,
        unit: Unit::Time,
        columns: columns.iter().enumerate().map(column).collect(),
        ..statuses(&[[0; 5]])
    }
}

fn failures(rows: Vec<FailureRow>) -> Failures {
    let looks = [
        ("No answer in time", Tone::Alert, Fill::Solid),
        ("Answered with status 500 or more", Tone::Bad, Fill::Soft),
        ("No connection, or it broke off", Tone::Warn, Fill::Solid),
    ];
    Failures { said: text("89 of 2 715 calls failed in the last 14 days."), series: series(&looks), rows }
}

fn calls(name: &str, calls: u64, failed: [u64; 3]) -> FailureRow {
    let href = Some(text("/dashboard?period=days&channel=0193b0c0-0000-7000-8000-000000000001"));
    FailureRow { name: text(name), href, calls, failed: failed.into(), refused: 12, open: 1 }
}

fn over(counts: [u64; 14]) -> Over {
    let day = |count: u64| [count / 2, count / 4, count / 9, count - count / 2 - count / 4 - count / 9, 0];
    let judged = |count: u64| [count / 3, count / 7, count / 9];
    let time = |count: u64| (count > 0).then_some((count * 200, count * 40));
    let link = |label, href, chosen| PeriodLink { href: text(href), label, chosen };
    Over {
        periods: vec![
            link("14 days", "/dashboard?period=days", true),
            link("13 weeks", "/dashboard?period=weeks", false),
            link("12 months", "/dashboard?period=months", false),
        ],
        period: "days",
        channels: vec![choice("0195", "InTouch main", false), choice("0196", "InTouch branch network", true)],
        others: 0,
        zone: TZ.time_zone.to_string(),
        uncounted: 0,
        charts: vec![statuses(&counts.map(day)), verdicts(&counts.map(judged)), times(&counts.map(time))],
        failures: failures(vec![
            calls("InTouch branch network", 1_385, [12, 31, 15]),
            calls("InTouch main", 1_234, [9, 14, 8]),
            calls("Simulator", 96, [0, 0, 0]),
        ]),
    }
}

fn ailing(name: &str, fares: Fares) -> AilingRow {
    AilingRow {
        href: text("/settings/channels/0195"),
        name: text(name),
        provider: text("InTouch Secure Services"),
        fares,
        failed: Some((clock(at(12), at(0), TZ), text("No answer in time"))),
    }
}

pub(super) fn dashboards() -> Vec<(&'static str, DashboardPage)> {
    let page = |requests| DashboardPage { shell: shell(), requests, ailing: vec![] };
    let some = |counts, days| Requests::Some(Figures { tiles: tiles(counts), over: over(days) });
    let soon = soon(at(-4), at(0), TZ);
    let counts = [12, 63, 148, 1_000, 37, 0];
    let full = some(counts, [31, 28, 33, 7, 4, 29, 36, 41, 30, 27, 9, 0, 34, 12]);
    let troubled = vec![
        AilingRow {
            failed: Some((when(1_500), text("Answered with status 503"))),
            ..ailing("InTouch main", Fares::Failing { failures: 3, most: 5 })
        },
        ailing("InTouch branch network", Fares::Stopped(soon.clone())),
        AilingRow { failed: None, ..ailing("Karoo", Fares::Paused(soon.clone())) },
    ];
    let most = |n: usize| FailureRow {
        failed: vec![71, 31, 90],
        ..calls(&format!("Channel number {n} of the branches"), 48_000, [0; 3])
    };
    let busiest = Over {
        others: 160,
        channels: (0..40)
            .map(|n| {
                choice("0193b0c0-0000-7000-8000-000000000001", &format!("Channel number {n} of the branches"), false)
            })
            .collect(),
        failures: failures((0..11).map(most).collect()),
        ..over([41_000, 999, 1_000, 91, 80, 400, 12_345, 1_000, 112, 650, 1_000, 38_000, 300, 271])
    };
    let busy = Requests::Some(Figures { tiles: tiles([1_000; 6]), over: busiest });
    let one = Over {
        channels: vec![],
        uncounted: 12,
        failures: failures(vec![calls("InTouch main", 4, [0; 3])]),
        ..over([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
    };
    let one = Requests::Some(Figures { tiles: tiles([0, 3, 2, 2, 0, 0]), over: one });
    let hostile_over = Over {
        zone: text(HOSTILE),
        channels: vec![choice(HOSTILE, HOSTILE, true)],
        failures: failures(vec![calls(HOSTILE, 3, [1, 0, 2]), calls(&longest()[0], 3, [1, 0, 2])]),
        ..over([1; 14])
    };
    let hostile = Requests::Some(Figures { tiles: tiles(counts), over: hostile_over });
    let quiet = Over {
        charts: vec![statuses(&[[0; 5]; 14]), times(&[None; 14])],
        failures: Failures { said: text("No call was made in the last 14 days."), ..failures(vec![]) },
        ..over([0; 14])
    };
    let quiet = Requests::Some(Figures { tiles: tiles([0, 0, 0, 37, 2, 0]), over: quiet });
    let hostile_row =
        AilingRow { provider: text(HOSTILE), failed: Some((when(3), text(HOSTILE))), ..ailing(HOSTILE, Fares::Trying) };
    let long = longest()[0].clone();
    let longest = AilingRow { provider: long.clone(), ..ailing(&long, Fares::Stopped(soon)) };
    let ask = || People { names: vec![text("Riaan Coetzee"), text("Ayesha Patel")] };
    vec![
        ("dashboard", DashboardPage { ailing: troubled, ..page(full) }),
        ("dashboard-calm", page(some([0, 1, 0, 2, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]))),
        ("dashboard-quiet", page(quiet)),
        ("dashboard-one-day", page(one)),
        ("dashboard-most", page(busy)),
        (
            "dashboard-hostile",
            DashboardPage { shell: hostile_shell(), ailing: vec![hostile_row, longest], ..page(hostile) },
        ),
        ("dashboard-empty", page(Requests::None(Start::Request))),
        ("dashboard-set-up", page(Requests::None(Start::Channel(SetUp::Here(text("/settings/channels")))))),
        ("dashboard-ask", page(Requests::None(Start::Channel(SetUp::Ask(ask()))))),
        ("dashboard-may-not", page(Requests::None(Start::Refused(ask())))),
    ]
}
