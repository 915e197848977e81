//! Links by which people set a password: made and shown once, opened, used.

use axum::extract::State;
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use dossier_app::grant::{Member, UsersUpdate};
use dossier_app::people::{self, Link, Opened, Redeemed};
use dossier_app::{AppError, FieldError, PASSWORD_MIN_LENGTH, access};
use dossier_domain::{LinkKind, UserId};
use secrecy::{ExposeSecret, SecretString};

use super::users::HERE;
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{At, May, Pairs};
use crate::view::{self, Control, Field, LinkContent, LinkPage, UserLinkPage};
use crate::visit::{Visit, no_session_cookie};

pub(super) async fn renew(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersUpdate>,
    At(user): At<UserId>,
    headers: HeaderMap,
) -> Answer {
    let (link, user) = people::renew(&web.app, &grant, user).await?;
    shown(&web, &visit, &grant, &headers, &link, &user.name, user.email.as_str())
}

/// The page that shows a link, once. Where no public address is configured, the browser says by which one it reached us.
pub(super) fn shown(
    web: &Web,
    visit: &Visit,
    member: &Member,
    headers: &HeaderMap,
    link: &Link,
    name: &str,
    email: &str,
) -> Answer {
    let asked = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).filter(|origin| origin.starts_with("http"));
    let origin = web.options.public_origin.as_deref().or(asked).unwrap_or_default();
    let view = UserLinkPage {
        shell: visit.shell(),
        href: format!("{HERE}/{}", link.user),
        name: name.to_owned(),
        email: email.to_owned(),
        invitation: link.kind == LinkKind::Invitation,
        url: format!("{origin}{}", link.path().expose_secret()),
        until: view::moment(link.expires_at, &member.local),
    };
    page(StatusCode::OK, &view)
}

pub(super) async fn open(State(web): State<Web>, visit: Visit, At(token): At<String>) -> Answer {
    let opened = people::open(&web.app, &SecretString::from(token.as_str())).await?;
    draw(&visit, &token, opened, &[])
}

pub(super) async fn redeem(State(web): State<Web>, visit: Visit, At(token): At<String>, pairs: Pairs) -> Answer {
    let secret = |name| SecretString::from(pairs.first(name));
    let key = SecretString::from(token.as_str());
    match people::redeem(&web.app, &key, &secret("password"), &secret("again"), &visit.origin).await {
        Ok(Redeemed::Done) => set(&web, &visit).await,
        Ok(Redeemed::Not(opened)) => draw(&visit, &token, opened, &[]),
        Err(AppError::Invalid(errors)) => draw(&visit, &token, people::open(&web.app, &key).await?, &errors),
        Err(error) => Err(error.into()),
    }
}

/// Leads to the sign-in. Whoever was signed in with this browser may be somebody else, and is no longer.
async fn set(web: &Web, visit: &Visit) -> Answer {
    if let Some(member) = &visit.member {
        access::sign_out(&web.app, member).await?;
    }
    let cookie = no_session_cookie().to_string();
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to("/sign-in?ended=set")).into_response())
}

fn draw(visit: &Visit, token: &str, opened: Opened, errors: &[FieldError]) -> Result<Response, crate::error::Problem> {
    let mut shell = visit.alone();
    let (status, content) = match opened {
        Opened::Usable(usable) => {
            shell.tenant = Some(usable.tenant);
            let content = LinkContent::Form {
                href: format!("/link/{token}"),
                email: usable.user.email.to_string(),
                invitation: usable.kind == LinkKind::Invitation,
                password: password_fields(errors),
            };
            (if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, content)
        }
        Opened::Used => (StatusCode::GONE, LinkContent::Used),
        Opened::Ended => (StatusCode::GONE, LinkContent::Ended),
        Opened::Unknown => (StatusCode::NOT_FOUND, LinkContent::Unknown),
    };
    page(status, &LinkPage { shell, content })
}

/// A password to choose, and the same once more. What was typed is never sent back.
pub(super) fn password_fields(errors: &[FieldError]) -> Vec<Field> {
    let error = |name: &str| errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
    let secret = |name: &str, label: &str| Field {
        required: true,
        error: error(name),
        ..Field::new(name, label, Control::Secret { set: false })
    };
    let rule = format!(
        "At least {PASSWORD_MIN_LENGTH} characters. Several words are easier to keep in mind than one odd one."
    );
    let password = Field { hint: Some(rule), ..secret("password", "New password") };
    vec![password, secret("again", "The same once more")]
}
