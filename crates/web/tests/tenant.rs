//! What a tenant has under Settings for itself: general settings, licence, and the list of settings.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Page, Visitor};
use serde_json::json;

const GENERAL: &str = "/settings/general";

async fn desk() -> Desk {
    Desk::builder().without_worker().open().await
}

/// The form as it is at first, at a version.
fn form(version: &str) -> Vec<(&'static str, String)> {
    let pairs = [("name", "Aloe Bank"), ("time_zone", "Africa/Johannesburg"), ("dates", "day-month")];
    std::iter::once(("_version", version)).chain(pairs).map(|(name, value)| (name, value.to_owned())).collect()
}

/// The same with other values.
fn with(mut pairs: Vec<(&'static str, String)>, other: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    for (name, value) in other {
        pairs.retain(|(n, _)| n != name);
        pairs.push((name, (*value).to_owned()));
    }
    pairs
}

/// What is said at a field.
fn said_at(page: &Page, field: &str) -> String {
    let error = page.text.split_once(&format!("id=\"{field}-error\"")).map(|(_, after)| after.to_owned());
    let error = error.unwrap_or_else(|| panic!("nothing is said at {field}: {}", page.words()));
    let words = error.split_once("</span>").unwrap().1.split("</span>").next().unwrap().to_owned();
    words.replace(['\u{2068}', '\u{2069}'], "")
}

/// LIST-1
#[tokio::test]
async fn time_zone_and_dates_hold_on_every_page_and_exports_have_the_zone_with_iso_dates() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    assert!(administrator.get("/requests").await.words().contains("23 Nov 2026, 14:00"));
    let other = with(form("1"), &[("time_zone", "asia/kolkata"), ("dates", "slashes"), ("name", "Aloe Savings")]);
    let saved = administrator.post(GENERAL, &other).await;
    assert_eq!((saved.status, saved.location()), (303, "/settings/general?done=saved"));
    let page = administrator.get(saved.location()).await;
    assert!(page.words().contains("The settings were saved"), "{}", page.words());
    assert!(page.text.contains("value=\"Asia/Kolkata\"") && page.text.contains("value=\"Aloe Savings\""));
    for path in ["/requests".to_owned(), format!("/requests/{request}"), "/settings/audit?what=requests".to_owned()] {
        let page = administrator.get(&path).await;
        assert!(page.words().contains("23/11/2026, 17:30"), "{path}: {}", page.words());
        assert!(page.text.contains("IST (UTC+05:30)\">") && page.words().contains("Aloe Savings"), "{path}");
    }
    let csv = administrator.get("/requests.csv").await.text;
    assert!(csv.contains(",2026-11-23T17:30:00.005000+05:30,"), "{csv}");

    let event = firm.audit().await.into_iter().find(|event| event.action == "settings.changed").unwrap();
    assert_eq!(
        (event.before, event.after),
        (
            Some(json!({
                "name": "Aloe Bank", "time_zone": "Africa/Johannesburg", "date_format": "day-month",
                "create_needs_execute": false,
            })),
            Some(json!({
                "name": "Aloe Savings", "time_zone": "Asia/Kolkata", "date_format": "slashes",
                "create_needs_execute": false,
            })),
        )
    );
}

/// ACCESS-2
#[tokio::test]
async fn creating_a_request_takes_execute_where_the_tenant_wants_it_and_says_whom_to_ask() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let create = async |visitor: &mut Visitor, key: &str| {
        let channel = firm.channel().to_string();
        visitor.post("/requests", &[("_key", key), ("channel", &channel), ("reference", "Kwantu Solar")]).await
    };
    assert_eq!(create(&mut viewer, "before").await.status, 303, "off by default: reading is enough");
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let on = with(form("1"), &[("create_needs_execute", "true")]);
    assert_eq!(administrator.post(GENERAL, &on).await.status, 303);
    for page in [viewer.get("/requests/new").await, create(&mut viewer, "after").await] {
        let words = page.words();
        assert_eq!(page.status, 403, "{words}");
        assert!(words.contains("At Aloe Bank creating a request takes the permission kyc:execute"), "{words}");
        assert!(words.contains("Administrator of Aloe Bank can give it to you"), "{words}");
        assert!(!page.text.contains("name=\"reference\""), "there is no form");
    }
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    assert_eq!(operator.get("/requests/new").await.status, 200);
    assert_eq!(create(&mut operator, "operator").await.status, 303, "the control");
    let made = firm.deeds().await.into_iter().filter(|deed| deed == "request.created").count();
    assert_eq!(made, 2);
    assert_eq!(administrator.post(GENERAL, &form("2")).await.status, 303);
    assert_eq!(create(&mut viewer, "again").await.status, 303, "off again");
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_at_its_field_and_nothing_typed_is_lost() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let wrong = with(form("1"), &[("name", "  "), ("time_zone", "Moon/Tranquility"), ("dates", "roman")]);
    let wrong = with(wrong, &[("create_needs_execute", "true")]);
    let page = administrator.post(GENERAL, &wrong).await;
    assert_eq!(page.status, 422);
    assert!(page.words().contains("Nothing was saved. Three fields need another look."), "{}", page.words());
    assert!(said_at(&page, "name").starts_with("Enter a name"), "{}", said_at(&page, "name"));
    assert!(said_at(&page, "time_zone").starts_with("“Moon/Tranquility” is no time zone"));
    assert!(said_at(&page, "dates").starts_with("Choose one"));
    assert!(page.text.contains("value=\"Moon/Tranquility\"") && page.text.contains("value=\"true\" checked"));
    assert!(page.text.contains("<option value=\"Africa/Johannesburg\">"), "zones to choose from, without scripts");
    assert!(!firm.deeds().await.contains(&"settings.changed".to_owned()));
    let unread = administrator.post(GENERAL, &with(form("1"), &[("_version", "x")])).await;
    assert!(unread.status == 422 && unread.words().contains("Nothing was"), "{}", unread.words());
}

#[tokio::test]
async fn of_two_who_change_the_settings_one_wins_and_the_other_sees_both_values() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut one = firm.visitor(BuiltInRole::Administrator).await;
    let mut two = one.clone();
    let mine = with(form("1"), &[("name", "Mine"), ("create_needs_execute", "true"), ("dates", "iso")]);
    assert_eq!(one.post(GENERAL, &mine).await.status, 303);
    let yours = with(form("1"), &[("name", "Yours")]);
    let told = two.post(GENERAL, &yours).await;
    assert_eq!(told.status, 409);
    let words = told.words();
    assert!(words.contains("Nothing was saved: somebody else has saved the settings meanwhile."), "{words}");
    assert!(said_at(&told, "name").starts_with("They saved “Mine”."), "{}", said_at(&told, "name"));
    assert!(said_at(&told, "dates").starts_with("They saved “2026-11-23”."));
    assert!(said_at(&told, "create_needs_execute").starts_with("They saved “on”."));
    assert!(told.text.contains("value=\"Yours\""), "what was typed is kept");
    assert_eq!(one.post(GENERAL, &mine).await.status, 303, "the same again is done already");
    let again = with(yours, &[("_version", told.hidden("_version"))]);
    assert_eq!(two.post(GENERAL, &again).await.status, 303, "knowing it, theirs can be replaced");
    for round in 3..8 {
        let version = round.to_string();
        let (a, b) = (format!("Mine {round}"), format!("Yours {round}"));
        let (mine, yours) = (with(form(&version), &[("name", &a)]), with(form(&version), &[("name", &b)]));
        let (a, b) = tokio::join!(one.post(GENERAL, &mine), two.post(GENERAL, &yours));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert!(statuses == [303, 409], "{round}: {statuses:?}");
        // The next round changes whatever this one came to.
        let version = one.get(GENERAL).await.hidden("_version").to_owned();
        assert_eq!(version, (round + 1).to_string(), "one of both was saved");
    }
}

/// TENANT-1
#[tokio::test]
async fn a_name_that_another_tenant_has_is_not_told_by_a_refusal() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.firm("Fynbos Trust").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let same = with(form("1"), &[("name", "Fynbos Trust")]);
    assert_eq!(administrator.post(GENERAL, &same).await.status, 303);
}

/// TENANT-2, TENANT-3, TENANT-5
#[tokio::test]
async fn the_licence_page_says_what_is_open_until_when_and_stays_open_without_the_module() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let now = desk.clock.now();
    let (near, far) = (now.plus(Duration::from_hours(24)), now.plus(Duration::from_hours(24 * 365)));
    firm.license(&[("kyc", Some(far)), ("kyc-intouch", Some(near)), ("kyc-gone", None)]).await;
    let words = administrator.get("/settings/licence").await.words();
    for says in [
        "The whole product: requests, channels, runs, results and logs. Licensed 23 Nov 2027, 14:00",
        "InTouch Secure Services Ends soon 24 Nov 2026, 14:00",
        "Nothing: no provider that is installed here has it. Licensed Without an end",
        "Sumsub Not licensed",
        "Where a provider is not licensed, its channels cannot be added, edited or used for new requests",
        "The operator of this installation manages it at the command line",
    ] {
        assert!(words.contains(says), "{says}: {words}");
    }
    assert_eq!(
        administrator.post("/settings/licence", &[("module", "kyc")]).await.status,
        405,
        "nobody changes it here"
    );

    desk.clock.advance(Duration::from_hours(1));
    firm.license(&[("kyc", Some(now)), ("kyc-intouch", None)]).await;
    let closed = administrator.get("/requests").await;
    assert_eq!(closed.status, 403);
    let words = closed.words();
    assert!(words.contains("Module required: kyc") && words.contains("until 23 Nov 2026"), "{words}");
    assert!(words.contains("Code: module_required"), "{words}");
    assert!(closed.text.contains("<a class=\"button\" href=\"/settings/licence\">"), "the way to why");
    let words = administrator.get("/settings/licence").await.words();
    assert!(
        words.contains("Ended 23 Nov 2026, 14:00")
            && words.contains("The product is closed Until the operator extends the module kyc"),
        "{words}"
    );
    assert_eq!(administrator.get("/settings").await.location(), "/settings/users");
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let closed = viewer.get("/requests").await;
    assert!(!closed.text.contains("/settings/licence"), "who may not see it is not led there");
    assert_eq!(viewer.get("/settings/licence").await.status, 403);
}

/// NAV-1
#[tokio::test]
async fn everybody_sees_the_settings_that_are_open_to_them_and_is_led_to_the_first() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let own = ["/settings/audit", "/settings/general", "/settings/licence"];
    let product = ["/settings/channels", "/settings/callbacks", "/settings/providers"];
    for (role, open) in [
        (BuiltInRole::Administrator, [&product[..], &own[..]].concat()),
        (BuiltInRole::Manager, vec![product[0]]),
        (BuiltInRole::Viewer, vec![product[0]]),
        (BuiltInRole::Auditor, vec![product[0], own[0]]),
    ] {
        let mut visitor = firm.visitor(role).await;
        let page = visitor.get("/requests").await;
        let nav = page.text.split_once("id=\"nav-settings\"").unwrap().1.split_once("</ul>").unwrap().0.to_owned();
        let links = nav.split("href=\"").skip(1).map(|after| after.split('"').next().unwrap());
        let links: Vec<_> = links.filter(|link| link.starts_with('/')).collect();
        // Other settings may stand between them.
        let known: Vec<_> = links.iter().copied().filter(|link| own.contains(link) || product.contains(link)).collect();
        assert_eq!(known, open, "{role}");
        for link in &links {
            assert_eq!(visitor.get(link).await.status, 200, "{role}: {link}");
        }
        let led = visitor.get("/settings").await;
        assert_eq!((led.status, led.location()), (303, links[0]), "{role}");
        let page = visitor.get(links[0]).await;
        assert!(page.text.contains(&format!("href=\"{}\" aria-current=\"page\"", links[0])), "{role}");
    }
    firm.dismiss(BuiltInRole::Operator).await;
    let mut nobody = firm.visitor(BuiltInRole::Operator).await;
    let page = nobody.get("/settings").await;
    assert!(page.status == 403 && !page.text.contains("nav-settings"), "{}", page.words());
}
