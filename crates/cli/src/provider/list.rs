//! `dossier provider list`: the providers that this program brings along, and those of an operator's folder.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use dossier_connector::Origin;
use serde_json::{Value, json};

use super::book::{Spot, counted};
use super::readable::aligned;
use crate::desk;
use crate::fault::Fault;
use crate::say;

/// Lists them by key. A manifest of the folder that is refused is told with its problems.
pub(super) fn print(folder: Option<&Path>, json: bool) -> Result<ExitCode, Fault> {
    let now = desk::registry(folder, "--providers")?.now();
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for provider in now.list() {
        let (manifest, origin) = (&provider.manifest, origin(&provider.origin));
        let actions = manifest.actions.len();
        all.push(json!({ "key": manifest.key, "version": manifest.version, "actions": actions,
            "module": manifest.module, "origin": origin, "name": manifest.name }));
        rows.push(vec![
            manifest.key.clone(),
            manifest.version.clone(),
            counted(actions, "action"),
            manifest.module.clone(),
            origin,
            manifest.name.clone(),
        ]);
    }
    let at = folder.unwrap_or(Path::new(""));
    let problems = now.refused().iter().flat_map(|refusal| {
        let spot = |problem| Spot { file: at.join(&refusal.file), problem };
        refusal.problems.iter().cloned().map(spot)
    });
    let problems: Vec<Spot> = problems.collect();
    if json {
        let problems: Vec<Value> = problems.iter().map(Spot::json).collect();
        say!("{}", json!({ "providers": all, "problems": problems }));
    } else {
        for line in aligned(&rows) {
            say!("{line}");
        }
        let mut err = std::io::stderr();
        for spot in &problems {
            let _ = writeln!(err, "{spot}");
        }
    }
    Ok(if now.refused().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::BuiltIn => "built in".to_owned(),
        Origin::Folder(name) => format!("{name}/"),
        Origin::Override(name) => format!("{name}/ in place of the built-in one"),
    }
}
