//! The dashboard.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "dashboard/figures.rs"]
mod figures;

use std::time::Duration;

use dossier_app::requests::{Mark, mark};
use dossier_domain::{BuiltInRole, RequestStatus};
use dossier_testkit::{Desk, Firm, Page};
use serde_json::json;

const HERE: &str = "/dashboard";

/// The dashboard as somebody with this role sees it who has just signed in.
async fn dashboard(firm: &Firm<'_>, role: BuiltInRole) -> Page {
    let page = firm.visitor(role).await.get(HERE).await;
    assert_eq!(page.status, 200, "{}", page.words());
    page
}

/// A figure with its word and where it leads to.
#[derive(Debug)]
struct Figure {
    word: String,
    href: String,
    count: usize,
}

/// What stands in `text` after `start` up to `end`.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).and_then(|(_, after)| after.split_once(end)).unwrap_or_default().0
}

fn tiles(page: &Page) -> Vec<Figure> {
    let figure = |tile: &str| Figure {
        word: between(tile, "</data> ", "<").to_owned(),
        href: between(tile, "href=\"", "\"").replace("&#38;", "&"),
        count: between(tile, "value=\"", "\"").parse().unwrap(),
    };
    page.text.split("class=\"tile\"").skip(1).map(figure).collect()
}

/// The lines of the table behind the chart of requests, newest first: each with how many were created.
fn days(page: &Page) -> Vec<Figure> {
    let table = between(&page.text, "aria-labelledby=\"statuses\"", "aria-labelledby=\"verdicts\"");
    let figure = |day: &str| {
        let whole = between(day, "class=\"num\">", "</td>");
        let count = whole.split_once("\">").map_or(whole, |(_, link)| link.split_once('<').unwrap().0);
        Figure {
            word: day.split_once('<').unwrap().0.to_owned(),
            href: between(whole, "href=\"", "\"").replace("&#38;", "&"),
            count: count.parse().unwrap(),
        }
    };
    table.split("<th scope=\"row\" class=\"when\">").skip(1).map(figure).collect()
}

fn said(figures: &[Figure]) -> Vec<(&str, usize)> {
    figures.iter().map(|figure| (figure.word.as_str(), figure.count)).collect()
}

/// Each figure leads to a list that has so many.
async fn lead_to_their_lists(firm: &Firm<'_>, figures: &[Figure]) {
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    for figure in figures.iter().filter(|figure| figure.count > 0) {
        let list = viewer.get(&figure.href).await;
        let rows = list.text.matches("class=\"row-link\"").count();
        assert_eq!((list.status, rows), (200, figure.count), "{figure:?}: {}", list.words());
    }
}

/// NAV-2, TENANT-1
#[tokio::test]
async fn the_figures_are_the_tenants_own_and_lead_to_lists_that_have_so_many() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = desk.firm("Fynbos Trust").await;
    for n in 0..3 {
        firm.request(&format!("Kwantu {n}")).await;
        other.request(&format!("Not Aloe's {n}")).await;
    }
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    for end in [RequestStatus::Completed, RequestStatus::Failed, RequestStatus::Cancelled, RequestStatus::Cancelled] {
        mark(&desk.app, &grant, firm.request("Ended").await, &Mark::to(end)).await.unwrap();
    }
    let params = json!({ "reference": "K sim:hang-up", "registrationNumber": "2014/187452/07" });
    firm.run(firm.request("Lost").await, "company_kyc", params).await;

    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    let of_all = tiles(&page);
    let wanted =
        [("Needs attention", 1), ("Draft", 4), ("Pending", 0), ("Completed", 1), ("Failed", 1), ("Cancelled", 2)];
    assert_eq!(said(&of_all), wanted);
    lead_to_their_lists(&firm, &of_all).await;
    assert!(page.words().contains("8 requests were created in the last 14 days."), "{}", page.words());
    assert!(!page.words().contains("Nothing needs attention"), "{}", page.words());

    let page = dashboard(&other, BuiltInRole::Viewer).await;
    assert_eq!(said(&tiles(&page))[..2], [("Needs attention", 0), ("Draft", 3)]);
    assert_eq!(said(&days(&page))[0], ("23 Nov 2026", 3));
    assert!(page.words().contains("Nothing needs attention."), "{}", page.words());
}

/// NAV-2
#[tokio::test]
async fn a_day_begins_at_midnight_where_the_tenant_is_and_leads_to_the_list_of_that_day() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("At two in the afternoon").await;
    // Each request comes 5 ms after what the clock said: one just before midnight, one at the first instant of the day.
    desk.clock.advance(Duration::from_hours(10) - Duration::from_millis(15));
    firm.request("Late").await;
    firm.request("At midnight").await;

    let south = days(&dashboard(&firm, BuiltInRole::Viewer).await);
    assert_eq!(said(&south)[..3], [("24 Nov 2026", 1), ("23 Nov 2026", 2), ("22 Nov 2026", 0)]);
    assert_eq!((south.len(), south[13].word.as_str()), (14, "11 Nov 2026"));
    lead_to_their_lists(&firm, &south).await;

    firm.change("UPDATE tenant SET time_zone = 'America/New_York', date_format = 'iso'").await;
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    let west = days(&page);
    assert_eq!(said(&west)[..2], [("2026-11-23", 3), ("2026-11-22", 0)], "there it is still the day before");
    assert!(page.words().contains("A day begins at midnight in America/New_York ."), "{}", page.words());
    lead_to_their_lists(&firm, &west).await;
}

/// NAV-2, TENANT-1
#[tokio::test]
async fn a_channel_stands_there_for_as_long_as_its_provider_does_not_answer() {
    const HEADING: &str = "Channels that do not answer well";
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = desk.firm("Fynbos Trust").await;
    other.request("Of another tenant").await;
    let company = json!({ "reference": "K", "registrationNumber": "2014/187452/07" });
    let run = async || firm.run(firm.request("Kwantu").await, "company_kyc", company.clone()).await;
    run().await;
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    assert!(!page.words().contains(HEADING), "it was answered: {}", page.words());

    desk.misbehave("500", "/library").await;
    run().await;
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    let said = "InTouch main InTouch Secure Services Answered with status 500, 14:00 Failing";
    assert!(page.words().contains(HEADING) && page.words().contains(said), "{}", page.words());
    assert!(page.text.contains(&format!("href=\"/settings/channels/{}\"", firm.channel())), "{}", page.text);
    assert!(!page.words().contains("Nothing needs attention"), "{}", page.words());
    assert!(!dashboard(&other, BuiltInRole::Viewer).await.words().contains(HEADING), "of its own tenant only");

    run().await;
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    assert!(!page.words().contains(HEADING), "it was answered again: {}", page.words());
}

/// NAV-2, REQ-1
#[tokio::test]
async fn without_requests_it_says_what_leads_to_the_first() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    assert!(page.words().contains("No requests yet") && tiles(&page).is_empty(), "{}", page.words());
    assert!(page.text.contains("href=\"/requests/new\""), "{}", page.text);

    firm.change("UPDATE tenant SET create_needs_execute = TRUE").await;
    let words = dashboard(&firm, BuiltInRole::Viewer).await.words();
    assert!(words.contains("takes the permission kyc:execute . Administrator of Aloe Bank can give it"), "{words}");
    assert!(dashboard(&firm, BuiltInRole::Operator).await.text.contains("href=\"/requests/new\""), "the control");

    firm.change("UPDATE channel SET active = FALSE").await;
    let words = dashboard(&firm, BuiltInRole::Operator).await.words();
    assert!(words.contains("takes the permission kyc:create . Administrator of Aloe Bank can do it."), "{words}");
    let page = dashboard(&firm, BuiltInRole::Administrator).await;
    assert!(page.words().contains("Set up KYC channels"), "{}", page.words());
}

/// NAV-2
#[tokio::test]
async fn it_stands_in_the_navigation_of_those_who_may_read() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let list = firm.visitor(BuiltInRole::Viewer).await.get("/requests").await;
    assert!(list.words().contains("KYC Requests Dashboard"), "{}", list.words());
    let page = dashboard(&firm, BuiltInRole::Viewer).await;
    assert!(page.text.contains("<a href=\"/dashboard\" aria-current=\"page\">"), "{}", page.text);
    assert!(!page.text.contains("<a href=\"/requests\" aria-current"), "one item is the current one");
    firm.dismiss(BuiltInRole::Auditor).await;
    let refused = firm.visitor(BuiltInRole::Auditor).await.get(HERE).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.words().contains("Dashboard"), "{}", refused.words());
}
