//! The raw answer of a result, to fold and unfold.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::AppError;
use dossier_app::grant::Read;
use dossier_app::results;
use dossier_domain::{RequestId, ResultId};
use serde::Deserialize;

use super::request;
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{self, JsonPage, JsonTree};
use crate::visit::Visit;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    /// A JSON pointer (RFC 6901).
    at: Option<String>,
    /// The first entry that is shown, or the first character of a text.
    from: Option<usize>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At((request, result)): At<(RequestId, ResultId)>,
    Asked(query): Asked<Query>,
) -> Answer {
    let answer = results::answer(&web.app, &grant, request, result).await?;
    let base = format!("/requests/{request}/results/{result}");
    let href = |place: &str, from: usize| {
        let from = if from == 0 { String::new() } else { from.to_string() };
        super::address(&format!("{base}/json"), [("at", place), ("from", from.as_str())])
    };
    let at = query.at.unwrap_or_default();
    let path = view::json_path(&answer.value, &at, &href).ok_or(AppError::NotFound)?;
    let here = answer.value.pointer(&at).ok_or(AppError::NotFound)?;
    let view = JsonPage {
        shell: visit.shell(),
        head: request::head(&answer.head, &grant),
        action: answer.facts.label.clone(),
        ran: view::moment(answer.facts.executed_at, &grant.local),
        result_href: format!("/requests/{request}?result={result}"),
        raw_href: format!("{base}/raw"),
        size: view::bytes(answer.size),
        tree: JsonTree::of(here, &at, query.from.unwrap_or_default(), &href),
        path,
    };
    page(StatusCode::OK, &view)
}
