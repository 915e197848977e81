//! Outputs: what runs brought.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use dossier_app::AppError;
use dossier_app::folder::{self, Choice};
use dossier_app::grant::{Grant, Read};
use dossier_app::results::{self, Listed};
use dossier_domain::{RequestId, ResultId};
use dossier_wire as wire;
use serde_json::Value;

use super::shared::{by, word};
use crate::Api;
use crate::extract::{At, Conditions, May};
use crate::problem::{Answer, Problem};
use crate::tag;

pub(super) fn written(facts: &Listed, display: Option<Value>) -> Answer<wire::Output> {
    Ok(wire::Output {
        id: facts.id.to_string(),
        run_id: facts.run.to_string(),
        action: facts.action.clone(),
        current: facts.current,
        verdict: word(facts.verdict.as_str())?,
        executed_at: facts.executed_at.to_string(),
        executed_by: by(&facts.by),
        took_ms: u64::try_from(facts.took.as_millis()).unwrap_or(u64::MAX),
        display,
    })
}

/// An output with what people are shown of it.
pub(super) async fn opened(api: &Api, grant: &Grant<Read>, request: RequestId, id: ResultId) -> Answer<wire::Output> {
    let folder = folder::open(&api.app, grant, request, Choice::Result(id)).await?;
    let shown = folder.shown.ok_or(AppError::NotFound)?;
    let display = serde_json::to_value(&shown.display).map_err(|error| Problem::Fault(error.to_string()))?;
    written(&shown.result, Some(display))
}

/// List a request's outputs
///
/// The current output of each action: what later actions go by. Earlier ones stand with their runs.
#[utoipa::path(get, path = "/requests/{request}/outputs", tag = "Outputs", operation_id = "listOutputs",
    params(("request" = String, Path, description = "The request's id", format = Uuid)),
    responses((status = 200, body = wire::Page<wire::Output>)))]
pub(crate) async fn list(
    State(api): State<Api>,
    May(grant): May<Read>,
    At(request): At<RequestId>,
    conditions: Conditions,
) -> Answer {
    let outputs = folder::open(&api.app, &grant, request, Choice::Latest).await?.outputs;
    let data = outputs.iter().map(|facts| written(facts, None)).collect::<Answer<Vec<_>>>()?;
    tag::tagged(&conditions, StatusCode::OK, &wire::Page { data, next_cursor: None })
}

/// Get an output
#[utoipa::path(get, path = "/requests/{request}/outputs/{output}", tag = "Outputs", operation_id = "getOutput",
    params(("request" = String, Path, description = "The request's id", format = Uuid),
        ("output" = String, Path, description = "The output's id", format = Uuid)),
    responses((status = 200, body = wire::Output)))]
pub(crate) async fn show(
    State(api): State<Api>,
    May(grant): May<Read>,
    At((request, output)): At<(RequestId, ResultId)>,
    conditions: Conditions,
) -> Answer {
    tag::tagged(&conditions, StatusCode::OK, &opened(&api, &grant, request, output).await?)
}

/// Get an output's answer
///
/// What the provider answered, with personal data masked: JSON, or text where it was none. An event of the audit.
#[utoipa::path(get, path = "/requests/{request}/outputs/{output}/content", tag = "Outputs",
    operation_id = "getOutputContent",
    params(("request" = String, Path, description = "The request's id", format = Uuid),
        ("output" = String, Path, description = "The output's id", format = Uuid)),
    responses((status = 200, description = "The answer", content((Value = "application/json"), (String = "text/plain")))))]
pub(crate) async fn content(
    State(api): State<Api>,
    May(grant): May<Read>,
    At((request, output)): At<(RequestId, ResultId)>,
) -> Answer {
    let answer = results::take(&api.app, &grant, request, output).await?;
    let kind = if answer.is_json { "application/json" } else { "text/plain; charset=utf-8" };
    Ok(([(header::CONTENT_TYPE, kind)], answer.text()?).into_response())
}
