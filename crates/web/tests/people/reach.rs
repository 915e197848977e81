//! Nobody gives what they do not hold, and nobody touches those who hold more.

use dossier_domain::BuiltInRole;

use super::*;

/// A person who may do everything with users and roles, and else only read.
async fn clerk(firm: &Firm<'_>) -> Visitor {
    let all = ["users:read", "users:create", "users:update", "users:delete"];
    let roles = ["roles:read", "roles:create", "roles:update", "roles:delete", "kyc:read"];
    firm.role("Clerk", &[&all[..], &roles[..]].concat()).await;
    firm.person("clerk@aloe-bank.example", "Clara Clerk", &["Clerk"]).await;
    firm.signed_in("clerk@aloe-bank.example").await
}

/// ACCESS-5, ACCESS-6
#[tokio::test]
async fn who_may_edit_people_cannot_become_an_administrator_by_it() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut clerk = clerk(&firm).await;
    let own = clerk.get(&format!("{USERS}?q=clara")).await;
    let own = own.text.split_once("row-link\" href=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let form = clerk.get(&format!("{own}/edit")).await;
    assert!(form.words().contains("since you do not hold all that they grant: Administrator"), "{}", form.words());
    let administrator_role = firm.built_in(BuiltInRole::Administrator).await.to_string();
    for role in [BuiltInRole::Administrator, BuiltInRole::Manager, BuiltInRole::Auditor] {
        let id = firm.built_in(role).await.to_string();
        assert!(!form.text.contains(&id), "{role} is not offered");
        let sent = [("_version", "1"), ("name", "Clara"), ("email", "clerk@aloe-bank.example"), ("roles", &id)];
        let refused = clerk.post(&format!("{own}/edit"), &sent).await;
        assert_eq!(refused.status, 422, "{role}");
        assert!(said_at(&refused, "roles").starts_with(&format!("You cannot give {}", role.label())));
    }
    let id = desk.app.form_key();
    let invited = [("_id", id.as_str()), ("name", "Mole"), ("email", "m@x.example"), ("roles", &administrator_role)];
    let refused = clerk.post(&format!("{USERS}/new"), &invited).await;
    assert!(refused.status == 422 && said_at(&refused, "roles").contains("admin:full"), "{}", refused.words());
    let mut owner = administrator(&firm).await;
    assert!(owner.get(&format!("{USERS}?q=mole")).await.words().contains("Nobody has “mole”"));
    let given =
        [("_version", "1"), ("name", "Clara"), ("email", "clerk@aloe-bank.example"), ("roles", &administrator_role)];
    assert_eq!(owner.post(&format!("{own}/edit"), &given).await.status, 303, "the control: who holds it can give it");
    assert_eq!(clerk.get("/settings/providers").await.status, 200, "it counts from the next page");
}

/// ACCESS-5, ACCESS-6
#[tokio::test]
async fn who_holds_more_can_be_neither_edited_nor_kept_out_nor_given_a_link() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut clerk = clerk(&firm).await;
    let person = |role| format!("{USERS}/{}", firm.user(role));
    for (role, missing) in [(BuiltInRole::Administrator, "admin:full"), (BuiltInRole::Auditor, "audit:read")] {
        let person = person(role);
        let page = clerk.get(&person).await;
        assert!(page.words().contains("holds more than you do") && page.words().contains(missing), "{}", page.words());
        for way in ["/edit", "/link", "/deactivate", "/activate"] {
            assert!(!page.text.contains(&format!("{person}{way}")), "{way}");
            let sent = [("_version", "1"), ("name", "Taken over"), ("email", "mine@x.example")];
            let refused = clerk.post(&format!("{person}{way}"), &sent).await;
            assert_eq!(refused.status, 403, "{role} {way}");
            assert!(refused.words().contains(missing) && !refused.text.contains("/link/"), "{}", refused.words());
        }
        for way in ["/edit", "/deactivate"] {
            assert_eq!(clerk.get(&format!("{person}{way}")).await.status, 403, "{way}");
        }
    }
    let viewer = person(BuiltInRole::Viewer);
    let link = clerk.post(&format!("{viewer}/link"), &[("", "")]).await;
    assert!(link.status == 200 && link.text.contains("/link/"), "the control: a viewer holds no more");
    assert_eq!(clerk.post(&format!("{viewer}/deactivate"), &[("", "")]).await.status, 303);
    let touched = ["user.updated", "user.deactivated", "user.activated", "user.link_made"];
    let mut deeds: Vec<_> = firm.deeds().await.into_iter().filter(|deed| touched.contains(&deed.as_str())).collect();
    deeds.sort();
    assert_eq!(deeds, ["user.deactivated", "user.link_made"], "of the viewer alone");
}

/// ACCESS-5, ACCESS-6
#[tokio::test]
async fn a_role_can_be_given_no_more_than_its_maker_holds() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut clerk = clerk(&firm).await;
    let form = clerk.get(&format!("{ROLES}/new")).await;
    assert!(form.text.contains("value=\"users:update\"") && !form.text.contains("value=\"kyc:execute\""));
    assert!(form.words().contains("since you do not hold it yourself: kyc:create, kyc:update"), "{}", form.words());
    for word in ["kyc:execute", "audit:read", "admin:full"] {
        let id = desk.app.form_key();
        let field = format!("permissions.{}", word.split(':').next().unwrap());
        let sent = [("_id", id.as_str()), ("name", "Mine"), (field.as_str(), word), ("permissions.kyc", "kyc:read")];
        let refused = clerk.post(&format!("{ROLES}/new"), &sent).await;
        assert_eq!(refused.status, 422, "{word}");
        assert_eq!(said_at(&refused, &field), format!("You do not hold {word}, so you cannot give it."));
    }
    let own = clerk.get(ROLES).await;
    let own = own.text.split("row-link\" href=\"").skip(1).find(|part| part.contains(">Clerk<")).unwrap();
    let own = own.split('"').next().unwrap().to_owned();
    let sent = [("_version", "1"), ("name", "Clerk"), ("permissions.admin", "admin:full")];
    assert_eq!(clerk.post(&format!("{own}/edit"), &sent).await.status, 422, "nor by the role that one holds");
    let more = firm.role("Runner", &["kyc:read", "kyc:execute"]).await;
    for way in ["edit", "delete"] {
        let sent = [("_version", "1"), ("_holders", "0"), ("name", "Runner"), ("permissions.kyc", "kyc:read")];
        let refused = clerk.post(&format!("{ROLES}/{more}/{way}"), &sent).await;
        assert!(refused.status == 403 && refused.words().contains("kyc:execute"), "{way}: {}", refused.words());
    }
    let sent = [("_id", "0193b0c0-0000-7000-8000-0000000000aa"), ("name", "Reader"), ("permissions.kyc", "kyc:read")];
    assert_eq!(clerk.post(&format!("{ROLES}/new"), &sent).await.status, 303, "the control");
}

/// ACCESS-6: what counts is what the person may do when it is done, not when the page was opened.
#[tokio::test]
async fn who_loses_the_role_meanwhile_gives_nothing_any_more() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let second = firm.person("second@aloe-bank.example", "Second Chief", &["administrator"]).await;
    let stale = dossier_app::setup::impersonate(&desk.app, firm.tenant, second).await.unwrap();
    let grant = stale.grant::<dossier_app::grant::UsersUpdate>().unwrap();
    let mut owner = administrator(&firm).await;
    let taken = [("_version", "1"), ("name", "Second"), ("email", "second@aloe-bank.example")];
    assert_eq!(owner.post(&format!("{USERS}/{second}/edit"), &taken).await.status, 303);
    let viewer = firm.user(BuiltInRole::Viewer);
    let refused = dossier_app::people::renew(&desk.app, &grant, viewer).await;
    assert!(matches!(refused, Err(dossier_app::AppError::Forbidden(_))), "the proof of a moment ago is not enough");
}

/// ACCESS-5
#[tokio::test]
async fn the_last_active_administrator_can_neither_be_deactivated_nor_lose_the_role() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let own = format!("{USERS}/{}", firm.user(BuiltInRole::Administrator));
    let role = firm.built_in(BuiltInRole::Administrator).await.to_string();
    // Somebody who was invited and has not come yet could not administer anything.
    let (link, other) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", std::slice::from_ref(&role)).await;
    let asked = firm.visitor(BuiltInRole::Viewer).await.get(USERS).await.words();
    assert!(asked.contains("Administrator of Aloe Bank can give it") && !asked.contains("Nomsa"), "{asked}");
    let refused = owner.post(&format!("{own}/deactivate"), &[("", "")]).await;
    assert!(refused.status == 409 && refused.words().contains("last active administrator"), "{}", refused.words());
    let mail = firm.email(BuiltInRole::Administrator);
    let without = [("_version", "1"), ("name", "Chief"), ("email", mail.as_str())];
    let refused = owner.post(&format!("{own}/edit"), &without).await;
    assert!(refused.status == 422 && said_at(&refused, "roles").contains("last active"), "{}", refused.words());
    assert!(refused.text.contains("value=\"Chief\""), "what was typed is kept");
    assert_eq!(set_password(&desk, &link).await.status, 303);
    assert_eq!(owner.post(&format!("{own}/edit"), &without).await.status, 303, "the control: there is another one now");
    let mut nomsa = Visitor::new(desk.router());
    nomsa.post("/sign-in", &[("email", "nomsa@aloe-bank.example"), ("password", NEW_PASSWORD)]).await;
    let refused = nomsa.post(&format!("{other}/deactivate"), &[("", "")]).await;
    assert!(refused.status == 409 && refused.words().contains("last active administrator"), "{}", refused.words());
}

/// ACCESS-5
#[tokio::test]
async fn a_role_that_makes_the_last_administrator_can_neither_lose_that_nor_be_deleted() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let all = firm.role("Owners", &["admin:full"]).await;
    let own = firm.person("own@aloe-bank.example", "Olwethu Owner", &["Owners"]).await;
    let mut owner = firm.signed_in("own@aloe-bank.example").await;
    assert_eq!(
        owner.post(&format!("{USERS}/{}/deactivate", firm.user(BuiltInRole::Administrator)), &[("", "")]).await.status,
        303
    );
    let less = [("_version", "1"), ("name", "Owners"), ("permissions.kyc", "kyc:read")];
    let refused = owner.post(&format!("{ROLES}/{all}/edit"), &less).await;
    assert!(
        refused.status == 422 && said_at(&refused, "permissions.admin").contains("last active"),
        "{}",
        refused.words()
    );
    let gone = [("_version", "1"), ("_holders", "1")];
    let refused = owner.post(&format!("{ROLES}/{all}/delete"), &gone).await;
    assert!(refused.status == 409 && refused.words().contains("last active administrator"), "{}", refused.words());
    let administrator = firm.built_in(BuiltInRole::Administrator).await.to_string();
    let both = [
        ("_version", "1"),
        ("name", "Olwethu"),
        ("email", "own@aloe-bank.example"),
        ("roles", &administrator),
        ("roles", &all.to_string()),
    ];
    assert_eq!(owner.post(&format!("{USERS}/{own}/edit"), &both).await.status, 303);
    assert_eq!(
        owner.post(&format!("{ROLES}/{all}/delete"), &gone).await.status,
        303,
        "the control: another role does the same"
    );
}

/// ACCESS-5
#[tokio::test]
async fn an_invited_administrator_who_was_let_in_again_has_still_not_come() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let own = format!("{USERS}/{}", firm.user(BuiltInRole::Administrator));
    let role = firm.built_in(BuiltInRole::Administrator).await.to_string();
    let (link, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", std::slice::from_ref(&role)).await;
    for deed in ["deactivate", "activate"] {
        assert_eq!(owner.post(&format!("{person}/{deed}"), &[("", "")]).await.status, 303);
        assert_eq!(set_password(&desk, &link).await.status, 404, "the link ended with the first");
    }
    let email = dossier_domain::Email::parse("nomsa@aloe-bank.example").unwrap();
    let found = dossier_app::setup::find_user(&desk.app, &email).await.unwrap();
    assert!(dossier_app::setup::deactivate(&desk.app, &found).await.unwrap());
    assert!(dossier_app::setup::activate(&desk.app, &found).await.unwrap(), "nor by the operator's commands");
    let seen = owner.get(&person).await.words();
    assert!(seen.contains("Nomsa Cele Invitation ended"), "{seen}");
    let refused = owner.post(&format!("{own}/deactivate"), &[("", "")]).await;
    assert!(refused.status == 409 && refused.words().contains("last active administrator"), "{}", refused.words());
    let again = link_on(&owner.post(&format!("{person}/link"), &[("", "")]).await);
    assert_eq!(set_password(&desk, &again).await.status, 303);
    assert_eq!(owner.post(&format!("{own}/deactivate"), &[("", "")]).await.status, 303, "the control: she has come");
}

/// TENANT-6, ACCESS-6
#[tokio::test]
async fn who_may_only_invite_cannot_send_the_invitation_of_somebody_else_again() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    firm.role("Inviter", &["users:create"]).await;
    firm.person("ivy@aloe-bank.example", "Ivy Inviter", &["Inviter"]).await;
    let mut ivy = firm.signed_in("ivy@aloe-bank.example").await;
    let (first, second) = (desk.app.form_key(), desk.app.form_key());
    let form = |id, email| [("_id", id), ("name", "Nomsa Cele"), ("email", email)];
    let (theirs, own) = (form(first.as_str(), "nomsa@x.example"), form(second.as_str(), "zola@x.example"));
    let new = format!("{USERS}/new");
    let link = link_on(&owner.post(&new, &theirs).await);
    let refused = ivy.post(&new, &theirs).await;
    assert!(refused.status == 409 && !refused.text.contains("/link/"), "{}", refused.words());
    assert_eq!(Visitor::new(desk.router()).get(&link).await.status, 200, "theirs still counts");
    for _ in 0..2 {
        assert_eq!(ivy.post(&new, &own).await.status, 200, "the control: one's own can be sent again");
    }
    assert_eq!(owner.post(&new, &own).await.status, 200, "who may make links may do it for her");
    assert_eq!(ivy.post(&new, &own).await.status, 409, "then the link is theirs");
}

/// ACCESS-5, ACCESS-6
#[tokio::test]
async fn a_role_takes_nothing_from_those_who_hold_more() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut clerk = clerk(&firm).await;
    let role = firm.role("Helpers", &["kyc:read", "users:read"]).await;
    firm.person("abe@aloe-bank.example", "Abe Auditor", &["Helpers", "auditor"]).await;
    let (edit, delete) = (format!("{ROLES}/{role}/edit"), format!("{ROLES}/{role}/delete"));
    let less = [("_version", "1"), ("name", "Helpers"), ("permissions.kyc", "kyc:read")];
    let refused = clerk.post(&edit, &less).await;
    let said = "Somebody who holds Helpers would lose users:read, and holds audit:read, which you do not.";
    assert_eq!((refused.status, said_at(&refused, "permissions.users").as_str()), (422, said));
    let gone = [("_version", "1"), ("_holders", "1")];
    for page in [clerk.get(&delete).await, clerk.post(&delete, &gone).await] {
        assert!(page.status == 409 && page.words().contains("would lose users:read"), "{}", page.words());
    }
    let same = [("_version", "1"), ("name", "Helpers"), ("permissions.users", "users:read")];
    assert_eq!(clerk.post(&edit, &same).await.status, 303, "the control: another role gives them kyc:read as well");
    let mut owner = administrator(&firm).await;
    let less = [("_version", "2"), ("name", "Helpers"), ("permissions.kyc", "kyc:read")];
    assert_eq!(owner.post(&edit, &less).await.status, 303, "the control: who holds all may");
    assert_eq!(clerk.get(&delete).await.status, 200, "the control: nobody loses anything any more");
}

/// ACCESS-6
#[tokio::test]
async fn who_may_not_see_users_deletes_a_role_without_learning_who_holds_it() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let role = firm.role("Runner", &["kyc:read", "kyc:execute"]).await;
    firm.person("ravi@aloe-bank.example", "Ravi Pillay", &["Runner", "kyc-viewer"]).await;
    firm.role("Tidier", &["roles:read", "roles:delete", "kyc:read", "kyc:execute"]).await;
    firm.person("tia@aloe-bank.example", "Tia Tidier", &["Tidier"]).await;
    let mut tia = firm.signed_in("tia@aloe-bank.example").await;
    let delete = format!("{ROLES}/{role}/delete");
    for page in [tia.get(&delete).await, tia.post(&delete, &[("_version", "1"), ("_holders", "0")]).await] {
        let words = page.words();
        assert!(words.contains("1 user no longer holds it") && words.contains("lose: kyc:execute"), "{words}");
        assert!(!page.text.contains("Ravi") && !page.text.contains("ravi@"), "{words}");
    }
    let mut owner = administrator(&firm).await;
    assert!(owner.get(&delete).await.words().contains("Ravi Pillay ravi@aloe-bank.example"), "the control");
    assert_eq!(tia.post(&delete, &[("_version", "1"), ("_holders", "1")]).await.status, 303);
}

/// ACCESS-6
#[tokio::test]
async fn who_may_do_a_deed_and_not_see_it_is_told_that_it_is_done() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let deeds = ["users:update", "users:delete", "roles:create", "roles:update", "roles:delete", "kyc:read"];
    firm.role("Hands", &deeds).await;
    firm.person("hans@aloe-bank.example", "Hans Hand", &["Hands"]).await;
    let mut hans = firm.signed_in("hans@aloe-bank.example").await;
    let (viewer, role) =
        (format!("{USERS}/{}", firm.user(BuiltInRole::Viewer)), firm.role("Spare", &["kyc:read"]).await);
    let (id, mail) = (desk.app.form_key(), firm.email(BuiltInRole::Viewer));
    let kyc = ("permissions.kyc", "kyc:read");
    let sent = [("_id", id.as_str()), ("_version", "1"), ("_holders", "0"), ("name", "Other"), ("email", &mail), kyc];
    for way in ["edit", "deactivate", "activate"].map(|deed| format!("{viewer}/{deed}")).into_iter().chain([
        format!("{ROLES}/{role}/delete"),
        format!("{ROLES}/new"),
        format!("{ROLES}/{id}/edit"),
    ]) {
        let done = hans.post(&way, &sent).await;
        assert_eq!((done.status, done.location()), (303, "/account?done=deed"), "{way}: {}", done.words());
    }
    assert!(hans.get("/account?done=deed").await.words().contains("It is done"));
    assert_eq!(hans.get(&viewer).await.status, 403, "the control");
}

/// ACCESS-5
#[tokio::test]
async fn a_permission_whose_module_ended_while_the_form_was_open_is_refused_in_words() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let id = desk.app.form_key();
    let sent = [("_id", id.as_str()), ("name", "Desk"), ("permissions.kyc", "kyc:read")];
    firm.license(&[]).await;
    let refused = owner.post(&format!("{ROLES}/new"), &sent).await;
    assert!(refused.status == 422 && refused.words().contains("kyc:read cannot be given here"), "{}", refused.words());
    firm.license(&[("kyc", None)]).await;
    assert_eq!(owner.post(&format!("{ROLES}/new"), &sent).await.status, 303, "the control");
}
