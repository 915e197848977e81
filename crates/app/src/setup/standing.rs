//! How the work of all tenants stands, for the operator's look at what is wrong.

use dossier_domain::Scope;
use dossier_storage::tenants::{self, Standing, Tenant};

use super::list_tenants;
use crate::App;
use crate::error::Result;

/// Files that the database knows and the store has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many were looked for: the newest of each tenant.
    pub looked_for: usize,
    /// How many are not there.
    pub missing: usize,
}

/// Each tenant with what an operator should know of its work.
///
/// # Errors
/// Only faults of this side.
pub async fn standing(app: &App) -> Result<Vec<(Tenant, Standing)>> {
    let mut all = Vec::new();
    for tenant in list_tenants(app).await? {
        let standing = tenants::standing(&mut app.db.read(Scope::of(tenant.id)).await?).await?;
        all.push((tenant, standing));
    }
    Ok(all)
}

/// Whether the files that the database names lie in the store: not where one of the two was restored or moved alone.
///
/// # Errors
/// Only faults of this side.
pub async fn missing_files(app: &App, of: &[(Tenant, Standing)]) -> Result<Missing> {
    let mut seen = Missing::default();
    for key in of.iter().flat_map(|(_, standing)| &standing.newest_files) {
        seen.looked_for += 1;
        seen.missing += usize::from(!app.blobs.has(key).await?);
    }
    Ok(seen)
}
