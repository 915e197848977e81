//! The audit log: under Settings, as a tab of a request, and as CSV. Each event in words that a person reads.

mod changes;
mod export;
mod words;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::audits::{self, Ask, Line};
use dossier_app::days::midnight;
use dossier_app::grant::{Audit, Grant, Member, Read};
use dossier_app::requests::{Cursor, Page};
use dossier_app::{App, AppError, folder, requests};
use dossier_domain::{Actor, AuditEventId, RequestId};
use jiff::civil::Date;
use serde::Deserialize;

use super::{address, csv, request};
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{Asked, At, Fetched, May};
use crate::view::{self, AuditPage, Change, Entry, EntryDetail, EventFilters, Pager, RequestAuditPage};
use crate::visit::Visit;

const HERE: &str = "/settings/audit";

/// The filter, as it stands in the address, so that a view can be kept and shared.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Query {
    who: Option<String>,
    what: Option<String>,
    about: Option<String>,
    /// The first day, `2026-11-23`, in the tenant's time zone.
    since: Option<String>,
    /// The last day.
    until: Option<String>,
    from: Option<String>,
    open: Option<AuditEventId>,
}

fn given(value: Option<&String>) -> &str {
    value.map_or("", |value| value.trim())
}

impl Query {
    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("who", given(self.who.as_ref())),
            ("what", given(self.what.as_ref())),
            ("about", given(self.about.as_ref())),
            ("since", given(self.since.as_ref())),
            ("until", given(self.until.as_ref())),
        ]
    }

    fn ask(&self, member: &Member) -> Ask {
        let [(_, who), (_, what), (_, about), (_, since), (_, until)] = self.pairs();
        let day = |text: &str| text.parse::<Date>().ok();
        Ask {
            who: who.to_owned(),
            what: words::among(what),
            about: about.to_owned(),
            from: day(since).and_then(|day| midnight(day, &member.local)),
            before: day(until).and_then(|day| day.tomorrow().ok()).and_then(|day| midnight(day, &member.local)),
        }
    }

    /// Whether everything that was given can be read.
    fn is_clear(&self) -> bool {
        let [_, (_, what), _, (_, since), (_, until)] = self.pairs();
        let day = |text: &str| text.is_empty() || text.parse::<Date>().is_ok();
        (what.is_empty() || words::among(what).is_some()) && day(since) && day(until)
    }

    fn filters(&self) -> EventFilters {
        let [(_, who), (_, what), (_, about), (_, since), (_, until)] =
            self.pairs().map(|(name, text)| (name, text.to_owned()));
        EventFilters { who, what: words::choices(&what), about, since, until }
    }
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Audit>,
    Asked(query): Asked<Query>,
) -> Answer {
    let from: Option<Cursor> = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let ask = query.ask(&grant);
    let found = audits::page(&web.app, &grant, &ask, from).await?;
    let place = Place { path: HERE.to_owned(), kept: query.pairs().to_vec(), from };
    let view = AuditPage {
        shell: visit.shell(),
        filters: query.filters(),
        clear: (ask != Ask::default()).then(|| HERE.to_owned()),
        export: address("/settings/audit.csv", query.pairs()),
        entries: entries(&web.app, &grant, &found, &place, query.open).await?,
        pager: place.pager(&found),
    };
    page(StatusCode::OK, &view)
}

/// `GET /settings/audit.csv`: the same events as a file, a piece at a time.
pub(super) async fn export(
    State(web): State<Web>,
    _: Fetched,
    visit: Visit,
    May(grant): May<Audit>,
    Asked(query): Asked<Query>,
) -> Answer {
    if !query.is_clear() {
        return Err(csv::unread().into());
    }
    let export = audits::export(&web.app, &grant, &query.ask(&grant)).await?;
    let day = view::day(grant.now, &grant.local);
    Ok(csv::file(&format!("audit-{day}.csv"), &visit.request_id, export::lines(export, grant.local.clone())))
}

/// The Audit tab of a request (REQ-3).
pub(super) async fn of_request(
    State(web): State<Web>,
    visit: Visit,
    May(read): May<Read>,
    May(grant): May<Audit>,
    At(id): At<RequestId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let head = folder::head(&web.app, &read, id).await?;
    let from: Option<Cursor> = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let found = audits::of_request(&web.app, &read, &grant, id, from).await?;
    let place = Place { path: format!("/requests/{id}/audit"), kept: Vec::new(), from };
    let view = RequestAuditPage {
        shell: visit.shell(),
        head: request::head(&head, &grant),
        entries: entries(&web.app, &grant, &found, &place, query.open).await?,
        pager: place.pager(&found),
    };
    page(StatusCode::OK, &view)
}

/// Where a page of events is, so that its links lead back to it.
struct Place<'a> {
    path: String,
    kept: Vec<(&'static str, &'a str)>,
    from: Option<Cursor>,
}

impl Place<'_> {
    fn with(&self, from: Option<Cursor>, open: Option<AuditEventId>) -> String {
        let (from, open) = (from.map(|from| from.to_string()), open.map(|open| open.to_string()));
        let more = [("from", from.as_deref().unwrap_or_default()), ("open", open.as_deref().unwrap_or_default())];
        address(&self.path, self.kept.iter().copied().chain(more))
    }

    fn pager(&self, found: &Page<Line>) -> Pager {
        let to = |cursor: Option<Cursor>| cursor.map(|cursor| self.with(Some(cursor), None));
        Pager { text: String::new(), newer: to(found.newer), older: to(found.older) }
    }
}

async fn entries(
    app: &App,
    grant: &Grant<Audit>,
    found: &Page<Line>,
    place: &Place<'_>,
    open: Option<AuditEventId>,
) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    for line in &found.rows {
        let event = &line.event;
        let changes = changes::of(event, &grant.local);
        let entry = Entry {
            href: place.with(place.from, None),
            at: view::seconds(event.at, &grant.local),
            says: words::says(line),
            detail: Vec::new(),
            from: origin(line),
            opened: None,
        };
        entries.push(if open == Some(event.id) {
            Entry { opened: Some(Box::new(detail(app, grant, line, changes).await?)), ..entry }
        } else {
            let href = format!("{}#open", place.with(place.from, Some(event.id)));
            Entry { href, detail: changes::brief(&changes), ..entry }
        });
    }
    Ok(entries)
}

async fn detail(app: &App, grant: &Grant<Audit>, line: &Line, changes: Vec<Change>) -> Result<EntryDetail, Problem> {
    let event = &line.event;
    Ok(EntryDetail {
        changes,
        sealed: audits::is_sealed(app, grant, event.id).await?,
        id: event.id.to_string(),
        name: event.action.clone(),
        request: request_of(app, line, grant).await?,
        log_request: event.origin.request_id.clone(),
    })
}

/// The request that an event belongs to, with the way to it for those who may go there, unless it is deleted.
async fn request_of(app: &App, line: &Line, grant: &Grant<Audit>) -> Result<Option<(String, Option<String>)>, Problem> {
    let (Some(id), Some(reference)) = (line.event.request, line.reference.clone()) else { return Ok(None) };
    let there = match grant.grant::<Read>() {
        Ok(read) => match requests::find(app, &read, id).await {
            Err(AppError::NotFound) => false,
            found => found.map(|_| true)?,
        },
        Err(_) => false,
    };
    Ok(Some((reference, there.then(|| format!("/requests/{id}")))))
}

/// From where it was done, in words where there is no address.
fn origin(line: &Line) -> String {
    match (&line.event.origin.address, &line.event.actor) {
        (Some(address), _) => address.to_string(),
        (None, Actor::Operator) => "command line".to_owned(),
        (None, _) => "this server".to_owned(),
    }
}
