//! The built-in providers: what their manifests say is held against their own examples. A provider that is added needs
//! nothing here.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use dossier_connector::{Manifest, Outcome, Registry, Rehearsal};

/// The examples in a built-in manifest and in the files beside it.
fn rehearsals(manifest: &Arc<Manifest>) -> Vec<Rehearsal> {
    let mut all = Rehearsal::of(manifest);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../providers").join(&manifest.key).join("examples");
    for file in folder.read_dir().into_iter().flatten() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let told = |problems: Vec<dossier_connector::Problem>| -> Vec<Rehearsal> {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}: {}", path.display(), lines.join("\n"))
        };
        all.extend(Rehearsal::read(manifest, &text).unwrap_or_else(told));
    }
    all
}

#[tokio::test]
async fn every_example_of_a_built_in_provider_holds() {
    let mut faults = Vec::new();
    for manifest in Registry::built_in().unwrap().list() {
        for rehearsal in rehearsals(&manifest) {
            let tried = rehearsal.run().await;
            let said = |fault| format!("{} {}, “{}”: {fault}", manifest.key, tried.action, tried.name);
            faults.extend(tried.faults.iter().map(said));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_action_has_an_example_that_goes_well_and_one_that_does_not() {
    for manifest in Registry::built_in().unwrap().list() {
        let rehearsals = rehearsals(&manifest);
        // A provider without any example is rehearsed elsewhere.
        for action in manifest.actions.iter().filter(|_| !rehearsals.is_empty()) {
            let (mut good, mut bad) = (0, 0);
            for rehearsal in rehearsals.iter().filter(|r| r.title().0 == action.key) {
                let well = matches!(rehearsal.end().await, Outcome::Succeeded(_));
                if well { good += 1 } else { bad += 1 }
            }
            assert!(good > 0 && bad > 0, "{} {}: {good} go well, {bad} do not", manifest.key, action.key);
        }
    }
}
