//! Files that are written once, whole or not at all, and never over another one.

use std::io::{self, Write};
use std::path::Path;

/// Writes `text` into a new file that only its owner can read. It is there as a whole, on disk, or not at all.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when there is one.
pub(crate) fn private(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made for its owner only, under another name.
    let mut out = tempfile::NamedTempFile::new_in(folder)?;
    out.write_all(text.as_bytes())?;
    out.as_file().sync_all()?;
    out.persist_noclobber(file).map_err(|refused| refused.error)?;
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        private(&file, "one").unwrap();
        assert_eq!(private(&file, "two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing is left beside it");
    }
}
