//! Runs: one attempt of one action each.

use std::time::Duration;

use axum::Extension;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use dossier_app::folder;
use dossier_app::grant::{Execute, Read};
use dossier_app::history;
use dossier_app::results::Listed;
use dossier_app::runs::{self, Order, Settlement};
use dossier_app::staged::{self, Upload};
use dossier_app::{AppError, FieldError};
use dossier_domain::{RequestId, RunId};
use dossier_wire as wire;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::outputs;
use super::shared::{by, instant, made, paged, place, word};
use crate::Api;
use crate::content::{Content, Part};
use crate::extract::{Asked, At, Conditions, Json, May, shaped};
use crate::once::PostKey;
use crate::problem::{Answer, Problem};
use crate::tag;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// The longest that a call waits for a run, in seconds.
const LONGEST: u64 = 60;

pub(super) fn written(run: &runs::Run, brought: Vec<wire::Output>) -> Answer<wire::Run> {
    Ok(wire::Run {
        id: run.id.to_string(),
        request_id: run.request.to_string(),
        action: run.action.clone(),
        label: run.label.clone(),
        state: word(run.state.as_str())?,
        verdict: word(run.verdict.as_str())?,
        message: run.message.clone(),
        failure: run.error.map(|class| word(class.as_str())).transpose()?,
        outputs: brought,
        created_at: run.created_at.to_string(),
        created_by: by(&run.by),
        started_at: instant(run.started_at),
        ended_at: instant(run.ended_at),
    })
}

/// Which runs a list has.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedRuns {
    /// Only of this action.
    action: Option<String>,
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many rows the page has at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List a request's runs
///
/// Newest first.
#[utoipa::path(get, path = "/requests/{request}/runs", tag = "Runs", operation_id = "listRuns",
    params(("request" = String, Path, description = "The request's id", format = Uuid), WantedRuns),
    responses((status = 200, body = wire::Page<wire::Run>)))]
pub(crate) async fn list(
    State(api): State<Api>,
    May(grant): May<Read>,
    At(request): At<RequestId>,
    OriginalUri(uri): OriginalUri,
    Asked(wanted): Asked<WantedRuns>,
) -> Answer {
    let place = place(wanted.cursor.as_deref(), wanted.limit)?;
    let action = wanted.action.as_deref();
    let page = history::of(&api.app, &grant, request, action, place.from, place.limit).await?.page;
    let row = |(run, brought): (runs::Run, Vec<Listed>)| {
        let brought = brought.iter().map(|facts| outputs::written(facts, None));
        written(&run, brought.collect::<Answer<_>>()?)
    };
    paged(&uri, page, row)
}

/// Run an action
///
/// Records a run and carries it out. With `Prefer: wait=30` the answer waits up to so many seconds (60 at most) and is the
/// run with what it brought; without it, or when it takes longer, it is `202` with the run to follow.
///
/// With files it is `multipart/form-data`: the part `run` holds the JSON, and each file is a part under the name of its
/// parameter, such as `idPhoto` or `directors[0].idCopy`.
#[utoipa::path(post, path = "/requests/{request}/runs", tag = "Runs", operation_id = "createRun",
    params(("request" = String, Path, description = "The request's id", format = Uuid),
        ("Prefer" = Option<String>, Header, description = "`wait=30` waits up to 30 seconds for the end")),
    request_body(content((wire::NewRun = "application/json"), (wire::NewRun = "multipart/form-data"))),
    responses((status = 201, description = "The run has ended", body = wire::Run),
        (status = 202, description = "The run goes on", body = wire::Run)))]
pub(crate) async fn start(
    State(api): State<Api>,
    May(grant): May<Execute>,
    At(request): At<RequestId>,
    Extension(key): Extension<PostKey>,
    Extension(content): Extension<Content>,
    headers: HeaderMap,
) -> Answer {
    let (new, files) = ordered(&content)?;
    let mut params = new.params;
    if params.is_null() {
        params = Value::Object(Map::new());
    }
    if !files.is_empty() {
        let opened = folder::form(&api.app, &grant, request, &new.action).await?;
        let form = opened.form.flat_in(&opened.form.pairs(&params));
        for part in files {
            let field = form.field(&part.name).filter(|field| field.file_rule().is_some());
            let Some(field) = field else {
                let message = "The action has no parameter of this name that takes a file.";
                return Err(Problem::below(AppError::field(&part.name, message), "/params", &[]));
            };
            let name = part.file.clone().unwrap_or_default();
            let upload = Upload { name, bytes: part.bytes.to_vec() };
            let file = staged::stage(&api.app, &grant, request, field, &upload).await;
            let file = file.map_err(|error| Problem::below(error, "/params", &[]))?;
            if !put(&mut params, &part.name, file) {
                let message = "The parameters have no such row for this file.";
                return Err(Problem::below(AppError::field(&part.name, message), "/params", &[]));
            }
        }
    }
    let order =
        Order { request, action: new.action, params, key: key.0, confirmed: new.run_again, seen: None, manifest: None };
    let run = match runs::start(&api.app, &grant, &order).await {
        Ok(run) => run,
        // The request is there, so it is the action that is not.
        Err(AppError::NotFound) => {
            dossier_app::requests::one(&api.app, &grant.grant::<Read>()?, request).await?;
            let unknown = FieldError::new("action", "The request's provider has no action of this name.");
            return Err(Problem::App(AppError::Invalid(vec![unknown])));
        }
        Err(error) => return Err(Problem::below(error, "/params", &[("_again", "/run_again")])),
    };
    let patience = wait(&headers);
    if let Some(patience) = patience {
        // The run is recorded: a fault while waiting is no reason to say that it is not.
        let _ = runs::wait(&api.app, &grant, run, patience).await;
    }
    let run = whole(&api, &grant.grant::<Read>()?, request, run).await?;
    let ended = run.ended_at.is_some() || run.state == wire::RunState::Unknown;
    let mut response = made(&format!("/requests/{request}/runs/{}", run.id), &run)?;
    if !ended {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    applied(&mut response, patience);
    Ok(response)
}

/// The run with what it brought, as people are shown it.
async fn whole(
    api: &Api,
    grant: &dossier_app::grant::Grant<Read>,
    request: RequestId,
    run: RunId,
) -> Answer<wire::Run> {
    let (run, brought) = history::run(&api.app, grant, request, run).await?;
    let mut outputs = Vec::new();
    for facts in &brought {
        outputs.push(outputs::opened(api, grant, request, facts.id).await?);
    }
    written(&run, outputs)
}

/// The run that a body asks for, and its files.
fn ordered(content: &Content) -> Answer<(wire::NewRun, Vec<&Part>)> {
    match content {
        Content::Json(value) => Ok((shaped(value)?, Vec::new())),
        Content::Form(parts) => {
            let (run, files): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part.name == "run");
            let [run] = run.as_slice() else {
                return Err(Problem::Malformed("The form has one part `run`, which is JSON.".to_owned()));
            };
            let read = serde_json::from_slice::<Value>(&run.bytes);
            let value = read.map_err(|error| Problem::Malformed(format!("The part run is no JSON: {error}.")))?;
            Ok((shaped(&value)?, files))
        }
        Content::Nothing => Err(Problem::Malformed("The body is empty, and JSON is expected.".to_owned())),
    }
}

/// Puts a file where its parameter stands: `directors[0].idCopy` into the first of the directors. A parameter that is a
/// list of files gets one more.
fn put(params: &mut Value, name: &str, file: Value) -> bool {
    let mut parts: Vec<_> = name.split(['.', '[']).map(|part| part.trim_end_matches(']')).collect();
    let Some(last) = parts.pop() else { return false };
    let mut place = params;
    for part in parts {
        let next = match place {
            Value::Object(pairs) => pairs.get_mut(part),
            Value::Array(rows) => part.parse::<usize>().ok().and_then(|row| rows.get_mut(row)),
            _ => None,
        };
        let Some(next) = next else { return false };
        place = next;
    }
    let Value::Object(pairs) = place else { return false };
    match pairs.get_mut(last) {
        Some(Value::Array(list)) => list.push(file),
        _ => drop(pairs.insert(last.to_owned(), file)),
    }
    true
}

/// How long the caller prefers to wait (RFC 7240, section 4.3).
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let texts = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let seconds = texts.flat_map(|text| text.split(',')).find_map(|preference| {
        let (name, value) = preference.split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"').parse::<u64>().ok())?
    });
    seconds.map(|seconds| Duration::from_secs(seconds.min(LONGEST)))
}

fn applied(response: &mut Response, patience: Option<Duration>) {
    if let Some(patience) = patience
        && let Ok(value) = HeaderValue::from_str(&format!("wait={}", patience.as_secs()))
    {
        response.headers_mut().insert(APPLIED, value);
    }
}

/// Get a run
///
/// With `Prefer: wait=30` the answer waits up to so many seconds for the end of a run that is queued or running.
#[utoipa::path(get, path = "/requests/{request}/runs/{run}", tag = "Runs", operation_id = "getRun",
    params(("request" = String, Path, description = "The request's id", format = Uuid),
        ("run" = String, Path, description = "The run's id", format = Uuid),
        ("Prefer" = Option<String>, Header, description = "`wait=30` waits up to 30 seconds for the end")),
    responses((status = 200, body = wire::Run)))]
pub(crate) async fn show(
    State(api): State<Api>,
    May(grant): May<Read>,
    At((request, run)): At<(RequestId, RunId)>,
    conditions: Conditions,
    headers: HeaderMap,
) -> Answer {
    let mut told = whole(&api, &grant, request, run).await?;
    let patience = wait(&headers);
    if let Some(patience) = patience.filter(|_| told.state.is_live()) {
        runs::follow(&api.app, &grant, run, patience).await?;
        told = whole(&api, &grant, request, run).await?;
    }
    let mut response = tag::tagged(&conditions, StatusCode::OK, &told)?;
    applied(&mut response, patience);
    Ok(response)
}

/// Stop a run
///
/// Before anything was sent: a run that is queued.
#[utoipa::path(post, path = "/requests/{request}/runs/{run}/cancel", tag = "Runs", operation_id = "cancelRun",
    params(("request" = String, Path, description = "The request's id", format = Uuid),
        ("run" = String, Path, description = "The run's id", format = Uuid)),
    responses((status = 200, body = wire::Run)))]
pub(crate) async fn cancel(
    State(api): State<Api>,
    May(grant): May<Execute>,
    At((request, run)): At<(RequestId, RunId)>,
) -> Answer {
    runs::cancel(&api.app, &grant, request, run).await?;
    let run = whole(&api, &grant.grant::<Read>()?, request, run).await?;
    tag::tagged(&Conditions::default(), StatusCode::OK, &run)
}

/// Settle a run
///
/// Says how a run ended whose outcome nobody knows, or that its provider never ended.
#[utoipa::path(post, path = "/requests/{request}/runs/{run}/settle", tag = "Runs", operation_id = "settleRun",
    params(("request" = String, Path, description = "The request's id", format = Uuid),
        ("run" = String, Path, description = "The run's id", format = Uuid)),
    request_body = wire::Settlement, responses((status = 200, body = wire::Run)))]
pub(crate) async fn settle(
    State(api): State<Api>,
    May(grant): May<Execute>,
    At((request, run)): At<(RequestId, RunId)>,
    Json(settlement): Json<wire::Settlement>,
) -> Answer {
    let order = Settlement { request, run, ended: settlement.ended, reason: settlement.reason };
    runs::settle(&api.app, &grant, &order).await?;
    let run = whole(&api, &grant.grant::<Read>()?, request, run).await?;
    tag::tagged(&Conditions::default(), StatusCode::OK, &run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_is_put_where_its_parameter_stands() {
        let mut params = json!({ "directors": [{ "name": "a" }, { "name": "b" }], "pages": [] });
        assert!(put(&mut params, "photo", json!(1)));
        assert!(put(&mut params, "directors[1].idCopy", json!(2)));
        assert!(put(&mut params, "pages", json!(3)) && put(&mut params, "pages", json!(4)));
        assert!(!put(&mut params, "directors[2].idCopy", json!(5)) && !put(&mut params, "owners[0].x", json!(6)));
        assert_eq!(
            params,
            json!({ "directors": [{ "name": "a" }, { "name": "b", "idCopy": 2 }], "pages": [3, 4], "photo": 1 })
        );
    }

    #[test]
    fn a_wait_is_read_from_the_preferences_and_bounded() {
        let wait = |text: &'static str| wait(&HeaderMap::from_iter([(PREFER, HeaderValue::from_static(text))]));
        assert_eq!(wait("wait=30"), Some(Duration::from_secs(30)));
        assert_eq!(wait("respond-async, WAIT=5"), Some(Duration::from_secs(5)));
        assert_eq!(wait("wait=100000"), Some(Duration::from_secs(LONGEST)));
        assert_eq!((wait("wait=soon"), wait("return=minimal")), (None, None));
    }
}
