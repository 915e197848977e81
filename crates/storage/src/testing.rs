//! A database of one's own for each test, on whichever database the environment names.
//!
//! `DOSSIER_TEST_DATABASE` unset: SQLite in a temporary file. Set to the address of a superuser on a throw-away
//! PostgreSQL cluster with trust authentication: a copy of a template that is migrated once. Like the server, tests then
//! work as the app and the system role; a superuser would not see row-level security.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test without its database has failed")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dossier_domain::Entropy;
use dossier_vault::{MasterKey, token_digest};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

use crate::error::StorageError;
use crate::query::query;
use crate::settings::Settings;
use crate::tx::{ReadTx, WriteTx};
use crate::{Db, db, schema};

/// Where a PostgreSQL for tests is named.
pub const VARIABLE: &str = "DOSSIER_TEST_DATABASE";

/// A fresh database that goes with its owner.
#[derive(Debug)]
pub struct TestDb {
    /// The opened database. Its guards can be switched off: [`Db::guards`].
    pub db: Db,
    /// Where it is, for opening it once more.
    pub settings: Settings,
    /// A folder of the test's own, for files; the SQLite file lies in it.
    pub folder: TempDir,
    key: SecretString,
    cluster: Option<Cluster>,
}

/// One database on a test cluster.
#[derive(Debug)]
struct Cluster {
    admin: PgConnectOptions,
    name: String,
}

/// Makes a database, empty but for its schema, and opens it with a new master key.
pub async fn database() -> TestDb {
    let folder = TempDir::new().expect("a temporary folder");
    let (settings, cluster) = match std::env::var(VARIABLE) {
        Err(_) => (Settings::Sqlite { path: folder.path().join("dossier.db") }, None),
        Ok(url) => {
            let admin: PgConnectOptions = url.parse().expect("DOSSIER_TEST_DATABASE is a postgres:// address");
            let cluster = Cluster { name: clone_template(&admin, false).await, admin };
            let settings =
                Settings::Postgres { url: cluster.url("dossier_app"), system_url: cluster.url("dossier_system") };
            (settings, Some(cluster))
        }
    };
    let key = MasterKey::generate().to_text();
    let db = Db::open(&settings, read_key(&key)).await.expect("the test's database opens");
    TestDb { db, settings, folder, key, cluster }
}

/// A database that nobody has migrated yet, and a folder.
#[derive(Debug)]
pub struct EmptyDb {
    /// A folder of the test's own.
    pub folder: TempDir,
    cluster: Option<Cluster>,
}

/// A place where nothing is yet: on PostgreSQL the three roles and an empty database.
pub async fn empty() -> EmptyDb {
    let folder = TempDir::new().expect("a temporary folder");
    let Ok(url) = std::env::var(VARIABLE) else { return EmptyDb { folder, cluster: None } };
    let admin: PgConnectOptions = url.parse().expect("DOSSIER_TEST_DATABASE is a postgres:// address");
    let cluster = Cluster { name: clone_template(&admin, true).await, admin };
    EmptyDb { folder, cluster: Some(cluster) }
}

impl EmptyDb {
    /// The address of this database as `role`; `None` on SQLite.
    pub fn url(&self, role: &str) -> Option<SecretString> {
        self.cluster.as_ref().map(|cluster| cluster.url(role))
    }
}

fn read_key(text: &SecretString) -> MasterKey {
    MasterKey::from_text(text.expose_secret()).expect("a master key reads back what it wrote")
}

impl TestDb {
    /// The key that the data is sealed with.
    pub fn master(&self) -> MasterKey {
        read_key(&self.key)
    }

    /// Opens the same data once more, as a second process would.
    pub async fn open_again(&self) -> Db {
        Db::open(&self.settings, self.master()).await.expect("the test's database opens again")
    }

    /// The SQLite file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        match &self.settings {
            Settings::Sqlite { path } => Some(path),
            Settings::Postgres { .. } => None,
        }
    }

    /// Where the test's files may lie.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// The address of this database as `role`; `None` on SQLite.
    pub fn url(&self, role: &str) -> Option<SecretString> {
        self.cluster.as_ref().map(|cluster| cluster.url(role))
    }

    /// Changes schema or rows as whoever owns the database: what no function of this crate may do.
    pub async fn alter(&self, sql: &str) {
        match (&self.settings, &self.cluster) {
            (Settings::Sqlite { path }, _) => {
                let mut file = SqliteConnectOptions::new().filename(path).connect().await.expect("the file opens");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut file).await.expect("the change is accepted");
                file.close().await.expect("the file closes");
            }
            (Settings::Postgres { .. }, Some(cluster)) => {
                let mut owner = connect(&cluster.admin.clone().database(&cluster.name)).await;
                run(&mut owner, sql).await;
            }
            (Settings::Postgres { .. }, None) => {}
        }
    }
}

impl TestDb {
    /// Refuses from now on, as a full disk does, to `what` (`INSERT`, `UPDATE`) rows of `table` that are to be so:
    /// `NEW` is the row.
    pub async fn refuse(&self, what: &str, table: &str, when: &str) {
        self.alter(&if self.file().is_some() {
            format!(
                "CREATE TRIGGER no_room BEFORE {what} ON {table} WHEN {when}
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        } else {
            format!(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
                 CREATE TRIGGER no_room BEFORE {what} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION no_room()"
            )
        })
        .await;
    }

    /// Takes what was refused of `table` again.
    pub async fn accept(&self, table: &str) {
        let there = self.file().is_some();
        self.alter(&if there {
            "DROP TRIGGER no_room".to_owned()
        } else {
            format!("DROP TRIGGER no_room ON {table}; DROP FUNCTION no_room()")
        })
        .await;
    }
}

/// What a statement with one column `n` counts, in the rights of `tx`. For tests that forget a condition on purpose.
pub async fn count(tx: &mut ReadTx, sql: &'static str) -> Result<i64, StorageError> {
    tx.optional(query(sql)).await?.ok_or(StorageError::Corrupt("n"))?.get("n")
}

/// Runs a statement with numbers for its placeholders, in the rights of `tx`. For tests that do what they should not.
pub async fn execute(tx: &mut WriteTx, sql: &'static str, numbers: &[i64]) -> Result<u64, StorageError> {
    tx.execute(numbers.iter().fold(query(sql), |query, &number| query.bind(number))).await
}

impl Cluster {
    fn url(&self, role: &str) -> SecretString {
        address(&self.admin, role, &self.name)
    }
}

fn address(admin: &PgConnectOptions, role: &str, database: &str) -> SecretString {
    format!("postgres://{role}@{}:{}/{database}", admin.get_host(), admin.get_port()).into()
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    options.connect().await.expect("the PostgreSQL that DOSSIER_TEST_DATABASE names answers")
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.expect("the statement is accepted");
}

/// A copy of the template, which is made when this schema has none yet; or of the empty one, with the same roles.
async fn clone_template(admin: &PgConnectOptions, empty: bool) -> String {
    let template = template_name();
    let mut connection = connect(admin).await;
    // Test processes run side by side: one makes the template, the others wait.
    run(&mut connection, "SELECT pg_advisory_lock(8243261)").await;
    let there = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(&template);
    if there.fetch_optional(&mut connection).await.expect("the catalogue answers").is_none() {
        make_template(admin, &mut connection, &template).await;
    }
    run(&mut connection, "SELECT pg_advisory_unlock(8243261)").await;
    let name = format!("dossier_test_{}", hex(&Entropy::System.bytes::<8>()));
    let template = if empty { "template0" } else { template.as_str() };
    run(&mut connection, &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER dossier_owner")).await;
    connection.close().await.expect("the connection closes");
    name
}

/// Under another name until it is whole, so that a test run that was stopped leaves no half template behind.
async fn make_template(admin: &PgConnectOptions, connection: &mut PgConnection, template: &str) {
    for role in ["dossier_owner", "dossier_app", "dossier_system"] {
        let there = sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = $1").bind(role);
        if there.fetch_optional(&mut *connection).await.expect("the catalogue answers").is_none() {
            run(connection, &format!("CREATE ROLE {role} LOGIN")).await;
        }
    }
    run(connection, &format!("DROP DATABASE IF EXISTS {template}_unfinished")).await;
    run(connection, &format!("CREATE DATABASE {template}_unfinished OWNER dossier_owner")).await;
    db::migrate(&address(admin, "dossier_owner", &format!("{template}_unfinished")))
        .await
        .expect("the schema is accepted");
    run(connection, &format!("ALTER DATABASE {template}_unfinished RENAME TO {template}")).await;
}

/// Names the schema by its files, so that a changed one gets a template of its own; however many there are, the name has
/// room, since PostgreSQL cuts one after 63 bytes.
fn template_name() -> String {
    let sums: Vec<u8> = schema::postgres().iter().flat_map(|file| file.checksum.to_vec()).collect();
    format!("dossier_template_{}", hex(&token_digest(&sums)[..8]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Drops the copy, as well as can be: the cluster is thrown away in any case.
impl Drop for Cluster {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let drop = async move {
            if let Ok(mut connection) = admin.connect().await {
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
            }
        };
        // A runtime of its own: the test's may be ending.
        let thread = std::thread::spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(drop);
            }
        });
        let _ = thread.join();
    }
}
