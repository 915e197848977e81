//! Files: their bytes lie sealed in the store, their names sealed in the database.

use std::path::PathBuf;

use dossier_domain::{AttachmentId, RequestId, Timestamp};
use dossier_storage::attachments::{self, Attachment, Blob, Kind};
use dossier_storage::{BlobStore, StorageError, leftovers, tenants};

use crate::world::{World, at, world};

const BYTES: &[u8] = b"%PDF a consent of Naledi Khumalo";

async fn stored(world: &World) -> (BlobStore, attachments::FileKey, Attachment) {
    let request = world.request("Naledi Khumalo").await;
    let run = world.run(request, "consent").await;
    let id: AttachmentId = world.id();
    let store = BlobStore::local(&world.test.files()).unwrap();
    let key = attachments::key(&mut world.read().await, request, id).await.unwrap();
    let blob = store.put(&key, BYTES).await.unwrap();
    let name = "consent of Naledi.pdf".to_owned();
    let media_type = "application/pdf".to_owned();
    let kind = Kind::Received;
    let file = Attachment {
        id,
        request,
        run: Some(run),
        kind,
        name,
        media_type,
        blob,
        preview: None,
        staged_by: None,
        created_at: at(6),
    };
    let mut tx = world.write().await;
    attachments::add(&mut tx, &file).await.unwrap();
    tx.commit().await.unwrap();
    (store, key, file)
}

/// What tells an operator that database and folder are not of the same time.
#[tokio::test]
async fn a_file_that_is_not_in_its_folder_is_missed() {
    let world = world().await;
    let (store, _, file) = stored(&world).await;
    let newest = tenants::standing(&mut world.read().await).await.unwrap().newest_files;
    assert_eq!(newest, std::slice::from_ref(&file.blob.key));
    assert_eq!(store.has(&newest[0]).await, Ok(true));
    std::fs::remove_file(on_disk(&world, &file.blob)).unwrap();
    assert_eq!(store.has(&newest[0]).await, Ok(false));
}

fn on_disk(world: &World, blob: &Blob) -> PathBuf {
    world.test.files().join(&blob.key)
}

/// RESULT-2
#[tokio::test]
async fn a_file_reads_back_with_its_name_and_bytes() {
    let world = world().await;
    let (store, key, file) = stored(&world).await;
    let other = world.run(file.request, "other").await;
    let mut tx = world.read().await;
    assert_eq!(attachments::find(&mut tx, file.id).await, Ok(Some(file.clone())));
    assert_eq!(attachments::find(&mut tx, world.id()).await, Ok(None));
    assert_eq!(attachments::list(&mut tx, file.request, None).await, Ok(vec![file.clone()]));
    assert_eq!(attachments::list(&mut tx, file.request, file.run).await, Ok(vec![file.clone()]));
    assert_eq!(attachments::list(&mut tx, file.request, Some(other)).await, Ok(vec![]));
    assert_eq!(store.get(&key, &file.blob).await.unwrap(), BYTES);
    assert_eq!(file.blob.size, BYTES.len() as u64);
}

#[tokio::test]
async fn on_the_disk_a_file_is_sealed() {
    let world = world().await;
    let (.., file) = stored(&world).await;
    let bytes = std::fs::read(on_disk(&world, &file.blob)).unwrap();
    assert!(bytes.len() > BYTES.len() && !bytes.windows(6).any(|w| w == b"Naledi"));
}

#[tokio::test]
async fn a_file_that_was_changed_or_put_in_anothers_place_does_not_open() {
    let world = world().await;
    let (store, key, file) = stored(&world).await;
    let (_, _, other) = stored(&world).await;
    std::fs::copy(on_disk(&world, &other.blob), on_disk(&world, &file.blob)).unwrap();
    assert_eq!(store.get(&key, &file.blob).await, Err(StorageError::Sealed));

    let same_request = attachments::key(&mut world.read().await, file.request, world.id()).await.unwrap();
    let blob = store.put(&same_request, BYTES).await.unwrap();
    assert_eq!(store.get(&key, &blob).await, Err(StorageError::Sealed), "the id is part of the seal");
    assert_eq!(store.get(&same_request, &blob).await.unwrap(), BYTES, "the control");

    let wrong = Blob { digest: [0; 32], ..blob };
    assert_eq!(store.get(&same_request, &wrong).await, Err(StorageError::Sealed), "and so is its digest in the row");
    std::fs::remove_file(on_disk(&world, &wrong)).unwrap();
    assert_eq!(store.get(&same_request, &wrong).await, Err(StorageError::FileMissing));
}

/// A file of a new request that no run has sent.
async fn staged(world: &World, store: &BlobStore, second: u64) -> Attachment {
    let request = world.request("Naledi Khumalo").await;
    let id: AttachmentId = world.id();
    let key = attachments::key(&mut world.read().await, request, id).await.unwrap();
    let (name, media_type, created_at) = ("front.png".to_owned(), "image/png".to_owned(), at(second));
    let blob = store.put(&key, BYTES).await.unwrap();
    let file = Attachment {
        id,
        request,
        run: None,
        kind: Kind::Sent,
        name,
        media_type,
        blob,
        preview: None,
        staged_by: None,
        created_at,
    };
    let mut tx = world.write().await;
    attachments::add(&mut tx, &file).await.unwrap();
    tx.commit().await.unwrap();
    file
}

/// ACT-3
#[tokio::test]
async fn only_what_is_staged_long_enough_is_removed_and_what_a_run_sent_stays() {
    let world = world().await;
    let store = BlobStore::local(&world.test.files()).unwrap();
    let (old, young, sent) =
        (staged(&world, &store, 1).await, staged(&world, &store, 5).await, staged(&world, &store, 1).await);
    let (.., received) = stored(&world).await;
    let run = world.run(sent.request, "verify").await;
    let mut tx = world.write().await;
    assert_eq!(attachments::give(&mut tx, sent.id, run).await, Ok(true));
    assert_eq!(attachments::give(&mut tx, sent.id, run).await, Ok(false), "it is not staged any more");
    assert_eq!(attachments::give(&mut tx, received.id, run).await, Ok(false), "what came back is never sent");
    let found = attachments::staged(&mut tx, at(4)).await.unwrap();
    assert_eq!(found, [(old.id, old.blob.key.clone())]);
    assert_eq!(attachments::unstage(&mut tx, old.id).await, Ok(true));
    assert_eq!(attachments::unstage(&mut tx, sent.id).await, Ok(false));
    assert_eq!(attachments::unstage(&mut tx, received.id).await, Ok(false));
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(attachments::find(&mut tx, old.id).await, Ok(None));
    assert_eq!(attachments::find(&mut tx, young.id).await, Ok(Some(young)));
    assert_eq!(attachments::find(&mut tx, sent.id).await.unwrap().unwrap().run, Some(run));

    store.remove(&old.blob.key).await.unwrap();
    assert!(!on_disk(&world, &old.blob).exists() && on_disk(&world, &sent.blob).exists());
    assert_eq!(store.remove(&old.blob.key).await, Ok(()), "a sweep that was cut off comes again");
}

/// By the clock of the machine, since the store goes by that: nothing is as old.
fn never() -> Timestamp {
    at(0)
}

/// By the same clock: everything is older.
fn always() -> Timestamp {
    at(100 * 365 * 86_400)
}

/// RESULT-2: what a crash between the bytes and their row leaves behind goes, and nothing else.
#[tokio::test]
async fn bytes_without_a_row_are_removed_after_a_while_and_bytes_with_one_never() {
    let world = world().await;
    let (store, _, file) = stored(&world).await;
    let (lost, left, coming) = (world.id(), world.id(), world.id());
    let mut places = Vec::new();
    for (request, id) in [(file.request, lost), (file.request, left), (file.request, coming)] {
        let key = attachments::key(&mut world.read().await, request, id).await.unwrap();
        places.push(store.put(&key, BYTES).await.unwrap());
        store.put_preview(&key, BYTES).await.unwrap();
    }
    let foreign = world.test.files().join(world.scope.tenant.to_string()).join("what an operator put here");
    let unknown = world.test.files().join(format!("{}/{}/{}", world.scope.tenant, world.id::<RequestId>(), lost));
    for place in [&foreign, &unknown] {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, BYTES).unwrap();
    }
    let mut tx = world.write().await;
    attachments::add(&mut tx, &Attachment { id: left, blob: places[1].clone(), ..file.clone() }).await.unwrap();
    tx.commit().await.unwrap();
    let mut open = world.write().await;
    attachments::add(&mut open, &Attachment { id: coming, blob: places[2].clone(), ..file.clone() }).await.unwrap();
    let sweep = async |before| leftovers::remove(&world.db, &store, world.scope, before).await.unwrap();
    assert_eq!(sweep(never()).await, 0, "the row may still come");
    for place in &places {
        assert_eq!(store.has(&place.key).await, Ok(true), "also while its transaction is open");
    }
    open.commit().await.unwrap();
    assert_eq!(sweep(always()).await, 2, "the bytes without a row, and the picture beside them");
    assert_eq!(store.has(&places[0].key).await, Ok(false), "the control: what has no row goes");
    for place in [&places[1], &places[2], &file.blob] {
        assert_eq!(store.has(&place.key).await, Ok(true));
    }
    assert!(on_disk(&world, &places[1]).with_extension("preview").exists());
    assert!(foreign.exists() && unknown.exists(), "what is not ours, or of a request that may come back, stays");
    assert_eq!(sweep(always()).await, 0);
}

/// The control of the pause: without it, bytes go whose row is on its way.
#[tokio::test]
async fn without_the_pause_bytes_would_go_while_their_transaction_is_open() {
    let world = world().await;
    let (store, _, file) = stored(&world).await;
    let id = world.id();
    let key = attachments::key(&mut world.read().await, file.request, id).await.unwrap();
    let blob = store.put(&key, BYTES).await.unwrap();
    let mut open = world.write().await;
    attachments::add(&mut open, &Attachment { id, blob: blob.clone(), ..file }).await.unwrap();
    leftovers::remove(&world.db, &store, world.scope, always()).await.unwrap();
    open.commit().await.unwrap();
    assert_eq!(store.has(&blob.key).await, Ok(false));
}
