//! A person ends a request or reopens it.

use dossier_domain::status::Mover;
use dossier_domain::{Remark, RequestId, RequestStatus};
use dossier_storage::{By, notes, requests};
use serde_json::{Value, json};

use super::{Deed, Note};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Execute, Grant};
use crate::runs::{self, Closed};

/// Where a person moves a request, and why.
#[derive(Clone)]
pub struct Mark {
    /// An end, or pending to reopen it.
    pub to: RequestStatus,
    /// The words as typed: to reopen it takes a reason, an end may have a note.
    pub words: String,
    /// The version of the request that the person was shown. `None` asks for no such check.
    pub version: Option<i64>,
}

/// Words may name people.
impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mark({}, {:?})", self.to, self.version)
    }
}

impl Mark {
    /// To this status, without words, however the request stands.
    pub fn to(to: RequestStatus) -> Self {
        Self { to, words: String::new(), version: None }
    }

    /// The field of the words.
    fn field(&self) -> &'static str {
        if self.to == RequestStatus::Pending { "reason" } else { "note" }
    }
}

/// A person ends or reopens a request (STATUS-2). What is queued and would change something at the provider is stopped
/// by an end; what was sent is followed to its end and changes the request no more (STATUS-3).
///
/// # Errors
/// [`AppError::Invalid`] with the field `note` or `reason`; [`AppError::NotFound`]; [`AppError::Conflict`] when the
/// request's status does not allow the move.
pub async fn mark(app: &App, grant: &Grant<Execute>, id: RequestId, mark: &Mark) -> Result<Deed> {
    let words = Remark::parse(&mark.words);
    let mut tx = app.db.write(grant.scope).await?;
    let request = requests::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let (from, to) = (request.status, mark.to);
    if from == to {
        let text = words.as_ref().ok().map(|words| words.as_ref().map(Remark::as_str));
        let last = notes::last_move(&mut tx, id).await?.filter(|_| request.moved_by == Mover::Person);
        // A form that is sent twice.
        if last.is_some_and(|last| last.by.id == Some(grant.principal()) && Some(last.text.as_deref()) == text) {
            return Ok(Deed::Done);
        }
    }
    if mark.version.is_some_and(|version| version != request.version) {
        return Ok(Deed::Overtaken);
    }
    allowed(from, to)?;
    let words = words.map_err(|error| AppError::field(mark.field(), error.to_string()))?;
    if to == RequestStatus::Pending && words.is_none() {
        return Err(AppError::field(mark.field(), "Say why it is reopened."));
    }
    let now = app.now();
    if !requests::set_status(&mut tx, id, from, to, Mover::Person, now).await? {
        return Ok(Deed::Overtaken);
    }
    let text = words.map(|words| words.as_str().to_owned());
    let (became, version, by) = (Some(to), request.version + 1, By::from(&grant.actor()));
    let note = Note { id: app.ids.make(), request: id, became, version, text: text.clone(), at: now, by };
    notes::add(&mut tx, &note, None).await?;
    let mut after = json!({ "status": to });
    if let Some(text) = text {
        after[mark.field()] = Value::String(text);
    }
    Entry::by(grant)
        .of_request("request.status_changed", id)
        .before(json!({ "status": from }))
        .after(after)
        .write(app, &mut tx)
        .await?;
    let mut stopped = Vec::new();
    if to.is_end() {
        stopped = runs::abandon(app, &mut tx, grant, id, Closed::Ended(to)).await?;
    }
    tx.commit().await?;
    for run in stopped {
        app.hub.changed(run);
    }
    Ok(Deed::Done)
}

/// Whether a person can move a request so; if not, why, and what can be done.
pub(super) fn allowed(from: RequestStatus, to: RequestStatus) -> Result<()> {
    if from.allows(to, Mover::Person) {
        return Ok(());
    }
    Err(AppError::Conflict(match to {
        RequestStatus::Draft => "A request cannot become a draft again.".to_owned(),
        RequestStatus::Pending => format!("This request is {from}: only one that has ended can be reopened."),
        _ if from == to => format!("This request is {from} already."),
        _ => format!("This request is {from}. Reopen it first; then it can be marked as {to}."),
    }))
}
