//! One result, whole: its answer with personal data masked, and the tables that are made of it. The page of a request
//! shows the beginning of both.

use dossier_connector::{Display, Table, mask};
use dossier_domain::{RequestId, ResultId};
pub use dossier_storage::results::Listed;
use dossier_storage::results::{self, RunResult};
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::folder::{Head, head_in, manifest_of, written};
use crate::grant::{Grant, Read};

/// A result with its answer.
pub struct Answer {
    /// What stands above every page of the request.
    pub head: Head,
    /// The stored facts.
    pub facts: Listed,
    /// The answer with personal data masked; of one that is not JSON its text.
    pub value: Value,
    /// Whether it is JSON.
    pub is_json: bool,
    /// How many bytes it has as it came.
    pub size: usize,
}

impl Answer {
    /// The answer as text, indented when it is JSON.
    ///
    /// # Errors
    /// Only when it cannot be written, which no value causes.
    pub fn text(&self) -> Result<String> {
        written(&self.value, self.is_json)
    }
}

/// Opens the answer of a result of this request.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn answer(app: &App, grant: &Grant<Read>, request: RequestId, id: ResultId) -> Result<Answer> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, request).await?;
    let facts = results::facts(&mut tx, id).await?.filter(|facts| facts.request == request);
    let facts = facts.ok_or(AppError::NotFound)?;
    let manifest = manifest_of(app, &mut tx, &facts).await?;
    let RunResult { raw, .. } = results::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    drop(tx);
    let (value, is_json) = match serde_json::from_slice(&raw) {
        Ok(value) => (value, true),
        Err(_) => (Value::String(String::from_utf8_lossy(&raw).into_owned()), false),
    };
    let value = mask::value(&manifest, &facts.action, &value);
    Ok(Answer { head, facts, value, is_json, size: raw.len() })
}

/// The same, to be taken away: an event of the audit.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn take(app: &App, grant: &Grant<Read>, request: RequestId, id: ResultId) -> Result<Answer> {
    let answer = answer(app, grant, request, id).await?;
    let mut tx = app.db.write(grant.scope).await?;
    let after = json!({ "action": answer.facts.action, "masked": true });
    Entry::by(grant).did("result.downloaded", "result", id).within(request).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(answer)
}

/// A table of a result.
pub struct Rows {
    /// What stands above every page of the request.
    pub head: Head,
    /// The stored facts.
    pub facts: Listed,
    /// The title of its section.
    pub title: Option<String>,
    /// The table, whole.
    pub table: Table,
}

/// The table number `table` of a result of this request, counted from 1 in the order of its page.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn rows(app: &App, grant: &Grant<Read>, request: RequestId, id: ResultId, table: usize) -> Result<Rows> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, request).await?;
    let facts = results::facts(&mut tx, id).await?.filter(|facts| facts.request == request);
    let facts = facts.ok_or(AppError::NotFound)?;
    let RunResult { display, .. } = results::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let display: Display = serde_json::from_value(display).map_err(AppError::internal)?;
    let tables = display.sections.into_iter().filter_map(|section| Some((section.title, section.table?)));
    let found = table.checked_sub(1).and_then(|at| tables.into_iter().nth(at)).ok_or(AppError::NotFound)?;
    let (title, table) = found;
    Ok(Rows { head, facts, title, table })
}
