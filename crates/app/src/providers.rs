//! The providers of this installation, as administrators see them, and the look that keeps them up to date.

use std::time::Duration;

pub use dossier_connector::{Origin, Provider, Refusal};
use tokio::task::JoinHandle;

use crate::App;
use crate::error::{AppError, Result};
use crate::grant::{Grant, Manage};

/// How often the operator's folder is looked at. A change is taken up at the second look that finds it.
const LOOK: Duration = Duration::from_secs(2);

/// Everything that is to be said about providers.
pub struct Overview {
    /// Those that can be used, by key.
    pub providers: Vec<Listed>,
    /// Manifests of the operator's folder that are not used as they stand.
    pub refused: Vec<Refusal>,
    /// Whether the operator's folder could not be read at the last look.
    pub unreadable: bool,
}

/// A provider, for one tenant.
pub struct Listed {
    /// What it is and where it came from.
    pub provider: Provider,
    /// Whether the tenant's licence covers its module now.
    pub licensed: bool,
}

/// All providers, whether the tenant may use them or not.
pub fn overview(app: &App, grant: &Grant<Manage>) -> Overview {
    let now = app.registry.now();
    let listed = |provider: &Provider| Listed {
        licensed: grant.licence.covers(&provider.manifest.module, app.now()),
        provider: provider.clone(),
    };
    Overview {
        providers: now.list().map(listed).collect(),
        refused: now.refused().to_vec(),
        unreadable: now.is_unreadable(),
    }
}

/// Looks once whether the operator's folder has changed.
///
/// # Errors
/// [`AppError::Internal`] when the code that looks broke; what was read before stays.
pub async fn look(app: &App) -> Result<()> {
    let registry = app.registry.clone();
    tokio::task::spawn_blocking(move || registry.refresh()).await.map_err(AppError::internal)
}

/// Looks at the operator's folder again and again, for as long as it is kept.
pub struct Watch(Option<JoinHandle<()>>);

impl Watch {
    /// Starts looking. Without a folder there is nothing to do.
    pub fn start(app: &App) -> Self {
        let app = app.clone();
        Self(app.registry.changes().then(|| {
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(LOOK).await;
                    if let Err(error) = look(&app).await {
                        tracing::error!(error = ?error, "the folder of providers was not looked at");
                    }
                }
            })
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(looking) = &self.0 {
            looking.abort();
        }
    }
}
