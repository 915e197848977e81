//! Debug output ends in logs: it holds no secret and no personal data.

use dossier_storage::{audit, channels, exchanges, notes, requests, runs, system};
use serde_json::json;

use crate::audits::event;
use crate::world::{at, world};

#[tokio::test]
async fn debug_output_tells_ids_and_states_only() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let result = world.succeed(request, "consent", json!({"name": "Naledi"})).await;
    let call = world.call(Some(request), Some(result.run));
    let mut tx = world.write().await;
    exchanges::add(&mut tx, &call).await.unwrap();
    let event = event(&world, Some(request));
    audit::write(&mut tx, &event).await.unwrap();
    let run = runs::find(&mut tx, result.run).await.unwrap();
    let (text, by) = (Some("Naledi called".to_owned()), world.by.clone());
    let note = notes::Note { id: world.id(), request, became: None, version: 1, text, at: at(1), by };
    let filter = requests::Filter::default();
    let told = [
        format!("{:?}", requests::list(&mut tx, &filter, None, 5).await.unwrap()),
        format!("{run:?}"),
        format!("{result:?} {call:?} {event:?} {tx:?}"),
        format!("{:?}", exchanges::find(&mut tx, call.id).await.unwrap()),
        format!("{:?}", audit::list(&mut tx, &audit::Filter::default(), None, 5).await.unwrap()),
        format!("{:?}", channels::secrets(&mut tx, world.channel).await.unwrap()),
        format!("{note:?}"),
    ];
    drop(tx);
    let mut tx = world.db.system_read().await.unwrap();
    let credential = system::find_credential(&mut tx, "thandi@karoo.example").await.unwrap();
    let told = format!("{told:?} {credential:?} {:?}", world.test);
    for secret in ["Naledi", "umbrella-stand-41", "argon2id"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains(&result.id.to_string()) && told.contains("consent"), "the control: it tells something");
}

/// What the databases say of a refused statement never repeats a value.
#[tokio::test]
async fn errors_repeat_no_value() {
    let world = world().await;
    let mut tx = world.write().await;
    let sql =
        "INSERT INTO manifest (digest, key, version, text) VALUES ('a-digest-of-a-manifest', 'Naledi', 'Naledi', NULL)";
    let said = dossier_storage::testing::execute(&mut tx, sql, &[]).await.unwrap_err();
    assert!(!format!("{said:?} {said}").contains("Naledi"), "{said:?}");
    drop(tx);
    if !world.on_sqlite() {
        let mut tx = world.write().await;
        let said = dossier_storage::testing::count(&mut tx, "SELECT 'Naledi'::bigint AS n").await.unwrap_err();
        assert!(!format!("{said:?} {said}").contains("Naledi"), "{said:?}");
    }
}
