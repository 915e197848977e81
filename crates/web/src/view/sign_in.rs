//! Signing in.

use askama::Template;

use super::{Banner, Outcome, Problems, Shell};

/// Why the form is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Notice {
    /// Somebody came to sign in.
    #[default]
    Nothing,
    /// E-mail address and password do not match; neither half is named as wrong.
    Refused,
    /// Too many tries; the words say how long to wait: "15 minutes".
    Wait(String),
    /// The person signed out.
    SignedOut,
    /// The person has set a password by a link.
    PasswordSet,
    /// The session ended by itself.
    Expired,
}

/// `GET`, and a refused `POST`, of `/sign-in`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// What stands around it, with no user.
    pub shell: Shell,
    /// What was typed as e-mail address.
    pub email: String,
    /// Path and query to go to afterwards (field `next`); the handler lets only local paths through.
    pub next: Option<String>,
    /// Why the form is shown.
    pub notice: Notice,
}

impl SignInPage {
    fn problems(&self) -> Option<Problems> {
        match &self.notice {
            Notice::Refused => {
                Some(Problems::because("You are not signed in.", "The e-mail address and password do not match."))
            }
            Notice::Wait(time) => Some(Problems::because(
                "You are not signed in.",
                format!("There were too many tries with this e-mail address. It can be tried again in {time}."),
            )),
            Notice::Nothing | Notice::SignedOut | Notice::PasswordSet | Notice::Expired => None,
        }
    }

    fn banner(&self) -> Option<Banner> {
        match self.notice {
            Notice::SignedOut => Some(Banner::new(Outcome::Good, "You are signed out.", String::new())),
            Notice::PasswordSet => Some(Banner::new(Outcome::Good, "Your password is set.", "Sign in with it.")),
            Notice::Expired => {
                Some(Banner::new(Outcome::Neutral, "Your session has ended.", "Sign in to go on where you were."))
            }
            Notice::Nothing | Notice::Refused | Notice::Wait(_) => None,
        }
    }
}
