//! Requests: the folders. Creating, finding and listing them; what else is done to one has a file each.

mod mark;
mod note;
mod reference;
mod remove;

use dossier_domain::{ChannelId, Reference, RequestId, RequestStatus, Scope};
use dossier_storage::requests::{self, NewRequest};
pub use dossier_storage::requests::{COUNTED, Filter, Listed, Request, UsedChannel};
use dossier_storage::runs::{self, Run};
pub use dossier_storage::{By, Cursor, Page};
use dossier_storage::{Constraint, ReadTx, StorageError, notes};
use serde_json::json;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::folder::{Head, head_in};
use crate::grant::{Execute, Grant, Read};

pub use mark::{Mark, mark};
pub use note::{NOTES, Note, note, notes};
pub use reference::rename;
pub use remove::remove;

/// What a person typed into the form of a new request.
#[derive(Debug)]
pub struct Draft {
    /// The id of the chosen channel, as it came.
    pub channel: String,
    /// The reference, as it came.
    pub reference: String,
    /// The form's key: the same key makes the same request (REQ-1, a double click).
    pub key: String,
}

/// How many requests one page of the list shows.
pub const PAGE: u32 = 25;

/// Whether the person may create a request: it takes `kyc:read`, and `kyc:execute` where the tenant wants it (ACCESS-2).
///
/// # Errors
/// [`AppError::Forbidden`]
pub fn may_create(grant: &Grant<Read>) -> Result<()> {
    if grant.create_needs_execute { grant.grant::<Execute>().map(drop) } else { Ok(()) }
}

/// Creates a request in status draft.
///
/// # Errors
/// [`AppError::Invalid`] with the fields `reference` and `channel`; [`AppError::Forbidden`], see [`may_create`].
pub async fn create(app: &App, grant: &Grant<Read>, draft: &Draft) -> Result<RequestId> {
    may_create(grant)?;
    let mut refused = Vec::new();
    let reference =
        Reference::parse(&draft.reference).map_err(|e| refused.push(FieldError::new("reference", e.to_string()))).ok();

    let mut tx = app.db.write(grant.scope).await?;
    let offered = crate::channels::offered_in(app, &mut tx, grant).await?;
    let channel = draft.channel.parse::<ChannelId>().ok().and_then(|id| offered.iter().find(|c| c.id == id));
    if channel.is_none() {
        refused.push(FieldError::new("channel", "Choose one of the channels in the list."));
    }
    let (Some(reference), Some(channel)) = (reference, channel) else {
        return Err(AppError::Invalid(refused));
    };

    let id = app.ids.make();
    let by = By::from(&grant.actor());
    let key = Some(draft.key.as_str());
    let new = NewRequest { id, channel: channel.id, reference: &reference, key, created_at: app.now(), by: &by };
    match requests::add(&mut tx, &new).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::RequestKey)) => {
            let made = requests::find_by_key(&mut tx, &draft.key).await?.ok_or(AppError::KeyReused)?;
            let same = made.reference == reference && made.channel == channel.id;
            return if same { Ok(made.id) } else { Err(AppError::KeyReused) };
        }
        Err(error) => return Err(error.into()),
    }
    let after = json!({ "reference": reference, "channel": channel.name, "status": RequestStatus::Draft });
    Entry::by(grant).of_request("request.created", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// One request of the person's tenant.
///
/// # Errors
/// [`AppError::NotFound`] for a foreign, deleted or invented id alike (TENANT-1).
pub async fn find(app: &App, grant: &Grant<Read>, id: RequestId) -> Result<Request> {
    let mut tx = app.db.read(grant.scope).await?;
    requests::find(&mut tx, id).await?.ok_or(AppError::NotFound)
}

/// One request with what a list says of it.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn one(app: &App, grant: &Grant<Read>, id: RequestId) -> Result<Listed> {
    let mut tx = app.db.read(grant.scope).await?;
    requests::listed(&mut tx, id).await?.ok_or(AppError::NotFound)
}

/// At most `limit` requests of a list.
///
/// # Errors
/// Only faults of this side.
pub async fn page(
    app: &App,
    grant: &Grant<Read>,
    filter: &Filter,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Listed>> {
    let mut tx = app.db.read(grant.scope).await?;
    Ok(requests::list(&mut tx, filter, from, limit).await?)
}

/// What the page of a list shows, as it was at one instant.
pub struct Overview {
    /// The requests, newest first (LIST-1, LIST-3).
    pub page: Page<Listed>,
    /// How many there are besides.
    pub counts: Counts,
    /// The channels that the list can be narrowed by (LIST-2).
    pub channels: Vec<UsedChannel>,
}

/// How many requests stand behind each status of a list, whatever status it shows: at most [`COUNTED`] are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Whatever their status.
    pub all: u32,
    /// In the order of [`RequestStatus::ALL`].
    pub by_status: Vec<(RequestStatus, u32)>,
    /// With a run that asks for a person.
    pub attention: u32,
}

/// A page of the list with what stands around it.
///
/// # Errors
/// Only faults of this side.
pub async fn overview(app: &App, grant: &Grant<Read>, filter: &Filter, from: Option<Cursor>) -> Result<Overview> {
    let mut tx = app.db.read(grant.scope).await?;
    let page = requests::list(&mut tx, filter, from, PAGE).await?;
    let everything = from.is_none() && page.older.is_none() && filter.status.is_none() && !filter.attention;
    // A search reads every reference: whatever stands on the page already is not read again.
    let counts = if everything { shown(&page.rows) } else { count(&mut tx, filter).await? };
    let channels = requests::used_channels(&mut tx).await?;
    Ok(Overview { page, counts, channels })
}

/// The counts of a list that stands on one page.
fn shown(rows: &[Listed]) -> Counts {
    let count =
        |is: &dyn Fn(&Listed) -> bool| u32::try_from(rows.iter().filter(|row| is(row)).count()).unwrap_or(COUNTED);
    Counts {
        all: count(&|_| true),
        by_status: RequestStatus::ALL
            .iter()
            .map(|&status| (status, count(&|row| row.request.status == status)))
            .collect(),
        attention: count(&|row| row.attention.is_some()),
    }
}

/// Counts what the other filters of a list let through (LIST-3).
pub(crate) async fn count(tx: &mut ReadTx, filter: &Filter) -> Result<Counts> {
    let open = Filter { status: None, attention: false, ..filter.clone() };
    let all = requests::count(tx, &open).await?;
    let mut by_status = Vec::new();
    for &status in RequestStatus::ALL {
        let filter = Filter { status: Some(status), ..open.clone() };
        by_status.push((status, requests::count(tx, &filter).await?));
    }
    let attention = requests::count(tx, &Filter { attention: true, ..open }).await?;
    Ok(Counts { all, by_status, attention })
}

/// A list on its way out, a piece at a time, so that a long one needs no more memory than a short one (LIST-4).
pub struct Export {
    app: App,
    scope: Scope,
    filter: Filter,
    /// Where the next piece begins; at the newest when there is none.
    from: Option<Cursor>,
    ended: bool,
}

/// How many requests a piece of an export has.
const PIECE: u32 = 500;

impl Export {
    /// The next piece, newest first; nothing after the last.
    ///
    /// # Errors
    /// Only faults of this side.
    pub async fn piece(&mut self) -> Result<Option<Vec<Listed>>> {
        if self.ended {
            return Ok(None);
        }
        let mut tx = self.app.db.read(self.scope).await?;
        let page = requests::list(&mut tx, &self.filter, self.from, PIECE).await?;
        (self.from, self.ended) = (page.older, page.older.is_none());
        Ok(Some(page.rows))
    }
}

/// Begins to export a list. That is written into the audit, with what was asked for (AUDIT-1).
///
/// # Errors
/// Only faults of this side.
pub async fn export(app: &App, grant: &Grant<Read>, filter: Filter) -> Result<Export> {
    let mut tx = app.db.write(grant.scope).await?;
    let asked = json!({
        "channel": filter.channel, "status": filter.status, "verdict": filter.verdict, "attention": filter.attention,
        "from": filter.created_from.map(|at| at.to_string()), "before": filter.created_before.map(|at| at.to_string()),
        "search": filter.text,
    });
    Entry::by(grant).did("requests.exported", "tenant", grant.scope.tenant).after(asked).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Export { app: app.clone(), scope: grant.scope, filter, from: None, ended: false })
}

/// What became of a deed on a request that others may have changed since it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The request is as was asked for.
    Done,
    /// It has changed meanwhile, and nothing was done: [`standing`] says how it is now.
    Overtaken,
}

/// How a request stands, for whoever is about to do something to it.
pub struct Standing {
    /// The request and its channel.
    pub head: Head,
    /// How a person moved it last.
    pub moved: Option<Note>,
    /// Its runs that have no end yet and come to it by themselves, oldest first.
    pub going_on: Vec<Run>,
    /// Its runs whose end nobody knows until a person says it, oldest first.
    pub unsettled: Vec<Run>,
}

impl Standing {
    /// Whether a person can move the request to `to` now.
    ///
    /// # Errors
    /// [`AppError::Conflict`], which says why not.
    pub fn allows(&self, to: RequestStatus) -> Result<()> {
        mark::allowed(self.head.request.status, to)
    }
}

/// Says how a request stands.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn standing(app: &App, grant: &Grant<Read>, id: RequestId) -> Result<Standing> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, id).await?;
    let (moved, going_on) = (notes::last_move(&mut tx, id).await?, runs::going_on(&mut tx, id).await?);
    let unsettled = runs::unsettled(&mut tx, id).await?;
    Ok(Standing { head, moved, going_on, unsettled })
}
