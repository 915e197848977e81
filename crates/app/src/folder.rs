//! A request as its page shows it: the actions of its provider, how each stands, and what came back.

use std::collections::BTreeSet;
use std::sync::Arc;

use dossier_connector::{Display, Field, FieldKind, Form, Manifest, Names, mask};
use dossier_domain::{AttachmentId, RequestId, ResultId, RunId, RunState};
pub use dossier_storage::attachments::Attachment;
use dossier_storage::attachments::{self, FileKey, Kind};
use dossier_storage::results::{self, Content, Listed};
use dossier_storage::runs::{self, Run};
use dossier_storage::{Page, ReadTx, channels, exchanges, notes, requests};
use serde_json::Value;

use crate::App;
use crate::audit::Entry;
use crate::channels::{Channel, usable};
use crate::error::{AppError, Result};
use crate::excerpt::Excerpt;
use crate::grant::{Execute, Grant, Read};
use crate::requests::{Note, Request};

/// The most pictures of a display that are looked for.
const MAX_PICTURES: usize = 100;
/// How many notes stand on the page.
const NOTES: u32 = 3;

/// What stands above every page of a request.
pub struct Head {
    /// The request itself.
    pub request: Request,
    /// Its channel, deleted or not.
    pub channel: Channel,
    /// What its provider offers; none when the provider is not installed any more.
    pub manifest: Option<Arc<Manifest>>,
    /// How many calls its log has, counted up to 1,000.
    pub calls: u32,
}

impl Head {
    /// Whom the calls go to.
    pub fn provider(&self) -> &str {
        self.manifest.as_deref().map_or(self.channel.handler.as_str(), |manifest| manifest.name.as_str())
    }
}

/// The head of a request alone.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn head(app: &App, grant: &Grant<Read>, id: RequestId) -> Result<Head> {
    let mut tx = app.db.read(grant.scope).await?;
    head_in(app, &mut tx, id).await
}

pub(crate) async fn head_in(app: &App, tx: &mut ReadTx, id: RequestId) -> Result<Head> {
    let request = requests::find(tx, id).await?.ok_or(AppError::NotFound)?;
    let channel = channels::find(tx, request.channel).await?.ok_or(AppError::NotFound)?;
    let calls = exchanges::count(tx, id, 1_000).await?;
    Ok(Head { manifest: app.registry.get(&channel.handler), request, channel, calls })
}

/// The whole page of a request.
pub struct Folder {
    /// What stands above it.
    pub head: Head,
    /// Why nothing can run now.
    pub closed: Option<AppError>,
    /// The latest run of each action.
    pub runs: Vec<Run>,
    /// Every run that asks for a person: its outcome is not known, or its provider has let the time for it pass.
    pub unsettled: Vec<Run>,
    /// The current output of each action.
    pub outputs: Vec<Listed>,
    /// The result on show.
    pub shown: Option<Shown>,
    /// The latest notes.
    pub notes: Page<Note>,
    /// How a person moved it last.
    pub moved: Option<Note>,
}

/// A result, opened.
pub struct Shown {
    /// The stored facts.
    pub result: Listed,
    /// What the manifest mapped, with the rest of the answer masked. Of a large one the beginning.
    pub display: Display,
    /// How many values of the rest were left out.
    pub left_out: usize,
    /// The beginning of the raw answer with personal data masked, several times what a page shows.
    pub raw: String,
    /// How many bytes the raw answer has.
    pub size: usize,
    /// The files that came with it.
    pub files: Vec<Attachment>,
    /// The files of the request that the display shows as pictures. What it names and is not here is not there.
    pub pictures: Vec<Attachment>,
}

/// Which result a page shows.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    /// The latest stored one.
    Latest,
    /// This one.
    Result(ResultId),
    /// That of the run just made, else the latest (RESULT-1).
    Run(RunId),
}

/// Opens a request.
///
/// # Errors
/// [`AppError::NotFound`] for a request, or a chosen result in it, that is not there.
pub async fn open(app: &App, grant: &Grant<Read>, id: RequestId, choice: Choice) -> Result<Folder> {
    let mut tx = app.db.read(grant.scope).await?;
    let head = head_in(app, &mut tx, id).await?;
    let closed = match usable(app, &mut tx, &grant.licence, head.request.channel).await {
        Ok(_) => None,
        Err(AppError::Internal(fault)) => return Err(AppError::Internal(fault)),
        Err(why) => Some(why),
    };
    let outputs = results::current(&mut tx, id).await?;
    let chosen = match choice {
        Choice::Latest => None,
        Choice::Run(run) => results::of_run(&mut tx, run).await?.into_iter().next(),
        Choice::Result(result) => Some(results::facts(&mut tx, result).await?.ok_or(AppError::NotFound)?),
    };
    let result = match chosen {
        Some(result) if result.request != id => return Err(AppError::NotFound),
        Some(result) => Some(result),
        None => outputs.first().cloned(),
    };
    let shown = match result {
        Some(result) => Some(show(app, &mut tx, result).await?),
        None => None,
    };
    let (runs, unsettled) = (runs::latest(&mut tx, id).await?, unsettled(&mut tx, id).await?);
    let (notes, moved) = (notes::list(&mut tx, id, None, NOTES).await?, notes::last_move(&mut tx, id).await?);
    Ok(Folder { head, closed, runs, unsettled, outputs, shown, notes, moved })
}

/// The runs that ask for a person, oldest first.
async fn unsettled(tx: &mut ReadTx, id: RequestId) -> Result<Vec<Run>> {
    let mut runs = runs::unknown(tx, id).await?;
    runs.extend(runs::waiting(tx, id).await?.into_iter().filter(|run| run.state == RunState::Overdue));
    runs.sort_by_key(|run| run.id);
    Ok(runs)
}

/// Reads a result by the manifest that its run began with.
async fn show(app: &App, tx: &mut ReadTx, result: Listed) -> Result<Shown> {
    let mut files = attachments::list(tx, result.request, Some(result.run)).await?;
    files.retain(|file| file.kind == Kind::Received);
    let manifest = manifest_of(app, tx, &result).await?;
    let Excerpt { mut display, left_out, raw, is_json, size } =
        match results::content(tx, result.id).await?.ok_or(AppError::NotFound)? {
            Content::Excerpt(excerpt) => serde_json::from_value(excerpt).map_err(AppError::internal)?,
            Content::Whole { display, raw } => {
                Excerpt::of(serde_json::from_value(display).map_err(AppError::internal)?, &raw)
            }
        };
    display.rest = display.rest.as_ref().map(|rest| mask::value(&manifest, &result.action, rest));
    let pictures = pictures(tx, result.request, &display).await?;
    let raw = written(&mask::value(&manifest, &result.action, &raw), is_json)?;
    Ok(Shown { result, display, left_out, raw, size, files, pictures })
}

/// The manifest that the run of a result began with.
pub(crate) async fn manifest_of(app: &App, tx: &mut ReadTx, result: &Listed) -> Result<Arc<Manifest>> {
    let run = runs::find(tx, result.run).await?.ok_or(AppError::NotFound)?;
    app.manifests.at(tx, &run.manifest_digest).await
}

/// A masked answer as text, indented when it is JSON.
pub(crate) fn written(answer: &Value, is_json: bool) -> Result<String> {
    match answer {
        Value::String(text) if !is_json => Ok(text.clone()),
        answer => serde_json::to_string_pretty(answer).map_err(AppError::internal),
    }
}

/// The pictures of a display, among the files of its own request only.
async fn pictures(tx: &mut ReadTx, request: RequestId, display: &Display) -> Result<Vec<Attachment>> {
    let named: BTreeSet<AttachmentId> =
        display.pictures().filter_map(|id| id.parse().ok()).take(MAX_PICTURES).collect();
    let mut found = Vec::new();
    for id in named {
        found.extend(attachments::find(tx, id).await?.filter(|file| file.request == request));
    }
    Ok(found)
}

/// The form of one action.
pub struct ActionForm {
    /// The request that it would run in.
    pub request: Request,
    /// The request's channel.
    pub channel: Channel,
    /// Its provider.
    pub manifest: Arc<Manifest>,
    /// What the action asks for, with the choices that earlier actions brought.
    pub form: Form,
    /// What defaults of the form are made from.
    pub names: Names,
    /// What stands in the fields before anyone types.
    pub defaults: Vec<(String, String)>,
    /// The latest run of the action in this request.
    pub before: Option<Run>,
    /// A run of the action whose outcome nobody knows.
    pub unknown: Option<Run>,
}

impl ActionForm {
    /// Adds the defaults of the fields that a choice in `pairs` has brought and that nobody has seen yet.
    pub fn complete(&self, pairs: &mut Vec<(String, String)>) {
        let shown: BTreeSet<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
        let more = self.form.flat_in(pairs).defaults(&self.names);
        pairs.extend(more.into_iter().filter(|(name, _)| !shown.contains(name)));
    }
}

/// Opens the form of `action` (ACT-3, ACT-5).
///
/// # Errors
/// [`AppError::NotFound`] also for an action that the provider does not have; [`AppError::Conflict`] or
/// [`AppError::ModuleRequired`] when nothing can run.
pub async fn form(app: &App, grant: &Grant<Execute>, id: RequestId, action: &str) -> Result<ActionForm> {
    let mut tx = app.db.read(grant.scope).await?;
    let request = requests::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let (channel, manifest) = usable(app, &mut tx, &grant.licence, request.channel).await?;
    let names = Names {
        request_id: id.to_string(),
        reference: request.reference.as_str().to_owned(),
        actor: grant.name.clone(),
        config: channel.config.clone(),
        outputs: results::outputs(&mut tx, id).await?,
        now: app.now(),
    };
    let form = manifest.action(action).ok_or(AppError::NotFound)?.form.offering(&names);
    let before = runs::latest(&mut tx, id).await?.into_iter().find(|run| run.action == action);
    // What the request has brought since counts more than what was sent last time (ACT-5).
    let mut defaults = form.defaults(&names);
    let named: BTreeSet<String> = defaults.iter().map(|(name, _)| name.clone()).collect();
    let earlier = before.as_ref().map(|run| again(&form, &run.params)).unwrap_or_default();
    defaults.extend(earlier.into_iter().filter(|(name, _)| !named.contains(name)));
    let unknown = runs::unknown(&mut tx, id).await?.into_iter().find(|run| run.action == action);
    let mut opened = ActionForm { request, channel, manifest, form, names, defaults, before, unknown };
    let mut defaults = std::mem::take(&mut opened.defaults);
    opened.complete(&mut defaults);
    opened.defaults = defaults;
    Ok(opened)
}

/// What was sent last time stands in the form again, but for what is personal: that is typed anew or not shown.
fn again(form: &Form, params: &Value) -> Vec<(String, String)> {
    let plain = |field: &Field| match &field.kind {
        FieldKind::Group { fields, .. } => !field.sensitive && !fields.iter().any(|field| field.sensitive),
        _ => !field.sensitive,
    };
    form.retain(plain).pairs(params)
}

/// A file of a request, with its bytes. Opening it is an event of the audit (AUDIT-3). One that is only staged is there
/// for who staged it.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn file(app: &App, grant: &Grant<Read>, id: RequestId, file: AttachmentId) -> Result<(Attachment, Vec<u8>)> {
    let (found, key) = find(app, grant, id, file).await?;
    let bytes = app.blobs.get(&key, &found.blob).await?;
    opened(app, grant, id, file).await?;
    Ok((found, bytes))
}

/// The picture that is shown of a file, a JPEG: an event of the audit, as the file is.
///
/// # Errors
/// [`AppError::NotFound`], also where the file has none.
pub async fn preview(app: &App, grant: &Grant<Read>, id: RequestId, file: AttachmentId) -> Result<Vec<u8>> {
    let (found, key) = find(app, grant, id, file).await?;
    found.preview.ok_or(AppError::NotFound)?;
    let bytes = app.blobs.get_preview(&key).await?;
    opened(app, grant, id, file).await?;
    Ok(bytes)
}

async fn find(app: &App, grant: &Grant<Read>, id: RequestId, file: AttachmentId) -> Result<(Attachment, FileKey)> {
    let mut tx = app.db.read(grant.scope).await?;
    requests::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let found = attachments::find(&mut tx, file).await?.filter(|f| f.request == id).ok_or(AppError::NotFound)?;
    let staged = found.kind == Kind::Sent && found.run.is_none();
    if staged && found.staged_by != Some(grant.principal()) {
        return Err(AppError::NotFound);
    }
    let key = attachments::key(&mut tx, id, file).await?;
    Ok((found, key))
}

async fn opened(app: &App, grant: &Grant<Read>, id: RequestId, file: AttachmentId) -> Result<()> {
    let mut tx = app.db.write(grant.scope).await?;
    Entry::by(grant).did("file.opened", "attachment", file).within(id).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}
