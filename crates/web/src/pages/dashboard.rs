//! The dashboard.

mod charts;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::dashboard::{Dashboard, dashboard};
use dossier_app::grant::{Grant, Read};
use dossier_app::lanes::Health;
use dossier_app::requests;
use dossier_domain::ChannelId;
use serde::Deserialize;

use super::channels::{self, failure, fares};
use super::requests::set_up;
use crate::Web;
use crate::error::{Answer, administrators, show as page};
use crate::extract::{Asked, May};
use crate::view::{self, AilingRow, DashboardPage, Figures, People, Requests, Start, Tile, status_look};
use crate::visit::Visit;

const HERE: &str = "/dashboard";

/// What the charts are about. What nobody can read asks for nothing.
#[derive(Default, Deserialize)]
pub(super) struct Query {
    period: Option<String>,
    channel: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    Asked(query): Asked<Query>,
) -> Answer {
    let period = charts::period(query.period.as_deref());
    let channel: Option<ChannelId> = query.channel.as_deref().and_then(|id| id.parse().ok());
    let Dashboard { counts, offered, ailing, channels, figures } = dashboard(&web.app, &grant, period, channel).await?;
    let requests = if counts.all == 0 {
        Requests::None(start(&web, &visit, &grant, offered).await)
    } else {
        let over = charts::over(&figures, period, &channels, &grant.local);
        Requests::Some(Figures { tiles: tiles(&counts), over })
    };
    let ailing = ailing.iter().map(|health| row(health, &grant)).collect();
    page(StatusCode::OK, &DashboardPage { shell: visit.shell(), requests, ailing })
}

/// What leads to the first request.
async fn start(web: &Web, visit: &Visit, grant: &Grant<Read>, offered: bool) -> Start {
    if requests::may_create(grant).is_err() {
        return Start::Refused(People { names: administrators(web, visit).await });
    }
    if offered { Start::Request } else { Start::Channel(set_up(web, visit).await) }
}

/// What asks for a person stands first.
fn tiles(counts: &requests::Counts) -> Vec<Tile> {
    let attention = Tile {
        href: "/requests?attention=yes".to_owned(),
        look: view::ATTENTION,
        count: counts.attention,
        alarm: counts.attention > 0,
    };
    let each = counts.by_status.iter().map(|&(status, count)| Tile {
        href: format!("/requests?status={status}"),
        look: status_look(status),
        count,
        alarm: false,
    });
    [attention].into_iter().chain(each).collect()
}

fn row(health: &Health, grant: &Grant<Read>) -> AilingRow {
    let failed = health.lane.failed_at.map(|at| {
        let at = view::clock(at, health.now, &grant.local);
        (at, failure(health.lane.failure.as_deref()))
    });
    AilingRow {
        href: format!("{}/{}", channels::HERE, health.channel.id),
        name: health.channel.name.clone(),
        provider: health.provider().to_owned(),
        fares: fares(health, grant),
        failed,
    }
}
