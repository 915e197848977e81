//! The audit as CSV.

use axum::body::Bytes;
use dossier_app::AppError;
use dossier_app::audits::{Export, Line};
use dossier_domain::Local;
use futures_util::stream::{self, Stream};
use serde_json::Value;

use super::words;
use crate::pages::csv::row;
use crate::view::{self, Word};

/// The events of an export, with instants in the tenant's zone. One that breaks off on the way ends the transfer.
pub(super) fn lines(export: Export, local: Local) -> impl Stream<Item = Result<Bytes, AppError>> {
    let head = row([
        "Time",
        "Who",
        "Who ID",
        "Event",
        "What happened",
        "In words",
        "About",
        "About ID",
        "Name",
        "Request",
        "Request ID",
        "From",
        "Before",
        "After",
        "Server request",
        "Event ID",
    ]);
    stream::try_unfold((Some(head), export, local), async |(head, mut export, local)| {
        if let Some(head) = head {
            return Ok(Some((Bytes::from(head), (None, export, local))));
        }
        let Some(piece) = export.piece().await? else { return Ok(None) };
        let lines: String = piece.iter().map(|event| line(event, &local)).collect();
        Ok(Some((Bytes::from(lines), (None, export, local))))
    })
}

fn line(line: &Line, local: &Local) -> String {
    let event = &line.event;
    let text = |id: Option<String>| id.unwrap_or_default();
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let says: String = words::says(line).iter().map(Word::as_str).collect();
    row([
        view::iso(event.at, local).as_str(),
        event.actor.name(),
        &text(event.actor.user().map(|id| id.to_string())),
        &event.action,
        words::label(&event.action),
        &says,
        &event.subject.kind,
        &text(event.subject.id.map(|id| id.to_string())),
        line.thing.as_deref().unwrap_or_default(),
        line.reference.as_deref().unwrap_or_default(),
        &text(event.request.map(|id| id.to_string())),
        &text(event.origin.address.map(|address| address.to_string())),
        &json(&event.before),
        &json(&event.after),
        event.origin.request_id.as_deref().unwrap_or_default(),
        &event.id.to_string(),
    ])
}
