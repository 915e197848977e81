//! The data folder of the demo: whose it is, that only one demo uses it, and what may be deleted in it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::desk;
use crate::fault::Fault;
use crate::serve::DATABASE;

/// Says that a folder is the demo's, so that `--fresh` deletes nothing else.
const MARKER: &str = "this-is-a-dossier-demo";
/// Stands while the data are being prepared: what was cut off is prepared anew, since nobody has used it yet.
const UNFINISHED: &str = "unfinished";

/// A demo's data folder, held by this process alone.
pub(crate) struct Folder {
    path: PathBuf,
    _held: File,
}

impl Folder {
    /// Makes the folder ready. What was left half-made, or is to be made afresh, is deleted first.
    pub(crate) fn prepare(path: &Path, fresh: bool) -> Result<Self, Fault> {
        let marked = path.join(MARKER).exists();
        let empty = || std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if path.exists() && !marked && !empty() {
            return Err(Fault::new(format!(
                "The folder {} holds something that is not a demo. Name another one with --data.",
                path.display()
            )));
        }
        desk::make_folder(path)?;
        let held = desk::hold(path, "--data")?;
        if marked && (fresh || path.join(UNFINISHED).exists()) {
            clear(path)
                .map_err(|e| Fault::new(format!("The demo's data in {} cannot be deleted: {e}.", path.display())))?;
        }
        let says = "`dossier demo --fresh` deletes what is in this folder.\n";
        std::fs::write(path.join(MARKER), says).map_err(|e| unwritable(path, &e))?;
        if !path.join(DATABASE).exists() {
            let says = "`dossier demo` is preparing its data.\n";
            std::fs::write(path.join(UNFINISHED), says).map_err(|e| unwritable(path, &e))?;
        }
        Ok(Self { path: path.to_owned(), _held: held })
    }

    /// The data are whole: the next start keeps them.
    pub(crate) fn complete(&self) -> Result<(), Fault> {
        match std::fs::remove_file(self.path.join(UNFINISHED)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(unwritable(&self.path, &e)),
            _ => Ok(()),
        }
    }
}

/// Deletes everything in the folder but what says whose it is and who holds it.
fn clear(data: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name() == MARKER || entry.file_name() == desk::LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn unwritable(folder: &Path, error: &io::Error) -> Fault {
    Fault::new(format!("The folder {} cannot be written: {error}.", folder.display()))
}
