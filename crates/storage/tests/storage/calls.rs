//! The log of calls: narrowed, paged, and written once.

use std::time::Duration;

use dossier_domain::{CallOutcome, ExchangeId, RequestId, RunId};
use dossier_storage::exchanges::{self, Filter, Message};
use dossier_storage::testing::execute;
use dossier_storage::{Page, StorageError, results, runs};
use serde_json::json;

use crate::world::{World, world};

/// A call of a run, sent and ended so.
async fn call(world: &World, request: RequestId, run: RunId, action: &str, end: CallOutcome) -> ExchangeId {
    let call = exchanges::NewExchange { action: action.to_owned(), ..world.call(Some(request), Some(run)) };
    let mut tx = world.write().await;
    exchanges::add(&mut tx, &call).await.unwrap();
    let answer = Message { headers: vec![], body: vec![] };
    let ended = match end {
        CallOutcome::Answered => exchanges::answer(&mut tx, call.id, 302, &answer, Duration::ZERO).await,
        CallOutcome::Refused => exchanges::answer(&mut tx, call.id, 404, &answer, Duration::ZERO).await,
        CallOutcome::Faulty => exchanges::answer(&mut tx, call.id, 500, &answer, Duration::ZERO).await,
        CallOutcome::Timeout => exchanges::break_off(&mut tx, call.id, "timeout", "", Duration::ZERO).await,
        CallOutcome::Broken => exchanges::break_off(&mut tx, call.id, "dns", "", Duration::ZERO).await,
        CallOutcome::Open => Ok(true),
    };
    assert!(ended.unwrap());
    tx.commit().await.unwrap();
    call.id
}

async fn found(world: &World, request: RequestId, filter: &Filter) -> Vec<ExchangeId> {
    let mut tx = world.read().await;
    let page: Page<_> = exchanges::list(&mut tx, request, filter, None, 50).await.unwrap();
    page.rows.iter().map(|line| line.id).collect()
}

/// LOG-1
#[tokio::test]
async fn calls_are_found_by_run_action_and_how_they_ended() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let (one, two) = (world.run(request, "company-kyc").await, world.run(request, "consent").await);
    let mut sent = Vec::new();
    for &end in CallOutcome::ALL {
        sent.push((end, call(&world, request, one, "company-kyc", end).await));
    }
    let other = call(&world, request, two, "consent", CallOutcome::Answered).await;
    for (end, id) in &sent {
        let filter = Filter { action: Some("company-kyc".to_owned()), end: Some(*end), ..Filter::default() };
        assert_eq!(found(&world, request, &filter).await, [*id], "{end}");
    }
    assert_eq!(found(&world, request, &Filter { run: Some(two), ..Filter::default() }).await, [other]);
    assert_eq!(found(&world, request, &Filter { action: Some("none".to_owned()), ..Filter::default() }).await, []);
    assert_eq!(found(&world, request, &Filter::default()).await.len(), 7, "the control");
    assert_eq!(exchanges::actions(&mut world.read().await, request).await.unwrap(), ["company-kyc", "consent"]);
}

/// LOG-3
#[tokio::test]
async fn a_call_that_has_ended_can_be_neither_changed_nor_removed() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    let id = call(&world, request, run, "company-kyc", CallOutcome::Refused).await;
    let before = exchanges::find(&mut world.read().await, id).await.unwrap().unwrap();
    let words = if world.on_sqlite() { "append-only" } else { "permission denied" };
    for sql in ["DELETE FROM exchange", "UPDATE exchange SET started_at = started_at, sealed_url = sealed_request_body"]
    {
        let refused = execute(&mut world.write().await, sql, &[]).await;
        assert!(matches!(&refused, Err(StorageError::Db(said)) if said.contains(words)), "{sql}: {refused:?}");
    }
    // What is written at the end of a call can be written once: PostgreSQL finds no row to change, SQLite refuses.
    let again = execute(&mut world.write().await, "UPDATE exchange SET status = 200", &[]).await;
    assert!(!matches!(again, Ok(1..)), "{again:?}");
    let mut tx = world.write().await;
    let answer = Message { headers: vec![], body: vec![] };
    assert_eq!(exchanges::answer(&mut tx, id, 200, &answer, Duration::ZERO).await, Ok(false));
    tx.commit().await.unwrap();
    assert_eq!(exchanges::find(&mut world.read().await, id).await, Ok(Some(before)), "as it was");

    call(&world, request, run, "company-kyc", CallOutcome::Open).await;
    let mut tx = world.write().await;
    let end = execute(&mut tx, "UPDATE exchange SET status = 200 WHERE state = 'sending'", &[]).await;
    assert_eq!(end, Ok(1), "the control: before its end it takes its end");
    let control = execute(&mut tx, "UPDATE request SET created_by_name = 'nobody'", &[]).await;
    assert_eq!(control, Ok(1), "the control: the same on another table goes through");
}

/// ACT-7
#[tokio::test]
async fn every_run_of_a_request_is_listed_and_narrowed_to_an_action() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let mut all = Vec::new();
    for action in ["consent", "company-kyc", "consent"] {
        all.insert(0, world.succeed(request, action, json!({})).await.run);
    }
    world.run(world.request("Another").await, "consent").await;
    let mut tx = world.read().await;
    let first = runs::list(&mut tx, request, None, None, 2).await.unwrap();
    let second = runs::list(&mut tx, request, None, first.older, 2).await.unwrap();
    assert_eq!(first.rows.iter().chain(&second.rows).map(|run| run.id).collect::<Vec<_>>(), all);
    assert_eq!(second.older, None);
    let narrow = runs::list(&mut tx, request, Some("consent"), None, 9).await.unwrap();
    assert_eq!(narrow.rows.iter().map(|run| run.id).collect::<Vec<_>>(), [all[0], all[2]]);
    let actions = runs::actions(&mut tx, request).await.unwrap();
    assert_eq!(actions.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["company-kyc", "consent"]);
}

/// RESULT-1
#[tokio::test]
async fn of_a_large_result_its_page_reads_the_excerpt_alone() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let (run, small) = (world.run(request, "ocr").await, world.succeed(request, "consent", json!({})).await);
    let large = world.result(request, run, "ocr", json!({}));
    let excerpt = json!({ "start": "Naledi" });
    let mut tx = world.write().await;
    results::add(&mut tx, &large, Some(&excerpt), 1).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(results::content(&mut tx, large.id).await, Ok(Some(results::Content::Excerpt(excerpt))));
    let whole = results::Content::Whole { display: small.display, raw: small.raw };
    assert_eq!(results::content(&mut tx, small.id).await, Ok(Some(whole)));
    assert_eq!(results::find(&mut tx, large.id).await, Ok(Some(large)), "nothing of it is lost");
}
