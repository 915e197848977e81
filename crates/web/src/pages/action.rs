//! Running an action: its form, and what happens when it is sent.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::folder::{self, ActionForm};
use dossier_app::grant::Execute;
use dossier_app::runs::{self, Order};
use dossier_app::{AppError, FieldError};
use dossier_connector::{Action, Effect};
use dossier_domain::{RequestId, RunState};

use super::fields::{self, Typed};
use crate::Web;
use crate::error::{Answer, Problem, show};
use crate::extract::{At, May, Pairs};
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
    let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key: web.app.form_key() };
    show(StatusCode::OK, &page.view(&action, &[], None)?)
}

pub(super) async fn run(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((request, action)): At<(RequestId, String)>,
    Pairs(mut pairs): Pairs,
) -> Answer {
    let opened = folder::form(&web.app, &grant, request, &action).await?;
    let spec = opened.manifest.action(&action).ok_or(AppError::NotFound)?;
    let mut take = |name: &str| {
        let place = pairs.iter().position(|(n, _)| n == name)?;
        Some(pairs.swap_remove(place).1)
    };
    let (add, remove) = (take("_add"), take("_remove"));
    let (confirmed, seen, manifest) = (take("_again").is_some(), take("_seen"), take("_manifest"));
    let key = take("_key").filter(|key| !key.is_empty()).ok_or(Problem::Unreadable)?;

    if add.is_some() || remove.is_some() {
        if let Some(group) = add {
            fields::add_row(&mut pairs, &group, &spec.form);
        }
        if let Some(row) = remove {
            fields::remove_row(&mut pairs, &row);
        }
        let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key };
        return show(StatusCode::OK, &page.view(&action, &[], None)?);
    }

    let refused = match spec.form.read(&pairs) {
        Ok(params) => {
            let order = Order { request, action: action.clone(), params, key: key.clone(), confirmed, seen, manifest };
            match runs::start(&web.app, &grant, &order).await {
                Ok(run) => {
                    // The run is recorded: a fault while waiting is no reason to say that it is not.
                    let _ = runs::wait(&web.app, &grant, run, PATIENCE).await;
                    return Ok(to_run(request, &run.to_string()));
                }
                Err(error) => error,
            }
        }
        Err(errors) => AppError::Invalid(errors.into_iter().map(|e| FieldError::new(e.field, e.message)).collect()),
    };
    let page = Page { visit: &visit, opened: &opened, pairs: &pairs, key };
    match refused {
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

fn to_run(request: RequestId, run: &str) -> Response {
    Redirect::to(&format!("/requests/{request}?run={run}")).into_response()
}

/// What both the fresh and the refused form are drawn from.
struct Page<'a> {
    visit: &'a Visit,
    opened: &'a ActionForm,
    pairs: &'a [(String, String)],
    key: String,
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
            parts: fields::parts(&spec.form, &Typed { pairs: self.pairs, errors }),
            refusal,
        })
    }

    fn before(&self, spec: &Action, errors: &[(String, String)]) -> Option<Before> {
        let opened = self.opened;
        let run = opened.unknown.as_ref().or(opened.before.as_ref()).filter(|_| spec.effect == Effect::Write)?;
        let zone = self.visit.member.as_ref().map_or("UTC", |member| &member.time_zone);
        let at = view::moment(run.ended_at.unwrap_or(run.created_at), zone);
        match run.state {
            RunState::Succeeded => Some(Before::Ran(at)),
            RunState::Unknown => {
                let error = errors.iter().find(|(field, _)| field == "_again").map(|(_, message)| message.clone());
                Some(Before::Unknown { at, error })
            }
            _ => None,
        }
    }
}
