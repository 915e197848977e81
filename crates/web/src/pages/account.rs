//! The own account: password, sign-ins, and what this browser remembers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::grant::{Login, Member};
use dossier_app::{AppError, FieldError, people};
use dossier_domain::SessionId;
use secrecy::SecretString;

use super::links::password_fields;
use super::users::Done;
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, Pairs, SignedIn};
use crate::view::{self, AccountPage, Banner, Control, Field, Outcome, SessionRow};
use crate::visit::Visit;

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    SignedIn(member): SignedIn,
    Asked(query): Asked<Done>,
) -> Answer {
    let good = |title: &str, text: &str| Some(Banner::new(Outcome::Good, title, text));
    let banner = match query.done.as_deref() {
        Some("deed") => good("It is done", "Seeing it takes a permission that you do not hold."),
        Some("password") => good("Your password was changed", "Every other session has ended."),
        Some("ended") => good("The session has ended", ""),
        Some("others") => good("Every other session has ended", ""),
        _ => None,
    };
    draw(&web, &visit, &member, StatusCode::OK, banner, &[]).await
}

async fn draw(
    web: &Web,
    visit: &Visit,
    member: &Member,
    status: StatusCode,
    banner: Option<Banner>,
    errors: &[FieldError],
) -> Answer {
    let sessions = people::sessions(&web.app, member).await?;
    let row = |session: &people::Session| SessionRow {
        end: format!("/account/sessions/{}/end", session.id),
        here: matches!(member.login, Login::Session { id, .. } if id == session.id),
        browser: session.device.browser.clone().unwrap_or_else(|| "A browser that does not say".to_owned()),
        address: session.device.address.clone().unwrap_or_else(|| "not known".to_owned()),
        since: view::moment(session.created_at, &member.local),
        seen: view::moment(session.last_seen_at, &member.local),
    };
    let error = errors.iter().find(|error| error.field == "present").map(|error| error.message.clone());
    let present = Field { required: true, error, ..Field::new("present", "Present password", Control::Present) };
    let view = AccountPage {
        shell: visit.shell(),
        banner,
        email: people::email(&web.app, member).await?.to_string(),
        password: [present].into_iter().chain(password_fields(errors)).collect(),
        sessions: sessions.iter().map(row).collect(),
    };
    page(status, &view)
}

pub(super) async fn password(State(web): State<Web>, visit: Visit, SignedIn(member): SignedIn, pairs: Pairs) -> Answer {
    let secret = |name| SecretString::from(pairs.first(name));
    let (present, chosen, again) = (secret("present"), secret("password"), secret("again"));
    match people::change_password(&web.app, &member, &present, &chosen, &again).await {
        Ok(()) => Ok(Redirect::to("/account?done=password").into_response()),
        Err(AppError::Invalid(errors)) => {
            draw(&web, &visit, &member, StatusCode::UNPROCESSABLE_ENTITY, None, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end(State(web): State<Web>, SignedIn(member): SignedIn, At(session): At<SessionId>) -> Answer {
    people::end(&web.app, &member, session).await?;
    Ok(Redirect::to("/account?done=ended").into_response())
}

pub(super) async fn end_others(State(web): State<Web>, SignedIn(member): SignedIn) -> Answer {
    people::end_others(&web.app, &member).await?;
    Ok(Redirect::to("/account?done=others").into_response())
}
