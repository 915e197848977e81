//! `dossier provider list`: the providers that this program brings along.

use std::process::ExitCode;

use dossier_connector::Registry;
use serde_json::{Value, json};

use super::book::counted;
use super::readable::aligned;
use crate::fault::Fault;
use crate::say;

/// Lists them by key.
pub(super) fn print(json: bool) -> Result<ExitCode, Fault> {
    let registry =
        Registry::built_in().map_err(|e| Fault::new(format!("A built-in provider manifest is broken: {e}")))?;
    let mut rows = Vec::new();
    let mut all: Vec<Value> = Vec::new();
    for manifest in registry.list() {
        let actions = manifest.actions.len();
        rows.push(vec![
            manifest.key.clone(),
            manifest.version.clone(),
            counted(actions, "action"),
            manifest.module.clone(),
            manifest.name.clone(),
        ]);
        all.push(json!({ "key": manifest.key, "version": manifest.version, "actions": actions,
            "module": manifest.module, "name": manifest.name, "origin": "built in" }));
    }
    if json {
        say!("{}", json!({ "providers": all }));
    } else {
        for line in aligned(&rows) {
            say!("{line}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
