//! `dossier provider check`: everything that is wrong, each with its place.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::book::{Book, Spot, counted};
use crate::fault::Fault;
use crate::say;

/// Checks all of `paths`. A path that cannot be read ends the command; a manifest with problems does not.
pub(super) fn check(paths: &[PathBuf], json: bool) -> Result<ExitCode, Fault> {
    let mut problems: Vec<Spot> = Vec::new();
    let mut sound: Vec<Value> = Vec::new();
    for path in paths {
        for book in Book::find(path)? {
            let read = book.read();
            if let Some(manifest) = read.manifest.filter(|_| read.problems.is_empty()) {
                let (key, name, version, actions) =
                    (&manifest.key, &manifest.name, &manifest.version, manifest.actions.len());
                if !json {
                    say!("{name} ({key} {version}): {}, no problem.", counted(actions, "action"));
                }
                let file = book.file.display().to_string();
                sound.push(json!({ "file": file, "key": key, "name": name, "version": version, "actions": actions,
                    "examples": read.examples.len() }));
            }
            problems.extend(read.problems);
        }
    }
    if json {
        let problems: Vec<Value> = problems.iter().map(Spot::json).collect();
        say!("{}", json!({ "providers": sound, "problems": problems }));
    } else {
        let mut err = std::io::stderr();
        for spot in &problems {
            let _ = writeln!(err, "{spot}");
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
