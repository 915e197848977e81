//! The providers of this installation: those that are compiled in, and those of the operator's folder.
//!
//! Who asks gets a whole set at once ([`Registry::now`]), which stays as it is while the folder changes. Files are read
//! by [`Registry::refresh`] alone, which blocks; call it where blocking is allowed, every few seconds.

mod folder;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rust_embed::RustEmbed;

use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::yaml::{self, Node};
use folder::Folder;

#[derive(RustEmbed)]
#[folder = "../../providers"]
struct BuiltIn;

/// The providers that this installation knows. Clones share them.
#[derive(Clone, Debug)]
pub struct Registry(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    built_in: BTreeMap<String, Arc<Manifest>>,
    /// Locked while files are read; nobody but [`Registry::refresh`] waits for it.
    folder: Option<Mutex<Folder>>,
    /// Locked only to exchange the set or to take it.
    now: RwLock<Arc<Providers>>,
}

/// All providers at one moment.
#[derive(Debug, Default)]
pub struct Providers {
    by_key: BTreeMap<String, Provider>,
    refused: Vec<Refusal>,
    unreadable: bool,
}

/// A provider and where it came from.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What it is.
    pub manifest: Arc<Manifest>,
    /// Where its manifest lies.
    pub origin: Origin,
    /// Whether this is an earlier text, which serves because the present one is refused.
    pub earlier: bool,
}

/// Where a manifest lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the program.
    BuiltIn,
    /// In this folder inside the operator's.
    Folder(String),
    /// In this folder inside the operator's, in place of the built-in one.
    Override(String),
}

/// A manifest of the operator's folder that is not used as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file, as seen from the operator's folder: `acme/provider.yaml`.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// The version that was read before from the same file and keeps serving.
    pub serving: Option<String>,
}

/// A manifest that is compiled in cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryError {
    /// Which file.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The manifest {} cannot be used.", self.file)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n{}:{problem}", self.file))
    }
}

impl std::error::Error for RegistryError {}

impl Registry {
    /// The manifests of `providers/`.
    ///
    /// # Errors
    /// The first manifest that cannot be used, with all its problems; the project's tests keep this from happening.
    pub fn built_in() -> Result<Self, RegistryError> {
        let mut manifests = BTreeMap::new();
        for file in BuiltIn::iter().filter(|f| f.ends_with("/provider.yaml")) {
            let bytes = BuiltIn::get(&file).map(|f| f.data).unwrap_or_default();
            let manifest = Manifest::parse(&String::from_utf8_lossy(&bytes))
                .map_err(|problems| RegistryError { file: file.to_string(), problems })?;
            manifests.insert(manifest.key.clone(), Arc::new(manifest));
        }
        Ok(Self::of(manifests, None))
    }

    /// The same with the providers of the operator's folder, each in a folder of its own with a `provider.yaml`: they
    /// add to the built-in ones, or stand in place of one with the same key. What is there is read now, and what is
    /// wrong with it harms nothing else.
    #[must_use]
    pub fn with_folder(&self, path: impl Into<PathBuf>) -> Self {
        let mut folder = Folder::new(path.into());
        folder.read_all();
        Self::of(self.0.built_in.clone(), Some(folder))
    }

    fn of(built_in: BTreeMap<String, Arc<Manifest>>, folder: Option<Folder>) -> Self {
        let now = Providers::of(&built_in, folder.as_ref(), &Providers::default());
        if let Some(folder) = &folder {
            now.log(&Providers::of(&built_in, None, &Providers::default()), folder);
        }
        Self(Arc::new(Shelf { built_in, folder: folder.map(Mutex::new), now: RwLock::new(Arc::new(now)) }))
    }

    /// Looks whether the operator's folder has changed, and takes up what has: a file that looks the same in two looks
    /// in a row, so that one that is still being written is left alone. A file that cannot be used is reported
    /// ([`Providers::refused`]); what was read from it before keeps serving. Blocks while it reads.
    pub fn refresh(&self) {
        let Some(folder) = &self.0.folder else { return };
        let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
        if folder.look() {
            let before = self.now();
            let next = Arc::new(Providers::of(&self.0.built_in, Some(&folder), &before));
            next.log(&before, &folder);
            *self.0.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
    }

    /// Whether there is an operator's folder, so that [`Registry::refresh`] has something to look at.
    pub fn changes(&self) -> bool {
        self.0.folder.is_some()
    }

    /// All providers as they are at this moment.
    pub fn now(&self) -> Arc<Providers> {
        self.0.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// These manifests beside the built-in ones, as if they were among them; one with the same key takes its place.
    #[must_use]
    pub fn with(&self, manifests: impl IntoIterator<Item = Manifest>) -> Self {
        let mut all = self.0.built_in.clone();
        all.extend(manifests.into_iter().map(|manifest| (manifest.key.clone(), Arc::new(manifest))));
        Self::of(all, None)
    }

    /// The provider called `key`.
    pub fn get(&self, key: &str) -> Option<Arc<Manifest>> {
        self.now().by_key.get(key).map(|provider| provider.manifest.clone())
    }

    /// All manifests, by key.
    pub fn list(&self) -> impl Iterator<Item = Arc<Manifest>> + use<> {
        self.now().list().map(|provider| provider.manifest.clone()).collect::<Vec<_>>().into_iter()
    }
}

impl Providers {
    /// All providers, by key.
    pub fn list(&self) -> impl Iterator<Item = &Provider> {
        self.by_key.values()
    }

    /// The manifests that are not used as they stand, by file.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// Whether the operator's folder itself could not be read at the last look. Everything that was read before stays.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// Lays the folder's manifests over the built-in ones. Of two folders with one key, the one that serves already
    /// goes on; at the start, the first by name.
    fn of(built_in: &BTreeMap<String, Arc<Manifest>>, folder: Option<&Folder>, before: &Self) -> Self {
        let alone =
            |manifest: &Arc<Manifest>| Provider { manifest: manifest.clone(), origin: Origin::BuiltIn, earlier: false };
        let mut all = Self {
            by_key: built_in.iter().map(|(key, manifest)| (key.clone(), alone(manifest))).collect(),
            ..Self::default()
        };
        let Some(folder) = folder else { return all };
        all.unreadable = folder.is_unreadable();
        let held = |name: &str, key: &str| before.by_key.get(key).is_some_and(|p| p.origin.folder() == Some(name));
        let mut shelves: Vec<_> = folder.shelves().collect();
        // Those that serve already first; the sort keeps the others in the order of their names.
        shelves.sort_by_key(|shelf| !shelf.good.is_some_and(|manifest| held(&shelf.name, &manifest.key)));
        for shelf in shelves {
            let mut problems = shelf.problems.to_vec();
            let mut serving = None;
            if let Some(manifest) = shelf.good {
                let taken = all.by_key.get(&manifest.key).and_then(|other| other.origin.folder());
                if let Some(other) = taken {
                    if problems.is_empty() {
                        problems.push(twice(manifest, other));
                    }
                } else {
                    serving = Some(manifest.version.clone());
                    let origin = if built_in.contains_key(&manifest.key) { Origin::Override } else { Origin::Folder };
                    let origin = origin(shelf.name.clone());
                    let provider = Provider { manifest: manifest.clone(), origin, earlier: !problems.is_empty() };
                    all.by_key.insert(manifest.key.clone(), provider);
                }
            }
            if !problems.is_empty() {
                all.refused.push(Refusal { file: format!("{}/{}", shelf.name, folder::FILE), problems, serving });
            }
        }
        all.refused.sort_by(|a, b| a.file.cmp(&b.file));
        all
    }

    /// Says what is different from `before`. Paths stand in the log alone: who sees the report may be no operator.
    fn log(&self, before: &Self, folder: &Folder) {
        if before.unreadable != self.unreadable {
            folder.log_unreadable();
        }
        for refusal in self.refused.iter().filter(|refusal| !before.refused.contains(refusal)) {
            let problems: Vec<_> = refusal.problems.iter().take(10).map(ToString::to_string).collect();
            let (file, problems) = (folder.path().join(&refusal.file), problems.join(" "));
            let serving = refusal.serving.as_deref().unwrap_or("none");
            tracing::error!(file = %file.display(), problems, serving, "a provider's manifest is refused");
        }
        for (key, provider) in &self.by_key {
            let same = |old: &Provider| {
                old.manifest.digest == provider.manifest.digest
                    && old.origin == provider.origin
                    && old.earlier == provider.earlier
            };
            if !before.by_key.get(key).is_some_and(same) {
                let Manifest { version, digest, .. } = &*provider.manifest;
                tracing::info!(provider = key, version, digest, origin = ?provider.origin, "a provider serves");
            }
        }
        for key in before.by_key.keys().filter(|key| !self.by_key.contains_key(*key)) {
            tracing::info!(provider = key, "a provider was removed");
        }
    }
}

impl Origin {
    /// The folder inside the operator's.
    pub fn folder(&self) -> Option<&str> {
        match self {
            Self::BuiltIn => None,
            Self::Folder(name) | Self::Override(name) => Some(name),
        }
    }
}

fn twice(manifest: &Manifest, other: &str) -> Problem {
    // The model keeps no places: only here one is asked for after the text was found good.
    let place = yaml::parse(&manifest.text).ok().and_then(|tree| match tree.node {
        Node::Map(pairs) => pairs.into_iter().find(|pair| pair.key == "key").map(|pair| pair.value.place),
        _ => None,
    });
    let place = place.unwrap_or_default();
    Problem {
        line: place.line,
        column: place.column,
        message: format!("The key “{}” is taken by {other}/{}.", manifest.key, folder::FILE),
        mend: "Give one of the two another key, or remove one of the folders.".to_owned(),
    }
}
