//! The log of a request: every call that was made to the provider (LOG-1).

use dossier_domain::{ExchangeId, RequestId};
pub use dossier_storage::exchanges::{Exchange, Filter, Listed};
use dossier_storage::runs::{self, Run};
pub use dossier_storage::{Cursor, Page};
use dossier_storage::{exchanges, requests};
use serde_json::json;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Grant, Read};

/// How many calls one page shows.
pub const PAGE: u32 = 50;

/// Part of the log of a request, and what it can be narrowed by.
pub struct Log {
    /// The calls, newest first.
    pub page: Page<Listed>,
    /// The actions that calls belong to, by the manifest's keys.
    pub actions: Vec<String>,
    /// The run that it is narrowed to, when there is such a run in the request.
    pub run: Option<Run>,
}

/// One page of those calls of a request that fit `filter`.
///
/// # Errors
/// Only faults of this side; a request that is not there has no calls.
pub async fn page(
    app: &App,
    grant: &Grant<Read>,
    request: RequestId,
    filter: &Filter,
    from: Option<Cursor>,
) -> Result<Log> {
    let mut tx = app.db.read(grant.scope).await?;
    let page = exchanges::list(&mut tx, request, filter, from, PAGE).await?;
    let run = match filter.run {
        Some(run) => runs::find(&mut tx, run).await?.filter(|run| run.request == request),
        None => None,
    };
    Ok(Log { page, actions: exchanges::actions(&mut tx, request).await?, run })
}

/// One call of a request, opened.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn open(app: &App, grant: &Grant<Read>, request: RequestId, id: ExchangeId) -> Result<Exchange> {
    let mut tx = app.db.read(grant.scope).await?;
    requests::find(&mut tx, request).await?.ok_or(AppError::NotFound)?;
    let found = exchanges::find(&mut tx, id).await?;
    found.filter(|exchange| exchange.request == Some(request)).ok_or(AppError::NotFound)
}

/// The same, of which one side's body is taken away: an event of the audit (AUDIT-3).
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn download(
    app: &App,
    grant: &Grant<Read>,
    request: RequestId,
    id: ExchangeId,
    side: Side,
) -> Result<(Exchange, Vec<u8>)> {
    let mut exchange = open(app, grant, request, id).await?;
    let (word, message) = match side {
        Side::Request => ("request", Some(&mut exchange.sent)),
        Side::Response => ("response", exchange.answer.as_mut()),
    };
    let body = std::mem::take(&mut message.ok_or(AppError::NotFound)?.body);
    let after = json!({ "action": exchange.line.action, "side": word });
    let mut tx = app.db.write(grant.scope).await?;
    let entry = Entry::by(grant).did("exchange.downloaded", "exchange", id).within(request).after(after);
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok((exchange, body))
}

/// A side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What was sent.
    Request,
    /// What came back.
    Response,
}
