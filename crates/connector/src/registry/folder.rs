//! The operator's folder: which manifests stand in it, and whether they have changed since they were read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::digest;
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::yaml;

/// The name of a manifest in its folder.
pub(super) const FILE: &str = "provider.yaml";

/// How a manifest is called by mistake; it is not read, and not passed over in silence.
const MISNAMED: &str = "provider.yml";

/// The folder as it was at the last look.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    files: BTreeMap<OsString, Seen>,
    unreadable: Option<ErrorKind>,
}

/// One manifest, as it was at the last look.
#[derive(Debug, Default)]
struct Seen {
    stamp: Stamp,
    /// Whether it was read after it had stood still, so that nothing can have been missed.
    settled: bool,
    /// What was last read from it without a problem.
    good: Option<Arc<Manifest>>,
    /// What is wrong with it as it stands.
    problems: Vec<Problem>,
}

/// A manifest of the folder, for who makes the set of all.
pub(super) struct Shelf<'a> {
    pub(super) name: String,
    pub(super) good: Option<&'a Arc<Manifest>>,
    pub(super) problems: &'a [Problem],
}

/// What tells that a file is another one than before, without reading it.
#[derive(Debug, Default, PartialEq, Eq)]
enum Stamp {
    /// There is none.
    #[default]
    Gone,
    /// It cannot be looked at.
    Hidden(ErrorKind),
    /// Its size, when it was changed, and on Unix which file it is and when anything about it was changed.
    There(u64, Option<SystemTime>, [i128; 4]),
}

impl Stamp {
    fn of(file: &Path) -> Self {
        let gone = |kind: ErrorKind| matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory);
        match fs::metadata(file) {
            Ok(facts) => Self::There(facts.len(), facts.modified().ok(), identity(&facts)),
            // A link that leads nowhere is there, and is refused.
            Err(e) if gone(e.kind()) && fs::symlink_metadata(file).is_err_and(|e| gone(e.kind())) => Self::Gone,
            Err(e) => Self::Hidden(e.kind()),
        }
    }
}

#[cfg(unix)]
fn identity(facts: &fs::Metadata) -> [i128; 4] {
    use std::os::unix::fs::MetadataExt as _;
    [facts.dev().into(), facts.ino().into(), facts.ctime().into(), facts.ctime_nsec().into()]
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> [i128; 4] {
    [0; 4]
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, files: BTreeMap::new(), unreadable: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_unreadable(&self) -> bool {
        self.unreadable.is_some()
    }

    /// Says whether the folder can be read, now that this has changed.
    pub(super) fn log_unreadable(&self) {
        let folder = self.path.display();
        if let Some(why) = self.unreadable {
            tracing::error!(%folder, %why, "the folder of providers cannot be read; what was read stays");
        } else {
            tracing::info!(%folder, "the folder of providers can be read again");
        }
    }

    /// The manifests that were read or refused, by folder.
    pub(super) fn shelves(&self) -> impl Iterator<Item = Shelf<'_>> {
        self.files.iter().map(|(name, seen)| Shelf {
            name: name.to_string_lossy().into_owned(),
            good: seen.good.as_ref(),
            problems: &seen.problems,
        })
    }

    /// Reads everything, whether it stands still or not: the next look reads it again.
    pub(super) fn read_all(&mut self) {
        self.go_through(true);
    }

    /// Takes up what has changed and stood still since the last look; says whether the answer is another one now.
    pub(super) fn look(&mut self) -> bool {
        self.go_through(false)
    }

    fn go_through(&mut self, at_once: bool) -> bool {
        let found = names(&self.path);
        let unreadable = found.as_ref().err().map(io::Error::kind);
        let mut changed = self.unreadable != unreadable;
        self.unreadable = unreadable;
        // A folder that cannot be read has lost nothing: it may be mounted again in a moment.
        let Ok(found) = found else { return changed };
        let known: BTreeSet<_> = self.files.keys().cloned().chain(found).collect();
        for name in known {
            let (mut file, other) = (self.path.join(&name).join(FILE), self.path.join(&name).join(MISNAMED));
            let mut stamp = Stamp::of(&file);
            if stamp == Stamp::Gone {
                (file, stamp) = (other.clone(), Stamp::of(&other));
            }
            if stamp == Stamp::Gone && !self.files.contains_key(&name) {
                continue;
            }
            let seen = self.files.entry(name.clone()).or_default();
            let still = seen.stamp == stamp && !at_once;
            if still && stamp == Stamp::Gone {
                changed |= seen.good.is_some() || !seen.problems.is_empty();
                self.files.remove(&name);
                continue;
            }
            if !still {
                seen.settled = false;
                seen.stamp = stamp;
            }
            if at_once || still && !seen.settled {
                changed |= seen.read(&file, still);
            }
        }
        changed
    }
}

/// What stands in the folder. Names that begin with a dot are those of tools that are still at work.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    Ok(names)
}

impl Seen {
    /// Reads the file; says whether the answer is another one now.
    fn read(&mut self, file: &Path, still: bool) -> bool {
        let text = text_of(file);
        // What failed for another reason than its content may work at the next look.
        self.settled = still && text.is_ok() && Stamp::of(file) == self.stamp;
        let text = text.unwrap_or_else(|e| Err(problem(0, 0, format!("The file cannot be read: {e}."), UNREADABLE)));
        let outcome = text.map_err(|problem| vec![problem]).and_then(|text| {
            let known = self.good.as_ref().filter(|good| good.digest == digest::sha256(text.as_bytes()));
            known.map_or_else(|| Manifest::parse(&text).map(Arc::new), |good| Ok(good.clone()))
        });
        match outcome {
            Ok(manifest) => {
                let same = self.problems.is_empty() && self.good.as_ref().is_some_and(|g| g.digest == manifest.digest);
                self.problems.clear();
                self.good = Some(manifest);
                !same
            }
            Err(problems) => {
                let same = self.problems == problems;
                self.problems = problems;
                !same
            }
        }
    }
}

const UNREADABLE: &str = "Let the user that Dossier runs as read it.";

/// The text of a manifest, or why its content is none.
fn text_of(file: &Path) -> io::Result<Result<String, Problem>> {
    if file.ends_with(MISNAMED) {
        let message = format!("The file is called {MISNAMED}, so it is not used.");
        return Ok(Err(problem(0, 0, message, "Call it provider.yaml.")));
    }
    // Asked before it is opened: to open a pipe waits for a writer.
    if !fs::metadata(file)?.is_file() {
        let mend = "Put the manifest itself there, or a link to it.";
        return Ok(Err(problem(0, 0, format!("{FILE} is not a file."), mend)));
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(yaml::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > yaml::MAX_BYTES {
        let message = format!("The file has more than {} bytes.", yaml::MAX_BYTES);
        return Ok(Err(problem(0, 0, message, "Make it smaller.")));
    }
    Ok(String::from_utf8(bytes).map_err(|e| {
        let good = String::from_utf8_lossy(&e.as_bytes()[..e.utf8_error().valid_up_to()]);
        let line = good.split('\n').count();
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        problem(line as u64, column as u64, "This is not text in UTF-8.".to_owned(), "Save the file as UTF-8.")
    }))
}

fn problem(line: u64, column: u64, message: String, mend: &str) -> Problem {
    Problem { line, column, message, mend: mend.to_owned() }
}
