//! What was done in a request: every run of every action, with what each brought.

use dossier_domain::RequestId;
use dossier_storage::results::{self, Listed};
use dossier_storage::runs::{self, Run};
pub use dossier_storage::{Cursor, Page};

use crate::App;
use crate::error::Result;
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

/// The runs of a request, or those of one action by the manifest's key.
///
/// # Errors
/// [`crate::AppError::NotFound`]
pub async fn of(
    app: &App,
    grant: &Grant<Read>,
    request: RequestId,
    action: Option<&str>,
    from: Option<Cursor>,
) -> Result<History> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, request).await?;
    let Page { rows, newer, older } = runs::list(&mut tx, request, action, from, PAGE).await?;
    let mut lines = Vec::new();
    for run in rows {
        let brought = results::of_run(&mut tx, run.id).await?;
        lines.push((run, brought));
    }
    Ok(History { head, page: Page { rows: lines, newer, older }, actions: runs::actions(&mut tx, request).await? })
}
