//! Figures over time: what was counted in the background is what the rows say, wherever the tenant is.

use std::time::Duration;

use dossier_app::daily;
use dossier_app::requests::{self, Mark, mark};
use dossier_app::settings::{self, Saved, Typed};
use dossier_domain::{BuiltInRole, RequestStatus};
use dossier_testkit::{Desk, Firm, Page};
use serde_json::json;

use super::{between, dashboard, days, lead_to_their_lists, said, tiles};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The dashboard when nothing is left to be counted, with `query` in its address.
async fn counted(desk: &Desk, firm: &Firm<'_>, query: &str) -> Page {
    for _ in 0..400 {
        daily::sweep(&desk.app).await.unwrap();
        desk.app.nudge();
        if !firm.counts_days().await {
            let page = firm.visitor(BuiltInRole::Viewer).await.get(&format!("/dashboard{query}")).await;
            assert_eq!(page.status, 200, "{}", page.words());
            assert!(!page.words().contains("still being counted"), "{}", page.words());
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody counted the days");
}

/// NAV-2
#[tokio::test]
async fn days_that_are_over_are_counted_in_the_background_and_again_when_their_requests_change() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    let (first, second) = (firm.request("Ended later").await, firm.request("Deleted later").await);
    firm.request("Stays").await;
    desk.clock.advance(DAY * 3);
    firm.request("Three days later").await;

    let page = counted(&desk, &firm, "").await;
    let lines = days(&page);
    assert_eq!(said(&lines)[..4], [("26 Nov 2026", 1), ("25 Nov 2026", 0), ("24 Nov 2026", 0), ("23 Nov 2026", 3)]);
    lead_to_their_lists(&firm, &lines).await;
    assert!(page.words().contains("4 requests were created in the last 14 days."), "{}", page.words());

    mark(&desk.app, &grant, first, &Mark::to(RequestStatus::Completed)).await.unwrap();
    let may_delete = firm.member(BuiltInRole::Manager).await.grant().unwrap();
    requests::remove(&desk.app, &may_delete, second, None).await.unwrap();
    let page = counted(&desk, &firm, "").await;
    assert_eq!(said(&days(&page))[3], ("23 Nov 2026", 2), "without the deleted one");
    let href = "/requests?status=completed&#38;since=2026-11-23&#38;until=2026-11-23\">1</a>";
    assert!(page.text.contains(href), "{}", page.text);
    let months = days(&counted(&desk, &firm, "?period=months").await);
    assert_eq!((months.len(), said(&months)[0], said(&months)[1]), (12, ("Nov 2026", 3), ("Oct 2026", 0)));
    lead_to_their_lists(&firm, &months).await;
    let weeks = days(&counted(&desk, &firm, "?period=weeks").await);
    assert_eq!((weeks.len(), said(&weeks)[0]), (13, ("20 Nov to 26 Nov 2026", 3)));
    lead_to_their_lists(&firm, &weeks).await;
}

/// NAV-2
#[tokio::test]
async fn a_change_that_nobody_marked_is_in_the_figures_after_a_week() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Stays").await;
    firm.request("Gone").await;
    desk.clock.advance(DAY * 4);
    let of_the_23rd = async || {
        let lines = days(&counted(&desk, &firm, "").await);
        lines.iter().find(|line| line.word == "23 Nov 2026").unwrap().count
    };
    assert_eq!(of_the_23rd().await, 2);
    firm.change("UPDATE request SET deleted_at = created_at WHERE reference = 'Gone'").await;
    desk.clock.advance(DAY * 6);
    assert_eq!(of_the_23rd().await, 2, "the control: it was not marked");
    desk.clock.advance(DAY + HOUR);
    assert_eq!(of_the_23rd().await, 1);
}

// The clocks of New York go forward in the night to 14 March 2027.
/// NAV-2
#[tokio::test]
async fn a_day_is_as_long_as_it_is_where_the_tenant_is() {
    let desk = Desk::open().await;
    let (south, west) = (desk.firm("Aloe Bank").await, desk.firm("Hudson Trust").await);
    west.change("UPDATE tenant SET time_zone = 'America/New_York' WHERE name = 'Hudson Trust'").await;
    // From noon on 23 November 2026 in UTC to 04:30 on 14 March, which is half past eleven of the day before in New York.
    desk.clock.advance(DAY * 110 + HOUR * 16 + HOUR / 2);
    for name in ["Before midnight", "After midnight", "After the change"] {
        south.request(name).await;
        west.request(name).await;
        desk.clock.advance(HOUR);
    }
    // The day has 23 hours in New York: 21 hours later it is over there, by half an hour.
    desk.clock.advance(HOUR * 21);
    south.request("The next day").await;
    west.request("The next day").await;
    desk.clock.advance(DAY * 5);
    let lines = days(&counted(&desk, &west, "").await);
    let of = |date: &str| lines.iter().find(|line| line.word == date).unwrap().count;
    assert_eq!((of("13 Mar 2027"), of("14 Mar 2027"), of("15 Mar 2027")), (1, 2, 1), "{lines:?}");
    lead_to_their_lists(&west, &lines).await;
    let lines = days(&counted(&desk, &south, "").await);
    let of = |date: &str| lines.iter().find(|line| line.word == date).unwrap().count;
    assert_eq!((of("13 Mar 2027"), of("14 Mar 2027"), of("15 Mar 2027")), (0, 3, 1), "{lines:?}");
    lead_to_their_lists(&south, &lines).await;
}

/// NAV-2, TENANT-1
#[tokio::test]
async fn another_time_zone_counts_every_day_again() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = desk.firm("Fynbos Trust").await;
    desk.clock.advance(HOUR * 10 + HOUR / 2);
    firm.request("Half past midnight in Johannesburg").await;
    other.request("Of another tenant").await;
    other.request("Another of it").await;
    desk.clock.advance(DAY * 3);
    let lines = days(&counted(&desk, &firm, "").await);
    assert_eq!(said(&lines)[2..5], [("25 Nov 2026", 0), ("24 Nov 2026", 1), ("23 Nov 2026", 0)]);

    let grant = firm.member(BuiltInRole::Administrator).await.grant().unwrap();
    let before = settings::general(&desk.app, &grant).await.unwrap();
    let typed = Typed { time_zone: "America/New_York".to_owned(), ..Typed::from(&before) };
    assert!(matches!(settings::change(&desk.app, &grant, before.version, &typed).await, Ok(Saved::Done)));
    assert!(firm.counts_days().await, "asked for with the change");
    let page = counted(&desk, &firm, "").await;
    assert!(page.words().contains("A day begins at midnight in America/New_York ."), "{}", page.words());
    let lines = days(&page);
    assert_eq!(said(&lines)[2..5], [("24 Nov 2026", 0), ("23 Nov 2026", 1), ("22 Nov 2026", 0)]);
    lead_to_their_lists(&firm, &lines).await;
    assert_eq!(said(&days(&counted(&desk, &other, "").await))[3], ("24 Nov 2026", 2), "its own zone and its own rows");
}

/// The heights of the bars of a chart, series by series, each as often as there are columns.
fn drawn(page: &Page, id: &str, columns: usize) -> Vec<Vec<u64>> {
    let chart = between(&page.text, &format!("aria-labelledby=\"{id} {id}-seen\""), "</svg>");
    let paths = chart.split("<path class=\"bar\"").skip(1).map(|path| between(path, " d=\"", "\""));
    let series = |path: &str| {
        let mut heights = vec![0; columns];
        for bar in path.split('M').skip(1) {
            let at: usize = between(&format!("M{bar}"), "M", " ").parse().unwrap();
            heights[(at - 3) / 20] = between(bar, "v-", "h").parse().unwrap();
        }
        heights
    };
    paths.map(series).collect()
}

/// The figures of the table behind a chart, series by series, the oldest column first.
fn listed(page: &Page, id: &str) -> Vec<Vec<String>> {
    let after = page.text.split_once(&format!("id=\"{id}-seen\"")).unwrap().1;
    let table = between(after, "<tbody>", "</tbody>");
    let mut lines: Vec<Vec<String>> = table
        .split("<tr>")
        .skip(1)
        .map(|line| {
            let plain =
                |cell: &str| cell.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
            line.split("<td class=\"num\">")
                .skip(2)
                .map(|cell| plain(&format!("<>{}", cell.split("</td>").next().unwrap())))
                .collect()
        })
        .collect();
    lines.reverse();
    (0..lines[0].len()).map(|n| lines.iter().map(|line| line[n].clone()).collect()).collect()
}

/// NAV-2
#[tokio::test]
async fn the_figures_of_the_tables_are_those_of_the_drawings() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    let company = json!({ "reference": "K", "registrationNumber": "2014/187452/07" });
    for day in 0..5_u32 {
        for n in 0..=day {
            let request = firm.request("Kwantu").await;
            match n {
                0 => {
                    if day == 2 {
                        desk.misbehave("500", "/library").await;
                    }
                    firm.run(request, "company_kyc", company.clone()).await;
                }
                1 => mark(&desk.app, &grant, request, &Mark::to(RequestStatus::Cancelled)).await.map(drop).unwrap(),
                _ => {}
            }
        }
        desk.clock.advance(DAY);
    }
    for query in ["", "?period=weeks", "?period=months"] {
        let page = counted(&desk, &firm, query).await;
        for (id, series) in [("statuses", 5), ("verdicts", 3)] {
            let listed = listed(&page, id);
            let drawn = drawn(&page, id, listed[0].len());
            assert_eq!((drawn.len(), listed.len()), (series, series));
            let as_listed: Vec<Vec<_>> =
                drawn.iter().map(|series| series.iter().map(u64::to_string).collect()).collect();
            assert_eq!(as_listed, listed, "{query} {id}");
        }
        let all: u64 = drawn(&page, "statuses", listed(&page, "statuses")[0].len()).into_iter().flatten().sum();
        assert_eq!(all, 15, "the control: {query}");
        let times = listed(&page, "times");
        for (drawn, listed) in drawn(&page, "times", times[0].len()).into_iter().zip(&times) {
            for (high, text) in drawn.into_iter().zip(listed) {
                let wanted = if high == 0 {
                    "\u{2013}".to_owned()
                } else {
                    dossier_web::view::took(Duration::from_millis(high))
                };
                assert_eq!(*text, wanted, "{query}");
            }
        }
        assert!(times[0].iter().any(|time| time.contains("ms")), "the control: {times:?}");
    }
    let page = counted(&desk, &firm, "").await;
    let failed = between(&page.text, "id=\"failures\"", "</section>");
    assert!(failed.contains("aria-label=\"Answered with status 500 or more: 1\""), "{failed}");
    assert!(page.words().contains("1 of "), "{}", page.words());
}

/// NAV-2, TENANT-1
#[tokio::test]
async fn the_charts_can_be_about_one_channel_of_the_tenant_and_of_no_other() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = desk.firm("Fynbos Trust").await;
    let second = firm.add_channel("second", "InTouch branch").await.unwrap();
    firm.request("Of the first").await;
    other.request("Of another tenant").await;
    other.request("Another of it").await;
    desk.clock.advance(DAY * 2);
    let of = |channel: String| format!("?period=days&channel={channel}");
    let count =
        async |channel: String| days(&counted(&desk, &firm, &of(channel)).await).get(2).map_or(0, |line| line.count);
    assert_eq!(count(firm.channel().to_string()).await, 1);
    assert_eq!(count(second.to_string()).await, 0);
    let page = counted(&desk, &firm, &of(firm.channel().to_string())).await;
    lead_to_their_lists(&firm, &days(&page)).await;
    assert!(page.text.contains(&format!("<option value=\"{}\" selected>", firm.channel())), "{}", page.text);
    for unknown in [other.channel().to_string(), "nobody".to_owned()] {
        assert_eq!(count(unknown.clone()).await, 1, "{unknown}: as if it had not been asked for");
        assert!(!counted(&desk, &firm, &of(unknown)).await.text.contains(" selected>"));
    }
    assert_eq!(said(&tiles(&dashboard(&firm, BuiltInRole::Viewer).await))[1], ("Draft", 1));
}

/// NAV-2
#[tokio::test]
async fn days_that_nobody_has_counted_yet_are_said_to_be_missing() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Old").await;
    desk.clock.advance(DAY * 5);
    firm.request("New").await;
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    assert!(page.words().contains("days of this period are still being counted"), "{}", page.words());
    assert_eq!(said(&days(&page))[..2], [("28 Nov 2026", 1), ("27 Nov 2026", 0)], "today and yesterday are there");
}
