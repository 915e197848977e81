//! Receivers that do not take what they are sent.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use dossier_app::AppError;
use dossier_app::webhooks;
use dossier_domain::webhook::pause_after;
use dossier_domain::{DeliveryState, WebhookState};

use crate::receiver::{Receiver, deliveries, desk, opened, settings, until, webhook};

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_for_three_days_and_then_the_webhook_is_disabled_with_notice() {
    let receiver = Receiver::listen().await;
    receiver.answer(500);
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    firm.request("Naledi").await;
    let began = desk.clock.now();
    for attempt in 1..10 {
        let found = until(&desk, &firm, hook, |all| all[0].attempts == attempt).await;
        let pause = pause_after(attempt).unwrap();
        let next = found[0].next_at.unwrap().since(desk.clock.now());
        assert!(next >= pause.mul_f64(0.89) && next <= pause.mul_f64(1.11), "{attempt}: {next:?}");
        desk.clock.advance(next);
    }
    let ended = until(&desk, &firm, hook, |all| all[0].state == DeliveryState::Failed).await;
    assert_eq!((ended[0].attempts, ended[0].next_at), (10, None));
    let took = desk.clock.now().since(began);
    assert!(took > Duration::from_hours(66) && took < Duration::from_hours(84), "{took:?}");
    let got = receiver.got();
    assert_eq!(got.iter().map(|got| &got.id).collect::<BTreeSet<_>>().len(), 1, "the same id each time");
    assert_eq!(got.iter().map(|got| &got.timestamp).collect::<BTreeSet<_>>().len(), 10, "each at its own time");

    let found = opened(&desk, &firm, hook).await;
    assert_eq!((found.state, found.failure.as_deref()), (WebhookState::Failing, Some("500")));
    let event = firm.audit().await.pop().unwrap();
    assert_eq!((event.action.as_str(), event.after.unwrap()["state"].as_str()), ("webhook.stopped", Some("failing")));
    let grant = settings(&firm).await;
    let again = webhooks::redeliver(&desk.app, &grant, hook, ended[0].id).await;
    assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");

    // Mended, enabled, sent again.
    receiver.answer(200);
    webhooks::enable(&desk.app, &grant, hook).await.unwrap();
    assert_eq!(webhooks::redeliver_all(&desk.app, &grant, hook).await.unwrap(), 1);
    let arrived = until(&desk, &firm, hook, |all| all[0].state == DeliveryState::Delivered).await;
    assert_eq!((arrived[0].attempts, receiver.got().len()), (11, 11));
    assert_eq!(receiver.got()[10].id, got[0].id);
    assert_eq!(webhooks::redeliver_all(&desk.app, &grant, hook).await.unwrap(), 0, "nothing is left");
}

#[tokio::test]
async fn a_webhook_to_which_something_arrives_meanwhile_is_not_disabled() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    receiver.answer(500);
    firm.request("Naledi").await;
    for attempt in 1..10 {
        let found = until(&desk, &firm, hook, |all| all[0].attempts == attempt).await;
        let next = found[0].next_at.unwrap().since(desk.clock.now());
        if attempt == 5 {
            receiver.answer(200);
            firm.request("Sipho").await;
            until(&desk, &firm, hook, |all| all.len() == 2 && all[1].ended_at.is_some()).await;
            receiver.answer(500);
        }
        desk.clock.advance(next);
    }
    until(&desk, &firm, hook, |all| all[0].state == DeliveryState::Failed).await;
    assert_eq!(opened(&desk, &firm, hook).await.state, WebhookState::Active);
}

#[tokio::test]
async fn a_receiver_that_asks_to_be_left_alone_is_left_alone() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    receiver.answer_once((StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "600")]));
    firm.request("Naledi").await;
    let found = until(&desk, &firm, hook, |all| all[0].attempts == 1).await;
    assert_eq!(found[0].next_at, Some(desk.clock.now().plus(Duration::from_mins(10))));
    firm.request("Sipho").await;
    desk.clock.advance(Duration::from_mins(9));
    let other = Receiver::listen().await;
    assert_eq!((receiver.got().len(), other.got().len()), (1, 0));
    desk.clock.advance(Duration::from_mins(1));
    receiver.until(&desk, 3).await;
    let found = until(&desk, &firm, hook, |all| all.iter().all(|one| one.ended_at.is_some())).await;
    assert_eq!(found.iter().map(|one| one.attempts).collect::<Vec<_>>(), [2, 1], "the second one waited too");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    receiver.answer_once(StatusCode::INTERNAL_SERVER_ERROR);
    firm.request("Naledi").await;
    until(&desk, &firm, hook, |all| all[0].attempts == 1).await;
    receiver.answer_once(StatusCode::GONE);
    firm.request("Sipho").await;
    let found = until(&desk, &firm, hook, |all| all.len() == 2 && all[1].ended_at.is_some()).await;
    let states: Vec<_> = found.iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Stopped, DeliveryState::Failed]);
    assert_eq!(opened(&desk, &firm, hook).await.state, WebhookState::Gone);
    firm.request("Thandi").await;
    assert_eq!((deliveries(&desk, &firm, hook).await.len(), receiver.got().len()), (2, 2));
    assert!(firm.deeds().await.contains(&"webhook.stopped".to_owned()));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_log_has_the_beginning_of_the_answer() {
    let (receiver, other) = (Receiver::listen().await, Receiver::listen().await);
    let desk = desk(&[&receiver, &other], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await.webhook.id;
    let place = format!("http://{}/elsewhere", other.host());
    receiver.answer_once((StatusCode::FOUND, [("location", place)], "moved ".repeat(1_000)));
    firm.request("Naledi").await;
    let found = until(&desk, &firm, hook, |all| all[0].attempts == 1).await;
    assert_eq!((found[0].state, other.got().len()), (DeliveryState::Pending, 0));
    let (.., attempts) = webhooks::delivery(&desk.app, &settings(&firm).await, hook, found[0].id).await.unwrap();
    assert_eq!((attempts[0].status, attempts[0].failure.as_deref()), (Some(302), None));
    assert!(attempts[0].said.starts_with("moved ") && attempts[0].said.len() <= 1_000);
}

/// The name is looked up again at each attempt: only then is it known where it leads.
#[tokio::test]
async fn an_address_inside_the_own_network_is_refused_at_each_attempt_and_the_log_says_why() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let inside = format!("https://localhost:{}/kyc", receiver.host().port());
    let hook = webhook(&desk, &firm, &inside, &["request.created"]).await.webhook.id;
    firm.request("Naledi").await;
    let found = until(&desk, &firm, hook, |all| all[0].attempts == 1).await;
    let (.., attempts) = webhooks::delivery(&desk.app, &settings(&firm).await, hook, found[0].id).await.unwrap();
    assert_eq!((attempts[0].status, attempts[0].failure.as_deref()), (None, Some("refused")));
    assert!(attempts[0].said.contains("lies inside a private or reserved network"), "{}", attempts[0].said);
    assert_eq!(receiver.got().len(), 0);
}

#[tokio::test]
async fn a_test_is_sent_once_whatever_the_webhook_wants_and_disables_nothing() {
    let receiver = Receiver::listen().await;
    receiver.answer(500);
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &["run.ended"]).await.webhook.id;
    let grant = settings(&firm).await;
    let test = webhooks::test(&desk.app, &grant, hook).await.unwrap();
    let found = until(&desk, &firm, hook, |all| all[0].ended_at.is_some()).await;
    assert_eq!((found[0].id, found[0].state, found[0].attempts), (test, DeliveryState::Failed, 1));
    assert_eq!(
        (receiver.kinds(), opened(&desk, &firm, hook).await.state),
        (vec!["webhook.tested".to_owned()], WebhookState::Active)
    );
    receiver.answer(200);
    webhooks::redeliver(&desk.app, &grant, hook, test).await.unwrap();
    until(&desk, &firm, hook, |all| all[0].state == DeliveryState::Delivered).await;
    let got = receiver.got();
    assert_eq!((got.len(), &got[0].id), (2, &got[1].id));
}
