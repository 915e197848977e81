//! The list of users, and how one is added, changed and kept out.

use dossier_domain::{Actor, BuiltInRole};
use serde_json::json;

use super::*;

/// TENANT-6
#[tokio::test]
async fn an_invited_person_sets_a_password_by_the_link_and_signs_in() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let viewer = firm.built_in(BuiltInRole::Viewer).await.to_string();
    let (link, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", &[viewer]).await;
    let seen = owner.get(&person).await.words();
    assert!(seen.contains("Nomsa Cele Invited") && seen.contains("KYC Viewer") && seen.contains("Never"), "{seen}");
    assert!(!owner.get(&person).await.text.contains("/link/"), "the link was shown once");
    assert!(!can_sign_in(&desk, "nomsa@aloe-bank.example", "").await);
    let mut nomsa = Visitor::new(desk.router());
    let form = nomsa.get(&link).await;
    let words = form.words();
    assert!(words.contains("Aloe Bank") && words.contains("You were invited.") && form.status == 200, "{words}");
    let set = nomsa.post(&link, &[("password", NEW_PASSWORD), ("again", NEW_PASSWORD)]).await;
    assert_eq!((set.status, set.location()), (303, "/sign-in?ended=set"));
    assert!(nomsa.get("/sign-in?ended=set").await.words().contains("Your password is set."));
    assert!(can_sign_in(&desk, "Nomsa@ALOE-bank.example", NEW_PASSWORD).await);
    let seen = owner.get(&person).await.words();
    assert!(seen.contains("Nomsa Cele Active") && !seen.contains("Never"), "{seen}");
}

/// AUDIT-1
#[tokio::test]
async fn what_is_done_to_a_person_stands_in_the_audit_with_before_and_after_and_without_secrets() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let viewer = firm.built_in(BuiltInRole::Viewer).await.to_string();
    // So that the audit has an order.
    desk.clock.advance(std::time::Duration::from_secs(1));
    let (link, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", std::slice::from_ref(&viewer)).await;
    assert_eq!(set_password(&desk, &link).await.status, 303);
    assert!(can_sign_in(&desk, "nomsa@aloe-bank.example", NEW_PASSWORD).await);
    let form = owner.get(&format!("{person}/edit")).await;
    let changed = [("_version", form.hidden("_version")), ("name", "Nomsa Dube"), ("email", "dube@aloe-bank.example")];
    assert_eq!(owner.post(&format!("{person}/edit"), &changed).await.status, 303);
    for deed in ["deactivate", "activate"] {
        assert_eq!(owner.post(&format!("{person}/{deed}"), &[("", "")]).await.status, 303);
    }
    desk.clock.advance(std::time::Duration::from_secs(1));
    let reset = owner.post(&format!("{person}/link"), &[("", "")]).await;
    assert_eq!(reset.status, 200);
    let events = firm.audit().await;
    let of = |action: &str| events.iter().rfind(|event| event.action == action).unwrap_or_else(|| panic!("{action}"));
    let (before, after) = (of("user.created").after.clone().unwrap(), of("user.updated"));
    assert_eq!(before, json!({ "name": "Nomsa Cele", "email": "nomsa@aloe-bank.example", "roles": ["KYC Viewer"] }));
    assert_eq!(after.before, Some(before));
    let dube = json!({ "name": "Nomsa Dube", "email": "dube@aloe-bank.example", "roles": [] });
    assert_eq!(after.after, Some(dube));
    let set = of("user.password_set");
    assert_eq!(set.after, Some(json!({ "password": "changed", "link": "invitation" })));
    assert!(matches!(&set.actor, Actor::User { name, .. } if name == "Nomsa Cele"), "{:?}", set.actor);
    assert_eq!(of("user.link_made").after.as_ref().unwrap()["link"], "reset");
    for (action, before, after) in [
        ("user.deactivated", json!({ "active": true }), json!({ "active": false, "sessions_ended": 1 })),
        ("user.activated", json!({ "active": false }), json!({ "active": true })),
    ] {
        assert!(matches!(of(action).actor, Actor::User { .. }) && of(action).origin.address.is_some());
        assert_eq!((&of(action).before, &of(action).after), (&Some(before), &Some(after)), "{action}");
    }
    let all = format!("{:?}", events.iter().map(|e| (&e.before, &e.after)).collect::<Vec<_>>());
    let secrets = [link_on(&reset), link].map(|path| path.replace("/link/", ""));
    for secret in &secrets {
        assert!(!all.contains(secret));
        assert_ne!(desk.keeps(secret), Some(true), "the token of a link is kept nowhere");
        assert!(!firm.links_hold(secret.as_bytes()).await);
    }
    let digest = dossier_testkit::token_digest(secrets[0].as_bytes());
    assert!(firm.links_hold(&digest).await && firm.links_hold(b"reset").await, "the control: what is kept is found");
    assert!(!all.contains(NEW_PASSWORD) && !all.contains("argon2"));
}

/// AUDIT-2
#[tokio::test]
async fn nothing_is_done_to_people_and_roles_whose_line_of_the_audit_cannot_be_written() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let role = firm.role("Desk", &["kyc:read"]).await;
    let person = format!("{USERS}/{}", firm.user(BuiltInRole::Viewer));
    let out = format!("{USERS}/{}", firm.user(BuiltInRole::Auditor));
    let ask = [("", "")];
    assert_eq!(owner.post(&format!("{out}/deactivate"), &ask).await.status, 303);
    let link = link_on(&owner.post(&format!("{person}/link"), &ask).await);
    let mut elsewhere = administrator(&firm).await;
    let account = owner.get("/account").await;
    let ends = account.text.split("action=\"/account/sessions/").skip(1).filter_map(|after| after.split('"').next());
    let ends: Vec<_> = ends.map(|path| format!("/account/sessions/{path}")).collect();
    assert!(ends.len() == 2 && ends.contains(&"/account/sessions/end".to_owned()), "{ends:?}");
    let (users, seen, roles) = (owner.get(USERS).await, owner.get(&person).await, owner.get(ROLES).await);
    let deeds = [
        format!("{USERS}/new"),
        format!("{person}/edit"),
        format!("{person}/link"),
        format!("{person}/deactivate"),
        format!("{out}/activate"),
        format!("{ROLES}/new"),
        format!("{ROLES}/{role}/edit"),
        format!("{ROLES}/{role}/delete"),
        "/account/password".to_owned(),
        ends[0].clone(),
        ends[1].clone(),
        link.clone(),
    ];
    let sent = [
        ("_id", "0193b0c0-0000-7000-8000-0000000000aa"),
        ("_version", "1"),
        ("_holders", "0"),
        ("name", "Half done"),
        ("email", "half@done.example"),
        ("permissions.kyc", "kyc:read"),
        ("present", dossier_testkit::PASSWORD),
        ("password", NEW_PASSWORD),
        ("again", NEW_PASSWORD),
    ];
    desk.database.refuse("INSERT", "audit_event", "1 = 1").await;
    for path in &deeds {
        let page = owner.post(path, &sent).await;
        assert_eq!(page.status, 500, "{path}: {}", page.words());
        assert!(!page.text.contains("/link/"), "{path}");
    }
    desk.database.accept("audit_event").await;
    for (path, before) in [(USERS, users), (&person, seen), (ROLES, roles)] {
        assert_eq!(owner.get(path).await.words(), before.words(), "{path} is as it was");
    }
    assert!(can_sign_in(&desk, &firm.email(BuiltInRole::Administrator), dossier_testkit::PASSWORD).await);
    assert_eq!(elsewhere.get(USERS).await.status, 200, "no session has ended");
    for path in [&format!("{out}/activate"), &ends[0], &ends[1], &link, &deeds[1]] {
        let page = owner.post(path, &sent).await;
        let control = page.status == 303 || (path.starts_with("/account") && page.status == 404);
        assert!(control, "the control, {path}: {} {}", page.status, page.words());
        owner = if path == &link { administrator(&firm).await } else { owner };
    }
}

/// TENANT-6
#[tokio::test]
async fn an_address_of_another_tenant_is_refused_in_the_same_words_as_one_of_ones_own() {
    let desk = desk().await;
    let (firm, other) = (desk.firm("Aloe Bank").await, desk.firm("Fynbos Trust").await);
    let mut owner = administrator(&firm).await;
    let mut said = Vec::new();
    for email in [firm.email(BuiltInRole::Viewer), other.email(BuiltInRole::Viewer).to_uppercase()] {
        let id = desk.app.form_key();
        let pairs = [("_id", id.as_str()), ("name", "Nomsa Cele"), ("email", email.as_str())];
        let page = owner.post(&format!("{USERS}/new"), &pairs).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains(&format!("value=\"{email}\"")) && page.text.contains("value=\"Nomsa Cele\""));
        assert!(!page.text.contains("Fynbos Trust"), "whose it is, is not told");
        said.push(said_at(&page, "email"));
        let edit = format!("{USERS}/{}/edit", firm.user(BuiltInRole::Auditor));
        let changed = [("_version", "1"), ("name", "Auditor"), ("email", email.as_str())];
        let page = owner.post(&edit, &changed).await;
        assert_eq!(page.status, 422);
        said.push(said_at(&page, "email"));
    }
    assert!(said.iter().all(|one| one == "Another user of this installation has this address."), "{said:?}");
}

#[tokio::test]
async fn a_refused_form_says_what_to_write_and_keeps_what_was_typed() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let id = desk.app.form_key();
    let gone = "0193b0c0-0000-7000-8000-000000000001";
    let auditor = firm.built_in(BuiltInRole::Auditor).await.to_string();
    let pairs = [("_id", id.as_str()), ("name", " "), ("email", "nomsa"), ("roles", gone), ("roles", auditor.as_str())];
    let page = owner.post(&format!("{USERS}/new"), &pairs).await;
    assert_eq!(page.status, 422);
    assert!(page.words().contains("Nobody was invited. Three fields need another look."), "{}", page.words());
    assert!(said_at(&page, "name").starts_with("Enter a name"));
    assert!(said_at(&page, "email").starts_with("Enter an e-mail address"));
    assert!(said_at(&page, "roles").contains("not there any more"));
    assert!(page.text.contains("value=\"nomsa\"") && page.text.contains(&format!("value=\"{auditor}\" checked")));
    assert_eq!(page.hidden("_id").replace('-', ""), id);
    assert_eq!(owner.post(&format!("{USERS}/new"), &[("name", "x")]).await.status, 422, "a form that is not ours");
}

#[tokio::test]
async fn the_same_form_twice_invites_one_person_and_the_later_link_counts() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let id = desk.app.form_key();
    let pairs = [("_id", id.as_str()), ("name", "Nomsa Cele"), ("email", "nomsa@aloe-bank.example")];
    let (first, second) =
        (owner.post(&format!("{USERS}/new"), &pairs).await, owner.post(&format!("{USERS}/new"), &pairs).await);
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(set_password(&desk, &link_on(&first)).await.status, 404);
    assert_eq!(set_password(&desk, &link_on(&second)).await.status, 303);
    let third = owner.post(&format!("{USERS}/new"), &pairs).await;
    assert_eq!(third.status, 409, "the person has come meanwhile");
    assert!(third.hidden("_id").replace('-', "") != id && third.text.contains("value=\"Nomsa Cele\""));
}

#[tokio::test]
async fn three_hundred_people_are_searched_without_case_or_accents_and_turned_page_by_page() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(3)[..100].to_owned();
    let names = (0..294).map(|n| format!("Person {n:03}")).chain(["Zoë Müller".to_owned(), long.clone()]);
    firm.crowd(names).await;
    let mut owner = administrator(&firm).await;
    let (mut path, mut pages, mut seen) = (USERS.to_owned(), Vec::new(), 0);
    loop {
        let page = owner.get(&path).await;
        assert!(page.text.len() < 60_000 && page.words().contains("301 users"), "{}", page.words());
        seen += page.text.matches("class=\"row-link\"").count();
        let next =
            page.text.split_once("rel=\"next\" href=\"").map(|(_, after)| after.split('"').next().unwrap().to_owned());
        pages.push((path, page));
        match next {
            Some(next) => path = next.replace("&#38;", "&"),
            None => break,
        }
    }
    assert_eq!((seen, pages.len()), (301, 13));
    assert!(pages.iter().any(|(_, page)| page.words().contains(&long)));
    let rows = |page: &Page| page.text.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap().to_owned();
    for pair in pages.windows(2).rev() {
        let back = pair[1].1.text.split_once("rel=\"prev\" href=\"").unwrap().1.split('"').next().unwrap();
        let back = owner.get(&back.replace("&#38;", "&")).await;
        assert_eq!(rows(&back), rows(&pair[0].1), "the way back leads to the same page");
    }
    for (text, found) in [("ZOE MULLER", "1 user"), ("person 01", "10 users"), ("crowd-7@", "1 user")] {
        let page = owner.get(&format!("{USERS}?q={}", text.replace(' ', "+"))).await;
        assert!(page.words().contains(&format!("Search Clear {found}")), "{text}: {}", page.words());
    }
    let none = owner.get(&format!("{USERS}?q=nobody+at+all")).await;
    assert!(none.words().contains("Nobody has “nobody at all” in the name or address."), "{}", none.words());
    let second = owner.get(&format!("{USERS}?q=person")).await;
    let next = second.text.split_once("rel=\"next\" href=\"").unwrap().1.split('"').next().unwrap();
    assert!(next.contains("q=person&#38;after="), "what is searched for goes along: {next}");
}

#[tokio::test]
async fn each_sees_and_finds_only_what_the_permissions_allow() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.role("Reader", &["kyc:read", "users:read"]).await;
    firm.person("reader@aloe-bank.example", "Rita Reader", &["Reader"]).await;
    let mut reader = firm.signed_in("reader@aloe-bank.example").await;
    let page = reader.get(USERS).await;
    assert!(page.words().contains("Settings KYC Channels Users"), "{}", page.words());
    assert!(!page.words().contains("Roles Callbacks") && !page.text.contains("/new\""), "{}", page.words());
    let person = reader.get(&format!("{USERS}/{}", firm.user(BuiltInRole::Viewer))).await;
    assert_eq!(person.status, 200);
    for way in ["/edit", "/link", "/deactivate", "/activate", ROLES] {
        assert!(!person.text.contains(way), "{way}");
    }
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let refused = viewer.get(USERS).await;
    assert!(refused.status == 403 && refused.words().contains("users:read"), "{}", refused.words());
    assert!(!viewer.get("/requests").await.text.contains(USERS));
}

/// ACCESS-6
#[tokio::test]
async fn a_deactivated_person_is_out_at_once_and_in_again_when_activated() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let person = format!("{USERS}/{}", firm.user(BuiltInRole::Viewer));
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let link = link_on(&owner.post(&format!("{person}/link"), &[("", "")]).await);
    assert_eq!(viewer.get("/requests").await.status, 200, "the control");
    let asked = owner.get(&format!("{person}/deactivate")).await;
    assert!(asked.words().contains("Deactivate KYC Viewer of Aloe Bank ?"), "{}", asked.words());
    for _ in 0..2 {
        let done = owner.post(&format!("{person}/deactivate"), &[("", "")]).await;
        assert_eq!(done.location(), format!("{person}?done=deactivated"), "twice is once");
    }
    assert_eq!(viewer.get("/requests").await.status, 303, "every session ends at once");
    assert!(!can_sign_in(&desk, &firm.email(BuiltInRole::Viewer), dossier_testkit::PASSWORD).await);
    assert_eq!(Visitor::new(desk.router()).get(&link).await.status, 404, "the link is dead");
    let refused = owner.post(&format!("{person}/link"), &[("", "")]).await;
    assert!(refused.status == 409 && refused.words().contains("Activate first"), "{}", refused.words());
    assert!(owner.get(USERS).await.words().contains("Inactive"));
    assert_eq!(owner.post(&format!("{person}/activate"), &[("", "")]).await.status, 303);
    assert!(can_sign_in(&desk, &firm.email(BuiltInRole::Viewer), dossier_testkit::PASSWORD).await);
    assert_eq!(viewer.get("/requests").await.status, 303, "a session that has ended stays so");
    let deeds = firm.deeds().await;
    assert_eq!(deeds.iter().filter(|deed| *deed == "user.deactivated").count(), 1);
}
