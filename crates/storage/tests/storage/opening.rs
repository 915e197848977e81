//! Opening a database: what is refused, and in which words.

use std::path::PathBuf;

use dossier_storage::{Db, OpenError, SCHEMA, Settings, exists, migrate, testing};
use dossier_vault::MasterKey;
use secrecy::ExposeSecret;

use crate::world::world;

async fn refused(settings: &Settings) -> String {
    match Db::open(settings, MasterKey::generate()).await {
        Ok(_) => panic!("{settings:?} was opened"),
        Err(error) => error.to_string(),
    }
}

fn sqlite(path: PathBuf) -> Settings {
    Settings::Sqlite { path }
}

fn postgres(url: &str, system_url: &str) -> Settings {
    Settings::Postgres { url: url.into(), system_url: system_url.into() }
}

#[tokio::test]
async fn data_opens_with_its_own_master_key_only() {
    let world = world().await;
    let other = Db::open(&world.test.settings, MasterKey::generate()).await.map(|_| ());
    assert!(matches!(other, Err(OpenError::WrongKey)));
    let words = "This master key is not the one that the data was sealed with.";
    assert_eq!(other.unwrap_err().to_string(), words);
    assert!(Db::open(&world.test.settings, world.test.master()).await.is_ok(), "the control");
}

#[tokio::test]
async fn existing_data_can_be_told_without_a_key_and_nothing_is_made() {
    let test = testing::database().await;
    assert!(exists(&test.settings).await.unwrap());
    let path = test.folder.path().join("none.db");
    assert!(!exists(&sqlite(path.clone())).await.unwrap());
    assert!(!path.exists());
    std::fs::write(&path, b"").unwrap();
    assert!(!exists(&sqlite(path)).await.unwrap(), "an empty file holds nothing");
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("dossier.db");
    let said = refused(&sqlite(path.clone())).await;
    assert!(said.starts_with(&format!("The database file {} cannot be written", path.display())), "{said}");
    let said = refused(&sqlite(folder.path().to_owned())).await;
    assert!(said.contains("cannot be written"), "{said}");
}

#[tokio::test]
async fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let letter = "Dear Thandi, ".repeat(500);
    std::fs::write(&path, &letter).unwrap();
    let said = refused(&sqlite(path.clone())).await;
    assert!(said.contains("is not a database of Dossier, or it is damaged"), "{said}");
    assert!(exists(&sqlite(path.clone())).await.is_err());
    assert_eq!(std::fs::read_to_string(path).unwrap(), letter);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dossier.db");
    let db = Db::open(&sqlite(path.clone()), MasterKey::generate()).await.unwrap();
    for file in ["dossier.db", "dossier.db-wal", "dossier.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_open_a_new_file_at_once_agree_on_schema_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let settings = sqlite(folder.path().join("dossier.db"));
    let key = MasterKey::generate().to_text();
    let opened = [0; 4].map(|_| {
        let (settings, key) = (settings.clone(), MasterKey::from_text(key.expose_secret()).unwrap());
        tokio::spawn(async move { Db::open(&settings, key).await.map(|_| ()) })
    });
    for opened in opened {
        assert!(opened.await.unwrap().is_ok());
    }
    assert!(matches!(Db::open(&settings, MasterKey::generate()).await, Err(OpenError::WrongKey)), "the control");
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_refused() {
    let test = testing::database().await;
    let copied = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 99, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    test.alter(copied).await;
    let said = refused(&test.settings).await;
    let words =
        format!("The database has a newer schema (99) than this program knows ({SCHEMA}); use a newer program.");
    assert_eq!(said, words);
    if let Some(owner) = test.url("dossier_owner") {
        assert!(matches!(migrate(&owner).await, Err(OpenError::TooNew { found: 99, known: SCHEMA })));
    }
}

/// The writer waits, forces its data to disk and checks references; a reader cannot write.
#[tokio::test]
async fn sqlite_is_opened_with_the_settings_that_keep_data() {
    let world = world().await;
    if !world.on_sqlite() {
        return;
    }
    let mut tx = world.write().await;
    for (pragma, value) in [
        ("SELECT synchronous AS n FROM pragma_synchronous", 2),
        ("SELECT foreign_keys AS n FROM pragma_foreign_keys", 1),
        ("SELECT timeout AS n FROM pragma_busy_timeout", 5_000),
        ("SELECT secure_delete AS n FROM pragma_secure_delete", 1),
        ("SELECT journal_mode = 'wal' AS n FROM pragma_journal_mode", 1),
    ] {
        assert_eq!(testing::count(&mut tx, pragma).await, Ok(value), "{pragma}");
    }
}

/// The address of a role of this test's PostgreSQL.
fn url(test: &testing::TestDb, role: &str) -> Option<String> {
    test.url(role).map(|url| url.expose_secret().to_owned())
}

#[tokio::test]
async fn a_role_that_row_level_security_does_not_bind_is_refused() {
    let test = testing::database().await;
    let Some(app) = url(&test, "dossier_app") else { return };
    let (system, owner) = (url(&test, "dossier_system").unwrap(), url(&test, "dossier_owner").unwrap());
    let superuser = url(&test, "postgres").unwrap();
    for (app, system, words) in [
        (&superuser, &system, "The role postgres must not be used by the server: it is a superuser"),
        (&app, &superuser, "The role postgres must not be used by the server: it is a superuser"),
        (&owner, &system, "The role dossier_owner must not be used by the server: it owns the tables"),
        (&system, &system, "also has the rights of the server's other role"),
        (&app, &app, "also has the rights of the server's other role"),
    ] {
        let said = refused(&postgres(app, system)).await;
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_postgres_that_waits_for_its_migration_says_so() {
    let test = testing::database().await;
    let Some(app) = url(&test, "dossier_app") else { return };
    let empty = |role: &str| url(&test, role).unwrap().rsplit_once('/').unwrap().0.to_owned() + "/template1";
    let said = refused(&postgres(&empty("dossier_app"), &empty("dossier_system"))).await;
    assert_eq!(
        said,
        format!("The database has an older schema (0) than this program needs ({SCHEMA}); run dossier migrate.")
    );
    assert!(!exists(&postgres(&app, &empty("dossier_system"))).await.unwrap());
    let stranger = migrate(&empty("dossier_app").into()).await;
    assert!(matches!(&stranger, Err(OpenError::NotOwner(role)) if role == "dossier_app"), "{stranger:?}");
    assert!(migrate(&test.url("dossier_owner").unwrap()).await.is_ok(), "a migrated database stays as it is");

    // As a migration leaves it that was killed between the table of versions and the first version, which gives the rights.
    test.alter("REVOKE SELECT ON _sqlx_migrations FROM dossier_app, dossier_system").await;
    let cut_off = postgres(&app, &url(&test, "dossier_system").unwrap());
    assert_eq!(refused(&cut_off).await, said, "the next migration begins where that one ended");
}

#[tokio::test]
async fn a_postgres_that_cannot_be_used_is_named_without_its_password() {
    let nobody = "postgres://dossier_app:orange-kettle@127.0.0.1:1/dossier";
    let said = refused(&postgres(nobody, nobody)).await;
    assert!(said.starts_with("The database at 127.0.0.1:1 cannot be reached: "), "{said}");
    assert!(!said.contains("orange-kettle"), "{said}");
    let said = refused(&postgres("orange-kettle", nobody)).await;
    assert!(said.starts_with("The address of the database cannot be read") && !said.contains("orange"), "{said}");

    let test = testing::database().await;
    let Some(app) = url(&test, "dossier_app") else { return };
    let stranger = url(&test, "somebody").unwrap();
    let said = refused(&postgres(&stranger, &app)).await;
    assert!(said.contains("refused the role somebody"), "{said}");
    let missing = app.rsplit_once('/').unwrap().0.to_owned() + "/nowhere";
    let said = refused(&postgres(&missing, &app)).await;
    assert!(said.contains("has no database “nowhere”"), "{said}");
}

#[tokio::test]
async fn another_databases_address_is_not_taken_for_a_postgres() {
    let said = refused(&postgres("mysql://dossier:hunter2@127.0.0.1:1/x", "postgres://127.0.0.1:1/x")).await;
    assert!(said.contains("it has the form postgres://") && !said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn missing_roles_are_told_with_the_words_that_create_them() {
    let said = OpenError::RolesMissing("dossier_app").to_string();
    assert!(said.starts_with("The database has no role dossier_app; create the roles: CREATE ROLE dossier_owner"));
}

#[tokio::test]
async fn a_damaged_file_is_not_opened() {
    let world = world().await;
    let Some(path) = world.test.file() else { return };
    world.db.close().await;
    let mut bytes = std::fs::read(path).unwrap();
    let end = bytes.len();
    bytes[100..end].fill(0xa5);
    std::fs::write(path, bytes).unwrap();
    let said = Db::open(&world.test.settings, world.test.master()).await.unwrap_err().to_string();
    assert!(said.contains("damaged"), "{said}");
}

#[tokio::test]
async fn a_password_stays_out_of_debug_output() {
    let settings = postgres("postgres://a:orange-kettle@127.0.0.1/a", "postgres://b:orange-kettle@127.0.0.1/b");
    assert!(!format!("{settings:?}").contains("orange-kettle"));
    assert_eq!(format!("{:?}", testing::database().await.db), "Db");
}
