//! The audit: written with what it records, never changed.

use std::net::IpAddr;

use dossier_domain::{Actor, Origin, RequestId};
use dossier_storage::audit::{self, Event, Subject};
use dossier_storage::testing::{count, execute};
use dossier_storage::{StorageError, WriteTx};
use serde_json::json;

use crate::world::{World, at, world};

pub(crate) fn event(world: &World, request: Option<RequestId>) -> Event {
    Event {
        id: world.id(),
        at: at(4),
        actor: Actor::User { id: world.user, name: "Thandi Maseko".to_owned() },
        origin: Origin { address: Some(IpAddr::from([192, 0, 2, 7])), request_id: Some("log-17".to_owned()) },
        action: "request.renamed".to_owned(),
        subject: Subject { kind: "request".to_owned(), id: request.map(RequestId::uuid) },
        request,
        before: Some(json!({"reference": "Naledi K"})),
        after: Some(json!({"reference": "Naledi Khumalo"})),
    }
}

/// AUDIT-1
#[tokio::test]
async fn an_event_reads_back_with_who_where_what_before_and_after() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let of_request = event(&world, Some(request));
    let of_tenant =
        Event { actor: Actor::System, origin: Origin::default(), before: None, after: None, ..event(&world, None) };
    let operator = Event { actor: Actor::Operator, ..event(&world, None) };
    let anonymous = Event { actor: Actor::Anonymous, ..event(&world, None) };
    let mut tx = world.write().await;
    for event in [&of_request, &of_tenant, &operator, &anonymous] {
        audit::write(&mut tx, event).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(audit::list(&mut tx, Some(request), None, 10).await.unwrap().rows, std::slice::from_ref(&of_request));
    assert_eq!(audit::list(&mut tx, None, None, 10).await.unwrap().rows, [anonymous, operator, of_tenant, of_request]);
    assert_eq!(count(&mut tx, "SELECT count(*) AS n FROM audit_unsealed").await, Ok(4));
}

/// AUDIT-2
#[tokio::test]
async fn without_its_transaction_an_event_is_not_written() {
    let world = world().await;
    let mut tx = world.write().await;
    audit::write(&mut tx, &event(&world, None)).await.unwrap();
    drop(tx);
    assert_eq!(audit::list(&mut world.read().await, None, None, 10).await.unwrap().rows, []);
}

async fn try_out(tx: &mut WriteTx, sql: &'static str) -> Result<u64, StorageError> {
    execute(tx, sql, &[]).await
}

/// AUDIT-2
#[tokio::test]
async fn an_event_can_be_neither_changed_nor_removed() {
    let world = world().await;
    world.request("Naledi Khumalo").await;
    let mut tx = world.write().await;
    audit::write(&mut tx, &event(&world, None)).await.unwrap();
    tx.commit().await.unwrap();
    for sql in ["UPDATE audit_event SET action = 'nothing'", "DELETE FROM audit_event"] {
        let refused = try_out(&mut world.write().await, sql).await;
        let words = if world.on_sqlite() { "append-only" } else { "permission denied" };
        assert!(matches!(&refused, Err(StorageError::Db(said)) if said.contains(words)), "{sql}: {refused:?}");
    }
    let control = try_out(&mut world.write().await, "UPDATE request SET created_by_name = 'nobody'").await;
    assert_eq!(control, Ok(1), "the same on another table goes through");
}
