//! What a person prefers in this browser: colours and keys.

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect};

use super::sign_in::local;
use crate::error::{Answer, show};
use crate::extract::{Pairs, SignedIn};
use crate::view::{ShortcutsPage, Theme};
use crate::visit::{Visit, shortcuts_cookie, theme_cookie};

pub(super) async fn theme(pairs: Pairs) -> Answer {
    let cookie = theme_cookie(Theme::parse(pairs.first("theme"))).to_string();
    let back = local(pairs.get("back")).unwrap_or("/requests");
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(back)).into_response())
}

pub(super) async fn shortcuts(visit: Visit, _: SignedIn) -> Answer {
    show(StatusCode::OK, &ShortcutsPage { shell: visit.shell() })
}

pub(super) async fn set_shortcuts(_: SignedIn, pairs: Pairs) -> Answer {
    let back = local(pairs.get("back")).unwrap_or("/shortcuts");
    let cookie = shortcuts_cookie(pairs.first("keys") != "off").to_string();
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(back)).into_response())
}
