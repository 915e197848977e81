//! Opens a PostgreSQL database as the two roles of the server, and migrates it as its owner.

use std::time::Duration;

use dossier_domain::{Clock, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Row};

use crate::error::{OpenError, safe_words};
use crate::inspection::{Inspection, Reading};
use crate::schema;

const APP: &str = "dossier_app";
const SYSTEM: &str = "dossier_system";
const CONNECT: Duration = Duration::from_secs(10);
/// How long a page waits for a connection before it says that the database does not answer.
const PATIENCE: Duration = Duration::from_secs(5);
const APP_CONNECTIONS: u32 = 16;
const SYSTEM_CONNECTIONS: u32 = 8;

fn options(url: &SecretString) -> Result<PgConnectOptions, OpenError> {
    let text = url.expose_secret();
    // The parser itself takes any scheme, and would look for a PostgreSQL where another database listens.
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(OpenError::Address);
    }
    text.parse().map_err(|_| OpenError::Address)
}

/// The connections of the app role and of the system role, both proven to be what they should be.
pub(crate) async fn open(url: &SecretString, system_url: &SecretString) -> Result<(PgPool, PgPool), OpenError> {
    let (app, system) = (options(url)?, options(system_url)?);
    let mut connection = connect(&app).await?;
    check(&mut connection, &app, APP, SYSTEM).await?;
    close(connection).await;
    let mut connection = connect(&system).await?;
    check(&mut connection, &system, SYSTEM, APP).await?;
    close(connection).await;
    let pool = |size, options| {
        let pool = PgPoolOptions::new().max_connections(size).acquire_timeout(PATIENCE);
        pool.after_connect(|connection, _| Box::pin(insist(connection))).connect_lazy_with(options)
    };
    Ok((pool(APP_CONNECTIONS, app), pool(SYSTEM_CONNECTIONS, system)))
}

/// A commit is on disk when it is answered, also where the cluster is set up to say so before: a call is sent because its
/// row was committed, and a database that forgot the row would have it sent again.
async fn insist(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let insist = "SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'";
    sqlx::query(insist).execute(connection).await.map(drop)
}

/// One connection, without the pool's patience: a refused one is told at once.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    match tokio::time::timeout(CONNECT, options.connect()).await {
        Ok(connected) => connected.map_err(|error| spoken(options, &error)),
        Err(_) => Err(unreachable(options, "it did not answer in time".to_owned())),
    }
}

async fn close(connection: PgConnection) {
    // A connection that cannot say goodbye is closed all the same.
    let _ = connection.close().await;
}

/// Refuses a role that row-level security does not bind, and a schema of another version.
async fn check(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
    wanted: &'static str,
    other: &'static str,
) -> Result<(), OpenError> {
    check_role(connection, options, wanted, other).await?;
    match version(connection).await.map_err(|error| spoken(options, &error))? {
        found if found < schema::VERSION => Err(OpenError::TooOld { found, needed: schema::VERSION }),
        found if found > schema::VERSION => Err(OpenError::TooNew { found, known: schema::VERSION }),
        _ => Ok(()),
    }
}

async fn check_role(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
    wanted: &'static str,
    other: &'static str,
) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| spoken(options, &error);
    roles_exist(connection, options).await?;
    let role = sqlx::query(
        "SELECT r.rolname::text AS name, r.rolsuper OR r.rolbypassrls AS free,
            pg_has_role(current_user, $1, 'USAGE') AS wanted, pg_has_role(current_user, $2, 'USAGE') AS other,
            coalesce((SELECT pg_has_role(current_user, c.relowner, 'USAGE') FROM pg_class c
                WHERE c.oid = to_regclass('request')), false) AS owner
         FROM pg_roles r WHERE r.rolname = current_user",
    )
    .bind(wanted)
    .bind(other)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let holds = |column: &str| role.try_get::<bool, _>(column).unwrap_or(false);
    let reasons = [
        (holds("free"), "it is a superuser or bypasses row-level security"),
        (holds("owner"), "it owns the tables"),
        (holds("other"), "it also has the rights of the server's other role"),
        (!holds("wanted"), "it is no member"),
    ];
    if let Some((_, reason)) = reasons.into_iter().find(|(wrong, _)| *wrong) {
        let role = role.try_get("name").unwrap_or_default();
        return Err(OpenError::WrongRole { role, reason, wanted });
    }
    Ok(())
}

async fn roles_exist(connection: &mut PgConnection, options: &PgConnectOptions) -> Result<(), OpenError> {
    for role in [APP, SYSTEM] {
        let found = sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = $1").bind(role);
        if found.fetch_optional(&mut *connection).await.map_err(|e| spoken(options, &e))?.is_none() {
            return Err(OpenError::RolesMissing(role));
        }
    }
    Ok(())
}

async fn version(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    // A migration that was cut off before its first version has made this table and given nobody a right to it.
    let table = "SELECT coalesce(has_table_privilege(to_regclass('_sqlx_migrations'), 'SELECT'), false) AS there";
    let table = sqlx::query(table).fetch_one(&mut *connection);
    if !table.await?.try_get::<bool, _>("there")? {
        return Ok(0);
    }
    let version = sqlx::query("SELECT coalesce(max(version), 0) AS version FROM _sqlx_migrations WHERE success");
    version.fetch_one(&mut *connection).await?.try_get("version")
}

/// Brings the schema to this program's version, as the role that owns it.
pub(crate) async fn migrate(url: &SecretString) -> Result<(), OpenError> {
    let options = options(url)?;
    let mut connection = connect(&options).await?;
    roles_exist(&mut connection, &options).await?;
    let found = version(&mut connection).await.map_err(|e| spoken(&options, &e))?;
    if found > schema::VERSION {
        return Err(OpenError::TooNew { found, known: schema::VERSION });
    }
    let done = schema::postgres().run_direct(None, &mut connection, false).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => spoken(&options, &error),
        error => OpenError::Other(error.to_string()),
    });
    close(connection).await;
    done
}

/// Whether the database holds an installation. One without a schema holds none.
pub(crate) async fn exists(url: &SecretString) -> Result<bool, OpenError> {
    let options = options(url)?;
    let failed = |error: sqlx::Error| spoken(&options, &error);
    let mut connection = connect(&options).await?;
    let held = if version(&mut connection).await.map_err(failed)? == 0 {
        false
    } else {
        sqlx::query("SELECT 1 FROM installation").fetch_optional(&mut connection).await.map_err(failed)?.is_some()
    };
    close(connection).await;
    Ok(held)
}

/// What stands in the database, seen as both roles of the server.
pub(crate) async fn inspect(
    url: &SecretString,
    system_url: &SecretString,
    clock: &Clock,
) -> Result<Inspection, OpenError> {
    let (app, system) = (options(url)?, options(system_url)?);
    let mut seen = Inspection::default();
    let mut connection = connect(&system).await?;
    seen.roles.extend(check_role(&mut connection, &system, SYSTEM, APP).await.err().map(|wrong| wrong.to_string()));
    close(connection).await;
    let mut connection = connect(&app).await?;
    seen.roles.extend(check_role(&mut connection, &app, APP, SYSTEM).await.err().map(|wrong| wrong.to_string()));
    look(&mut connection, clock, &mut seen).await.map_err(|error| spoken(&app, &error))?;
    close(connection).await;
    Ok(seen)
}

async fn look(connection: &mut PgConnection, clock: &Clock, seen: &mut Inspection) -> Result<(), sqlx::Error> {
    let before = clock.now();
    let answer = sqlx::query("SELECT clock_timestamp() AS there, current_setting('fsync') = 'off' AS forgetful");
    let answer = answer.fetch_one(&mut *connection).await?;
    let there = Timestamp::from_datetime(answer.try_get("there")?);
    seen.clock = Some(Reading { before, there, after: clock.now() });
    seen.forgetful = answer.try_get("forgetful")?;
    seen.schema = version(connection).await?;
    if seen.schema == 0 {
        return Ok(());
    }
    let key = sqlx::query("SELECT key_fingerprint FROM installation").fetch_optional(&mut *connection).await?;
    seen.key_fingerprint = key.map(|row| row.try_get("key_fingerprint")).transpose()?;
    for row in sqlx::query(UNPROTECTED).bind(APP).fetch_all(&mut *connection).await? {
        seen.unprotected.push(row.try_get("name")?);
    }
    for (role, privilege, tables, has, words) in RIGHTS {
        let wrong = sqlx::query(WRONG_RIGHTS).bind(role).bind(privilege).bind(tables).bind(has);
        for row in wrong.fetch_all(&mut *connection).await? {
            let table: String = row.try_get("name")?;
            seen.rights.push(format!("{role} {words} {table}."));
        }
    }
    Ok(())
}

/// Tables with tenants' rows that show more than the rows of the tenant that a transaction has set: without row-level
/// security, without a policy, or with one that asks for no tenant.
const UNPROTECTED: &str = "SELECT c.relname::text AS name FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind = 'r' AND c.relnamespace = (SELECT r.relnamespace FROM pg_class r WHERE r.oid = to_regclass('request'))
    AND NOT (c.relrowsecurity
        AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND $1::regrole = ANY(p.polroles::oid[]))
        AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
            AND ($1::regrole = ANY(p.polroles::oid[]) OR 0 = ANY(p.polroles::oid[]))
            AND coalesce(pg_get_expr(p.polqual, p.polrelid), '') NOT LIKE '%app.tenant%'))
    ORDER BY 1";

/// Tables among `$3`, or all with tenants' rows when that is empty, on which the role has the privilege other than `$4` says.
const WRONG_RIGHTS: &str = "SELECT c.relname::text AS name FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind = 'r' AND c.relnamespace = (SELECT r.relnamespace FROM pg_class r WHERE r.oid = to_regclass('request'))
    AND ($3 = '' OR c.relname = ANY(string_to_array($3, ' '))) AND has_table_privilege($1, c.oid, $2) <> $4
    ORDER BY 1";

/// What is looked for: role, privilege, tables, whether it must have it, and how it is said when not.
const RIGHTS: [(&str, &str, &str, bool, &str); 6] = [
    (APP, "SELECT", "", true, "may not read the table"),
    (
        APP,
        "INSERT",
        "request run result exchange audit_event audit_unsealed job session",
        true,
        "may not add to the table",
    ),
    (APP, "UPDATE", "audit_event", false, "may change the table"),
    (APP, "DELETE", "audit_event", false, "may delete from the table"),
    (SYSTEM, "SELECT", "tenant licence_module user_account session run job", true, "may not read the table"),
    (SYSTEM, "SELECT", "request request_key result exchange attachment", false, "may read the table"),
];

fn unreachable(options: &PgConnectOptions, reason: String) -> OpenError {
    OpenError::Unreachable { host: options.get_host().to_owned(), port: options.get_port(), reason }
}

fn spoken(options: &PgConnectOptions, error: &sqlx::Error) -> OpenError {
    let (host, port) = (options.get_host().to_owned(), options.get_port());
    match error {
        sqlx::Error::Io(io) => unreachable(options, io.to_string()),
        sqlx::Error::Tls(_) => unreachable(options, "no secure connection could be made".to_owned()),
        sqlx::Error::Database(database) => match database.code().unwrap_or_default().as_ref() {
            "28P01" | "28000" => OpenError::Refused { host, port, role: options.get_username().to_owned() },
            "3D000" => OpenError::NoDatabase {
                host,
                port,
                database: options.get_database().unwrap_or(options.get_username()).to_owned(),
            },
            "42501" => OpenError::NotOwner(options.get_username().to_owned()),
            "57P03" | "53300" => unreachable(options, safe_words(error)),
            _ => OpenError::Other(safe_words(error)),
        },
        _ => OpenError::Other(safe_words(error)),
    }
}
