//! Counts the figures of days that are over, in the background (NAV-2). A job of a tenant counts what has become due: days
//! that have ended, days of which something has changed since, and each once a week, whatever happened. Each day is replaced as a whole in one transaction, so
//! a job that was cut off is carried out again.

use std::collections::BTreeSet;
use std::time::Duration;

use dossier_domain::{JobKind, Local, Scope, Timestamp};
use dossier_storage::daily::{self, Day, Known};
use dossier_storage::tenants::Tenant;
use dossier_storage::{ReadTx, jobs, system, tenants};

use crate::App;
use crate::days;
use crate::error::Result;

/// So many days are kept: a year, from the first of its month.
pub(crate) const KEPT: usize = 400;
/// How long a day has been over before it is counted: whoever wrote at its end has committed by then.
const GRACE: Duration = Duration::from_mins(2);
/// A day that was counted so long ago is counted again: whatever was not marked is put right then.
const AGAIN: Duration = Duration::from_hours(7 * 24);
/// So many days are counted in one go, before other jobs have their turn.
const AT_ONCE: usize = 31;

/// What is to be done for a tenant.
#[derive(Debug, Default, PartialEq, Eq)]
struct Due {
    /// Days that are no days where the tenant is, or too old.
    strays: Vec<Timestamp>,
    /// Days that have ended and are not known.
    missing: Vec<Day>,
    /// Known days to be counted, the newest first.
    stale: Vec<Day>,
}

impl Due {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The first instant at which there is something to count: a little early, because clocks differ.
pub(crate) async fn began(tx: &mut ReadTx) -> Result<Option<Timestamp>> {
    Ok(daily::began(tx).await?.map(|at| at.minus(Duration::from_hours(24))))
}

async fn due(tx: &mut ReadTx, now: Timestamp, local: &Local) -> Result<Due> {
    let Some(began) = began(tx).await? else { return Ok(Due::default()) };
    let ended = |day: &Day| day.end > began && day.end.plus(GRACE) <= now;
    let days: Vec<Day> = days::last(KEPT, now, local).into_iter().map(|day| day.span).filter(ended).collect();
    let known = daily::known(tx, Timestamp::from_micros(0)).await?;
    let ours: BTreeSet<_> = days.iter().map(|day| (day.start, day.end)).collect();
    let there: BTreeSet<_> = known.iter().map(|known| (known.day.start, known.day.end)).collect();
    let old = |known: &Known| known.counted_at.is_none_or(|at| at.plus(AGAIN) <= now);
    let (known, strays): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|known| ours.contains(&(known.day.start, known.day.end)));
    Ok(Due {
        strays: strays.into_iter().map(|known| known.day.start).collect(),
        missing: days.into_iter().filter(|day| !there.contains(&(day.start, day.end))).collect(),
        stale: known.into_iter().rev().filter(|known| known.stale || old(known)).map(|known| known.day).collect(),
    })
}

/// Asks for a job for each tenant that has something to count.
///
/// # Errors
/// Only faults of this side.
pub async fn sweep(app: &App) -> Result<()> {
    let mut tx = app.db.system_read().await?;
    let tenants = system::tenants(&mut tx).await?;
    drop(tx);
    for tenant in tenants {
        if let Err(error) = ask(app, &tenant).await {
            tracing::warn!(?error, tenant = %tenant.id, "nobody looked for days to count");
        }
    }
    Ok(())
}

async fn ask(app: &App, tenant: &Tenant) -> Result<()> {
    let scope = Scope::of(tenant.id);
    let mut tx = app.db.read(scope).await?;
    let due = due(&mut tx, app.now(), &tenant.local).await?;
    drop(tx);
    if !due.is_empty() {
        let mut tx = app.db.write(scope).await?;
        jobs::add(&mut tx, app.ids.make(), JobKind::Daily, scope.tenant, app.now(), app.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Counts what is due, or the first of it. Says whether there is more.
pub(crate) async fn carry_out(app: &App, scope: Scope) -> Result<bool> {
    let mut tx = app.db.read(scope).await?;
    let Some(tenant) = tenants::find(&mut tx).await? else { return Ok(false) };
    let found = due(&mut tx, app.now(), &tenant.local).await?;
    drop(tx);
    for strays in found.strays.chunks(AT_ONCE) {
        let mut tx = app.db.write(scope).await?;
        for start in strays {
            daily::forget(&mut tx, *start).await?;
        }
        tx.commit().await?;
    }
    // Known before they are counted, so that whoever changes something meanwhile can mark them.
    let mut tx = app.db.write(scope).await?;
    for day in &found.missing {
        if daily::expect(&mut tx, day).await? {
            // Once more a day later: what was committed later than anyone expects is found then.
            daily::mark(&mut tx, day.start.minus(Duration::from_secs(1))).await?;
        }
    }
    tx.commit().await?;
    let mut stale = found.missing;
    stale.reverse();
    stale.extend(found.stale);
    stale.sort_by_key(|day| std::cmp::Reverse(day.start));
    for day in stale.iter().take(AT_ONCE) {
        let mut tx = app.db.write(scope).await?;
        daily::roll(&mut tx, day, app.now()).await?;
        tx.commit().await?;
    }
    Ok(stale.len() > AT_ONCE)
}
