//! The keys by which programs use the API, under Settings: listed, made and shown once, revoked.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::api_keys::{self, ApiKey, Typed};
use dossier_app::grant::{ApiKeys, Member};
use dossier_app::{AppError, FieldError, days, setup};
use dossier_domain::{ApiKeyId, Permission, Timestamp};
use secrecy::ExposeSecret;

use super::users::Done;
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{Asked, At, May, Pairs};
use crate::view::{
    self, ApiKeyMadePage, ApiKeyRevokePage, ApiKeyRow, ApiKeysPage, Banner, Choice, Control, Field, KeyState, Outcome,
    PeopleFormPage, Place, TextKind,
};
use crate::visit::Visit;

const HERE: &str = "/settings/api-keys";
/// For how many days a key counts unless somebody says otherwise.
const DAYS: u32 = 90;
/// How many days before its end the list says so.
const SOON: u64 = 14;

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<ApiKeys>,
    Asked(query): Asked<Done>,
) -> Answer {
    let keys = api_keys::list(&web.app, &grant).await?;
    let revoked = query.done.as_deref() == Some("revoked");
    let view = ApiKeysPage {
        shell: visit.shell(),
        banner: revoked.then(|| {
            Banner::new(Outcome::Good, "The key was revoked", "Whatever is sent with it is refused from now on.")
        }),
        keys: keys.iter().map(|key| row(key, &grant)).collect(),
    };
    page(StatusCode::OK, &view)
}

fn row(key: &ApiKey, member: &Member) -> ApiKeyRow {
    let local = &member.local;
    let soon = member.now.plus(Duration::from_hours(SOON * 24)) >= key.expires_at;
    let state = match key.revoked_at {
        Some(at) => KeyState::Revoked(view::moment(at, local)),
        None if !key.counts(member.now) => KeyState::Ended,
        None if soon => KeyState::EndsSoon,
        None => KeyState::Counts,
    };
    ApiKeyRow {
        revoke: key.counts(member.now).then(|| format!("{HERE}/{}/revoke", key.id)),
        name: key.name.clone(),
        ending: key.ending.clone(),
        grants: key.permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", "),
        state,
        until: view::date(last_instant(key.expires_at), local),
        made: view::moment(key.created_at, local),
        by: key.created_by.name.clone(),
        used: key.last_used_at.map(|at| view::moment(at, local)),
        from: key.last_address.clone(),
    }
}

/// What lies just before an end: an end at midnight makes the day before the last one.
fn last_instant(end: Timestamp) -> Timestamp {
    end.minus(Duration::from_micros(1))
}

pub(super) async fn new(State(web): State<Web>, visit: Visit, May(grant): May<ApiKeys>) -> Answer {
    let end = web.app.now().plus(Duration::from_hours(u64::from(DAYS) * 24));
    let sent = Sent { last_day: days::date(end, &grant.local).to_string(), ..Sent::default() };
    let fields = fields(&api_keys::givable(&grant), &sent, &[]);
    page(StatusCode::OK, &form(&visit, api_keys::new_id(&web.app), fields))
}

/// What the form held.
#[derive(Default)]
struct Sent {
    name: String,
    permissions: Vec<String>,
    last_day: String,
}

pub(super) async fn make(State(web): State<Web>, visit: Visit, May(grant): May<ApiKeys>, pairs: Pairs) -> Answer {
    let id: ApiKeyId = pairs.first("_id").parse().map_err(|_| Problem::Unreadable)?;
    let ticked = pairs.0.iter().filter(|(name, _)| name.starts_with("permissions.")).map(|(_, word)| word.clone());
    let sent = Sent {
        name: pairs.first("name").to_owned(),
        permissions: ticked.collect(),
        last_day: pairs.first("expires_at").to_owned(),
    };
    let expires_at = setup::until(sent.last_day.trim(), &grant.local.time_zone).ok();
    let typed = Typed { name: sent.name.clone(), permissions: sent.permissions.clone(), expires_at };
    match api_keys::make(&web.app, &grant, id, &typed).await {
        Ok(made) => {
            let view = ApiKeyMadePage {
                shell: visit.shell(),
                name: made.key.name,
                token: made.token.expose_secret().to_owned(),
                until: view::date(last_instant(made.key.expires_at), &grant.local),
            };
            page(StatusCode::OK, &view)
        }
        Err(AppError::Invalid(errors)) => {
            let fields = fields(&api_keys::givable(&grant), &sent, &errors);
            page(StatusCode::UNPROCESSABLE_ENTITY, &form(&visit, id, fields))
        }
        Err(error) => Err(error.into()),
    }
}

fn form(visit: &Visit, id: ApiKeyId, fields: Vec<Field>) -> PeopleFormPage {
    PeopleFormPage {
        shell: visit.shell(),
        section: Place::ApiKeys,
        stored: None,
        heading: "New API key",
        intro: "A program that sends this key may do what you tick here, in this tenant, until its last day. Tick as little as it needs.",
        up: HERE.to_owned(),
        post_href: format!("{HERE}/new"),
        hidden: ("_id", id.to_string()),
        fields,
        what: "No key was made.",
        refusal: None,
        verb: "Make key",
    }
}

/// The name, the last day, and a field of boxes for each module.
fn fields(givable: &[Permission], sent: &Sent, errors: &[FieldError]) -> Vec<Field> {
    let error = |name: &str| errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
    let name = Field {
        required: true,
        hint: Some("What it is for, such as the system that will use it.".to_owned()),
        error: error("name"),
        ..Field::new("name", "Name", Control::Text { kind: TextKind::Plain, value: sent.name.clone() })
    };
    let end = Field {
        required: true,
        hint: Some("At most a year away. Make another key before then, and revoke this one.".to_owned()),
        error: error("expires_at"),
        ..Field::new("expires_at", "Last day", Control::Date { value: sent.last_day.clone() })
    };
    let mut all = vec![name, end];
    let mut refused = error("permissions");
    for (heading, group) in view::by_module(givable.iter().copied()) {
        let option = |permission: &Permission| Choice {
            value: permission.to_string(),
            label: format!("{} ({permission})", view::permission_words(*permission)),
            selected: sent.permissions.iter().any(|word| word == permission.as_str()),
        };
        let options = group.iter().map(option).collect();
        let name = format!("permissions.{}", group[0].module());
        all.push(Field { error: refused.take(), ..Field::new(name, heading, Control::Choices { options }) });
    }
    all
}

pub(super) async fn ask_revoke(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<ApiKeys>,
    At(key): At<ApiKeyId>,
) -> Answer {
    let key = api_keys::find(&web.app, &grant, key).await?;
    let view = ApiKeyRevokePage {
        shell: visit.shell(),
        href: format!("{HERE}/{}/revoke", key.id),
        used: key.last_used_at.map(|at| view::moment(at, &grant.local)),
        name: key.name,
        ending: key.ending,
    };
    page(StatusCode::OK, &view)
}

pub(super) async fn revoke(State(web): State<Web>, May(grant): May<ApiKeys>, At(key): At<ApiKeyId>) -> Answer {
    api_keys::revoke(&web.app, &grant, key).await?;
    Ok(Redirect::to(&format!("{HERE}?done=revoked")).into_response())
}
