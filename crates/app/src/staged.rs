//! Files that a person sends with an action. An accepted one is *staged*: it lies sealed with its request, for an hour,
//! until a run sends it. So nothing is lost when the form that it came with needs another look.

use std::collections::BTreeMap;
use std::time::Duration;

use dossier_connector::{Field, File, Form};
use dossier_domain::{AttachmentId, PrincipalId, RequestId, RunId, Scope};
use dossier_storage::attachments::{self, Attachment, Kind};
use dossier_storage::runs::Run;
use dossier_storage::{ReadTx, StorageError, WriteTx, leftovers, requests, system};
use serde_json::{Value, json};

use crate::App;
use crate::audit::Entry;
use crate::channels;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Execute, Grant};
use crate::pictures;

/// For how long a staged file can be sent.
const STAGED: Duration = Duration::from_hours(1);
/// How much later it is removed: a run that was just started with it still finds it.
const GRACE: Duration = Duration::from_mins(10);
/// How long bytes lie without a row before nobody can be about to add it.
const LEFT: Duration = Duration::from_hours(24);
/// The most files of one run.
const MOST: usize = 100;
/// The most bytes that they come to: a run has all of them in memory while it sends them.
const MOST_BYTES: u64 = 50_000_000;
/// The most characters of a file's name.
const LONGEST_NAME: usize = 100;

/// A file as it came.
pub struct Upload {
    /// The name that its sender gave it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Only how many bytes: the rest is personal.
impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({} bytes)", self.bytes.len())
    }
}

/// Stages a file for `field` of an action's form and gives what stands for it in the parameters. What it is, its bytes
/// tell; its name and what the browser said do not count. A picture must be one that can be opened, and only who staged
/// it sees it until it is sent.
///
/// # Errors
/// [`AppError::Invalid`] with the field when it does not take the file; [`AppError::NotFound`]; [`AppError::Conflict`]
/// or [`AppError::ModuleRequired`] when nothing can run.
pub async fn stage(
    app: &App,
    grant: &Grant<Execute>,
    request: RequestId,
    field: &Field,
    upload: &Upload,
) -> Result<Value> {
    let media_type = field.take(&upload.bytes).map_err(|message| AppError::field(&field.name, message))?;
    let id: AttachmentId = app.ids.make();
    let mut tx = app.db.read(grant.scope).await?;
    let found = requests::find(&mut tx, request).await?.ok_or(AppError::NotFound)?;
    channels::usable(app, &mut tx, &grant.licence, found.channel).await?;
    let key = attachments::key(&mut tx, request, id).await?;
    drop(tx);
    let name = safe_name(&upload.name, media_type);
    let preview = match app.darkroom.preview(&upload.bytes).await {
        Ok(preview) => Some(preview),
        Err(unfit) if pictures::shows(media_type) => return Err(AppError::field(&field.name, unfit.said_of(&name))),
        Err(_) => None,
    };

    // The bytes are kept before the row that names them: a file without a row harms nobody.
    let kept = async {
        let blob = app.blobs.put(&key, &upload.bytes).await?;
        if let Some(preview) = &preview {
            app.blobs.put_preview(&key, &preview.bytes).await?;
        }
        Ok(blob)
    };
    let blob = match kept.await {
        Err(StorageError::Files(why)) => {
            tracing::error!(error = why, "a file could not be staged");
            let said =
                format!("{name} could not be kept: the store of files does not answer. Choose it again in a minute.");
            return Err(AppError::field(&field.name, said));
        }
        kept => kept?,
    };
    let file = Attachment {
        id,
        request,
        run: None,
        kind: Kind::Sent,
        name,
        media_type: media_type.to_owned(),
        blob,
        preview: preview.map(|preview| preview.pixels),
        staged_by: Some(grant.principal()),
        created_at: app.now(),
    };
    let mut tx = app.db.write(grant.scope).await?;
    requests::find(&mut tx, request).await?.ok_or(AppError::NotFound)?;
    attachments::add(&mut tx, &file).await?;
    Entry::by(grant).did("file.staged", "attachment", id).within(request).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(value(&file))
}

/// What stands for a file in parameters.
fn value(file: &Attachment) -> Value {
    json!({ "id": file.id, "name": file.name, "type": file.media_type, "size": file.blob.size })
}

/// The files that parameters name.
pub(crate) struct Named {
    found: Vec<Attachment>,
    /// The fields whose files cannot be sent, a foreign and an invented one alike.
    pub(crate) refused: Vec<FieldError>,
}

impl Named {
    /// Finds the files that `params` name. Each must have been staged in this request by this person less than an hour ago,
    /// or sent from it before, and be what the parameters say.
    pub(crate) async fn find(
        app: &App,
        tx: &mut ReadTx,
        (request, user): (RequestId, PrincipalId),
        form: &Form,
        params: &Value,
    ) -> Result<Self> {
        let mut named = Self { found: Vec::new(), refused: Vec::new() };
        let mut room = MOST_BYTES;
        for (at, (field, id)) in form.files(params).into_iter().enumerate() {
            if at == MOST {
                named.refused.push(FieldError::new(field, format!("Send at most {MOST} files at once.")));
                break;
            }
            let found = match id.parse::<AttachmentId>() {
                Ok(id) => attachments::find(tx, id).await?,
                Err(_) => None,
            };
            let fits = |file: &Attachment| {
                file.request == request
                    && file.kind == Kind::Sent
                    && (file.run.is_some() || file.staged_by == Some(user) && app.now() < file.created_at.plus(STAGED))
                    && says(&params[field.as_str()], &value(file))
            };
            match found.filter(fits) {
                Some(file) => {
                    let Some(left) = room.checked_sub(file.blob.size) else {
                        let most = MOST_BYTES / 1_000_000;
                        let message = format!("All files together are larger than {most} MB. Send fewer at once.");
                        named.refused.push(FieldError::new(field, message));
                        break;
                    };
                    room = left;
                    named.found.push(file);
                }
                None if named.refused.iter().any(|e| e.field == field) => {}
                None => named.refused.push(FieldError::new(field, "Choose the file again.")),
            }
        }
        Ok(named)
    }

    /// `params` in which each file stands by its content: the same file chosen twice has two ids.
    pub(crate) fn by_content(&self, params: &Value) -> Value {
        match params {
            Value::Array(items) => items.iter().map(|item| self.by_content(item)).collect(),
            Value::Object(pairs) => match self.found.iter().find(|file| value(file) == *params) {
                Some(file) => json!([file.blob.digest, file.name, file.media_type]),
                None => pairs.iter().map(|(name, inner)| (name.clone(), self.by_content(inner))).collect(),
            },
            other => other.clone(),
        }
    }

    /// Gives those that are still staged to the run that sends them.
    pub(crate) async fn give(&self, tx: &mut WriteTx, run: RunId) -> Result<()> {
        for file in self.found.iter().filter(|file| file.run.is_none()) {
            attachments::give(tx, file.id, run).await?;
        }
        Ok(())
    }
}

/// Whether a parameter is this file, or a list with it.
fn says(param: &Value, file: &Value) -> bool {
    param == file || param.as_array().is_some_and(|list| list.contains(file))
}

/// The files of a run with their bytes, by id, for the call that sends them.
///
/// # Errors
/// [`AppError::Conflict`] when one is gone.
pub(crate) async fn load(app: &App, scope: Scope, form: &Form, run: &Run) -> Result<BTreeMap<String, File>> {
    let mut found = Vec::new();
    let mut tx = app.db.read(scope).await?;
    for (_, id) in form.files(&run.params).into_iter().take(MOST) {
        let gone = || AppError::Conflict("A file that was chosen is no longer there. Nothing was sent.".to_owned());
        let parsed = id.parse::<AttachmentId>().map_err(|_| gone())?;
        let file = attachments::find(&mut tx, parsed).await?;
        let file = file.filter(|f| f.request == run.request && f.kind == Kind::Sent).ok_or_else(gone)?;
        found.push((id, attachments::key(&mut tx, run.request, parsed).await?, file));
    }
    drop(tx);
    let mut files = BTreeMap::new();
    for (id, key, file) in found {
        let bytes = app.blobs.get(&key, &file.blob).await?;
        files.insert(id, File { name: file.name, media_type: file.media_type, bytes });
    }
    Ok(files)
}

/// Removes the files that were staged and never sent.
///
/// # Errors
/// Only faults of this side.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    let before = app.now().minus(STAGED).minus(GRACE);
    let mut tx = app.db.system_read().await?;
    let tenants = system::tenants(&mut tx).await?;
    drop(tx);
    for tenant in tenants {
        let scope = Scope::of(tenant.id);
        let mut tx = app.db.read(scope).await?;
        let old = attachments::staged(&mut tx, before).await?;
        drop(tx);
        for (id, key) in old {
            // The bytes first: while its row is there, a sweep that was cut off finds the file again.
            if let Err(error) = app.blobs.remove(&key).await {
                tracing::warn!(?error, "a file that was never sent was not removed");
                continue;
            }
            let mut tx = app.db.write(scope).await?;
            attachments::unstage(&mut tx, id).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Removes bytes from the store of files that have lain there for a day without a row: whoever put them ended in between.
///
/// # Errors
/// Only faults of this side.
pub(crate) async fn sweep_leftovers(app: &App) -> Result<()> {
    let before = app.now().minus(LEFT);
    let mut tx = app.db.system_read().await?;
    let tenants = system::tenants(&mut tx).await?;
    drop(tx);
    for tenant in tenants {
        let removed = leftovers::remove(&app.db, &app.blobs, Scope::of(tenant.id), before).await?;
        if removed > 0 {
            tracing::info!(removed, tenant = %tenant.id, "files that no row names were removed");
        }
    }
    Ok(())
}

/// A name without folders and without what cannot be seen, that ends as files of this type do.
fn safe_name(name: &str, media_type: &str) -> String {
    let bare = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Marks of direction would let `gnp.exe` read as `exe.png`.
    let marks =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let seen: String = bare.chars().filter(|c| !c.is_control() && !marks(*c) && !"<>:\"|?*".contains(*c)).collect();
    let seen = seen.trim().trim_matches('.').trim();
    let endings: &[&str] = match media_type {
        "image/jpeg" => &["jpg", "jpeg"],
        "image/tiff" => &["tif", "tiff"],
        "image/heif" => &["heic", "heif"],
        "video/quicktime" => &["mov"],
        other => &[other.rsplit('/').next().unwrap_or_default()],
    };
    let (stem, ending) = seen.rsplit_once('.').unwrap_or((seen, ""));
    let fits = endings.contains(&ending.to_lowercase().as_str());
    let (stem, ending) = if fits { (stem, ending) } else { (seen, endings.first().copied().unwrap_or_default()) };
    let short: String = stem.chars().take(LONGEST_NAME.saturating_sub(ending.len() + 1)).collect();
    let stem = if short.trim().is_empty() { "file" } else { short.trim() };
    format!("{stem}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_safe_and_ends_as_its_content_does() {
        for (name, kind, safe) in [
            ("ID of Nomvula.PNG", "image/png", "ID of Nomvula.PNG"),
            ("photo.jpeg", "image/jpeg", "photo.jpeg"),
            ("..\\..\\windows\\scan.png", "image/png", "scan.png"),
            ("../../etc/passwd", "application/pdf", "passwd.pdf"),
            ("invoice.exe", "application/pdf", "invoice.exe.pdf"),
            ("\u{202e}gnp.exe\u{7}", "image/png", "gnp.exe.png"),
            ("", "image/jpeg", "file.jpg"),
            ("...", "image/heif", "file.heic"),
            (".png", "image/png", "png.png"),
            ("محمد.pdf", "application/pdf", "محمد.pdf"),
            ("a\"b<c>.mov", "video/quicktime", "abc.mov"),
        ] {
            assert_eq!(safe_name(name, kind), safe, "{name}");
        }
        assert_eq!(safe_name(&"x".repeat(500), "image/png").chars().count(), LONGEST_NAME);
    }
}
