//! Requests: the folders of verification jobs, and the notes in them.

use axum::Extension;
use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dossier_app::grant::{Delete, Execute, Grant, Read};
use dossier_app::requests::{self, Deed, Draft, Filter, Listed, Mark, Note};
use dossier_domain::{RequestId, RequestStatus, Timestamp, Verdict};
use dossier_wire as wire;
use serde::Deserialize;
use utoipa::IntoParams;

use super::shared::{by, made, paged, place, word};
use crate::Api;
use crate::extract::{Asked, At, Conditions, Json, May};
use crate::once::PostKey;
use crate::problem::{Answer, Problem};
use crate::tag;

fn written(listed: Listed) -> Answer<wire::Request> {
    let request = listed.request;
    Ok(wire::Request {
        id: request.id.to_string(),
        reference: request.reference.to_string(),
        channel: wire::ChannelRef { id: request.channel.to_string(), name: listed.channel_name },
        status: word(request.status.as_str())?,
        verdict: word(request.verdict.as_str())?,
        attention: listed.attention.map(|state| state.to_string()),
        created_at: request.created_at.to_string(),
        created_by: by(&request.created_by),
        updated_at: request.updated_at.to_string(),
    })
}

/// Which requests a list has.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only of this channel.
    #[param(value_type = Option<String>, format = Uuid)]
    channel_id: Option<dossier_domain::ChannelId>,
    /// Only in this status.
    #[param(value_type = Option<wire::Status>)]
    status: Option<RequestStatus>,
    /// Only with this verdict.
    #[param(value_type = Option<wire::Verdict>)]
    verdict: Option<Verdict>,
    /// Only those with a run that asks for a person.
    attention: Option<bool>,
    /// Only with these words in the reference, in whatever case and with or without accents.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Only those created at this instant or later.
    #[param(value_type = Option<String>, format = DateTime)]
    created_from: Option<Instant>,
    /// Only those created before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    created_before: Option<Instant>,
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many rows the page has at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// An instant in a query, as in RFC 3339.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Instant(Timestamp);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "an instant is written as 2026-11-30T12:00:00Z".to_owned())
    }
}

/// List requests
///
/// Newest first.
#[utoipa::path(get, path = "/requests", tag = "Requests", operation_id = "listRequests", params(Wanted),
    responses((status = 200, body = wire::Page<wire::Request>)))]
pub(crate) async fn list(
    State(api): State<Api>,
    May(grant): May<Read>,
    OriginalUri(uri): OriginalUri,
    Asked(wanted): Asked<Wanted>,
) -> Answer {
    let place = place(wanted.cursor.as_deref(), wanted.limit)?;
    let filter = Filter {
        channel: wanted.channel_id,
        status: wanted.status,
        verdict: wanted.verdict,
        created_from: wanted.created_from.map(|at| at.0),
        created_before: wanted.created_before.map(|at| at.0),
        attention: wanted.attention.unwrap_or_default(),
        text: wanted.search.unwrap_or_default(),
    };
    let page = requests::page(&api.app, &grant, &filter, place.from, place.limit).await?;
    paged(&uri, page, written)
}

/// Create a request
///
/// In status `draft`. The key needs `kyc:execute` too where the tenant's settings ask for it.
#[utoipa::path(post, path = "/requests", tag = "Requests", operation_id = "createRequest",
    request_body = wire::NewRequest, responses((status = 201, body = wire::Request)))]
pub(crate) async fn create(
    State(api): State<Api>,
    May(grant): May<Read>,
    Extension(key): Extension<PostKey>,
    Json(new): Json<wire::NewRequest>,
) -> Answer {
    let draft = Draft { channel: new.channel_id, reference: new.reference, key: key.0 };
    let id = requests::create(&api.app, &grant, &draft).await;
    let id = id.map_err(|error| Problem::below(error, "", &[("channel", "/channel_id")]))?;
    let request = written(requests::one(&api.app, &grant, id).await?)?;
    let tag = tag::tag(&tag::bytes(&request)?);
    let mut response = made(&format!("/requests/{id}"), &request)?;
    put_tag(&mut response, &tag);
    Ok(response)
}

fn put_tag(response: &mut Response, tag: &str) {
    if let Ok(tag) = tag.parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
}

/// Get a request
#[utoipa::path(get, path = "/requests/{request}", tag = "Requests", operation_id = "getRequest",
    params(("request" = String, Path, description = "The request's id", format = Uuid)),
    responses((status = 200, body = wire::Request)))]
pub(crate) async fn show(
    State(api): State<Api>,
    May(grant): May<Read>,
    At(id): At<RequestId>,
    conditions: Conditions,
) -> Answer {
    let request = written(requests::one(&api.app, &grant, id).await?)?;
    tag::tagged(&conditions, StatusCode::OK, &request)
}

/// The version that the caller knows, where it says that it only wants to change that one.
async fn known(api: &Api, grant: &Grant<Read>, id: RequestId, conditions: &Conditions) -> Answer<Option<i64>> {
    let listed = requests::one(&api.app, grant, id).await?;
    let version = listed.request.version;
    conditions.check(&tag::tag(&tag::bytes(&written(listed)?)?))?;
    Ok(conditions.held().then_some(version))
}

fn done(deed: Deed) -> Answer<()> {
    match deed {
        Deed::Done => Ok(()),
        Deed::Overtaken => Err(Problem::Changed),
    }
}

/// Change a request's reference
#[utoipa::path(patch, path = "/requests/{request}", tag = "Requests", operation_id = "updateRequest",
    params(("request" = String, Path, description = "The request's id", format = Uuid)),
    request_body = wire::RequestChange, responses((status = 200, body = wire::Request)))]
pub(crate) async fn rename(
    State(api): State<Api>,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
    conditions: Conditions,
    Json(change): Json<wire::RequestChange>,
) -> Answer {
    let read = grant.grant::<Read>()?;
    let version = known(&api, &read, id, &conditions).await?;
    done(requests::rename(&api.app, &grant, id, &change.reference, version).await?)?;
    let request = written(requests::one(&api.app, &read, id).await?)?;
    tag::tagged(&Conditions::default(), StatusCode::OK, &request)
}

/// Delete a request
///
/// It is gone from every list at once; what was recorded about it stays in the audit.
#[utoipa::path(delete, path = "/requests/{request}", tag = "Requests", operation_id = "deleteRequest",
    params(("request" = String, Path, description = "The request's id", format = Uuid)),
    responses((status = 204, description = "It is deleted")))]
pub(crate) async fn remove(
    State(api): State<Api>,
    May(grant): May<Delete>,
    At(id): At<RequestId>,
    conditions: Conditions,
) -> Answer {
    let version = known(&api, &grant.grant::<Read>()?, id, &conditions).await?;
    done(requests::remove(&api.app, &grant, id, version).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// End or reopen a request
///
/// `completed`, `failed` and `cancelled` end it, and stop what is queued in it; `pending` reopens it.
#[utoipa::path(post, path = "/requests/{request}/status", tag = "Requests", operation_id = "setRequestStatus",
    params(("request" = String, Path, description = "The request's id", format = Uuid)),
    request_body = wire::StatusChange, responses((status = 200, body = wire::Request)))]
pub(crate) async fn mark(
    State(api): State<Api>,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
    conditions: Conditions,
    Json(change): Json<wire::StatusChange>,
) -> Answer {
    let read = grant.grant::<Read>()?;
    let version = known(&api, &read, id, &conditions).await?;
    let to: RequestStatus = word(word_of(change.status)?.as_str())?;
    let mark = Mark { to, words: change.note.unwrap_or_default(), version };
    let deed = requests::mark(&api.app, &grant, id, &mark).await;
    done(deed.map_err(|error| Problem::below(error, "", &[("reason", "/note")]))?)?;
    let request = written(requests::one(&api.app, &read, id).await?)?;
    tag::tagged(&Conditions::default(), StatusCode::OK, &request)
}

/// The word of a status of the wire.
fn word_of(status: wire::Status) -> Answer<String> {
    let word = serde_json::to_value(status).ok().and_then(|value| value.as_str().map(str::to_owned));
    word.ok_or_else(|| Problem::Fault("a status has no word".to_owned()))
}

/// Where a page of a list begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Where {
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many rows the page has at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

fn noted(note: Note) -> Answer<wire::Note> {
    Ok(wire::Note {
        id: note.id.to_string(),
        text: note.text,
        became: note.became.map(|status| word(status.as_str())).transpose()?,
        created_at: note.at.to_string(),
        created_by: by(&note.by),
    })
}

/// List a request's notes
///
/// What people and programs wrote about it, and how they moved it, newest first.
#[utoipa::path(get, path = "/requests/{request}/notes", tag = "Requests", operation_id = "listNotes",
    params(("request" = String, Path, description = "The request's id", format = Uuid), Where),
    responses((status = 200, body = wire::Page<wire::Note>)))]
pub(crate) async fn notes(
    State(api): State<Api>,
    May(grant): May<Read>,
    At(id): At<RequestId>,
    OriginalUri(uri): OriginalUri,
    Asked(wanted): Asked<Where>,
) -> Answer {
    let place = place(wanted.cursor.as_deref(), wanted.limit)?;
    let (_, page) = requests::notes(&api.app, &grant, id, place.from, place.limit).await?;
    paged(&uri, page, noted)
}

/// Add a note
#[utoipa::path(post, path = "/requests/{request}/notes", tag = "Requests", operation_id = "createNote",
    params(("request" = String, Path, description = "The request's id", format = Uuid)),
    request_body = wire::NewNote, responses((status = 201, body = wire::Note)))]
pub(crate) async fn note(
    State(api): State<Api>,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
    Extension(key): Extension<PostKey>,
    Json(new): Json<wire::NewNote>,
) -> Answer {
    let note = requests::note(&api.app, &grant, id, &new.text, &key.0).await;
    let note = note.map_err(|error| Problem::below(error, "", &[("note", "/text")]))?;
    made(&format!("/requests/{id}/notes"), &noted(note)?)
}
