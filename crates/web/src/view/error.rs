//! Pages for what cannot be shown.

use askama::Template;
use dossier_domain::Permission;

use super::{Link, People, Shell};

/// A page instead of the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    shell: Shell,
    status: u16,
    title: &'static str,
    /// The permission that is missing, by its word, and who can give it.
    missing: Option<(&'static str, People)>,
    text: String,
    /// What was typed into the form that led here.
    typed: Option<String>,
    next: Link,
    request_id: String,
}

impl ErrorPage {
    fn new(shell: Shell, request_id: &str, status: u16, title: &'static str, text: impl Into<String>) -> Self {
        let next = if shell.user.is_some() {
            Link { href: "/requests".to_owned(), text: "Go to requests".to_owned() }
        } else {
            Link { href: "/sign-in".to_owned(), text: "Sign in".to_owned() }
        };
        let (text, request_id) = (text.into(), request_id.to_owned());
        Self { shell, status, title, missing: None, text, typed: None, next, request_id }
    }

    /// 400: `text` says what is wrong with the address or the form.
    pub fn bad_request(shell: Shell, request_id: &str, text: impl Into<String>) -> Self {
        Self::new(shell, request_id, 400, "This was not understood", text)
    }

    /// 403: it takes `permission`, which one of `who` can give.
    pub fn forbidden(shell: Shell, request_id: &str, permission: Permission, who: People) -> Self {
        Self {
            missing: Some((permission.as_str(), who)),
            ..Self::new(shell, request_id, 403, "You may not do this", "")
        }
    }

    /// 403 for a form that another site sent.
    pub fn foreign_form(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            403,
            "This form did not come from here",
            "Nothing was changed. Open the page in Dossier and send its form from there.",
        )
    }

    /// 404: the same for a foreign, a deleted and an invented id.
    pub fn not_found(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            404,
            "There is nothing here",
            "The address may be mistyped, or what stood here was deleted.",
        )
    }

    /// 404 for a form: what it was about is gone, and what was `typed` into it is handed back.
    pub fn gone(shell: Shell, request_id: &str, typed: impl Into<String>) -> Self {
        let text = "Nothing was saved: what the form was about is not here, or was deleted meanwhile.";
        Self { typed: Some(typed.into()), ..Self::new(shell, request_id, 404, "There is nothing here", text) }
    }

    /// 405: the address is one that only forms are sent to.
    pub fn method(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            405,
            "This address does not work that way",
            "Go back and use the links and buttons of the page.",
        )
    }

    /// 409: `text` says what was changed in between.
    pub fn conflict(shell: Shell, request_id: &str, text: impl Into<String>) -> Self {
        Self::new(shell, request_id, 409, "This cannot be done now", text)
    }

    /// 413: more was sent than `most`, in words: "10 MB". `form` is where it was filled in.
    pub fn too_large(shell: Shell, request_id: &str, most: &str, form: impl Into<String>) -> Self {
        let text = format!("Nothing was kept. At most {most} can be sent at once. The form is filled in anew.");
        let next = Link { href: form.into(), text: "Back to the form".to_owned() };
        Self { next, ..Self::new(shell, request_id, 413, "This is too large", text) }
    }

    /// 422: the form misses what its page always sends.
    pub fn unreadable_form(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            422,
            "This form is not complete",
            "Nothing was changed. Load its page again and fill it in there.",
        )
    }

    /// 429: `wait` says for how long, in words: "15 minutes".
    pub fn too_many(shell: Shell, request_id: &str, wait: &str) -> Self {
        Self::new(shell, request_id, 429, "That was too often", format!("Try again in {wait}."))
    }

    /// 500.
    pub fn internal(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            500,
            "Something broke on our side",
            "Nothing was half-saved. Try again; if it stays, give your administrator the number below.",
        )
    }

    /// 500: the file is listed and its bytes are gone.
    pub fn file_missing(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            500,
            "This file is missing",
            "It is listed, but it is not where files are kept. All else is in order. Give your administrator the number below: the file may be in a backup.",
        )
    }

    /// 503: the store of files does not answer; `again` is the address that was asked for.
    pub fn no_files(shell: Shell, request_id: &str, again: impl Into<String>) -> Self {
        let text = "The place where files are kept does not answer. Nothing is lost. Try again in a minute; if it stays, give your administrator the number below.";
        let next = Link { href: again.into(), text: "Try again".to_owned() };
        Self { next, ..Self::new(shell, request_id, 503, "Files cannot be read now", text) }
    }

    /// 503.
    pub fn unavailable(shell: Shell, request_id: &str) -> Self {
        Self::new(
            shell,
            request_id,
            503,
            "Dossier cannot answer now",
            "It is starting, stopping or has too much to do. Nothing was changed. Try again in a minute.",
        )
    }

    /// The HTTP status to send it with.
    pub fn status(&self) -> u16 {
        self.status
    }
}
