//! Links to set a password: once, in time, and only the newest.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_testkit::PASSWORD;

use super::*;

async fn made(firm: &Firm<'_>, owner: &mut Visitor, role: BuiltInRole) -> String {
    let page = owner.post(&format!("{USERS}/{}/link", firm.user(role)), &[("", "")]).await;
    assert_eq!(page.status, 200, "{}", page.words());
    link_on(&page)
}

/// TENANT-6
#[tokio::test]
async fn a_link_works_once_and_says_so_afterwards() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let email = firm.email(BuiltInRole::Viewer);
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    for _ in 0..2 {
        assert_eq!(viewer.get(&link).await.status, 200, "looking uses nothing up");
    }
    assert!(can_sign_in(&desk, &email, PASSWORD).await, "the present password stays until the link is used");
    assert_eq!(set_password(&desk, &link).await.status, 303);
    assert_eq!(viewer.get("/requests").await.status, 303, "every session has ended");
    assert!(can_sign_in(&desk, &email, NEW_PASSWORD).await && !can_sign_in(&desk, &email, PASSWORD).await);
    for page in [Visitor::new(desk.router()).get(&link).await, set_password(&desk, &link).await] {
        assert_eq!(page.status, 410);
        assert!(page.words().contains("This link was used"), "{}", page.words());
    }
}

/// TENANT-6
#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_sets_the_password() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    for _ in 0..3 {
        let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
        let (one, two) = tokio::join!(set_password(&desk, &link), set_password(&desk, &link));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410]);
    }
}

/// TENANT-6
#[tokio::test]
async fn a_link_ends_by_itself_and_by_a_newer_one() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let (_, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", &[]).await;
    let replaced = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let page = set_password(&desk, &replaced).await;
    assert!(page.status == 404 && page.words().contains("This link leads nowhere"), "{}", page.words());
    desk.clock.advance(Duration::from_hours(24) - Duration::from_secs(1));
    assert_eq!(Visitor::new(desk.router()).get(&link).await.status, 200, "the control: a second before");
    desk.clock.advance(Duration::from_secs(1));
    for page in [Visitor::new(desk.router()).get(&link).await, set_password(&desk, &link).await] {
        assert!(page.status == 410 && page.words().contains("This link has ended"), "{}", page.words());
    }
    assert!(can_sign_in(&desk, &firm.email(BuiltInRole::Viewer), PASSWORD).await, "nothing was changed");
    desk.clock.advance(Duration::from_hours(6 * 24));
    let mut owner = administrator(&firm).await;
    let seen = owner.get(&person).await.words();
    assert!(seen.contains("Nomsa Cele Invitation ended"), "an invitation counts for a week: {seen}");
    let again = owner.post(&format!("{person}/link"), &[("", "")]).await;
    assert!(again.words().contains("Invitation for Nomsa Cele"), "{}", again.words());
    assert_eq!(set_password(&desk, &link_on(&again)).await.status, 303);
    for nowhere in ["/link/0", "/link/%00", "/link/\u{e9}"] {
        assert_eq!(set_password(&desk, nowhere).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn a_weak_or_mistyped_password_is_refused_at_its_field_and_the_link_still_counts() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let mut visitor = Visitor::new(desk.router());
    let long = "x".repeat(1_025);
    for (password, again, field, said) in [
        ("elevenchars", "elevenchars", "password", "at least 12 characters"),
        (long.as_str(), long.as_str(), "password", "1,024"),
        (NEW_PASSWORD, "something else again", "again", "not the same"),
    ] {
        let page = visitor.post(&link, &[("password", password), ("again", again)]).await;
        assert_eq!(page.status, 422);
        assert!(said_at(&page, field).contains(said), "{}", page.words());
        assert!(!page.text.contains(password) && !page.text.contains(again), "what was typed does not come back");
    }
    assert_eq!(set_password(&desk, &link).await.status, 303);
}

#[tokio::test]
async fn whoever_is_signed_in_where_a_link_is_used_is_signed_out() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let form = owner.get(&link).await;
    assert!(!form.text.contains("class=\"sidenav\""), "the page stands alone");
    let set = owner.post(&link, &[("password", NEW_PASSWORD), ("again", NEW_PASSWORD)]).await;
    assert_eq!((set.status, owner.cookies().len()), (303, 0));
    assert!(owner.get("/sign-in?ended=set").await.words().contains("Your password is set."));
}

/// Another site can neither use a link that it knows of nor make one.
#[tokio::test]
async fn a_link_is_used_from_our_own_page_only() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let pairs = [("password", NEW_PASSWORD), ("again", NEW_PASSWORD)];
    let foreign = Visitor::new(desk.router()).post_from(&link, &pairs, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(set_password(&desk, &link).await.status, 303, "the control: it was not used up");
}

#[tokio::test]
async fn a_password_that_the_operator_sets_ends_the_links() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let (invitation, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", &[]).await;
    let email = dossier_domain::Email::parse("nomsa@aloe-bank.example").unwrap();
    let found = dossier_app::setup::find_user(&desk.app, &email).await.unwrap();
    dossier_app::setup::reset(&desk.app, &found, &PASSWORD.into()).await.unwrap();
    assert_eq!(set_password(&desk, &invitation).await.status, 404);
    assert!(can_sign_in(&desk, "nomsa@aloe-bank.example", PASSWORD).await);
    assert!(owner.get(&person).await.words().contains("Nomsa Cele Active"));
}

/// Whoever made a link knew it. It must not lead to more than they could give.
///
/// TENANT-6, ACCESS-5
#[tokio::test]
async fn a_link_that_was_made_before_a_promotion_leads_nowhere() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let role = firm.built_in(BuiltInRole::Administrator).await.to_string();
    let (link, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", &[]).await;
    let reset = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let viewer = format!("{USERS}/{}", firm.user(BuiltInRole::Viewer));
    for (person, link, mail, kept) in [
        (&person, link, "nomsa@aloe-bank.example".to_owned(), None),
        (&viewer, reset, firm.email(BuiltInRole::Viewer), Some(firm.built_in(BuiltInRole::Viewer).await.to_string())),
    ] {
        let edit = format!("{person}/edit");
        let version = owner.get(&edit).await.hidden("_version").to_owned();
        let promoted =
            [("_version", version.as_str()), ("name", "Promoted"), ("email", &mail), ("roles", role.as_str())];
        assert_eq!(owner.post(&edit, &promoted).await.status, 303);
        for page in [Visitor::new(desk.router()).get(&link).await, set_password(&desk, &link).await] {
            assert!(page.status == 404 && page.words().contains("This link leads nowhere"), "{}", page.words());
        }
        let version = owner.get(&edit).await.hidden("_version").to_owned();
        let mut back = vec![("_version", version.as_str()), ("name", "As before"), ("email", &mail)];
        back.extend(kept.as_deref().map(|role| ("roles", role)));
        assert_eq!(owner.post(&edit, &back).await.status, 303);
        assert_eq!(set_password(&desk, &link).await.status, 303, "the control: it is the promotion that counts");
    }
}

/// TENANT-6
#[tokio::test]
async fn a_link_ends_with_the_address_that_it_was_made_for() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let (link, person) = invite(&desk, &mut owner, "nomsa@aloe-bank.example", &[]).await;
    let mut edit = async |name: &str, email: &str| {
        let version = owner.get(&format!("{person}/edit")).await.hidden("_version").to_owned();
        let sent = [("_version", version.as_str()), ("name", name), ("email", email)];
        assert_eq!(owner.post(&format!("{person}/edit"), &sent).await.status, 303);
        (Visitor::new(desk.router()).get(&link).await.status, owner.get(&person).await.words())
    };
    assert_eq!(edit("Nomsa Dube", "NOMSA@aloe-bank.example").await.0, 200, "the control: the address is the same");
    let (status, seen) = edit("Nomsa Dube", "dube@aloe-bank.example").await;
    assert_eq!(status, 404);
    assert!(seen.contains("Nomsa Dube Invitation ended"), "nobody has come by it: {seen}");
    assert_eq!(set_password(&desk, &link).await.status, 404);
}

/// TENANT-6
#[tokio::test]
async fn nobody_makes_a_link_for_oneself_and_so_goes_past_the_present_password() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let own = format!("{USERS}/{}", firm.user(BuiltInRole::Administrator));
    assert!(!owner.get(&own).await.text.contains(&format!("{own}/link")), "it is not offered");
    let refused = owner.post(&format!("{own}/link"), &[("", "")]).await;
    assert!(refused.status == 409 && !refused.text.contains("/link/"), "{}", refused.words());
    assert!(refused.words().contains("Change your own password under Your account."), "{}", refused.words());
    made(&firm, &mut owner, BuiltInRole::Viewer).await;
}

/// The address is the secret: it goes along with no way that leads from there.
#[tokio::test]
async fn where_a_link_leads_from_learns_the_site_and_not_the_link() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut owner = administrator(&firm).await;
    let link = made(&firm, &mut owner, BuiltInRole::Viewer).await;
    let mut visitor = Visitor::new(desk.router());
    let mut pages = vec![visitor.get(&link).await, visitor.get("/link/none").await];
    for (password, again) in [("short", "short"), (NEW_PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, NEW_PASSWORD)] {
        pages.push(visitor.post(&link, &[("password", password), ("again", again)]).await);
    }
    pages.push(visitor.post_from(&link, &[("", "")], &[("sec-fetch-site", "cross-site")]).await);
    assert_eq!(pages.iter().map(|page| page.status).collect::<Vec<_>>(), [200, 404, 422, 303, 410, 403]);
    for page in &pages {
        assert_eq!(page.header("referrer-policy"), "strict-origin", "{}", page.status);
    }
    assert_eq!(visitor.get("/sign-in").await.header("referrer-policy"), "same-origin", "the control");
}
