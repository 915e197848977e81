//! Steps at random through the whole application: people order, stop and settle, providers misbehave and call back,
//! processes start and die, the clock goes on. Whatever comes, the rows stay honest.
//!
//! `DOSSIER_TEST_SEEDS=100` says how many seeds; a failure names its seed and its steps, which do the same again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dossier_app::AppError;
use dossier_app::callbacks::{self, Incoming};
use dossier_app::runs::{self, Settlement, Worker};
use dossier_connector::is_sign_in;
use dossier_domain::status::Mover;
use dossier_domain::{BuiltInRole, Entropy, RequestId, RequestStatus, RunId, RunState};
use dossier_simulator::Outcome;
use dossier_storage::{Guard, channels, exchanges, requests, runs as rows, testing};
use dossier_testkit::{Desk, DeskBuilder, Firm};
use http::HeaderName;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::follow::basic;
use crate::kestrel::{self, Kestrel};

const STEPS: usize = 60;
/// Longer than a worker may be silent.
const SILENCE: Duration = Duration::from_secs(31);

fn seeds() -> u64 {
    std::env::var("DOSSIER_TEST_SEEDS").ok().map_or(2, |count| count.parse().unwrap())
}

/// A process with a worker, in a runtime of its own that can die at any instant.
struct Process(Runtime);

impl Process {
    /// Starts a process without these rules.
    fn start(desk: &Desk, without: &[Guard]) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let open = || runtime.block_on(desk.careless_process(without));
        let app = std::thread::scope(|scope| scope.spawn(open).join()).unwrap();
        runtime.spawn(async move {
            let _working = Worker::start(&app);
            std::future::pending::<()>().await;
        });
        Self(runtime)
    }

    /// Ends it where it stands.
    fn die(self) {
        self.0.shutdown_background();
    }
}

/// One step.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write,
    Read,
    Workflow,
    Check,
    Start,
    Die,
    Misbehave(&'static str),
    Callback { forged: bool, twice: bool, state: &'static str },
    Ask,
    Cancel,
    Settle(&'static str),
    Clock(u64),
    Pause,
}

struct Dice(Entropy);

impl Dice {
    fn below(&self, end: usize) -> usize {
        usize::try_from(u64::from_be_bytes(self.0.bytes()) % end as u64).unwrap()
    }

    fn of<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn step(&self) -> Step {
        match self.below(26) {
            0..=2 => Step::Write,
            3 => Step::Read,
            4..=5 => Step::Workflow,
            6..=8 => Step::Check,
            9..=10 => Step::Start,
            11..=12 => Step::Die,
            13..=14 => {
                Step::Misbehave(self.of(&["hang-up", "500", "slow=300ms", "truncated", "429", "401", "malformed"]))
            }
            15..=18 => Step::Callback {
                forged: self.below(4) == 0,
                twice: self.below(3) == 0,
                state: self.of(&["working", "done", "broken"]),
            },
            19 => Step::Ask,
            20 => Step::Cancel,
            21 => Step::Settle(self.of(&["succeeded", "failed"])),
            22..=23 => Step::Clock(self.of(&[1, 10, 40, 400])),
            _ => Step::Pause,
        }
    }
}

/// Everything that happens, and what was seen of it before.
struct Play<'a> {
    desk: &'a Desk,
    kestrel: &'a Kestrel,
    /// At the built-in provider, and at Kestrel.
    firms: [&'a Firm<'a>; 2],
    processes: Vec<Process>,
    /// The rules that its processes do without.
    without: &'a [Guard],
    requests: Vec<(usize, RequestId)>,
    runs: Vec<(usize, RequestId, RunId)>,
    seen: BTreeMap<RunId, (RunState, Option<String>)>,
    statuses: BTreeMap<RequestId, RequestStatus>,
    ordered: usize,
    told: usize,
}

impl Play<'_> {
    async fn order(&mut self, firm: usize, action: &str, params: serde_json::Value, dice: &Dice) {
        let own: Vec<_> = self.requests.iter().filter(|(whose, _)| *whose == firm).map(|(_, id)| *id).collect();
        let request = if own.is_empty() || dice.below(2) == 0 {
            let request = self.firms[firm].request(&format!("Kwantu {}", self.ordered)).await;
            self.requests.push((firm, request));
            request
        } else {
            dice.of(&own)
        };
        match self.firms[firm].start(request, action, params).await {
            Ok(run) => self.runs.push((firm, request, run)),
            // Already running, ended, or unconfirmed: said, and nothing happens.
            Err(AppError::Conflict(_) | AppError::Invalid(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn take(&mut self, step: Step, dice: &Dice) {
        self.ordered += 1;
        let n = self.ordered;
        match step {
            Step::Write => {
                let late = if dice.below(2) == 0 { " sim:slow=300ms" } else { "" };
                let params = json!({ "reference": format!("W{n}{late}"), "registrationNumber": "2014/187452/07" });
                self.order(0, "company_kyc", params, dice).await;
            }
            Step::Read => self.order(0, "get_organisation_phase_two_id", json!({}), dice).await,
            Step::Workflow => self.order(0, "run_workflow", basic(&format!("{n}")), dice).await,
            Step::Check => self.order(1, "check", json!({ "reference": format!("R{n}") }), dice).await,
            Step::Start if self.processes.len() < 3 => self.processes.push(Process::start(self.desk, self.without)),
            Step::Die if !self.processes.is_empty() => {
                // In the middle of a call, where there is one.
                let began = Instant::now();
                while !self.desk.simulator.ledger().iter().any(|entry| entry.outcome == Outcome::Open)
                    && began.elapsed() < Duration::from_millis(100)
                {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                let place = dice.below(self.processes.len());
                self.processes.swap_remove(place).die();
            }
            Step::Start | Step::Die => {}
            Step::Misbehave(kind) => {
                let path = dice.of(&["/library", "/injection", "/core", "/auth"]);
                self.desk.misbehave(kind, path).await;
            }
            Step::Callback { forged, twice, state } => {
                let begun = self.kestrel.begun();
                if !begun.is_empty() {
                    let check = dice.of(&begun.iter().map(String::as_str).collect::<Vec<_>>()).to_owned();
                    self.tell(&check, state, forged, dice.below(50)).await;
                    if twice {
                        self.told -= 1;
                        self.tell(&check, state, false, dice.below(50)).await;
                    }
                }
            }
            Step::Ask => {
                let ids: Vec<_> = self.requests.iter().filter(|(firm, _)| *firm == 0).map(|(_, id)| *id).collect();
                if !ids.is_empty() {
                    let request = dice.of(&ids);
                    let params = json!({ "trackingId": dossier_simulator::TRACKING_COMPLETED });
                    if let Ok(run) = self.firms[0].start(request, "workflow_status", params).await {
                        self.runs.push((0, request, run));
                    }
                }
            }
            Step::Cancel | Step::Settle(_) if self.runs.is_empty() => {}
            Step::Cancel => {
                let (firm, request, run) = dice.of(&self.runs);
                let operator = self.firms[firm].member(BuiltInRole::Operator).await;
                let done = runs::cancel(&self.desk.app, &operator.grant().unwrap(), request, run).await;
                assert!(matches!(done, Ok(()) | Err(AppError::Conflict(_))), "{done:?}");
            }
            Step::Settle(ended) => {
                let (firm, request, run) = dice.of(&self.runs);
                let operator = self.firms[firm].member(BuiltInRole::Operator).await;
                let order =
                    Settlement { request, run, ended: ended.to_owned(), reason: "Their support said so.".into() };
                let done = runs::settle(&self.desk.app, &operator.grant().unwrap(), &order).await;
                assert!(matches!(done, Ok(()) | Err(AppError::Conflict(_))), "{done:?}");
            }
            Step::Clock(seconds) => self.desk.clock.advance(Duration::from_secs(seconds)),
            Step::Pause => tokio::time::sleep(Duration::from_millis(60)).await,
        }
    }

    async fn tell(&mut self, reference: &str, state: &str, forged: bool, second: usize) {
        self.told += 1;
        let token = {
            let mut tx = self.desk.database.db.read(self.firms[1].scope()).await.unwrap();
            let token = channels::callback_token(&mut tx, self.firms[1].channel()).await.unwrap().unwrap();
            token.expose_secret().to_owned()
        };
        let at = format!("2026-11-23T12:00:{second:02}Z");
        let body = json!({ "id": self.told.to_string(), "check": format!("C-{reference}"), "state": state, "at": at });
        let body = body.to_string().into_bytes();
        let signed = kestrel::signature(if forged { b"something else" } else { &body });
        let headers = [(HeaderName::from_static("x-signature"), signed.parse().unwrap())].into_iter().collect();
        callbacks::receive(&self.desk.app, &Incoming { token, run: None, headers, body }).await.unwrap();
    }

    /// What must be so after each step.
    async fn look(&mut self) {
        for (firm, _, run) in &self.runs {
            let mut tx = self.desk.database.db.read(self.firms[*firm].scope()).await.unwrap();
            let found = rows::find(&mut tx, *run).await.unwrap().unwrap();
            let now = (found.state, found.message.clone());
            if let Some(before) = self.seen.insert(*run, now.clone()) {
                let ended = matches!(before.0, RunState::Succeeded | RunState::Failed | RunState::Cancelled);
                assert!(!ended || before == now, "{run} had ended: {before:?}, {now:?}");
            }
        }
        for (firm, id) in &self.requests {
            let mut tx = self.desk.database.db.read(self.firms[*firm].scope()).await.unwrap();
            let now = requests::find(&mut tx, *id).await.unwrap().unwrap().status;
            let before = self.statuses.insert(*id, now).unwrap_or(RequestStatus::Draft);
            // Two moves may lie between two looks.
            let one = |from: RequestStatus, to| from.allows(to, Mover::Action) || from.allows(to, Mover::Provider);
            let two = RequestStatus::ALL.iter().any(|between| one(before, *between) && one(*between, now));
            assert!(before == now || one(before, now) || two, "a request went from {before} to {now}");
        }
        for (reference, tally) in self.desk.simulator.tallies() {
            assert!(tally.charged <= 1 || !reference.starts_with(['W', 'K']), "paid twice: {reference}, {tally:?}");
        }
        let mut begun = self.kestrel.begun();
        begun.sort_unstable();
        assert!(begun.windows(2).all(|two| two[0] != two[1]), "paid twice: {begun:?}");
    }

    /// Lets everything come to its end: with one process, and a provider that does what it is asked.
    async fn rest(&mut self) {
        while let Some(process) = self.processes.pop() {
            process.die();
        }
        self.processes.push(Process::start(self.desk, self.without));
        let began = Instant::now();
        loop {
            let mut live = 0;
            for firm in self.firms {
                let mut tx = self.desk.database.db.read(firm.scope()).await.unwrap();
                let count = "SELECT count(*) AS n FROM run WHERE state IN ('queued', 'running')";
                live += testing::count(&mut tx, count).await.unwrap();
            }
            if live == 0 {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{live} runs are stuck");
            // The leases of the dead end; those of the living are renewed when they see the clock.
            self.desk.clock.advance(SILENCE);
            tokio::time::sleep(Duration::from_millis(1_100)).await;
        }
        self.look().await;
        if self.without.is_empty() {
            self.calls().await;
        }
    }

    /// Each call that reached the provider has its row.
    async fn calls(&self) {
        let mut rows = 0;
        for (firm, _, run) in self.runs.iter().filter(|(firm, ..)| *firm == 0) {
            let mut tx = self.desk.database.db.read(self.firms[*firm].scope()).await.unwrap();
            let states = exchanges::states(&mut tx, *run).await.unwrap();
            rows += states.iter().filter(|(step, _)| !is_sign_in(step)).count();
        }
        let ledger = self.desk.simulator.ledger();
        let calls = ledger.iter().filter(|entry| entry.service != "Token").count();
        assert!(rows >= calls, "{calls} calls have only {rows} rows");
    }
}

#[expect(clippy::print_stdout, reason = "a failure shows its seed and its steps")]
async fn play(seed: u64, without: &[Guard]) {
    let dice = Dice(Entropy::seeded(seed));
    let (desk, kestrel, host) = kestrel::desk("", DeskBuilder::without_worker).await;
    let aloe = desk.firm("Aloe Bank").await;
    let karoo = kestrel::firm(&desk, "Karoo Trust", host).await;
    let mut play = Play {
        desk: &desk,
        kestrel: &kestrel,
        firms: [&aloe, &karoo],
        processes: vec![Process::start(&desk, without)],
        without,
        requests: Vec::new(),
        runs: Vec::new(),
        seen: BTreeMap::new(),
        statuses: BTreeMap::new(),
        ordered: 0,
        told: 0,
    };
    for n in 0..STEPS {
        let step = dice.step();
        println!("seed {seed}, step {n}: {step:?}");
        play.take(step, &dice).await;
        play.look().await;
    }
    println!("seed {seed}: rest");
    play.rest().await;
    let mut ends = BTreeMap::new();
    for (state, _) in play.seen.values() {
        *ends.entry(state.as_str()).or_insert(0) += 1;
    }
    println!("seed {seed}: {ends:?}");
    assert!(!play.runs.is_empty());
    for process in play.processes.drain(..) {
        process.die();
    }
}

/// ACT-9, ACT-10, STATUS-2, STATUS-4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_in_whatever_order_runs_stay_honest() {
    for seed in 0..seeds() {
        play(20_261_125 + seed, &[]).await;
    }
}

/// The control of the test above.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "paid twice")]
async fn without_the_row_of_each_call_the_same_steps_pay_twice() {
    for seed in 0..10 {
        play(20_261_125 + seed, &[Guard::SendingRow]).await;
    }
}
