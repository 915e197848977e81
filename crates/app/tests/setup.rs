//! What the operator does at the command line: each change with its line of the audit, and what is refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use dossier_app::{AppError, setup};
use dossier_domain::{Actor, BuiltInRole, Email, Scope, Timestamp};
use dossier_storage::audit::Event;
use dossier_storage::users;
use dossier_testkit::{Desk, Firm, PASSWORD};
use secrecy::SecretString;
use serde_json::json;

/// The message of the one refused field.
fn refused<T>(outcome: Result<T, AppError>, field: &str) -> String {
    match outcome {
        Err(AppError::Invalid(fields)) => {
            assert_eq!(fields.len(), 1);
            assert_eq!(fields[0].field, field);
            fields[0].message.clone()
        }
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was accepted"),
    }
}

fn modules(names: &[&str]) -> Vec<(String, Option<Timestamp>)> {
    names.iter().map(|name| ((*name).to_owned(), None)).collect()
}

/// The only event of this kind.
async fn event(firm: &Firm<'_>, action: &str) -> Event {
    let mut found: Vec<_> = firm.audit().await.into_iter().filter(|event| event.action == action).collect();
    assert_eq!(found.len(), 1, "{action}");
    found.remove(0)
}

async fn person(desk: &Desk, firm: &Firm<'_>, role: BuiltInRole) -> setup::Person {
    setup::find_user(&desk.app, &Email::parse(&firm.email(role)).unwrap()).await.unwrap()
}

/// TENANT-5
#[tokio::test]
async fn a_tenant_has_a_name_of_its_own_a_time_zone_that_exists_and_modules_that_are_known() {
    let desk = Desk::builder().without_worker().open().await;
    let add =
        async |name: &str, zone: &str, names: &[&str]| setup::add_tenant(&desk.app, name, zone, &modules(names)).await;
    add(" Aloe Bank ", "africa/johannesburg", &["kyc"]).await.unwrap();
    let tenants = setup::list_tenants(&desk.app).await.unwrap();
    assert_eq!((tenants[0].name.as_str(), &*tenants[0].local.time_zone), ("Aloe Bank", "Africa/Johannesburg"));
    assert!(refused(add("aloe bank", "UTC", &["kyc"]).await, "name").contains("already"));
    assert!(refused(add("", "UTC", &["kyc"]).await, "name").starts_with("Enter a name"));
    assert!(refused(add("Protea", "Africa/Nowhere", &["kyc"]).await, "time_zone").contains("Africa/Nowhere"));
    let said = refused(add("Protea", "UTC", &["kyc", "kyc-nowhere"]).await, "module");
    assert!(said.contains("“kyc-nowhere”") && said.contains("There are: kyc, kyc-intouch"), "{said}");
    assert_eq!(setup::list_tenants(&desk.app).await.unwrap().len(), 1, "nothing half-made");
}

/// AUDIT-2: what is not committed leaves neither the tenant nor the line.
#[tokio::test]
async fn a_tenant_whose_audit_cannot_be_written_is_not_made_and_a_licence_stays_as_it_was() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.database.refuse("INSERT", "audit_event", "1 = 1").await;
    assert!(setup::add_tenant(&desk.app, "Protea", "UTC", &modules(&["kyc"])).await.is_err());
    assert!(setup::grant(&desk.app, firm.tenant, "kyc-sumsub", None).await.is_err());
    assert!(setup::rename_tenant(&desk.app, firm.tenant, "Aloe Trust").await.is_err());
    desk.database.accept("audit_event").await;
    let tenants = setup::list_tenants(&desk.app).await.unwrap();
    assert_eq!(tenants.iter().map(|tenant| tenant.name.as_str()).collect::<Vec<_>>(), ["Aloe Bank"]);
    let held = setup::licence(&desk.app, firm.tenant).await.unwrap();
    assert_eq!(held.modules().map(|(module, _)| module.to_owned()).collect::<Vec<_>>(), ["kyc", "kyc-intouch"]);
    assert!(setup::grant(&desk.app, firm.tenant, "kyc-sumsub", None).await.unwrap(), "the control");
}

/// TENANT-5, AUDIT-1
#[tokio::test]
async fn what_the_operator_changes_of_a_tenant_stands_in_its_audit_with_before_and_after() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    assert!(setup::rename_tenant(&desk.app, firm.tenant, "Aloe Trust").await.unwrap());
    assert!(!setup::rename_tenant(&desk.app, firm.tenant, "Aloe Trust").await.unwrap(), "nothing to change");
    let end = setup::until("2027-12-31", "Africa/Johannesburg").unwrap();
    assert!(setup::grant(&desk.app, firm.tenant, "kyc-sumsub", Some(end)).await.unwrap());
    assert!(!setup::grant(&desk.app, firm.tenant, "kyc-sumsub", Some(end)).await.unwrap(), "nothing to change");
    let renamed = event(&firm, "tenant.renamed").await;
    let licensed = event(&firm, "licence.changed").await;
    assert_eq!((renamed.actor, renamed.subject.id), (Actor::Operator, Some(firm.tenant.into())));
    assert_eq!(renamed.before, Some(json!({ "name": "Aloe Bank" })));
    assert_eq!(renamed.after, Some(json!({ "name": "Aloe Trust" })));
    assert_eq!((licensed.actor, licensed.subject.id), (Actor::Operator, Some(firm.tenant.into())));
    let two = [json!({ "module": "kyc", "until": null }), json!({ "module": "kyc-intouch", "until": null })];
    assert_eq!(licensed.before, Some(json!({ "modules": two })));
    let third = json!({ "module": "kyc-sumsub", "until": "2027-12-31T22:00:00Z" });
    assert_eq!(licensed.after, Some(json!({ "modules": [two[0], two[1], third] })));
}

/// Whoever ends a licence must be able to, also when the provider is gone.
#[tokio::test]
async fn a_module_that_is_held_can_be_ended_though_no_provider_has_it() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm_licensed("Aloe Bank", &["kyc", "kyc-gone"]).await;
    let now = desk.app.now();
    assert!(setup::grant(&desk.app, firm.tenant, "kyc-gone", Some(now)).await.unwrap());
    assert!(!setup::licence(&desk.app, firm.tenant).await.unwrap().covers("kyc-gone", now));
    let said = refused(setup::grant(&desk.app, firm.tenant, "kyc-other", None).await, "module");
    assert!(said.contains("kyc-other"), "{said}");
}

#[tokio::test]
async fn a_tenant_is_found_by_name_or_id_and_alone_without_either() {
    let desk = Desk::builder().without_worker().open().await;
    assert!(refused(setup::find_tenant(&desk.app, None).await, "tenant").contains("no tenant yet"));
    let first = setup::add_tenant(&desk.app, "Aloe Bank", "UTC", &modules(&["kyc"])).await.unwrap();
    let found = async |which: Option<&str>| setup::find_tenant(&desk.app, which).await;
    assert_eq!(found(None).await.unwrap().id, first);
    desk.clock.advance(Duration::from_secs(1));
    let second = setup::add_tenant(&desk.app, "Protea", "UTC", &modules(&["kyc"])).await.unwrap();
    assert_eq!(found(Some("protea")).await.unwrap().id, second);
    assert_eq!(found(Some(&first.to_string())).await.unwrap().id, first);
    assert!(refused(found(None).await, "tenant").contains("Aloe Bank, Protea"));
    assert!(refused(found(Some("Fynbos")).await, "tenant").contains("There are: Aloe Bank, Protea."));
}

/// TENANT-6
#[tokio::test]
async fn an_address_is_one_persons_in_the_installation_and_a_password_must_be_of_use() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = setup::add_tenant(&desk.app, "Protea", "UTC", &modules(&["kyc"])).await.unwrap();
    let add = async |email: &str, password: &str, roles: &[&str]| {
        let (email, password) = (Email::parse(email).unwrap(), SecretString::from(password));
        setup::add_user(&desk.app, other, &email, "Nomsa Cele", &password, roles).await
    };
    let taken = firm.email(BuiltInRole::Administrator).to_uppercase();
    assert!(refused(add(&taken, PASSWORD, &["administrator"]).await, "email").contains("has this address"));
    assert!(refused(add("nomsa@protea.example", "too short", &["administrator"]).await, "password").contains("12"));
    let long = "x".repeat(1_025);
    assert!(refused(add("nomsa@protea.example", &long, &["administrator"]).await, "password").contains("1,024"));
    let said = refused(add("nomsa@protea.example", PASSWORD, &["boss"]).await, "role");
    assert!(said.contains("“boss”") && said.contains("kyc-operator"), "{said}");
    assert!(refused(add("nomsa@protea.example", PASSWORD, &[]).await, "role").contains("at least one"));
    add("nomsa@protea.example", PASSWORD, &["auditor", "KYC Viewer", "auditor"]).await.unwrap();
    let people = setup::list_users(&desk.app, other).await.unwrap();
    assert_eq!(people.iter().map(|user| user.roles.clone()).collect::<Vec<_>>(), [["Auditor", "KYC Viewer"]]);
}

/// ACCESS-5
#[tokio::test]
async fn the_last_active_administrator_stays_one() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (first, second) =
        (person(&desk, &firm, BuiltInRole::Administrator).await, person(&desk, &firm, BuiltInRole::Manager).await);
    let last = |outcome: Result<bool, AppError>| matches!(outcome, Err(AppError::Conflict(said)) if said.contains("last active administrator"));
    assert!(last(setup::deactivate(&desk.app, &first).await));
    assert!(last(setup::set_roles(&desk.app, &first, &["kyc-viewer"]).await));
    assert!(setup::set_roles(&desk.app, &first, &["administrator", "auditor"]).await.unwrap(), "it stays one");
    assert!(setup::set_roles(&desk.app, &second, &["administrator"]).await.unwrap());
    assert!(setup::deactivate(&desk.app, &first).await.unwrap(), "there is another one now");
    assert!(last(setup::deactivate(&desk.app, &second).await), "who is inactive does not count");
    assert!(setup::activate(&desk.app, &first).await.unwrap());
    assert!(setup::deactivate(&desk.app, &second).await.unwrap());
    // The clock stands still, so nothing says in which order.
    let mut deeds = firm.deeds().await;
    deeds.sort();
    let done = ["activated", "deactivated", "deactivated", "roles_changed", "roles_changed"];
    assert_eq!(deeds, done.map(|deed| format!("user.{deed}")));
}

/// ACCESS-5: two who take each other's role away at once. One of them must find that it is the last.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_are_taken_away_at_once_one_stays() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (first, second) =
        (person(&desk, &firm, BuiltInRole::Administrator).await, person(&desk, &firm, BuiltInRole::Manager).await);
    setup::set_roles(&desk.app, &second, &["administrator"]).await.unwrap();
    for _ in 0..10 {
        setup::activate(&desk.app, &first).await.unwrap();
        setup::activate(&desk.app, &second).await.unwrap();
        let (one, two) = tokio::join!(setup::deactivate(&desk.app, &first), setup::deactivate(&desk.app, &second));
        assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
        let mut tx = desk.database.db.read(Scope::of(firm.tenant)).await.unwrap();
        assert_eq!(users::administrators(&mut tx).await.unwrap().len(), 1);
    }
}
