//! Two people at once.

use dossier_domain::BuiltInRole;

use super::*;

/// ACCESS-5: each takes the other away. One wins, and one stays.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_deactivate_each_other_at_once_one_stays() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = firm.person("second@aloe-bank.example", "Second Chief", &["administrator"]).await;
    let first = firm.user(BuiltInRole::Administrator);
    for round in 0..5 {
        let (mut one, mut two) = (administrator(&firm).await, firm.signed_in("second@aloe-bank.example").await);
        let (to_two, to_one) = (format!("{USERS}/{second}/deactivate"), format!("{USERS}/{first}/deactivate"));
        let (by_one, by_two) = tokio::join!(one.post(&to_two, &[("", "")]), two.post(&to_one, &[("", "")]));
        let done = |page: &Page| page.status == 303 && page.location().ends_with("deactivated");
        assert_ne!(done(&by_one), done(&by_two), "round {round}: {} {}", by_one.status, by_two.status);
        let (mut winner, gone) = if done(&by_one) { (one, second) } else { (two, first) };
        assert_eq!(winner.post(&format!("{USERS}/{gone}/activate"), &[("", "")]).await.status, 303);
    }
}

/// ACCESS-5
#[tokio::test]
async fn of_two_who_edit_a_person_one_wins_and_the_other_sees_both_values_and_loses_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.person("second@aloe-bank.example", "Second Chief", &["administrator"]).await;
    let (mut one, mut two) = (administrator(&firm).await, firm.signed_in("second@aloe-bank.example").await);
    let edit = format!("{USERS}/{}/edit", firm.user(BuiltInRole::Viewer));
    let (viewer, auditor) = (firm.built_in(BuiltInRole::Viewer).await, firm.built_in(BuiltInRole::Auditor).await);
    let (viewer, auditor) = (viewer.to_string(), auditor.to_string());
    let version = one.get(&edit).await.hidden("_version").to_owned();
    let mail = firm.email(BuiltInRole::Viewer);
    let mine = [("_version", version.as_str()), ("name", "Mine"), ("email", mail.as_str()), ("roles", &viewer)];
    let yours = [("_version", version.as_str()), ("name", "Yours"), ("email", mail.as_str()), ("roles", &auditor)];
    assert_eq!(one.post(&edit, &mine).await.status, 303);
    assert_eq!(one.post(&edit, &mine).await.status, 303, "a double click is no conflict");
    let told = two.post(&edit, &yours).await;
    assert_eq!(told.status, 409);
    assert!(told.words().contains("somebody else has saved this user meanwhile. Two fields need"), "{}", told.words());
    assert!(said_at(&told, "name").starts_with("They saved “Mine”."), "{}", said_at(&told, "name"));
    assert!(said_at(&told, "roles").starts_with("They saved “KYC Viewer”."), "{}", said_at(&told, "roles"));
    assert!(told.text.contains("value=\"Yours\"") && told.text.contains(&format!("value=\"{auditor}\" checked")));
    let again = told.hidden("_version").to_owned();
    let yours = [("_version", again.as_str()), ("name", "Yours"), ("email", mail.as_str()), ("roles", &auditor)];
    assert_eq!(two.post(&edit, &yours).await.status, 303, "knowing it, theirs can be replaced");
    let saved = firm.deeds().await.into_iter().filter(|deed| deed == "user.updated").count();
    assert_eq!(saved, 2);
}

#[tokio::test]
async fn of_two_edits_at_the_same_instant_exactly_one_is_saved() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.person("second@aloe-bank.example", "Second Chief", &["administrator"]).await;
    let (mut one, mut two) = (administrator(&firm).await, firm.signed_in("second@aloe-bank.example").await);
    let role = firm.role("Desk", &["kyc:read"]).await;
    for (edit, field) in [
        (format!("{USERS}/{}/edit", firm.user(BuiltInRole::Viewer)), "email"),
        (format!("{ROLES}/{role}/edit"), "permissions.kyc"),
    ] {
        for round in 0..3 {
            let version = one.get(&edit).await.hidden("_version").to_owned();
            let (a, b) = (format!("Mine {round}"), format!("Yours {round}"));
            let rest = if field == "email" { "viewer@x.example" } else { "kyc:read" };
            let mine = [("_version", version.as_str()), ("name", a.as_str()), (field, rest)];
            let yours = [("_version", version.as_str()), ("name", b.as_str()), (field, rest)];
            let (mine, yours) = tokio::join!(one.post(&edit, &mine), two.post(&edit, &yours));
            let mut statuses = [mine.status, yours.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [303, 409], "{edit} {round}");
        }
    }
}

/// ACCESS-5
#[tokio::test]
async fn of_two_who_edit_a_role_the_other_sees_both_values_and_loses_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let role = firm.role("Desk", &["kyc:read"]).await;
    let edit = format!("{ROLES}/{role}/edit");
    let mine = [
        ("_version", "1"),
        ("name", "Front desk"),
        ("permissions.kyc", "kyc:read"),
        ("permissions.kyc", "kyc:execute"),
    ];
    assert_eq!(owner.post(&edit, &mine).await.status, 303);
    let yours = [
        ("_version", "1"),
        ("name", "Back desk"),
        ("permissions.kyc", "kyc:read"),
        ("permissions.audit", "audit:read"),
    ];
    let told = owner.post(&edit, &yours).await;
    assert_eq!(told.status, 409);
    assert!(said_at(&told, "name").starts_with("They saved “Front desk”."), "{}", told.words());
    assert!(said_at(&told, "permissions.kyc").starts_with("They saved “kyc:read, kyc:execute”."));
    assert!(said_at(&told, "permissions.audit").starts_with("They saved nothing."));
    assert!(told.text.contains("value=\"audit:read\" checked") && told.text.contains("value=\"Back desk\""));
    assert_eq!(told.hidden("_version"), "2");
}

/// ACCESS-5: each goes by the own deed, so that nothing but the count keeps the second.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_go_at_once_the_second_is_told_to_be_the_last() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = firm.person("second@aloe-bank.example", "Second Chief", &["administrator"]).await;
    let people = [firm.user(BuiltInRole::Administrator), second].map(|id| format!("{USERS}/{id}"));
    let mails = [firm.email(BuiltInRole::Administrator), "second@aloe-bank.example".to_owned()];
    let role = firm.built_in(BuiltInRole::Administrator).await.to_string();
    for (deed, refused) in [("deactivate", 409), ("edit", 422)] {
        for round in 0..3 {
            let (mut one, mut two) = (firm.signed_in(&mails[0]).await, firm.signed_in(&mails[1]).await);
            let version = async |by: &mut Visitor, person: &str| {
                by.get(&format!("{person}/edit")).await.hidden("_version").to_owned()
            };
            let versions = [version(&mut one, &people[0]).await, version(&mut two, &people[1]).await];
            let form = |n: usize| [("_version", versions[n].as_str()), ("name", "Chief"), ("email", mails[n].as_str())];
            let paths = [0, 1].map(|n| format!("{}/{deed}", people[n]));
            let (mine, yours) = (form(0), form(1));
            let (by_one, by_two) = tokio::join!(one.post(&paths[0], &mine), two.post(&paths[1], &yours));
            let gone = usize::from(by_one.status != 303);
            let (done, told) = if gone == 0 { (by_one, by_two) } else { (by_two, by_one) };
            assert_eq!((done.status, told.status), (303, refused), "{deed} {round}: {}", told.words());
            assert!(told.words().contains("last active administrator"), "{deed} {round}: {}", told.words());
            let mut stays = if gone == 0 { two } else { one };
            let back = if deed == "edit" {
                let version = version(&mut stays, &people[gone]).await;
                let form =
                    [("_version", version.as_str()), ("name", "Chief"), ("email", &mails[gone]), ("roles", &role)];
                stays.post(&paths[gone], &form).await
            } else {
                stays.post(&format!("{}/activate", people[gone]), &[("", "")]).await
            };
            assert_eq!(back.status, 303, "{deed} {round}");
        }
    }
}
