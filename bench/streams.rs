//! What open streams of news cost; `bench/streams` runs it and says what is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use dossier_app::news::{self, Limits};
use dossier_domain::BuiltInRole;
use dossier_testkit::Desk;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// For how long the processor is watched. Each stream is checked several times meanwhile.
const WATCHED: Duration = Duration::from_secs(20);
/// The share of one processor that all streams may take.
const SHARE: f64 = 0.1;
/// The memory of a stream with its listener, in kilobytes.
const EACH: u64 = 64;
/// How much later the last may hear than the first.
const BEHIND: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let count = args.next().map_or(500, |count| count.parse().unwrap());
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    news::limit(&desk.app, Limits { person: count + 1, process: count + 1 });
    let door = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = door.local_addr().unwrap();
    let options = dossier_web::Options::default();
    tokio::spawn(dossier_web::serve(desk.app.clone(), options, door, std::future::pending()));
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    let cookie: Vec<_> = visitor.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let ask = format!("GET /events HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\n\r\n", cookie.join("; "));
    let open = async || {
        let mut line = TcpStream::connect(address).await.unwrap();
        line.write_all(ask.as_bytes()).await.unwrap();
        until(&mut line, "event: again").await;
        line
    };

    let floor = open().await;
    let idle = share().await;
    let before = memory();
    let mut lines = Vec::new();
    for _ in 0..count {
        lines.push(open().await);
    }
    let each = memory().saturating_sub(before) / count as u64;
    let busy = share().await;

    let mut hearing = JoinSet::new();
    for mut line in lines {
        hearing.spawn(async move {
            until(&mut line, "event: news").await;
            (Instant::now(), line)
        });
    }
    firm.request("Kwantu").await;
    let made = Instant::now();
    let heard = hearing.join_all().await;
    let times = heard.iter().map(|(at, _)| at.saturating_duration_since(made));
    let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
    drop(floor);

    let (light, small, soon) = (busy - idle <= SHARE, each <= EACH, last - first <= BEHIND);
    println!("{count} streams of one tenant");
    println!("  memory of a stream with its listener  {each:>8} kB   {}", word(small));
    let ratio = busy / idle.max(0.000_1);
    println!("  a processor, with one stream          {:>8.2} %", idle * 100.0);
    println!(
        "  a processor, with all                 {:>8.2} %   {ratio:.1} × the floor   {}",
        busy * 100.0,
        word(light)
    );
    println!("  the first has heard after             {:>8} ms", first.as_millis());
    println!("  the last has heard after              {:>8} ms   {}", last.as_millis(), word(soon));
    if light && small && soon { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn word(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

async fn until(line: &mut TcpStream, words: &str) {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(words) {
        assert!(line.read_buf(&mut read).await.unwrap() > 0, "{}", String::from_utf8_lossy(&read));
    }
}

/// The share of one processor that this process takes while nothing is asked of it.
async fn share() -> f64 {
    let (began, before) = (Instant::now(), ticks());
    tokio::time::sleep(WATCHED).await;
    // A tick is a hundredth of a second wherever this runs.
    (ticks() - before) / 100.0 / began.elapsed().as_secs_f64()
}

fn ticks() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

/// What this process takes, in kilobytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kilobytes = status.split("VmRSS:").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    kilobytes.parse().unwrap()
}
