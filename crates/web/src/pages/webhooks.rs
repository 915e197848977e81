//! Webhooks: the list, one of them with its deliveries, one delivery, and what is done to them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::grant::{Needs, Settings};
use dossier_app::logs::Cursor;
use dossier_app::webhooks::{self, Delivery, Made, Opened, Webhook};
use dossier_domain::{DeliveryId, DeliveryState, Local, Permission, WebhookId, WebhookState};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::channels::failure;
use super::users::Done;
use super::webhook_form;
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{Asked, At, May, Pairs};
use crate::routes::Routes;
use crate::view::{
    self, AttemptRow, Banner, Choice, DeliveryPage, DeliveryRow, Outcome, Pager, WebhookDeletePage, WebhookPage,
    WebhookRotatePage, WebhookRow, WebhookSecretPage, WebhooksPage, isolate,
};
use crate::visit::Visit;

pub(super) const HERE: &str = "/settings/webhooks";
const NEEDS: Needs = Needs::Portal(Permission::SettingsManage);
/// How many deliveries one page shows.
const SIZE: u32 = 25;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings/webhooks", NEEDS, list)
        .get("/settings/webhooks/new", NEEDS, webhook_form::new)
        .post("/settings/webhooks/new", NEEDS, webhook_form::create)
        .get("/settings/webhooks/{webhook}", NEEDS, show)
        .get("/settings/webhooks/{webhook}/edit", NEEDS, webhook_form::edit)
        .post("/settings/webhooks/{webhook}/edit", NEEDS, webhook_form::update)
        .get("/settings/webhooks/{webhook}/secret", NEEDS, ask_rotate)
        .post("/settings/webhooks/{webhook}/secret", NEEDS, rotate)
        .post("/settings/webhooks/{webhook}/test", NEEDS, test)
        .post("/settings/webhooks/{webhook}/redeliver", NEEDS, again)
        .get("/settings/webhooks/{webhook}/deliveries/{delivery}", NEEDS, delivery)
        .post("/settings/webhooks/{webhook}/deliveries/{delivery}/redeliver", NEEDS, redeliver)
        .post("/settings/webhooks/{webhook}/disable", NEEDS, disable)
        .post("/settings/webhooks/{webhook}/enable", NEEDS, enable)
        .get("/settings/webhooks/{webhook}/delete", NEEDS, ask_delete)
        .post("/settings/webhooks/{webhook}/delete", NEEDS, delete)
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    Asked(query): Asked<Done>,
) -> Answer {
    let all = webhooks::list(&web.app, &grant).await?;
    let deleted = query.done.as_deref() == Some("deleted");
    let deleted =
        deleted.then(|| Banner::new(Outcome::Good, "The webhook was deleted", "Nothing is sent there any more."));
    let stopped = all.iter().filter_map(|webhook| {
        let (title, text) = stopped(webhook)?;
        Some(Banner::new(Outcome::Alert, title, text).with(format!("{HERE}/{}", webhook.id), "See what came of it"))
    });
    let view = WebhooksPage {
        shell: visit.shell(),
        banners: deleted.into_iter().chain(stopped).collect(),
        webhooks: all.iter().map(|webhook| row(webhook, &grant.local)).collect(),
    };
    page(StatusCode::OK, &view)
}

/// What is said of a webhook that Dossier itself has disabled.
fn stopped(webhook: &Webhook) -> Option<(String, &'static str)> {
    let name = isolate(&webhook.setup.name);
    match webhook.state {
        WebhookState::Active | WebhookState::Disabled => None,
        WebhookState::Failing => Some((
            format!("{name} is disabled: for three days nothing arrived"),
            "What happens is not told there. Mend the program that receives, enable the webhook, and send everything again that did not arrive.",
        )),
        WebhookState::Gone => Some((
            format!("{name} is disabled: its receiver answered that it is gone"),
            "What happens is not told there. Delete the webhook if nobody needs it; otherwise correct its address and enable it.",
        )),
    }
}

fn row(webhook: &Webhook, local: &Local) -> WebhookRow {
    let events = webhook.setup.events.len();
    WebhookRow {
        href: format!("{HERE}/{}", webhook.id),
        name: webhook.setup.name.clone(),
        url: webhook.setup.url.clone(),
        told: if events == 0 { "Everything".to_owned() } else { view::plural(events, "event") },
        state: view::webhook_state(webhook.state),
        arrived: webhook.delivered_at.map(|at| view::moment(at, local)),
        failing: (webhook.failures > 0).then(|| failure(webhook.failure.as_deref())),
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Query {
    done: Option<String>,
    state: Option<String>,
    from: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At(id): At<WebhookId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let Opened { webhook, overlap } = webhooks::open(&web.app, &grant, id).await?;
    let state: Option<DeliveryState> = query.state.as_deref().and_then(|word| word.parse().ok());
    let from: Option<Cursor> = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let found = webhooks::deliveries(&web.app, &grant, id, state, from, SIZE).await?;
    let href = format!("{HERE}/{id}");
    let active = webhook.state == WebhookState::Active;
    let at = |at| view::moment(at, &grant.local);
    let lost = |delivery: &Delivery| matches!(delivery.state, DeliveryState::Failed | DeliveryState::Stopped);
    let to = |cursor: Option<Cursor>| {
        cursor.map(|cursor| {
            let (word, cursor) = (state.map_or("", DeliveryState::as_str), cursor.to_string());
            super::address(&href, [("state", word), ("from", cursor.as_str())])
        })
    };
    let choice = |&one: &DeliveryState| Choice {
        value: one.to_string(),
        label: outcome(one).to_owned(),
        selected: state == Some(one),
    };
    let view = WebhookPage {
        shell: visit.shell(),
        banners: banner(query.done.as_deref(), active)
            .into_iter()
            .chain(stopped(&webhook).map(|(title, text)| Banner::new(Outcome::Alert, title, text)))
            .collect(),
        state: view::webhook_state(webhook.state),
        active,
        events: webhook.setup.events.iter().map(ToString::to_string).collect(),
        arrived: webhook.delivered_at.map(at),
        failed: webhook.failed_at.map(|when| (at(when), failure(webhook.failure.as_deref()))),
        paused: webhook.paused_until.filter(|until| *until > grant.now).map(at),
        overlap: overlap.map(at),
        deliveries: found
            .rows
            .iter()
            .map(|delivery| DeliveryRow {
                href: format!("{href}/deliveries/{}", delivery.id),
                at: at(delivery.created_at),
                kind: delivery.kind.to_string(),
                state: view::delivery_state(delivery.state, delivery.tries > 0),
                attempts: delivery.attempts,
                next: delivery.next_at.map(at),
            })
            .collect(),
        states: DeliveryState::ALL.iter().map(choice).collect(),
        narrow: state.is_some(),
        again: active && found.rows.iter().any(lost),
        pager: Pager { text: String::new(), newer: to(found.newer), older: to(found.older) },
        name: webhook.setup.name,
        url: webhook.setup.url,
        href,
    };
    page(StatusCode::OK, &view)
}

fn outcome(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "On its way",
        DeliveryState::Delivered => "Delivered",
        DeliveryState::Failed => "Not delivered",
        DeliveryState::Stopped => "Stopped",
    }
}

fn banner(done: Option<&str>, active: bool) -> Option<Banner> {
    let (title, text) = match done? {
        "saved" => {
            ("The webhook was saved", "It counts from the next event; what waits already is sent to the new address.")
        }
        "enabled" if active => (
            "The webhook was enabled",
            "It is told what happens from now on. What did not arrive before can be sent again.",
        ),
        "disabled" if !active => {
            ("The webhook was disabled", "What happens is not told there until it is enabled again.")
        }
        "again" => ("What did not arrive is on its way again", ""),
        _ => return None,
    };
    Some(Banner::new(Outcome::Good, title, text))
}

fn back(id: WebhookId, done: &str) -> Response {
    Redirect::to(&format!("{HERE}/{id}?done={done}")).into_response()
}

pub(super) async fn enable(State(web): State<Web>, May(grant): May<Settings>, At(id): At<WebhookId>) -> Answer {
    webhooks::enable(&web.app, &grant, id).await?;
    Ok(back(id, "enabled"))
}

pub(super) async fn disable(State(web): State<Web>, May(grant): May<Settings>, At(id): At<WebhookId>) -> Answer {
    webhooks::disable(&web.app, &grant, id).await?;
    Ok(back(id, "disabled"))
}

pub(super) async fn again(State(web): State<Web>, May(grant): May<Settings>, At(id): At<WebhookId>) -> Answer {
    webhooks::redeliver_all(&web.app, &grant, id).await?;
    Ok(back(id, "again"))
}

pub(super) async fn test(State(web): State<Web>, May(grant): May<Settings>, At(id): At<WebhookId>) -> Answer {
    let delivery = webhooks::test(&web.app, &grant, id).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}/deliveries/{delivery}?done=tested")).into_response())
}

pub(super) async fn redeliver(
    State(web): State<Web>,
    May(grant): May<Settings>,
    At((id, delivery)): At<(WebhookId, DeliveryId)>,
) -> Answer {
    webhooks::redeliver(&web.app, &grant, id, delivery).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}/deliveries/{delivery}?done=again")).into_response())
}

pub(super) async fn delivery(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At((id, delivery)): At<(WebhookId, DeliveryId)>,
    Asked(query): Asked<Done>,
) -> Answer {
    let (webhook, delivery, attempts) = webhooks::delivery(&web.app, &grant, id, delivery).await?;
    let waits = delivery.state == DeliveryState::Pending;
    let title = match query.done.as_deref() {
        Some("tested") if waits => Some("The test is on its way"),
        Some("tested") => Some("The test was sent"),
        Some("again") if waits => Some("It is on its way again"),
        Some("again") => Some("It was sent again"),
        _ => None,
    };
    let (up, exact) = (format!("{HERE}/{id}"), |at| view::exact(at, &grant.local));
    let href = format!("{up}/deliveries/{}", delivery.id);
    let text = if waits { "In a moment this page says what came of it." } else { "What came of it stands below." };
    let banner = title.map(|title| {
        let banner = Banner::new(Outcome::Neutral, title, text);
        if waits { banner.with(href.clone(), "Look again") } else { banner }
    });
    let view = DeliveryPage {
        shell: visit.shell(),
        banner,
        name: webhook.setup.name,
        kind: delivery.kind.to_string(),
        state: view::delivery_state(delivery.state, delivery.tries > 0),
        event: delivery.event.to_string(),
        at: exact(delivery.created_at),
        next: delivery.next_at.filter(|_| delivery.tries > 0).map(exact),
        again: webhook.state == WebhookState::Active,
        attempts: attempts
            .into_iter()
            .map(|attempt| AttemptRow {
                at: exact(attempt.at),
                answer: match attempt.status {
                    Some(status) => view::answered(status),
                    None => view::broken(attempt.failure.as_deref()),
                },
                took: view::took(attempt.took),
                said: attempt.said,
                quoted: attempt.status.is_some(),
            })
            .collect(),
        payload: delivery.payload,
        href,
        up,
    };
    page(StatusCode::OK, &view)
}

/// The page that shows a secret, once.
pub(super) fn shown(visit: &Visit, local: &Local, made: &Made, fresh: bool) -> Answer {
    let view = WebhookSecretPage {
        shell: visit.shell(),
        href: format!("{HERE}/{}", made.webhook.id),
        name: made.webhook.setup.name.clone(),
        secret: made.secret.expose_secret().to_owned(),
        fresh,
        overlap: made.overlap.map(|until| view::moment(until, local)),
    };
    page(StatusCode::OK, &view)
}

pub(super) async fn ask_rotate(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At(id): At<WebhookId>,
) -> Answer {
    let Webhook { setup, version, .. } = webhooks::open(&web.app, &grant, id).await?.webhook;
    let view = WebhookRotatePage { shell: visit.shell(), href: format!("{HERE}/{id}"), name: setup.name, version };
    page(StatusCode::OK, &view)
}

pub(super) async fn rotate(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At(id): At<WebhookId>,
    pairs: Pairs,
) -> Answer {
    let version = pairs.first("_version").parse().map_err(|_| Problem::Unreadable)?;
    let at_once = pairs.get("at_once").is_some();
    let made = webhooks::rotate(&web.app, &grant, id, version, at_once).await?;
    shown(&visit, &grant.local, &made, false)
}

pub(super) async fn ask_delete(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Settings>,
    At(id): At<WebhookId>,
) -> Answer {
    let setup = webhooks::open(&web.app, &grant, id).await?.webhook.setup;
    let view =
        WebhookDeletePage { shell: visit.shell(), href: format!("{HERE}/{id}"), name: setup.name, url: setup.url };
    page(StatusCode::OK, &view)
}

pub(super) async fn delete(State(web): State<Web>, May(grant): May<Settings>, At(id): At<WebhookId>) -> Answer {
    webhooks::remove(&web.app, &grant, id).await?;
    Ok(Redirect::to(&format!("{HERE}?done=deleted")).into_response())
}
