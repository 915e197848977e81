//! From "no" to a page: status, a sentence, what to do next, and the number under which the log knows more.

use std::any::Any;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use dossier_app::grant::Settings;
use dossier_app::{AppError, access};

use crate::Web;
use crate::pages::encode;
use crate::view::{self, ErrorPage, Link, ModuleRequiredPage, People};
use crate::visit::Visit;

/// Why a handler gave no page of its own.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The use case's answer.
    App(AppError),
    /// Someone has to sign in first; `expired` when the sign-in has ended by itself.
    SignIn { expired: bool },
    /// A post that does not come from our pages.
    CrossSite,
    /// The body is no form, or not the one of this page.
    Unreadable,
    /// The body is larger than this, in words.
    TooLarge(&'static str),
    /// What the form is about is not there, or no more. This was typed into it.
    Gone(String),
    /// The address takes another method.
    Method,
    /// This side failed.
    Fault(String),
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

impl Problem {
    /// The use case's answer to a form with one field: what was `typed` there is not lost with what it was about.
    pub(crate) fn gone(error: AppError, typed: &str) -> Self {
        match error {
            AppError::NotFound if !typed.trim().is_empty() => Self::Gone(typed.to_owned()),
            error => Self::App(error),
        }
    }
}

/// A handler's answer.
pub(crate) type Answer = Result<Response, Problem>;

/// A problem on its way to [`crate::visit::receive`], which knows who is asking and dresses it as a page.
#[derive(Clone)]
pub(crate) struct Raised(pub(crate) Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(Raised(Arc::new(self)));
        response
    }
}

/// What a panic becomes. Its text goes to standard error; a person sees the number only.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::Fault("a handler panicked".to_owned()).into_response()
}

/// The page for `problem`.
pub(crate) async fn dress(web: &Web, visit: &Visit, problem: &Problem) -> Response {
    let (shell, id) = (visit.shell(), visit.request_id.as_str());
    let page = match problem {
        Problem::SignIn { expired } => return to_sign_in(visit, *expired),
        Problem::CrossSite => ErrorPage::foreign_form(shell, id),
        Problem::Unreadable => ErrorPage::unreadable_form(shell, id),
        Problem::TooLarge(most) => ErrorPage::too_large(shell, id, most, visit.back()),
        Problem::Gone(typed) => ErrorPage::gone(shell, id, typed),
        Problem::Method => ErrorPage::method(shell, id),
        Problem::Fault(why) => {
            tracing::error!(request_id = id, error = why, "a page failed");
            ErrorPage::internal(shell, id)
        }
        Problem::App(error) => match error {
            AppError::NotFound => ErrorPage::not_found(shell, id),
            AppError::Forbidden(permission) => {
                ErrorPage::forbidden(shell, id, *permission, People { names: administrators(web, visit).await })
            }
            AppError::ModuleRequired(module) => return module_required(visit, module),
            AppError::Conflict(why) => ErrorPage::conflict(shell, id, why),
            AppError::KeyReused | AppError::Invalid(_) => ErrorPage::bad_request(shell, id, error.to_string()),
            AppError::FileMissing => {
                tracing::error!(request_id = id, "a file is not in its store");
                ErrorPage::file_missing(shell, id)
            }
            AppError::NoFiles(why) => {
                tracing::error!(request_id = id, error = why, "the store of files failed");
                ErrorPage::no_files(shell, id, visit.back())
            }
            AppError::Internal(source) => {
                tracing::error!(
                    request_id = id,
                    error = source.as_ref() as &dyn std::error::Error,
                    "a use case failed"
                );
                ErrorPage::internal(shell, id)
            }
        },
    };
    let status = StatusCode::from_u16(page.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    show(status, &page).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn module_required(visit: &Visit, module: &str) -> Response {
    let member = visit.member.as_ref();
    let end = member.and_then(|member| member.licence.modules().find(|(held, _)| *held == module)?.1);
    let own = member.is_some_and(|member| member.grant::<Settings>().is_ok());
    let page = ModuleRequiredPage {
        shell: visit.shell(),
        module: module.to_owned(),
        provider: format!("the module {module}"),
        ended: end.map(|end| view::date(end, &visit.local())),
        back: Link { href: "/requests".to_owned(), text: "Look again".to_owned() },
        licence: own.then(|| Link { href: "/settings/licence".to_owned(), text: "See the licence".to_owned() }),
        request_id: visit.request_id.clone(),
    };
    show(StatusCode::FORBIDDEN, &page).unwrap_or_else(|_| StatusCode::FORBIDDEN.into_response())
}

fn to_sign_in(visit: &Visit, expired: bool) -> Response {
    let next = encode(&visit.back());
    let ended = if expired { "&ended=yes" } else { "" };
    Redirect::to(&format!("/sign-in?next={next}{ended}")).into_response()
}

/// The people who can give what is missing. Their names are a help, so a fault here does not replace the answer.
pub(crate) async fn administrators(web: &Web, visit: &Visit) -> Vec<String> {
    match &visit.member {
        Some(member) => access::administrators(&web.app, member).await.unwrap_or_default(),
        None => Vec::new(),
    }
}

/// A page with its status.
pub(crate) fn show(status: StatusCode, page: &impl Template) -> Answer {
    let html = view::render(page)?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], Html(html)).into_response())
}
