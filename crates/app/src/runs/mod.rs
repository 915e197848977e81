//! Runs: one attempt of one action each. [`start`] records it, the [`Worker`] carries it out, `finish` stores its end.
//!
//! The order is what makes a run honest. The run's row is committed before anyone works on it; each call's row is
//! committed as `sending` before its first byte leaves (`journal`); the end is one transaction. Whatever dies in
//! between, the rows say what is known.

mod by_person;
mod events;
mod finish;
mod held;
mod jobs;
mod journal;
mod leap;
pub(crate) mod line;
mod links;
mod poll;
mod received;
mod told;
mod worker;

use std::time::Duration;

use dossier_connector::{Action, Effect};
use dossier_domain::{PrincipalId, RequestId, RunId, Scope};
use dossier_storage::manifests::{self, ManifestText};
use dossier_storage::requests::{self, Request};
use dossier_storage::runs::{self, Key, NewRun};
pub use dossier_storage::runs::{Effect as RunEffect, Run};
use dossier_storage::{By, Constraint, StorageError, WriteTx, system};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::App;
use crate::audit::Entry;
use crate::channels;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Execute, Grant, Read};
use crate::once::canonical;
use crate::staged::Named;

pub(crate) use by_person::{Closed, abandon};
pub(crate) use jobs::shaken;

pub use by_person::{Settlement, cancel, settle};
pub use worker::Worker;

/// What a person asks for.
#[derive(Debug)]
pub struct Order {
    /// In which request.
    pub request: RequestId,
    /// Which action of its provider.
    pub action: String,
    /// The parameters, as the action's schema has them.
    pub params: Value,
    /// The form's key: the same key and content are the same run (ACT-9).
    pub key: String,
    /// The explicit yes to running a write again whose last outcome is unknown (ACT-10). Its field is `_again`.
    pub confirmed: bool,
    /// The last run of the action that the person was shown, as text; empty when there was none. With it, a write that
    /// somebody else ran meanwhile is not run again unseen (ACT-9). `None` asks for no such check.
    pub seen: Option<String>,
    /// The digest of the manifest that the form was made from. With it, a form whose provider has changed meanwhile is
    /// shown again instead of being read by other rules than those it was made by. `None` asks for no such check.
    pub manifest: Option<String>,
}

/// Records a run and wakes a worker. Nothing has been sent when this returns.
///
/// # Errors
/// [`AppError::Invalid`] with the parameters' fields; [`AppError::Conflict`] when the channel, the request's status or
/// another run stands in the way; [`AppError::KeyReused`]; [`AppError::ModuleRequired`].
pub async fn start(app: &App, grant: &Grant<Execute>, order: &Order) -> Result<RunId> {
    let mut tx = app.db.write(grant.scope).await?;
    let request = requests::lock(&mut tx, order.request).await?.ok_or(AppError::NotFound)?;
    let usable = channels::usable(app, &mut tx, &grant.licence, request.channel).await;
    if let Err(error) = &usable
        && let Some(run) = sent_before(app, &mut tx, grant.principal(), &request, order).await?
    {
        tracing::debug!(error = ?error, run = %run, "what was sent before is answered although nothing new can run");
        return Ok(run);
    }
    let (_, manifest) = usable?;
    let action = manifest.action(&order.action).ok_or(AppError::NotFound)?;

    let files = Named::find(app, &mut tx, (request.id, grant.principal()), &action.form, &order.params).await?;
    let fingerprint = fingerprint(order, &files);
    let key = Key { key: &order.key, fingerprint: &fingerprint };
    if let Some((run, same)) = runs::find_by_key(&mut tx, key).await? {
        return if same { Ok(run.id) } else { Err(AppError::KeyReused) };
    }
    if action.effect == Effect::Write && request.status.is_end() {
        return Err(AppError::Conflict(format!(
            "This request is {}, so {} cannot run in it.",
            request.status, action.label
        )));
    }
    if order.manifest.as_ref().is_some_and(|digest| *digest != manifest.digest) {
        return Err(AppError::Conflict(format!(
            "{} has changed while this form was open. Check the form as it is now and send it again.",
            manifest.name
        )));
    }
    let mut refused: Vec<FieldError> =
        action.form.check(&order.params).into_iter().map(|e| FieldError::new(e.field, e.message)).collect();
    for error in &files.refused {
        if !refused.iter().any(|e| e.field == error.field) {
            refused.push(error.clone());
        }
    }
    unconfirmed(&mut tx, order, action, &mut refused).await?;
    if !refused.is_empty() {
        return Err(AppError::Invalid(refused));
    }

    let (id, by) = (app.ids.make(), By::from(&grant.actor()));
    let text = ManifestText {
        digest: manifest.digest.clone(),
        key: manifest.key.clone(),
        version: manifest.version.clone(),
        text: manifest.text.clone(),
    };
    manifests::keep(&mut tx, &text).await?;
    let new = NewRun {
        id,
        request: request.id,
        action: &action.key,
        label: &action.label,
        effect: match action.effect {
            Effect::Read => runs::Effect::Read,
            Effect::Write => runs::Effect::Write,
        },
        params: &order.params,
        manifest_digest: &manifest.digest,
        key: Some(key),
        deadline: None,
        created_at: app.now(),
        by: &by,
    };
    match runs::add(&mut tx, &new).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::LiveRun)) => {
            return Err(AppError::Conflict(format!("{} is already running in this request.", action.label)));
        }
        // The same key in another request, at the same instant.
        Err(StorageError::Conflict(Constraint::RunKey)) => return Err(AppError::KeyReused),
        Err(error) => return Err(error.into()),
    }
    files.give(&mut tx, id).await?;
    let after = json!({ "action": action.key, "run": id });
    Entry::by(grant).did("run.started", "run", id).within(request.id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    app.hub.queued();
    Ok(id)
}

/// Ends every lease, for a process that knows that it is the only one; says how many there were.
///
/// # Errors
/// Only faults of this side.
pub async fn reclaim(app: &App) -> Result<u64> {
    let mut tx = app.db.system().await?;
    let ended = system::end_leases(&mut tx).await?;
    tx.commit().await?;
    Ok(ended)
}

/// What a person has to know before a write runs again: that it ran meanwhile, and that an earlier outcome is unknown,
/// which may have been carried out and charged and takes a yes.
async fn unconfirmed(tx: &mut WriteTx, order: &Order, action: &Action, refused: &mut Vec<FieldError>) -> Result<()> {
    if action.effect == Effect::Read {
        return Ok(());
    }
    if let Some(seen) = &order.seen {
        let latest = runs::latest(tx, order.request).await?.into_iter().find(|run| run.action == action.key);
        if let Some(latest) = latest.filter(|run| run.id.to_string() != *seen && !run.state.is_live()) {
            return Err(AppError::Conflict(format!(
                "{} ran {} while this form was open. Look at what came of it before you run it again.",
                latest.by.name, action.label
            )));
        }
    }
    let unknown = runs::unknown(tx, order.request).await?;
    if !order.confirmed && unknown.iter().any(|run| run.action == action.key) {
        let message = format!("Say yes to running {} again: an earlier outcome is not known.", action.label);
        refused.push(FieldError::new("_again", message));
    }
    Ok(())
}

/// The run that a repeated key was sent for, where nothing new can run by now: whoever did not hear the answer the first
/// time must hear it then.
async fn sent_before(
    app: &App,
    tx: &mut WriteTx,
    user: PrincipalId,
    request: &Request,
    order: &Order,
) -> Result<Option<RunId>> {
    let channel = dossier_storage::channels::find(tx, request.channel).await?;
    let manifest = channel.and_then(|channel| app.registry.get(&channel.handler));
    let Some(action) = manifest.as_ref().and_then(|manifest| manifest.action(&order.action)) else { return Ok(None) };
    let files = Named::find(app, tx, (request.id, user), &action.form, &order.params).await?;
    let fingerprint = fingerprint(order, &files);
    let found = runs::find_by_key(tx, Key { key: &order.key, fingerprint: &fingerprint }).await?;
    Ok(found.filter(|(_, same)| *same).map(|(run, _)| run.id))
}

/// What must be the same for a repeated key: the request, the action and every parameter, files by their content.
fn fingerprint(order: &Order, files: &Named) -> Vec<u8> {
    json!([order.request, order.action, canonical(files.by_content(&order.params))]).to_string().into_bytes()
}

/// Waits until the run has ended or waits for its provider, at most `at_most`, and tells how it stands then.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn wait(app: &App, grant: &Grant<Execute>, run: RunId, at_most: Duration) -> Result<Run> {
    until(app, grant.scope, run, at_most).await
}

/// The same for whoever may only look.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn follow(app: &App, grant: &Grant<Read>, run: RunId, at_most: Duration) -> Result<Run> {
    until(app, grant.scope, run, at_most).await
}

async fn until(app: &App, scope: Scope, run: RunId, at_most: Duration) -> Result<Run> {
    let deadline = Instant::now() + at_most;
    let mut news = app.hub.listen();
    loop {
        let found = load(app, scope, run).await?;
        if !found.state.is_live() || Instant::now() >= deadline {
            return Ok(found);
        }
        // News may be of other runs, or may have been missed, and of a run in another process none comes here: the
        // database says how it stands, so the look is repeated by itself.
        let look_again = deadline.min(Instant::now() + Duration::from_millis(250));
        let heard = async { while news.recv().await.is_ok_and(|changed| changed != run) {} };
        let _ = timeout_at(look_again, heard).await;
    }
}

/// One run, for the page that follows it.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn find(app: &App, grant: &Grant<Read>, run: RunId) -> Result<Run> {
    load(app, grant.scope, run).await
}

async fn load(app: &App, scope: Scope, run: RunId) -> Result<Run> {
    let mut tx = app.db.read(scope).await?;
    let found = runs::find(&mut tx, run).await?.ok_or(AppError::NotFound)?;
    // A deleted request has no runs either.
    requests::find(&mut tx, found.request).await?.ok_or(AppError::NotFound)?;
    Ok(found)
}
