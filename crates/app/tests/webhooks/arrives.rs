//! What was committed arrives, whoever dies meanwhile, and nothing holds up anything else.

use std::collections::BTreeSet;
use std::time::Duration;

use dossier_app::runs::Worker;
use dossier_app::webhooks;
use dossier_domain::{DeliveryState, RunState};
use dossier_testkit::DeskBuilder;
use serde_json::json;

use crate::receiver::{Receiver, deliveries, desk, opened, settings, until, webhook};

#[tokio::test]
async fn what_was_committed_by_a_process_that_died_is_sent_by_the_next_one() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], DeskBuilder::without_worker).await;
    let firm = desk.firm("Aloe Bank").await;
    webhook(&desk, &firm, &receiver.url(), &["request.created"]).await;
    firm.request("Naledi").await;
    assert_eq!(receiver.got().len(), 0, "nobody sends yet");
    let worker = Worker::start(&desk.another_process().await);
    assert_eq!(receiver.until(&desk, 1).await.len(), 1);
    worker.stop().await;
}

/// Its process died after it was sent and before that was written down: it comes once more, under the same id.
#[tokio::test]
async fn what_may_have_arrived_is_sent_once_more_under_the_same_id() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], DeskBuilder::without_worker).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    firm.request("Naledi").await;
    receiver.hang(true);
    let first = Worker::beating(&desk.app, Duration::from_hours(3)).in_haste(Duration::ZERO);
    receiver.until(&desk, 1).await;
    firm.change("UPDATE job SET worker = NULL, lease_until = NULL").await;
    let second = Worker::start(&desk.another_process().await);
    receiver.until(&desk, 2).await;
    receiver.hang(false);
    let found = until(&desk, &firm, hook, |all| all[0].state == DeliveryState::Delivered).await;
    let got = receiver.got();
    assert_eq!((got[0].id.as_str(), got[0].body.as_str()), (got[1].id.as_str(), got[1].body.as_str()));
    second.stop().await;
    first.stop().await;
    let attempts = deliveries(&desk, &firm, hook).await[0].attempts;
    assert_eq!((found.len(), attempts), (1, 1), "what came of the same attempt is written down once");
}

#[tokio::test]
async fn two_processes_send_each_delivery_once() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    let second = Worker::start(&desk.another_process().await);
    for n in 0..30 {
        firm.request(&format!("Naledi {n}")).await;
    }
    until(&desk, &firm, hook, |all| all.len() == 30 && all.iter().all(|one| one.ended_at.is_some())).await;
    second.stop().await;
    let ids: BTreeSet<_> = receiver.got().into_iter().map(|got| got.id).collect();
    assert_eq!((ids.len(), receiver.got().len()), (30, 30));
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_neither_another_one_nor_a_run() {
    let (hangs, other) = (Receiver::listen().await, Receiver::listen().await);
    let desk = desk(&[&hangs, &other], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    hangs.hang(true);
    let hook = webhook(&desk, &firm, &hangs.url(), &["request.created"]).await.webhook.id;
    webhook(&desk, &firm, &other.url(), &["request.created", "run.ended"]).await;
    let request = firm.request("Kwantu").await;
    for n in 0..20 {
        firm.request(&format!("Naledi {n}")).await;
    }
    hangs.until(&desk, 1).await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    assert_eq!(firm.run(request, "company_kyc", params).await.state, RunState::Succeeded);
    other.until(&desk, 22).await;
    assert!(hangs.got().len() <= 8, "only a few are on their way to one receiver: {}", hangs.got().len());
    assert!(deliveries(&desk, &firm, hook).await.iter().all(|one| one.state == DeliveryState::Pending));
    // The limit of calls at a desk is 5 seconds.
    let late = until(&desk, &firm, hook, |all| all.iter().any(|one| one.attempts > 0)).await;
    let late = late.iter().find(|one| one.attempts > 0).unwrap().id;
    let grant = settings(&firm).await;
    let (.., attempts) = webhooks::delivery(&desk.app, &grant, hook, late).await.unwrap();
    assert_eq!(attempts[0].failure.as_deref(), Some("timeout"));
    hangs.hang(false);
}

#[tokio::test]
async fn a_job_that_was_lost_is_asked_for_again_and_old_deliveries_are_removed() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], DeskBuilder::without_worker).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    firm.request("Naledi").await;
    firm.change("DELETE FROM job").await;
    let worker = Worker::start(&desk.app);
    webhooks::sweep(&desk.app).await.unwrap();
    receiver.until(&desk, 1).await;
    until(&desk, &firm, hook, |all| all[0].state == DeliveryState::Delivered).await;
    worker.stop().await;
    desk.clock.advance(Duration::from_hours(24 * 29));
    firm.request("Sipho").await;
    webhooks::sweep(&desk.app).await.unwrap();
    assert_eq!(deliveries(&desk, &firm, hook).await.len(), 2, "the control: 29 days are not too old");
    desk.clock.advance(Duration::from_hours(24 * 2));
    webhooks::sweep(&desk.app).await.unwrap();
    assert_eq!(deliveries(&desk, &firm, hook).await.len(), 1);
}

#[tokio::test]
async fn a_deleted_webhook_takes_its_deliveries_with_it() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], DeskBuilder::without_worker).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    firm.request("Naledi").await;
    assert!(opened(&desk, &firm, hook).await.delivered_at.is_none());
    let grant = settings(&firm).await;
    webhooks::remove(&desk.app, &grant, hook).await.unwrap();
    let gone = webhooks::deliveries(&desk.app, &grant, hook, None, None, 9).await;
    assert!(matches!(gone, Err(dossier_app::AppError::NotFound)), "{gone:?}");
    let worker = Worker::start(&desk.app);
    let second = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    firm.request("Sipho").await;
    until(&desk, &firm, second, |all| all.iter().any(|one| one.state == DeliveryState::Delivered)).await;
    assert_eq!(receiver.got().len(), 1, "only what was for the second one came");
    worker.stop().await;
    assert!(firm.deeds().await.contains(&"webhook.deleted".to_owned()));
}
