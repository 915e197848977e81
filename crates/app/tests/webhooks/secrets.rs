//! Signing secrets are replaced without a moment in which nothing verifies.

use std::process::Command;
use std::time::Duration;

use dossier_app::AppError;
use dossier_app::webhooks;
use serde_json::json;

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

/// What docs/webhooks.md has for Python, on a real delivery and on one that somebody has touched.
#[tokio::test]
async fn the_snippet_of_the_guide_verifies_what_is_sent_and_nothing_else() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let made = webhook(&desk, &firm, &receiver.url(), &["request.created"]).await;
    firm.request("Naledi").await;
    let got = receiver.until(&desk, 1).await.remove(0);
    let guide = include_str!("../../../../docs/webhooks.md");
    let snippet = guide.split_once("```python\n").unwrap().1.split_once("```").unwrap().0;
    let verified = |body: &str, tolerance: i64| {
        let asked = json!({
            "secret": secret(&made), "body": body, "tolerance": tolerance,
            "headers": {
                "webhook-id": got.id, "webhook-timestamp": got.timestamp, "webhook-signature": format!("v1,AA== {}", got.signature),
            },
        });
        let ask = "import json, sys\na = json.loads(sys.argv[1])\nprint(verify(a['secret'], a['headers'], a['body'].encode(), a['tolerance']))";
        let python = Command::new("python3").args(["-c", &format!("{snippet}\n{ask}"), &asked.to_string()]).output();
        let output = python.expect("python3, which the bucket of the tests needs too");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    // The desk's clock stands still in November 2026.
    let ever = 100 * 365 * 86_400;
    assert_eq!(verified(&got.body, ever), "True");
    assert_eq!(verified(&got.body.replace("draft", "ended"), ever), "False");
    assert_eq!(verified(&got.body, -1), "False", "too old, or too far ahead");
}
