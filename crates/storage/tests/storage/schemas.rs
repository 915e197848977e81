//! The two schemas say the same: tables, columns, what may be empty, keys and indexes.

use std::collections::BTreeMap;

use regex::Regex;

const SQLITE: &str = include_str!("../../migrations/sqlite/0001_schema.sql");
const POSTGRES: &str = include_str!("../../migrations/postgres/0001_schema.sql");

/// The versions after the first, of both databases.
const LATER: &[(&str, &str)] = &[
    (
        include_str!("../../migrations/sqlite/0002_sent_files.sql"),
        include_str!("../../migrations/postgres/0002_sent_files.sql"),
    ),
    (
        include_str!("../../migrations/sqlite/0003_goes_on.sql"),
        include_str!("../../migrations/postgres/0003_goes_on.sql"),
    ),
    // It adds no column: what it changes is whose role may do what.
    (
        include_str!("../../migrations/sqlite/0004_operator.sql"),
        include_str!("../../migrations/postgres/0004_operator.sql"),
    ),
    (
        include_str!("../../migrations/sqlite/0005_channels.sql"),
        include_str!("../../migrations/postgres/0005_channels.sql"),
    ),
    (
        include_str!("../../migrations/sqlite/0006_people.sql"),
        include_str!("../../migrations/postgres/0006_people.sql"),
    ),
    (include_str!("../../migrations/sqlite/0007_notes.sql"), include_str!("../../migrations/postgres/0007_notes.sql")),
    (
        include_str!("../../migrations/sqlite/0008_settings.sql"),
        include_str!("../../migrations/postgres/0008_settings.sql"),
    ),
    (
        include_str!("../../migrations/sqlite/0009_alarms.sql"),
        include_str!("../../migrations/postgres/0009_alarms.sql"),
    ),
    (
        include_str!("../../migrations/sqlite/0010_previews.sql"),
        include_str!("../../migrations/postgres/0010_previews.sql"),
    ),
    (include_str!("../../migrations/sqlite/0011_calls.sql"), include_str!("../../migrations/postgres/0011_calls.sql")),
    (include_str!("../../migrations/sqlite/0012_daily.sql"), include_str!("../../migrations/postgres/0012_daily.sql")),
    (include_str!("../../migrations/sqlite/0013_api.sql"), include_str!("../../migrations/postgres/0013_api.sql")),
    (
        include_str!("../../migrations/sqlite/0014_webhooks.sql"),
        include_str!("../../migrations/postgres/0014_webhooks.sql"),
    ),
];

/// All versions of one database's schema.
fn every(first: &'static str, later: impl Fn(&(&'static str, &'static str)) -> &'static str) -> String {
    std::iter::once(first).chain(LATER.iter().map(later)).collect::<Vec<_>>().join("\n")
}

fn sqlite() -> String {
    every(SQLITE, |versions| versions.0)
}

fn postgres() -> String {
    every(POSTGRES, |versions| versions.1)
}

/// Each table with its lines, types put into the words of PostgreSQL's.
fn tables(sql: &str) -> BTreeMap<String, Vec<String>> {
    let table = Regex::new(r"(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)").unwrap();
    let kind =
        Regex::new(r#"^(\w+) (BLOB|INTEGER|TEXT|uuid|bytea|bigint|boolean|timestamptz|text)( COLLATE "C")?"#).unwrap();
    let lines = |body: &str| body.lines().map(|line| kind.replace(line.trim(), "$1 …").into_owned()).collect();
    table.captures_iter(sql).map(|found| (found[1].to_owned(), lines(&found[2]))).collect()
}

fn indexes(sql: &str) -> Vec<String> {
    sql.lines().filter(|line| line.contains("INDEX")).map(str::to_owned).collect()
}

#[test]
fn both_databases_have_the_same_tables_columns_and_indexes() {
    assert_eq!(tables(&sqlite()), tables(&postgres()));
    assert_eq!(indexes(&sqlite()), indexes(&postgres()));
    assert!(
        tables(&sqlite()).len() >= 24 && indexes(&sqlite()).len() >= 30,
        "the control: there is something to compare"
    );
}

#[test]
fn later_versions_change_both_databases_in_the_same_way() {
    let column = Regex::new(
        r#"(ALTER TABLE \w+ ADD COLUMN \w+) (?:BLOB|INTEGER|TEXT|uuid|bytea|bigint|boolean|timestamptz|text)(?: COLLATE "C")?"#,
    );
    let column = column.unwrap();
    let added = |sql: &str| column.captures_iter(sql).map(|found| found[1].to_owned()).collect::<Vec<_>>();
    let mut compared = 0;
    for (sqlite, postgres) in LATER {
        assert_eq!(added(sqlite), added(postgres));
        compared += added(sqlite).len();
    }
    assert!(compared > 5, "the control: there is something to compare");
}

/// The tables that hold tenants' rows.
pub(crate) fn tenant_tables() -> Vec<String> {
    let of_tenants =
        tables(&sqlite()).into_iter().filter(|(_, lines)| lines.iter().any(|line| line.starts_with("tenant_id ")));
    of_tenants.map(|(table, _)| table).collect()
}

/// TENANT-1
#[test]
fn every_table_of_tenants_stands_under_row_level_security() {
    let named = Regex::new(r"'(\w+)'").unwrap();
    let mut protected: Vec<String> = Vec::new();
    for sql in std::iter::once(POSTGRES).chain(LATER.iter().map(|(_, postgres)| *postgres)) {
        // The loop that protects is the first of its file.
        let Some(loop_) = sql.split("FOREACH").nth(1) else { continue };
        let array = loop_.split_once(']').unwrap().0;
        protected.extend(named.captures_iter(array).map(|name| name[1].to_owned()));
    }
    protected.sort();
    assert_eq!(protected, tenant_tables());
}

/// TENANT-1
#[test]
fn keys_and_indexes_of_tenants_tables_begin_with_the_tenant() {
    // Asked before a tenant is known, or for all tenants at once.
    let system = [
        "user_email",
        "session_token",
        "session_end",
        "run_work",
        "job_due",
        "callback_token",
        "sign_in_link_token",
        "api_key_token",
    ];
    let index = Regex::new(r"INDEX (\w+) ON \w+ \((\w+)").unwrap();
    for line in indexes(&sqlite()) {
        let Some(found) = index.captures(&line) else { continue };
        assert_eq!(&found[2] == "tenant_id", !system.contains(&&found[1]), "{line}");
    }
    for (table, lines) in tables(&sqlite()) {
        let key = lines.iter().find(|line| line.contains("PRIMARY KEY")).unwrap();
        let starts = key.starts_with("PRIMARY KEY (tenant_id") || key.starts_with("tenant_id ");
        assert_eq!(starts, !["installation", "manifest"].contains(&table.as_str()), "{table}: {key}");
    }
}
