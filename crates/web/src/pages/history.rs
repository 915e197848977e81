//! Every run of a request, with what each brought.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::grant::{Member, Read};
use dossier_app::history::{self, Cursor, History};
use dossier_app::results::Listed;
use dossier_app::runs::Run;
use dossier_domain::{RequestId, RunState};
use serde::Deserialize;

use super::{request, standing};
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{self, Choice, HistoryPage, Pager, RunRow, Yield};
use crate::visit::Visit;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    action: Option<String>,
    from: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At(id): At<RequestId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let action = query.action.as_deref().filter(|action| !action.is_empty());
    let from: Option<Cursor> = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let History { head, page: found, actions } = history::of(&web.app, &grant, id, action, from, history::PAGE).await?;
    let to = |cursor: Option<Cursor>| {
        let cursor = cursor?.to_string();
        Some(super::address(&address(id), [("action", action.unwrap_or_default()), ("from", cursor.as_str())]))
    };
    let actions =
        actions.into_iter().map(|(key, label)| Choice { selected: action == Some(key.as_str()), value: key, label });
    let view = HistoryPage {
        shell: visit.shell(),
        head: request::head(&head, &grant),
        provider: head.provider().to_owned(),
        actions: actions.collect(),
        narrow: action.is_some(),
        paged: from.is_some(),
        pager: Pager { text: String::new(), newer: to(found.newer), older: to(found.older) },
        runs: found.rows.iter().map(|(run, brought)| row(run, brought, &grant)).collect(),
    };
    page(StatusCode::OK, &view)
}

/// Where the runs of a request are.
pub(super) fn address(request: RequestId) -> String {
    format!("/requests/{request}/runs")
}

fn row(run: &Run, brought: &[Listed], member: &Member) -> RunRow {
    let said = run.message.clone().filter(|_| matches!(run.state, RunState::Failed | RunState::Succeeded));
    let said = said.map(|words| if run.quoted { view::Said::Quoted(words) } else { view::Said::Own(words) });
    let took = run.started_at.zip(run.ended_at).filter(|_| !run.state.is_live() && !run.state.is_open());
    RunRow {
        href: standing::href(run),
        action: run.label.clone(),
        state: view::run(run.state, None, said),
        asked: view::moment(run.created_at, &member.local),
        by: run.by.name.clone(),
        took: took.map(|(began, ended)| view::took(ended.since(began))),
        brought: brought.iter().map(|line| result(line, run)).collect(),
    }
}

fn result(line: &Listed, run: &Run) -> Yield {
    Yield {
        href: format!("/requests/{}?result={}", line.request, line.id),
        text: match (line.action == run.action, line.current) {
            (true, true) => "Current result".to_owned(),
            (true, false) => "Earlier result".to_owned(),
            // What was asked about its end has a name of its own.
            (false, _) => "How it ended".to_owned(),
        },
        verdict: view::verdict(line.verdict),
    }
}
