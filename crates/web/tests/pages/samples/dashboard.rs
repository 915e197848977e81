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

fn created(counts: [u32; 14]) -> Created {
    let day = |(n, count): (usize, u32)| {
        let at = at((13 - i64::try_from(n).unwrap()) * 24 * 60);
        let href = text("/requests?since=2026-11-23&until=2026-11-23");
        Day { href, date: date(at, TZ), short: day_and_month(at, TZ), count }
    };
    Created { zone: TZ.time_zone.to_string(), days: counts.into_iter().enumerate().map(day).collect() }
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
    let some = |counts, days| Requests::Some(Figures { tiles: tiles(counts), created: created(days) });
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
    let busy = some([1_000; 6], [1_000, 999, 1_000, 1, 0, 400, 1_000, 1_000, 12, 650, 1_000, 1_000, 3, 1]);
    let hostile_days = Created { zone: text(HOSTILE), ..created([1; 14]) };
    let hostile = Requests::Some(Figures { tiles: tiles(counts), created: hostile_days });
    let hostile_row =
        AilingRow { provider: text(HOSTILE), failed: Some((when(3), text(HOSTILE))), ..ailing(HOSTILE, Fares::Trying) };
    let long = longest()[0].clone();
    let longest = AilingRow { provider: long.clone(), ..ailing(&long, Fares::Stopped(soon)) };
    let ask = || People { names: vec![text("Riaan Coetzee"), text("Ayesha Patel")] };
    vec![
        ("dashboard", DashboardPage { ailing: troubled, ..page(full) }),
        ("dashboard-calm", page(some([0, 1, 0, 2, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]))),
        ("dashboard-quiet", page(some([0, 0, 0, 37, 2, 0], [0; 14]))),
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
