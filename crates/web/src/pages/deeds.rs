//! What is done to a request itself: marked, reopened, given another reference, deleted. Each is a page that says first
//! what follows.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::AppError;
use dossier_app::grant::{Delete, Execute, Member};
use dossier_app::requests::{self, Deed, Mark, Standing};
use dossier_domain::status::Mover;
use dossier_domain::{RequestId, RequestStatus};

use super::{follows, standing::when};
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{At, May, Pairs};
use crate::view::{Control, DeedForm, DeedPage, Field, Problems, TextKind, isolate, verdict_word};
use crate::visit::Visit;

/// What is known besides how the request stands: what was typed, and what came of it.
#[derive(Default)]
struct Sent {
    typed: String,
    error: Option<String>,
    overtaken: bool,
}

impl Sent {
    fn status(&self) -> StatusCode {
        match (self.overtaken, &self.error) {
            (true, _) => StatusCode::CONFLICT,
            (false, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            (false, None) => StatusCode::OK,
        }
    }
}

/// The version that a form carries.
fn version(pairs: &Pairs) -> Result<Option<i64>, Problem> {
    pairs.first("_version").parse().map(Some).map_err(|_| Problem::Unreadable)
}

/// What became of a form: the request's page, or the form again.
fn sent(done: Result<Deed, AppError>, typed: String, next: &str) -> Result<Result<Response, Sent>, Problem> {
    Ok(match done {
        Ok(Deed::Done) => Ok(Redirect::to(next).into_response()),
        Ok(Deed::Overtaken) => Err(Sent { typed, overtaken: true, ..Sent::default() }),
        Err(AppError::Invalid(errors)) => {
            Err(Sent { typed, error: errors.first().map(|error| error.message.clone()), ..Sent::default() })
        }
        Err(error) => return Err(Problem::gone(error, &typed)),
    })
}

pub(super) async fn ask_mark(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((id, end)): At<(RequestId, RequestStatus)>,
) -> Answer {
    ask_move(&web, &visit, &grant, id, an_end(end)?).await
}

pub(super) async fn mark(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((id, end)): At<(RequestId, RequestStatus)>,
    pairs: Pairs,
) -> Answer {
    let end = an_end(end)?;
    let mark = Mark { to: end, words: pairs.first("note").to_owned(), version: version(&pairs)? };
    let done = requests::mark(&web.app, &grant, id, &mark).await;
    match sent(done, mark.words, &format!("/requests/{id}?done={end}"))? {
        Ok(done) => Ok(done),
        Err(sent) => draw_move(&web, &visit, &grant, id, end, sent).await,
    }
}

pub(super) async fn ask_reopen(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
) -> Answer {
    ask_move(&web, &visit, &grant, id, RequestStatus::Pending).await
}

pub(super) async fn reopen(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
    pairs: Pairs,
) -> Answer {
    let mark = Mark { to: RequestStatus::Pending, words: pairs.first("reason").to_owned(), version: version(&pairs)? };
    let done = requests::mark(&web.app, &grant, id, &mark).await;
    match sent(done, mark.words, &format!("/requests/{id}?done=pending"))? {
        Ok(done) => Ok(done),
        Err(sent) => draw_move(&web, &visit, &grant, id, RequestStatus::Pending, sent).await,
    }
}

/// The address names an end, or nothing.
fn an_end(status: RequestStatus) -> Result<RequestStatus, Problem> {
    if status.is_end() { Ok(status) } else { Err(AppError::NotFound.into()) }
}

async fn ask_move(web: &Web, visit: &Visit, member: &Member, id: RequestId, to: RequestStatus) -> Answer {
    let standing = requests::standing(&web.app, &member.grant()?, id).await?;
    standing.allows(to)?;
    page(StatusCode::OK, &move_page(web, visit, member, &standing, to, &Sent::default()))
}

async fn draw_move(web: &Web, visit: &Visit, member: &Member, id: RequestId, to: RequestStatus, sent: Sent) -> Answer {
    let standing = requests::standing(&web.app, &member.grant()?, id).await?;
    page(sent.status(), &move_page(web, visit, member, &standing, to, &sent))
}

fn move_page(
    web: &Web,
    visit: &Visit,
    member: &Member,
    standing: &Standing,
    to: RequestStatus,
    sent: &Sent,
) -> DeedPage {
    let request = &standing.head.request;
    let here = format!("/requests/{}", request.id);
    let (title, verb, path, name, hint) = match to {
        RequestStatus::Completed => ("Mark as completed?", "Mark completed", "mark/completed", "note", NOTED),
        RequestStatus::Failed => ("Mark as failed?", "Mark failed", "mark/failed", "note", NOTED),
        RequestStatus::Cancelled => ("Cancel this request?", "Cancel request", "mark/cancelled", "note", NOTED),
        _ => (
            "Reopen this request?",
            "Reopen",
            "reopen",
            "reason",
            "Why it goes on. It stands with your name among the notes and in the audit. Up to 1\u{202f}000 characters.",
        ),
    };
    let reopens = to == RequestStatus::Pending;
    let mut field = Field {
        hint: Some(hint.to_owned()),
        error: sent.error.clone(),
        required: reopens,
        ..Field::new(name, if reopens { "Reason" } else { "Note" }, Control::LongText { value: sent.typed.clone() })
    };
    let version = ("_version", request.version.to_string());
    let possible = standing.allows(to);
    let form = match &possible {
        Ok(()) => Some(DeedForm {
            href: format!("{here}/{path}"),
            hidden: vec![version],
            field: Some(field),
            verb,
            danger: to == RequestStatus::Cancelled,
        }),
        // Somebody was faster, and it cannot be done any more. What was typed is worth a note all the same.
        Err(_) if !sent.typed.trim().is_empty() => {
            (field.name, field.label) = ("note".to_owned(), "What you wrote".to_owned());
            field.hint = Some("It can stand among the notes with your name.".to_owned());
            Some(DeedForm {
                href: format!("{here}/notes"),
                hidden: vec![("_key", web.app.form_key())],
                field: Some(field),
                verb: "Keep it as a note",
                danger: false,
            })
        }
        Err(_) => None,
    };
    let refusal = sent.overtaken.then(|| {
        let wanted = match to {
            RequestStatus::Pending => "reopen it".to_owned(),
            RequestStatus::Cancelled => "cancel it".to_owned(),
            end => format!("mark it as {end}"),
        };
        let next = match &possible {
            Ok(()) => ", and still can",
            Err(_) if reopens => ", and it is open",
            Err(_) if to == request.status => " too",
            Err(_) => "; for that it has to be reopened first",
        };
        Problems::because("Nothing was changed.", format!("{} You wanted to {wanted}{next}.", now(standing, member)))
    });
    DeedPage {
        shell: visit.shell(),
        reference: request.reference.to_string(),
        title: title.to_owned(),
        says: if possible.is_ok() { follows::of_move(standing, to) } else { Vec::new() },
        refusal,
        what: "Nothing was changed.".to_owned(),
        form,
        keep: if possible.is_ok() { format!("Leave it {}", request.status) } else { "Back to the request".to_owned() },
        request_href: here,
    }
}

const NOTED: &str =
    "Optional. It stands with your name among the notes and in the audit. Up to 1\u{202f}000 characters.";

/// How a request stands now, for whoever was overtaken.
fn now(standing: &Standing, member: &Member) -> String {
    let request = &standing.head.request;
    let how = match (request.moved_by, &standing.moved) {
        (Mover::Person, Some(note)) => {
            let who = if note.by.id == Some(member.principal()) { "you".to_owned() } else { isolate(&note.by.name) };
            format!(", by {who} {}", when(note.at, member))
        }
        (Mover::Provider, _) => format!(", by what {} reported", isolate(standing.head.provider())),
        _ => String::new(),
    };
    let (status, reference) = (request.status, isolate(request.reference.as_str()));
    let verdict = match verdict_word(request.verdict) {
        Some(word) => format!("its verdict is “{word}”, "),
        None => String::new(),
    };
    format!(
        "This request has changed since the page was opened. It is {status} now{how}, {verdict}and its reference is “{reference}”."
    )
}

pub(super) async fn edit_reference(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
) -> Answer {
    let standing = requests::standing(&web.app, &grant.grant()?, id).await?;
    let typed = standing.head.request.reference.to_string();
    page(StatusCode::OK, &reference_page(&visit, &standing, &Sent { typed, ..Sent::default() }))
}

pub(super) async fn rename(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At(id): At<RequestId>,
    pairs: Pairs,
) -> Answer {
    let (typed, version) = (pairs.first("reference").to_owned(), version(&pairs)?);
    let mut done = requests::rename(&web.app, &grant, id, &typed, version).await;
    if matches!(done, Ok(Deed::Overtaken)) {
        // What else has changed is not in the way of a reference that is still the one the person was shown.
        let request = requests::standing(&web.app, &grant.grant()?, id).await?.head.request;
        if request.reference.as_str() == pairs.first("_was") {
            done = requests::rename(&web.app, &grant, id, &typed, Some(request.version)).await;
        }
    }
    let mut sent = match sent(done, typed, &format!("/requests/{id}?done=renamed"))? {
        Ok(done) => return Ok(done),
        Err(sent) => sent,
    };
    let standing = requests::standing(&web.app, &grant.grant()?, id).await?;
    if sent.overtaken {
        let theirs = isolate(standing.head.request.reference.as_str());
        sent.error = Some(format!("It is “{theirs}” now. Save again to put yours over it, or write what it is now."));
    }
    page(sent.status(), &reference_page(&visit, &standing, &sent))
}

fn reference_page(visit: &Visit, standing: &Standing, sent: &Sent) -> DeedPage {
    let request = &standing.head.request;
    let here = format!("/requests/{}", request.id);
    let field = Field {
        hint: Some(
            "What people look for: a customer or company name, an account number, a case. Up to 100 characters."
                .to_owned(),
        ),
        error: sent.error.clone(),
        required: true,
        ..Field::new("reference", "Reference", Control::Text { kind: TextKind::Plain, value: sent.typed.clone() })
    };
    let what = "Nothing was saved.";
    let stale = "Nothing was saved: this request has changed meanwhile.";
    DeedPage {
        shell: visit.shell(),
        reference: request.reference.to_string(),
        title: "Edit reference".to_owned(),
        says: Vec::new(),
        refusal: None,
        what: if sent.overtaken { stale } else { what }.to_owned(),
        form: Some(DeedForm {
            href: format!("{here}/reference"),
            hidden: vec![("_version", request.version.to_string()), ("_was", request.reference.to_string())],
            field: Some(field),
            verb: "Save reference",
            danger: false,
        }),
        keep: "Cancel".to_owned(),
        request_href: here,
    }
}

pub(super) async fn ask_delete(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Delete>,
    At(id): At<RequestId>,
) -> Answer {
    let standing = requests::standing(&web.app, &grant.grant()?, id).await?;
    page(StatusCode::OK, &delete_page(&visit, &grant, &standing, false))
}

pub(super) async fn delete(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Delete>,
    At(id): At<RequestId>,
    pairs: Pairs,
) -> Answer {
    let done = requests::remove(&web.app, &grant, id, version(&pairs)?).await;
    if done? == Deed::Done {
        return Ok(Redirect::to("/requests?done=deleted").into_response());
    }
    let standing = requests::standing(&web.app, &grant.grant()?, id).await?;
    page(StatusCode::CONFLICT, &delete_page(&visit, &grant, &standing, true))
}

fn delete_page(visit: &Visit, member: &Member, standing: &Standing, overtaken: bool) -> DeedPage {
    let request = &standing.head.request;
    let here = format!("/requests/{}", request.id);
    let refusal = overtaken.then(|| {
        let now = now(standing, member);
        Problems::because("Nothing was deleted.", format!("{now} You wanted to delete it, and still can."))
    });
    DeedPage {
        shell: visit.shell(),
        reference: request.reference.to_string(),
        title: "Delete this request?".to_owned(),
        says: follows::of_deletion(standing),
        refusal,
        what: String::new(),
        form: Some(DeedForm {
            href: format!("{here}/delete"),
            hidden: vec![("_version", request.version.to_string())],
            field: None,
            verb: "Delete request",
            danger: true,
        }),
        keep: "Keep it".to_owned(),
        request_href: here,
    }
}
