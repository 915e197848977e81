//! Fetches the files of a run whose links could not be followed at once.

use std::time::Duration;

use dossier_connector::{Fetched, Later, Success};
use dossier_domain::{JobKind, RunId, Scope};
use dossier_storage::attachments;
use dossier_storage::jobs::{self, Job};
use dossier_storage::pending::{self, PendingFile};
use dossier_storage::runs::{self, Run};
use dossier_storage::{WriteTx, requests};
use serde_json::json;

use super::jobs::Next;
use super::journal::{Fence, RunJournal};
use super::{line, received};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};

/// For how long a file is tried; hardly any link lives longer.
const LONGEST: Duration = Duration::from_hours(24);
/// The first pause and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(15));

/// Keeps in mind what could not be fetched at once.
pub(super) async fn put_off(app: &App, tx: &mut WriteTx, run: &Run, success: &Success) -> Result<()> {
    let now = app.now();
    for Later { id, name, link, media_type } in &success.later {
        let file = PendingFile {
            id: *id,
            request: run.request,
            run: run.id,
            name: name.clone(),
            link: link.clone(),
            media_type: media_type.clone(),
            until: now.plus(LONGEST),
        };
        pending::add(tx, &file).await?;
    }
    if !success.later.is_empty() {
        jobs::add(tx, app.ids.make(), JobKind::Links, run.id, now.plus(PAUSES.0), now).await?;
    }
    Ok(())
}

/// Tries every pending file of a run once.
pub(super) async fn carry_out(app: &App, scope: Scope, job: &Job, holder: &str) -> Result<Next> {
    let mut tx = app.db.read(scope).await?;
    let Some(run) = runs::find(&mut tx, RunId::from(job.subject)).await? else { return Ok(Next::Done) };
    // Also of a request that was deleted since: they belong to an answer that is kept.
    let Some((channel, _)) = requests::place(&mut tx, run.request).await? else { return Ok(Next::Done) };
    let Some((row, channel)) = line::open(app, &mut tx, channel, Some(&run)).await? else {
        return Ok(Next::Done);
    };
    let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
    let files = pending::of_run(&mut tx, run.id).await?;
    drop(tx);
    let mut left = false;
    for file in files {
        let later = Later {
            id: file.id,
            name: file.name.clone(),
            link: file.link.clone(),
            media_type: file.media_type.clone(),
        };
        let fence = Fence::Job { id: job.id, holder };
        let journal = RunJournal::new(app, scope, &run, &run.action, row.id, fence);
        match app.connector.fetch(&manifest, &channel, &later, &journal).await {
            Fetched::File(found) => {
                let attachment = received::keep(app, scope, &run, file.id, &found).await?;
                let mut tx = app.db.write(scope).await?;
                if pending::remove(&mut tx, file.id).await? {
                    attachments::add(&mut tx, &attachment).await?;
                }
                tx.commit().await?;
            }
            Fetched::NotNow(_) if file.until > app.now() => left = true,
            Fetched::Gone(why) | Fetched::NotNow(why) => {
                let mut tx = app.db.write(scope).await?;
                no_more(app, &mut tx, &file, &why).await?;
                tx.commit().await?;
            }
            Fetched::Refused(error) => return Err(AppError::internal(error)),
        }
    }
    app.hub.changed(run.id);
    Ok(if left { Next::Again { first: PAUSES.0, most: PAUSES.1 } } else { Next::Done })
}

/// A file that is looked for no more.
async fn no_more(app: &App, tx: &mut WriteTx, file: &PendingFile, why: &str) -> Result<()> {
    if !pending::remove(tx, file.id).await? {
        return Ok(());
    }
    Entry::by_system()
        .did("file.not_fetched", "attachment", file.id)
        .within(file.request)
        .after(json!({ "run": file.run, "why": why }))
        .write(app, tx)
        .await
}

/// The files of a run whose job broke too often.
pub(super) async fn given_up(app: &App, tx: &mut WriteTx, run: RunId) -> Result<()> {
    for file in pending::of_run(tx, run).await? {
        no_more(app, tx, &file, "Dossier could not fetch it, many times over. The server's log says more.").await?;
    }
    Ok(())
}
