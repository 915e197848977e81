//! Notes and deletion of requests.

use dossier_domain::{RequestId, RequestStatus, RunState};
use dossier_storage::notes::{self, Note};
use dossier_storage::testing::execute;
use dossier_storage::{Constraint, Cursor, StorageError, requests, runs, tenants};

use crate::world::{World, at, world};

fn note(world: &World, request: RequestId, text: Option<&str>, became: Option<RequestStatus>, version: i64) -> Note {
    let (text, by) = (text.map(str::to_owned), world.by.clone());
    Note { id: world.id(), request, became, version, text, at: at(1), by }
}

/// REQ-5
#[tokio::test]
async fn notes_read_back_newest_first_and_the_last_move_is_told_from_them() {
    let world = world().await;
    let (request, other) = (world.request("Case 1").await, world.request("Case 2").await);
    let written = [
        note(&world, request, Some("Naledi called."), None, 1),
        note(&world, request, None, Some(RequestStatus::Failed), 2),
        note(&world, request, Some("A better photo."), Some(RequestStatus::Pending), 3),
        note(&world, request, Some("Waiting."), None, 3),
    ];
    let mut tx = world.write().await;
    assert_eq!(notes::last_move(&mut tx, request).await, Ok(None));
    for note in &written {
        notes::add(&mut tx, note, None).await.unwrap();
    }
    notes::add(&mut tx, &note(&world, other, Some("Of another."), Some(RequestStatus::Cancelled), 9), None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    let first = notes::list(&mut tx, request, None, 3).await.unwrap();
    let newest: Vec<_> = written.iter().rev().cloned().collect();
    assert_eq!((&first.rows[..], first.newer), (&newest[..3], None));
    let rest = notes::list(&mut tx, request, first.older, 3).await.unwrap();
    assert_eq!((&rest.rows[..], rest.older), (&newest[3..], None));
    assert_eq!(rest.newer, Some(Cursor::Newer(written[0].id.uuid())));
    assert_eq!(notes::last_move(&mut tx, request).await, Ok(Some(written[2].clone())));
}

/// REQ-5
#[tokio::test]
async fn a_note_can_be_neither_changed_nor_removed() {
    let world = world().await;
    let request = world.request("Case 1").await;
    let mut tx = world.write().await;
    notes::add(&mut tx, &note(&world, request, Some("Seen."), None, 1), None).await.unwrap();
    tx.commit().await.unwrap();
    for sql in ["UPDATE note SET created_by_name = 'nobody'", "DELETE FROM note"] {
        let refused = execute(&mut world.write().await, sql, &[]).await;
        let words = if world.on_sqlite() { "append-only" } else { "permission denied" };
        assert!(matches!(&refused, Err(StorageError::Db(said)) if said.contains(words)), "{sql}: {refused:?}");
    }
    let control = execute(&mut world.write().await, "UPDATE request SET created_by_name = 'nobody'", &[]).await;
    assert_eq!(control, Ok(1), "the same on another table goes through");
}

#[tokio::test]
async fn a_second_note_with_the_same_key_is_refused_and_the_first_is_found_by_it() {
    let world = world().await;
    let request = world.request("Case 1").await;
    let (one, two) = (note(&world, request, Some("Once."), None, 1), note(&world, request, Some("Twice."), None, 1));
    let mut tx = world.write().await;
    notes::add(&mut tx, &one, Some("key")).await.unwrap();
    assert_eq!(notes::add(&mut tx, &two, Some("key")).await, Err(StorageError::Conflict(Constraint::NoteKey)));
    notes::add(&mut tx, &two, Some("another key")).await.unwrap();
    assert_eq!(notes::find_by_key(&mut tx, "key").await, Ok(Some(one)));
    assert_eq!(notes::find_by_key(&mut tx, "no key").await, Ok(None));
}

/// REQ-4
#[tokio::test]
async fn a_deleted_request_is_found_by_its_place_alone() {
    let world = world().await;
    let request = world.request("Case 1").await;
    let run = world.run(request, "consent").await;
    assert!(world.move_to(run, RunState::Queued, RunState::Running).await);
    assert!(world.move_to(run, RunState::Running, RunState::Unknown).await);
    assert_eq!(
        tenants::standing(&mut world.read().await).await.unwrap().unknown,
        1,
        "the control: it asks for a person"
    );
    let mut tx = world.write().await;
    assert_eq!(requests::place(&mut tx, request).await, Ok(Some((world.channel, false))));
    assert_eq!(requests::was_removed(&mut tx, request, 1).await, Ok(false));
    assert_eq!(requests::remove(&mut tx, request, at(5)).await, Ok(true));
    assert_eq!(requests::remove(&mut tx, request, at(6)).await, Ok(false), "once");
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    assert_eq!(requests::find(&mut tx, request).await, Ok(None));
    assert_eq!(requests::lock(&mut tx, request).await, Ok(None));
    assert_eq!(requests::place(&mut tx, request).await, Ok(Some((world.channel, true))));
    assert_eq!(requests::was_removed(&mut tx, request, 1).await, Ok(true));
    assert_eq!(requests::was_removed(&mut tx, request, 2).await, Ok(false));
    let reference = dossier_domain::Reference::parse("Another").unwrap();
    assert_eq!(requests::rename(&mut tx, request, &reference, at(7)).await, Ok(false));
    assert_eq!(tenants::standing(&mut tx).await.unwrap().unknown, 0, "nobody can settle it any more");
    assert_eq!(runs::find(&mut tx, run).await.unwrap().unwrap().state, RunState::Unknown, "and it does not lie");
}
