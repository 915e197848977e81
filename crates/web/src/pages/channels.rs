//! The tenant's channels: the list, each with how it fares and what tested it, where its provider sends callbacks, and the
//! page that asks before one is deleted.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::callbacks;
use dossier_app::channels::{self, Opened};
use dossier_app::grant::{Delete, Grant, Manage, Member, Read};
use dossier_app::lanes::{self, Health};
use dossier_connector::{Field, FieldKind};
use dossier_domain::breaker::TOO_MANY;
use dossier_domain::{ChannelId, ExchangeId, Permission};
use serde::Deserialize;
use serde_json::Value;

use super::logs;
use crate::Web;
use crate::error::{Answer, administrators, show as page};
use crate::extract::{Asked, At, May, Pairs};
use crate::view::{
    self, Address, Banner, ChannelDeletePage, ChannelPage, ChannelRow, ChannelsPage, Fares, Outcome, People, Standing,
};
use crate::visit::Visit;

pub(super) const HERE: &str = "/settings/channels";

#[derive(Default, Deserialize)]
pub(super) struct Query {
    done: Option<String>,
    open: Option<ExchangeId>,
}

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    Asked(query): Asked<Query>,
) -> Answer {
    let all = lanes::health(&web.app, &grant).await?;
    let add = grant.may(Permission::KycCreate);
    let names = if all.is_empty() && !add { administrators(&web, &visit).await } else { Vec::new() };
    let deleted = query.done.as_deref() == Some("deleted");
    let view = ChannelsPage {
        shell: visit.shell(),
        banner: deleted
            .then(|| Banner::new(Outcome::Good, "The channel was deleted", "Requests that used it still open.")),
        add,
        ask: People { names },
        channels: all.iter().map(|health| row(health, &grant)).collect(),
    };
    page(StatusCode::OK, &view)
}

fn row(health: &Health, member: &Member) -> ChannelRow {
    let channel = &health.channel;
    let standing = standing(health);
    ChannelRow {
        href: format!("{HERE}/{}", channel.id),
        name: channel.name.clone(),
        code: channel.code.to_string(),
        provider: health.provider().to_owned(),
        active: channel.active,
        order: channel.display_order,
        fares: fares(health, member),
        edit: member.may(Permission::KycUpdate) && standing == Standing::Open,
        delete: member.may(Permission::KycDelete),
        standing,
    }
}

fn standing(health: &Health) -> Standing {
    match &health.manifest {
        None => Standing::Missing,
        Some(manifest) if !health.licensed => Standing::Unlicensed(manifest.module.clone()),
        Some(_) => Standing::Open,
    }
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At(channel): At<ChannelId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let banner = match query.done.as_deref() {
        Some("added") => Some(Banner::new(Outcome::Good, "The channel was added", "")),
        Some("saved") => Some(Banner::new(Outcome::Good, "The channel was saved", "")),
        _ => None,
    };
    let address = grant.grant::<Manage>().is_ok().then_some(Address::Hidden);
    draw(&web, &visit, &grant, channel, query.open, address, banner).await
}

/// Shows the address, on this one page.
pub(super) async fn address(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Manage>,
    At(channel): At<ChannelId>,
) -> Answer {
    tell(&web, &visit, &grant, channel, false).await
}

pub(super) async fn rotate(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Manage>,
    At(channel): At<ChannelId>,
    pairs: Pairs,
) -> Answer {
    let round = pairs.first("round").parse().unwrap_or(-1);
    let changed = callbacks::rotate(&web.app, &grant, channel, round).await?;
    tell(&web, &visit, &grant, channel, changed).await
}

async fn tell(web: &Web, visit: &Visit, grant: &Grant<Manage>, channel: ChannelId, changed: bool) -> Answer {
    let read = grant.grant::<Read>()?;
    let address = match callbacks::address(&web.app, grant, channel).await? {
        Some(url) => Address::Shown { url, changed },
        None => Address::Nowhere { changed },
    };
    draw(web, visit, &read, channel, None, Some(address), None).await
}

async fn draw(
    web: &Web,
    visit: &Visit,
    grant: &Grant<Read>,
    id: ChannelId,
    open: Option<ExchangeId>,
    address: Option<Address>,
    banner: Option<Banner>,
) -> Answer {
    let opened = channels::open(&web.app, grant, id).await?;
    let call = match open {
        Some(call) => Some(channels::call(&web.app, grant, id, call).await?),
        None => None,
    };
    let (health, channel, href) = (&opened.health, &opened.health.channel, format!("{HERE}/{id}"));
    let tests = opened.tests.iter().map(|line| {
        let exchange = call.as_ref().filter(|call| call.line.id == line.id);
        let href = match exchange {
            Some(_) => format!("{href}#tests"),
            None => format!("{href}?open={}#open", line.id),
        };
        let detail = exchange.map(|exchange| logs::detail(exchange, &|_| None));
        logs::call(line, href, line.action.clone(), detail, &grant.local)
    });
    let at = |at| view::moment(at, &grant.local);
    let lane = &health.lane;
    let view = ChannelPage {
        shell: visit.shell(),
        banner,
        charts: super::address("/dashboard", [("channel", channel.id.to_string().as_str())]),
        name: channel.name.clone(),
        provider: health.provider().to_owned(),
        description: health.manifest.as_ref().map(|manifest| manifest.description.clone()).unwrap_or_default(),
        standing: standing(health),
        active: channel.active,
        facts: facts(&opened),
        fares: fares(health, grant),
        health: view::Health {
            signed_in: lane.signed_in_at.map(at),
            sign_in_failed: lane.sign_in_failed_at.map(|when| (at(when), failure(lane.sign_in_failure.as_deref()))),
            answered: lane.answered_at.map(at),
            failed: lane.failed_at.map(|when| (at(when), failure(lane.failure.as_deref()))),
            on_their_way: (health.places > 0).then(|| view::count(health.places)),
        },
        tests: tests.collect(),
        address,
        round: opened.round,
        uses: uses(opened.uses),
        edit: grant.may(Permission::KycUpdate),
        delete: grant.may(Permission::KycDelete),
        href,
    };
    page(StatusCode::OK, &view)
}

/// How a channel is set up, as labels and values.
fn facts(opened: &Opened) -> Vec<(String, String)> {
    let channel = &opened.health.channel;
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let mut facts = vec![
        fact("Code", channel.code.to_string()),
        fact("Handler", channel.handler.clone()),
        fact("Display order", channel.display_order.to_string()),
    ];
    let Some(manifest) = &opened.health.manifest else {
        let fields = channel.config.as_object().into_iter().flatten();
        facts.extend(fields.map(|(name, value)| (name.clone(), text(value))));
        facts.extend(opened.secrets.iter().map(|name| fact(name, "Set".to_owned())));
        return facts;
    };
    let value = |field: &Field| match field.kind {
        FieldKind::Secret if opened.secrets.contains(&field.name) => "Set".to_owned(),
        FieldKind::Secret => "Not set".to_owned(),
        _ => match channel.config.get(&field.name) {
            None | Some(Value::Null) => "None given".to_owned(),
            Some(value) => text(value),
        },
    };
    let flat = manifest.config.flat(&channel.config);
    facts.extend(flat.fields.iter().map(|field| (field.title.clone(), value(field))));
    facts
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        other => other.to_string(),
    }
}

fn uses(count: u32) -> Option<String> {
    match count {
        0 => None,
        1_000.. => Some("999+".to_owned()),
        count => Some(view::count(count.into())),
    }
}

pub(super) async fn ask_delete(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Delete>,
    At(channel): At<ChannelId>,
) -> Answer {
    let opened = channels::open(&web.app, &grant.grant()?, channel).await?;
    let view = ChannelDeletePage {
        shell: visit.shell(),
        href: format!("{HERE}/{channel}"),
        provider: opened.health.provider().to_owned(),
        uses: uses(opened.uses),
        name: opened.health.channel.name,
    };
    page(StatusCode::OK, &view)
}

pub(super) async fn delete(State(web): State<Web>, May(grant): May<Delete>, At(channel): At<ChannelId>) -> Answer {
    channels::remove(&web.app, &grant, channel).await?;
    Ok(Redirect::to(&format!("{HERE}?done=deleted")).into_response())
}

/// How its calls fare, in the words of the pages.
pub(super) fn fares(health: &Health, member: &Member) -> Fares {
    let at = |at| view::soon(at, health.now, &member.local);
    let lane = &health.lane;
    match (health.stopped_until(), health.paused_until()) {
        (Some(until), _) => Fares::Stopped(at(until)),
        (None, Some(until)) => Fares::Paused(at(until)),
        (None, None) if lane.breaker.closed_until.is_some() => Fares::Trying,
        (None, None) if lane.breaker.failures > 0 => Fares::Failing { failures: lane.breaker.failures, most: TOO_MANY },
        (None, None) if lane.answered_at.is_some() => Fares::Answering,
        (None, None) => Fares::NotCalled,
    }
}

/// How a call failed, in words, from the connector's word or the status of the answer.
pub(super) fn failure(kind: Option<&str>) -> String {
    match kind {
        Some("dns") => "No such host".to_owned(),
        Some("connect") => "No connection".to_owned(),
        Some("tls") => "TLS refused".to_owned(),
        Some("timeout") => "No answer in time".to_owned(),
        Some("interrupted") => "The answer broke off".to_owned(),
        Some("refused") => "Not allowed out".to_owned(),
        Some("too_large") => "The answer was too large".to_owned(),
        Some(status) if status.bytes().all(|byte| byte.is_ascii_digit()) => format!("Answered with status {status}"),
        Some(other) => other.to_owned(),
        None => "No reason is kept".to_owned(),
    }
}
