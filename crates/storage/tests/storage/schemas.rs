//! The two schemas say the same: tables, columns, what may be empty, keys and indexes.

use std::collections::BTreeMap;

use regex::Regex;

const SQLITE: &str = include_str!("../../migrations/sqlite/0001_schema.sql");
const POSTGRES: &str = include_str!("../../migrations/postgres/0001_schema.sql");

/// The versions after the first, of both databases.
const LATER: &[(&str, &str)] = &[(
    include_str!("../../migrations/sqlite/0002_sent_files.sql"),
    include_str!("../../migrations/postgres/0002_sent_files.sql"),
)];

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
    assert_eq!(tables(SQLITE), tables(POSTGRES));
    assert_eq!(indexes(SQLITE), indexes(POSTGRES));
    assert!(tables(SQLITE).len() >= 20 && indexes(SQLITE).len() >= 20, "the control: there is something to compare");
}

#[test]
fn later_versions_change_both_databases_in_the_same_way() {
    let kind =
        Regex::new(r#"(ADD COLUMN \w+) (BLOB|INTEGER|TEXT|uuid|bytea|bigint|boolean|timestamptz|text)( COLLATE "C")?"#);
    let kind = kind.unwrap();
    for (sqlite, postgres) in LATER {
        assert_eq!(kind.replace_all(sqlite, "$1 …"), kind.replace_all(postgres, "$1 …"));
        assert!(!indexes(sqlite).is_empty() && kind.is_match(sqlite), "the control: there is something to compare");
    }
}

/// The tables that hold tenants' rows.
pub(crate) fn tenant_tables() -> Vec<String> {
    let of_tenants =
        tables(SQLITE).into_iter().filter(|(_, lines)| lines.iter().any(|line| line.starts_with("tenant_id ")));
    of_tenants.map(|(table, _)| table).collect()
}

/// TENANT-1
#[test]
fn every_table_of_tenants_stands_under_row_level_security() {
    let protected = POSTGRES.split("FOREACH").nth(1).unwrap();
    let named = Regex::new(r"'(\w+)'").unwrap();
    let array = protected.split_once(']').unwrap().0;
    let mut protected: Vec<_> = named.captures_iter(array).map(|name| name[1].to_owned()).collect();
    protected.sort();
    assert_eq!(protected, tenant_tables());
}

/// TENANT-1
#[test]
fn keys_and_indexes_of_tenants_tables_begin_with_the_tenant() {
    // Asked before a tenant is known, or for all tenants at once.
    let system = ["user_email", "session_token", "session_end", "run_work"];
    let index = Regex::new(r"INDEX (\w+) ON \w+ \((\w+)").unwrap();
    for line in indexes(SQLITE).into_iter().chain(LATER.iter().flat_map(|(sqlite, _)| indexes(sqlite))) {
        let found = index.captures(&line).unwrap();
        assert_eq!(&found[2] == "tenant_id", !system.contains(&&found[1]), "{line}");
    }
    for (table, lines) in tables(SQLITE) {
        let key = lines.iter().find(|line| line.contains("PRIMARY KEY")).unwrap();
        let starts = key.starts_with("PRIMARY KEY (tenant_id") || key.starts_with("tenant_id ");
        assert_eq!(starts, !["installation", "manifest"].contains(&table.as_str()), "{table}: {key}");
    }
}
