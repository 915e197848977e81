//! What an operator is told of a database that is not opened.

use dossier_domain::{Clock, Timestamp};
use dossier_storage::{Inspection, Reading, SCHEMA, Settings, inspect, testing};

use crate::world::{World, world};

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
