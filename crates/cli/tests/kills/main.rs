//! The server, or its database, is killed again and again while people order runs. Afterwards the provider's own tallies
//! are held against our rows: nothing is lost, doubled or stuck (ACT-10). `./check kills N` runs this; what it shows
//! stands in `docs/how-it-is-checked.md`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod chance;
mod compare;
mod door;
mod known;
mod orders;
mod place;
mod rest;

use std::fmt;
use std::time::Duration;

use dossier_simulator::{Delivery, Entry, Outcome};

use chance::Chance;
use compare::Found;
use orders::{Order, People};
use place::{Place, Server, say, soon};

/// What a test is told by `./check kills N`: how often it kills.
const KILLS: &str = "DOSSIER_TEST_KILLS";
/// What ends the database of `DOSSIER_TEST_DATABASE` without a goodbye, and starts it again.
const CRASH: &str = "DOSSIER_TEST_CRASH";

fn kills() -> usize {
    std::env::var(KILLS).map_or(5, |text| text.parse().unwrap())
}

/// Whether the provider has done work that is paid for and not yet answered.
fn hangs(entry: &Entry) -> bool {
    entry.charged && entry.outcome == Outcome::Open
}

/// Whether the provider is being asked how work stands.
fn asks(entry: &Entry) -> bool {
    entry.service == "Workflow Status" && entry.outcome == Outcome::Open
}

/// What was in the middle of it when something was killed, over all kills.
#[derive(Default)]
struct Met {
    kills: usize,
    calls: usize,
    questions: usize,
    works: usize,
}

impl Met {
    /// The next kill comes now.
    fn kill(&mut self, place: &Place) {
        let (ledger, works) = (place.simulator.ledger(), place.simulator.workflows());
        self.kills += 1;
        self.calls += ledger.iter().filter(|entry| hangs(entry)).count();
        self.questions += ledger.iter().filter(|entry| asks(entry)).count();
        self.works += works.iter().filter(|work| work.status == "Processing").count();
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "met {} paid calls, {} questions, {} works going on", self.calls, self.questions, self.works)
    }
}

/// Waits for an instant to kill at, after some calls have come through: every other time while one that is paid for is in
/// flight; else while a question is, or just after a callback was taken, or at any time.
async fn instant(place: &Place, chance: &Chance, nth: usize) {
    let any = |what: fn(&Entry) -> bool| place.simulator.ledger().iter().any(what);
    let asked = || place.simulator.ledger().last().map_or(0, |entry| entry.sequence);
    let enough = asked() + 1 + chance.below(5);
    soon("the provider is asked", || asked() >= enough).await;
    let within = match (nth % 2, chance.below(3)) {
        (1, _) => {
            soon("a call is in flight", || any(hangs)).await;
            700
        }
        (_, 0) => {
            soon("a question is in flight", || any(asks)).await;
            200
        }
        (_, 1) => {
            let well = |sent: &Delivery| sent.answered.is_some_and(|status| status < 300);
            let newest = || place.simulator.deliveries().into_iter().rfind(well).map(|sent| sent.event);
            let before = newest();
            soon("a callback is taken", || newest() != before).await;
            50
        }
        _ => 700,
    };
    tokio::time::sleep(Duration::from_millis(chance.below(within))).await;
}

/// Kills the server `kills` times at random instants while people order, and compares when all has come to rest.
async fn kill_the_server(kills: usize, without: Option<&str>) -> Found {
    let (chance, mut met) = (Chance::new(), Met::default());
    let place = Place::make(without).await;
    let mut server = place.serve();
    let people = People::order(&place, &chance);
    for nth in 0..kills {
        instant(&place, &chance, nth).await;
        met.kill(&place);
        server.kill();
        server = place.serve();
    }
    let orders = people.stop().await;
    compare(place, server, met, &orders).await
}

async fn compare(place: Place, server: Server, met: Met, orders: &[Order]) -> Found {
    let rest = rest::rest(&place).await;
    server.stop();
    Found::look(&place, met, orders, rest).await
}

/// ACT-10
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_loses_doubles_and_holds_nothing() {
    let found = kill_the_server(kills(), None).await;
    say(&format!("{}, server: {found}", place::database()));
    found.is_clean();
}

/// ACT-10
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_again_and_again_loses_doubles_and_holds_nothing() {
    let crash = std::env::var(CRASH).unwrap();
    let (chance, mut met) = (Chance::new(), Met::default());
    let place = Place::make(None).await;
    let server = place.serve();
    let people = People::order(&place, &chance);
    for nth in 0..kills() {
        instant(&place, &chance, nth).await;
        met.kill(&place);
        let crash = crash.clone();
        let ended = tokio::task::spawn_blocking(move || std::process::Command::new(crash).status());
        assert!(ended.await.unwrap().unwrap().success(), "the database is killed and started again");
    }
    let orders = people.stop().await;
    let found = compare(place, server, met, &orders).await;
    say(&format!("{}, database: {found}", place::database()));
    found.is_clean();
}

/// The control: without the row that says that a call is being sent, the next process cannot know, and the same kills
/// have companies paid for twice.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_row_of_a_call_the_same_kills_have_it_paid_twice() {
    let found = kill_the_server(kills().min(6), Some("sending-row")).await;
    say(&format!("{}, control without the row of a call: {found}", place::database()));
    assert!(found.doubled() > 0, "the kills did not come near a call: {found}");
}
