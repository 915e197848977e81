//! The figures of days: whatever happens, what was counted is what the rows say, or its day is marked.

use std::collections::BTreeMap;
use std::time::Duration;

use dossier_domain::status::Mover;
use dossier_domain::{
    CallOutcome, ChannelId, Clock, Entropy, ExchangeId, Ids, Reference, RequestId, RequestStatus, Timestamp, Verdict,
};
use dossier_storage::daily::{self, Day};
use dossier_storage::exchanges::{self, Message};
use dossier_storage::requests::{self, NewRequest};

use crate::world::{World, add_channel, at, tenant, world};

const DAY: u64 = 86_400;

fn day(n: u64) -> Day {
    at(n * DAY)..at((n + 1) * DAY)
}

type Stood = BTreeMap<(Timestamp, RequestStatus, Verdict), i64>;
type Called = BTreeMap<(Timestamp, CallOutcome, i64), i64>;

/// What was counted, of a channel or of all.
async fn counted(world: &World, channel: Option<ChannelId>, days: u64) -> (Stood, Called) {
    let (mut tx, span) = (world.read().await, at(0)..at(days * DAY));
    let stood = daily::requests(&mut tx, channel, &span).await.unwrap();
    let called = daily::calls(&mut tx, channel, &span).await.unwrap();
    (
        stood.into_iter().map(|(day, status, verdict, count)| ((day, status, verdict), count)).collect(),
        called.into_iter().map(|(day, outcome, within, count)| ((day, outcome, within), count)).collect(),
    )
}

async fn roll(world: &World, n: u64) {
    let mut tx = world.write().await;
    daily::expect(&mut tx, &day(n)).await.unwrap();
    assert!(daily::roll(&mut tx, &day(n), at(n * DAY)).await.unwrap());
    tx.commit().await.unwrap();
}

async fn stale(world: &World) -> Vec<Timestamp> {
    let known = daily::known(&mut world.read().await, at(0)).await.unwrap();
    known.into_iter().filter(|known| known.stale).map(|known| known.day.start).collect()
}

async fn create(world: &World, channel: ChannelId, created_at: Timestamp, seed: u64) -> RequestId {
    // Ids begin with the time at which they are made.
    let ids = Ids { clock: Clock::manual(created_at), entropy: Entropy::seeded(seed) };
    let (id, reference) = (ids.make(), Reference::parse("Naledi Khumalo").unwrap());
    let new = NewRequest { id, channel, reference: &reference, key: None, created_at, by: &world.by };
    let mut tx = world.write().await;
    requests::add(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn begin(world: &World, channel: ChannelId, started_at: Timestamp) -> ExchangeId {
    let call = exchanges::NewExchange { channel, started_at, ..world.call(None, None) };
    let mut tx = world.write().await;
    exchanges::add(&mut tx, &call).await.unwrap();
    tx.commit().await.unwrap();
    call.id
}

async fn answer(world: &World, id: ExchangeId, status: u16, millis: u64) {
    let mut tx = world.write().await;
    let message = Message { headers: vec![], body: vec![] };
    assert!(exchanges::answer(&mut tx, id, status, &message, Duration::from_millis(millis)).await.unwrap());
    tx.commit().await.unwrap();
}

async fn break_off(world: &World, id: ExchangeId, kind: &str) {
    let mut tx = world.write().await;
    assert!(exchanges::break_off(&mut tx, id, kind, "", Duration::from_secs(30)).await.unwrap());
    tx.commit().await.unwrap();
}

/// A request as a test remembers it.
struct Remembered {
    id: RequestId,
    channel: ChannelId,
    day: u64,
    status: RequestStatus,
    verdict: Verdict,
    removed: bool,
}

/// What the test remembers, counted.
fn remembered(
    all: &[Remembered],
    calls: &[(ChannelId, u64, CallOutcome, i64)],
    of: Option<ChannelId>,
) -> (Stood, Called) {
    let (mut stood, mut called) = (Stood::new(), Called::new());
    for one in all.iter().filter(|one| !one.removed && of.is_none_or(|of| of == one.channel)) {
        *stood.entry((day(one.day).start, one.status, one.verdict)).or_default() += 1;
    }
    for (_, n, outcome, within) in calls.iter().filter(|call| of.is_none_or(|of| of == call.0)) {
        *called.entry((day(*n).start, *outcome, *within)).or_default() += 1;
    }
    (stood, called)
}

/// NAV-2
#[tokio::test]
async fn whatever_happens_a_day_is_counted_as_it_is_or_marked() {
    const DAYS: u64 = 4;
    let (mut moved, mut removed, mut called) = (0, 0, 0);
    for seed in 1..=4 {
        let world = world().await;
        let other: ChannelId = world.id();
        let mut tx = world.write().await;
        add_channel(&mut tx, other, "second", 1).await.unwrap();
        tx.commit().await.unwrap();
        let (chance, channels) = (Entropy::seeded(seed), [world.channel, other]);
        let (mut all, mut calls, mut open) = (Vec::<Remembered>::new(), Vec::new(), Vec::new());
        for step in 0..90 {
            let [what, which, more, n]: [u8; 4] = chance.bytes();
            let (n, channel) = (u64::from(n) % DAYS, channels[usize::from(more) % 2]);
            let instant = at(n * DAY + u64::from(which) * 337);
            let some = usize::from(which).checked_rem(all.len());
            match what % 8 {
                0 | 1 => {
                    let id = create(&world, channel, instant, seed * 1_000 + step).await;
                    let (status, verdict) = (RequestStatus::Draft, Verdict::None);
                    all.push(Remembered { id, channel, day: n, status, verdict, removed: false });
                    // What is new is of today, which is not known; here it may be of any day.
                    daily_mark(&world, instant).await;
                }
                2 | 3 => {
                    let Some(one) = some.map(|some| &mut all[some]) else { continue };
                    let to = RequestStatus::ALL[usize::from(more) % RequestStatus::ALL.len()];
                    let mut tx = world.write().await;
                    let done = requests::set_status(&mut tx, one.id, one.status, to, Mover::Person, instant).await;
                    tx.commit().await.unwrap();
                    assert_eq!(done, Ok(!one.removed));
                    one.status = if one.removed { one.status } else { to };
                    moved += 1;
                }
                4 => {
                    let Some(one) = some.map(|some| &mut all[some]) else { continue };
                    let verdict = Verdict::ALL[usize::from(more) % Verdict::ALL.len()];
                    let mut tx = world.write().await;
                    let done = requests::set_verdict(&mut tx, one.id, verdict, instant).await;
                    tx.commit().await.unwrap();
                    assert_eq!(done, Ok(!one.removed));
                    one.verdict = if one.removed { one.verdict } else { verdict };
                }
                5 if which % 3 == 0 => {
                    let Some(one) = some.map(|some| &mut all[some]) else { continue };
                    let mut tx = world.write().await;
                    assert_eq!(requests::remove(&mut tx, one.id, instant).await, Ok(!one.removed));
                    tx.commit().await.unwrap();
                    one.removed = true;
                    removed += 1;
                }
                5 | 6 if which % 2 == 0 => {
                    open.push((begin(&world, channel, instant).await, calls.len()));
                    calls.push((channel, n, CallOutcome::Open, 0));
                    daily_mark(&world, instant).await;
                }
                5 | 6 => {
                    let Some((id, place)) = open.pop() else { continue };
                    let (outcome, within) = match more % 4 {
                        0 => (CallOutcome::Answered, 600),
                        1 => (CallOutcome::Refused, 10),
                        2 => (CallOutcome::Faulty, 0),
                        _ => (CallOutcome::Timeout, 0),
                    };
                    match outcome {
                        CallOutcome::Answered => answer(&world, id, 200, 412).await,
                        CallOutcome::Refused => answer(&world, id, 404, 3).await,
                        CallOutcome::Faulty => answer(&world, id, 503, 3).await,
                        _ => break_off(&world, id, "timeout").await,
                    }
                    calls[place].2 = outcome;
                    calls[place].3 = within;
                }
                _ => roll(&world, n).await,
            }
            let marked = stale(&world).await;
            let known: Vec<_> = daily::known(&mut world.read().await, at(0)).await.unwrap();
            for channel in [None, Some(world.channel), Some(other)] {
                let (stood, called) = counted(&world, channel, DAYS).await;
                let (wanted, wanted_calls) = remembered(&all, &calls, channel);
                for day in known.iter().map(|known| known.day.start).filter(|day| !marked.contains(day)) {
                    let of = |stood: &Stood| -> Stood {
                        stood.iter().filter(|((at, ..), _)| *at == day).map(|(key, n)| (*key, *n)).collect()
                    };
                    let of_calls = |called: &Called| -> Called {
                        called.iter().filter(|((at, ..), _)| *at == day).map(|(key, n)| (*key, *n)).collect()
                    };
                    assert_eq!(of(&stood), of(&wanted), "seed {seed}, step {step}");
                    assert_eq!(of_calls(&called), of_calls(&wanted_calls), "seed {seed}, step {step}");
                }
            }
        }
        for n in 0..DAYS {
            // Twice: the second replaces the first.
            roll(&world, n).await;
            roll(&world, n).await;
        }
        called += calls.len();
        for channel in [None, Some(world.channel), Some(other)] {
            assert_eq!(counted(&world, channel, DAYS).await, remembered(&all, &calls, channel), "seed {seed}");
        }
    }
    assert!(moved > 20 && removed > 3 && called > 20, "the control: {moved} moved, {removed} removed, {called} calls");
}

async fn daily_mark(world: &World, at: Timestamp) {
    let mut tx = world.write().await;
    daily::mark(&mut tx, at).await.unwrap();
    tx.commit().await.unwrap();
}

/// NAV-2
#[tokio::test]
async fn a_call_that_ends_after_its_day_was_counted_is_counted_again() {
    let world = world().await;
    let late = begin(&world, world.channel, at(DAY - 1)).await;
    roll(&world, 0).await;
    let outcomes =
        async || counted(&world, None, 1).await.1.into_keys().map(|(_, outcome, _)| outcome).collect::<Vec<_>>();
    assert_eq!((outcomes().await, stale(&world).await), (vec![CallOutcome::Open], vec![]));
    answer(&world, late, 200, 40_000).await;
    assert_eq!(stale(&world).await, [at(0)]);
    roll(&world, 0).await;
    assert_eq!((outcomes().await, stale(&world).await), (vec![CallOutcome::Answered], vec![]));
}

/// NAV-2
#[tokio::test]
async fn a_day_whose_counting_was_cut_off_has_the_figures_it_had_and_is_still_to_be_counted() {
    let world = world().await;
    let id = create(&world, world.channel, at(9), 1).await;
    roll(&world, 0).await;
    let before = counted(&world, None, 1).await;
    let mut tx = world.write().await;
    requests::set_status(&mut tx, id, RequestStatus::Draft, RequestStatus::Failed, Mover::Person, at(10))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    assert!(daily::roll(&mut tx, &day(0), at(11)).await.unwrap());
    drop(tx);
    assert_eq!((counted(&world, None, 1).await, stale(&world).await), (before.clone(), vec![at(0)]));
    roll(&world, 0).await;
    assert_ne!(counted(&world, None, 1).await, before, "the control");
}

/// NAV-2
#[tokio::test]
async fn a_call_is_counted_at_the_step_that_it_was_answered_within() {
    let world = world().await;
    let (mut last, mut steps) = (0, Vec::new());
    for millis in [0, 10, 11, 412, 600, 601, 199_999, 200_001] {
        let call = begin(&world, world.channel, at(1)).await;
        answer(&world, call, 200, millis).await;
    }
    for (status, kind) in
        [(Some(399), ""), (Some(400), ""), (Some(499), ""), (Some(500), ""), (None, "dns"), (None, "timeout")]
    {
        let call = begin(&world, world.channel, at(1)).await;
        match status {
            Some(status) => answer(&world, call, status, 30).await,
            None => break_off(&world, call, kind).await,
        }
    }
    roll(&world, 0).await;
    let mut of = BTreeMap::<CallOutcome, Vec<(i64, i64)>>::new();
    for ((_, outcome, within), count) in counted(&world, None, 1).await.1 {
        of.entry(outcome).or_default().push((within, count));
    }
    assert_eq!(of[&CallOutcome::Answered], [(10, 2), (15, 1), (30, 1), (600, 2), (800, 1), (200_000, 1), (300_000, 1)]);
    assert_eq!(of[&CallOutcome::Refused], [(30, 2)], "an answer");
    for outcome in [CallOutcome::Faulty, CallOutcome::Broken, CallOutcome::Timeout] {
        assert_eq!(of[&outcome], [(0, 1)], "{outcome}: nothing that says how long answers take");
    }
    // The ladder: each step at most half as large again as the one before.
    for millis in 1..2_000 {
        let call = begin(&world, world.channel, at(DAY + 1)).await;
        if millis % 19 == 0 {
            answer(&world, call, 200, millis * 100).await;
        }
    }
    let (_, calls) = daily::count(&mut world.read().await, &day(1)).await.unwrap();
    steps.extend(calls.iter().map(|call| call.within_ms).filter(|step| *step > 0));
    steps.sort_unstable();
    steps.dedup();
    for step in steps.into_iter().filter(|step| *step > 2_000) {
        assert!(last == 0 || step <= last * 3 / 2, "{last} {step}");
        last = step;
    }
}

/// NAV-2, TENANT-1
#[tokio::test]
async fn a_tenant_counts_its_own_rows_and_sees_its_own_figures() {
    let world = world().await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "riaan@fynbos.example").await;
    create(&world, world.channel, at(9), 1).await;
    begin(&world, world.channel, at(9)).await;
    let mut tx = world.db.write(other).await.unwrap();
    daily::expect(&mut tx, &day(0)).await.unwrap();
    assert!(daily::roll(&mut tx, &day(0), at(DAY)).await.unwrap());
    tx.commit().await.unwrap();
    roll(&world, 0).await;
    let mut tx = world.db.read(other).await.unwrap();
    let span = at(0)..at(DAY);
    for channel in [None, Some(world.channel)] {
        assert_eq!(daily::requests(&mut tx, channel, &span).await.unwrap(), []);
        assert_eq!(daily::calls(&mut tx, channel, &span).await.unwrap(), []);
    }
    assert_eq!(daily::by_channel(&mut tx, &span).await.unwrap(), []);
    assert_eq!(daily::began(&mut tx).await.unwrap(), None);
    drop(tx);
    let mut tx = world.db.write(other).await.unwrap();
    daily::forget(&mut tx, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let (stood, called) = counted(&world, None, 1).await;
    assert_eq!((stood.len(), called.len()), (1, 1), "the control: the figures are there, and stay");
    assert_eq!(
        daily::by_channel(&mut world.read().await, &span).await.unwrap(),
        [(world.channel, CallOutcome::Open, 1)]
    );
}
