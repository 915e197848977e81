//! What the dashboard costs when there is much behind it; `bench/dashboard` runs it and says what is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Visitor};

/// How often each page is asked for.
const TIMES: usize = 21;
/// What a page may take beside four times the floor.
const SLACK: Duration = Duration::from_millis(250);
/// How large a page may be, in bytes.
const LARGEST: usize = 60_000;

#[tokio::main]
async fn main() -> ExitCode {
    let requests: usize =
        std::env::args().skip(1).find(|arg| arg != "--bench").map_or(10_000, |many| many.parse().unwrap());
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Model").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    println!(
        "{requests} requests today, a year of 200 channels; {TIMES} times each; milliseconds, median and slowest; bytes"
    );
    let floor = measure(&mut viewer, "/dashboard").await;
    line("one request", &floor, &floor, "");

    for sql in year(desk.database.file().is_some(), requests) {
        desk.database.alter(&sql).await;
    }
    let channel = firm.channel();
    let mut held = true;
    for (name, path) in [
        ("14 days", "/dashboard".to_owned()),
        ("13 weeks", "/dashboard?period=weeks".to_owned()),
        ("12 months", "/dashboard?period=months".to_owned()),
        ("12 months of one channel", format!("/dashboard?period=months&channel={channel}")),
    ] {
        let seen = measure(&mut viewer, &path).await;
        let holds = seen.median <= floor.median * 4 + SLACK && seen.bytes <= LARGEST;
        line(name, &seen, &floor, if holds { "as promised" } else { "NOT AS PROMISED" });
        held &= holds;
    }
    desk.close().await;
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What fills a year: channels, their figures day by day, and the requests of today.
fn year(sqlite: bool, requests: usize) -> Vec<String> {
    let (id, fresh, start) = if sqlite {
        (
            "randomblob(16)",
            "unhex(substr(hex(r.id), 1, 12) || hex(randomblob(10)))",
            // 2026-11-22T22:00:00Z, midnight in Johannesburg.
            "1795384800000000 - n * 86400000000",
        )
    } else {
        (
            "gen_random_uuid()",
            "overlay(gen_random_uuid()::text PLACING substr(r.id::text, 1, 13) FROM 1)::uuid",
            "timestamptz '2026-11-22T22:00:00Z' - n * interval '1 day'",
        )
    };
    let end = if sqlite { format!("{start} + 86400000000") } else { format!("{start} + interval '1 day'") };
    let numbers = |name: &str, most: usize| {
        format!("WITH RECURSIVE {name} (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM {name} WHERE n < {most})")
    };
    let days = numbers("days", 365);
    let (no, yes) = if sqlite { ("0", "1") } else { ("false", "true") };
    let parts = "(SELECT tenant_id, id FROM channel UNION ALL SELECT tenant_id, tenant_id FROM tenant) parts";
    vec![
        format!(
            "INSERT INTO channel (tenant_id, id, handler, code, code_folded, name, name_folded, config, sealed_secrets, active,
                display_order, version, created_at)
             {} SELECT tenant_id, {id}, handler, 'branch-' || n, 'branch-' || n, 'Branch number ' || n, 'branch number ' || n,
                config, sealed_secrets, {yes}, n, 1, created_at FROM channel CROSS JOIN channels",
            numbers("channels", 199)
        ),
        format!(
            "INSERT INTO daily (tenant_id, starts_at, ends_at, stale, counted_at)
             {days} SELECT tenant_id, {start}, {end}, {no}, {start} FROM tenant CROSS JOIN days"
        ),
        format!(
            "INSERT INTO daily_request (tenant_id, part_id, starts_at, status, verdict, requests)
             {days} SELECT tenant_id, id, {start}, status, verdict, 3 FROM {parts} CROSS JOIN days CROSS JOIN
                (SELECT 'completed' AS status, 'pass' AS verdict UNION ALL SELECT 'failed', 'none') stands"
        ),
        format!(
            "INSERT INTO daily_call (tenant_id, part_id, starts_at, outcome, within_ms, calls)
             {days} SELECT tenant_id, id, {start}, outcome, within_ms, 5 FROM {parts} CROSS JOIN days CROSS JOIN
                (SELECT 'answered' AS outcome, 300 AS within_ms UNION ALL SELECT 'answered', 600 UNION ALL
                 SELECT 'answered', 1500 UNION ALL SELECT 'refused', 200 UNION ALL SELECT 'timeout', 0) ends"
        ),
        format!(
            "INSERT INTO request (id, tenant_id, channel_id, reference, reference_folded, status, verdict, version,
                created_at, created_by, created_by_name, updated_at)
             {} SELECT {fresh}, tenant_id, channel_id, 'Umkhonjane Freight ' || n, 'umkhonjane freight ' || n, 'completed', verdict,
                version, created_at, created_by, created_by_name, updated_at
             FROM request r CROSS JOIN copies WHERE reference = 'Model'",
            numbers("copies", requests)
        ),
    ]
}

/// What a page took, and its size.
struct Seen {
    median: Duration,
    slowest: Duration,
    bytes: usize,
}

async fn measure(viewer: &mut Visitor, path: &str) -> Seen {
    let (mut took, mut bytes) = (Vec::new(), 0);
    for _ in 0..TIMES {
        let began = Instant::now();
        let page = viewer.get(path).await;
        took.push(began.elapsed());
        assert_eq!(page.status, 200, "{path}");
        bytes = page.text.len();
    }
    took.sort_unstable();
    Seen { median: took[TIMES / 2], slowest: took[TIMES - 1], bytes }
}

fn line(name: &str, seen: &Seen, floor: &Seen, word: &str) {
    let milliseconds = |took: &Duration| took.as_secs_f64() * 1_000.0;
    let ratio = seen.median.as_secs_f64() / floor.median.as_secs_f64();
    println!(
        "  {name:<26} {:>9.1} {:>9.1} {ratio:>7.1} × the floor {:>9}   {word}",
        milliseconds(&seen.median),
        milliseconds(&seen.slowest),
        seen.bytes
    );
}
