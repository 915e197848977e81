//! The manifests that are compiled in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rust_embed::RustEmbed;

use crate::manifest::Manifest;
use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../providers"]
struct BuiltIn;

/// The providers that this installation knows, by key.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<BTreeMap<String, Arc<Manifest>>>);

/// A manifest of a registry cannot be used.
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
        Ok(Self(Arc::new(manifests)))
    }

    /// These manifests beside those of this registry; one with the same key takes its place.
    #[must_use]
    pub fn with(&self, manifests: impl IntoIterator<Item = Manifest>) -> Self {
        let mut all = (*self.0).clone();
        all.extend(manifests.into_iter().map(|manifest| (manifest.key.clone(), Arc::new(manifest))));
        Self(Arc::new(all))
    }

    /// The provider called `key`.
    pub fn get(&self, key: &str) -> Option<Arc<Manifest>> {
        self.0.get(key).cloned()
    }

    /// All providers, by key.
    pub fn list(&self) -> impl Iterator<Item = &Arc<Manifest>> {
        self.0.values()
    }
}
