//! A tenant that has used the product for years: every page still serves its reader.

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Page};

/// As many rows of `table` as `count` more, each a copy of the one that `of` finds, with an id of its own and these
/// columns changed; `n` counts the copies.
async fn copy(desk: &Desk, count: u32, table: &str, columns: &str, changed: &[(&str, &str)], of: &str) {
    let sqlite = desk.database.file().is_some();
    let id = if sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    let values = columns.split(", ").map(|column| {
        let other = changed.iter().find(|(name, _)| *name == column);
        other.map_or_else(|| column.to_owned(), |(_, value)| (*value).to_owned())
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "INSERT INTO {table} (id, {columns})
         WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {count})
         SELECT {id}, {values} FROM {table} CROSS JOIN copies WHERE {of}"
    );
    desk.database.alter(&sql).await;
}

const REQUEST: &str = "tenant_id, channel_id, reference, reference_folded, status, verdict, version, created_at, \
                       created_by, created_by_name, updated_at";

/// Where `Newer` (`prev`) or `Older` (`next`) leads.
fn link(page: &Page, rel: &str) -> Option<String> {
    let (_, after) = page.text.split_once(&format!("rel=\"{rel}\" href=\""))?;
    Some(after.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
}

fn rows(page: &Page) -> usize {
    page.text.matches("class=\"row-link\"").count()
}

/// A page that a person waits for fits into this, uncompressed.
const LARGEST: usize = 100 * 1024;

/// LIST-1, LIST-2, LIST-3, LIST-4
#[tokio::test]
async fn ten_thousand_requests_are_counted_searched_paged_and_exported() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Model").await;
    let name = "'Umkhonjane Freight ' || n";
    let changed = [("reference", name), ("reference_folded", "'umkhonjane freight ' || n")];
    copy(&desk, 9_998, "request", REQUEST, &changed, "reference = 'Model'").await;
    let last = firm.request("The newest of them all").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;

    let first = viewer.get("/requests").await;
    assert_eq!((first.status, rows(&first)), (200, 25));
    assert!(first.words().contains("All 999+") && first.words().contains("Failed 0"), "{}", first.words());
    assert!(first.text.len() < LARGEST, "{}", first.text.len());
    assert!(viewer.get("/requests?q=newest+of").await.text.contains(&last.to_string()));
    let page = viewer.get("/requests?q=freight+9998").await;
    assert_eq!((rows(&page), page.words().contains("All 1")), (1, true), "{}", page.words());

    let mut page = viewer.get("/requests").await;
    for _ in 0..10 {
        page = viewer.get(&link(&page, "next").unwrap()).await;
        assert_eq!(rows(&page), 25);
    }
    let export = viewer.get("/requests.csv").await;
    assert_eq!((export.status, export.text.trim_end().lines().count()), (200, 10_001));
}

/// CHAN-1, CHAN-2, REQ-1, LIST-2
#[tokio::test]
async fn two_hundred_channels_are_listed_and_offered() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let longest = "Ω".repeat(100);
    for number in 0..199 {
        firm.add_channel(&format!("code-{number}"), &longest).await.unwrap();
    }
    firm.request("One").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let page = manager.get("/settings/channels").await;
    assert_eq!((page.status, rows(&page)), (200, 200));
    assert!(page.text.len() < 3 * LARGEST, "{}", page.text.len());
    for path in ["/requests", "/requests/new"] {
        let page = manager.get(path).await;
        assert_eq!((page.status, page.text.matches("<option value=\"0").count()), (200, 200), "{path}");
        assert!(page.text.len() < LARGEST, "{path}: {}", page.text.len());
    }
    let page = manager.get("/dashboard").await;
    assert_eq!((page.status, page.text.matches("<option value=\"0").count()), (200, 40), "the first of them");
    assert!(page.words().contains("lead to their charts from KYC Channels"), "{}", page.words());
    assert!(page.text.len() <= 60_000, "{}", page.text.len());
    // The last one, which is not offered there.
    let channel = firm.add_channel("last", &longest).await.unwrap();
    let page = manager.get(&format!("/settings/channels/{channel}")).await;
    let charts = format!("/dashboard?channel={channel}");
    assert!(page.status == 200 && page.text.contains(&format!("href=\"{charts}\"")), "{}", page.words());
    let page = manager.get(&charts).await;
    assert!(page.text.contains(&format!("<option value=\"{channel}\" selected>")), "chosen, it is offered too");
}

/// LOG-1, LIST-3
#[tokio::test]
async fn ten_thousand_calls_of_one_request_are_counted_narrowed_and_paged() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Busy").await;
    let params = serde_json::json!({ "trackingId": dossier_simulator::TRACKING_COMPLETED });
    firm.run(request, "workflow_status", params).await;
    firm.log(request, 10_000).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let first = viewer.get(&format!("/requests/{request}/logs")).await;
    assert_eq!((first.status, rows(&first)), (200, 50));
    assert!(first.words().contains("Request Logs 999+"), "{}", first.words());
    assert!(first.text.len() < LARGEST, "{}", first.text.len());
    let mut page = first;
    for _ in 0..5 {
        page = viewer.get(&link(&page, "next").unwrap()).await;
        assert_eq!(rows(&page), 50);
    }
    let rare = viewer.get(&format!("/requests/{request}/logs?end=timeout")).await;
    assert_eq!(rows(&rare), 1, "{}", rare.words());
    let none = viewer.get(&format!("/requests/{request}/logs?action=company_kyc")).await;
    assert!(none.words().contains("No call fits"), "{}", none.words());
}
