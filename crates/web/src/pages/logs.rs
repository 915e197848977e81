//! The Request Logs tab.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::AppError;
use dossier_app::folder;
use dossier_app::grant::Read;
use dossier_app::logs::{self, Cursor, Exchange, Listed};
use dossier_domain::{ExchangeId, Local, RequestId};
use serde::Deserialize;

use super::{download, request};
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{self, Answer as Response, Body, Call, LogsPage, Opened, Pager, Redactable, Side};
use crate::visit::Visit;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    open: Option<ExchangeId>,
    from: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At(id): At<RequestId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let head = folder::head(&web.app, &grant, id).await?;
    let from: Option<Cursor> = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let log = logs::page(&web.app, &grant, id, from).await?;
    let opened = match query.open {
        Some(open) => Some(logs::open(&web.app, &grant, id, open).await?),
        None => None,
    };
    let here = format!("/requests/{id}/logs");
    let at = from.map(|cursor| format!("from={cursor}")).unwrap_or_default();
    let calls = log.rows.iter().map(|line| {
        let opened = opened.as_ref().filter(|exchange| exchange.line.id == line.id);
        let href = match (opened, at.as_str()) {
            (Some(_), "") => here.clone(),
            (Some(_), at) => format!("{here}?{at}"),
            (None, "") => format!("{here}?open={}", line.id),
            (None, at) => format!("{here}?open={}&{at}", line.id),
        };
        let label = head.manifest.as_deref().and_then(|manifest| manifest.action(&line.action));
        let label = label.map_or_else(|| line.action.clone(), |action| action.label.clone());
        let whole = |exchange: &Exchange| {
            let id = exchange.line.id;
            detail(exchange, &|side| Some(format!("{here}/{id}/{side}")))
        };
        call(line, href, label, opened.map(whole), &grant.local)
    });
    let to = |cursor: Option<Cursor>| cursor.map(|cursor| format!("{here}?from={cursor}"));
    let view = LogsPage {
        shell: visit.shell(),
        head: request::head(&head, &grant),
        provider: head.provider().to_owned(),
        calls: calls.collect(),
        pager: Pager { text: String::new(), newer: to(log.newer), older: to(log.older) },
    };
    page(StatusCode::OK, &view)
}

/// One body of a call, whole: pages show only its beginning.
pub(super) async fn body(
    State(web): State<Web>,
    May(grant): May<Read>,
    At((request, exchange, side)): At<(RequestId, ExchangeId, String)>,
) -> Answer {
    let wanted = match side.as_str() {
        "request" => logs::Side::Request,
        "response" => logs::Side::Response,
        _ => return Err(AppError::NotFound.into()),
    };
    let (exchange, body) = logs::download(&web.app, &grant, request, exchange, wanted).await?;
    Ok(download(&format!("{}-{side}.txt", exchange.line.action), "text/plain; charset=utf-8", body))
}

/// A call as a row; `action` is what it is called.
pub(super) fn call(line: &Listed, href: String, action: String, opened: Option<Opened>, local: &Local) -> Call {
    Call {
        href,
        at: view::exact(line.started_at, local),
        action,
        method: line.method.clone(),
        url: Redactable::new(&line.url),
        answer: match (line.status, line.failure.as_deref()) {
            (Some(status), _) => view::answered(status),
            (None, kind) => view::broken(kind),
        },
        took: line.took.map(|took: Duration| view::took(took)),
        who: line.actor.clone(),
        attempt: line.attempt,
        opened: opened.map(Box::new),
    }
}

/// Both sides of a call; `whole` is where all of a side's body can be read, if anywhere.
pub(super) fn detail(exchange: &Exchange, whole: &impl Fn(&str) -> Option<String>) -> Opened {
    let headers =
        |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| (name.clone(), Redactable::new(value))).collect();
    let body = |bytes: &[u8], side| Body::new(&String::from_utf8_lossy(bytes), whole(side));
    let response = match (&exchange.answer, &exchange.failure_message) {
        (Some(answer), _) => {
            Response::Whole(Side { headers: headers(&answer.headers), body: body(&answer.body, "response") })
        }
        (None, Some(why)) => Response::Broken(why.clone()),
        (None, None) => Response::Nothing,
    };
    let request = Side { headers: headers(&exchange.sent.headers), body: body(&exchange.sent.body, "request") };
    Opened { facts: vec![("Step".to_owned(), exchange.line.step.clone())], request, response }
}
