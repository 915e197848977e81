//! What pages cost while many runs are with a slow provider; `bench/inflight` runs it and says what is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use dossier_testkit::{Caller, Demo, Reply};
use tokio::task::JoinSet;

/// How often each page is asked for.
const TIMES: usize = 200;
/// What a median may be beside twice the idle one.
const SLACK: Duration = Duration::from_millis(5);
/// What the slowest hundredth may begin at.
const SLOWEST: Duration = Duration::from_millis(100);
/// How much more memory a run may take, in kilobytes.
const EACH: u64 = 256;
/// The word by which the provider takes its time.
const SLOW: &str = "sim:slow=10s";

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let program = args.next().unwrap();
    let runs = args.next().map_or(500, |runs| runs.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&program, &folder.path().join("data"), &[]);
    let caller = Caller::signed_in(&demo.said.url, demo.user("KYC Operator")).await;
    let forms = forms(&caller, runs).await;
    let pages = ["/requests".to_owned(), forms[0].request.clone(), "/healthz".to_owned()];

    println!("{runs} runs of a provider that takes 10 s; {TIMES} of each page; median, 99th percentile");
    let idle = measure(&caller, &pages).await;
    let before = Memory::of(&demo);
    // What it took to begin does not count.
    std::fs::write(format!("/proc/{}/clear_refs", demo.id()), "5").unwrap();
    let began = Instant::now();
    let mut orders = JoinSet::new();
    for form in forms {
        orders.spawn(form.send(caller.clone()));
    }
    let burst = measured_until(&caller, &pages, async || open(&demo.said.simulator).await >= runs).await;
    let gathered = began.elapsed();
    let most = open(&demo.said.simulator).await;
    let meanwhile = measure(&caller, &pages).await;
    let still = open(&demo.said.simulator).await;
    let ends = orders.join_all().await;
    let good = ended_well(&caller, ends).await;
    let after = Memory::of(&demo);

    let mut kept = true;
    for (page, (idle, meanwhile)) in pages.iter().zip(idle.iter().zip(&meanwhile)) {
        let name = if page.len() > 20 { "a request" } else { page };
        let met = meanwhile.median <= idle.median * 2 + SLACK && meanwhile.slow < SLOWEST;
        kept &= met;
        line(name, "idle", idle, "");
        let ratio = meanwhile.median.as_secs_f64() / idle.median.as_secs_f64();
        line("", "meanwhile", meanwhile, &format!("{ratio:>5.1} × idle   {}", word(met)));
    }
    for (page, burst) in pages.iter().zip(&burst) {
        line(if page.len() > 20 { "a request" } else { page }, "as they are ordered", burst, "");
    }
    let together = most >= runs && still >= runs;
    println!(
        "  open at once by the ledger: {most} after {:.1} s, {still} when the pages were measured   {}",
        gathered.as_secs_f64(),
        word(together)
    );
    let grown = after.peak.saturating_sub(before.now);
    let bounded = grown <= EACH * runs as u64;
    println!(
        "  memory: {} MB idle, {} MB at most, {} MB now; {} kB for a run at most   {}",
        before.now / 1_000,
        after.peak / 1_000,
        after.now / 1_000,
        grown / runs as u64,
        word(bounded)
    );
    println!(
        "  ended well: {good} of {runs}, {:.1} s after the first order   {}",
        began.elapsed().as_secs_f64(),
        word(good == runs)
    );
    if kept && together && bounded && good == runs { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn word(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn line(page: &str, when: &str, took: &Took, ratio: &str) {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!("  {page:<12} {when:<20} {:>7.1} ms {:>7.1} ms   {ratio}", millis(took.median), millis(took.slow));
}

/// A filled form.
struct Form {
    request: String,
    fields: Vec<(&'static str, String)>,
}

/// Makes requests, and opens the form in each.
async fn forms(caller: &Caller, count: usize) -> Vec<Form> {
    let form = caller.clone().get("/requests/new").await;
    let channel = form.every("value=\"([0-9a-f-]{36})\"[^>]*>").remove(0);
    let mut making = JoinSet::new();
    let mut forms = Vec::new();
    for n in 0..count {
        // As many as a busy office.
        if making.len() == 16 {
            forms.push(making.join_next().await.unwrap().unwrap());
        }
        let (mut caller, channel) = (caller.clone(), channel.clone());
        making.spawn(async move {
            let page = caller.get("/requests/new").await;
            let fields = [("_key", hidden(&page, "_key")), ("channel", channel), ("reference", format!("Kwantu {n}"))];
            let made = caller.post("/requests", &borrowed(&fields)).await;
            assert_eq!(made.status, 303, "{}", made.text);
            let page = caller.get(&format!("{}/actions/company_kyc", made.location)).await;
            let mut fields = ["_key", "_seen", "_manifest"].map(|name| (name, hidden(&page, name))).to_vec();
            fields.push(("reference", format!("Kwantu {n} {SLOW}")));
            fields.push(("registrationNumber", "2014/187452/07".to_owned()));
            Form { request: made.location, fields }
        });
    }
    forms.extend(making.join_all().await);
    forms
}

impl Form {
    /// Orders the run; returns its page.
    async fn send(self, mut caller: Caller) -> String {
        let ordered = caller.post(&format!("{}/actions/company_kyc", self.request), &borrowed(&self.fields)).await;
        assert_eq!(ordered.status, 303, "{}", ordered.text);
        ordered.location
    }
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// The value of a hidden field.
fn hidden(page: &Reply, name: &str) -> String {
    page.every(&format!("name=\"{name}\" value=\"([^\"]*)\"")).into_iter().next().unwrap_or_default()
}

/// What one page took.
struct Took {
    median: Duration,
    /// A hundredth took longer.
    slow: Duration,
}

impl Took {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |hundredth: usize| times[(times.len() * hundredth).div_ceil(100).saturating_sub(1)];
        Self { median: at(50), slow: at(99) }
    }
}

/// The time of each page, one after the other and in turns.
async fn measure(caller: &Caller, pages: &[String]) -> Vec<Took> {
    let mut times = vec![Vec::new(); pages.len()];
    for _ in 0..TIMES {
        for (page, times) in pages.iter().zip(&mut times) {
            times.push(timed(caller, page).await);
        }
    }
    times.into_iter().map(Took::of).collect()
}

/// The same for as long as something is not so yet, which is looked at now and then.
async fn measured_until(caller: &Caller, pages: &[String], mut met: impl AsyncFnMut() -> bool) -> Vec<Took> {
    let mut times = vec![Vec::new(); pages.len()];
    let deadline = Instant::now() + Duration::from_secs(12);
    loop {
        for _ in 0..5 {
            for (page, times) in pages.iter().zip(&mut times) {
                times.push(timed(caller, page).await);
            }
        }
        if met().await || Instant::now() > deadline {
            return times.into_iter().map(Took::of).collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn timed(caller: &Caller, page: &str) -> Duration {
    let mut caller = caller.clone();
    let began = Instant::now();
    let reply = caller.get(page).await;
    let took = began.elapsed();
    assert_eq!(reply.status, 200, "{page}");
    took
}

/// What a process takes, in kilobytes.
struct Memory {
    now: u64,
    peak: u64,
}

impl Memory {
    fn of(demo: &Demo) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{}/status", demo.id())).unwrap();
        let kilobytes = |name: &str| {
            let value = status.split(name).nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
            value.parse().unwrap()
        };
        Self { now: kilobytes("VmRSS:"), peak: kilobytes("VmHWM:") }
    }
}

/// How many calls the simulator has that it has not answered yet.
async fn open(simulator: &str) -> usize {
    Caller::new(simulator).get("/_simulator/ledger").await.every("\"outcome\":\"(open)\"").len()
}

/// How many of the runs have succeeded in the end, by their pages.
async fn ended_well(caller: &Caller, runs: Vec<String>) -> usize {
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut good = 0;
    for run in runs {
        loop {
            let page = caller.clone().get(&run).await;
            if page.text.contains("Company KYC succeeded.") {
                good += 1;
                break;
            }
            if Instant::now() > deadline {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    good
}
