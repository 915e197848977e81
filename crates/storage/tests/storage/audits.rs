//! The audit: written with what it records, never changed.

use std::net::IpAddr;

use dossier_domain::{Actor, Origin, RequestId};
use dossier_storage::audit::{self, About, ActorKind, Event, Filter, Subject};
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

/// What belongs to a request.
pub(crate) fn of(request: RequestId) -> Filter {
    Filter { request: Some(request), ..Filter::default() }
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
    assert_eq!(audit::list(&mut tx, &of(request), None, 10).await.unwrap().rows, std::slice::from_ref(&of_request));
    assert_eq!(
        audit::list(&mut tx, &Filter::default(), None, 10).await.unwrap().rows,
        [anonymous, operator, of_tenant, of_request]
    );
    assert_eq!(count(&mut tx, "SELECT count(*) AS n FROM audit_unsealed").await, Ok(4));
}

/// AUDIT-2
#[tokio::test]
async fn without_its_transaction_an_event_is_not_written() {
    let world = world().await;
    let mut tx = world.write().await;
    audit::write(&mut tx, &event(&world, None)).await.unwrap();
    drop(tx);
    assert_eq!(audit::list(&mut world.read().await, &Filter::default(), None, 10).await.unwrap().rows, []);
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

/// AUDIT-3
#[tokio::test]
async fn the_audit_is_narrowed_by_who_what_about_what_and_when() {
    let world = world().await;
    let (request, other) = (world.request("Naledi Khumalo").await, world.request("Sipho 100%").await);
    let renamed = event(&world, Some(request));
    let operator = Event {
        actor: Actor::Operator,
        action: "licence.changed".to_owned(),
        at: at(8),
        origin: Origin::default(),
        ..event(&world, None)
    };
    let channel = Event {
        action: "channel.updated".to_owned(),
        subject: Subject { kind: "channel".to_owned(), id: Some(world.channel.into()) },
        at: at(9),
        ..event(&world, None)
    };
    let second = Event { actor: Actor::System, at: at(10), ..event(&world, Some(other)) };
    let mut tx = world.write().await;
    for event in [&renamed, &operator, &channel, &second] {
        audit::write(&mut tx, event).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    let all = Filter::default;
    let about = |text: &str| Filter { about: Some(About { text: text.to_owned(), ..About::default() }), ..all() };
    let id = |id: uuid::Uuid| Filter { about: Some(About { ids: vec![id], ..About::default() }), ..all() };
    let by = |actors: &[ActorKind]| Filter { actors: Some(actors.to_vec()), ..all() };
    let did = |actions: &[&str]| {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        Filter { actions: Some(actions), ..all() }
    };
    let number = About { log_request: Some("log-17".to_owned()), ..About::default() };
    for (filter, wanted) in [
        (by(&[ActorKind::Known(world.user.into())]), vec![&channel, &renamed]),
        (by(&[ActorKind::Known(world.user.into()), ActorKind::System]), vec![&second, &channel, &renamed]),
        (by(&[ActorKind::Operator]), vec![&operator]),
        (by(&[]), vec![]),
        (did(&["licence.changed", "channel.updated"]), vec![&channel, &operator]),
        (did(&[]), vec![]),
        (about("naledi"), vec![&renamed]),
        (about("100%"), vec![&second]),
        (about("0_%"), vec![]),
        (about("intouch"), vec![&channel]),
        (id(world.channel.into()), vec![&channel]),
        (id(request.uuid()), vec![&renamed]),
        (id(operator.id.uuid()), vec![&operator]),
        (Filter { about: Some(number), ..all() }, vec![&second, &channel, &renamed]),
        (Filter { from: Some(at(8)), before: Some(at(10)), ..all() }, vec![&channel, &operator]),
        (Filter { about: Some(About::default()), ..all() }, vec![]),
        (all(), vec![&second, &channel, &operator, &renamed]),
    ] {
        let found = audit::list(&mut tx, &filter, None, 10).await.unwrap().rows;
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter:?}");
    }
    assert!(!audit::is_sealed(&mut tx, renamed.id).await.unwrap(), "nothing seals yet");
    let reference = audit::name_of(&mut tx, "request", request.uuid()).await.unwrap();
    assert_eq!(reference.as_deref(), Some("Naledi Khumalo"));
    assert_eq!(audit::name_of(&mut tx, "tenant", request.uuid()).await, Ok(None));
}
