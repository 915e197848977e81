//! What the page of a request costs beside a result of many megabytes, and its log with many calls; `bench/result` runs it
//! and says what is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use dossier_domain::{BuiltInRole, RequestId};
use dossier_testkit::{Desk, Visitor, Whale};
use serde_json::json;

/// How often each page is asked for.
const TIMES: usize = 11;
/// What a page may take beside twice what it is compared with.
const SLACK: Duration = Duration::from_millis(5);
/// How many calls the long log has.
const CALLS: usize = 10_000;

#[tokio::main]
async fn main() -> ExitCode {
    let entries: usize =
        std::env::args().skip(1).find(|arg| arg != "--bench").map_or(22_000, |many| many.parse().unwrap());
    println!("{TIMES} times each; milliseconds, median and slowest");
    let whale = Whale::open(60, 10).await;
    let few = desk(&whale).await;
    let mut small = Searched::at(&few, &whale, 0).await;
    let (floor, log_floor) = (small.measure("").await, small.measure("/logs").await);
    println!("a result of {} bytes: the floor", whale.answer.len());
    line("request", &floor, &floor, "");
    line("its log", &log_floor, &log_floor, "");

    let whale = Whale::open(400, entries).await;
    let many = desk(&whale).await;
    let mut large = Searched::at(&many, &whale, CALLS).await;
    println!("a result of {} bytes, and a log of {CALLS} calls", whale.answer.len());
    let met = |held: bool| if held { "as promised" } else { "NOT AS PROMISED" };
    let (page, log) = (large.measure("").await, large.measure("/logs").await);
    let holds = [page.0 <= floor.0 * 2 + SLACK, log.0 <= log_floor.0 * 2 + SLACK];
    line("request", &page, &floor, met(holds[0]));
    line("its log", &log, &log_floor, met(holds[1]));
    let result = format!("/results/{}", large.result);
    for (name, path) in [
        ("log, one had no answer", "/logs?end=timeout"),
        ("log, another action", "/logs?action=none"),
        ("runs", "/runs"),
        ("rows of its table", &format!("{result}/tables/1")),
        ("answer, browsed", &format!("{result}/json")),
        ("answer, taken", &format!("{result}/raw")),
    ] {
        line(name, &large.measure(path).await, &floor, "");
    }
    if holds == [true, true] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn desk(whale: &Whale) -> Desk {
    Desk::builder().with_provider(Whale::MANIFEST, whale.host).open().await
}

/// A request in which was searched, and who reads it.
struct Searched {
    viewer: Visitor,
    request: RequestId,
    result: String,
}

impl Searched {
    /// One whose log has so many calls more.
    async fn at(desk: &Desk, whale: &Whale, calls: usize) -> Self {
        let mut firm = desk.firm("Aloe Bank").await;
        firm.take_up("whale", "kyc-whale", whale.config()).await;
        let request = firm.request("Searched").await;
        firm.run(request, "search", json!({})).await;
        firm.log(request, calls).await;
        let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
        let page = viewer.get(&format!("/requests/{request}")).await;
        let (_, after) = page.text.split_once("/results/").unwrap();
        Self { viewer, request, result: after[..36].to_owned() }
    }

    /// Median and slowest.
    async fn measure(&mut self, path: &str) -> (Duration, Duration) {
        let path = format!("/requests/{}{path}", self.request);
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            let page = self.viewer.get(&path).await;
            took.push(began.elapsed());
            assert_eq!(page.status, 200, "{path}");
        }
        took.sort_unstable();
        (took[TIMES / 2], took[TIMES - 1])
    }
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
