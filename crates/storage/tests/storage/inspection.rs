//! What an operator is told of a database that is not opened.

use dossier_domain::{Clock, EventState, JobKind, RunState, Scope, Timestamp};
use dossier_storage::tenants::{self, Standing};
use dossier_storage::{Db, Inspection, Reading, SCHEMA, Settings, audit, events, inspect, jobs, system, testing};
use secrecy::ExposeSecret;

use crate::audits::event;
use crate::background::sent;
use crate::world::{World, at, tenant, world};

async fn seen(world: &World) -> Inspection {
    inspect(&world.test.settings, &Clock::System).await.unwrap()
}

#[tokio::test]
async fn a_sound_database_shows_its_version_and_whose_key_it_has_and_no_fault() {
    let world = world().await;
    let seen = seen(&world).await;
    assert_eq!(seen.schema, SCHEMA);
    assert_eq!(seen.key_fingerprint, Some(world.test.master().fingerprint()));
    let wrong = [seen.roles, seen.unprotected, seen.rights].concat();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(seen.clock.is_none(), world.on_sqlite());
    assert!(seen.clock.is_none_or(|clock| clock.apart() < 1_000), "the same machine");
}

#[tokio::test]
async fn nothing_is_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dossier.db");
    let seen = inspect(&Settings::Sqlite { path: path.clone() }, &Clock::System).await.unwrap();
    assert_eq!((seen.schema, seen.key_fingerprint), (0, None));
    assert!(!path.exists());
}

/// Each fault is made, seen, and was not there before.
#[tokio::test]
async fn a_wall_that_was_taken_down_is_seen() {
    let world = world().await;
    if world.on_sqlite() {
        return;
    }
    for (harm, unprotected, rights) in [
        ("ALTER TABLE request DISABLE ROW LEVEL SECURITY", Some("request"), None),
        ("CREATE POLICY lax ON run TO dossier_app USING (true)", Some("run"), None),
        ("CREATE POLICY lax ON result USING (true)", Some("result"), None),
        ("DROP POLICY app ON channel", Some("channel"), None),
        (
            "GRANT DELETE ON audit_event TO dossier_app",
            None,
            Some("dossier_app may delete from the table audit_event."),
        ),
        ("REVOKE SELECT ON output FROM dossier_app", None, Some("dossier_app may not read the table output.")),
        ("GRANT SELECT ON request TO dossier_system", None, Some("dossier_system may read the table request.")),
    ] {
        let before = seen(&world).await;
        world.test.alter(harm).await;
        let after = seen(&world).await;
        let news = |before: &[String], after: &[String]| {
            after.iter().filter(|wrong| !before.contains(wrong)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(
            news(&before.unprotected, &after.unprotected),
            unprotected.map_or(vec![], |t| vec![t.to_owned()]),
            "{harm}"
        );
        assert_eq!(news(&before.rights, &after.rights), rights.map_or(vec![], |t| vec![t.to_owned()]), "{harm}");
    }
}

#[tokio::test]
async fn an_empty_postgres_has_no_version_and_no_key() {
    let empty = testing::empty().await;
    let (Some(url), Some(system_url)) = (empty.url("dossier_app"), empty.url("dossier_system")) else { return };
    let seen = inspect(&Settings::Postgres { url, system_url }, &Clock::System).await.unwrap();
    assert_eq!((seen.schema, seen.key_fingerprint), (0, None));
}

#[test]
fn clocks_are_as_far_apart_as_the_way_of_the_answer_cannot_explain() {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
    let apart = |before, there, after| Reading { before: at(before), there: at(there), after: at(after) }.apart();
    assert_eq!(apart(10, 11, 12), 0);
    assert_eq!(apart(10, 15, 12), 3_000);
    assert_eq!(apart(10, 4, 12), 6_000);
}

/// TENANT-1
#[tokio::test]
async fn what_waits_for_a_person_is_counted_in_its_own_tenant() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    for (action, state) in [("one", RunState::Unknown), ("two", RunState::Unknown), ("three", RunState::Overdue)] {
        let run = world.run(request, action).await;
        assert!(world.move_to(run, RunState::Queued, state).await);
    }
    world.run(request, "four").await;
    let mut tx = world.write().await;
    let event = sent(&world, b"once");
    events::add(&mut tx, &event).await.unwrap();
    events::settle(&mut tx, event.id, EventState::Quarantined, Some("signature"), at(4)).await.unwrap();
    let job = world.id();
    jobs::add(&mut tx, job, JobKind::Poll, request, at(1), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(standing(&world.db, world.scope).await.given_up, 0, "the control: it only waits");
    let mut tx = world.db.system().await.unwrap();
    system::claim_job(&mut tx, "worker", at(5), at(9)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let held = jobs::find(&mut tx, job).await.unwrap().unwrap();
    jobs::bury(&mut tx, &held, "worker").await.unwrap();
    tx.commit().await.unwrap();

    let own = standing(&world.db, world.scope).await;
    assert_eq!((own.given_up, own.unknown, own.overdue, own.quarantined), (1, 2, 1, 1));
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    assert_eq!(standing(&world.db, other).await, Standing::default());
}

async fn standing(db: &Db, scope: Scope) -> Standing {
    tenants::standing(&mut db.read(scope).await.unwrap()).await.unwrap()
}

/// The operator's transaction reaches what it must, for one tenant only.
#[tokio::test]
async fn the_operators_role_adds_to_the_audit_of_its_own_tenant_only() {
    let world = world().await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    let mut tx = world.db.operate(world.scope).await.unwrap();
    audit::write(&mut tx, &event(&world, None)).await.unwrap();
    tx.commit().await.unwrap();
    let events = audit::list(&mut world.read().await, &audit::Filter::default(), None, 9).await.unwrap();
    assert_eq!(events.rows.len(), 1);
    if world.on_sqlite() {
        return;
    }
    let add = format!(
        "INSERT INTO audit_unsealed (tenant_id, event_id) VALUES ('{}', '{}')",
        other.tenant,
        world.id::<uuid::Uuid>()
    );
    let url = world.test.url("dossier_system").unwrap();
    let mut system = <sqlx::PgConnection as sqlx::Connection>::connect(url.expose_secret()).await.unwrap();
    let refused = sqlx::query(sqlx::AssertSqlSafe(add)).execute(&mut system).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "no tenant is set, so no row is its own");
}
