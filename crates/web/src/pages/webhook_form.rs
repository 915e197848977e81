//! The form of a webhook: added, changed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::grant::Settings;
use dossier_app::webhooks::{self, Saved, Setup, Typed, Webhook};
use dossier_app::{AppError, FieldError};
use dossier_domain::{WebhookEvent, WebhookId};

use super::webhooks::{HERE, shown};
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{At, May, Pairs};
use crate::view::{Choice, Control, Field, PeopleFormPage, Place, TextKind, isolate};
use crate::visit::Visit;

const SAVED: &str = "Nothing was saved.";
const STALE: &str = "Nothing was saved: somebody else has changed this webhook meanwhile.";

/// What an event is called on pages.
fn words(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::RequestCreated => "Request created",
        WebhookEvent::RequestUpdated => "Reference changed",
        WebhookEvent::RequestStatusChanged => "Status changed",
        WebhookEvent::RequestVerdictChanged => "Verdict changed",
        WebhookEvent::RequestDeleted => "Request deleted",
        WebhookEvent::RunStarted => "Run started",
        WebhookEvent::RunAccepted => "Run accepted by its provider",
        WebhookEvent::RunEnded => "Run ended",
        WebhookEvent::ResultCreated => "Result stored",
        WebhookEvent::ChannelCreated => "Channel added",
        WebhookEvent::ChannelUpdated => "Channel changed",
        WebhookEvent::ChannelDeleted => "Channel deleted",
        WebhookEvent::WebhookTested => "Test",
    }
}

fn typed(pairs: &Pairs) -> Typed {
    let events = pairs.0.iter().filter(|(name, _)| name == "events").map(|(_, word)| word.clone());
    Typed { name: pairs.first("name").to_owned(), url: pairs.first("url").to_owned(), events: events.collect() }
}

fn fields(typed: &Typed, errors: &[FieldError]) -> Vec<Field> {
    let error = |name: &str| errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
    let text = |kind, value: &str| Control::Text { kind, value: value.to_owned() };
    let choice = |event: WebhookEvent| Choice {
        value: event.to_string(),
        label: format!("{} ({event})", words(event)),
        selected: typed.events.iter().any(|word| word == event.as_str()),
    };
    vec![
        Field {
            hint: Some("What receives: Core banking, for instance.".to_owned()),
            required: true,
            error: error("name"),
            ..Field::new("name", "Name", text(TextKind::Plain, &typed.name))
        },
        Field {
            hint: Some("It takes posts over HTTPS, from outside of this server’s own network.".to_owned()),
            required: true,
            error: error("url"),
            ..Field::new("url", "Address", text(TextKind::Url, &typed.url))
        },
        Field {
            hint: Some("Tick none to tell of everything, also of what later versions tell.".to_owned()),
            error: error("events"),
            ..Field::new(
                "events",
                "Told of",
                Control::Choices { options: WebhookEvent::choices().map(choice).collect() },
            )
        },
    ]
}

fn fresh(visit: &Visit, id: WebhookId, fields: Vec<Field>, refusal: Option<&'static str>) -> PeopleFormPage {
    PeopleFormPage {
        shell: visit.shell(),
        section: Place::Webhooks,
        stored: None,
        heading: "Add webhook",
        intro: "Its signing secret is made when it is added, and shown once.",
        up: HERE.to_owned(),
        post_href: format!("{HERE}/new"),
        hidden: ("_id", id.to_string()),
        fields,
        what: SAVED,
        refusal,
        verb: "Add webhook",
    }
}

pub(super) async fn new(State(web): State<Web>, visit: Visit, May(_): May<Settings>) -> Answer {
    page(StatusCode::OK, &fresh(&visit, webhooks::new_id(&web.app), fields(&Typed::default(), &[]), None))
}

pub(super) async fn create(State(web): State<Web>, visit: Visit, May(grant): May<Settings>, pairs: Pairs) -> Answer {
    let id: WebhookId = pairs.first("_id").parse().map_err(|_| Problem::Unreadable)?;
    let typed = typed(&pairs);
    match webhooks::create(&web.app, &grant, id, &typed).await {
        Ok(made) => shown(&visit, &grant.local, &made, true),
        Err(AppError::Invalid(errors)) => {
            page(StatusCode::UNPROCESSABLE_ENTITY, &fresh(&visit, id, fields(&typed, &errors), None))
        }
        Err(AppError::KeyReused) => {
            let why = "This form added a webhook before. Send it again to add another one.";
            let id = webhooks::new_id(&web.app);
            page(StatusCode::CONFLICT, &fresh(&visit, id, fields(&typed, &[]), Some(why)))
        }
        Err(error) => Err(error.into()),
    }
}

fn changed(visit: &Visit, stored: &Webhook, version: i64, fields: Vec<Field>) -> PeopleFormPage {
    let here = format!("{HERE}/{}", stored.id);
    PeopleFormPage {
        stored: Some(stored.setup.name.clone()),
        intro: "The signing secret stays as it is.",
        post_href: format!("{here}/edit"),
        up: here,
        hidden: ("_version", version.to_string()),
        verb: "Save webhook",
        ..fresh(visit, stored.id, fields, None)
    }
}

pub(super) async fn edit(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At(id): At<WebhookId>,
) -> Answer {
    let stored = webhooks::open(&web.app, &grant, id).await?.webhook;
    let fields = fields(&Typed::from(&stored.setup), &[]);
    page(StatusCode::OK, &changed(&visit, &stored, stored.version, fields))
}

pub(super) async fn update(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At(id): At<WebhookId>,
    pairs: Pairs,
) -> Answer {
    let version = pairs.first("_version").parse().map_err(|_| Problem::Unreadable)?;
    let typed = typed(&pairs);
    match webhooks::update(&web.app, &grant, id, version, &typed).await {
        Ok(Saved::Done) => Ok(Redirect::to(&format!("{HERE}/{id}?done=saved")).into_response()),
        Ok(Saved::Stale(stored)) => {
            let errors = differences(&typed, &stored.setup);
            let alone = "Its state or its secret has changed. Save again to put what you typed over the rest.";
            let mut view = changed(&visit, &stored, stored.version, fields(&typed, &errors));
            (view.what, view.refusal) = (STALE, errors.is_empty().then_some(alone));
            page(StatusCode::CONFLICT, &view)
        }
        Err(AppError::Invalid(errors)) => {
            let stored = webhooks::open(&web.app, &grant, id).await?.webhook;
            page(StatusCode::UNPROCESSABLE_ENTITY, &changed(&visit, &stored, version, fields(&typed, &errors)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where what is stored differs from what was typed, each with what is stored.
fn differences(typed: &Typed, stored: &Setup) -> Vec<FieldError> {
    let theirs = Typed::from(stored);
    let mut found = Vec::new();
    let mut compare = |field: &str, mine: &str, theirs: &str| {
        if mine.trim() != theirs {
            let said = format!("They saved “{}”. Save again to put yours over it, or choose theirs.", isolate(theirs));
            found.push(FieldError::new(field, said));
        }
    };
    compare("name", &typed.name, &theirs.name);
    compare("url", &typed.url, &theirs.url);
    let list = |events: &[String]| {
        let mut events = events.to_vec();
        events.sort();
        if events.is_empty() { "everything".to_owned() } else { events.join(", ") }
    };
    compare("events", &list(&typed.events), &list(&theirs.events));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_events_are_called_the_same() {
        let mut called: Vec<_> = WebhookEvent::ALL.iter().map(|event| words(*event)).collect();
        called.sort_unstable();
        called.dedup();
        assert_eq!(called.len(), WebhookEvent::ALL.len());
        assert_eq!(webhooks::OVERLAP.as_secs(), 24 * 3_600, "the page that replaces a secret says so");
    }
}
