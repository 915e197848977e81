//! What was done in a request: every run of every action, with what each brought.

use dossier_domain::{RequestId, RunId};
use dossier_storage::requests;
use dossier_storage::results::{self, Listed};
use dossier_storage::runs::{self, Run};
pub use dossier_storage::{Cursor, Page};

use crate::App;
use crate::error::{AppError, Result};
use crate::folder::{Head, head_in};
use crate::grant::{Grant, Read};

/// How many runs one page shows.
pub const PAGE: u32 = 25;

/// One page of the runs of a request.
pub struct History {
    /// What stands above every page of the request.
    pub head: Head,
    /// The runs, newest first, each with what it brought, the last first.
    pub page: Page<(Run, Vec<Listed>)>,
    /// The actions that were run in the request: the manifest's keys with their names on pages.
    pub actions: Vec<(String, String)>,
}

/// At most `limit` runs of a request, or of one of its actions by the manifest's key.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn of(
    app: &App,
    grant: &Grant<Read>,
    request: RequestId,
    action: Option<&str>,
    from: Option<Cursor>,
    limit: u32,
) -> Result<History> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, request).await?;
    let Page { rows, newer, older } = runs::list(&mut tx, request, action, from, limit).await?;
    let mut lines = Vec::new();
    for run in rows {
        let brought = results::of_run(&mut tx, run.id).await?;
        lines.push((run, brought));
    }
    Ok(History { head, page: Page { rows: lines, newer, older }, actions: runs::actions(&mut tx, request).await? })
}

/// One run of a request, with what it brought, the last first.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn run(app: &App, grant: &Grant<Read>, request: RequestId, id: RunId) -> Result<(Run, Vec<Listed>)> {
    let mut tx = app.db.read(grant.scope).await?;
    requests::find(&mut tx, request).await?.ok_or(AppError::NotFound)?;
    let run = runs::find(&mut tx, id).await?.filter(|run| run.request == request).ok_or(AppError::NotFound)?;
    let brought = results::of_run(&mut tx, id).await?;
    Ok((run, brought))
}
