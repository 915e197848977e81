//! Webhooks, and what is on its way to them.

use std::time::Duration;

use dossier_domain::{DeliveryId, DeliveryState, WebhookEvent, WebhookId, WebhookState};
use dossier_storage::deliveries::{self, Attempt};
use dossier_storage::webhooks::{self, Secret, Setup};
use dossier_storage::{Cursor, webhooks::Webhook};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::world::{World, at, tenant, world};

/// What a person decides about a webhook of the tests.
pub(crate) fn setup() -> Setup {
    Setup { name: "Core banking".to_owned(), url: "https://hooks.karoo.example/kyc?key=7".to_owned(), events: vec![] }
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret { text: text.into(), until: None }
}

/// An attempt that was answered with 503.
pub(crate) fn attempt(world: &World) -> Attempt {
    let (id, took) = (world.id(), Duration::from_millis(412));
    Attempt { id, at: at(2), took, status: Some(503), failure: None, said: "Naledi is on leave".to_owned() }
}

async fn add(world: &World, setup: &Setup) -> WebhookId {
    let id = world.id();
    let mut tx = world.write().await;
    assert!(webhooks::add(&mut tx, id, setup, &secret("whsec_one"), at(1)).await.unwrap());
    tx.commit().await.unwrap();
    id
}

async fn send(world: &World, webhook: WebhookId, event: Uuid, seconds: u64) -> DeliveryId {
    let id = world.id();
    let mut tx = world.write().await;
    let news = (id, webhook, event);
    deliveries::add(&mut tx, news, WebhookEvent::RunEnded, r#"{"n":1}"#, at(seconds)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn found(world: &World, id: WebhookId) -> Webhook {
    webhooks::find(&mut world.read().await, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_webhook_reads_back_as_it_was_written_and_an_id_is_used_once() {
    let world = world().await;
    let chosen = Setup { events: vec![WebhookEvent::RunEnded, WebhookEvent::RequestCreated], ..setup() };
    let id = add(&world, &chosen).await;
    let stored = found(&world, id).await;
    assert_eq!((&stored.setup, stored.state, stored.version), (&chosen, WebhookState::Active, 1));
    assert!(!format!("{stored:?}").contains("hooks.karoo"), "an address may hold a secret: {stored:?}");

    let mut tx = world.write().await;
    assert!(!webhooks::add(&mut tx, id, &setup(), &secret("whsec_two"), at(2)).await.unwrap());
    webhooks::change(&mut tx, id, &setup()).await.unwrap();
    let old = Secret { until: Some(at(99)), ..secret("whsec_one") };
    webhooks::set_secrets(&mut tx, id, &[secret("whsec_two"), old]).await.unwrap();
    webhooks::failed(&mut tx, id, "timeout", Some(at(60)), at(3)).await.unwrap();
    webhooks::failed(&mut tx, id, "503", None, at(4)).await.unwrap();
    tx.commit().await.unwrap();
    let stored = found(&world, id).await;
    assert_eq!((stored.setup, stored.version, stored.failures), (setup(), 3, 2));
    assert_eq!((stored.failed_at, stored.failure.as_deref(), stored.paused_until), (Some(at(4)), Some("503"), None));
    let secrets = webhooks::secrets(&mut world.read().await, id).await.unwrap();
    let secrets: Vec<_> = secrets.iter().map(|secret| (secret.text.expose_secret(), secret.until)).collect();
    assert_eq!(secrets, [("whsec_two", None), ("whsec_one", Some(at(99)))]);

    let mut tx = world.write().await;
    webhooks::arrived(&mut tx, id, at(5)).await.unwrap();
    tx.commit().await.unwrap();
    let stored = found(&world, id).await;
    assert_eq!((stored.failures, stored.delivered_at, stored.failed_at), (0, Some(at(5)), Some(at(4))));
}

#[tokio::test]
async fn only_active_webhooks_are_told_and_only_what_they_want() {
    let world = world().await;
    let all = add(&world, &setup()).await;
    let runs = add(&world, &Setup { events: vec![WebhookEvent::RunEnded], ..setup() }).await;
    let off = add(&world, &setup()).await;
    let mut tx = world.write().await;
    webhooks::move_to(&mut tx, off, WebhookState::Disabled, at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(webhooks::wanting(&mut tx, WebhookEvent::RunEnded).await, Ok(vec![all, runs]));
    assert_eq!(webhooks::wanting(&mut tx, WebhookEvent::RequestCreated).await, Ok(vec![all]));
}

#[tokio::test]
async fn a_delivery_is_due_when_its_time_has_come_and_each_attempt_is_kept() {
    let world = world().await;
    let (hook, event) = (add(&world, &setup()).await, world.id());
    let (late, early) = (send(&world, hook, event, 9).await, send(&world, hook, world.id(), 5).await);
    let due = async |seconds| {
        let due = deliveries::due(&mut world.read().await, hook, at(seconds), 9).await.unwrap();
        due.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!((due(4).await, due(5).await, due(9).await), (vec![], vec![early], vec![early, late]));
    assert_eq!(deliveries::waiting(&mut world.read().await, event).await, Ok(vec![hook]));
    assert_eq!(deliveries::pending(&mut world.read().await).await, Ok(vec![(hook, at(5))]));

    let mut tx = world.write().await;
    let first = attempt(&world);
    deliveries::tried(&mut tx, early, &first, DeliveryState::Pending, Some(at(20))).await.unwrap();
    let second = Attempt { status: None, failure: Some("dns".to_owned()), ..attempt(&world) };
    deliveries::tried(&mut tx, early, &second, DeliveryState::Failed, None).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    let delivery = deliveries::find(&mut tx, early).await.unwrap().unwrap();
    assert_eq!((delivery.state, delivery.tries, delivery.attempts), (DeliveryState::Failed, 2, 2));
    assert_eq!((delivery.next_at, delivery.ended_at.is_some()), (None, true));
    assert_eq!(deliveries::attempts(&mut tx, early).await, Ok(vec![second, first]));
    assert_eq!(deliveries::next(&mut tx, hook).await, Ok(Some(at(9))));
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_with_all_its_attempts_before_it() {
    let world = world().await;
    let hook = add(&world, &setup()).await;
    let (failed, stopped) = (send(&world, hook, world.id(), 1).await, send(&world, hook, world.id(), 1).await);
    let other = send(&world, add(&world, &setup()).await, world.id(), 1).await;
    let mut tx = world.write().await;
    deliveries::tried(&mut tx, failed, &attempt(&world), DeliveryState::Failed, None).await.unwrap();
    assert_eq!(deliveries::stop(&mut tx, hook, at(3)).await, Ok(1));
    assert_eq!(deliveries::next(&mut tx, hook).await, Ok(None));
    assert_eq!(deliveries::all_again(&mut tx, hook, at(4)).await, Ok(2));
    let again = deliveries::find(&mut tx, failed).await.unwrap().unwrap();
    assert_eq!((again.state, again.tries, again.attempts), (DeliveryState::Pending, 0, 1));
    assert_eq!((again.next_at, again.ended_at), (Some(at(4)), None));
    let page = deliveries::list(&mut tx, hook, Some(DeliveryState::Pending), None, 1).await.unwrap();
    assert_eq!((page.rows[0].id, page.older), (stopped, Some(Cursor::Older(stopped.uuid()))));

    deliveries::remove_of(&mut tx, hook).await.unwrap();
    assert!(webhooks::remove(&mut tx, hook).await.unwrap() && !webhooks::remove(&mut tx, hook).await.unwrap());
    assert_eq!(deliveries::find(&mut tx, failed).await, Ok(None));
    assert!(deliveries::find(&mut tx, other).await.unwrap().is_some(), "the control: another's is still there");
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn old_deliveries_go_with_their_attempts_and_newer_ones_stay() {
    let world = world().await;
    let hook = add(&world, &setup()).await;
    let old = send(&world, hook, world.id(), 1).await;
    world.ids.clock.advance(Duration::from_hours(24 * 30));
    let new = send(&world, hook, world.id(), 1).await;
    let mut tx = world.write().await;
    for delivery in [old, new] {
        deliveries::tried(&mut tx, delivery, &attempt(&world), DeliveryState::Delivered, None).await.unwrap();
    }
    let before = world.ids.clock.now().minus(Duration::from_hours(24 * 29));
    assert_eq!(deliveries::purge(&mut tx, before).await, Ok(1));
    assert_eq!(deliveries::find(&mut tx, old).await, Ok(None));
    assert_eq!(deliveries::attempts(&mut tx, new).await.unwrap().len(), 1);
}

/// TENANT-1
#[tokio::test]
async fn another_tenants_webhooks_and_deliveries_are_not_there() {
    let world = world().await;
    let hook = add(&world, &setup()).await;
    let delivery = send(&world, hook, world.id(), 1).await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    let mut tx = world.db.write(other).await.unwrap();
    assert_eq!(webhooks::find(&mut tx, hook).await, Ok(None));
    assert_eq!(webhooks::lock(&mut tx, hook).await, Ok(None));
    assert_eq!(webhooks::list(&mut tx).await, Ok(vec![]));
    assert_eq!(webhooks::wanting(&mut tx, WebhookEvent::RunEnded).await, Ok(vec![]));
    assert!(webhooks::secrets(&mut tx, hook).await.unwrap().is_empty());
    assert_eq!(webhooks::remove(&mut tx, hook).await, Ok(false));
    assert_eq!(deliveries::find(&mut tx, delivery).await, Ok(None));
    assert_eq!(deliveries::list(&mut tx, hook, None, None, 9).await.unwrap().rows, []);
    assert_eq!(deliveries::stop(&mut tx, hook, at(2)).await, Ok(0));
    assert_eq!(deliveries::purge(&mut tx, at(99_999)).await, Ok(0));
    assert!(found(&world, hook).await.state == WebhookState::Active, "the control: it is there");
}
