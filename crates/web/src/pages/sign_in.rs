//! Signing in and out, and the choice of colours.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use dossier_app::access;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::Web;
use crate::error::{Answer, show};
use crate::extract::{Asked, Pairs, SignedIn};
use crate::view::{Notice, SignInPage};
use crate::visit::{Visit, no_session_cookie, session_cookie};

#[derive(Default, Deserialize)]
pub(super) struct Query {
    next: Option<String>,
    ended: Option<String>,
}

pub(super) async fn form(visit: Visit, Asked(query): Asked<Query>) -> Answer {
    if visit.member.is_some() {
        return Ok(Redirect::to(local(query.next.as_deref()).unwrap_or("/requests")).into_response());
    }
    let notice = match query.ended.as_deref() {
        Some("yes") => Notice::Expired,
        Some("out") => Notice::SignedOut,
        Some("set") => Notice::PasswordSet,
        _ => Notice::Nothing,
    };
    let next = local(query.next.as_deref()).map(str::to_owned);
    show(StatusCode::OK, &SignInPage { shell: visit.shell(), email: String::new(), next, notice })
}

pub(super) async fn sign_in(State(web): State<Web>, visit: Visit, pairs: Pairs) -> Answer {
    let next = local(pairs.get("next")).map(str::to_owned);
    let (email, password) = (pairs.first("email"), SecretString::from(pairs.first("password")));
    let Some(token) = access::sign_in(&web.app, email, &password, &visit.origin, visit.browser.clone()).await? else {
        let page = SignInPage { shell: visit.shell(), email: email.to_owned(), next, notice: Notice::Refused };
        return show(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let cookie = session_cookie(token.expose_secret().to_owned()).to_string();
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(next.as_deref().unwrap_or("/requests"))).into_response())
}

pub(super) async fn sign_out(State(web): State<Web>, SignedIn(member): SignedIn) -> Answer {
    access::sign_out(&web.app, &member).await?;
    let cookie = no_session_cookie().to_string();
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to("/sign-in?ended=out")).into_response())
}

/// A path of this site, or nothing: an address of another site would make the sign-in a trap.
pub(super) fn local(next: Option<&str>) -> Option<&str> {
    next.filter(|path| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\t', '\r', '\n']) && path.is_ascii()
    })
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert_eq!(local(Some("/requests?channel=1")), Some("/requests?channel=1"));
        for trap in
            ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "/\t/evil.example"]
        {
            assert_eq!(local(Some(trap)), None, "{trap:?}");
        }
        assert_eq!(local(None), None);
    }
}
