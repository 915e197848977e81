//! Signing in and out, at the pages.

use std::time::Duration;

use dossier_domain::{Actor, BuiltInRole};
use dossier_testkit::{Desk, Firm, PASSWORD, Page, Visitor};

const COOKIE: &str = "__Host-dossier";

async fn desk() -> Desk {
    Desk::builder().without_worker().open().await
}

async fn try_in(desk: &Desk, email: &str, password: &str) -> (Visitor, Page) {
    let mut visitor = Visitor::new(desk.router());
    let page = visitor.post("/sign-in", &[("email", email), ("password", password)]).await;
    (visitor, page)
}

/// NAV-1
#[tokio::test]
async fn the_right_pair_leads_to_the_list_with_a_cookie_that_only_this_site_gets() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let email = firm.email(BuiltInRole::Viewer);
    let (_, page) = try_in(&desk, &email.to_uppercase(), PASSWORD).await;
    assert_eq!((page.status, page.location()), (303, "/requests"), "an address has no case");
    let mut parts: Vec<_> = page.header("set-cookie").split("; ").collect();
    let token = parts.remove(0).strip_prefix("__Host-dossier=").unwrap().to_owned();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"], "no domain, no date");
    assert_eq!(token.len(), 43, "256 bits");
    let (_, again) = try_in(&desk, &email, PASSWORD).await;
    assert!(!again.header("set-cookie").contains(&token), "every sign-in has a token of its own");
    assert_ne!(desk.keeps(&token), Some(true), "the token is kept nowhere");
    assert_ne!(desk.keeps("Aloe Bank"), Some(false), "the control: what is kept plainly is found");
}

/// The answer must not tell whether an address is known.
#[tokio::test]
async fn a_wrong_address_and_a_wrong_password_get_the_same_page() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let known = firm.email(BuiltInRole::Viewer);
    firm.deactivate(BuiltInRole::Manager).await;
    let inactive = firm.email(BuiltInRole::Manager);
    let long = "x".repeat(5_000);
    let tries = [
        ("nobody@aloe-bank.example", PASSWORD),
        (known.as_str(), "a password for nobody"),
        (&known, ""),
        (&known, &long),
        (&inactive, PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ];
    let mut pages = Vec::new();
    for (email, password) in tries {
        let (_, page) = try_in(&desk, email, password).await;
        assert_eq!((page.status, page.header("set-cookie")), (422, ""), "{email}");
        assert!(page.words().contains("The e-mail address and password do not match."), "{}", page.words());
        assert!(page.text.contains(&format!("value=\"{email}\"")), "what was typed stays: {email}");
        assert!(password.is_empty() || !page.text.contains(password), "the password does not come back");
        let field = format!("value=\"{email}\"");
        pages.push(page.text.replace(&field, "value=\"\"").replace(" autofocus", ""));
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "the pages differ");
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_before_any_work() {
    let desk = desk().await;
    let (_, page) = try_in(&desk, "someone@aloe.example", &"x".repeat(1_100_000)).await;
    assert_eq!(page.status, 413);
    assert!(page.words().contains("This is too large"), "{}", page.words());
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    let mut elsewhere = firm.visitor(BuiltInRole::Viewer).await;
    let mut thief = visitor.clone();
    assert_eq!(thief.get("/requests").await.status, 200, "the control: the cookie counts");
    let page = visitor.post("/sign-out", &[("", ""); 0]).await;
    assert_eq!((page.status, page.location()), (303, "/sign-in?ended=out"));
    assert!(visitor.cookies().is_empty(), "the browser is told to forget it");
    assert!(visitor.get("/sign-in?ended=out").await.words().contains("You are signed out."));
    assert_eq!(thief.get("/requests").await.status, 303, "the old cookie is dead");
    assert_eq!(elsewhere.get("/requests").await.status, 200, "another sign-in of the same person stays");
}

/// Opens `path` with a session that has ended, and signs in again.
async fn comes_back(firm: &Firm<'_>, visitor: &mut Visitor, path: &str) {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 303);
    assert!(page.location().ends_with("&ended=yes"), "{}", page.location());
    let sign_in = visitor.get(page.location()).await;
    assert!(sign_in.words().contains("Your session has ended."), "{}", sign_in.words());
    let next = sign_in.hidden("next").replace("&#38;", "&").replace("&#61;", "=").replace("&#63;", "?");
    assert_eq!(next, path);
    let email = firm.email(BuiltInRole::Viewer);
    let page = visitor.post("/sign-in", &[("email", email.as_str()), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!((page.status, page.location()), (303, path), "the person goes on where they were");
    assert_eq!(visitor.get(path).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_whatever_is_done() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    for _ in 0..11 {
        desk.clock.advance(Duration::from_hours(1));
        assert_eq!(visitor.get("/requests").await.status, 200);
    }
    desk.clock.advance(Duration::from_secs(3_599));
    assert_eq!(visitor.get("/requests").await.status, 200, "a second before");
    desk.clock.advance(Duration::from_secs(1));
    comes_back(&firm, &mut visitor, "/requests?status=draft&channel=").await;
}

#[tokio::test]
async fn a_session_ends_when_nothing_was_asked_for_two_hours() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    for _ in 0..3 {
        desk.clock.advance(Duration::from_secs(7_199));
        assert_eq!(visitor.get("/requests").await.status, 200, "every look counts");
    }
    desk.clock.advance(Duration::from_hours(2));
    comes_back(&firm, &mut visitor, "/requests").await;
}

#[tokio::test]
async fn a_session_ends_with_its_persons_account() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    assert_eq!(visitor.get("/requests").await.status, 200);
    firm.deactivate(BuiltInRole::Viewer).await;
    assert_eq!(visitor.get("/requests").await.status, 303);
}

/// ACCESS-6: what a person may is asked anew for every page.
#[tokio::test]
async fn a_role_that_is_taken_away_counts_from_the_next_page_on() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    assert_eq!(visitor.get("/requests").await.status, 200);
    firm.dismiss(BuiltInRole::Viewer).await;
    assert_eq!(visitor.get("/requests").await.status, 403);
}

#[tokio::test]
async fn a_cookie_that_was_made_up_is_nobody() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let token = firm.visitor(BuiltInRole::Viewer).await.cookies()[COOKIE].clone();
    let other_case: String =
        token.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    for forged in ["x", &token[1..], &format!("{token}A"), &other_case, "%00", "' OR 1=1 --"] {
        let mut visitor = Visitor::new(desk.router());
        visitor.cookies().insert(COOKIE.to_owned(), forged.to_owned());
        assert_eq!(visitor.get("/requests").await.status, 303, "{forged}");
    }
}

/// A text as a value in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |query, byte| format!("{query}%{byte:02X}"))
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let email = firm.email(BuiltInRole::Viewer);
    let mut member = firm.visitor(BuiltInRole::Viewer).await;
    let traps = [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        " /requests",
        "",
    ];
    for trap in traps {
        let pairs = [("email", email.as_str()), ("password", PASSWORD), ("next", trap)];
        let page = Visitor::new(desk.router()).post("/sign-in", &pairs).await;
        assert_eq!((page.status, page.location()), (303, "/requests"), "{trap:?}");
        let encoded = encoded(trap);
        let page = member.get(&format!("/sign-in?next={encoded}")).await;
        assert_eq!((page.status, page.location()), (303, "/requests"), "{trap:?} for one who is signed in");
        let page = Visitor::new(desk.router()).get(&format!("/sign-in?next={encoded}")).await;
        assert!(!page.text.contains("name=\"next\""), "{trap:?} does not even reach the form");
        let page = member.post("/theme", &[("theme", "dark"), ("back", trap)]).await;
        assert_eq!((page.status, page.location()), (303, "/requests"), "{trap:?} after choosing colours");
    }
    let page = member.post("/theme", &[("theme", "dark"), ("back", "/requests/new")]).await;
    assert_eq!(page.location(), "/requests/new", "the control: a path of this site is followed");
}

/// AUDIT-1
#[tokio::test]
async fn sign_ins_are_audited_good_and_bad_and_without_the_password() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let email = firm.email(BuiltInRole::Viewer);
    try_in(&desk, &email, "a password that is wrong").await;
    desk.clock.advance(Duration::from_secs(1));
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    desk.clock.advance(Duration::from_secs(1));
    visitor.post("/sign-out", &[("", ""); 0]).await;
    assert_eq!(firm.deeds().await, ["session.refused", "session.started", "session.ended"]);
    let user = firm.member(BuiltInRole::Viewer).await.actor();
    let events = firm.audit().await.into_iter().filter(|event| event.action.starts_with("session."));
    for (event, actor) in events.zip([&Actor::Anonymous, &user, &user]) {
        assert_eq!(event.actor, *actor, "{}", event.action);
        assert_eq!(event.origin.address, Some("127.0.0.1".parse().unwrap()), "{}", event.action);
        assert!(event.origin.request_id.as_ref().is_some_and(|id| id.len() == 32), "{}", event.action);
        assert_eq!(event.subject.id, user.user().map(Into::into), "{}", event.action);
        assert_eq!((&event.before, &event.after), (&None, &None), "{}", event.action);
    }
}
