//! The dashboard: how a tenant's requests and channels stand, at one instant.

use std::ops::Range;

use dossier_domain::Timestamp;
use dossier_storage::requests as stored;

use crate::App;
use crate::channels;
use crate::error::Result;
use crate::grant::{Grant, Read};
use crate::lanes::{self, Health};
use crate::requests::{self, Counts, Filter};

/// What the dashboard shows.
pub struct Dashboard {
    /// How many requests stand where.
    pub counts: Counts,
    /// How many were created in each of the spans that were asked for, in their order: at most [`requests::COUNTED`] are
    /// counted.
    pub created: Vec<u32>,
    /// Whether a new request would have a channel to name (REQ-1).
    pub offered: bool,
    /// The channels whose provider does not answer well, in their order.
    pub ailing: Vec<Health>,
}

/// How the tenant stands (NAV-2). `days` are the spans in which the created requests are counted; each count reads what
/// its span holds and no more, however many requests there are.
///
/// # Errors
/// Only faults of this side.
pub async fn dashboard(app: &App, grant: &Grant<Read>, days: &[Range<Timestamp>]) -> Result<Dashboard> {
    let mut tx = app.db.read(grant.scope).await?;
    let counts = requests::count(&mut tx, &Filter::default()).await?;
    let mut created = Vec::new();
    for day in days {
        let filter = Filter { created_from: Some(day.start), created_before: Some(day.end), ..Filter::default() };
        created.push(stored::count(&mut tx, &filter).await?);
    }
    let offered = !channels::offered_in(app, &mut tx, grant).await?.is_empty();
    let mut ailing = lanes::health_in(app, &mut tx, grant).await?;
    ailing.retain(Health::ails);
    Ok(Dashboard { counts, created, offered, ailing })
}
