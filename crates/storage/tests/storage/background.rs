//! Jobs, events and lanes: what goes on behind the pages.

use std::time::Duration;

use dossier_domain::{Breaker, EventId, EventState, JobKind, RunId};
use dossier_storage::events::{self, NewEvent};
use dossier_storage::exchanges::Message;
use dossier_storage::jobs::{self, Job};
use dossier_storage::lanes::{self, Lane};
use dossier_storage::system::{self, ClaimedJob};
use dossier_storage::{Db, channels};
use dossier_vault::token_digest;
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::world::{World, at, tenant, world};

/// An event that came to the channel of the world, in no one's name.
pub(crate) fn sent<'a>(world: &World, once: &'a [u8]) -> NewEvent<'a> {
    static MESSAGE: Message = Message { headers: Vec::new(), body: Vec::new() };
    let id: EventId = world.id();
    NewEvent {
        id,
        channel: world.channel,
        whose: None,
        state: EventState::Received,
        reason: None,
        trusted: false,
        message: &MESSAGE,
        once,
        subject: Some("T-1"),
        work: None,
        happened_at: None,
        received_at: at(1),
    }
}

async fn add(world: &World, subject: RunId, run_at: u64) {
    let mut tx = world.write().await;
    jobs::add(&mut tx, world.id(), JobKind::Poll, subject, at(run_at), at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(db: &Db, worker: &str, seconds: u64) -> Option<ClaimedJob> {
    let mut tx = db.system().await.unwrap();
    let claimed = system::claim_job(&mut tx, worker, at(seconds), at(seconds + 30)).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn of(world: &World, subject: RunId) -> Option<Job> {
    jobs::of(&mut world.read().await, JobKind::Poll, subject).await.unwrap()
}

/// Says that the job in this worker's hands is done.
async fn done(world: &World, job: &Job, worker: &str, seconds: u64) {
    let mut tx = world.write().await;
    jobs::done(&mut tx, job, worker, at(seconds)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_job_is_taken_when_it_is_due_and_by_one_worker_only() {
    let world = world().await;
    let subject: RunId = world.id();
    add(&world, subject, 10).await;
    assert_eq!(claim(&world.db, "one", 9).await, None);
    let taken = claim(&world.db, "one", 10).await.unwrap();
    assert_eq!(taken.tenant, world.scope.tenant);
    assert_eq!(claim(&world.db, "two", 39).await, None, "its lease runs");
    assert_eq!(claim(&world.db, "two", 40).await, Some(taken), "left behind");
    let job = of(&world, subject).await.unwrap();
    done(&world, &job, "one", 41).await;
    assert!(of(&world, subject).await.is_some(), "it is no longer the first one's to end");
    done(&world, &job, "two", 41).await;
    assert_eq!(of(&world, subject).await, None);
}

#[tokio::test]
async fn asking_twice_is_one_job_at_the_earlier_instant() {
    let world = world().await;
    let subject: RunId = world.id();
    add(&world, subject, 60).await;
    add(&world, subject, 20).await;
    add(&world, subject, 90).await;
    assert_eq!(of(&world, subject).await.unwrap().run_at, at(20));
}

/// Otherwise what a callback asks for would be lost, when it comes while the question before is being answered.
#[tokio::test]
async fn a_job_that_is_asked_for_while_it_is_done_is_done_again() {
    let world = world().await;
    let subject: RunId = world.id();
    add(&world, subject, 1).await;
    claim(&world.db, "one", 1).await.unwrap();
    let job = of(&world, subject).await.unwrap();
    add(&world, subject, 5).await;
    done(&world, &job, "one", 6).await;
    assert!(claim(&world.db, "two", 6).await.is_some(), "at once");
    let job = of(&world, subject).await.unwrap();
    add(&world, subject, 20).await;
    let mut tx = world.write().await;
    jobs::later(&mut tx, &job, "two", at(900), 0).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&world.db, "one", 19).await, None);
    assert!(claim(&world.db, "one", 20).await.is_some(), "at the instant that was asked for, not at its own");
    let job = of(&world, subject).await.unwrap();
    done(&world, &job, "one", 21).await;
    assert_eq!(of(&world, subject).await, None);
}

#[tokio::test]
async fn a_job_that_is_put_off_comes_back_then_and_a_buried_one_only_when_it_is_asked_for() {
    let world = world().await;
    let subject: RunId = world.id();
    add(&world, subject, 1).await;
    claim(&world.db, "one", 1).await.unwrap();
    let job = of(&world, subject).await.unwrap();
    let mut tx = world.write().await;
    jobs::later(&mut tx, &job, "one", at(50), 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&world.db, "one", 49).await, None);
    claim(&world.db, "one", 50).await.unwrap();
    let job = of(&world, subject).await.unwrap();
    assert_eq!(job.attempts, 1);
    let mut tx = world.write().await;
    jobs::bury(&mut tx, &job, "one").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&world.db, "one", 9_999).await, None);
    add(&world, subject, 10_000).await;
    assert!(claim(&world.db, "one", 10_000).await.is_some());
}

#[tokio::test]
async fn the_same_event_is_kept_once_and_counted() {
    let world = world().await;
    let mut tx = world.write().await;
    let first = sent(&world, b"id/1");
    assert_eq!(events::add(&mut tx, &first).await, Ok(true));
    assert_eq!(events::add(&mut tx, &sent(&world, b"id/1")).await, Ok(false));
    assert_eq!(events::add(&mut tx, &sent(&world, b"id/2")).await, Ok(true));
    let kept = events::find(&mut tx, first.id).await.unwrap().unwrap();
    assert_eq!((kept.times, kept.state, kept.request), (2, EventState::Received, None));
}

#[tokio::test]
async fn an_event_that_found_its_request_is_sealed_with_its_key() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "workflow").await;
    let message = Message { headers: vec![("x-id".to_owned(), "1".to_owned())], body: b"{\"a\":1}".to_vec() };
    let event = NewEvent { message: &message, ..sent(&world, b"id/1") };
    let mut tx = world.write().await;
    events::add(&mut tx, &event).await.unwrap();
    assert_eq!(events::unmatched(&mut tx, world.channel, "T-1").await.unwrap().len(), 1);
    events::give(&mut tx, event.id, request, run).await.unwrap();
    assert_eq!(events::unmatched(&mut tx, world.channel, "T-1").await.unwrap().len(), 0);
    assert!(events::message(&mut tx, event.id).await.unwrap().unwrap() == message);
    tx.commit().await.unwrap();
    world.test.alter("DELETE FROM request_key").await;
    events::message(&mut world.read().await, event.id).await.unwrap_err();
}

#[tokio::test]
async fn a_callbacks_token_finds_its_channel_until_it_is_changed() {
    let world = world().await;
    let (other, _, others) = tenant(&world.db, &world.ids, "Fynbos Loans", "sipho@fynbos.example").await;
    let token = async |scope, channel| {
        let mut tx = world.db.read(scope).await.unwrap();
        channels::callback_token(&mut tx, channel).await.unwrap().unwrap().expose_secret().to_owned()
    };
    let whose = async |token: &str| {
        let mut tx = world.db.system_read().await.unwrap();
        system::find_callback(&mut tx, token_digest(token.as_bytes())).await.unwrap()
    };
    let (first, foreign) = (token(world.scope, world.channel).await, token(other, others).await);
    assert_ne!(first, foreign);
    assert_eq!(first.len(), 48);
    assert_eq!(whose(&first).await, Some((world.scope.tenant, world.channel, 1)));
    assert_eq!(whose(&foreign).await, Some((other.tenant, others, 1)));
    let rotate = async |round| {
        let mut tx = world.write().await;
        assert!(channels::rotate_callback(&mut tx, world.channel, round).await.unwrap());
        assert!(!channels::rotate_callback(&mut tx, world.channel, round).await.unwrap(), "the same form again");
        tx.commit().await.unwrap();
    };
    rotate(1).await;
    let second = token(world.scope, world.channel).await;
    assert_eq!(whose(&second).await, Some((world.scope.tenant, world.channel, 2)));
    rotate(2).await;
    assert_eq!(whose(&first).await, Some((world.scope.tenant, world.channel, 1)), "who was given it is told from it");
    let mut tx = world.read().await;
    assert_eq!(channels::callback_round(&mut tx, world.channel).await, Ok(3));
    let of = channels::callback_token_of(&mut tx, world.channel, 2).await.unwrap().unwrap();
    assert_eq!(of.expose_secret(), second);
    assert!(channels::callback_token_of(&mut tx, world.channel, 0).await.unwrap().is_none());
}

#[tokio::test]
async fn a_lane_reads_back_and_its_places_end_by_themselves() {
    let world = world().await;
    let mut tx = world.write().await;
    assert_eq!(lanes::lock(&mut tx, world.channel).await.unwrap(), Lane::default());
    let lane = Lane {
        next_at: Some(at(1)),
        paused_until: Some(at(2)),
        breaker: Breaker { failures: 3, closed_until: Some(at(4)), trying_until: Some(at(5)) },
        failed_at: Some(at(6)),
        failure: Some("timeout".to_owned()),
        answered_at: Some(at(7)),
        ..Lane::default()
    };
    lanes::set(&mut tx, world.channel, &lane).await.unwrap();
    assert_eq!(lanes::find(&mut tx, world.channel).await.unwrap(), lane);
    assert_eq!(lanes::list(&mut tx).await.unwrap().get(&world.channel), Some(&lane));
    let (one, two): (Uuid, Uuid) = (world.id(), world.id());
    lanes::take_place(&mut tx, world.channel, one, at(0), at(30)).await.unwrap();
    lanes::take_place(&mut tx, world.channel, two, at(0), at(60)).await.unwrap();
    assert_eq!(lanes::places(&mut tx, world.channel, at(29), at(60)).await, Ok(2));
    assert_eq!(lanes::places(&mut tx, world.channel, at(30), at(60)).await, Ok(1), "its process died");
    assert_eq!(lanes::places(&mut tx, world.channel, at(0), at(59)).await, Ok(1), "no clock of now gave the other");
    lanes::leave_place(&mut tx, world.channel, two).await.unwrap();
    assert_eq!(lanes::places(&mut tx, world.channel, at(0).plus(Duration::from_secs(1)), at(60)).await, Ok(1));
}
