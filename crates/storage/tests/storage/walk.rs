//! One walk through every function of the store. Whoever adds a statement adds a step.

use std::time::Duration;

use dossier_domain::status::Mover;
use dossier_domain::{
    AttachmentId, CallOutcome, DeliveryId, DeliveryState, EventState, JobKind, LinkKind, Permission, Reference,
    RequestId, RequestStatus, RunId, RunState, SessionId, Verdict, WebhookEvent, WebhookId, WebhookState,
};
use dossier_storage::exchanges::Message;
use dossier_storage::links::Link;
use dossier_storage::notes::Note;
use dossier_storage::pending::PendingFile;
use dossier_storage::requests::Filter;
use dossier_storage::runs::{Key, Patch};
use dossier_storage::sessions::{Device, NewSession};
use dossier_storage::system::Held;
use dossier_storage::{
    BlobStore, By, Cursor, Db, WriteTx, answers, api_keys, attachments, audit, channels, daily, deliveries, events,
    exchanges, jobs, lanes, leftovers, licences, links, manifests, notes, pending, requests, results, roles, runs,
    sessions, system, tenants, users, webhooks,
};
use serde_json::json;

use crate::audits::{event, of};
use crate::background::sent;
use crate::webhooks::{attempt, secret, setup};
use crate::world::{MANIFEST, World, add_channel, add_run, at, world};

/// The database that was walked through; its guards know the statements that ran.
pub(crate) async fn walk() -> Db {
    let world = world().await;
    access(&world).await;
    work(&world).await;
    lists(&world).await;
    days(&world).await;
    news(&world).await;
    background(&world).await;
    programs(&world).await;
    system_work(&world).await;
    world.db.clone()
}

async fn access(world: &World) {
    let mut tx = world.write().await;
    let tenant = tenants::find(&mut tx).await.unwrap().unwrap();
    let change = tenants::Change { name: &tenant.name, local: &tenant.local, create_needs_execute: true };
    tenants::lock(&mut tx).await.unwrap().unwrap();
    tenants::change(&mut tx, &change).await.unwrap();
    licences::load(&mut tx).await.unwrap();
    roles::built_in(&mut tx, dossier_domain::BuiltInRole::Viewer).await.unwrap().unwrap();
    users::find(&mut tx, world.user).await.unwrap().unwrap();
    users::list(&mut tx).await.unwrap();
    let roles: Vec<_> = roles::hold(&mut tx).await.unwrap().into_iter().map(|role| role.id).collect();
    users::set_roles(&mut tx, world.user, &roles).await.unwrap();
    users::set_active(&mut tx, world.user, true).await.unwrap();
    users::set_password(&mut tx, world.user, &"$argon2id$invented".into()).await.unwrap();
    users::holders(&mut tx, Permission::KycRead).await.unwrap();
    users::administrators(&mut tx).await.unwrap();
    let id: SessionId = world.id();
    let (user, device) = (world.user, Device::default());
    let session = NewSession { id, token_digest: [1; 32], user, device, created_at: at(0), expires_at: at(9) };
    sessions::add(&mut tx, &session).await.unwrap();
    sessions::touch(&mut tx, id, at(1)).await.unwrap();
    sessions::remove(&mut tx, id).await.unwrap();
    sessions::remove_for_user(&mut tx, world.user).await.unwrap();
    people(world, &mut tx).await;
    // One that is refused, so that its savepoint is gone back to.
    add_channel(&mut tx, world.id(), "intouch-live", 0).await.unwrap_err();
    channels::find(&mut tx, world.channel).await.unwrap().unwrap();
    channels::list(&mut tx).await.unwrap();
    channels::offered(&mut tx).await.unwrap();
    channels::secrets(&mut tx, world.channel).await.unwrap().unwrap();
    channels::reconfigure(&mut tx, world.channel, 1, &json!({})).await.unwrap();
    let found = channels::lock(&mut tx, world.channel).await.unwrap().unwrap();
    let secrets = channels::secrets(&mut tx, world.channel).await.unwrap().unwrap();
    let (code, name, config) = (&found.code, &found.name[..], &found.config);
    let change = channels::Change { code, name, config, secrets: &secrets, active: true, display_order: 1 };
    assert!(channels::change(&mut tx, world.channel, found.version, &change).await.unwrap());
    channels::uses(&mut tx, world.channel, 9).await.unwrap();
    exchanges::tests(&mut tx, world.channel, 9).await.unwrap();
    let gone = world.id();
    add_channel(&mut tx, gone, "gone", 0).await.unwrap();
    assert!(channels::remove(&mut tx, gone, at(1)).await.unwrap());
    lanes::sign_in(&mut tx, world.channel, at(1), None).await.unwrap();
    manifests::find(&mut tx, MANIFEST).await.unwrap().unwrap();
    tx.commit().await.unwrap();
}

async fn people(world: &World, tx: &mut WriteTx) {
    let found = users::find(tx, world.user).await.unwrap().unwrap();
    assert!(users::change(tx, world.user, found.version, "Thandi Maseko", &found.email).await.unwrap());
    let hash = users::password(tx, world.user).await.unwrap().unwrap();
    assert!(users::signed_in(tx, world.user, &hash, at(1)).await.unwrap());
    assert!(users::replace_password(tx, world.user, &hash, &hash).await.unwrap());
    let token_digest = [3; 32];
    let (kind, permissions, made_by) = (LinkKind::Reset, found.permissions, Some(world.user));
    let link = Link { token_digest, kind, permissions, made_by, expires_at: at(9), used_at: None };
    links::put(tx, world.user, &link).await.unwrap();
    assert_eq!(links::find(tx, world.user).await.unwrap(), Some(link));
    assert!(links::take(tx, world.user, token_digest, at(1)).await.unwrap());
    links::end(tx, world.user, [4; 32], at(2)).await.unwrap();
    links::remove(tx, world.user).await.unwrap();
    let role = world.id();
    let permissions = [Permission::KycRead].into_iter().collect();
    roles::add(tx, role, "Desk", &permissions).await.unwrap();
    assert!(roles::change(tx, role, 1, "Front desk", &permissions).await.unwrap());
    assert!(roles::remove(tx, role).await.unwrap());
    sessions::list(tx, world.user, at(0)).await.unwrap();
    assert_eq!(sessions::last_seen(tx, world.user, world.id(), at(0)).await.unwrap(), None);
    sessions::remove_own(tx, world.user, world.id()).await.unwrap();
    sessions::remove_others(tx, world.user, world.id()).await.unwrap();
}

async fn work(world: &World) {
    let request = world.request("Naledi Khumalo").await;
    let result = world.succeed(request, "consent", json!({"consent": "C-1"})).await;
    let run: RunId = world.id();
    let key = Key { key: "click", fingerprint: b"" };
    let (one, two) = (world.call(Some(request), Some(result.run)), world.call(Some(request), Some(result.run)));
    let file: AttachmentId = world.id();
    let file_key = attachments::key(&mut world.read().await, request, file).await.unwrap();
    let store = BlobStore::local(&world.test.files()).unwrap();
    let blob = store.put(&file_key, b"bytes").await.unwrap();

    let mut tx = world.write().await;
    requests::find(&mut tx, request).await.unwrap().unwrap();
    requests::lock(&mut tx, request).await.unwrap().unwrap();
    requests::find_by_key(&mut tx, "form").await.unwrap();
    requests::rename(&mut tx, request, &Reference::parse("Naledi M").unwrap(), at(2)).await.unwrap();
    requests::place(&mut tx, request).await.unwrap().unwrap();
    let (became, text, by) = (Some(RequestStatus::Failed), Some("Seen.".to_owned()), world.by.clone());
    let note = Note { id: world.id(), request, became, version: 2, text, at: at(2), by };
    notes::add(&mut tx, &note, Some("note")).await.unwrap();
    assert_eq!(notes::find_by_key(&mut tx, "note").await.unwrap().as_ref(), Some(&note));
    assert_eq!(notes::last_move(&mut tx, request).await.unwrap().as_ref(), Some(&note));
    assert_eq!(notes::list(&mut tx, request, None, 9).await.unwrap().rows, [note]);
    requests::set_status(&mut tx, request, RequestStatus::Draft, RequestStatus::Pending, Mover::Action, at(2))
        .await
        .unwrap();
    requests::set_verdict(&mut tx, request, Verdict::Pass, at(2)).await.unwrap();
    add_run(&mut tx, &world.by, run, request, "company-kyc", Some(key)).await.unwrap();
    runs::find(&mut tx, run).await.unwrap().unwrap();
    runs::place(&mut tx, run).await.unwrap().unwrap();
    runs::subject(&mut tx, run).await.unwrap();
    exchanges::last_of(&mut tx, run, "look").await.unwrap();
    runs::lock(&mut tx, run).await.unwrap().unwrap();
    runs::find_by_key(&mut tx, key).await.unwrap().unwrap();
    runs::latest(&mut tx, request).await.unwrap();
    runs::list(&mut tx, request, Some("consent"), None, 9).await.unwrap();
    runs::actions(&mut tx, request).await.unwrap();
    runs::unknown(&mut tx, request).await.unwrap();
    runs::waiting(&mut tx, request).await.unwrap();
    runs::going_on(&mut tx, request).await.unwrap();
    runs::unsettled(&mut tx, request).await.unwrap();
    runs::standing(&mut tx, request).await.unwrap();
    runs::about(&mut tx, world.channel, [0; 32]).await.unwrap();
    runs::asked(&mut tx, run, Some(at(3))).await.unwrap();
    runs::told(&mut tx, run, at(3)).await.unwrap();
    runs::move_to(&mut tx, run, RunState::Queued, RunState::Cancelled, Patch::default()).await.unwrap();
    results::find(&mut tx, result.id).await.unwrap().unwrap();
    results::content(&mut tx, result.id).await.unwrap().unwrap();
    results::facts(&mut tx, result.id).await.unwrap().unwrap();
    results::own_outputs(&mut tx, result.run).await.unwrap().unwrap();
    results::of(&mut tx, result.run, "consent").await.unwrap().unwrap();
    results::current(&mut tx, request).await.unwrap();
    results::of_run(&mut tx, result.run).await.unwrap();
    results::outputs(&mut tx, request).await.unwrap();
    exchanges::add(&mut tx, &one).await.unwrap();
    exchanges::add(&mut tx, &two).await.unwrap();
    let answer = Message { headers: vec![], body: vec![] };
    exchanges::answer(&mut tx, one.id, 200, &answer, Duration::ZERO).await.unwrap();
    exchanges::break_off(&mut tx, two.id, "dns", "", Duration::ZERO).await.unwrap();
    exchanges::find(&mut tx, one.id).await.unwrap().unwrap();
    exchanges::states(&mut tx, result.run).await.unwrap();
    exchanges::count(&mut tx, request, 9).await.unwrap();
    let (name, media_type) = ("consent.pdf".to_owned(), "application/pdf".to_owned());
    let kind = attachments::Kind::Sent;
    let file = attachments::Attachment {
        id: file,
        request,
        run: None,
        kind,
        name,
        media_type,
        blob,
        preview: None,
        staged_by: None,
        created_at: at(1),
    };
    attachments::add(&mut tx, &file).await.unwrap();
    attachments::find(&mut tx, file.id).await.unwrap().unwrap();
    attachments::list(&mut tx, request, Some(run)).await.unwrap();
    attachments::staged(&mut tx, at(9)).await.unwrap();
    attachments::unstage(&mut tx, file.id).await.unwrap();
    attachments::give(&mut tx, file.id, run).await.unwrap();
    audit::write(&mut tx, &event(world, Some(request))).await.unwrap();
    calls(&mut tx, request, run).await;
    audited(&mut tx, world, [request.uuid(), run.uuid(), result.id.uuid(), file.id.uuid()]).await;
    tenants::standing(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    // Its row is gone, by the store's own clock for long.
    leftovers::remove(&world.db, &store, world.scope, at(1 << 32)).await.unwrap();
}

async fn audited(tx: &mut WriteTx, world: &World, [request, run, result, file]: [uuid::Uuid; 4]) {
    let about = audit::About { ids: vec![request], text: "naledi".to_owned(), log_request: Some("1".to_owned()) };
    let narrow = audit::Filter {
        actors: Some(vec![audit::ActorKind::Known(world.user.into()), audit::ActorKind::System]),
        actions: Some(vec![]),
        about: Some(about),
        from: Some(at(0)),
        before: Some(at(9)),
        ..of(RequestId::from(request))
    };
    audit::list(tx, &narrow, None, 9).await.unwrap();
    audit::since(tx, at(0), 9).await.unwrap();
    audit::is_sealed(tx, world.id()).await.unwrap();
    for (kind, id) in [
        ("request", request),
        ("channel", world.channel.uuid()),
        ("user", world.user.uuid()),
        ("role", request),
        ("run", run),
        ("result", result),
        ("attachment", file),
    ] {
        let there = !["role", "attachment"].contains(&kind);
        assert_eq!(audit::name_of(tx, kind, id).await.unwrap().is_some(), there, "{kind}");
    }
}

async fn calls(tx: &mut WriteTx, request: RequestId, run: RunId) {
    exchanges::actions(tx, request).await.unwrap();
    for &end in CallOutcome::ALL {
        let filter = exchanges::Filter { run: Some(run), action: Some("consent".to_owned()), end: Some(end) };
        exchanges::list(tx, request, &filter, None, 9).await.unwrap();
    }
}

async fn programs(world: &World) {
    let key = api_keys::ApiKey {
        id: world.id(),
        name: "Core banking".to_owned(),
        ending: "x9Zq".to_owned(),
        permissions: [Permission::KycRead].into_iter().collect(),
        created_at: at(1),
        created_by: By { id: Some(world.user.into()), name: "Thandi Maseko".to_owned() },
        expires_at: at(9),
        revoked_at: None,
        last_used_at: None,
        last_address: None,
    };
    let mut tx = world.write().await;
    api_keys::add(&mut tx, &key, [9; 32]).await.unwrap();
    api_keys::touch(&mut tx, key.id, at(2), Some("127.0.0.1".to_owned())).await.unwrap();
    assert!(api_keys::revoke(&mut tx, key.id, at(3)).await.unwrap());
    assert!(!api_keys::revoke(&mut tx, key.id, at(4)).await.unwrap(), "once");
    assert_eq!(api_keys::list(&mut tx).await.unwrap()[0].revoked_at, Some(at(3)));
    assert_eq!(api_keys::find(&mut tx, key.id).await.unwrap().unwrap().last_used_at, Some(at(2)));
    assert!(audit::name_of(&mut tx, "api_key", key.id.uuid()).await.unwrap().is_some());

    let post = answers::Post { principal: key.id.into(), key: "once", content: b"the same" };
    let first = answers::begin(&mut tx, world.id(), post, at(1), at(2)).await.unwrap().unwrap();
    assert_eq!(answers::begin(&mut tx, world.id(), post, at(1), at(2)).await, Ok(None));
    assert_eq!(answers::again(&mut tx, first, at(1), at(4)).await, Ok(None), "it is under way");
    let next = answers::again(&mut tx, first, at(2), at(4)).await.unwrap().unwrap();
    assert_eq!(answers::changed(&mut tx, first, "request", None).await, Ok(false), "taken over");
    answers::forget(&mut tx, first).await.unwrap();
    assert_eq!(answers::changed(&mut tx, next, "request", None).await, Ok(true));
    answers::answer(&mut tx, next, b"{}").await.unwrap();
    let other = answers::Post { content: b"another", ..post };
    assert!(!answers::find(&mut tx, other).await.unwrap().unwrap().same);
    assert_eq!(answers::find(&mut tx, post).await.unwrap().unwrap().answer.as_deref(), Some(b"{}".as_slice()));
    assert_eq!(answers::purge(&mut tx, at(9)).await, Ok(1));
    tx.commit().await.unwrap();
    let found = system::find_api_key(&mut world.db.system_read().await.unwrap(), [9; 32]).await.unwrap();
    assert_eq!(found, Some((world.scope.tenant, key.id)));
}

async fn background(world: &World) {
    let request = world.request("Sipho Nkosi").await;
    let run = world.run(request, "workflow").await;
    let mut tx = world.write().await;
    let gone = world.id();
    assert!(!requests::remove(&mut tx, gone, at(2)).await.unwrap());
    assert!(!requests::was_removed(&mut tx, gone, 1).await.unwrap());
    channels::callback_token(&mut tx, world.channel).await.unwrap().unwrap();
    channels::rotate_callback(&mut tx, world.channel, 1).await.unwrap();
    let event = sent(world, b"once");
    assert!(events::add(&mut tx, &event).await.unwrap());
    assert!(!events::add(&mut tx, &event).await.unwrap());
    events::find(&mut tx, event.id).await.unwrap().unwrap();
    events::lock(&mut tx, event.id).await.unwrap().unwrap();
    events::message(&mut tx, event.id).await.unwrap().unwrap();
    events::unmatched(&mut tx, world.channel, "T-1").await.unwrap();
    events::give(&mut tx, event.id, request, run).await.unwrap();
    events::settle(&mut tx, event.id, EventState::Applied, None, at(4)).await.unwrap();
    events::of_run(&mut tx, run).await.unwrap();
    events::list(&mut tx, request).await.unwrap();
    events::quarantine(&mut tx, None, 9).await.unwrap();
    let job = world.id();
    jobs::add(&mut tx, job, JobKind::Poll, run, at(1), at(1)).await.unwrap();
    let held = jobs::of(&mut tx, JobKind::Poll, run).await.unwrap().unwrap();
    jobs::hold(&mut tx, job, "worker").await.unwrap();
    jobs::done(&mut tx, &held, "worker", at(2)).await.unwrap();
    jobs::bury(&mut tx, &held, "worker").await.unwrap();
    jobs::find(&mut tx, job).await.unwrap().unwrap();
    let file = PendingFile {
        id: world.id(),
        request,
        run,
        name: "a".to_owned(),
        link: "b".to_owned(),
        media_type: None,
        until: at(9),
    };
    pending::add(&mut tx, &file).await.unwrap();
    assert_eq!(pending::of_run(&mut tx, run).await.unwrap(), std::slice::from_ref(&file));
    assert!(pending::remove(&mut tx, file.id).await.unwrap());
    let lane = lanes::lock(&mut tx, world.channel).await.unwrap();
    lanes::set(&mut tx, world.channel, &lane).await.unwrap();
    lanes::find(&mut tx, world.channel).await.unwrap();
    lanes::list(&mut tx).await.unwrap();
    let place = world.id();
    lanes::take_place(&mut tx, world.channel, place, at(1), at(9)).await.unwrap();
    lanes::places(&mut tx, world.channel, at(1), at(9)).await.unwrap();
    lanes::leave_place(&mut tx, world.channel, place).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.db.system().await.unwrap();
    system::set_back(&mut tx, at(0), Duration::from_micros(1)).await.unwrap();
    system::claim_job(&mut tx, "worker", at(5), at(9)).await.unwrap().unwrap();
    for held in [Held::Job(world.scope.tenant, job), Held::Run(world.scope.tenant, run)] {
        system::heartbeat(&mut tx, held, "worker", at(10)).await.unwrap();
        system::let_go(&mut tx, held, "worker").await.unwrap();
    }
    system::find_callback(&mut tx, [0; 32]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    jobs::cancel(&mut tx, JobKind::Poll, run).await.unwrap();
    runs::move_to(&mut tx, run, RunState::Queued, RunState::Cancelled, Patch::default()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn lists(world: &World) {
    let mut tx = world.read().await;
    requests::used_channels(&mut tx).await.unwrap();
    let narrow = Filter {
        verdict: Some(Verdict::Pass),
        created_from: Some(at(0)),
        created_before: Some(at(9)),
        attention: true,
        text: "naledi".to_owned(),
        ..Filter::default()
    };
    requests::count(&mut tx, &narrow).await.unwrap();
    let all = requests::list(&mut tx, &Filter::default(), None, 9).await.unwrap();
    let id = all.rows[0].request.id.uuid();
    let filter = Filter { channel: Some(world.channel), status: Some(RequestStatus::Pending), ..Filter::default() };
    for from in [Cursor::Older(uuid::Uuid::max()), Cursor::Newer(uuid::Uuid::nil())] {
        assert_eq!(requests::list(&mut tx, &filter, Some(from), 1).await.unwrap().rows[0].request.id.uuid(), id);
    }
}

async fn days(world: &World) {
    let day = at(0)..at(86_400);
    let mut tx = world.write().await;
    assert!(daily::began(&mut tx).await.unwrap().is_some());
    assert!(daily::expect(&mut tx, &day).await.unwrap());
    assert!(!daily::expect(&mut tx, &day).await.unwrap());
    assert!(daily::roll(&mut tx, &day, at(9)).await.unwrap());
    daily::mark(&mut tx, at(1)).await.unwrap();
    assert!(daily::known(&mut tx, at(0)).await.unwrap()[0].stale);
    assert!(!daily::requests(&mut tx, None, &day).await.unwrap().is_empty());
    assert!(!daily::calls(&mut tx, Some(world.channel), &day).await.unwrap().is_empty());
    assert!(!daily::by_channel(&mut tx, &day).await.unwrap().is_empty());
    daily::forget(&mut tx, at(0)).await.unwrap();
    assert_eq!(daily::known(&mut tx, at(0)).await.unwrap(), []);
    tx.commit().await.unwrap();
}

async fn news(world: &World) {
    let mut tx = world.write().await;
    let (hook, event): (WebhookId, _) = (world.id(), world.id());
    assert!(webhooks::add(&mut tx, hook, &setup(), &secret("one"), at(1)).await.unwrap());
    webhooks::change(&mut tx, hook, &setup()).await.unwrap();
    webhooks::set_secrets(&mut tx, hook, &[secret("two")]).await.unwrap();
    webhooks::secrets(&mut tx, hook).await.unwrap();
    webhooks::find(&mut tx, hook).await.unwrap().unwrap();
    webhooks::lock(&mut tx, hook).await.unwrap().unwrap();
    webhooks::list(&mut tx).await.unwrap();
    webhooks::wanting(&mut tx, WebhookEvent::RunEnded).await.unwrap();
    webhooks::arrived(&mut tx, hook, at(2)).await.unwrap();
    webhooks::failed(&mut tx, hook, "503", Some(at(9)), at(3)).await.unwrap();
    webhooks::move_to(&mut tx, hook, WebhookState::Gone, at(3)).await.unwrap();
    assert!(audit::name_of(&mut tx, "webhook", hook.uuid()).await.unwrap().is_some());
    let id: DeliveryId = world.id();
    deliveries::add(&mut tx, (id, hook, event), WebhookEvent::RunEnded, "{}", at(1)).await.unwrap();
    deliveries::find(&mut tx, id).await.unwrap().unwrap();
    deliveries::lock(&mut tx, id).await.unwrap().unwrap();
    deliveries::waiting(&mut tx, event).await.unwrap();
    deliveries::due(&mut tx, hook, at(1), 9).await.unwrap();
    deliveries::next(&mut tx, hook).await.unwrap();
    deliveries::pending(&mut tx).await.unwrap();
    deliveries::tried(&mut tx, id, &attempt(world), DeliveryState::Failed, None).await.unwrap();
    deliveries::attempts(&mut tx, id).await.unwrap();
    deliveries::again(&mut tx, id, at(4)).await.unwrap();
    deliveries::stop(&mut tx, hook, at(5)).await.unwrap();
    deliveries::all_again(&mut tx, hook, at(6)).await.unwrap();
    for state in [None, Some(DeliveryState::Pending)] {
        assert_eq!(deliveries::list(&mut tx, hook, state, None, 9).await.unwrap().rows.len(), 1);
    }
    deliveries::purge(&mut tx, at(0)).await.unwrap();
    deliveries::remove_of(&mut tx, hook).await.unwrap();
    assert!(webhooks::remove(&mut tx, hook).await.unwrap());
    tx.commit().await.unwrap();
}

async fn system_work(world: &World) {
    let mut tx = world.db.operate(world.scope).await.unwrap();
    tenants::lock(&mut tx).await.unwrap().unwrap();
    system::rename_tenant(&mut tx, "Karoo Bank and Trust").await.unwrap();
    system::set_licence(&mut tx, &[("kyc".to_owned(), None)]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.db.system().await.unwrap();
    system::tenants(&mut tx).await.unwrap();
    system::find_credential(&mut tx, "thandi@karoo.example").await.unwrap().unwrap();
    system::find_session(&mut tx, [1; 32], at(1)).await.unwrap();
    system::find_link(&mut tx, [3; 32]).await.unwrap();
    system::end_leases(&mut tx).await.unwrap();
    system::purge_sessions(&mut tx, at(99)).await.unwrap();
    tx.commit().await.unwrap();
    world.run(world.request("Zanele Dube").await, "consent").await;
    let mut tx = world.db.system().await.unwrap();
    let taken = system::claim_run(&mut tx, "worker", at(5), at(9)).await.unwrap().unwrap();
    assert!(system::heartbeat(&mut tx, Held::Run(taken.tenant, taken.run), "worker", at(10)).await.unwrap());
    tx.commit().await.unwrap();
}
