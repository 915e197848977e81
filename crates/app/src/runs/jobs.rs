//! Background jobs: what each kind does, and when it is done again.

use std::time::Duration;

use dossier_domain::{EventId, JobKind, RunId, Scope, Timestamp, WebhookId};
use dossier_storage::jobs::{self, Job};
use dossier_storage::{requests, runs};
use uuid::Uuid;

use super::{events, links, poll, told};
use crate::App;
use crate::daily;
use crate::error::Result;
use crate::webhooks::{announce, deliver};

/// How often the code of a job may break before the job is given up.
const MOST_BROKEN: u32 = 10;

/// What becomes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is done.
    Done,
    /// It goes on then; it went well so far.
    On(Timestamp),
    /// It is tried again after a pause that grows: the `first`, at most the `most`.
    Again { first: Duration, most: Duration },
}

/// Carries a claimed job out.
pub(super) async fn carry_out(app: &App, scope: Scope, id: Uuid, holder: &str) -> Result<()> {
    let mut tx = app.db.read(scope).await?;
    let job = jobs::find(&mut tx, id).await?.filter(|job| job.worker.as_deref() == Some(holder));
    drop(tx);
    let Some(job) = job else { return Ok(()) };
    let next = match job.kind {
        JobKind::Poll => poll::carry_out(app, scope, &job, holder).await?,
        JobKind::Event => events::carry_out(app, scope, &job).await?,
        JobKind::Links => links::carry_out(app, scope, &job, holder).await?,
        JobKind::Daily if daily::carry_out(app, scope).await? => Next::On(app.now()),
        JobKind::Daily => Next::Done,
        JobKind::Announce => {
            announce::wake(app, scope, job.subject).await?;
            Next::Done
        }
        JobKind::Deliver => {
            deliver::carry_out(app, scope, WebhookId::from(job.subject)).await?.map_or(Next::Done, Next::On)
        }
    };
    settle(app, scope, &job, holder, next).await
}

/// Lets go of a job whose code broke; after many times it is given up and stays for a person.
pub(super) async fn broken(app: &App, scope: Scope, id: Uuid, holder: &str) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    let Some(found) = jobs::find(&mut tx, id).await? else { return Ok(()) };
    // The request before the job, as everywhere.
    let place = match found.kind {
        JobKind::Poll | JobKind::Links => runs::place(&mut tx, RunId::from(found.subject)).await?,
        JobKind::Event | JobKind::Daily | JobKind::Announce | JobKind::Deliver => None,
    };
    if let Some((request, _)) = place {
        requests::lock(&mut tx, request).await?;
    }
    let Some(job) = jobs::hold(&mut tx, id, holder).await? else { return Ok(()) };
    let at = after(app, job.attempts, Duration::from_secs(10), Duration::from_mins(10));
    // Work has its time, however often it cannot be asked about.
    let deadline = place.and_then(|(_, deadline)| deadline).filter(|_| job.kind == JobKind::Poll);
    if job.attempts + 1 < MOST_BROKEN || deadline.is_some_and(|deadline| deadline > app.now()) {
        jobs::later(&mut tx, &job, holder, deadline.map_or(at, |deadline| at.min(deadline)), job.attempts + 1).await?;
        return Ok(tx.commit().await?);
    }
    tracing::error!(job = %job.id, kind = %job.kind, "a job broke too often and is given up");
    match (job.kind, place) {
        (JobKind::Event, _) => events::given_up(app, &mut tx, EventId::from(job.subject)).await?,
        (JobKind::Poll, Some((request, _))) => {
            let why = "Dossier could not ask how it stands, many times over. The server's log says more.";
            told::overdue(app, &mut tx, RunId::from(job.subject), request, Some(why.to_owned())).await?;
        }
        (JobKind::Links, _) => links::given_up(app, &mut tx, RunId::from(job.subject)).await?,
        // A sweep asks for it again.
        (JobKind::Poll, None) | (JobKind::Daily | JobKind::Announce | JobKind::Deliver, _) => {}
    }
    jobs::bury(&mut tx, &job, holder).await?;
    Ok(tx.commit().await?)
}

async fn settle(app: &App, scope: Scope, job: &Job, holder: &str, next: Next) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    match next {
        Next::Done => jobs::done(&mut tx, job, holder, app.now()).await?,
        Next::On(at) => jobs::later(&mut tx, job, holder, at, 0).await?,
        Next::Again { first, most } => {
            jobs::later(&mut tx, job, holder, after(app, job.attempts, first, most), job.attempts + 1).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The instant after a pause that doubles with each attempt.
fn after(app: &App, attempts: u32, first: Duration, most: Duration) -> Timestamp {
    app.now().plus(shaken(app, first.saturating_mul(2_u32.saturating_pow(attempts.min(20))).min(most)))
}

/// A pause that is up to a tenth shorter or longer, so that what began together does not come back together.
pub(crate) fn shaken(app: &App, pause: Duration) -> Duration {
    let [by]: [u8; 1] = app.ids.entropy.bytes();
    pause.mul_f64(0.9 + f64::from(by) / 255.0 * 0.2)
}
