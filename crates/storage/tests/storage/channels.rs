//! Channels: what is listed, what is offered, and where their secrets are.

use std::collections::BTreeMap;
use std::time::Duration;

use dossier_domain::ChannelCode;
use dossier_storage::exchanges::Message;
use dossier_storage::lanes::Lane;
use dossier_storage::{Constraint, StorageError, WriteTx, channels, exchanges, lanes, manifests, requests};
use secrecy::{ExposeSecret, SecretString};
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

/// CHAN-3
#[tokio::test]
async fn a_channel_changes_only_from_the_version_that_was_read_and_never_to_a_code_that_is_taken() {
    let world = world().await;
    let mut tx = world.write().await;
    add_channel(&mut tx, world.id(), "taken", 0).await.unwrap();
    let secrets = BTreeMap::from([("client_secret".to_owned(), SecretString::from("another"))]);
    let to = async |tx: &mut WriteTx, version, code: &str| {
        let (code, config) = (ChannelCode::parse(code).unwrap(), json!({"base_url": "https://other.example"}));
        let change = channels::Change {
            code: &code,
            name: "Renamed",
            config: &config,
            secrets: &secrets,
            active: false,
            display_order: 7,
        };
        channels::change(tx, world.channel, version, &change).await
    };
    assert_eq!(to(&mut tx, 1, "TAKEN").await, Err(StorageError::Conflict(Constraint::ChannelCode)));
    assert_eq!(to(&mut tx, 1, "intouch-2").await, Ok(true));
    assert_eq!(to(&mut tx, 1, "intouch-3").await, Ok(false), "it has moved on");
    let found = channels::lock(&mut tx, world.channel).await.unwrap().unwrap();
    assert_eq!((found.code.as_str(), &*found.name, found.version), ("intouch-2", "Renamed", 2));
    assert_eq!((found.active, found.display_order), (false, 7));
    let kept = channels::secrets(&mut tx, world.channel).await.unwrap().unwrap();
    assert_eq!(kept["client_secret"].expose_secret(), "another");

    assert_eq!(channels::remove(&mut tx, world.channel, at(3)).await, Ok(true));
    assert_eq!(channels::remove(&mut tx, world.channel, at(4)).await, Ok(false), "it is gone");
    assert_eq!(to(&mut tx, 3, "intouch-4").await, Ok(false), "what is deleted changes no more");
    add_channel(&mut tx, world.id(), "intouch-2", 0).await.unwrap();
    let gone = channels::find(&mut tx, world.channel).await.unwrap().unwrap();
    assert_eq!(gone.deleted_at, Some(at(3)));
}

/// CHAN-6
#[tokio::test]
async fn a_channel_in_the_making_has_a_row_that_nothing_finds_until_it_is_added() {
    let world = world().await;
    let mut tx = world.write().await;
    let id = world.id();
    for _ in 0..2 {
        channels::begin(&mut tx, id, "intouch", at(1)).await.unwrap();
    }
    assert_eq!(channels::find(&mut tx, id).await.unwrap(), None);
    assert_eq!(channels::lock(&mut tx, id).await.unwrap(), None);
    assert_eq!(channels::list(&mut tx).await.unwrap().len(), 1);
    assert_eq!(channels::callback_token(&mut tx, id).await.unwrap().map(drop), None);
    assert_eq!(channels::remove(&mut tx, id, at(2)).await, Ok(false));
    let mut call = world.call(None, None);
    call.channel = id;
    exchanges::add(&mut tx, &call).await.unwrap();
    add_channel(&mut tx, id, "made", 0).await.unwrap();
    let found = channels::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((found.version, found.deleted_at), (1, None));
    assert!(channels::callback_token(&mut tx, id).await.unwrap().is_some());
    assert_eq!(exchanges::tests(&mut tx, id, 5).await.unwrap().len(), 1, "what tested it stands at it");
    assert!(exchanges::tests(&mut tx, world.channel, 5).await.unwrap().is_empty());
    channels::begin(&mut tx, id, "intouch", at(3)).await.unwrap();
    assert_eq!(channels::find(&mut tx, id).await.unwrap(), Some(found), "it is not begun anew");
}

#[tokio::test]
async fn sign_ins_of_requests_are_noted_at_their_channel_and_those_of_tests_are_not() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let mut tx = world.write().await;
    let answer = Message { headers: Vec::new(), body: Vec::new() };
    let took = Duration::from_millis(5);
    for (request, step, status) in [(None, "auth.token", 200), (Some(request), "check", 200)] {
        let mut call = world.call(request, None);
        call.step = step.to_owned();
        exchanges::add(&mut tx, &call).await.unwrap();
        assert!(exchanges::answer(&mut tx, call.id, status, &answer, took).await.unwrap());
    }
    assert_eq!(lanes::find(&mut tx, world.channel).await.unwrap(), Lane::default());
    for status in [Some(200), Some(401), None] {
        let mut call = world.call(Some(request), None);
        call.step = "auth.token".to_owned();
        exchanges::add(&mut tx, &call).await.unwrap();
        match status {
            Some(status) => exchanges::answer(&mut tx, call.id, status, &answer, took).await.unwrap(),
            None => exchanges::break_off(&mut tx, call.id, "timeout", "No answer.", took).await.unwrap(),
        };
        let lane = lanes::find(&mut tx, world.channel).await.unwrap();
        let at = Some(call.started_at.plus(took));
        let failure = status.map_or_else(|| "timeout".to_owned(), |status: u16| status.to_string());
        match status {
            Some(200) => assert_eq!((lane.signed_in_at, lane.sign_in_failure), (at, None)),
            _ => assert_eq!((lane.sign_in_failed_at, lane.sign_in_failure), (at, Some(failure))),
        }
        assert!(lane.signed_in_at.is_some(), "a failure leaves the last good one");
    }
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
