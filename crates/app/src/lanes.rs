//! How calls go out on a channel: within what its provider takes, not while it asks to be left alone, and not while it
//! does not answer. Kept in the database, so that it holds for all processes together.

use std::sync::Arc;
use std::time::Duration;

use dossier_connector::{JournalError, Limits, Manifest, NoTurn, Settled};
use dossier_domain::{ChannelId, Scope, Timestamp};
use dossier_storage::channels::{self, Channel};
use dossier_storage::lanes;
pub use dossier_storage::lanes::Lane;
use dossier_storage::{ReadTx, StorageError, WriteTx};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::App;
use crate::error::Result;
use crate::grant::{Grant, Member, Read};
use crate::runs::shaken;

/// How long a call waits for a provider that asked to be left alone, before it is given up unsent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a call waits for its turn among others: it waits for no one but them, and nothing is wrong.
const IN_LINE: Duration = Duration::from_mins(10);
/// The longest pause that is believed. What lies further ahead is of a clock that was set back since.
const LONGEST: Duration = Duration::from_hours(1);
/// For how long a call has its place at most: longer than any call may take, so that those of a process that died are
/// given back.
const PLACE: Duration = Duration::from_mins(3);
/// How soon it is looked again for a free place.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is noted that a provider answers.
const NOTED: Duration = Duration::from_secs(10);

/// What a look at the lane says.
enum Look {
    /// The call may go out after this span; it has its place.
    Go(Duration, Option<Uuid>),
    /// Look again after this span, and take the pause until then for over.
    Wait(Duration, Option<Timestamp>),
    No(NoTurn),
}

/// Waits for the turn of a call, and gives its place among those on their way, where so many are counted.
pub(crate) async fn turn(
    app: &App,
    scope: Scope,
    channel: ChannelId,
    limits: Limits,
) -> std::result::Result<Option<Uuid>, NoTurn> {
    let (began, mut over) = (Instant::now(), None);
    loop {
        let seen = look(app, scope, channel, limits, over).await;
        let (span, until) = match seen.map_err(|error| NoTurn::Refused(JournalError::new(error)))? {
            Look::Go(Duration::ZERO, place) => return Ok(place),
            Look::Go(span, place) => {
                sleep(span).await;
                return Ok(place);
            }
            Look::No(no) => return Err(no),
            Look::Wait(span, until) => (span, until),
        };
        if began.elapsed() + span > IN_LINE {
            return Err(NoTurn::Full(span.max(IN_LINE)));
        }
        sleep(span).await;
        over = until.or(over);
    }
}

async fn look(
    app: &App,
    scope: Scope,
    channel: ChannelId,
    limits: Limits,
    over: Option<Timestamp>,
) -> std::result::Result<Look, StorageError> {
    // What was waited for is over, whatever the clock says.
    let now = over.map_or(app.now(), |over| over.max(app.now()));
    // First without a lock: those who must wait hold up nobody.
    let counts = limits.at_once.is_some() || limits.per_second.is_some();
    let mut tx = app.db.read(scope).await?;
    let lane = lanes::find(&mut tx, channel).await?;
    if !counts && lane.breaker.closed_until.is_none() && ahead(lane.paused_until, now).is_none() {
        return Ok(Look::Go(Duration::ZERO, None));
    }
    if let Some(at_once) = limits.at_once
        && lane.breaker.closed_until.is_none()
        && lanes::places(&mut tx, channel, now, now.plus(IN_LINE + PLACE)).await? >= at_once as u64
    {
        return Ok(Look::Wait(shaken(app, LOOK), None));
    }
    drop(tx);
    let mut tx = app.db.write(scope).await?;
    let mut lane = lanes::lock(&mut tx, channel).await?;
    if let Some(wait) = ahead(lane.paused_until, now) {
        return Ok(if wait > PATIENCE { Look::No(NoTurn::Paused(wait)) } else { Look::Wait(wait, lane.paused_until) });
    }
    if let Some(at_once) = limits.at_once
        && lanes::places(&mut tx, channel, now, now.plus(IN_LINE + PLACE)).await? >= at_once as u64
    {
        return Ok(Look::Wait(shaken(app, LOOK), None));
    }
    if let Err(until) = lane.breaker.enter(now) {
        return Ok(Look::No(NoTurn::Closed(until.since(now))));
    }
    let mut wait = Duration::ZERO;
    if let Some(rate) = limits.per_second {
        let gap = Duration::from_secs_f64(1.0 / rate);
        // No turn is given further ahead than that.
        wait = ahead(lane.next_at, now).filter(|wait| *wait <= IN_LINE + gap).unwrap_or_default();
        if wait > IN_LINE {
            return Ok(Look::No(NoTurn::Full(wait)));
        }
        lane.next_at = Some(now.plus(wait).plus(gap));
    }
    let mut place = None;
    if limits.at_once.is_some() {
        let id: Uuid = app.ids.make();
        lanes::take_place(&mut tx, channel, id, now, now.plus(wait + PLACE)).await?;
        place = Some(id);
    }
    lanes::set(&mut tx, channel, &lane).await?;
    tx.commit().await?;
    Ok(Look::Go(wait, place))
}

/// How far ahead an instant lies, unless it is over, or cannot be meant.
fn ahead(until: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    until.map(|until| until.since(now)).filter(|span| !span.is_zero() && *span <= LONGEST)
}

/// Gives the place of a call back that does not go out.
pub(crate) async fn leave(
    app: &App,
    scope: Scope,
    channel: ChannelId,
    place: Option<Uuid>,
) -> std::result::Result<(), StorageError> {
    let Some(place) = place else { return Ok(()) };
    let mut tx = app.db.write(scope).await?;
    lanes::leave_place(&mut tx, channel, place).await?;
    tx.commit().await
}

/// Lets nothing out on `channel` for as long as its provider asked.
pub(crate) async fn pause(
    app: &App,
    scope: Scope,
    channel: ChannelId,
    span: Duration,
) -> std::result::Result<(), StorageError> {
    let until = app.now().plus(span.min(LONGEST));
    let mut tx = app.db.write(scope).await?;
    let mut lane = lanes::lock(&mut tx, channel).await?;
    lane.paused_until = lane.paused_until.max(Some(until));
    lanes::set(&mut tx, channel, &lane).await?;
    tx.commit().await
}

/// Notes in the transaction of its end how a call fared, where that says something of the provider, and gives its place back.
pub(crate) async fn settled(
    app: &App,
    tx: &mut WriteTx,
    channel: ChannelId,
    fared: Option<&Settled>,
    place: Option<Uuid>,
) -> std::result::Result<(), StorageError> {
    if let Some(place) = place {
        lanes::leave_place(tx, channel, place).await?;
    }
    let now = app.now();
    let failure = match fared {
        None => return Ok(()),
        // What this side refused, or could not hold, says nothing about the provider.
        Some(Settled::Broken { kind, .. }) if matches!(kind.as_str(), "refused" | "too_large") => return Ok(()),
        Some(Settled::Broken { kind, .. }) => Some(kind.clone()),
        Some(Settled::Answered { status, .. }) => (*status >= 500).then(|| status.to_string()),
    };
    let known = lanes::find(tx, channel).await?;
    let Some(failure) = failure else {
        let noted = known.answered_at.is_some_and(|at| now.since(at) < NOTED && at <= now);
        if known.breaker.failures > 0 || !noted {
            let mut lane = lanes::lock(tx, channel).await?;
            lane.breaker.answered();
            lane.answered_at = Some(now);
            lanes::set(tx, channel, &lane).await?;
        }
        return Ok(());
    };
    let mut lane: Lane = lanes::lock(tx, channel).await?;
    lane.breaker.failed(now);
    (lane.failed_at, lane.failure) = (Some(now), Some(failure));
    lanes::set(tx, channel, &lane).await
}

/// How a channel fares.
#[derive(Clone, Debug)]
pub struct Health {
    /// The channel.
    pub channel: Channel,
    /// Its provider, when its manifest is here.
    pub manifest: Option<Arc<Manifest>>,
    /// Whether the tenant's licence covers that.
    pub licensed: bool,
    /// How its calls fare. Instants that are over are still in it.
    pub lane: Lane,
    /// How many of its calls are on their way, where so many are counted; only of an opened channel.
    pub places: u64,
    /// When this was so.
    pub now: Timestamp,
}

impl Health {
    fn new(app: &App, member: &Member, channel: Channel, lane: Lane) -> Self {
        let (manifest, now) = (app.registry.get(&channel.handler), app.now());
        let licensed = manifest.as_ref().is_some_and(|manifest| member.licence.covers(&manifest.module, now));
        Self { channel, manifest, licensed, lane, places: 0, now }
    }

    /// Whom the channel leads to: its key when its manifest is not here.
    pub fn provider(&self) -> &str {
        self.manifest.as_deref().map_or(&*self.channel.handler, |manifest| &*manifest.name)
    }

    /// Until when its provider has asked to be left alone, while that is not over.
    pub fn paused_until(&self) -> Option<Timestamp> {
        self.lane.paused_until.filter(|until| ahead(Some(*until), self.now).is_some())
    }

    /// Whether its calls do not fare well: the last one failed, or its provider asked to be left alone. A channel that
    /// cannot be used at all says nothing of that.
    pub fn ails(&self) -> bool {
        self.licensed && (self.lane.breaker.failures > 0 || self.paused_until().is_some())
    }

    /// Until when no call goes out because its provider did not answer, while that is not over.
    pub fn stopped_until(&self) -> Option<Timestamp> {
        let mut breaker = self.lane.breaker;
        breaker.enter(self.now).err()
    }
}

/// How every channel fares that is not deleted, in their order.
///
/// # Errors
/// Only faults of this side.
pub async fn health(app: &App, grant: &Grant<Read>) -> Result<Vec<Health>> {
    let mut tx = app.db.read(grant.scope).await?;
    health_in(app, &mut tx, grant).await
}

/// The same in a transaction.
pub(crate) async fn health_in(app: &App, tx: &mut ReadTx, member: &Member) -> Result<Vec<Health>> {
    let mut lanes = lanes::list(tx).await?;
    let all = channels::list(tx).await?.into_iter();
    Ok(all
        .map(|channel| {
            let lane = lanes.remove(&channel.id).unwrap_or_default();
            Health::new(app, member, channel, lane)
        })
        .collect())
}

/// How one channel fares.
pub(crate) async fn of(app: &App, tx: &mut ReadTx, member: &Member, channel: Channel) -> Result<Health> {
    let (lane, now) = (lanes::find(tx, channel.id).await?, app.now());
    let places = lanes::places(tx, channel.id, now, now.plus(IN_LINE + PLACE)).await?;
    Ok(Health { places, ..Health::new(app, member, channel, lane) })
}
