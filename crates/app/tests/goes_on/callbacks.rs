//! Very many callbacks, duplicated, reordered and delayed at random: each run ends with its provider's last word. And very
//! many at once about one run.
//!
//! `DOSSIER_TEST_WORKFLOWS=10000` says how many; the usual number keeps the suite quick. Very many take longer than a test of
//! the suite may: `cargo nextest run --workspace --profile kills --test goes_on every_run_ends`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dossier_app::callbacks::{self, Incoming};
use dossier_app::grant::{Execute, Member, Read};
use dossier_app::runs::{self, Order};
use dossier_app::{App, requests};
use dossier_domain::{BuiltInRole, ChannelId, Entropy, EventState, RequestStatus, RunId, RunState, Work};
use dossier_storage::{channels, events, requests as folders, runs as rows, testing};
use dossier_testkit::{Desk, Firm};
use http::HeaderName;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::kestrel;

fn workflows() -> usize {
    std::env::var("DOSSIER_TEST_WORKFLOWS").ok().map_or(60, |count| count.parse().unwrap())
}

/// A number below `end`.
fn below(entropy: &Entropy, end: usize) -> usize {
    usize::try_from(u64::from_be_bytes(entropy.bytes()) % end as u64).unwrap()
}

/// What the provider says of each check, in its own order: it works, perhaps twice, and then it is done or broken.
fn words(entropy: &Entropy, check: &str) -> (Vec<Value>, RunState) {
    let works = 1 + below(entropy, 2);
    let good = below(entropy, 3) > 0;
    let said = |n: usize, state: &str| json!({ "id": format!("{check}/{n}"), "check": check, "state": state, "at": format!("2026-11-23T12:00:{n:02}Z") });
    let mut words: Vec<_> = (0..works).map(|n| said(n, "working")).collect();
    words.push(said(works, if good { "done" } else { "broken" }));
    (words, if good { RunState::Succeeded } else { RunState::Failed })
}

/// As many as a busy day has.
const AT_ONCE: usize = 16;

/// Does each of these, a few at once; hands back what came of them.
async fn each<T: Send + 'static>(works: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let (mut going, mut done) = (JoinSet::new(), Vec::new());
    for work in works {
        if going.len() == AT_ONCE {
            done.extend(going.join_next().await.map(Result::unwrap));
        }
        going.spawn(work);
    }
    done.extend(going.join_all().await);
    done
}

/// Has the check `R…` begun in a request of its own.
async fn begin(app: App, operator: Member, channel: ChannelId, n: usize) -> (usize, RunId) {
    let draft = requests::Draft { channel: channel.to_string(), reference: format!("Naledi {n}"), key: app.form_key() };
    let request = requests::create(&app, &operator.grant::<Read>().unwrap(), &draft).await.unwrap();
    let (action, params, key) = ("check".to_owned(), json!({ "reference": format!("R{n}") }), app.form_key());
    let order = Order { request, action, params, key, confirmed: false, seen: None, manifest: None };
    (n, runs::start(&app, &operator.grant::<Execute>().unwrap(), &order).await.unwrap())
}

async fn tell(app: App, token: String, body: Value, forged: bool) {
    let body = body.to_string().into_bytes();
    let signed = kestrel::signature(if forged { b"something else" } else { &body });
    let headers = [(HeaderName::from_static("x-signature"), signed.parse().unwrap())].into_iter().collect();
    callbacks::receive(&app, &Incoming { token, run: None, headers, body }).await.unwrap();
}

async fn token(desk: &Desk, firm: &Firm<'_>) -> String {
    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
}

async fn count(desk: &Desk, firm: &Firm<'_>, sql: &'static str) -> i64 {
    testing::count(&mut desk.database.db.read(firm.scope()).await.unwrap(), sql).await.unwrap()
}

/// Waits until nothing is left that `sql` counts, however long that takes while it goes on.
async fn drained(desk: &Desk, firm: &Firm<'_>, sql: &'static str) {
    let mut stood = (0, Instant::now());
    loop {
        let left = count(desk, firm, sql).await;
        if left == 0 {
            return;
        }
        if stood.0 != left {
            stood = (left, Instant::now());
        }
        assert!(stood.1.elapsed() < Duration::from_secs(30), "{left} are left that nobody takes");
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Waits until every run has its answer and no event is left to be looked at. While one was never looked at the clock stands
/// still, so that no lease ends under the hands of those who do; then it goes on, for what is looked at again later.
async fn at_rest(desk: &Desk, firm: &Firm<'_>) {
    drained(desk, firm, "SELECT count(*) AS n FROM run WHERE state IN ('queued', 'running')").await;
    for _ in 0..4_000 {
        drained(desk, firm, "SELECT count(*) AS n FROM job WHERE kind = 'event' AND attempts = 0").await;
        if count(desk, firm, "SELECT count(*) AS n FROM job WHERE kind = 'event'").await == 0 {
            return;
        }
        desk.clock.advance(Duration::from_secs(1));
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("events are left that nobody looks at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_run_ends_with_its_providers_last_word_however_its_callbacks_come() {
    let seed = 20_261_125;
    let entropy = Entropy::seeded(seed);
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let token = token(&desk, &firm).await;
    let (mut letters, mut lasts) = (Vec::new(), Vec::new());
    for n in 0..workflows() {
        let (words, last) = words(&entropy, &format!("C-R{n}"));
        for word in words {
            for _ in 0..=below(&entropy, 3) {
                letters.push((word.clone(), false));
            }
            if below(&entropy, 10) == 0 {
                letters.push((word, true));
            }
        }
        lasts.push(last);
    }
    for place in (1..letters.len()).rev() {
        letters.swap(place, below(&entropy, place + 1));
    }
    let (operator, count) = (firm.member(BuiltInRole::Operator).await, letters.len());
    let begun = (0..workflows()).map(|n| {
        // Runs have an order; a clock that stood still would have them sorted anew at each look.
        desk.clock.advance(Duration::from_micros(1));
        begin(desk.app.clone(), operator.clone(), firm.channel(), n)
    });
    let started = each(begun).await;
    // Some come while their run is still on its way to its provider.
    each(letters.into_iter().map(|(body, forged)| tell(desk.app.clone(), token.clone(), body, forged))).await;
    at_rest(&desk, &firm).await;
    let mut wrong = Vec::new();
    for (n, run) in started {
        let (last, mut tx) = (lasts[n], desk.database.db.read(firm.scope()).await.unwrap());
        let found = rows::find(&mut tx, run).await.unwrap().unwrap();
        if found.state != last {
            wrong.push((run, found.state, last));
        }
    }
    assert_eq!(wrong, [], "seed {seed}, {count} letters");
}

/// STATUS-4: whatever comes at once, to two processes, is kept once each; one word of it is the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_that_come_at_once_are_kept_once_each_and_one_of_them_ends_the_run() {
    const COPIES: u32 = 16;
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let token = token(&desk, &firm).await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "check", json!({ "reference": "R1" })).await;
    assert_eq!(run.state, RunState::Waiting);
    let beside = desk.another_process().await;
    let second = runs::Worker::start(&beside);

    let said = |(n, state): (usize, &str)| json!({ "id": n.to_string(), "check": "C-R1", "state": state, "at": format!("2026-11-23T12:00:{n:02}Z") });
    let words: Vec<_> = ["working", "done", "working", "broken", "done"].into_iter().enumerate().map(said).collect();
    let all = Arc::new(Barrier::new(words.len() * COPIES as usize));
    let telling = (0..COPIES).flat_map(|copy| words.iter().map(move |word| (copy, word.clone())));
    let telling: JoinSet<()> = telling
        .map(|(copy, word)| {
            let (app, token, all) =
                (if copy % 2 == 0 { &desk.app } else { &beside }.clone(), token.clone(), all.clone());
            async move {
                all.wait().await;
                tell(app, token, word, false).await;
            }
        })
        .collect();
    telling.join_all().await;
    at_rest(&desk, &firm).await;
    second.stop().await;

    let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
    let kept = events::of_run(&mut tx, run.id).await.unwrap();
    let times: Vec<_> = kept.iter().map(|event| event.times).collect();
    assert_eq!(times, vec![COPIES; words.len()], "each is kept once, and counted as often as it came");
    let ends: Vec<_> = kept.iter().filter(|event| event.state == EventState::Applied).collect();
    let [end] = ends[..] else { panic!("{kept:?}") };
    assert_eq!(end.reason.as_deref(), Some("told"));
    let ended = rows::find(&mut tx, run.id).await.unwrap().unwrap().state;
    let (state, status) = match end.work {
        Some(Work::Succeeded) => (RunState::Succeeded, RequestStatus::Completed),
        _ => (RunState::Failed, RequestStatus::Failed),
    };
    assert_eq!(ended, state, "as the one that was applied says: {end:?}");
    assert_eq!(folders::find(&mut tx, request).await.unwrap().unwrap().status, status);
    let deeds = firm.deeds().await;
    let count = |deed: &str| deeds.iter().filter(|done| *done == deed).count();
    assert_eq!((count("run.followed"), count("callback.handled")), (1, words.len()), "{deeds:?}");
}
