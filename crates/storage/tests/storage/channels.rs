//! Channels: what is listed, what is offered, and where their secrets are.

use dossier_storage::{channels, manifests, requests};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::{MANIFEST, add_channel, at, world};

/// REQ-1
#[tokio::test]
async fn channels_are_offered_when_active_by_order_then_name() {
    let world = world().await;
    let mut tx = world.write().await;
    for (code, order) in [("zulu", 0), ("alpha", 0), ("first", -1), ("asleep", -2), ("gone", -3)] {
        add_channel(&mut tx, world.id(), code, order).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (off, now) = if world.on_sqlite() { ("0", "1") } else { ("false", "now()") };
    world.test.alter(&format!("UPDATE channel SET active = {off} WHERE code = 'asleep'")).await;
    world.test.alter(&format!("UPDATE channel SET deleted_at = {now} WHERE code = 'gone'")).await;
    let codes = |channels: Vec<channels::Channel>| channels.iter().map(|c| c.code.to_string()).collect::<Vec<_>>();
    let mut tx = world.read().await;
    assert_eq!(codes(channels::offered(&mut tx).await.unwrap()), ["first", "alpha", "intouch-live", "zulu"]);
    assert_eq!(codes(channels::list(&mut tx).await.unwrap()), ["asleep", "first", "alpha", "intouch-live", "zulu"]);
}

#[tokio::test]
async fn names_are_ordered_without_case_on_both_databases() {
    let world = world().await;
    let mut tx = world.write().await;
    for code in ["Zulu", "alpha", "Alpine"] {
        add_channel(&mut tx, world.id(), code, 0).await.unwrap();
    }
    let listed = channels::list(&mut tx).await.unwrap();
    let codes: Vec<_> = listed.iter().map(|c| c.code.as_str()).collect();
    assert_eq!(codes, ["alpha", "Alpine", "intouch-live", "Zulu"]);
}

/// CHAN-5
#[tokio::test]
async fn secrets_come_only_when_they_are_asked_for() {
    let world = world().await;
    let mut tx = world.read().await;
    let channel = channels::find(&mut tx, world.channel).await.unwrap().unwrap();
    assert_eq!(channel.config, json!({"base_url": "https://provider.example"}));
    assert_eq!((channel.version, channel.created_at, channel.deleted_at), (1, at(0), None));
    let secrets = channels::secrets(&mut tx, world.channel).await.unwrap().unwrap();
    assert_eq!(secrets["client_secret"].expose_secret(), "umbrella-stand-41");
}

/// CHAN-7
#[tokio::test]
async fn a_deleted_channel_is_found_with_its_requests_and_keeps_its_secrets_for_what_is_followed() {
    let world = world().await;
    let mut tx = world.write().await;
    add_channel(&mut tx, world.id(), "unused", 0).await.unwrap();
    tx.commit().await.unwrap();
    world.request("Naledi Khumalo").await;
    let now = if world.on_sqlite() { "1" } else { "now()" };
    world.test.alter(&format!("UPDATE channel SET deleted_at = {now}")).await;
    let mut tx = world.read().await;
    assert!(channels::find(&mut tx, world.channel).await.unwrap().unwrap().deleted_at.is_some());
    assert!(channels::secrets(&mut tx, world.channel).await.unwrap().is_some());
    let used = requests::used_channels(&mut tx).await.unwrap();
    let used: Vec<_> = used.iter().map(|c| (c.name.as_str(), c.deleted)).collect();
    assert_eq!(used, [("Channel intouch-live", true)], "LIST-2: a deleted one only with requests");
    let page = requests::list(&mut tx, &requests::Filter::default(), None, 5).await.unwrap();
    assert!(page.rows[0].channel_deleted);
}

#[tokio::test]
async fn a_channel_is_reconfigured_only_from_the_version_that_was_read() {
    let world = world().await;
    let mut tx = world.write().await;
    let config = json!({"base_url": "https://other.example"});
    assert_eq!(channels::reconfigure(&mut tx, world.channel, 1, &config).await, Ok(true));
    assert_eq!(channels::reconfigure(&mut tx, world.channel, 1, &json!({})).await, Ok(false), "it has moved on");
    let found = channels::find(&mut tx, world.channel).await.unwrap().unwrap();
    assert_eq!((found.config, found.version), (config, 2));
}

#[tokio::test]
async fn a_manifests_text_is_kept_once() {
    let world = world().await;
    let mut tx = world.write().await;
    let kept = manifests::find(&mut tx, MANIFEST).await.unwrap().unwrap();
    manifests::keep(&mut tx, &kept).await.unwrap();
    assert_eq!(manifests::find(&mut tx, MANIFEST).await, Ok(Some(kept)));
    assert_eq!(manifests::find(&mut tx, "another").await, Ok(None));
}
