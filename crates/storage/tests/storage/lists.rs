//! Lists by cursor.

use dossier_domain::status::Mover;
use dossier_domain::{RequestId, RequestStatus, Verdict};
use dossier_storage::requests::{self, Filter};
use dossier_storage::{Constraint, Cursor, Page, StorageError, exchanges};

use crate::world::{World, add_channel, at, world};

async fn page(world: &World, filter: Filter, from: Option<Cursor>, limit: u32) -> Page<RequestId> {
    let page = requests::list(&mut world.read().await, &filter, from, limit).await.unwrap();
    let rows = page.rows.iter().map(|listed| listed.request.id).collect();
    Page { rows, newer: page.newer, older: page.older }
}

/// LIST-3
#[tokio::test]
async fn pages_of_any_size_show_every_request_once_there_and_back() {
    let world = world().await;
    let mut all = Vec::new();
    for n in 0..13 {
        all.insert(0, world.request(&format!("Request {n}")).await);
    }
    for limit in 1..=14 {
        let (mut seen, mut from, mut pages) = (Vec::new(), None, Vec::new());
        loop {
            let page = page(&world, Filter::default(), from, limit).await;
            assert!(page.rows.len() <= limit as usize);
            assert_eq!(page.newer.is_some(), from.is_some(), "only the first page has nothing newer");
            seen.extend(page.rows.clone());
            from = page.older;
            pages.push(page);
            if from.is_none() {
                break;
            }
        }
        assert_eq!(seen, all, "by {limit}");
        for pair in pages.windows(2).rev() {
            let back = page(&world, Filter::default(), pair[1].newer, limit).await;
            assert_eq!(back, pair[0], "back by {limit}");
        }
    }
}

/// LIST-3
#[tokio::test]
async fn a_page_stays_as_it_is_while_new_requests_arrive() {
    let world = world().await;
    for n in 0..6 {
        world.request(&format!("Request {n}")).await;
    }
    let first = page(&world, Filter::default(), None, 3).await;
    let second = page(&world, Filter::default(), first.older, 3).await;
    let new = world.request("New").await;
    assert_eq!(page(&world, Filter::default(), first.older, 3).await, second);
    let top = page(&world, Filter::default(), Some(Cursor::Newer(first.rows[0].uuid())), 3).await;
    assert_eq!((top.rows, top.newer), (vec![new], None));
}

/// LIST-1, LIST-2
#[tokio::test]
async fn the_list_is_filtered_by_channel_and_status_and_leaves_out_deleted_ones() {
    let world = world().await;
    let other = world.id();
    let mut tx = world.write().await;
    add_channel(&mut tx, other, "sumsub", 0).await.unwrap();
    tx.commit().await.unwrap();
    let mine = world.request("Naledi Khumalo").await;
    let theirs = world.request_of(other, "Pieter Botha").await;
    let pending = world.request("Zanele Dube").await;
    let mut tx = world.write().await;
    let (draft, at) = (RequestStatus::Draft, at(9));
    assert!(requests::set_status(&mut tx, pending, draft, RequestStatus::Pending, Mover::Action, at).await.unwrap());
    tx.commit().await.unwrap();

    let channel = Filter { channel: Some(other), ..Filter::default() };
    assert_eq!(page(&world, channel.clone(), None, 9).await.rows, [theirs]);
    let status = Filter { status: Some(draft), ..Filter::default() };
    assert_eq!(page(&world, status, None, 9).await.rows, [theirs, mine]);
    let both = Filter { channel: Some(world.channel), status: Some(draft), ..Filter::default() };
    assert_eq!(page(&world, both, None, 9).await.rows, [mine]);
    let listed = requests::list(&mut world.read().await, &channel, None, 9).await.unwrap();
    assert_eq!((listed.rows[0].channel_name.as_str(), listed.rows[0].channel_deleted), ("Channel sumsub", false));
    assert_eq!(listed.rows[0].request.created_by, world.by);

    let now = if world.on_sqlite() { "1" } else { "now()" };
    world.test.alter(&format!("UPDATE request SET deleted_at = {now} WHERE reference = 'Pieter Botha'")).await;
    assert_eq!(page(&world, Filter::default(), None, 9).await.rows, [pending, mine]);
    assert_eq!(requests::find(&mut world.read().await, theirs).await, Ok(None));
    assert_eq!(page(&world, channel.clone(), None, 9).await, Page { rows: vec![], newer: None, older: None });
}

/// STATUS-4
#[tokio::test]
async fn a_stale_status_change_changes_nothing() {
    let world = world().await;
    let id = world.request("Naledi Khumalo").await;
    let (draft, pending) = (RequestStatus::Draft, RequestStatus::Pending);
    let mut tx = world.write().await;
    assert_eq!(requests::set_status(&mut tx, id, draft, pending, Mover::Action, at(1)).await, Ok(true));
    assert_eq!(
        requests::set_status(&mut tx, id, draft, RequestStatus::Cancelled, Mover::Person, at(2)).await,
        Ok(false)
    );
    assert_eq!(requests::set_verdict(&mut tx, id, Verdict::Review, at(3)).await, Ok(true));
    let found = requests::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((found.status, found.verdict, found.version), (pending, Verdict::Review, 3));
    assert_eq!((found.created_at, found.updated_at), (at(0), at(3)));
}

/// REQ-1
#[tokio::test]
async fn a_double_click_makes_one_request() {
    let world = world().await;
    let reference = dossier_domain::Reference::parse("Naledi Khumalo").unwrap();
    let new = |id| requests::NewRequest {
        id,
        channel: world.channel,
        reference: &reference,
        key: Some("form-1"),
        created_at: at(0),
        by: &world.by,
    };
    let id = world.id();
    let mut tx = world.write().await;
    requests::add(&mut tx, &new(id)).await.unwrap();
    let again = requests::add(&mut tx, &new(world.id())).await;
    assert_eq!(again, Err(StorageError::Conflict(Constraint::RequestKey)));
    assert_eq!(requests::find_by_key(&mut tx, "form-1").await.unwrap().unwrap().id, id);
    assert_eq!(requests::find_by_key(&mut tx, "form-2").await, Ok(None));
}

/// LOG-1
#[tokio::test]
async fn calls_are_paged_newest_first() {
    let world = world().await;
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "company-kyc").await;
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.insert(0, world.send(request, run).await);
    }
    let mut tx = world.read().await;
    let all = exchanges::Filter::default();
    let first = exchanges::list(&mut tx, request, &all, None, 2).await.unwrap();
    let second = exchanges::list(&mut tx, request, &all, first.older, 2).await.unwrap();
    let shown: Vec<_> = first.rows.iter().chain(&second.rows).map(|line| line.id).collect();
    assert_eq!((shown, second.older), (sent, None));
    assert_eq!(exchanges::count(&mut tx, request, 9).await, Ok(3));
    assert_eq!(exchanges::count(&mut tx, request, 2).await, Ok(2), "counted no further than asked");
}
