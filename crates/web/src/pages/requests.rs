//! The list of requests, and a new one.

use std::str::FromStr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::days::midnight;
use dossier_app::grant::Read;
use dossier_app::requests::{self, Cursor, Draft, Filter, Listed, Overview};
use dossier_app::{AppError, FieldError, channels};
use dossier_domain::{ChannelId, Local, Permission, RequestStatus, Verdict};
use jiff::civil::Date;
use serde::Deserialize;

use super::csv;

use crate::Web;
use crate::error::{Answer, Problem, administrators, show};
use crate::extract::{Asked, Fetched, May, Pairs};
use crate::view::{
    self, Banner, Bucket, ChannelName, Choice, Filters, Listing, NewRequest, NewRequestForm, Outcome, Pager, People,
    RequestNewPage, RequestRow, RequestsPage, SetUp,
};
use crate::visit::Visit;

/// The filter, as it stands in the address, so that a view can be kept and shared (LIST-2).
#[derive(Clone, Default, Deserialize)]
pub(super) struct Query {
    q: Option<String>,
    channel: Option<String>,
    status: Option<String>,
    verdict: Option<String>,
    /// The first day, `2026-11-23`, in the tenant's time zone.
    since: Option<String>,
    /// The last day.
    until: Option<String>,
    attention: Option<String>,
    from: Option<String>,
    /// What was just done: `deleted`.
    done: Option<String>,
}

/// The value of a parameter that was given.
fn given(value: Option<&String>) -> Option<&str> {
    value.map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// The most characters of a search.
const LONGEST_SEARCH: usize = 200;

fn word<T: FromStr>(value: Option<&String>) -> Option<T> {
    given(value)?.parse().ok()
}

impl Query {
    fn filter(&self, local: &Local) -> Filter {
        let day = |value: Option<&String>| word::<Date>(value);
        Filter {
            channel: word(self.channel.as_ref()),
            status: word(self.status.as_ref()),
            verdict: word(self.verdict.as_ref()),
            created_from: day(self.since.as_ref()).and_then(|day| midnight(day, local)),
            created_before: day(self.until.as_ref())
                .and_then(|day| day.tomorrow().ok())
                .and_then(|day| midnight(day, local)),
            attention: given(self.attention.as_ref()).is_some(),
            text: self.text().unwrap_or_default(),
        }
    }

    /// What is searched for: no reference has control characters.
    fn text(&self) -> Option<String> {
        Some(given(self.q.as_ref())?.chars().filter(|c| !c.is_control()).take(LONGEST_SEARCH).collect())
    }

    /// Without what nobody can read: the list shows what it is narrowed by, and only that.
    fn known(&self) -> Self {
        fn known<T: FromStr>(value: Option<&String>) -> Option<String> {
            value.filter(|_| word::<T>(value).is_some()).cloned()
        }
        Self {
            q: self.text(),
            channel: known::<ChannelId>(self.channel.as_ref()),
            status: known::<RequestStatus>(self.status.as_ref()),
            verdict: known::<Verdict>(self.verdict.as_ref()),
            since: known::<Date>(self.since.as_ref()),
            until: known::<Date>(self.until.as_ref()),
            attention: self.attention.clone(),
            from: self.from.clone(),
            done: self.done.clone(),
        }
    }

    /// Whether everything that was given can be read.
    fn is_clear(&self) -> bool {
        let given = |query: &Self| {
            let all = [&query.channel, &query.status, &query.verdict, &query.since, &query.until];
            all.map(|value| given(value.as_ref()).is_some())
        };
        given(self) == given(&self.known())
    }

    /// The address at `path` of what this asks for, with other values for some of it.
    fn address(&self, path: &str, other: &[(&str, &str)]) -> String {
        let own = [
            ("q", &self.q),
            ("status", &self.status),
            ("attention", &self.attention),
            ("channel", &self.channel),
            ("verdict", &self.verdict),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let kept = own.iter().filter(|(name, _)| other.iter().all(|(changed, _)| changed != name));
        let kept = kept.filter_map(|(name, value)| Some((*name, given(value.as_ref())?)));
        super::address(path, kept.chain(other.iter().copied()))
    }
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    Asked(query): Asked<Query>,
) -> Answer {
    let query = query.known();
    let filter = query.filter(&grant.local);
    let from = word(query.from.as_ref());
    let Overview { page, counts, channels: used } = requests::overview(&web.app, &grant, &filter, from).await?;
    let channels = used.into_iter().map(|channel| Choice {
        selected: filter.channel == Some(channel.id),
        label: if channel.deleted { format!("{} (deleted)", channel.name) } else { channel.name },
        value: channel.id.to_string(),
    });
    let rows: Vec<_> = page.rows.iter().map(|listed| row(listed, &grant.local)).collect();
    let shown = rows.len();
    let listing = match rows {
        rows if !rows.is_empty() => Listing::Rows(rows),
        _ if filter == Filter::default() && from.is_none() => Listing::Empty,
        _ => Listing::NoMatch,
    };
    let to = |cursor: Option<Cursor>| cursor.map(|cursor| query.address("/requests", &[("from", &cursor.to_string())]));
    let pager = Pager { text: String::new(), newer: to(page.newer), older: to(page.older) };
    let matching = match (filter.status, filter.attention) {
        (None, false) => Some(counts.all),
        (Some(status), false) => counts.by_status.iter().find(|(each, _)| *each == status).map(|(_, count)| *count),
        (None, true) => Some(counts.attention),
        (Some(_), true) => None,
    };
    let found = Found { matching, shown, newest: from.is_none() };
    let filters = Filters {
        text: filter.text.clone(),
        channels: channels.collect(),
        verdicts: verdicts(filter.verdict),
        since: given(query.since.as_ref()).unwrap_or_default().to_owned(),
        until: given(query.until.as_ref()).unwrap_or_default().to_owned(),
        status: filter.status.map(|status| status.as_str().to_owned()),
        attention: filter.attention,
        narrow: filter != Filter::default(),
    };
    show(
        StatusCode::OK,
        &RequestsPage {
            shell: visit.shell(),
            banner: (query.done.as_deref() == Some("deleted"))
                .then(|| Banner::new(Outcome::Good, "The request was deleted.", "")),
            counts: buckets(&query, &filter, &counts),
            export: query.address("/requests.csv", &[]),
            filters,
            listing,
            found: found.words(),
            pager,
        },
    )
}

/// What the line above the list says of how much there is.
struct Found {
    /// How many match, unless that was not counted.
    matching: Option<u32>,
    shown: usize,
    newest: bool,
}

impl Found {
    fn words(&self) -> String {
        let matching = match self.matching {
            Some(1) => "1 request".to_owned(),
            Some(count) => format!("{} requests", view::counted(count)),
            None => return format!("{} shown", view::plural(self.shown, "request")),
        };
        match self.matching {
            Some(count) if count as usize == self.shown => matching,
            _ if self.newest => format!("{matching}, the newest {} shown", self.shown),
            _ => format!("{matching}, {} of them shown", self.shown),
        }
    }
}

fn verdicts(chosen: Option<Verdict>) -> Vec<Choice> {
    let choice = |&verdict: &Verdict| Choice {
        selected: chosen == Some(verdict),
        label: view::verdict_word(verdict).unwrap_or("None yet").to_owned(),
        value: verdict.to_string(),
    };
    Verdict::ALL.iter().map(choice).collect()
}

/// The counts, each leading to the list of what it counts.
fn buckets(query: &Query, filter: &Filter, counts: &requests::Counts) -> Vec<Bucket> {
    let to =
        |status: &str, attention: &str| query.address("/requests", &[("status", status), ("attention", attention)]);
    let all = Bucket {
        href: to("", ""),
        look: None,
        word: "All",
        count: counts.all,
        chosen: filter.status.is_none() && !filter.attention,
    };
    let each = counts.by_status.iter().map(|&(status, count)| Bucket {
        href: to(status.as_str(), ""),
        look: Some(view::status_look(status)),
        word: view::status_look(status).word,
        count,
        chosen: filter.status == Some(status) && !filter.attention,
    });
    let attention = Bucket {
        href: to("", "yes"),
        look: Some(view::ATTENTION),
        word: view::ATTENTION.word,
        count: counts.attention,
        chosen: filter.attention,
    };
    [all].into_iter().chain(each).chain([attention]).collect()
}

/// `GET /requests.csv`: the same list as a file, a piece at a time.
pub(super) async fn export(
    State(web): State<Web>,
    _: Fetched,
    visit: Visit,
    May(grant): May<Read>,
    Asked(query): Asked<Query>,
) -> Answer {
    if !query.is_clear() {
        return Err(csv::unread().into());
    }
    let export = requests::export(&web.app, &grant, query.filter(&grant.local)).await?;
    let day = view::day(grant.now, &grant.local);
    Ok(csv::file(&format!("requests-{day}.csv"), &visit.request_id, csv::requests(export, grant.local.clone())))
}

fn row(listed: &Listed, local: &Local) -> RequestRow {
    let request = &listed.request;
    RequestRow {
        href: format!("/requests/{}", request.id),
        reference: request.reference.to_string(),
        channel: ChannelName { name: listed.channel_name.clone(), deleted: listed.channel_deleted },
        status: view::status(request.status),
        verdict: view::verdict(request.verdict),
        attention: listed.attention.and_then(view::attention),
        created: view::moment(request.created_at, local),
    }
}

pub(super) async fn new(State(web): State<Web>, visit: Visit, May(grant): May<Read>) -> Answer {
    if requests::may_create(&grant).is_err() {
        return refused_to_create(&web, &visit).await;
    }
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

/// Instead of the form, where creating a request takes more than the person may: whom to ask.
async fn refused_to_create(web: &Web, visit: &Visit) -> Answer {
    let content = NewRequest::Refused(People { names: administrators(web, visit).await });
    show(StatusCode::FORBIDDEN, &RequestNewPage { shell: visit.shell(), content })
}

/// Who can set up a channel.
pub(super) async fn set_up(web: &Web, visit: &Visit) -> SetUp {
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
        Err(AppError::Forbidden(_)) => return refused_to_create(&web, &visit).await,
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
