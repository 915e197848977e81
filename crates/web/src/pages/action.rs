//! Running an action: its form, and what happens when it is sent.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::AppError;
use dossier_app::folder::{self, ActionForm};
use dossier_app::grant::{Execute, Grant};
use dossier_app::runs::{self, Order};
use dossier_app::staged::{self, Upload};
use dossier_connector::{Action, Effect, FieldKind, Form};
use dossier_domain::{RequestId, RunState};

use super::fields::{self, Typed};
use crate::Web;
use crate::error::{Answer, Problem, show};
use crate::extract::{At, May};
use crate::form_body::Filled;
use crate::view::{self, ActionFormPage, Before};
use crate::visit::Visit;

/// How long a person waits for the provider before the page shows that it is still running.
const PATIENCE: Duration = Duration::from_secs(8);

pub(super) async fn form(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((request, action)): At<(RequestId, String)>,
) -> Answer {
    let opened = folder::form(&web.app, &grant, request, &action).await?;
    let pairs = opened.defaults.clone();
    let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key: web.app.form_key(), fresh: true };
    show(StatusCode::OK, &page.view(&action, &[], None)?)
}

pub(super) async fn run(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((request, action)): At<(RequestId, String)>,
    Filled { mut pairs, uploads }: Filled,
) -> Answer {
    let opened = folder::form(&web.app, &grant, request, &action).await?;
    let mut take = |name: &str| {
        let place = pairs.iter().position(|(n, _)| n == name)?;
        Some(pairs.remove(place).1)
    };
    let shown: Vec<String> = std::iter::from_fn(|| take("_shown")).collect();
    let turn = Turn::of(&mut take);
    let (confirmed, seen, manifest) = (take("_again").is_some(), take("_seen"), take("_manifest"));
    let key = take("_key").filter(|key| !key.is_empty()).ok_or(Problem::Unreadable)?;

    // Another choice than the one whose fields were shown: without scripts nobody has seen the others yet.
    let turn = turn.or_else(|| shown.iter().any(|shown| is_other(shown, &pairs)).then_some(Turn::Branch));
    let mut refused = stage(&web, &grant, &opened, &mut pairs, uploads).await?;
    if let Some(turn) = turn {
        turn.apply(&opened, &mut pairs);
        let errors = if turn == Turn::Branch { unchosen(&opened.form, &pairs) } else { Vec::new() };
        refused.extend(errors);
        let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key, fresh: false };
        let status = if refused.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return show(status, &page.view(&action, &refused, None)?);
    }

    let read = opened.form.read(&pairs).map_err(|errors| errors.into_iter().map(|e| (e.field, e.message)));
    let params = match read {
        Ok(params) if refused.is_empty() => params,
        read => {
            // A file that was refused is the reason why its field is empty.
            for error in read.err().into_iter().flatten() {
                if !refused.iter().any(|(field, _)| *field == error.0) {
                    refused.push(error);
                }
            }
            let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key, fresh: false };
            return show(StatusCode::UNPROCESSABLE_ENTITY, &page.view(&action, &refused, None)?);
        }
    };
    let order = Order { request, action: action.clone(), params, key: key.clone(), confirmed, seen, manifest };
    let error = match runs::start(&web.app, &grant, &order).await {
        Ok(run) => {
            // The run is recorded: a fault while waiting is no reason to say that it is not.
            let _ = runs::wait(&web.app, &grant, run, PATIENCE).await;
            return Ok(to_run(request, &run.to_string()));
        }
        Err(error) => error,
    };
    let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key, fresh: false };
    match error {
        AppError::Invalid(errors) => {
            let errors: Vec<_> = errors.into_iter().map(|e| (e.field, e.message)).collect();
            show(StatusCode::UNPROCESSABLE_ENTITY, &page.view(&action, &errors, None)?)
        }
        AppError::Conflict(why) => show(StatusCode::CONFLICT, &page.view(&action, &[], Some(why))?),
        AppError::KeyReused => {
            let page = Page { key: web.app.form_key(), ..page };
            let why = Some("This form was sent before with other content. Check it and send it again.".to_owned());
            show(StatusCode::UNPROCESSABLE_ENTITY, &page.view(&action, &[], why)?)
        }
        error => Err(error.into()),
    }
}

/// Whether something else was chosen than `shown`, which is `name=value`.
pub(super) fn is_other(shown: &str, pairs: &[(String, String)]) -> bool {
    let Some((name, value)) = shown.split_once('=') else { return false };
    pairs.iter().any(|(n, v)| n == name && v != value)
}

/// A button that changes the form instead of sending it.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    /// A row more in a group.
    Add(String),
    /// A row less.
    Remove(String),
    /// A file less.
    Drop(String),
    /// The fields of what was chosen.
    Branch,
}

impl Turn {
    fn of(take: &mut impl FnMut(&str) -> Option<String>) -> Option<Self> {
        let turns = [
            take("_add").map(Self::Add),
            take("_remove").map(Self::Remove),
            take("_drop").map(Self::Drop),
            take("_branch").map(|_| Self::Branch),
        ];
        turns.into_iter().flatten().next()
    }

    fn apply(&self, opened: &ActionForm, pairs: &mut Vec<(String, String)>) {
        match self {
            Self::Add(group) => {
                let form = opened.form.flat_in(pairs);
                fields::add_row(pairs, group, &form);
            }
            Self::Remove(row) => fields::remove_row(pairs, row),
            Self::Drop(file) => fields::drop_file(pairs, file),
            Self::Branch => opened.complete(pairs),
        }
    }
}

/// The choices that were to be made and were not.
fn unchosen(form: &Form, pairs: &[(String, String)]) -> Vec<(String, String)> {
    let deciding: Vec<_> = form.discriminators().cloned().collect();
    let refused = Form::of(deciding).read(pairs).err().unwrap_or_default();
    refused.into_iter().map(|e| (e.field, e.message)).collect()
}

/// Stages what came with the form and puts it among the pairs; gives the fields that do not take their file.
async fn stage(
    web: &Web,
    grant: &Grant<Execute>,
    opened: &ActionForm,
    pairs: &mut Vec<(String, String)>,
    uploads: Vec<(String, Upload)>,
) -> Result<Vec<(String, String)>, AppError> {
    let form = opened.form.flat_in(pairs);
    let mut refused = Vec::new();
    for (name, upload) in uploads {
        let Some(field) = form.field(&name).filter(|field| field.file_rule().is_some()) else { continue };
        match staged::stage(&web.app, grant, opened.request.id, field, &upload).await {
            Ok(file) => {
                // The new file takes the place of the one before, unless the field holds several.
                pairs.retain(|(n, _)| *n != name || matches!(field.kind, FieldKind::Files { .. }));
                pairs.push((name, file.to_string()));
            }
            Err(AppError::Invalid(errors)) => refused.extend(errors.into_iter().map(|e| (e.field, e.message))),
            Err(error) => return Err(error),
        }
    }
    Ok(refused)
}

fn to_run(request: RequestId, run: &str) -> Response {
    Redirect::to(&format!("/requests/{request}?run={run}")).into_response()
}

/// What both the fresh and the refused form are drawn from.
struct Page<'a> {
    visit: &'a Visit,
    opened: &'a ActionForm,
    pairs: &'a [(String, String)],
    key: String,
    /// Whether nobody has sent it yet.
    fresh: bool,
}

impl Page<'_> {
    fn view(
        &self,
        action: &str,
        errors: &[(String, String)],
        refusal: Option<String>,
    ) -> Result<ActionFormPage, Problem> {
        let opened = self.opened;
        let spec = opened.manifest.action(action).ok_or(AppError::NotFound)?;
        let request_href = format!("/requests/{}", opened.request.id);
        let files = format!("{request_href}/files");
        let (form, typed) = (&opened.form, Typed { pairs: self.pairs, errors, files: &files });
        let undecided = fields::undecided(form, self.pairs, self.fresh);
        Ok(ActionFormPage {
            shell: self.visit.shell(),
            post_href: format!("{request_href}/actions/{action}"),
            request_href,
            reference: opened.request.reference.to_string(),
            action: spec.label.clone(),
            category: spec.category.clone(),
            channel: opened.channel.name.clone(),
            provider: opened.manifest.name.clone(),
            charged: spec.charged,
            before: self.before(spec, errors),
            key: self.key.clone(),
            seen: opened.before.as_ref().map(|run| run.id.to_string()).unwrap_or_default(),
            manifest: opened.manifest.digest.clone(),
            files: opened.form.takes_files(),
            undecided,
            carried: fields::carried(form, self.pairs),
            parts: if undecided { fields::deciding(form, &typed) } else { fields::parts(form, &typed) },
            refusal,
        })
    }

    fn before(&self, spec: &Action, errors: &[(String, String)]) -> Option<Before> {
        let opened = self.opened;
        let run = opened.unknown.as_ref().or(opened.before.as_ref()).filter(|_| spec.effect == Effect::Write)?;
        let at = view::moment(run.ended_at.unwrap_or(run.created_at), &self.visit.local());
        match run.state {
            // What the provider works on was sent too, and is billed too.
            RunState::Succeeded | RunState::Waiting | RunState::Overdue => Some(Before::Ran(at)),
            RunState::Unknown => {
                let error = errors.iter().find(|(field, _)| field == "_again").map(|(_, message)| message.clone());
                Some(Before::Unknown { at, error })
            }
            _ => None,
        }
    }
}
