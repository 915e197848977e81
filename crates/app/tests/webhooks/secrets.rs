//! Signing secrets are replaced without a moment in which nothing verifies.

use std::time::Duration;

use dossier_app::AppError;
use dossier_app::webhooks;

use crate::receiver::{Receiver, desk, secret, settings, webhook};

#[tokio::test]
async fn for_a_day_both_secrets_sign_and_then_the_new_one_alone() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let made = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await;
    let (id, grant) = (made.webhook.id, settings(&firm).await);
    let second = webhooks::rotate(&desk.app, &grant, id, made.webhook.version, false).await.unwrap();
    assert_eq!(second.overlap, Some(desk.clock.now().plus(Duration::from_hours(24))));
    let twice = webhooks::rotate(&desk.app, &grant, id, made.webhook.version, false).await;
    assert!(matches!(twice, Err(AppError::Conflict(_))), "a form that is sent twice rotates once: {twice:?}");
    let (old, new) = (secret(&made), secret(&second));
    firm.request("Naledi").await;
    let got = receiver.until(&desk, 1).await;
    assert_eq!((got[0].signed_by(&old), got[0].signed_by(&new)), (1, 1), "{got:?}");
    assert_eq!(got[0].signature.split(' ').count(), 2);
    assert!(got[0].signature.starts_with("v1,"));

    // Replaced once more within the day, the first one still has its time.
    let third = webhooks::rotate(&desk.app, &grant, id, second.webhook.version, false).await.unwrap();
    firm.request("Sipho").await;
    let got = receiver.until(&desk, 2).await;
    assert_eq!([&old, &new, &secret(&third)].map(|secret| got[1].signed_by(secret)), [1, 1, 1]);
    desk.clock.advance(Duration::from_hours(24));
    firm.request("Thandi").await;
    let got = receiver.until(&desk, 3).await;
    assert_eq!([&old, &new, &secret(&third)].map(|secret| got[2].signed_by(secret)), [0, 0, 1]);
}

#[tokio::test]
async fn a_secret_that_has_leaked_ends_at_once() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let made = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await;
    let grant = settings(&firm).await;
    let second = webhooks::rotate(&desk.app, &grant, made.webhook.id, made.webhook.version, true).await.unwrap();
    assert_eq!(second.overlap, None);
    firm.request("Naledi").await;
    let got = receiver.until(&desk, 1).await;
    assert_eq!((got[0].signed_by(&secret(&made)), got[0].signed_by(&secret(&second))), (0, 1));
    assert!(firm.deeds().await.contains(&"webhook.secret_rotated".to_owned()));
}
