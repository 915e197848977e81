//! Manifests by digest: a run keeps to the text that it began with, whatever the registry holds by now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dossier_connector::{Manifest, Registry};
use dossier_storage::{ReadTx, manifests};

use crate::error::{AppError, Result};

/// Parsed manifests, kept so that a text is read once.
pub(crate) struct Manifests {
    registry: Registry,
    past: Mutex<HashMap<String, Arc<Manifest>>>,
}

impl Manifests {
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, past: Mutex::default() }
    }

    /// The manifest whose text has this digest.
    pub(crate) async fn at(&self, tx: &mut ReadTx, digest: &str) -> Result<Arc<Manifest>> {
        if let Some(current) = self.registry.list().find(|m| m.digest == digest) {
            return Ok(current);
        }
        if let Some(known) = self.past().get(digest) {
            return Ok(known.clone());
        }
        let text = manifests::find(tx, digest).await?.ok_or(AppError::NotFound)?.text;
        let parsed = Manifest::parse(&text).map_err(|problems| {
            AppError::internal(format!("the kept manifest {digest} has {} faults", problems.len()))
        })?;
        let parsed = Arc::new(parsed);
        self.past().insert(digest.to_owned(), parsed.clone());
        Ok(parsed)
    }

    fn past(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Manifest>>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
