//! The list.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_testkit::{Page, Visitor};

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
    for query in ["from=nonsense", "status=lost", "channel=1", "from=older-", "%ff=%00", "channel=&status=&from="] {
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
