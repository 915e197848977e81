//! Every row of a table of a result, a page at a time.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::grant::Read;
use dossier_app::results::{self, Rows};
use dossier_domain::{RequestId, ResultId};
use serde::Deserialize;

use super::{request, shown};
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{self, RowsPage, Table};
use crate::visit::Visit;

/// How many rows a page shows at most.
const MANY: usize = 100;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    /// How many rows stand before the first that is shown.
    from: Option<usize>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At((request, result, table)): At<(RequestId, ResultId, usize)>,
    Asked(query): Asked<Query>,
) -> Answer {
    let Rows { head, facts, title, table: whole } = results::rows(&web.app, &grant, request, result, table).await?;
    let all = whole.rows.len();
    let from = query.from.unwrap_or_default().min(all.saturating_sub(1));
    let part = whole.rows.iter().skip(from).take(MANY).map(|row| row.iter().map(shown::cell).collect());
    let part = Table::on_a_page(whole.columns, part.collect());
    let to = from + part.len();
    let here = format!("/requests/{request}/results/{result}/tables/{table}");
    let href = |from: usize| if from == 0 { here.clone() } else { format!("{here}?from={from}") };
    let view = RowsPage {
        shell: visit.shell(),
        head: request::head(&head, &grant),
        action: facts.label.clone(),
        ran: view::moment(facts.executed_at, &grant.local),
        result_href: format!("/requests/{request}?result={result}"),
        title: title.unwrap_or_else(|| "Table".to_owned()),
        said: match all {
            1 => "One row".to_owned(),
            all => format!("Rows {} to {} of {}", from + 1, to, view::count(all as u64)),
        },
        table: part,
        before: (from > 0).then(|| href(from.saturating_sub(MANY))),
        after: (to < all).then(|| href(to)),
    };
    page(StatusCode::OK, &view)
}
