//! The tenant's channels: how each fares, and where its provider sends callbacks.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::callbacks;
use dossier_app::grant::{Grant, Manage};
use dossier_app::lanes::{self, Health};
use dossier_domain::ChannelId;
use dossier_domain::breaker::TOO_MANY;
use serde::Deserialize;

use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{self, Address, ChannelDetail, ChannelRow, ChannelsPage, Fares};
use crate::visit::Visit;

const HERE: &str = "/settings/channels";

#[derive(Default, Deserialize)]
pub(super) struct Query {
    open: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Manage>,
    Asked(query): Asked<Query>,
) -> Answer {
    let all = lanes::health(&web.app, &grant).await?;
    // The only one is open from the start.
    let open = match (query.open, &all[..]) {
        (None, [only]) => Some(only.channel.id),
        (open, _) => open.and_then(|id| id.parse().ok()),
    };
    draw(&visit, &grant, &all, open, &Address::Hidden)
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
) -> Answer {
    callbacks::rotate(&web.app, &grant, channel).await?;
    tell(&web, &visit, &grant, channel, true).await
}

async fn tell(web: &Web, visit: &Visit, grant: &Grant<Manage>, channel: ChannelId, changed: bool) -> Answer {
    let address = match callbacks::address(&web.app, grant, channel).await? {
        Some(url) => Address::Shown { url, changed },
        None => Address::Nowhere { changed },
    };
    let all = lanes::health(&web.app, grant).await?;
    draw(visit, grant, &all, Some(channel), &address)
}

fn draw(visit: &Visit, grant: &Grant<Manage>, all: &[Health], open: Option<ChannelId>, address: &Address) -> Answer {
    let channels = all.iter().map(|health| row(health, open == Some(health.channel.id), address, grant)).collect();
    page(StatusCode::OK, &ChannelsPage { shell: visit.shell(), channels })
}

fn row(health: &Health, open: bool, address: &Address, grant: &Grant<Manage>) -> ChannelRow {
    let channel = &health.channel;
    let at = |at| view::moment(at, &grant.time_zone);
    let detail = || ChannelDetail {
        answered: health.lane.answered_at.map(at),
        failed: health.lane.failed_at.map(|when| (at(when), failure(health.lane.failure.as_deref()))),
        on_their_way: (health.places > 0).then(|| view::count(health.places)),
        address_href: format!("{HERE}/{}/address", channel.id),
        address: address.clone(),
    };
    ChannelRow {
        href: if open { format!("{HERE}?open=") } else { format!("{HERE}?open={}#open", channel.id) },
        name: channel.name.clone(),
        provider: health.provider.clone().unwrap_or_else(|| channel.handler.clone()),
        installed: health.provider.is_some(),
        active: channel.active,
        fares: fares(health, grant),
        opened: open.then(|| Box::new(detail())),
    }
}

fn fares(health: &Health, grant: &Grant<Manage>) -> Fares {
    let at = |at| view::soon(at, health.now, &grant.time_zone);
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
fn failure(kind: Option<&str>) -> String {
    match kind {
        Some("dns") => "No such host".to_owned(),
        Some("connect") => "No connection".to_owned(),
        Some("tls") => "TLS refused".to_owned(),
        Some("timeout") => "No answer in time".to_owned(),
        Some("interrupted") => "The answer broke off".to_owned(),
        Some(status) if status.bytes().all(|byte| byte.is_ascii_digit()) => format!("Answered with status {status}"),
        Some(other) => other.to_owned(),
        None => "No reason is kept".to_owned(),
    }
}
