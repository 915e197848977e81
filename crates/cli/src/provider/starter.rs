//! `dossier provider new`: a folder to begin with.

use std::path::Path;
use std::process::ExitCode;

use dossier_connector::Manifest;

use super::book::{EXAMPLES, MANIFEST};
use crate::fault::Fault;
use crate::say;

/// The manifest, with `%key%` and `%name%` where those of the new provider stand.
const TEMPLATE: &str = include_str!("../../templates/provider.yaml");
/// Its examples.
const SAMPLES: &[(&str, &str)] = &[
    ("find_company.yaml", include_str!("../../templates/find_company.yaml")),
    ("check_person.yaml", include_str!("../../templates/check_person.yaml")),
];

/// Writes the folder `key` inside of `parent`, where nothing of that name may be yet.
pub(super) fn write(key: &str, parent: &Path) -> Result<ExitCode, Fault> {
    if !Manifest::is_key(key) {
        return Err(Fault::new(format!(
            "“{key}” cannot be a provider's key: use small letters, digits and -, at most 50, and begin with a letter."
        )));
    }
    let folder = parent.join(key);
    if folder.symlink_metadata().is_ok() {
        return Err(Fault::new(format!(
            "{} is there already, and nothing was changed. Choose another name, or another place with --folder.",
            folder.display()
        )));
    }
    let name = name(key);
    let filled = |text: &str| text.replace("%key%", key).replace("%name%", &name);
    let unwritable = |e: std::io::Error| Fault::new(format!("{} cannot be written: {e}.", folder.display()));
    std::fs::create_dir_all(folder.join(EXAMPLES)).map_err(unwritable)?;
    std::fs::write(folder.join(MANIFEST), filled(TEMPLATE)).map_err(unwritable)?;
    for (file, text) in SAMPLES {
        std::fs::write(folder.join(EXAMPLES).join(file), filled(text)).map_err(unwritable)?;
    }
    let made = folder.display();
    say!("{made} is a provider that passes its tests. Change {MANIFEST} to what yours does, and after each change run");
    say!("  dossier provider check {made}");
    say!("  dossier provider test {made}");
    Ok(ExitCode::SUCCESS)
}

/// `acme-checks` as people would write it: `Acme Checks`.
fn name(key: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_uppercase())
    };
    key.split('-').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ")
}
