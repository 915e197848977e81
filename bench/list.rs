//! What the list costs when there is much in it; `bench/list` runs it and says what is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Visitor};

/// How often each page is asked for.
const TIMES: usize = 21;
/// What a page may take beside twice what it is compared with.
const SLACK: Duration = Duration::from_millis(5);
/// What the floor has.
const FEW: usize = 25;

#[tokio::main]
async fn main() -> ExitCode {
    let requests: usize =
        std::env::args().skip(1).find(|arg| arg != "--bench").map_or(100_000, |many| many.parse().unwrap());
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let oldest = firm.request("The oldest of all").await;
    for number in 1..FEW {
        firm.request(&format!("Model {number}")).await;
    }
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    println!("{requests} requests; {TIMES} times each; milliseconds, median and slowest");
    let floor = measure(&mut viewer, "/requests").await;
    line(&format!("first page of {FEW}"), &floor, &floor, "");

    desk.database.alter(&copies(desk.database.file().is_some(), requests - FEW)).await;
    let first = measure(&mut viewer, "/requests").await;
    let last = measure(&mut viewer, &format!("/requests?from=newer-{oldest}")).await;
    let met = |held: bool| if held { "as promised" } else { "NOT AS PROMISED" };
    let holds = [first.0 <= floor.0 * 2 + SLACK, last.0 <= first.0 * 2 + SLACK];
    line("first page", &first, &floor, met(holds[0]));
    line("last page", &last, &floor, met(holds[1]));
    let channel = format!("/requests?channel={}", firm.channel());
    let narrowed = [
        ("one channel", channel.as_str()),
        ("pending", "/requests?status=pending"),
        ("needs attention", "/requests?attention=yes"),
        ("last month", "/requests?since=2026-01-01&until=2026-01-31"),
        ("search, all match", "/requests?q=freight"),
        ("search, one matches", "/requests?q=oldest+of"),
        ("search, none matches", "/requests?q=nobody+at+all"),
    ];
    for (name, path) in narrowed {
        line(name, &measure(&mut viewer, path).await, &floor, "");
    }
    let began = Instant::now();
    let export = viewer.get("/requests.csv").await;
    let rows = export.text.lines().count() - 1;
    println!("  {:<24} {:>9.1} for {rows} rows", "exported", began.elapsed().as_secs_f64() * 1_000.0);
    desk.close().await;
    if holds == [true, true] && rows == requests { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// As many copies more of the models, with ids below theirs and above that of the oldest.
fn copies(sqlite: bool, count: usize) -> String {
    let id = if sqlite {
        "unhex(substr(hex(r.id), 1, 12) || hex(randomblob(10)))"
    } else {
        "overlay(gen_random_uuid()::text PLACING substr(r.id::text, 1, 13) FROM 1)::uuid"
    };
    format!(
        "INSERT INTO request (id, tenant_id, channel_id, reference, reference_folded, status, verdict, version,
            created_at, created_by, created_by_name, updated_at)
         WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {count})
         SELECT {id}, tenant_id, channel_id, 'Umkhonjane Freight ' || n, 'umkhonjane freight ' || n, 'completed', verdict,
            version, created_at, created_by, created_by_name, updated_at
         FROM request r CROSS JOIN copies WHERE reference = 'Model 1'"
    )
}

/// Median and slowest.
async fn measure(viewer: &mut Visitor, path: &str) -> (Duration, Duration) {
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let page = viewer.get(path).await;
        took.push(began.elapsed());
        assert_eq!(page.status, 200, "{path}");
    }
    took.sort_unstable();
    (took[TIMES / 2], took[TIMES - 1])
}

fn line(name: &str, (median, slowest): &(Duration, Duration), floor: &(Duration, Duration), word: &str) {
    let milliseconds = |took: &Duration| took.as_secs_f64() * 1_000.0;
    let ratio = median.as_secs_f64() / floor.0.as_secs_f64();
    println!(
        "  {name:<24} {:>9.1} {:>9.1} {ratio:>7.1} × the floor   {word}",
        milliseconds(median),
        milliseconds(slowest)
    );
}
