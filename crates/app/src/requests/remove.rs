//! Deleting a request.

use dossier_domain::RequestId;
use dossier_storage::requests;
use serde_json::json;

use super::Deed;
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Delete, Grant};
use crate::runs::{self, Closed};

/// Deletes a request softly (REQ-4), provided that it still has the `version` that the person was shown; `None` asks for
/// no such check. From now on it answers as one that never was. What is queued is stopped, what waits for its provider is
/// followed no more, and what is being sent comes to its end unseen. The same form sent twice deletes it once.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn remove(app: &App, grant: &Grant<Delete>, id: RequestId, version: Option<i64>) -> Result<Deed> {
    let mut tx = app.db.write(grant.scope).await?;
    let Some(request) = requests::lock(&mut tx, id).await? else {
        let again = match version {
            Some(version) => requests::was_removed(&mut tx, id, version).await?,
            None => false,
        };
        return if again { Ok(Deed::Done) } else { Err(AppError::NotFound) };
    };
    if version.is_some_and(|version| version != request.version) {
        return Ok(Deed::Overtaken);
    }
    if !requests::remove(&mut tx, id, app.now()).await? {
        return Ok(Deed::Overtaken);
    }
    let before = json!({ "reference": request.reference, "status": request.status, "verdict": request.verdict });
    Entry::by(grant).of_request("request.deleted", id).before(before).write(app, &mut tx).await?;
    let stopped = runs::abandon(app, &mut tx, grant, id, Closed::Deleted).await?;
    tx.commit().await?;
    for run in stopped {
        app.hub.changed(run);
    }
    Ok(Deed::Done)
}
