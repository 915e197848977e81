//! The audit as it is read: narrowed, page by page, exported, each event with the names of what it is about (AUDIT-3).

use std::collections::HashMap;

use dossier_domain::reference::fold;
use dossier_domain::{Actor, AuditEventId, RequestId, Scope, Timestamp};
use dossier_storage::audit::{self, About, ActorKind, Filter};
pub use dossier_storage::audit::{Event, Subject};
use dossier_storage::users::{self, User};
use dossier_storage::{Cursor, Page, ReadTx, api_keys, requests};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Audit, Grant, Read};

/// How many events one page shows.
pub const PAGE: u32 = 25;
/// How many events a piece of an export has.
const PIECE: u32 = 250;

/// What a person looks for in the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Part of the name or the address of whoever did it, without case or accents. Empty asks for nobody.
    pub who: String,
    /// These events only; none for all.
    pub what: Option<Vec<String>>,
    /// Part of a reference or of a name of a channel or person; or an id: of a thing, an event, or an HTTP request. Empty
    /// asks for none.
    pub about: String,
    /// At this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub before: Option<Timestamp>,
}

/// An event with the names of what it is about, as they are now.
#[derive(Clone, PartialEq)]
pub struct Line {
    /// The event.
    pub event: Event,
    /// The name of the thing; none where it has none or is there no more.
    pub thing: Option<String>,
    /// The reference of the request that it belongs to.
    pub reference: Option<String>,
}

/// One page of the tenant's audit, newest first.
///
/// # Errors
/// Only faults of this side.
pub async fn page(app: &App, grant: &Grant<Audit>, ask: &Ask, from: Option<Cursor>) -> Result<Page<Line>> {
    let mut tx = app.db.read(grant.scope).await?;
    let filter = filter(&mut tx, ask).await?;
    read(&mut tx, &filter, from, PAGE).await
}

/// One page of what belongs to a request: it itself, its runs, results and files (REQ-3).
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn of_request(
    app: &App,
    grant: &Grant<Read>,
    _: &Grant<Audit>,
    request: RequestId,
    from: Option<Cursor>,
) -> Result<Page<Line>> {
    let mut tx = app.db.read(grant.scope).await?;
    requests::find(&mut tx, request).await?.ok_or(AppError::NotFound)?;
    let filter = Filter { request: Some(request), ..Filter::default() };
    read(&mut tx, &filter, from, PAGE).await
}

/// Whether an event of the tenant has been sealed.
///
/// # Errors
/// Only faults of this side.
pub async fn is_sealed(app: &App, grant: &Grant<Audit>, id: AuditEventId) -> Result<bool> {
    Ok(audit::is_sealed(&mut app.db.read(grant.scope).await?, id).await?)
}

/// The audit on its way out, a piece at a time.
pub struct Export {
    app: App,
    scope: Scope,
    filter: Filter,
    /// Where the next piece begins; at the newest when there is none.
    from: Option<Cursor>,
    ended: bool,
}

impl Export {
    /// The next piece, newest first; nothing after the last.
    ///
    /// # Errors
    /// Only faults of this side.
    pub async fn piece(&mut self) -> Result<Option<Vec<Line>>> {
        if self.ended {
            return Ok(None);
        }
        let mut tx = self.app.db.read(self.scope).await?;
        let page = read(&mut tx, &self.filter, self.from, PIECE).await?;
        (self.from, self.ended) = (page.older, page.older.is_none());
        Ok(Some(page.rows))
    }
}

/// Begins to export the audit, which is an event of it, with what was asked for.
///
/// # Errors
/// Only faults of this side.
pub async fn export(app: &App, grant: &Grant<Audit>, ask: &Ask) -> Result<Export> {
    let mut tx = app.db.write(grant.scope).await?;
    let filter = filter(&mut tx, ask).await?;
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let asked = json!({
        "who": given(&ask.who), "what": ask.what, "about": given(&ask.about),
        "from": ask.from.map(|at| at.to_string()), "before": ask.before.map(|at| at.to_string()),
    });
    Entry::by(grant).did("audit.exported", "tenant", grant.scope.tenant).after(asked).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Export { app: app.clone(), scope: grant.scope, filter, from: None, ended: false })
}

/// What is looked for, by ids: names are those of now, and events carry ids.
async fn filter(tx: &mut ReadTx, ask: &Ask) -> Result<Filter> {
    let (who, about) = (fold(&ask.who), fold(&ask.about));
    let people = if who.is_empty() && about.is_empty() { Vec::new() } else { users::list(tx).await? };
    let keys = if who.is_empty() { Vec::new() } else { api_keys::list(tx).await? };
    let fits = |user: &&User, text: &str| fold(&user.name).contains(text) || fold(user.email.as_str()).contains(text);
    let actors = (!who.is_empty()).then(|| {
        let others = [
            (Actor::Anonymous, ActorKind::Anonymous),
            (Actor::Operator, ActorKind::Operator),
            (Actor::System, ActorKind::System),
        ];
        let others = others.into_iter().filter(|(actor, _)| fold(actor.name()).contains(&who)).map(|(_, kind)| kind);
        let users = people.iter().filter(|user| fits(user, &who)).map(|user| ActorKind::Known(user.id.into()));
        let keys = keys.iter().filter(|key| fold(&key.name).contains(&who)).map(|key| ActorKind::Known(key.id.into()));
        users.chain(keys).chain(others).collect()
    });
    let about = (!about.is_empty()).then(|| {
        if let Ok(id) = Uuid::try_parse(ask.about.trim()) {
            return About { ids: vec![id], text: String::new(), log_request: Some(id.simple().to_string()) };
        }
        let people = people.iter().filter(|user| fits(user, &about)).map(|user| user.id.uuid());
        About { ids: people.collect(), text: about, log_request: None }
    });
    Ok(Filter { request: None, actors, actions: ask.what.clone(), about, from: ask.from, before: ask.before })
}

async fn read(tx: &mut ReadTx, filter: &Filter, from: Option<Cursor>, limit: u32) -> Result<Page<Line>> {
    let page = audit::list(tx, filter, from, limit).await?;
    let mut names = Names::default();
    let mut rows = Vec::new();
    for event in page.rows {
        let thing = match event.subject.id {
            Some(id) => names.of(tx, &event.subject.kind, id).await?,
            None => None,
        };
        let reference = match event.request {
            Some(request) => names.of(tx, "request", request.uuid()).await?,
            None => None,
        };
        rows.push(Line { event, thing, reference });
    }
    Ok(Page { rows, newer: page.newer, older: page.older })
}

/// The names that were looked up already.
#[derive(Default)]
struct Names(HashMap<(String, Uuid), Option<String>>);

impl Names {
    async fn of(&mut self, tx: &mut ReadTx, kind: &str, id: Uuid) -> Result<Option<String>> {
        let key = (kind.to_owned(), id);
        if let Some(name) = self.0.get(&key) {
            return Ok(name.clone());
        }
        let name = audit::name_of(tx, kind, id).await?;
        self.0.insert(key, name.clone());
        Ok(name)
    }
}
