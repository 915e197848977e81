//! Who may come in: users, roles, credentials, sessions, and the wall between tenants.

use std::time::Duration;

use dossier_domain::status::Mover;
use dossier_domain::{BuiltInRole, Email, Permission, RequestStatus, RunState, SessionId, UserId, Verdict};
use dossier_storage::sessions::{self, Device, NewSession};
use dossier_storage::{
    Constraint, StorageError, attachments, audit, channels, exchanges, licences, requests, results, roles, runs,
    system, tenants, users,
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::audits::of;
use crate::world::{World, add_user, at, tenant, world};

/// TENANT-1
#[tokio::test]
async fn another_tenants_ids_answer_like_ids_that_do_not_exist() {
    let world = world().await;
    let request = world.request("Zanele Dube").await;
    let result = world.succeed(request, "company-kyc", json!({"tracking": "T-1"})).await;
    let call = world.send(request, result.run).await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;

    let mut own = world.read().await;
    assert!(requests::find(&mut own, request).await.unwrap().is_some());
    assert!(exchanges::find(&mut own, call).await.unwrap().is_some());
    drop(own);

    let mut tx = world.db.write(other).await.unwrap();
    assert_eq!(requests::find(&mut tx, request).await, Ok(None));
    assert_eq!(requests::lock(&mut tx, request).await, Ok(None));
    assert_eq!(requests::list(&mut tx, &requests::Filter::default(), None, 10).await.unwrap().rows, []);
    assert_eq!(channels::find(&mut tx, world.channel).await, Ok(None));
    assert!(channels::secrets(&mut tx, world.channel).await.unwrap().is_none());
    assert_eq!(runs::find(&mut tx, result.run).await, Ok(None));
    assert_eq!(runs::latest(&mut tx, request).await, Ok(vec![]));
    assert_eq!(results::find(&mut tx, result.id).await, Ok(None));
    assert_eq!(results::current(&mut tx, request).await, Ok(vec![]));
    assert_eq!(runs::list(&mut tx, request, None, None, 9).await.map(|page| page.rows), Ok(vec![]));
    assert_eq!(exchanges::actions(&mut tx, request).await, Ok(vec![]));
    assert_eq!(results::outputs(&mut tx, request).await, Ok(json!({})));
    assert_eq!(exchanges::find(&mut tx, call).await, Ok(None));
    assert_eq!(exchanges::states(&mut tx, result.run).await, Ok(vec![]));
    assert_eq!(attachments::list(&mut tx, request, None).await, Ok(vec![]));
    assert_eq!(audit::list(&mut tx, &of(request), None, 10).await.unwrap().rows, []);
    assert_eq!(users::find(&mut tx, world.user).await, Ok(None));
    assert!(attachments::key(&mut tx, request, world.id()).await.is_err());
    let moved =
        requests::set_status(&mut tx, request, RequestStatus::Draft, RequestStatus::Failed, Mover::Person, at(1)).await;
    assert_eq!(moved, Ok(false));
    assert_eq!(requests::set_verdict(&mut tx, request, Verdict::Fail, at(1)).await, Ok(false));
    let patch = runs::Patch::default();
    assert_eq!(runs::move_to(&mut tx, result.run, RunState::Succeeded, RunState::Failed, patch).await, Ok(false));
    assert_eq!(exchanges::break_off(&mut tx, call, "dns", "", Duration::ZERO).await, Ok(false));
}

/// TENANT-6
#[tokio::test]
async fn an_email_address_is_unique_in_the_installation_without_case() {
    let world = world().await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    let mut tx = world.db.write(other).await.unwrap();
    let taken = add_user(&mut tx, world.id(), "THANDI@karoo.example", "Another Thandi", &[]).await;
    assert_eq!(taken, Err(StorageError::Conflict(Constraint::UserEmail)));
}

/// TENANT-6
#[tokio::test]
async fn sign_in_finds_the_person_by_the_folded_address_alone() {
    let world = world().await;
    let mut tx = world.db.system_read().await.unwrap();
    let folded = Email::parse("Thandi@KAROO.example").unwrap().folded();
    let found = system::find_credential(&mut tx, &folded).await.unwrap().unwrap();
    assert_eq!((found.tenant, found.user, found.active), (world.scope.tenant, world.user, true));
    assert_eq!(found.password_hash.expose_secret(), "$argon2id$invented");
    assert!(system::find_credential(&mut tx, "nobody@karoo.example").await.unwrap().is_none());
}

/// ACCESS-5
#[tokio::test]
async fn a_person_holds_what_all_roles_grant_together() {
    let world = world().await;
    let mut tx = world.write().await;
    let viewer = roles::built_in(&mut tx, BuiltInRole::Viewer).await.unwrap().unwrap();
    let auditor = roles::built_in(&mut tx, BuiltInRole::Auditor).await.unwrap().unwrap();
    let id: UserId = world.id();
    add_user(&mut tx, id, "ravi@karoo.example", "Ravi Pillay", &[viewer, auditor]).await.unwrap();
    let found = users::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!(found.roles, ["Auditor", "KYC Viewer"]);
    assert!(found.permissions.allows(Permission::AuditRead) && found.permissions.allows(Permission::KycRead));
    assert!(!found.permissions.allows(Permission::KycExecute));
    assert!(found.active);
    let again = roles::add_built_in(&mut tx, world.id(), BuiltInRole::Viewer).await;
    assert_eq!(again, Err(StorageError::Conflict(Constraint::RoleName)));
}

/// NAV-2
#[tokio::test]
async fn whom_to_ask_are_the_active_people_who_hold_the_permission() {
    let world = world().await;
    let mut tx = world.write().await;
    let auditor = roles::built_in(&mut tx, BuiltInRole::Auditor).await.unwrap().unwrap();
    let administrator = roles::built_in(&mut tx, BuiltInRole::Administrator).await.unwrap().unwrap();
    add_user(&mut tx, world.id(), "ravi@karoo.example", "Ravi Pillay", &[auditor]).await.unwrap();
    add_user(&mut tx, world.id(), "gone@karoo.example", "Gone Away", &[administrator]).await.unwrap();
    tx.commit().await.unwrap();
    let off = if world.on_sqlite() { "0" } else { "false" };
    world.test.alter(&format!("UPDATE user_account SET active = {off} WHERE name = 'Gone Away'")).await;
    let mut tx = world.read().await;
    assert_eq!(users::holders(&mut tx, Permission::AuditRead).await.unwrap(), ["Ravi Pillay", "Thandi Maseko"]);
    assert_eq!(users::holders(&mut tx, Permission::KycExecute).await.unwrap(), ["Thandi Maseko"]);
    assert_eq!(users::administrators(&mut tx).await.unwrap(), ["Thandi Maseko"]);
}

async fn sign_in(world: &World, token_digest: [u8; 32], expires_at: u64) -> SessionId {
    let id = world.id();
    let new = NewSession {
        id,
        token_digest,
        user: world.user,
        device: Device::default(),
        created_at: at(0),
        expires_at: at(expires_at),
    };
    let mut tx = world.write().await;
    sessions::add(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_session_is_found_by_its_token_until_it_ends() {
    let world = world().await;
    let id = sign_in(&world, [1; 32], 60).await;
    let mut tx = world.db.system_read().await.unwrap();
    let found = system::find_session(&mut tx, [1; 32], at(59)).await.unwrap().unwrap();
    assert_eq!((found.id, found.tenant, found.user), (id, world.scope.tenant, world.user));
    assert_eq!((found.created_at, found.last_seen_at, found.expires_at), (at(0), at(0), at(60)));
    assert_eq!(
        system::find_session(&mut tx, [1; 32], at(60)).await,
        Ok(None),
        "the end is the first that counts no more"
    );
    assert_eq!(system::find_session(&mut tx, [2; 32], at(1)).await, Ok(None));
}

#[tokio::test]
async fn a_session_can_be_touched_and_removed_one_or_all() {
    let world = world().await;
    let one = sign_in(&world, [1; 32], 60).await;
    sign_in(&world, [2; 32], 60).await;
    let mut tx = world.write().await;
    assert_eq!(sessions::touch(&mut tx, one, at(9)).await, Ok(true));
    tx.commit().await.unwrap();
    let seen = system::find_session(&mut world.db.system_read().await.unwrap(), [1; 32], at(10)).await.unwrap();
    assert_eq!(seen.unwrap().last_seen_at, at(9));
    let mut tx = world.write().await;
    assert_eq!(sessions::remove(&mut tx, one).await, Ok(true));
    assert_eq!(sessions::remove(&mut tx, one).await, Ok(false));
    assert_eq!(sessions::touch(&mut tx, one, at(9)).await, Ok(false));
    assert_eq!(sessions::remove_for_user(&mut tx, world.user).await, Ok(1));
}

#[tokio::test]
async fn the_session_of_a_deactivated_person_counts_no_more() {
    let world = world().await;
    sign_in(&world, [1; 32], 60).await;
    let off = if world.on_sqlite() { "0" } else { "false" };
    world.test.alter(&format!("UPDATE user_account SET active = {off}")).await;
    let mut tx = world.db.system_read().await.unwrap();
    assert_eq!(system::find_session(&mut tx, [1; 32], at(1)).await, Ok(None));
}

#[tokio::test]
async fn ended_sessions_are_purged_and_others_stay() {
    let world = world().await;
    sign_in(&world, [1; 32], 60).await;
    sign_in(&world, [2; 32], 61).await;
    let mut tx = world.db.system().await.unwrap();
    assert_eq!(system::purge_sessions(&mut tx, at(60)).await, Ok(1));
    assert!(system::find_session(&mut tx, [2; 32], at(60)).await.unwrap().is_some());
}

/// TENANT-2
#[tokio::test]
async fn a_licence_is_replaced_as_a_whole() {
    let world = world().await;
    let mut tx = world.db.operate(world.scope).await.unwrap();
    let first = [("kyc".to_owned(), None), ("kyc-intouch".to_owned(), Some(at(50)))];
    system::set_licence(&mut tx, &first).await.unwrap();
    system::set_licence(&mut tx, &first[1..]).await.unwrap();
    tx.commit().await.unwrap();
    let licence = licences::load(&mut world.read().await).await.unwrap();
    assert_eq!(licence, first[1..].iter().cloned().collect());
}

/// TENANT-5
#[tokio::test]
async fn the_operator_sees_every_tenant_and_a_tenant_itself_only() {
    let world = world().await;
    let (other, ..) = tenant(&world.db, &world.ids, "Fynbos Trust", "ravi@fynbos.example").await;
    let listed = system::tenants(&mut world.db.system_read().await.unwrap()).await.unwrap();
    assert_eq!(listed.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["Karoo Bank", "Fynbos Trust"]);
    let own = tenants::find(&mut world.db.read(other).await.unwrap()).await.unwrap().unwrap();
    assert_eq!((own.name.as_str(), &*own.local.time_zone), ("Fynbos Trust", "Africa/Johannesburg"));
}

/// On PostgreSQL the system role reads the tables of its own statements and no others.
#[tokio::test]
async fn the_system_role_cannot_read_what_tenants_store() {
    let world = world().await;
    let Some(url) = world.test.url("dossier_system") else { return };
    let mut system = <sqlx::PgConnection as sqlx::Connection>::connect(url.expose_secret()).await.unwrap();
    // Of channels it reads whose callback address a token is, in a table of its own, and no more.
    for what in ["id FROM channel", "sealed_secrets FROM channel", "1 FROM inbound_event", "1 FROM attachment"]
        .into_iter()
        .chain(["1 FROM result", "1 FROM exchange", "1 FROM request", "1 FROM request_key", "1 FROM audit_event"])
    {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {what}"));
        let refused = sqlx::query(sql).execute(&mut system).await.expect_err(what);
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{what}");
    }
    assert!(sqlx::query("SELECT channel_id FROM callback_address").execute(&mut system).await.is_ok());
    assert!(sqlx::query("SELECT 1 FROM session").execute(&mut system).await.is_ok());
}

/// Checking a password takes a while. What the operator or an administrator does meanwhile counts.
///
/// ACCESS-6, TENANT-6
#[tokio::test]
async fn a_sign_in_that_is_under_way_does_not_outlive_another_password_or_a_deactivation() {
    let world = world().await;
    let beside = world.test.open_again().await;
    let hash = users::password(&mut world.read().await, world.user).await.unwrap().unwrap();
    for deed in ["nothing", "password", "deactivation"] {
        let mut one = world.write().await;
        match deed {
            "password" => users::set_password(&mut one, world.user, &"$argon2id$other".into()).await.unwrap(),
            "deactivation" => users::set_active(&mut one, world.user, false).await.unwrap(),
            _ => {}
        }
        let late = async {
            let mut two = beside.write(world.scope).await.unwrap();
            users::signed_in(&mut two, world.user, &hash, at(1)).await.unwrap()
        };
        let (ended, counts) = tokio::join!(one.commit(), late);
        ended.unwrap();
        assert_eq!(counts, deed == "nothing", "{deed}");
        let mut back = world.write().await;
        users::set_password(&mut back, world.user, &hash).await.unwrap();
        users::set_active(&mut back, world.user, true).await.unwrap();
        back.commit().await.unwrap();
    }
}
