//! The own account.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use dossier_domain::BuiltInRole;
use dossier_testkit::PASSWORD;

use super::*;

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Signs in with this browser.
async fn by(desk: &Desk, email: &str, agent: &str) -> Visitor {
    let mut visitor = Visitor::new(desk.router());
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", email), ("password", PASSWORD)])
        .finish();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let headers = [kind, ("sec-fetch-site", "same-origin"), ("user-agent", agent)];
    assert_eq!(visitor.send(Method::POST, "/sign-in", &headers, Body::from(body)).await.status, 303);
    visitor
}

/// The paths that end the sessions on a page.
fn ends(page: &Page) -> Vec<String> {
    let found = page.text.split("action=\"/account/sessions/").skip(1).filter_map(|after| after.split('"').next());
    found.filter(|path| path.len() > 10).map(|path| format!("/account/sessions/{path}")).collect()
}

/// NAV-2
#[tokio::test]
async fn a_person_sees_the_own_sessions_and_ends_one_or_all_others() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let email = firm.email(BuiltInRole::Viewer);
    let mut elsewhere = by(&desk, &email, FIREFOX).await;
    desk.clock.advance(Duration::from_mins(5));
    let mut unknown = by(&desk, &email, "curl/8").await;
    desk.clock.advance(Duration::from_mins(5));
    let mut here = by(&desk, &email, FIREFOX).await;
    let page = here.get("/account").await;
    let words = page.words();
    assert!(words.contains("Firefox on Windows This one 127.0.0.1, since 23 Nov 2026, 14:10"), "{words}");
    assert!(words.contains("A browser that does not say 127.0.0.1, since 23 Nov 2026, 14:05"), "{words}");
    assert!(page.text.contains("href=\"/account\""), "the person's menu leads here");
    assert_eq!(ends(&page).len(), 2, "this one is ended by signing out");
    let ended = here.post(&ends(&page)[1], &[("", "")]).await;
    assert_eq!((ended.status, ended.location()), (303, "/account?done=ended"));
    assert_eq!(elsewhere.get("/requests").await.status, 303);
    assert_eq!(unknown.get("/requests").await.status, 200);
    assert_eq!(here.post(&ends(&page)[1], &[("", "")]).await.status, 404, "it is gone");
    assert_eq!(here.post("/account/sessions/end", &[("", "")]).await.status, 303);
    assert_eq!((unknown.get("/requests").await.status, here.get("/requests").await.status), (303, 200));
    assert_eq!(ends(&here.get("/account").await).len(), 0);
}

/// NAV-2
#[tokio::test]
async fn sessions_that_have_ended_by_themselves_are_not_shown() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let email = firm.email(BuiltInRole::Viewer);
    by(&desk, &email, FIREFOX).await;
    desk.clock.advance(Duration::from_hours(1));
    let mut here = by(&desk, &email, FIREFOX).await;
    assert_eq!(ends(&here.get("/account").await).len(), 1, "the control");
    desk.clock.advance(Duration::from_hours(1));
    assert_eq!(ends(&here.get("/account").await).len(), 0, "two hours without a page");
}

/// NAV-2, TENANT-1
#[tokio::test]
async fn nobody_ends_or_sees_the_session_of_another() {
    let desk = desk().await;
    let (firm, other) = (desk.firm("Aloe Bank").await, desk.firm("Fynbos Trust").await);
    let email = firm.email(BuiltInRole::Viewer);
    let (mut viewer, _spare) = (by(&desk, &email, FIREFOX).await, by(&desk, &email, FIREFOX).await);
    let theirs = ends(&viewer.get("/account").await).remove(0);
    for mut stranger in [administrator(&firm).await, administrator(&other).await] {
        assert!(!stranger.get("/account").await.words().contains("Firefox"));
        assert_eq!(stranger.post(&theirs, &[("", "")]).await.status, 404);
        assert_eq!(stranger.post("/account/sessions/end", &[("", "")]).await.status, 303);
    }
    assert_eq!(ends(&viewer.get("/account").await), std::slice::from_ref(&theirs));
    let nobody = Visitor::new(desk.router()).post(&theirs, &[("", "")]).await;
    assert_eq!(nobody.location(), "/sign-in?next=%2Faccount");
    assert_eq!(viewer.post(&theirs, &[("", "")]).await.status, 303, "the control");
}

/// NAV-2
#[tokio::test]
async fn another_password_takes_the_present_one_and_ends_the_other_sessions() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let email = firm.email(BuiltInRole::Viewer);
    let mut owner = administrator(&firm).await;
    let link = link_on(&owner.post(&format!("{USERS}/{}/link", firm.user(BuiltInRole::Viewer)), &[("", "")]).await);
    let (mut here, mut elsewhere) = (by(&desk, &email, FIREFOX).await, by(&desk, &email, FIREFOX).await);
    for (present, password, again, field, said) in [
        ("not the present one", NEW_PASSWORD, NEW_PASSWORD, "present", "not your present password"),
        ("", NEW_PASSWORD, NEW_PASSWORD, "present", "not your present password"),
        (PASSWORD, "short", "short", "password", "at least 12"),
        (PASSWORD, NEW_PASSWORD, "something else", "again", "not the same"),
    ] {
        let sent = [("present", present), ("password", password), ("again", again)];
        let refused = here.post("/account/password", &sent).await;
        assert!(refused.status == 422 && said_at(&refused, field).contains(said), "{}", refused.words());
        assert!(!refused.text.contains(NEW_PASSWORD) && !refused.text.contains(PASSWORD));
    }
    assert_eq!(elsewhere.get("/requests").await.status, 200, "the control: nothing was changed");
    let sent = [("present", PASSWORD), ("password", NEW_PASSWORD), ("again", NEW_PASSWORD)];
    let changed = here.post("/account/password", &sent).await;
    assert_eq!((changed.status, changed.location()), (303, "/account?done=password"));
    assert_eq!((here.get("/account").await.status, elsewhere.get("/requests").await.status), (200, 303));
    assert!(can_sign_in(&desk, &email, NEW_PASSWORD).await && !can_sign_in(&desk, &email, PASSWORD).await);
    assert_eq!(Visitor::new(desk.router()).get(&link).await.status, 404, "a link that was made before is dead");
    let deeds = firm.deeds().await;
    let of = |action: &str| deeds.iter().filter(|deed| *deed == action).count();
    assert_eq!((of("user.password_refused"), of("user.password_changed")), (2, 1));
}

/// NAV-2
#[tokio::test]
async fn colours_and_keys_are_chosen_on_the_same_page() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let dark = viewer.post("/theme", &[("theme", "dark"), ("back", "/account")]).await;
    let off = viewer.post("/shortcuts", &[("keys", "off"), ("back", "/account")]).await;
    assert_eq!((dark.location(), off.location()), ("/account", "/account"));
    let page = viewer.get("/account").await;
    assert!(page.text.contains("data-theme=\"dark\" data-shortcuts=\"off\""), "{}", page.words());
    assert!(page.words().contains("Single keys are off."), "{}", page.words());
    let trap = viewer.post("/shortcuts", &[("keys", "on"), ("back", "//evil.example")]).await;
    assert_eq!(trap.location(), "/shortcuts");
}
