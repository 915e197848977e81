//! The list.

use std::time::Duration;

use dossier_domain::{BuiltInRole, RequestStatus};
use dossier_testkit::{Desk, Page, Visitor};
use serde_json::json;

use super::{create, desk};

/// The ids of the rows, from top to bottom.
fn rows(page: &Page) -> Vec<String> {
    let links = page.text.split("class=\"row-link\" href=\"/requests/").skip(1);
    links.map(|after| after[..36].to_owned()).collect()
}

/// Where `Newer` (`prev`) or `Older` (`next`) leads.
fn link(page: &Page, rel: &str) -> Option<String> {
    let (_, after) = page.text.split_once(&format!("rel=\"{rel}\" href=\""))?;
    Some(after.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
}

/// The pages from `path` on, in one direction, with what is done between them.
async fn walk(visitor: &mut Visitor, path: &str, rel: &str, mut between: impl AsyncFnMut()) -> Vec<Page> {
    let mut pages = vec![visitor.get(path).await];
    while let Some(next) = link(pages.last().unwrap(), rel) {
        between().await;
        pages.push(visitor.get(&next).await);
    }
    pages
}

/// LIST-1, LIST-3
#[tokio::test]
async fn sixty_requests_are_walked_without_gap_or_repeat_while_new_ones_arrive() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut made = Vec::new();
    for number in 0..60 {
        made.push(firm.request(&format!("Request {number}")).await.to_string());
    }
    made.reverse();
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let mut arrived = Vec::new();
    let pages = walk(&mut viewer, "/requests", "next", async || {
        arrived.insert(0, firm.request("Arrived meanwhile").await.to_string());
    })
    .await;
    assert_eq!(pages.iter().map(|page| rows(page).len()).collect::<Vec<_>>(), [25, 25, 10]);
    assert_eq!(pages.iter().flat_map(rows).collect::<Vec<_>>(), made, "newest first");
    assert_eq!(link(&pages[0], "prev"), None, "nothing is newer than the first page");

    let back = link(&pages[2], "prev").unwrap();
    let mut newer: Vec<_> = walk(&mut viewer, &back, "prev", async || {}).await.iter().map(rows).collect();
    newer.reverse();
    let all: Vec<_> = arrived.iter().chain(&made).cloned().collect();
    assert_eq!(newer.concat(), all[..52], "and back up, to those that have arrived");
    assert_eq!(rows(&viewer.get("/requests").await), all[..25]);
}

/// LIST-2, LIST-3
#[tokio::test]
async fn the_channel_filter_goes_along_from_page_to_page() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = firm.add_channel("second", "Second & last").await.unwrap().to_string();
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let mut made = Vec::new();
    for number in 0..30 {
        firm.request("Of the first").await;
        desk.clock.advance(Duration::from_millis(5));
        let page = create(&mut viewer, &second, &format!("Of the second {number}")).await;
        made.push(page.location().rsplit('/').next().unwrap().to_owned());
    }
    made.reverse();
    let start = format!("/requests?channel={second}&status=draft");
    let pages = walk(&mut viewer, &start, "next", async || {}).await;
    assert_eq!(pages.iter().flat_map(rows).collect::<Vec<_>>(), made);
    for page in &pages {
        let chosen = format!("<option value=\"{second}\" selected>Second &#38; last</option>");
        assert!(page.text.contains(&chosen), "the filter shows what is filtered by");
    }
    let back = link(&pages[1], "prev").unwrap();
    assert_eq!(rows(&viewer.get(&back).await), made[..25]);
    let none = viewer.get(&format!("/requests?channel={second}&status=failed")).await;
    assert!(none.words().contains("No request matches"), "{}", none.words());

    firm.change("UPDATE channel SET deleted_at = created_at WHERE code = 'second'").await;
    let page = viewer.get(&start).await;
    assert!(page.words().contains("Second & last (deleted)"), "CHAN-7: {}", page.words());
    assert_eq!(rows(&page), made[..25]);
}

/// LIST-2
#[tokio::test]
async fn the_list_is_searched_and_narrowed_and_its_address_says_by_what() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut made = Vec::new();
    for reference in ["Zoë Müller", "ZOE MULLER 2", "Kwantu 100%", "Kwantu 100", "a_b", "axb"] {
        made.push(firm.request(reference).await.to_string());
        desk.clock.advance(Duration::from_millis(5));
    }
    let [zoe, second, percent, plain, underscore, letter] = made.try_into().unwrap();
    desk.clock.advance(Duration::from_hours(10));
    // Five past midnight in Johannesburg, still the day before in UTC.
    let night = firm.request("Of the night").await.to_string();
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let mut shows = async |query: &str, wanted: &[&String]| {
        let page = viewer.get(&format!("/requests?{query}")).await;
        assert_eq!(rows(&page), wanted.iter().map(|id| (*id).clone()).collect::<Vec<_>>(), "{query}: {}", page.words());
        page
    };
    shows("q=zoe+mu", &[&second, &zoe]).await;
    shows("q=%20M%C3%9CLLER", &[&second, &zoe]).await;
    let page = shows("q=100%25", &[&percent]).await;
    assert!(page.text.contains("name=\"q\" value=\"100%\""), "what was searched for stands in its field");
    shows("q=100", &[&plain, &percent]).await;
    shows("q=a_b", &[&underscore]).await;
    shows("q=a%21_b", &[]).await;
    shows("since=2026-11-24", &[&night]).await;
    shows("until=2026-11-23&q=a", &[&letter, &underscore, &plain, &percent]).await;
    shows("since=2026-11-24&until=2026-11-23", &[]).await;
    shows("verdict=none&q=zo", &[&second, &zoe]).await;
    shows("verdict=pass", &[]).await;
    let page = shows("q=nobody&status=draft&attention=yes", &[]).await;
    assert!(
        page.words().contains("No request has “nobody” in its reference and needs attention and is draft."),
        "{}",
        page.words()
    );
    let page = shows("channel=0193b0c0-0000-7000-8000-000000000001", &[]).await;
    assert!(page.words().contains("No request fits this address."), "{}", page.words());
    let page = shows("q=zo&verdict=pass&since=2026-11-24", &[]).await;
    let said = "No request has “zo” in its reference and has the verdict pass and was created on 2026-11-24 or later.";
    assert!(page.words().contains(said), "{}", page.words());
    assert!(page.text.contains("href=\"/requests\">Clear"), "the way back");
}

/// LIST-2, LIST-3
#[tokio::test]
async fn the_counts_lead_to_what_they_count_and_keep_the_other_filters() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    for n in 0..3 {
        firm.request(&format!("Kwantu {n}")).await;
    }
    let cancelled = firm.request("Kwantu gone").await;
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap();
    let mark = dossier_app::requests::Mark::to(RequestStatus::Cancelled);
    dossier_app::requests::mark(&desk.app, &grant, cancelled, &mark).await.unwrap();
    let lost = firm.request("Sibongile").await;
    let params = json!({ "reference": "K sim:hang-up", "registrationNumber": "2014/187452/07" });
    firm.run(lost, "company_kyc", params).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get("/requests").await;
    for said in ["All 5", "Draft 4", "Pending 0", "Cancelled 1", "Needs attention 1", "5 requests"] {
        assert!(page.words().contains(said), "{said}: {}", page.words());
    }
    let page = viewer.get("/requests?q=kwantu&status=draft").await;
    for said in ["All 4", "Draft 3", "Cancelled 1", "Needs attention 0", "3 requests"] {
        assert!(page.words().contains(said), "{said}: {}", page.words());
    }
    assert!(page.text.contains("href=\"/requests?q=kwantu&#38;status=cancelled\""), "{}", page.text);
    assert!(page.text.contains("<input type=\"hidden\" name=\"status\" value=\"draft\">"), "a search keeps the status");
    let page = viewer.get("/requests?attention=yes").await;
    assert_eq!(rows(&page), [lost.to_string()]);
    assert!(page.words().contains("Outcome unknown"), "{}", page.words());
}

/// LIST-4, AUDIT-1
#[tokio::test]
async fn the_list_is_exported_as_it_is_narrowed_and_no_cell_is_a_formula() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = desk.firm("Fynbos Trust").await;
    other.request("=Of another tenant").await;
    firm.request("Not asked for").await;
    let formula = firm.request("=HYPERLINK(\"https://x.example\"), A").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let list = viewer.get("/requests?q=%3D").await;
    assert!(list.text.contains("href=\"/requests.csv?q=%3D\""), "the button exports what is shown");
    let file = viewer.get("/requests.csv?q=%3D").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"requests-2026-11-23.csv\"");
    let lines: Vec<_> = file.text.lines().collect();
    assert_eq!(lines[0], "\u{feff}Reference,Channel,Status,Verdict,Needs attention,Created,Created by,ID");
    let cell = "\"'=HYPERLINK(\"\"https://x.example\"\"), A\"";
    assert_eq!(lines.len(), 2, "{}", file.text);
    assert!(lines[1].starts_with(&format!("{cell},InTouch main,draft,none,,2026-11-23T14:00:00")), "{}", lines[1]);
    assert!(lines[1].ends_with(&format!("+02:00,KYC Operator of Aloe Bank,{formula}")), "{}", lines[1]);
    assert!(firm.deeds().await.contains(&"requests.exported".to_owned()));
}

/// LIST-4
#[tokio::test]
async fn nothing_is_exported_when_a_filter_cannot_be_read() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Only one").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    for query in ["status=completd", "channel=1", "since=2026-13-01", "verdict=no"] {
        let page = viewer.get(&format!("/requests.csv?{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.words().contains("A filter in this address cannot be read."), "{}", page.words());
        let list = viewer.get(&format!("/requests?{query}")).await;
        assert!(list.text.contains("href=\"/requests.csv\""), "the list shows everything, and exports that: {query}");
    }
    assert!(!firm.deeds().await.contains(&"requests.exported".to_owned()));
}

/// LIST-2: whatever is searched for, on both databases.
#[tokio::test]
async fn a_search_that_no_reference_could_have_finds_nothing_and_breaks_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Only one").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests?q={}", "_".repeat(25_001))).await;
    assert!(page.status == 200 && page.words().contains("No request matches"), "{}", page.words());
    let page = viewer.get("/requests?q=on%00ly").await;
    assert!(page.status == 200 && page.words().contains("Only one"), "{}", page.words());
}

/// LIST-4: none of it is lost where the pieces of a long one meet.
#[tokio::test]
async fn an_export_of_many_pieces_has_each_request_once() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    for n in 0..1_100 {
        firm.request(&format!("Request {n}")).await;
    }
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let file = viewer.get("/requests.csv").await;
    let mut references: Vec<_> = file.text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(references.len(), 1_100);
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), 1_100);
    let page = viewer.get("/requests").await;
    assert!(page.words().contains("999+ requests, the newest 25 shown"), "{}", page.words());
}

/// LIST-1
#[tokio::test]
async fn a_row_says_reference_channel_status_and_when_in_the_tenants_time() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Nomsa Dlamini").await;
    let page = firm.visitor(BuiltInRole::Viewer).await.get("/requests").await;
    for said in ["Nomsa Dlamini", "InTouch main", "Draft", "23 Nov 2026", "14:00"] {
        assert!(page.words().contains(said), "{said} in {}", page.words());
    }
    assert!(page.text.contains("14:00:00"), "seconds stand in the tooltip");
    assert_eq!(rows(&page), [request.to_string()]);
}

/// LIST-3: whatever stands in the address, the list answers.
#[tokio::test]
async fn an_address_that_makes_no_sense_shows_the_list_all_the_same() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Only one").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    for query in
        ["from=nonsense", "status=lost", "channel=1", "from=older-", "%ff=%00", "channel=&status=&from=", "q=%00"]
    {
        let page = viewer.get(&format!("/requests?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.words().contains("Only one"), "{query}: {}", page.words());
    }
}

/// LIST-5
#[tokio::test]
async fn a_tenant_without_requests_is_told_what_to_do_next() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = desk.firm("Fynbos Trust").await;
    other.request("Of another tenant").await;
    let page = firm.visitor(BuiltInRole::Viewer).await.get("/requests").await;
    assert!(
        page.words().contains("No requests yet") && page.text.contains("href=\"/requests/new\""),
        "{}",
        page.words()
    );
}
