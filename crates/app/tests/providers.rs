//! The operator's folder of providers changes while requests are at work: what was begun ends by the text it began with.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use dossier_app::AppError;
use dossier_app::channels::{self, Draft};
use dossier_app::folder::{self, Choice, Folder};
use dossier_app::grant::{Create, Read};
use dossier_app::providers;
use dossier_app::requests;
use dossier_app::runs::Worker;
use dossier_domain::{BuiltInRole, RequestId, RunState};
use dossier_simulator::{Outcome, TRACKING_COMPLETED};
use dossier_testkit::{CLIENT_SECRET, Desk, Firm};
use serde_json::json;
use tempfile::TempDir;

const INTOUCH: &str = include_str!("../../../providers/intouch/provider.yaml");
const SUMMARY: &str = "{tracked.body.workflow}: {lower(tracked.body.status)}.";

/// InTouch's manifest with another name for the action and another summary of its result.
fn edition(word: &str) -> String {
    let text = INTOUCH.replace(SUMMARY, &format!("{word}: {{tracked.body.workflow}}"));
    let text = text.replace("    label: Workflow Status", &format!("    label: Workflow Status, {word}"));
    assert_eq!(text.matches(word).count(), 2, "both places are still there");
    text
}

/// Saves a manifest, and looks until it was seen to stand still.
async fn save(desk: &Desk, folder: &Path, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("provider.yaml"), text).unwrap();
    look(desk).await;
}

async fn look(desk: &Desk) {
    providers::look(&desk.app).await.unwrap();
    providers::look(&desk.app).await.unwrap();
}

async fn page(desk: &Desk, firm: &Firm<'_>, request: RequestId) -> Folder {
    let viewer = firm.member(BuiltInRole::Viewer).await;
    folder::open(&desk.app, &viewer.grant::<Read>().unwrap(), request, Choice::Latest).await.unwrap()
}

/// The action's name and the summary on show.
async fn shown(desk: &Desk, firm: &Firm<'_>, request: RequestId) -> (String, String) {
    let shown = page(desk, firm, request).await.shown.unwrap();
    (shown.result.label, shown.display.summary.unwrap())
}

/// An operator's folder in which InTouch is overridden.
async fn overridden(worker: bool) -> (TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/provider.yaml"), edition("FIRST")).unwrap();
    let desk = Desk::builder().with_providers(folder.path());
    let desk = if worker { desk } else { desk.without_worker() };
    (folder, desk.open().await)
}

#[tokio::test]
async fn a_run_that_was_queued_ends_by_the_text_that_it_began_with() {
    let (folder, desk) = overridden(false).await;
    let firm = desk.firm("Aloe Bank").await;
    let params = || json!({ "trackingId": TRACKING_COMPLETED });
    let old = firm.request("Old").await;
    let begun = firm.start(old, "workflow_status", params()).await.unwrap();
    let elder = firm.request("Elder").await;
    let begun_too = firm.start(elder, "workflow_status", params()).await.unwrap();
    save(&desk, &folder.path().join("mine"), &edition("SECOND")).await;
    let new = firm.request("New").await;
    let begun_after = firm.start(new, "workflow_status", params()).await.unwrap();
    // With the folder gone the built-in text serves, which none of the three began with.
    fs::remove_dir_all(folder.path().join("mine")).unwrap();
    look(&desk).await;

    let worker = Worker::start(&desk.app);
    for run in [begun, begun_too, begun_after] {
        assert_eq!(firm.ended(run).await.state, RunState::Succeeded);
    }
    for (request, word) in [(old, "FIRST"), (elder, "FIRST"), (new, "SECOND")] {
        let (label, summary) = shown(&desk, &firm, request).await;
        assert_eq!(label, format!("Workflow Status, {word}"));
        assert!(summary.starts_with(&format!("{word}: ")), "{summary}");
    }
    let now = firm.request("Now").await;
    firm.run(now, "workflow_status", params()).await;
    let (label, summary) = shown(&desk, &firm, now).await;
    assert_eq!((label.as_str(), summary.ends_with(": completed.")), ("Workflow Status", true), "{summary}");
    worker.stop().await;
}

#[tokio::test]
async fn a_run_that_is_under_way_is_not_disturbed_by_a_change_nor_by_a_broken_text() {
    let (folder, desk) = overridden(true).await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    desk.misbehave("slow=3s", "/core").await;
    let run = firm.start(request, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await.unwrap();
    desk.until("the provider is asked", |desk| {
        desk.simulator.ledger().iter().any(|entry| entry.service == "Workflow Status" && entry.outcome == Outcome::Open)
    })
    .await;
    save(&desk, &folder.path().join("mine"), &edition("SECOND")).await;
    save(&desk, &folder.path().join("mine"), "manifest: 1\nkey: intouch\n").await;
    assert!(desk.simulator.ledger().iter().any(|entry| entry.outcome == Outcome::Open), "it is still being asked");
    assert_eq!(firm.ended(run).await.state, RunState::Succeeded);
    assert!(shown(&desk, &firm, request).await.1.starts_with("FIRST: "));

    // The broken text left the one before it in its place, and everything else works.
    let next = firm.request("Next").await;
    firm.run(next, "workflow_status", json!({ "trackingId": TRACKING_COMPLETED })).await;
    assert!(shown(&desk, &firm, next).await.1.starts_with("SECOND: "));
}

#[tokio::test]
async fn requests_of_a_provider_that_was_removed_still_open_with_their_results() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::builder().with_providers(folder.path()).open().await;
    let firm = desk.firm("Aloe Bank").await;
    let karoo = edition("KAROO").replace("key: intouch\n", "key: karoo\n").replace("name: InTouch", "name: Karoo");
    save(&desk, &folder.path().join("karoo"), &karoo).await;
    let url = desk.simulator.url();
    let draft = Draft {
        handler: "karoo".to_owned(),
        code: "karoo".to_owned(),
        name: "Karoo".to_owned(),
        config: json!({
            "authUrl": format!("{url}/auth"), "baseUrl": url, "identityUrl": url, "injectionUrl": url,
            "coreUrl": format!("{url}/core/api/v3"), "clientId": "tests", "clientSecret": CLIENT_SECRET,
        }),
        active: true,
        display_order: 1,
    };
    let manager = firm.member(BuiltInRole::Manager).await;
    let channel = channels::add(&desk.app, &manager.grant::<Create>().unwrap(), &draft).await.unwrap();
    let reading = manager.grant::<Read>().unwrap();
    let draft = |reference: &str| requests::Draft {
        channel: channel.to_string(),
        reference: reference.to_owned(),
        key: desk.app.form_key(),
    };
    let request = requests::create(&desk.app, &reading, &draft("Kwantu")).await.unwrap();
    let params = json!({ "trackingId": TRACKING_COMPLETED });
    firm.run(request, "workflow_status", params.clone()).await;

    fs::remove_dir_all(folder.path().join("karoo")).unwrap();
    look(&desk).await;
    assert!(shown(&desk, &firm, request).await.1.starts_with("KAROO: "));
    let opened = page(&desk, &firm, request).await;
    assert!(opened.head.manifest.is_none() && opened.head.provider() == "karoo");
    let said = "The provider “karoo” is not installed here, so nothing can run.";
    assert!(matches!(&opened.closed, Some(AppError::Conflict(why)) if why == said));
    let refused = firm.start(request, "workflow_status", params.clone()).await;
    assert!(matches!(&refused, Err(AppError::Conflict(why)) if why == said), "{refused:?}");
    let refused = requests::create(&desk.app, &reading, &draft("Another")).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))), "its channel is not offered: {refused:?}");

    save(&desk, &folder.path().join("karoo"), &karoo).await;
    assert_eq!(firm.run(request, "workflow_status", params).await.state, RunState::Succeeded, "it is back");
}

#[tokio::test]
async fn who_looks_again_and_again_finds_what_was_dropped_in() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::builder().with_providers(folder.path()).open().await;
    let firm = desk.firm("Aloe Bank").await;
    let administrator = firm.member(BuiltInRole::Administrator).await;
    let grant = administrator.grant().unwrap();
    let keys = || {
        let listed = providers::overview(&desk.app, &grant).providers;
        listed.iter().map(|l| (l.provider.manifest.key.clone(), l.licensed)).collect::<Vec<_>>()
    };
    let watch = providers::Watch::start(&desk.app);
    let karoo = INTOUCH.replace("key: intouch\n", "key: karoo\n").replace("module: kyc-intouch", "module: kyc-karoo");
    fs::create_dir(folder.path().join("karoo")).unwrap();
    fs::write(folder.path().join("karoo/provider.yaml"), karoo).unwrap();
    let of = |key: &str| keys().into_iter().find(|(k, _)| k == key).map(|(_, licensed)| licensed);
    let before = keys().len();
    desk.until("the provider is there", |_| of("karoo").is_some()).await;
    assert_eq!((of("intouch"), of("karoo")), (Some(true), Some(false)), "its module is not licensed");

    drop(watch);
    fs::remove_dir_all(folder.path().join("karoo")).unwrap();
    // A minute that passes at once: who looks every two seconds would have found it gone.
    tokio::time::pause();
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(of("karoo").is_some() && keys().len() == before + 1, "nobody looks any more");
    let _watch = providers::Watch::start(&desk.app);
    desk.until("the control: it is gone", |_| of("karoo").is_none()).await;
}
