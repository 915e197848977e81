//! An answer of five megabytes, through the whole product: it is stored whole, and every page of it stays a page.

use dossier_domain::{BuiltInRole, RunState};
use dossier_testkit::{Desk, Whale};
use serde_json::{Value, json};

use super::link;

/// How many officers, and how many further entries.
const OFFICERS: usize = 400;
const ENTRIES: usize = 22_000;

/// RESULT-1, LOG-1
#[tokio::test]
async fn a_result_of_five_megabytes_is_stored_whole_and_shown_on_pages_that_stay_small() {
    let whale = Whale::open(OFFICERS, ENTRIES).await;
    assert!(whale.answer.len() > 5_000_000, "{}", whale.answer.len());
    let desk = Desk::builder().with_provider(Whale::MANIFEST, whale.host).open().await;
    let mut firm = desk.firm("Aloe Bank").await;
    firm.take_up("whale", "kyc-whale", whale.config()).await;
    let request = firm.request("Kwantu").await;
    let run = firm.run(request, "search", json!({})).await;
    assert_eq!(run.state, RunState::Succeeded, "{:?}", run.message);

    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}")).await;
    let words = page.words();
    assert_eq!(page.status, 200, "{words}");
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
    for said in
        ["The register has much to say", "all 400 rows", "more values stand in the raw response", "This is its start."]
    {
        assert!(words.contains(said), "{said} in {words}");
    }
    let raw = link(&page, &format!("/requests/{request}/results/")).replace("/tables/1", "/raw");
    let mut shown = vec![page];
    for path in [
        raw.replace("/raw", "/tables/1?from=300"),
        raw.replace("/raw", "/json"),
        raw.replace("/raw", "/json?at=/entries&from=21999"),
        raw.replace("/raw", "/json?at=/entries/21999"),
        format!("/requests/{request}/logs"),
        format!("/requests/{request}/runs"),
        format!("/requests/{request}/runs/{}", run.id),
    ] {
        let page = viewer.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.len() < 60_000, "{path}: {} bytes", page.text.len());
        shown.push(page);
    }
    assert!(
        shown[1].text.contains("Officer 399") && shown[3].text.contains("Entry 21999"),
        "the last of each is reached"
    );
    let open = link(&shown[5], &format!("/requests/{request}/logs?open="));
    let page = viewer.get(&open).await;
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
    shown.push(page);
    assert!(shown.iter().all(|page| !page.text.contains(Whale::ID)), "PII-1: masked on every page");

    let whole = viewer.get(&raw).await;
    let whole: Value = serde_json::from_str(&whole.text).unwrap();
    assert_eq!(whole["entries"].as_array().map(Vec::len), Some(ENTRIES));
    assert!(
        whole["entries"][0]["IDNumber"].as_str().is_some_and(|id| id.starts_with("••••")),
        "{}",
        whole["entries"][0]
    );
    assert_eq!(viewer.get(&raw.replace("/raw", "/json?at=/nowhere")).await.status, 404);
}

/// RESULT-1: sixty directors are read without the raw response.
#[tokio::test]
async fn sixty_directors_are_all_shown() {
    let whale = Whale::open(60, 0).await;
    let desk = Desk::builder().with_provider(Whale::MANIFEST, whale.host).open().await;
    let mut firm = desk.firm("Aloe Bank").await;
    firm.take_up("whale", "kyc-whale", whale.config()).await;
    let request = firm.request("Kwantu").await;
    firm.run(request, "search", json!({})).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}")).await;
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
    for n in 0..60 {
        assert!(page.text.contains(&format!("Officer {n}<")), "{n}: {}", page.words());
    }
}

/// ACT-1: forty actions stand in the panel, in their order, and each can be run.
#[tokio::test]
async fn forty_actions_stand_in_one_panel() {
    let whale = Whale::open(1, 0).await;
    let start = Whale::MANIFEST.find("  - key: search").unwrap();
    let (head, search) = Whale::MANIFEST.split_at(start);
    let one = |n: usize| {
        search
            .replace("key: search", &format!("key: search_{n}"))
            .replace("label: Search", &format!("label: Search number {n}"))
            .replace("category: Registers", &format!("category: Registers {}", n / 8))
    };
    let manifest = head.to_owned() + &(0..40).map(one).collect::<String>();
    let desk = Desk::builder().with_provider(&manifest, whale.host).open().await;
    let mut firm = desk.firm("Aloe Bank").await;
    firm.take_up("whale", "kyc-whale", whale.config()).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page = operator.get(&format!("/requests/{request}")).await;
    let places: Vec<_> = (0..40).map(|n| page.text.find(&format!("aria-label=\"Run Search number {n}\""))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
    let run = firm.run(request, "search_39", json!({})).await;
    assert_eq!(run.state, RunState::Succeeded, "{:?}", run.message);
}
