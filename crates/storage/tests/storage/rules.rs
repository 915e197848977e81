//! The rules that the two databases force, each with the harm that it prevents.

use std::time::Duration;

use dossier_domain::{BuiltInRole, RequestId, Timestamp, UserId};
use dossier_storage::testing::{count, execute};
use dossier_storage::{Constraint, Db, Guard, StorageError, WriteTx, channels, requests, roles, system, users};
use sqlx::{Connection, PgConnection, Row};
use time::OffsetDateTime;

use secrecy::ExposeSecret;

use crate::world::{World, add_channel, add_user, tenant, world};

/// Reads a request's version and writes one more, as a use case does that decides by what it read.
async fn grow(tx: &mut WriteTx, request: RequestId) -> Result<(), StorageError> {
    let seen = requests::lock(tx, request).await?.unwrap().version;
    execute(tx, "UPDATE request SET version = $1 + 1", &[seen]).await.map(drop)
}

async fn version(world: &World, request: RequestId) -> i64 {
    requests::find(&mut world.read().await, request).await.unwrap().unwrap().version
}

async fn grow_often(db: Db, world_scope: dossier_domain::Scope, request: RequestId) -> Result<(), StorageError> {
    for _ in 0..15 {
        let mut tx = db.write(world_scope).await?;
        grow(&mut tx, request).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_two_processes_wait_for_each_other_and_none_is_lost() {
    let world = world().await;
    let request = world.request("Zanele Dube").await;
    let beside = world.test.open_again().await;
    let tasks = [world.db.clone(), world.db.clone(), beside.clone(), beside]
        .map(|db| tokio::spawn(grow_often(db, world.scope, request)));
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    assert_eq!(version(&world, request).await, 61);
}

/// The control of the test above for `BEGIN IMMEDIATE`.
#[tokio::test]
async fn without_immediate_a_writer_of_sqlite_fails_at_once() {
    let world = world().await;
    if !world.on_sqlite() {
        return;
    }
    let request = world.request("Zanele Dube").await;
    let beside = world.test.open_again().await;
    beside.guards().off(Guard::Immediate);
    let mut late = beside.write(world.scope).await.unwrap();
    assert!(requests::find(&mut late, request).await.unwrap().is_some());
    let mut first = world.write().await;
    grow(&mut first, request).await.unwrap();
    first.commit().await.unwrap();
    let refused = grow(&mut late, request).await;
    assert!(matches!(&refused, Err(StorageError::Db(words)) if words.contains("locked")), "{refused:?}");
}

/// The control of the same test for `FOR UPDATE`.
#[tokio::test]
async fn without_row_locks_an_update_on_postgres_is_lost_silently() {
    let world = world().await;
    if world.on_sqlite() {
        return;
    }
    let request = world.request("Zanele Dube").await;
    world.db.guards().off(Guard::RowLocks);
    let (mut one, mut two) = (world.write().await, world.write().await);
    let seen = requests::lock(&mut one, request).await.unwrap().unwrap().version;
    assert_eq!(requests::lock(&mut two, request).await.unwrap().unwrap().version, seen, "both read the same");
    for mut tx in [one, two] {
        execute(&mut tx, "UPDATE request SET version = $1 + 1", &[seen]).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(version(&world, request).await, seen + 1, "two changes, one of them gone");
}

async fn add_with_code(world: &World, code: &'static str) -> Result<(), StorageError> {
    let id = world.id();
    let mut tx = world.db.write(world.scope).await?;
    add_channel(&mut tx, id, code, 0).await?;
    tx.commit().await
}

/// Two transactions, each of which counts the administrators and takes the other one away. What each counted, and how the
/// second one ended.
async fn take_each_other_away(world: &World, beside: &Db, second: UserId) -> ([usize; 2], Result<(), StorageError>) {
    let (mut one, mut two) = (world.write().await, beside.write(world.scope).await.unwrap());
    let mut counted = [0; 2];
    for (tx, counted) in [&mut one, &mut two].into_iter().zip(&mut counted) {
        roles::hold(tx).await.unwrap();
        *counted = users::administrators(tx).await.unwrap().len();
    }
    users::set_active(&mut one, second, false).await.unwrap();
    one.commit().await.unwrap();
    let late = async {
        users::set_active(&mut two, world.user, false).await?;
        two.commit().await
    };
    (counted, late.await)
}

/// ACCESS-5: the control of `of_two_administrators_who_deactivate_each_other_at_once_one_stays`. Without the lock that
/// `roles::hold` takes, both find two administrators and PostgreSQL keeps none; SQLite without its own refuses the second
/// writer with a fault.
#[tokio::test]
async fn without_holding_the_roles_two_administrators_take_each_other_away() {
    let world = world().await;
    let second = world.id();
    let mut tx = world.write().await;
    let administrator = roles::built_in(&mut tx, BuiltInRole::Administrator).await.unwrap().unwrap();
    add_user(&mut tx, second, "ravi@karoo.example", "Ravi Pillay", &[administrator]).await.unwrap();
    tx.commit().await.unwrap();
    let beside = world.test.open_again().await;
    for guard in [Guard::RowLocks, Guard::Immediate] {
        world.db.guards().off(guard);
        beside.guards().off(guard);
    }
    let (counted, late) = take_each_other_away(&world, &beside, second).await;
    assert_eq!(counted, [2, 2], "each believes that another one stays");
    world.db.guards().on();
    let left = users::administrators(&mut world.read().await).await.unwrap().len();
    if world.on_sqlite() {
        assert!(late.is_err() && left == 1, "{late:?} {left}");
    } else {
        assert!(late.is_ok() && left == 0, "the harm: {late:?} {left}");
    }
}

/// CHAN-3
#[tokio::test]
async fn of_two_who_save_one_code_at_once_exactly_one_wins() {
    let world = world().await;
    let (one, two) = tokio::join!(add_with_code(&world, "Sumsub"), add_with_code(&world, "SUMSUB"));
    let lost = Err(StorageError::Conflict(Constraint::ChannelCode));
    assert!((one == Ok(()) && two == lost) || (one == lost && two == Ok(())), "{one:?} {two:?}");
    assert_eq!(channels::list(&mut world.read().await).await.unwrap().len(), 2);
}

/// The control: without the index the code stands twice.
#[tokio::test]
async fn without_the_index_both_win() {
    let world = world().await;
    world.test.alter("DROP INDEX channel_code").await;
    let (one, two) = tokio::join!(add_with_code(&world, "Sumsub"), add_with_code(&world, "SUMSUB"));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(channels::list(&mut world.read().await).await.unwrap().len(), 3);
}

/// CHAN-3
#[tokio::test]
async fn the_code_of_a_deleted_channel_is_free_again() {
    let world = world().await;
    assert_eq!(add_with_code(&world, "INTOUCH-LIVE").await, Err(StorageError::Conflict(Constraint::ChannelCode)));
    let deleted = if world.on_sqlite() { "1" } else { "now()" };
    world.test.alter(&format!("UPDATE channel SET deleted_at = {deleted}")).await;
    assert_eq!(add_with_code(&world, "INTOUCH-LIVE").await, Ok(()));
}

#[tokio::test]
async fn after_a_refused_statement_the_transaction_goes_on() {
    let world = world().await;
    let mut tx = world.write().await;
    let refused = add_channel(&mut tx, world.id(), "intouch-live", 0).await;
    assert_eq!(refused, Err(StorageError::Conflict(Constraint::ChannelCode)));
    add_channel(&mut tx, world.id(), "another", 0).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(channels::list(&mut world.read().await).await.unwrap().len(), 2);
}

/// The control: PostgreSQL then refuses everything that follows.
#[tokio::test]
async fn without_a_savepoint_a_refused_statement_ends_the_transaction_on_postgres() {
    let world = world().await;
    world.db.guards().off(Guard::Savepoints);
    let mut tx = world.write().await;
    let refused = add_channel(&mut tx, world.id(), "intouch-live", 0).await;
    assert_eq!(refused, Err(StorageError::Conflict(Constraint::ChannelCode)));
    let next = add_channel(&mut tx, world.id(), "another", 0).await;
    assert_eq!(next.is_ok(), world.on_sqlite(), "{next:?}");
}

/// LIST-2
#[tokio::test]
async fn a_folded_column_matches_alike_on_both_databases_and_a_raw_one_does_not() {
    let world = world().await;
    world.request("ZOË Adams").await;
    let mut tx = world.read().await;
    let folded = "SELECT count(*) AS n FROM request WHERE reference_folded LIKE '%zoe ad%'";
    assert_eq!(count(&mut tx, folded).await, Ok(1));
    let raw = "SELECT count(*) AS n FROM request WHERE reference LIKE '%adAMS%'";
    assert_eq!(count(&mut tx, raw).await, Ok(i64::from(world.on_sqlite())), "SQLite ignores the case of A to Z");
    let accents = "SELECT count(*) AS n FROM request WHERE reference LIKE '%zoë%'";
    assert_eq!(count(&mut tx, accents).await, Ok(0), "and no other");
}

#[tokio::test]
async fn an_instant_reads_back_as_it_was_cut() {
    let world = world().await;
    let nanos = OffsetDateTime::from_unix_timestamp_nanos(1_764_000_000_123_456_789).unwrap();
    let before_1970 = OffsetDateTime::from_unix_timestamp_nanos(-1_001).unwrap();
    for raw in [nanos, before_1970] {
        let cut = Timestamp::from_datetime(raw);
        let mut tx = world.db.operate(world.scope).await.unwrap();
        system::set_licence(&mut tx, &[("kyc".to_owned(), Some(cut))]).await.unwrap();
        tx.commit().await.unwrap();
        let licence = dossier_storage::licences::load(&mut world.read().await).await.unwrap();
        assert_eq!(licence.modules().collect::<Vec<_>>(), [("kyc", Some(cut))]);
        assert_ne!(cut.datetime(), raw, "the control: uncut, what comes back is not what was written");
    }
}

/// TENANT-1
#[tokio::test]
async fn a_forgotten_tenant_filter_shows_nothing_of_others_on_postgres() {
    let world = world().await;
    world.request("Zanele Dube").await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    let forgotten = "SELECT count(*) AS n FROM request";
    let seen = count(&mut world.db.read(other).await.unwrap(), forgotten).await;
    assert_eq!(seen, Ok(i64::from(world.on_sqlite())), "SQLite has no second wall: see `statements`");
    let mut tx = world.db.write(other).await.unwrap();
    let touched = execute(&mut tx, "UPDATE request SET version = 9", &[]).await;
    assert_eq!(touched, Ok(u64::from(world.on_sqlite())));
    drop(tx);
    if !world.on_sqlite() {
        world.test.alter("ALTER TABLE request DISABLE ROW LEVEL SECURITY").await;
        let control = count(&mut world.db.read(other).await.unwrap(), forgotten).await;
        assert_eq!(control, Ok(1), "the control: without it the row of another tenant is seen");
    }
}

/// TENANT-1
#[tokio::test]
async fn a_row_cannot_be_handed_to_another_tenant_on_postgres() {
    let world = world().await;
    if world.on_sqlite() {
        return;
    }
    let mut tx = world.write().await;
    let moved = execute(&mut tx, "UPDATE role SET tenant_id = gen_random_uuid()", &[]).await;
    assert!(matches!(&moved, Err(StorageError::Db(words)) if words.contains("row-level security")), "{moved:?}");
}

/// A transaction without its tenant, on a connection that once had one: there the setting is an empty text.
async fn used_connection(db: &Db, scope: dossier_domain::Scope) -> dossier_storage::ReadTx {
    let empty = "SELECT CASE WHEN current_setting('app.tenant', true) = '' THEN 1 ELSE 0 END::bigint AS n";
    loop {
        db.guards().on();
        drop(db.read(scope).await.unwrap());
        db.guards().off(Guard::TenantSetting);
        let mut tx = db.read(scope).await.unwrap();
        if count(&mut tx, empty).await == Ok(1) {
            return tx;
        }
    }
}

#[tokio::test]
async fn an_empty_setting_on_a_pooled_connection_shows_no_rows() {
    let world = world().await;
    if world.on_sqlite() {
        return;
    }
    world.request("Zanele Dube").await;
    let rows = "SELECT count(*) AS n FROM request";
    assert_eq!(count(&mut used_connection(&world.db, world.scope).await, rows).await, Ok(0));
    let careless = "ALTER POLICY app ON request USING (tenant_id = current_setting('app.tenant', true)::uuid)";
    world.test.alter(careless).await;
    let control = count(&mut used_connection(&world.db, world.scope).await, rows).await;
    assert!(matches!(&control, Err(StorageError::Db(words)) if words.contains("22P02")), "{control:?}");
}

#[tokio::test]
async fn a_value_that_was_never_bound_is_refused() {
    let world = world().await;
    let mut tx = world.write().await;
    let forgotten = execute(&mut tx, "UPDATE request SET version = $1 WHERE version = $2", &[1]).await;
    assert_eq!(forgotten, Err(StorageError::Binds));
    assert_eq!(execute(&mut tx, "UPDATE request SET version = $1", &[1, 2]).await, Err(StorageError::Binds));
    drop(tx);
    if let Some(path) = world.test.file() {
        let mut file = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        let row = sqlx::query("SELECT $1 IS NULL AS n").fetch_one(&mut file).await.unwrap();
        assert!(row.get::<bool, _>("n"), "the control: SQLite takes it for NULL and says nothing");
    }
}

#[tokio::test]
async fn what_is_dropped_without_commit_never_happened() {
    let world = world().await;
    let id = world.request("Zanele Dube").await;
    let mut tx = world.write().await;
    grow(&mut tx, id).await.unwrap();
    drop(tx);
    assert_eq!(version(&world, id).await, 1);
    let mut tx = world.write().await;
    grow(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(version(&world, id).await, 2);
}

/// PostgreSQL would answer the commit with a silent rollback, SQLite would keep the first half.
#[tokio::test]
async fn a_transaction_with_a_failed_statement_cannot_be_committed() {
    let world = world().await;
    let id = world.request("Zanele Dube").await;
    let mut tx = world.write().await;
    grow(&mut tx, id).await.unwrap();
    execute(&mut tx, "UPDATE request SET version = NULL", &[]).await.unwrap_err();
    let refused = tx.commit().await;
    assert!(matches!(&refused, Err(StorageError::Db(words)) if words.contains("nothing was kept")), "{refused:?}");
    assert_eq!(version(&world, id).await, 1);
}

#[tokio::test]
async fn a_reader_sees_one_instant_and_cannot_write() {
    let world = world().await;
    let id = world.request("Zanele Dube").await;
    let mut reader = world.read().await;
    let before = requests::find(&mut reader, id).await.unwrap().unwrap();
    let mut tx = world.write().await;
    grow(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(requests::find(&mut reader, id).await.unwrap(), Some(before));
    assert_eq!(version(&world, id).await, 2);
    assert!(count(&mut reader, "UPDATE request SET version = 9 RETURNING version AS n").await.is_err());
}

/// Waits until somebody waits for a lock on the test's PostgreSQL.
pub(crate) async fn somebody_waits(world: &World) {
    let url = world.test.url("postgres").unwrap();
    let mut admin = PgConnection::connect(url.expose_secret()).await.unwrap();
    let waiting =
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        let row = sqlx::query(waiting).fetch_one(&mut admin).await.unwrap();
        if row.get::<i64, _>("n") > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_locked_row_makes_the_second_writer_wait_for_the_first() {
    let world = world().await;
    let request = world.request("Zanele Dube").await;
    let mut first = world.write().await;
    grow(&mut first, request).await.unwrap();
    let second = {
        let db = world.db.clone();
        let scope = world.scope;
        tokio::spawn(async move {
            let mut tx = db.write(scope).await?;
            grow(&mut tx, request).await?;
            tx.commit().await
        })
    };
    if !world.on_sqlite() {
        somebody_waits(&world).await;
    }
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), Ok(()));
    assert_eq!(version(&world, request).await, 3);
}

/// A cluster may answer a commit before it is on disk. A `sending` row that it then forgets is a call that is sent twice.
#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_cluster_says() {
    let world = world().await;
    // SQLite is opened so; there is nobody to say otherwise.
    let Some(admin) = world.test.url("postgres") else { return };
    let hasty = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
    END $$";
    world.test.alter(hasty).await;
    let off = "SELECT count(*) AS n FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'";
    let db = world.test.open_again().await;
    assert_eq!(count(&mut db.read(world.scope).await.unwrap(), off).await.unwrap(), 0);
    let mut admin = PgConnection::connect(admin.expose_secret()).await.unwrap();
    let control = sqlx::query(off).fetch_one(&mut admin).await.unwrap();
    assert_eq!(control.get::<i64, _>("n"), 1, "the control: others do not wait");
}
