//! Very many callbacks, duplicated, reordered and delayed at random: each run ends with its provider's last word.
//!
//! `DOSSIER_TEST_WORKFLOWS=10000` says how many; the usual number keeps the suite quick.

use std::collections::HashMap;
use std::time::Duration;

use dossier_app::callbacks::{self, Incoming};
use dossier_domain::{Entropy, RunState};
use dossier_storage::{channels, runs, testing};
use dossier_testkit::{Desk, Firm};
use http::HeaderName;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

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

async fn tell(desk: &Desk, token: &str, body: &Value, forged: bool) {
    let body = body.to_string().into_bytes();
    let signed = kestrel::signature(if forged { b"something else" } else { &body });
    let headers = [(HeaderName::from_static("x-signature"), signed.parse().unwrap())].into_iter().collect();
    callbacks::receive(&desk.app, &Incoming { token: token.to_owned(), run: None, headers, body }).await.unwrap();
}

/// Waits until nothing is left to be looked at.
async fn at_rest(desk: &Desk, firm: &Firm<'_>) {
    for _ in 0..4_000 {
        desk.clock.advance(Duration::from_secs(1));
        desk.app.nudge();
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        let left = testing::count(&mut tx, "SELECT count(*) AS n FROM job WHERE kind = 'event'").await.unwrap();
        drop(tx);
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("events are left that nobody looks at");
}

#[tokio::test]
async fn every_run_ends_with_its_providers_last_word_however_its_callbacks_come() {
    let seed = 20_261_125;
    let entropy = Entropy::seeded(seed);
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let token = {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
    };
    let (mut letters, mut wanted, mut started) = (Vec::new(), HashMap::new(), Vec::new());
    for n in 0..workflows() {
        let request = firm.request(&format!("Naledi {n}")).await;
        let run = firm.start(request, "check", json!({ "reference": format!("R{n}") })).await.unwrap();
        let (words, last) = words(&entropy, &format!("C-R{n}"));
        for word in words {
            for _ in 0..=below(&entropy, 3) {
                letters.push((word.clone(), false));
            }
            if below(&entropy, 10) == 0 {
                letters.push((word, true));
            }
        }
        wanted.insert(run, last);
        started.push(run);
    }
    for place in (1..letters.len()).rev() {
        letters.swap(place, below(&entropy, place + 1));
    }
    // Some come while their run is still on its way to its provider.
    for batch in letters.chunks(16) {
        let sent = batch.iter().map(|(body, forged)| tell(&desk, &token, body, *forged));
        let sent: Vec<_> = sent.collect();
        for one in sent {
            one.await;
        }
    }
    for run in &started {
        firm.ended(*run).await;
    }
    at_rest(&desk, &firm).await;
    let mut wrong = Vec::new();
    for (run, last) in wanted {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        let found = runs::find(&mut tx, run).await.unwrap().unwrap();
        if found.state != last {
            wrong.push((run, found.state, last));
        }
    }
    assert_eq!(wrong, [], "seed {seed}, {} letters", letters.len());
}
