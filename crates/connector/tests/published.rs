//! The file that editors read: `docs/manifest.schema.json`.

use std::fs;
use std::path::{Path, PathBuf};

use dossier_connector::manifest_schema;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `UPDATE=1` writes it anew.
#[test]
fn the_schema_in_docs_is_the_one_that_the_program_prints() {
    let file = root().join("docs/manifest.schema.json");
    let made = format!("{:#}\n", manifest_schema());
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(&file, &made).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == made,
        "docs/manifest.schema.json is stale: run `just schema`, or the line of it, and look at what changed"
    );
}

#[test]
fn every_key_of_the_schema_is_explained() {
    fn silent(value: &Value, at: &str, found: &mut Vec<String>) {
        let Value::Object(pairs) = value else {
            return value.as_array().into_iter().flatten().for_each(|item| silent(item, at, found));
        };
        if let (Some(Value::Object(keys)), Some(Value::Bool(false))) =
            (pairs.get("properties"), pairs.get("additionalProperties"))
        {
            // `type: object` of a form is a word of JSON Schema that says nothing.
            let says = |name: &str, key: &Value| {
                let fixed = name == "type" && key.get("const").is_some();
                fixed || key["description"].as_str().is_some_and(|text| text.ends_with('.'))
            };
            let mute = keys.iter().filter(|(name, key)| !says(name, key));
            found.extend(mute.map(|(name, _)| format!("{at}: {name}")));
        }
        pairs.iter().for_each(|(name, inner)| silent(inner, &format!("{at}/{name}"), found));
    }
    let mut found = Vec::new();
    silent(&manifest_schema(), "", &mut found);
    assert!(found.is_empty(), "these say nothing: {found:#?}");
}

#[test]
fn every_built_in_manifest_follows_the_schema() {
    let schema = jsonschema::validator_for(&manifest_schema()).unwrap();
    let mut seen = 0;
    for folder in fs::read_dir(root().join("providers")).unwrap() {
        let file = folder.unwrap().path().join("provider.yaml");
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let value: Value = serde_saphyr::from_str_with_options(&text, options()).unwrap();
        let faults: Vec<String> = schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {}", file.display(), faults.join("\n"));
        seen += 1;
    }
    assert!(seen > 0, "there is a built-in provider");
    let odd = serde_json::json!({ "manifest": 1 });
    assert!(!schema.is_valid(&odd), "the control: the schema refuses something");
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    }
}
