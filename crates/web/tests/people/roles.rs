//! Roles: the built-in ones, and a tenant's own.

use dossier_domain::BuiltInRole;
use serde_json::json;

use super::*;

/// ACCESS-5, AUDIT-1
#[tokio::test]
async fn a_tenant_adds_edits_and_deletes_roles_of_its_own() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let id = desk.app.form_key();
    let sent = [
        ("_id", id.as_str()),
        ("name", " Front desk "),
        ("permissions.kyc", "kyc:read"),
        ("permissions.kyc", "kyc:execute"),
    ];
    let (added, again) =
        (owner.post(&format!("{ROLES}/new"), &sent).await, owner.post(&format!("{ROLES}/new"), &sent).await);
    assert_eq!((added.status, again.location()), (303, added.location()), "the same form adds it once");
    let role = added.location().split_once('?').unwrap().0.to_owned();
    let seen = owner.get(&role).await.words();
    assert!(seen.contains("Front desk") && seen.contains("Run actions") && seen.contains("Nobody holds it."), "{seen}");
    firm.person("ravi@aloe-bank.example", "Ravi Pillay", &["front DESK"]).await;
    let mut ravi = firm.signed_in("ravi@aloe-bank.example").await;
    assert_eq!(ravi.get("/settings/callbacks").await.status, 403, "the control");
    let more = [
        ("_version", "1"),
        ("name", "Front desk"),
        ("permissions.kyc", "kyc:read"),
        ("permissions.settings", "settings:manage"),
    ];
    assert_eq!(owner.post(&format!("{role}/edit"), &more).await.status, 303);
    assert_eq!(ravi.get("/settings/callbacks").await.status, 200, "it counts from the next page");
    let listed = owner.get(ROLES).await.words();
    assert!(listed.contains("Front desk kyc:read, settings:manage kyc:read, settings:manage Own 1"), "{listed}");
    let events = firm.audit().await;
    let of = |action: &str| events.iter().find(|event| event.action == action).unwrap();
    let (before, after) = (
        json!({ "name": "Front desk", "permissions": ["kyc:read", "kyc:execute"] }),
        json!({ "name": "Front desk", "permissions": ["kyc:read", "settings:manage"] }),
    );
    assert_eq!(of("role.created").after, Some(before.clone()));
    assert_eq!((&of("role.updated").before, &of("role.updated").after), (&Some(before), &Some(after)));
    let key = [("_id", id.as_str()), ("name", "Other"), ("permissions.kyc", "kyc:read")];
    let reused = owner.post(&format!("{ROLES}/new"), &key).await;
    assert!(
        reused.status == 409
            && !reused.hidden("_id").is_empty()
            && reused.hidden("_id").replace('-', "") != id
            && reused.text.contains("value=\"Other\"")
    );
}

/// ACCESS-5
#[tokio::test]
async fn built_in_roles_are_shown_and_neither_edited_nor_deleted() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let listed = owner.get(ROLES).await.words();
    let at =
        |role: BuiltInRole| listed.find(&format!(" {} ", role.label())).unwrap_or_else(|| panic!("{role}: {listed}"));
    assert!(BuiltInRole::ALL.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{listed}");
    assert!(listed.contains("Administrator admin:full admin:full Built in 1"), "{listed}");
    for &role in BuiltInRole::ALL {
        let path = format!("{ROLES}/{}", firm.built_in(role).await);
        let page = owner.get(&path).await;
        assert!(page.words().contains("can be neither edited nor deleted") && !page.text.contains(&format!("{path}/")));
        for way in ["edit", "delete"] {
            let sent = [("_version", "1"), ("_holders", "1"), ("name", "Mine"), ("permissions.kyc", "kyc:read")];
            let refused = owner.post(&format!("{path}/{way}"), &sent).await;
            assert_eq!(refused.status, 409, "{role} {way}");
            assert_eq!(owner.get(&format!("{path}/{way}")).await.status, 409);
        }
    }
}

/// ACCESS-5
#[tokio::test]
async fn deleting_a_role_says_first_who_loses_what() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let role = firm.role("Runner", &["kyc:read", "kyc:execute"]).await;
    firm.person("ravi@aloe-bank.example", "Ravi Pillay", &["Runner", "kyc-viewer"]).await;
    firm.person("zola@aloe-bank.example", "Zola Khumalo", &["Runner", "kyc-manager"]).await;
    let delete = format!("{ROLES}/{role}/delete");
    let asked = owner.get(&delete).await;
    let words = asked.words();
    assert!(words.contains("2 users no longer hold it"), "{words}");
    assert!(words.contains("Ravi Pillay ravi@aloe-bank.example kyc:execute"), "{words}");
    assert!(words.contains("Zola Khumalo zola@aloe-bank.example Nothing: other roles grant the same"), "{words}");
    let held = [("_version", asked.hidden("_version")), ("_holders", asked.hidden("_holders"))];
    firm.person("late@aloe-bank.example", "Late Comer", &["Runner"]).await;
    let again = owner.post(&delete, &held).await;
    assert!(again.status == 409 && again.words().contains("Nothing was deleted"), "{}", again.words());
    assert!(again.words().contains("Late Comer late@aloe-bank.example kyc:read , kyc:execute"), "{}", again.words());
    let held = [("_version", again.hidden("_version")), ("_holders", again.hidden("_holders"))];
    assert_eq!(owner.post(&delete, &held).await.location(), format!("{ROLES}?done=deleted"));
    assert_eq!(owner.post(&delete, &held).await.status, 404, "it is gone");
    let mut ravi = firm.signed_in("ravi@aloe-bank.example").await;
    assert!(ravi.get("/requests").await.status == 200);
    assert!(!owner.get(ROLES).await.words().contains("Runner"));
    let deleted = firm.audit().await.into_iter().find(|event| event.action == "role.deleted").unwrap();
    let before = deleted.before.unwrap();
    assert_eq!((&before["name"], before["held_by"].as_array().unwrap().len()), (&json!("Runner"), 3));
}

#[tokio::test]
async fn a_name_is_one_roles_without_case_and_a_role_grants_something() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    firm.role("Front desk", &["kyc:read"]).await;
    for (name, said) in [
        ("FRONT desk", "There is a role Front desk already."),
        ("kyc manager", "There is a role KYC Manager already."),
        ("kyc-viewer", "There is a role KYC Viewer already."),
        ("", "Enter a name"),
        ("line\nbreak", "Enter a name"),
    ] {
        let id = desk.app.form_key();
        let sent = [("_id", id.as_str()), ("name", name), ("permissions.kyc", "kyc:read")];
        let refused = owner.post(&format!("{ROLES}/new"), &sent).await;
        assert!(refused.status == 422 && said_at(&refused, "name").starts_with(said), "{name}: {}", refused.words());
        assert!(refused.text.contains("value=\"kyc:read\" checked"), "what was ticked is kept");
    }
    let id = desk.app.form_key();
    let refused = owner.post(&format!("{ROLES}/new"), &[("_id", id.as_str()), ("name", "Empty")]).await;
    assert!(
        refused.status == 422 && said_at(&refused, "permissions.kyc").starts_with("Tick at least one"),
        "{}",
        refused.words()
    );
    let sent = [("_id", id.as_str()), ("name", "Odd"), ("permissions.kyc", "kyc:fly")];
    assert!(
        said_at(&owner.post(&format!("{ROLES}/new"), &sent).await, "permissions.kyc")
            .contains("kyc:fly cannot be given")
    );
}
