//! A manifest as it lies on the disk, with the examples beside it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dossier_connector::{Manifest, Problem, Rehearsal};
use serde_json::{Value, json};

use crate::fault::Fault;

/// The file of a provider's folder.
pub(super) const MANIFEST: &str = "provider.yaml";
/// How it is called by mistake.
const MISNAMED: &str = "provider.yml";
/// The folder of the examples beside it.
pub(super) const EXAMPLES: &str = "examples";

/// One manifest and the files of examples beside it, as text.
pub(super) struct Book {
    pub(super) file: PathBuf,
    text: String,
    examples: Vec<(PathBuf, String)>,
}

/// What was read of a book.
pub(super) struct Read {
    /// Nothing when it has problems.
    pub(super) manifest: Option<Arc<Manifest>>,
    /// Each example and the file in which it stands.
    pub(super) examples: Vec<(PathBuf, Rehearsal)>,
    pub(super) problems: Vec<Spot>,
}

/// A problem and the file in which it is.
pub(super) struct Spot {
    pub(super) file: PathBuf,
    pub(super) problem: Problem,
}

impl Book {
    /// The books at `path`: a manifest, the folder of one, or a folder of such folders.
    pub(super) fn find(path: &Path) -> Result<Vec<Self>, Fault> {
        if !path.is_dir() {
            return Ok(vec![Self::open(path)?]);
        }
        let manifest = path.join(MANIFEST);
        if manifest.exists() {
            return Ok(vec![Self::open(&manifest)?]);
        }
        let below = entries(path)?;
        let alone = |folder: &&PathBuf| folder.join(MISNAMED).exists() && !folder.join(MANIFEST).exists();
        if let Some(folder) = std::iter::once(&path.to_owned()).chain(&below).find(alone) {
            let file = folder.join(MISNAMED);
            return Err(Fault::new(format!("{} is not read. Call it {MANIFEST}.", file.display())));
        }
        let below = below.into_iter().map(|folder| folder.join(MANIFEST)).filter(|file| file.exists());
        let books = below.map(|file| Self::open(&file)).collect::<Result<Vec<_>, _>>()?;
        if books.is_empty() {
            let folder = path.display();
            return Err(Fault::new(format!("There is no {MANIFEST} in {folder}, nor in a folder inside of it.")));
        }
        Ok(books)
    }

    /// The one book at `path`.
    pub(super) fn only(path: &Path) -> Result<Self, Fault> {
        let file = if path.is_dir() { path.join(MANIFEST) } else { path.to_owned() };
        Self::open(&file)
    }

    fn open(file: &Path) -> Result<Self, Fault> {
        let folder = file.parent().unwrap_or(Path::new("")).join(EXAMPLES);
        let mut examples = Vec::new();
        if folder.is_dir() {
            let yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml");
            for path in entries(&folder)?.into_iter().filter(yaml) {
                let text = text(&path)?;
                examples.push((path, text));
            }
        }
        Ok(Self { file: file.to_owned(), text: text(file)?, examples })
    }

    /// Reads everything. Examples are read even when the manifest cannot be.
    pub(super) fn read(&self) -> Read {
        let mut read = Read { manifest: None, examples: Vec::new(), problems: Vec::new() };
        match Manifest::parse(&self.text) {
            Ok(manifest) => {
                let manifest = Arc::new(manifest);
                let own = Rehearsal::of(&manifest).into_iter().map(|example| (self.file.clone(), example));
                read.examples.extend(own);
                read.manifest = Some(manifest);
            }
            Err(problems) => read.add(&self.file, problems),
        }
        for (file, text) in &self.examples {
            match &read.manifest {
                None => read.add(file, Rehearsal::problems(text)),
                Some(manifest) => match Rehearsal::read(manifest, text) {
                    Ok(examples) => read.examples.extend(examples.into_iter().map(|one| (file.clone(), one))),
                    Err(problems) => read.add(file, problems),
                },
            }
        }
        read
    }

    /// The manifest alone.
    pub(super) fn manifest(&self) -> Result<Arc<Manifest>, Fault> {
        Manifest::parse(&self.text).map(Arc::new).map_err(|problems| {
            let count = counted(problems.len(), "problem");
            let file = self.file.display();
            Fault::new(format!("{file} has {count}. `dossier provider check {file}` names them."))
        })
    }
}

impl Read {
    fn add(&mut self, file: &Path, problems: Vec<Problem>) {
        self.problems.extend(problems.into_iter().map(|problem| Spot { file: file.to_owned(), problem }));
    }
}

/// `file:line:column: what is wrong. What mends it.`
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { line, column, .. } = &self.problem;
        write!(f, "{}:", self.file.display())?;
        if *line > 0 {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.problem.said())
    }
}

impl Spot {
    pub(super) fn json(&self) -> Value {
        let Problem { line, column, message, mend } = &self.problem;
        json!({ "file": self.file.display().to_string(), "line": line, "column": column, "message": message, "mend": mend })
    }
}

/// `1 problem`, `2 problems`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What stands in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let unreadable = |e: std::io::Error| Fault::new(format!("The folder {} cannot be read: {e}.", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

fn text(file: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(file).map_err(|e| Fault::new(format!("{} cannot be read: {e}.", file.display())))
}
