//! The Request Logs tab.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::AppError;
use dossier_app::folder;
use dossier_app::grant::Read;
use dossier_app::logs::{self, Cursor, Exchange, Filter, Listed};
use dossier_domain::{CallOutcome, ExchangeId, Local, RequestId, RunId};
use serde::Deserialize;

use super::{download, request};
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{
    self, Answer as Response, Body, Call, Choice, LogFilters, LogsPage, Opened, Pager, Redactable, Side,
};
use crate::visit::Visit;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    open: Option<ExchangeId>,
    from: Option<String>,
    action: Option<String>,
    end: Option<String>,
    run: Option<String>,
}

impl Query {
    fn filter(&self) -> Filter {
        let action = self.action.as_deref().filter(|action| !action.is_empty()).map(str::to_owned);
        let end = self.end.as_deref().and_then(|end| end.parse().ok());
        Filter { action, end, run: self.run.as_deref().and_then(|run| run.parse().ok()) }
    }
}

/// The address at `path` of the calls that fit `filter`, with `more`.
fn address(path: &str, filter: &Filter, more: &[(&str, &str)]) -> String {
    let run = filter.run.map(|run| run.to_string()).unwrap_or_default();
    let end = filter.end.map_or("", CallOutcome::as_str);
    let own = [("run", run.as_str()), ("action", filter.action.as_deref().unwrap_or_default()), ("end", end)];
    super::address(path, own.into_iter().chain(more.iter().copied()))
}

/// What calls can be told apart by, in words.
fn ends(chosen: Option<CallOutcome>) -> Vec<Choice> {
    let word = |end| match end {
        CallOutcome::Answered => "Answered",
        CallOutcome::Refused => "Refused",
        CallOutcome::Timeout => "No answer in time",
        CallOutcome::Faulty => "Answered with status 500 or more",
        CallOutcome::Broken => "No connection, or it broke off",
        CallOutcome::Open => "Being sent, or no end recorded",
    };
    let choice = |&end: &CallOutcome| Choice {
        value: end.as_str().to_owned(),
        label: word(end).to_owned(),
        selected: chosen == Some(end),
    };
    CallOutcome::ALL.iter().map(choice).collect()
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
    let filter = query.filter();
    let log = logs::page(&web.app, &grant, id, &filter, from).await?;
    let opened = match query.open {
        Some(open) => Some(logs::open(&web.app, &grant, id, open).await?),
        None => None,
    };
    let here = format!("/requests/{id}/logs");
    let at = from.map(|cursor| cursor.to_string()).unwrap_or_default();
    let label = |key: &str| {
        let action = head.manifest.as_deref().and_then(|manifest| manifest.action(key));
        action.map_or_else(|| key.to_owned(), |action| action.label.clone())
    };
    let calls = log.page.rows.iter().map(|line| {
        let opened = opened.as_ref().filter(|exchange| exchange.line.id == line.id);
        let open = if opened.is_some() { String::new() } else { line.id.to_string() };
        let href = address(&here, &filter, &[("open", &open), ("from", &at)]);
        let whole = |exchange: &Exchange| {
            let id = exchange.line.id;
            detail(exchange, &|side| Some(format!("{here}/{id}/{side}")))
        };
        let run_href = line.run.map(|run: RunId| format!("/requests/{id}/runs/{run}"));
        Call { run_href, ..call(line, href, label(&line.action), opened.map(whole), &grant.local) }
    });
    let to = |cursor: Option<Cursor>| cursor.map(|cursor| address(&here, &filter, &[("from", &cursor.to_string())]));
    let actions = log.actions.iter().map(|key| Choice {
        value: key.clone(),
        label: label(key),
        selected: filter.action.as_ref() == Some(key),
    });
    let run = log.run.as_ref().map(|run| {
        let asked = view::moment(run.created_at, &grant.local).text;
        (run.id.to_string(), format!("{}, {asked}", run.label))
    });
    let filters = LogFilters {
        actions: actions.collect(),
        ends: ends(filter.end),
        run,
        narrow: filter != Filter::default(),
        paged: from.is_some(),
    };
    let view = LogsPage {
        shell: visit.shell(),
        head: request::head(&head, &grant),
        provider: head.provider().to_owned(),
        calls: calls.collect(),
        filters,
        pager: Pager { text: String::new(), newer: to(log.page.newer), older: to(log.page.older) },
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
        run_href: None,
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
