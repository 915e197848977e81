//! Forms that other sites send in the name of a visitor, and what every answer carries against the like.

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Firm, Page, Visitor};
use dossier_web::Options;

const FOREIGN: [&[(&str, &str)]; 5] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://other.desk.example")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[],
];

/// What a page of another site lets the victim's browser send: its form, with the victim's cookie.
async fn forge(firm: &Firm<'_>, victim: &mut Visitor, headers: &[(&str, &str)]) -> Page {
    let channel = firm.channel().to_string();
    let pairs = [("_key", "forged"), ("channel", channel.as_str()), ("reference", "Forged by another site")];
    victim.post_from("/requests", &pairs, headers).await
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused_and_changes_nothing() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut victim = firm.visitor(BuiltInRole::Operator).await;
    let before = firm.deeds().await;
    for headers in FOREIGN {
        let page = forge(&firm, &mut victim, headers).await;
        assert_eq!(page.status, 403, "{headers:?}");
        let words = page.words();
        assert!(
            words.contains("This form did not come from here") && words.contains("Nothing was changed."),
            "{words}"
        );
        assert!(words.contains("send its form from there"), "it says what to do: {words}");
    }
    let list = victim.get("/requests").await;
    assert!(list.words().contains("No requests yet"), "{}", list.words());
    assert_eq!(firm.deeds().await, before);
    let own = victim.post("/requests", &[("reference", ""), ("_key", "own")]).await;
    assert_eq!(own.status, 422, "our own form gets through to its handler");
}

/// The control of the test above: without the guard the same form does its harm.
#[tokio::test]
async fn without_the_guard_the_same_form_makes_a_request_in_the_victims_name() {
    let desk = Desk::builder().without_worker().let_foreign_posts_in().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut victim = firm.visitor(BuiltInRole::Operator).await;
    assert_eq!(forge(&firm, &mut victim, FOREIGN[0]).await.status, 303);
    let list = victim.get("/requests").await;
    assert!(list.words().contains("Forged by another site"), "{}", list.words());
}

/// Nobody is signed in or out, and no colour is changed, from elsewhere: also the routes without a permission.
#[tokio::test]
async fn no_route_takes_a_form_of_another_site() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut victim = firm.visitor(BuiltInRole::Operator).await;
    for route in dossier_web::table().iter().filter(|route| route.method == "POST") {
        let id = "0193b0c0-0000-7000-8000-000000000001";
        let ids =
            ["{request}", "{run}", "{channel}"].iter().fold(route.path.to_owned(), |path, name| path.replace(name, id));
        let path = ids.replace("{action}", "company_kyc").replace("{token}", "0").replace("{end}", "completed");
        assert!(!path.contains('{'), "{path}");
        let page = victim.post_from(&path, &[("theme", "dark")], FOREIGN[0]).await;
        // What providers send comes from elsewhere: its address holds a secret, and no sign-in counts there.
        assert_eq!(page.status, if path.starts_with("/callbacks/") { 404 } else { 403 }, "{path}");
        assert_eq!(page.header("set-cookie"), "", "{path}");
    }
    assert_eq!(victim.get("/requests").await.status, 200, "still signed in");
}

#[tokio::test]
async fn every_answer_forbids_foreign_code_frames_guesses_and_caches() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Headers").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let pages = [
        operator.get("/requests").await,
        operator.get("/requests/new").await,
        operator.get(&format!("/requests/{request}")).await,
        operator.get(&format!("/requests/{request}/logs")).await,
        operator.get(&format!("/requests/{request}/actions/company_kyc")).await,
        operator.get("/nothing").await,
        operator.get("/sign-in").await,
        operator.get("/healthz").await,
        operator.get("/sign-out").await,
        forge(&firm, &mut operator, FOREIGN[0]).await,
        Visitor::new(desk.router()).get("/sign-in").await,
        Visitor::new(desk.router()).get("/requests").await,
    ];
    for page in &pages {
        let csp = page.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'"] {
            assert!(csp.contains(rule), "{} {csp}", page.status);
        }
        assert!(csp.contains("frame-ancestors 'none'") && csp.contains("base-uri 'none'"), "{csp}");
        assert!(!csp.contains("unsafe") && !csp.contains('*') && !csp.contains("data:"), "{csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(page.header(name), value, "{name} of a page with {}", page.status);
        }
        // What the policy would not let through must not be needed.
        assert!(!page.text.contains("<style") && !page.text.contains(" style=\""), "{}", page.text);
        assert!(!page.text.contains(" onclick") && !page.text.contains("<script>"), "{}", page.text);
    }
}

#[tokio::test]
async fn browsers_are_bound_to_https_only_where_it_is_served() {
    let desk = Desk::builder().without_worker().open().await;
    for (origin, bound) in [
        (Some("https://kyc.example"), "max-age=31536000; includeSubDomains"),
        (Some("http://kyc.example"), ""),
        (None, ""),
    ] {
        let options = Options::default().public_origin(origin.map(str::to_owned));
        let page = Visitor::new(dossier_web::router(desk.app.clone(), options)).get("/sign-in").await;
        assert_eq!(page.header("strict-transport-security"), bound, "{origin:?}");
    }
}
