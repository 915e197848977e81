//! The tenant's people: the list, one of them, kept out and let in again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::grant::{Member, Right, RolesRead, UsersCreate, UsersDelete, UsersRead, UsersUpdate};
use dossier_app::people::{self, Seen, Turn};
use dossier_app::setup::User;
use dossier_domain::{Local, Timestamp, UserId};
use serde::Deserialize;

use super::{encode, roles};
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{self, Access, Banner, Outcome, UserDeactivatePage, UserPage, UserRow, UsersPage};
use crate::visit::Visit;

pub(super) const HERE: &str = "/settings/users";

#[derive(Default, Deserialize)]
pub(super) struct Query {
    q: Option<String>,
    after: Option<UserId>,
    before: Option<UserId>,
}

#[derive(Default, Deserialize)]
pub(super) struct Done {
    pub(super) done: Option<String>,
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersRead>,
    Asked(query): Asked<Query>,
) -> Answer {
    let text = query.q.as_deref().unwrap_or_default().trim();
    let turn = match (query.after, query.before) {
        (Some(id), _) => Turn::After(id),
        (None, Some(id)) => Turn::Before(id),
        (None, None) => Turn::First,
    };
    let found = people::list(&web.app, &grant, text, turn).await?;
    let to = |turn: &str, id: Option<UserId>| {
        let kept = if text.is_empty() { String::new() } else { format!("q={}&", encode(text)) };
        id.map(|id| format!("{HERE}?{kept}{turn}={id}"))
    };
    let all = view::plural(found.matching, "user");
    let shown = found.rows.len();
    let view = UsersPage {
        shell: visit.shell(),
        add: grant.grant::<UsersCreate>().is_ok(),
        text: text.to_owned(),
        users: found.rows.iter().map(|user| row(user, grant.now, &grant.local)).collect(),
        found: if shown == found.matching { all } else { format!("{all}, {shown} of them shown") },
        before: to("before", found.before),
        after: to("after", found.after),
    };
    page(StatusCode::OK, &view)
}

fn row(user: &User, now: Timestamp, local: &Local) -> UserRow {
    UserRow {
        href: format!("{HERE}/{}", user.id),
        name: user.name.clone(),
        email: user.email.to_string(),
        roles: brief(&user.roles),
        access: access(user, now, local),
        signed_in: user.signed_in_at.map(|at| view::moment(at, local)),
    }
}

/// The first two names, and how many more there are.
fn brief(names: &[String]) -> String {
    match names {
        [one, two, rest @ ..] if !rest.is_empty() => format!("{one}, {two} and {} more", rest.len()),
        all => all.join(", "),
    }
}

fn access(user: &User, now: Timestamp, local: &Local) -> Access {
    match user.invited_until {
        _ if !user.active => Access::Inactive,
        Some(until) if now < until => Access::Invited(view::moment(until, local)),
        Some(until) => Access::InvitationEnded(view::moment(until, local)),
        None => Access::Active,
    }
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersRead>,
    At(user): At<UserId>,
    Asked(query): Asked<Done>,
) -> Answer {
    let Seen { user, beyond } = people::find(&web.app, &grant, user).await?;
    let good = |title: &str, text: &str| Some(Banner::new(Outcome::Good, title, text));
    let banner = match query.done.as_deref() {
        Some("saved") => good("The user was saved", "It counts from the next page that is opened."),
        Some("deactivated") => good("The user was deactivated", "Every session has ended."),
        Some("activated") if user.invited_until.is_some() => {
            good("The user was activated", "The invitation has ended. Make another link for the first password.")
        }
        Some("activated") => good("The user was activated", "The password is the one from before."),
        _ => None,
    };
    let (reach, see_roles) = (beyond.is_none(), grant.grant::<RolesRead>().is_ok());
    let role = |(name, id): (&String, &_)| (name.clone(), see_roles.then(|| format!("{}/{id}", roles::HERE)));
    let close = reach && grant.grant::<UsersDelete>().is_ok();
    let change = reach && grant.grant::<UsersUpdate>().is_ok();
    let view = UserPage {
        shell: visit.shell(),
        banner,
        href: format!("{HERE}/{}", user.id),
        roles: user.roles.iter().zip(&user.role_ids).map(role).collect(),
        grants: view::by_module(user.permissions.iter()),
        access: access(&user, grant.now, &grant.local),
        added: view::moment(user.created_at, &grant.local),
        signed_in: user.signed_in_at.map(|at| view::moment(at, &grant.local)),
        beyond,
        edit: change,
        deactivate: close && user.active,
        activate: close && !user.active,
        link: change && user.active && Some(user.id) != grant.user(),
        email: user.email.to_string(),
        name: user.name,
    };
    page(StatusCode::OK, &view)
}

/// Leads on from a deed to the page that shows it; whoever may not see that, to the own account.
pub(super) fn done<R: Right>(member: &Member, to: &str) -> Response {
    let to = if member.grant::<R>().is_ok() { to } else { "/account?done=deed" };
    Redirect::to(to).into_response()
}

pub(super) async fn ask_deactivate(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersDelete>,
    At(user): At<UserId>,
) -> Answer {
    let user = people::leaver(&web.app, &grant, user).await?;
    let view = UserDeactivatePage { shell: visit.shell(), href: format!("{HERE}/{}", user.id), name: user.name };
    page(StatusCode::OK, &view)
}

pub(super) async fn deactivate(State(web): State<Web>, May(grant): May<UsersDelete>, At(user): At<UserId>) -> Answer {
    people::deactivate(&web.app, &grant, user).await?;
    Ok(done::<UsersRead>(&grant, &format!("{HERE}/{user}?done=deactivated")))
}

pub(super) async fn activate(State(web): State<Web>, May(grant): May<UsersDelete>, At(user): At<UserId>) -> Answer {
    people::activate(&web.app, &grant, user).await?;
    Ok(done::<UsersRead>(&grant, &format!("{HERE}/{user}?done=activated")))
}
