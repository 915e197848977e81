//! The tenant's own settings: a form with a version.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::grant::Settings;
use dossier_app::settings::{self, Saved, Tenant, Typed};
use dossier_app::{AppError, FieldError};
use dossier_domain::{DateFormat, Local, Timestamp};
use serde::Deserialize;

use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{Asked, May, Pairs};
use crate::view::{self, Banner, Choice, GeneralPage, Outcome, isolate};
use crate::visit::Visit;

const HERE: &str = "/settings/general";
/// 23 November 2026 at noon, the day that shows how dates look.
const EXAMPLE: i64 = 1_795_435_200_000_000;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    done: Option<String>,
}

pub(super) async fn form(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    Asked(query): Asked<Query>,
) -> Answer {
    let tenant = settings::general(&web.app, &grant).await?;
    let saved = query.done.as_deref() == Some("saved");
    let banner = saved.then(|| Banner::new(Outcome::Good, "The settings were saved", ""));
    let said = Said { banner, ..Said::default() };
    page(StatusCode::OK, &draw(&visit, tenant.version, &Typed::from(&tenant), said))
}

pub(super) async fn save(State(web): State<Web>, visit: Visit, May(grant): May<Settings>, pairs: Pairs) -> Answer {
    let version = pairs.first("_version").parse().map_err(|_| Problem::Unreadable)?;
    let typed = Typed {
        name: pairs.first("name").to_owned(),
        time_zone: pairs.first("time_zone").to_owned(),
        dates: pairs.first("dates").to_owned(),
        create_needs_execute: pairs.get("create_needs_execute").is_some(),
    };
    match settings::change(&web.app, &grant, version, &typed).await {
        Ok(Saved::Done) => Ok(Redirect::to(&format!("{HERE}?done=saved")).into_response()),
        Ok(Saved::Stale(theirs)) => {
            let what = "Nothing was saved: somebody else has saved the settings meanwhile.";
            let said = Said { what, errors: differences(&typed, &theirs), banner: None };
            page(StatusCode::CONFLICT, &draw(&visit, theirs.version, &typed, said))
        }
        Err(AppError::Invalid(errors)) => {
            let said = Said { errors, ..Said::default() };
            page(StatusCode::UNPROCESSABLE_ENTITY, &draw(&visit, version, &typed, said))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where what is stored differs from what was sent, each with what is stored.
fn differences(typed: &Typed, theirs: &Tenant) -> Vec<FieldError> {
    let stored = Typed::from(theirs);
    let mut found = Vec::new();
    let mut compare = |field: &str, typed: &str, theirs: &str, shown: &str| {
        if typed.trim() != theirs {
            let said = format!("They saved “{}”. Save again to put yours over it, or choose theirs.", isolate(shown));
            found.push(FieldError::new(field, said));
        }
    };
    compare("name", &typed.name, &stored.name, &stored.name);
    compare("time_zone", &typed.time_zone, &stored.time_zone, &stored.time_zone);
    compare("dates", &typed.dates, &stored.dates, &example(theirs.local.dates));
    let word = |needs| if needs { "on" } else { "off" };
    let (mine, on) = (word(typed.create_needs_execute), word(stored.create_needs_execute));
    compare("create_needs_execute", mine, on, on);
    found
}

/// How a day looks.
fn example(dates: DateFormat) -> String {
    view::date(Timestamp::from_micros(EXAMPLE), &Local { dates, ..Local::UTC })
}

/// What a drawn form says beside what was typed.
struct Said {
    what: &'static str,
    errors: Vec<FieldError>,
    banner: Option<Banner>,
}

impl Default for Said {
    fn default() -> Self {
        Self { what: "Nothing was saved.", errors: Vec::new(), banner: None }
    }
}

fn draw(visit: &Visit, version: i64, typed: &Typed, said: Said) -> GeneralPage {
    let error = |name: &str| said.errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
    let choice = |&dates: &DateFormat| Choice {
        value: dates.to_string(),
        label: example(dates),
        selected: typed.dates == dates.as_str(),
    };
    GeneralPage {
        shell: visit.shell(),
        version,
        name: (typed.name.clone(), error("name")),
        time_zone: (typed.time_zone.clone(), error("time_zone")),
        time_zones: settings::time_zones(),
        dates: DateFormat::ALL.iter().map(choice).collect(),
        dates_error: error("dates"),
        create_needs_execute: typed.create_needs_execute,
        create_error: error("create_needs_execute"),
        what: said.what,
        banner: said.banner,
    }
}
