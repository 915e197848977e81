//! Every statement of the sources: it names its tenant, and it has run.

use std::path::Path;

use regex::Regex;

use crate::schemas::tenant_tables;
use crate::walk::walk;

/// The SQL texts of one source file: the first argument of `query` and of `push`.
fn texts(source: &str) -> Vec<String> {
    let text = Regex::new(r#"(?s)\b(?:query|push)\(\s*"([^"]*)""#).unwrap();
    text.captures_iter(source).map(|found| found[1].to_owned()).collect()
}

/// Each source file of the crate with its SQL texts.
fn sources() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for folder in [folder.join("dialect"), folder] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                sources.push((name, texts(&std::fs::read_to_string(path).unwrap())));
            }
        }
    }
    sources
}

/// Whether a statement names `tenant_id` at least once for each table of tenants in it, and binds it first.
fn keeps_to_its_tenant(text: &str) -> bool {
    let table = Regex::new(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)").unwrap();
    let tables = tenant_tables();
    let named = table.captures_iter(text).filter(|found| tables.contains(&found[1].to_owned())).count();
    let bound = Regex::new(r"tenant_id = \$1\b|\(tenant_id, [^)]*\)\s+VALUES \(\$1,").unwrap();
    named == 0 || (bound.is_match(text) && text.matches("tenant_id").count() >= named)
}

/// TENANT-1: on SQLite nothing else stands between two tenants.
#[test]
fn every_statement_on_a_tenants_table_names_the_tenant() {
    let mut checked = 0;
    for (file, texts) in sources() {
        if file == "system.rs" {
            continue;
        }
        for text in texts {
            assert!(keeps_to_its_tenant(&text), "{file}: {text}");
            checked += usize::from(text.contains("tenant_id"));
        }
    }
    assert!(checked > 40, "the control: {checked} statements were found");
}

/// The control: what forgets its tenant is caught.
#[test]
fn a_statement_without_its_tenant_is_caught() {
    for planted in [
        "SELECT * FROM request WHERE id = $1",
        "SELECT r.id FROM request r JOIN channel c ON c.id = r.channel_id WHERE r.tenant_id = $1",
        "UPDATE run SET state = $2 WHERE id = $1",
        "DELETE FROM session",
        "SELECT tenant_id FROM request WHERE id = $1",
        "INSERT INTO output (request_id, tenant_id) VALUES ($1, $2)",
    ] {
        assert!(!keeps_to_its_tenant(planted), "{planted}");
        assert_eq!(texts(&format!("let rows = query(\n    \"{planted}\",\n);")), [planted]);
    }
    assert!(keeps_to_its_tenant("SELECT * FROM manifest WHERE digest = $1"));
}

/// A forgotten value is refused only when its statement runs, and PostgreSQL checks types only then.
#[tokio::test]
async fn every_statement_of_the_sources_has_run() {
    let ran = walk().await.guards().statements();
    let postgres = std::env::var_os(dossier_storage::testing::VARIABLE).is_some();
    let mut missed = Vec::new();
    for (file, texts) in sources() {
        // Run by the library itself or by tests, or never noted because they stand below the walk's transactions.
        if ["sqlite.rs", "postgres.rs", "testing.rs", "dialect.rs", "query.rs"].contains(&file.as_str()) {
            continue;
        }
        missed.extend(
            texts
                .into_iter()
                .filter(|text| !ran.iter().any(|ran| ran.contains(text)))
                .map(|text| format!("{file}: {text}")),
        );
    }
    assert!(missed.is_empty(), "PostgreSQL: {postgres}; {missed:#?}");
}
