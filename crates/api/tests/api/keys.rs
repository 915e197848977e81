//! Keys: who a program is.

use std::time::Duration;

use dossier_app::AppError;
use dossier_app::api_keys::{self, Typed};
use dossier_domain::{BuiltInRole, Permission};
use dossier_testkit::{ApiClient, Desk};
use serde_json::json;

use crate::ALL;

#[tokio::test]
async fn a_key_says_whose_it_is_and_what_it_may_do() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", &["kyc:read", "kyc:execute"]).await;
    let me = program.get("/me").await;
    assert_eq!((me.status, me.text("tenant"), me.text("name")), (200, "Karoo Lending", "Core banking"));
    assert_eq!(me.json["permissions"], json!(["kyc:read", "kyc:execute"]));
    assert_eq!(me.json["modules"][0], json!({ "key": "kyc", "ends_at": null }));
    desk.close().await;
}

#[tokio::test]
async fn a_key_that_is_none_was_revoked_or_has_ended_opens_nothing() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let stranger = ApiClient::new(desk.router());
    let answer = stranger.get("/me").await;
    assert_eq!(answer.problem(), (401, "unauthenticated"));
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    for token in ["dossier_0000", "another", ""] {
        let guess = stranger.clone().with(token);
        assert_eq!(guess.get("/me").await.problem(), (401, "unauthenticated"), "{token}");
    }

    let (one, other) = (firm.program("One", ALL).await, firm.program("Other", ALL).await);
    let administrator = firm.member(BuiltInRole::Administrator).await;
    let grant = administrator.grant().unwrap();
    let keys = api_keys::list(&desk.app, &grant).await.unwrap();
    let id = keys.iter().find(|key| key.name == "One").unwrap().id;
    assert_eq!(one.get("/me").await.status, 200, "the control");
    api_keys::revoke(&desk.app, &grant, id).await.unwrap();
    assert_eq!(one.get("/me").await.problem(), (401, "unauthenticated"), "at once");
    assert_eq!(other.get("/me").await.status, 200);
    desk.clock.advance(Duration::from_hours(365 * 24));
    assert_eq!(other.get("/me").await.problem(), (401, "unauthenticated"), "after its end");
    desk.close().await;
}

#[tokio::test]
async fn a_key_is_kept_as_a_digest_and_its_use_is_noted() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let token = program.token.clone().unwrap();
    assert!(token.starts_with("dossier_") && token.len() > 50, "{} characters", token.len());
    assert_ne!(desk.keeps(&token), Some(true), "nowhere in the database");
    let administrator = firm.member(BuiltInRole::Administrator).await;
    let grant = administrator.grant().unwrap();
    let key = api_keys::list(&desk.app, &grant).await.unwrap().remove(0);
    assert_eq!((key.last_used_at, token.ends_with(&key.ending)), (None, true));
    desk.clock.advance(Duration::from_secs(5));
    program.get("/me").await;
    let key = api_keys::find(&desk.app, &grant, key.id).await.unwrap();
    assert_eq!(key.last_used_at, Some(desk.clock.now()));
    assert_eq!(key.last_address.as_deref(), Some("127.0.0.1"));
    desk.close().await;
}

#[tokio::test]
async fn nobody_gives_a_key_more_than_they_hold_or_no_end() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Karoo Lending").await;
    let role = firm.role("Key keeper", &["apikeys:manage", "kyc:read"]).await;
    let keeper = firm.person("keeper@karoo.example", "Lerato Mokoena", &["Key keeper"]).await;
    let member = dossier_app::setup::impersonate(&desk.app, firm.tenant, keeper).await.unwrap();
    let grant = member.grant().unwrap();
    let until = Some(desk.clock.now().plus(Duration::from_hours(24)));
    let typed = |permissions: &[&str], expires_at| Typed {
        name: "Report".to_owned(),
        permissions: permissions.iter().map(|word| (*word).to_owned()).collect(),
        expires_at,
    };
    let make = async |typed: Typed| api_keys::make(&desk.app, &grant, api_keys::new_id(&desk.app), &typed).await;
    assert!(make(typed(&["kyc:read"], until)).await.is_ok(), "the control, with the role {role}");
    let more = make(typed(&["kyc:read", "kyc:execute"], until)).await;
    assert!(matches!(more, Err(AppError::Forbidden(Permission::KycExecute))), "{more:?}");
    let refused = async |typed: Typed| match make(typed).await {
        Err(AppError::Invalid(fields)) => fields.into_iter().map(|error| error.field).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(typed(&["kyc:read"], None)).await, ["expires_at"]);
    let late = Some(desk.clock.now().plus(api_keys::LONGEST).plus(Duration::from_secs(1)));
    assert_eq!(refused(typed(&["kyc:read"], late)).await, ["expires_at"]);
    assert_eq!(refused(typed(&[], until)).await, ["permissions"]);
    assert_eq!(refused(typed(&["kyc:execute"], until)).await, ["permissions"], "it would open nothing");
    assert_eq!(refused(typed(&["kyc:fly"], until)).await, ["permissions"]);
    desk.close().await;
}

#[tokio::test]
async fn what_a_program_does_stands_in_the_audit_under_its_key() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let program = firm.program("Core banking", ALL).await;
    let new = json!({ "channel_id": firm.channel().to_string(), "reference": "K-1" });
    let request = program.post("/requests", &new).await;
    let path = format!("/requests/{}/runs", request.text("id"));
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let order = json!({ "action": "company_kyc", "params": params });
    let run = program.call(axum::http::Method::POST, &path, &order, &[("prefer", "wait=20")]).await;
    assert_eq!(run.status, 201, "{}", run.json);
    let events = firm.audit().await;
    for action in ["request.created", "run.started", "output.saved"] {
        let event = events.iter().find(|event| event.action == action).unwrap();
        let dossier_domain::Actor::ApiKey { name, .. } = &event.actor else { panic!("{action}: {:?}", event.actor) };
        assert_eq!(name, "Core banking");
    }
    desk.close().await;
}
