//! The dashboard.

use std::ops::Range;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::dashboard::{Dashboard, dashboard};
use dossier_app::grant::{Grant, Read};
use dossier_app::lanes::Health;
use dossier_app::requests;
use dossier_domain::{Local, Timestamp};
use jiff::civil::Date;

use super::channels::{self, failure, fares};
use super::requests::set_up;
use crate::Web;
use crate::error::{Answer, administrators, show as page};
use crate::extract::May;
use crate::view::{
    self, AilingRow, Created, DashboardPage, Day, Figures, People, Requests, Start, Tile, last_days, status_look,
};
use crate::visit::Visit;

/// How many days the chart shows.
const DAYS: usize = 14;

pub(super) async fn show(State(web): State<Web>, visit: Visit, May(grant): May<Read>) -> Answer {
    let days = last_days(DAYS, grant.now, &grant.local);
    let spans: Vec<_> = days.iter().map(|(_, span)| span.clone()).collect();
    let Dashboard { counts, created, offered, ailing } = dashboard(&web.app, &grant, &spans).await?;
    let requests = if counts.all == 0 {
        Requests::None(start(&web, &visit, &grant, offered).await)
    } else {
        let days = days.iter().zip(created).map(|((date, span), count)| day(*date, span, count, &grant.local));
        let created = Created { zone: grant.local.time_zone.to_string(), days: days.collect() };
        Requests::Some(Figures { tiles: tiles(&counts), created })
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

fn day(date: Date, span: &Range<Timestamp>, count: u32, local: &Local) -> Day {
    Day {
        href: format!("/requests?since={date}&until={date}"),
        date: view::date(span.start, local),
        short: view::day_and_month(span.start, local),
        count,
    }
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
