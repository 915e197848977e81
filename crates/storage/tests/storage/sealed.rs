//! Sealed columns: the database never holds their plain text, and a value opens only in its own place.

use dossier_storage::{StorageError, audit, channels, deliveries, exchanges, notes, results, runs, webhooks};
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::{Connection, PgConnection, Row};

use crate::audits::event;
use crate::webhooks::{attempt, secret, setup};
use crate::world::{World, add_run, at, world};

/// Everything that lies in the database, as one text: file and log of SQLite, or every row of PostgreSQL, where bytes are
/// written in hexadecimal.
async fn everything(world: &World) -> Vec<u8> {
    if let Some(path) = world.test.file() {
        let mut bytes = std::fs::read(path).unwrap();
        bytes.extend(std::fs::read(path.with_extension("db-wal")).unwrap());
        return bytes;
    }
    let mut admin = PgConnection::connect(world.test.url("postgres").unwrap().expose_secret()).await.unwrap();
    let tables =
        "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    let mut bytes = Vec::new();
    for table in sqlx::query(tables).fetch_all(&mut admin).await.unwrap() {
        let name: String = table.get("name");
        let rows = sqlx::AssertSqlSafe(format!("SELECT t::text AS row FROM {name} t"));
        for row in sqlx::query(rows).fetch_all(&mut admin).await.unwrap() {
            bytes.extend(row.get::<String, _>("row").into_bytes());
        }
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    [text.as_bytes(), hex.as_bytes()].iter().any(|wanted| bytes.windows(wanted.len()).any(|found| found == *wanted))
}

#[tokio::test]
async fn nothing_personal_or_secret_lies_in_the_database_in_plain() {
    let world = world().await;
    let request = world.request("Case 4711").await;
    let result = world.succeed(request, "company-kyc", json!({"tracking": "Naledi-1"})).await;
    let call = world.send(request, result.run).await;
    let mut tx = world.write().await;
    exchanges::break_off(&mut tx, call, "timeout", "Naledi timed out", std::time::Duration::ZERO).await.unwrap();
    let patch = runs::Patch { message: Some(("Naledi failed".to_owned(), true)), ..runs::Patch::default() };
    let run = world.id();
    let key = runs::Key { key: "key-of-Naledi", fingerprint: b"fingerprint of Naledi" };
    add_run(&mut tx, &world.by, run, request, "consent", Some(key)).await.unwrap();
    let (from, to) = (dossier_domain::RunState::Queued, dossier_domain::RunState::Failed);
    assert!(runs::move_to(&mut tx, run, from, to, patch).await.unwrap());
    let (text, by) = (Some("Naledi called".to_owned()), world.by.clone());
    let note = notes::Note { id: world.id(), request, became: None, version: 1, text, at: at(1), by };
    notes::add(&mut tx, &note, Some("note of Naledi")).await.unwrap();
    let hook = world.id();
    let named = webhooks::Setup { url: "https://naledi.example/Naledi".to_owned(), ..setup() };
    webhooks::add(&mut tx, hook, &named, &secret("umbrella-stand-41"), at(1)).await.unwrap();
    let news = (world.id(), hook, world.id());
    deliveries::add(&mut tx, news, dossier_domain::WebhookEvent::RunEnded, "{}", at(1)).await.unwrap();
    let failed = dossier_domain::DeliveryState::Failed;
    deliveries::tried(&mut tx, news.0, &attempt(&world), failed, None).await.unwrap();
    audit::write(&mut tx, &event(&world, Some(request))).await.unwrap();
    audit::write(&mut tx, &event(&world, None)).await.unwrap();
    tx.commit().await.unwrap();

    let bytes = everything(&world).await;
    for secret in ["Naledi", "umbrella-stand-41"] {
        assert!(!holds(&bytes, secret), "{secret}");
    }
    for open in ["Case 4711", "company-kyc", "thandi@karoo.example"] {
        assert!(holds(&bytes, open), "the control: what is not sealed is found: {open}");
    }
}

#[tokio::test]
async fn a_value_copied_to_another_row_or_column_does_not_open() {
    let world = world().await;
    let request = world.request("Case 4711").await;
    let (one, two) = (world.run(request, "company-kyc").await, world.run(request, "consent").await);
    assert!(runs::find(&mut world.read().await, two).await.is_ok(), "the control: in its own place it opens");
    let copied = "UPDATE run SET sealed_params = (SELECT sealed_params FROM run WHERE action = 'company-kyc')";
    world.test.alter(copied).await;
    assert_eq!(runs::find(&mut world.read().await, two).await, Err(StorageError::Sealed));
    assert!(runs::find(&mut world.read().await, one).await.is_ok());

    let result = world.succeed(request, "ocr", json!({"number": "1"})).await;
    world.test.alter("UPDATE result SET sealed_outputs = sealed_display").await;
    assert_eq!(results::find(&mut world.read().await, result.id).await, Err(StorageError::Sealed));
}

#[tokio::test]
async fn a_missing_byte_is_noticed() {
    let world = world().await;
    let shorter = "UPDATE channel SET sealed_secrets = substr(sealed_secrets, 1, length(sealed_secrets) - 1)";
    world.test.alter(shorter).await;
    let opened = channels::secrets(&mut world.read().await, world.channel).await.map(|_| ());
    assert_eq!(opened, Err(StorageError::Sealed));
}

#[tokio::test]
async fn with_its_key_erased_a_request_does_not_open_and_its_neighbour_does() {
    let world = world().await;
    let (gone, kept) = (world.request("Case 1").await, world.request("Case 2").await);
    let (lost, open) = (world.run(gone, "consent").await, world.run(kept, "consent").await);
    let first = "DELETE FROM request_key WHERE request_id = (SELECT id FROM request WHERE reference = 'Case 1')";
    world.test.alter(first).await;
    let mut tx = world.read().await;
    assert_eq!(runs::find(&mut tx, lost).await, Err(StorageError::Sealed));
    assert!(runs::find(&mut tx, open).await.unwrap().is_some());
}

#[tokio::test]
async fn a_second_process_opens_what_the_first_has_sealed() {
    let world = world().await;
    let request = world.request("Case 4711").await;
    let run = world.run(request, "consent").await;
    let beside = world.test.open_again().await;
    let found = runs::find(&mut beside.read(world.scope).await.unwrap(), run).await.unwrap().unwrap();
    assert_eq!(found.params, json!({"name": "Naledi Khumalo"}));
}
