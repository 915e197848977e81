//! The notes of a request.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::AppError;
use dossier_app::grant::{Execute, Member, Read};
use dossier_app::requests::{self, Cursor, Note};
use dossier_domain::{Permission, RequestId, RequestStatus};
use serde::Deserialize;

use super::request::who;
use crate::Web;
use crate::error::{Answer, Problem, administrators, show as page};
use crate::extract::{Asked, At, May, Pairs};
use crate::view::{self, Banner, NoteForm, NoteLine, NotesPage, Pager};
use crate::visit::Visit;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    from: Option<String>,
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At(id): At<RequestId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let from = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let form = if grant.may(Permission::KycExecute) {
        Ok(NoteForm { key: web.app.form_key(), ..NoteForm::default() })
    } else {
        let who = who(&administrators(&web, &visit).await);
        Err(Banner::refusal("You can read, but not write.", format!("A note takes the permission kyc:execute. {who}")))
    };
    let view = draw(&web, &visit, &grant, id, from, form).await?;
    page(StatusCode::OK, &view)
}

pub(super) async fn add(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
    pairs: Pairs,
) -> Answer {
    let (mut key, text) = (pairs.first("_key").to_owned(), pairs.first("note").to_owned());
    if key.is_empty() {
        return Err(Problem::Unreadable);
    }
    let error = match requests::note(&web.app, &grant, id, &text, &key).await {
        Ok(_) => return Ok(Redirect::to(&format!("/requests/{id}?done=noted")).into_response()),
        Err(AppError::Invalid(errors)) => errors.first().map(|error| error.message.clone()),
        Err(AppError::KeyReused) => {
            key = web.app.form_key();
            Some("This form wrote a note before, with other words. Send it again to add these too.".to_owned())
        }
        Err(error) => return Err(Problem::gone(error, &text)),
    };
    let view = draw(&web, &visit, &grant.grant()?, id, None, Ok(NoteForm { key, text, error })).await?;
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

async fn draw(
    web: &Web,
    visit: &Visit,
    grant: &dossier_app::grant::Grant<Read>,
    id: RequestId,
    from: Option<Cursor>,
    form: Result<NoteForm, Banner>,
) -> Result<NotesPage, Problem> {
    let (head, notes) = requests::notes(&web.app, grant, id, from, requests::NOTES).await?;
    let here = format!("/requests/{id}");
    let to = |cursor: Option<Cursor>| cursor.map(|cursor| format!("{here}/notes?from={cursor}#written"));
    Ok(NotesPage {
        shell: visit.shell(),
        reference: head.request.reference.to_string(),
        form,
        notes: notes.rows.iter().map(|note| line(note, grant)).collect(),
        pager: Pager { text: String::new(), newer: to(notes.newer), older: to(notes.older) },
        request_href: here,
    })
}

/// A note as it is read.
pub(super) fn line(note: &Note, member: &Member) -> NoteLine {
    NoteLine {
        by: note.by.name.clone(),
        did: note.became.map(did),
        at: view::moment(note.at, &member.local),
        text: note.text.clone(),
        cut: false,
    }
}

/// What a person did who moved a request there, after the person's name.
pub(super) fn did(to: RequestStatus) -> String {
    match to {
        RequestStatus::Pending => "reopened it".to_owned(),
        RequestStatus::Cancelled => "cancelled it".to_owned(),
        end => format!("marked it as {end}"),
    }
}
