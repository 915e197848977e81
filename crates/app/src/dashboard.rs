//! The dashboard: how a tenant's requests and channels stand, and how they have fared over time.

mod figures;

use dossier_domain::ChannelId;

use dossier_storage::requests as stored;
pub use dossier_storage::requests::UsedChannel;
pub use figures::{Calls, ChannelCalls, Column, Figures, Period};

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
    /// Whether a new request would have a channel to name (REQ-1).
    pub offered: bool,
    /// The channels whose provider does not answer well, in their order.
    pub ailing: Vec<Health>,
    /// The channels that the figures can be narrowed to.
    pub channels: Vec<UsedChannel>,
    /// How they have fared.
    pub figures: Figures,
}

/// How the tenant stands (NAV-2), and how it has fared in `period`: on one of its channels, or on all where `channel` is
/// none that it can be narrowed to. What is read does not grow with the number of requests.
///
/// # Errors
/// Only faults of this side.
pub async fn dashboard(
    app: &App,
    grant: &Grant<Read>,
    period: Period,
    channel: Option<ChannelId>,
) -> Result<Dashboard> {
    let mut tx = app.db.read(grant.scope).await?;
    let counts = requests::count(&mut tx, &Filter::default()).await?;
    let offered = !channels::offered_in(app, &mut tx, grant).await?.is_empty();
    let mut ailing = lanes::health_in(app, &mut tx, grant).await?;
    ailing.retain(Health::ails);
    let channels = stored::used_channels(&mut tx).await?;
    let channel = channel.filter(|id| channels.iter().any(|channel| channel.id == *id));
    let figures = figures::read(&mut tx, grant, period, channel).await?;
    Ok(Dashboard { counts, offered, ailing, channels, figures })
}
