//! A channel as its page shows it.

use dossier_domain::{ChannelId, ExchangeId};
use dossier_storage::{channels, exchanges};

use crate::App;
use crate::error::{AppError, Result};
use crate::grant::{Grant, Read};
use crate::lanes::{self, Health};
use crate::logs::{Exchange, Listed};

/// How many calls of tests a page shows.
const TESTS: u32 = 20;
/// Up to how many requests are counted.
const MOST_USES: u32 = 1_000;

/// A channel with what belongs to it.
pub struct Opened {
    /// The channel and how it fares.
    pub health: Health,
    /// The names of the secrets that are set.
    pub secrets: Vec<String>,
    /// How many requests use it, counted up to 1,000.
    pub uses: u32,
    /// The latest calls that tested it, newest first (CHAN-6).
    pub tests: Vec<Listed>,
    /// How often its callbacks' address was made: who changes it says which one is meant.
    pub round: i64,
}

/// Opens a channel.
///
/// # Errors
/// [`AppError::NotFound`], also for a deleted one.
pub async fn open(app: &App, grant: &Grant<Read>, id: ChannelId) -> Result<Opened> {
    let mut tx = app.db.read(grant.scope).await?;
    let channel = channels::find(&mut tx, id).await?.filter(|channel| channel.deleted_at.is_none());
    let health = lanes::of(app, &mut tx, grant, channel.ok_or(AppError::NotFound)?).await?;
    let secrets = channels::secrets(&mut tx, id).await?.unwrap_or_default().into_keys().collect();
    let uses = channels::uses(&mut tx, id, MOST_USES).await?;
    let tests = exchanges::tests(&mut tx, id, TESTS).await?;
    let round = channels::callback_round(&mut tx, id).await?;
    Ok(Opened { health, secrets, uses, tests, round })
}

/// One call that tested a channel, opened.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn call(app: &App, grant: &Grant<Read>, channel: ChannelId, id: ExchangeId) -> Result<Exchange> {
    let mut tx = app.db.read(grant.scope).await?;
    channels::find(&mut tx, channel).await?.filter(|found| found.deleted_at.is_none()).ok_or(AppError::NotFound)?;
    let found = exchanges::find(&mut tx, id).await?;
    found.filter(|call| call.channel == channel && call.request.is_none()).ok_or(AppError::NotFound)
}
