//! The master key: read where the operator keeps it, never invented beside data that another key has sealed.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use dossier_vault::MasterKey;
use secrecy::{ExposeSecret, SecretString};

use crate::fault::Fault;
use crate::keep;

/// The key in `text` or `file`.
pub(crate) fn load(text: Option<&SecretString>, file: Option<&Path>) -> Result<MasterKey, Fault> {
    let (text, place) = match (text, file) {
        (Some(text), _) => (text.clone(), "DOSSIER_MASTER_KEY".to_owned()),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).map_err(|e| match e.kind() {
                ErrorKind::NotFound => Fault::coded(
                    "key_missing",
                    format!(
                        "The master key {} is missing. Put it back, or name it in master_key_file; data that it sealed cannot \
                         be read with another.",
                        file.display()
                    ),
                ),
                _ => Fault::new(format!("The master key {} cannot be read: {e}.", file.display())),
            })?;
            (SecretString::from(text), file.display().to_string())
        }
        (None, None) => {
            return Err(Fault::new(
                "There is no master key: set master_key_file in the configuration, or DOSSIER_MASTER_KEY. \
                 `dossier init` makes one and everything else; keep a copy where the backups are not.",
            ));
        }
    };
    MasterKey::from_text(text.expose_secret())
        .map_err(|e| Fault::new(format!("The master key in {place} is unusable: {e}")))
}

/// The key in `file`, made now when neither it nor the data that it would belong to exists.
pub(crate) fn load_or_make(file: &Path, data_exists: bool) -> Result<MasterKey, Fault> {
    match File::open(file) {
        Ok(_) => load(None, Some(file)),
        Err(e) if e.kind() == ErrorKind::NotFound && data_exists => Err(Fault::new(format!(
            "The master key {} is missing, and the data beside it can only be read with it. Put the key back, or start \
             afresh with --fresh, which deletes this demo's data.",
            file.display()
        ))),
        Err(e) if e.kind() == ErrorKind::NotFound => make(file),
        Err(e) => Err(Fault::new(format!("The master key {} cannot be read: {e}.", file.display()))),
    }
}

/// A new key in `file`, which must not be there.
pub(crate) fn make(file: &Path) -> Result<MasterKey, Fault> {
    let key = MasterKey::generate();
    keep::private(file, &format!("{}\n", key.to_text().expose_secret()))
        .map_err(|e| Fault::new(format!("The master key {} cannot be written: {e}.", file.display())))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_where_there_is_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        let said = load_or_make(&file, true).unwrap_err().to_string();
        assert!(said.contains("is missing, and the data beside it"), "{said}");
        assert!(!file.exists(), "nothing half-made");
        let made = load_or_make(&file, false).unwrap();
        assert_eq!(load_or_make(&file, true).unwrap().fingerprint(), made.fingerprint());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        load_or_make(&file, false).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn no_key_and_a_broken_key_are_said_in_a_sentence() {
        let said = load(None, None).unwrap_err().to_string();
        assert!(said.starts_with("There is no master key: set master_key_file"), "{said}");
        let said = load(Some(&SecretString::from("short")), None).unwrap_err().to_string();
        assert!(
            said.starts_with("The master key in DOSSIER_MASTER_KEY is unusable: ") && !said.contains("short"),
            "{said}"
        );
    }
}
