//! Another reference for a request.

use dossier_domain::{Reference, RequestId};
use dossier_storage::requests;
use serde_json::json;

use super::Deed;
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Execute, Grant};

/// Gives a request another reference (REQ-4), provided that it still has the `version` that the person was shown; `None`
/// asks for no such check.
///
/// # Errors
/// [`AppError::Invalid`] with the field `reference`; [`AppError::NotFound`].
pub async fn rename(
    app: &App,
    grant: &Grant<Execute>,
    id: RequestId,
    typed: &str,
    version: Option<i64>,
) -> Result<Deed> {
    let reference = Reference::parse(typed);
    let mut tx = app.db.write(grant.scope).await?;
    let request = requests::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if reference.as_ref().is_ok_and(|reference| *reference == request.reference) {
        return Ok(Deed::Done);
    }
    if version.is_some_and(|version| version != request.version) {
        return Ok(Deed::Overtaken);
    }
    let reference = reference.map_err(|error| AppError::field("reference", error.to_string()))?;
    if !requests::rename(&mut tx, id, &reference, app.now()).await? {
        return Ok(Deed::Overtaken);
    }
    Entry::by(grant)
        .of_request("request.updated", id)
        .before(json!({ "reference": request.reference }))
        .after(json!({ "reference": reference }))
        .write(app, &mut tx)
        .await?;
    tx.commit().await?;
    Ok(Deed::Done)
}
