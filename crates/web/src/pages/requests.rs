//! The list of requests, and a new one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::grant::Read;
use dossier_app::requests::{self, Cursor, Draft, Filter, Listed};
use dossier_app::{AppError, FieldError, channels};
use dossier_domain::Permission;
use serde::Deserialize;

use crate::Web;
use crate::error::{Answer, Problem, administrators, show};
use crate::extract::{Asked, May, Pairs};
use crate::view::{
    self, ChannelName, Choice, Listing, NewRequest, NewRequestForm, Pager, People, RequestNewPage, RequestRow,
    RequestsPage, SetUp,
};
use crate::visit::Visit;

/// The filter, as it stands in the address.
#[derive(Default, Deserialize)]
pub(super) struct Query {
    channel: Option<String>,
    status: Option<String>,
    from: Option<String>,
}

impl Query {
    fn filter(&self) -> Filter {
        let channel = self.channel.as_deref().and_then(|id| id.parse().ok());
        Filter { channel, status: self.status.as_deref().and_then(|word| word.parse().ok()) }
    }

    /// This list from another place on.
    fn address(&self, from: Cursor) -> String {
        let kept = [("channel", &self.channel), ("status", &self.status)].into_iter();
        let kept = kept.filter_map(|(name, value)| Some((name, value.as_deref().filter(|value| !value.is_empty())?)));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("from", &from.to_string())
            .extend_pairs(kept)
            .finish();
        format!("/requests?{query}")
    }
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    Asked(query): Asked<Query>,
) -> Answer {
    let filter = query.filter();
    let from = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let page = requests::list(&web.app, &grant, &filter, from).await?;
    let used = requests::used_channels(&web.app, &grant).await?;
    let channels = used.into_iter().map(|channel| Choice {
        selected: filter.channel == Some(channel.id),
        label: if channel.deleted { format!("{} (deleted)", channel.name) } else { channel.name },
        value: channel.id.to_string(),
    });
    let rows: Vec<_> = page.rows.iter().map(|listed| row(listed, &grant.time_zone)).collect();
    let listing = match rows {
        rows if !rows.is_empty() => Listing::Rows(rows),
        _ if filter == Filter::default() && from.is_none() => Listing::Empty,
        _ => Listing::NoMatch,
    };
    let to = |cursor: Option<Cursor>| cursor.map(|cursor| query.address(cursor));
    let pager = Pager { text: String::new(), newer: to(page.newer), older: to(page.older) };
    show(StatusCode::OK, &RequestsPage { shell: visit.shell(), channels: channels.collect(), listing, pager })
}

fn row(listed: &Listed, time_zone: &str) -> RequestRow {
    let request = &listed.request;
    RequestRow {
        href: format!("/requests/{}", request.id),
        reference: request.reference.to_string(),
        channel: ChannelName { name: listed.channel_name.clone(), deleted: listed.channel_deleted },
        status: view::status(request.status),
        verdict: view::verdict(request.verdict),
        attention: listed.attention.and_then(view::attention),
        created: view::moment(request.created_at, time_zone),
    }
}

pub(super) async fn new(State(web): State<Web>, visit: Visit, May(grant): May<Read>) -> Answer {
    let offered = channels::offered(&web.app, &grant).await?;
    let content = if offered.is_empty() {
        NewRequest::NoChannel(set_up(&web, &visit).await)
    } else {
        NewRequest::Form(NewRequestForm {
            key: web.app.form_key(),
            channels: choices(&offered, ""),
            ..NewRequestForm::default()
        })
    };
    show(StatusCode::OK, &RequestNewPage { shell: visit.shell(), content })
}

/// Who can set up a channel.
async fn set_up(web: &Web, visit: &Visit) -> SetUp {
    if visit.member.as_ref().is_some_and(|member| member.may(Permission::KycCreate)) {
        return SetUp::Here("/settings/channels".to_owned());
    }
    SetUp::Ask(People { names: administrators(web, visit).await })
}

fn choices(offered: &[channels::Channel], chosen: &str) -> Vec<Choice> {
    let choice = |channel: &channels::Channel| {
        let value = channel.id.to_string();
        Choice { selected: value == chosen, label: channel.name.clone(), value }
    };
    offered.iter().map(choice).collect()
}

pub(super) async fn create(State(web): State<Web>, visit: Visit, May(grant): May<Read>, pairs: Pairs) -> Answer {
    let text = |name| pairs.first(name).to_owned();
    let mut draft = Draft { channel: text("channel"), reference: text("reference"), key: text("_key") };
    if draft.key.is_empty() {
        return Err(Problem::Unreadable);
    }
    let refused = match requests::create(&web.app, &grant, &draft).await {
        Ok(id) => return Ok(Redirect::to(&format!("/requests/{id}")).into_response()),
        Err(AppError::Invalid(refused)) => refused,
        Err(AppError::KeyReused) => {
            draft.key = web.app.form_key();
            let again = "This form made a request before, with other content. Check it and send it again.";
            vec![FieldError::new("reference", again)]
        }
        Err(error) => return Err(error.into()),
    };
    let offered = channels::offered(&web.app, &grant).await?;
    if offered.is_empty() {
        let content = NewRequest::NoChannel(set_up(&web, &visit).await);
        return show(StatusCode::UNPROCESSABLE_ENTITY, &RequestNewPage { shell: visit.shell(), content });
    }
    let error = |name: &str| refused.iter().find(|e| e.field == name).map(|e| e.message.clone());
    let form = NewRequestForm {
        key: draft.key,
        reference_error: error("reference"),
        reference: draft.reference,
        channels: choices(&offered, &draft.channel),
        channel_error: error("channel"),
    };
    let content = NewRequest::Form(form);
    show(StatusCode::UNPROCESSABLE_ENTITY, &RequestNewPage { shell: visit.shell(), content })
}
