//! Making requests and listing them, at the pages.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "requests/deeds.rs"]
mod deeds;
#[path = "requests/delete.rs"]
mod delete;
#[path = "requests/list.rs"]
mod list;
#[path = "requests/notes.rs"]
mod notes;
#[path = "requests/pictures.rs"]
mod pictures;
#[path = "requests/reference.rs"]
mod reference;

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Firm, Page, Visitor};

async fn desk() -> Desk {
    Desk::builder().without_worker().open().await
}

/// Sends the form of a new request with the key that our page gave.
async fn create(visitor: &mut Visitor, channel: &str, reference: &str) -> Page {
    let key = visitor.get("/requests/new").await.hidden("_key").to_owned();
    send(visitor, &key, channel, reference).await
}

async fn send(visitor: &mut Visitor, key: &str, channel: &str, reference: &str) -> Page {
    visitor.post("/requests", &[("_key", key), ("channel", channel), ("reference", reference)]).await
}

/// How a text stands in a page.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
    text.replace('"', "&#34;").replace('\'', "&#39;")
}

/// How many requests the list shows.
async fn listed(firm: &Firm<'_>) -> usize {
    let page = firm.visitor(BuiltInRole::Viewer).await.get("/requests").await;
    page.text.matches("class=\"row-link\"").count()
}

/// REQ-1, REQ-3
#[tokio::test]
async fn a_new_request_is_a_draft_and_its_page_opens() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let form = viewer.get("/requests/new").await;
    assert!(form.words().contains("InTouch main") && !form.text.contains(">main<"), "by name, not by code");
    let page = create(&mut viewer, &firm.channel().to_string(), "  Nomsa   Dlamini, 2026 ").await;
    assert_eq!(page.status, 303, "kyc:read is enough: {}", page.words());
    let opened = viewer.get(page.location()).await;
    assert_eq!(opened.status, 200);
    for said in ["Nomsa Dlamini, 2026", "Draft", "InTouch main", "KYC Viewer of Aloe Bank"] {
        assert!(opened.words().contains(said), "{said} in {}", opened.words());
    }
}

/// REQ-2
#[tokio::test]
async fn a_refused_reference_keeps_what_was_typed_and_says_what_is_wrong_at_its_field() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let channel = firm.channel().to_string();
    let (long, markup) = ("é".repeat(101), format!("<script>\"'&{}", "x".repeat(101)));
    let (bomb, huge) = (format!("x{}", "\u{301}".repeat(600)), "x".repeat(100_000));
    let refused = [
        ("", "Enter"),
        ("   ", "Enter"),
        ("\u{200b}\u{feff}", "Enter"),
        ("one\ntwo", "U+000A"),
        ("one\u{0}two", "U+0000"),
        ("one\u{202e}owt", "U+202E"),
        ("one\u{2066}two", "U+2066"),
        (&long, "101"),
        (&markup, "112"),
        (&bomb, ""),
        (&huge, "100"),
    ];
    for (reference, said) in refused {
        let name: String = reference.escape_unicode().take(60).collect();
        let page = create(&mut viewer, &channel, reference).await;
        assert_eq!(page.status, 422, "{name}");
        let error = page.text.split_once("id=\"reference-error\"").map(|(_, after)| after.split("</p>").next());
        let error = error.flatten().unwrap_or_default();
        assert!(error.contains(said) && error.contains("Error:"), "{name}: {error}");
        assert!(page.text.contains("<a href=\"#reference\">"), "{name}: the summary leads to the field");
        assert!(page.text.contains("aria-invalid=\"true\""), "{name}");
        assert!(page.text.contains(&format!("value=\"{}\"", escaped(reference))), "{name} is still there");
        assert!(page.text.contains(&format!("value=\"{channel}\" selected")), "{name}: and so is the channel");
        assert!(!page.text.contains("<script>"), "{name}");
    }
    assert_eq!(listed(&firm).await, 0);
}

/// REQ-2
#[tokio::test]
async fn a_reference_that_looks_like_markup_is_shown_as_it_was_typed_on_every_page() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let hostile = [
        "<script>alert(1)</script>",
        "</title></bdi><img src=x onerror=alert(1)>",
        "\"><svg onload=alert(1)>",
        "' onmouseover='alert(1)",
        "&lt;b&gt; &amp; {{ 7*7 }} ${7*7}",
        "שלום, עולם (Ltd)",
        "Z\u{335}\u{336}\u{337}\u{338} zalgo",
        "=1+1|' /C calc'!A0",
        "../../etc/passwd?x=%00;\\",
    ];
    for reference in hostile {
        let page = create(&mut operator, &firm.channel().to_string(), reference).await;
        assert_eq!(page.status, 303, "{reference}: {}", page.words());
        let place = page.location().to_owned();
        let params = serde_json::json!({ "trackingId": dossier_simulator::TRACKING_COMPLETED });
        firm.run(place.rsplit('/').next().unwrap().parse().unwrap(), "workflow_status", params).await;
        let logs = format!("{place}/logs");
        for path in ["/requests", &place, &logs, &format!("{place}/actions/company_kyc")] {
            let page = operator.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains(&escaped(reference)), "{path} shows {reference}");
            if reference.contains(['<', '"', '\'']) {
                assert!(!page.text.contains(reference), "{path}: {reference} is not markup");
            }
            if path == place {
                assert!(page.text.contains(&format!("<bdi>{}</bdi>", escaped(reference))), "{path}: {reference}");
            }
        }
    }
}

/// REQ-1
#[tokio::test]
async fn sending_the_form_twice_makes_one_request() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let (channel, mut twin) = (firm.channel().to_string(), viewer.clone());
    let key = viewer.get("/requests/new").await.hidden("_key").to_owned();
    assert!(key.len() >= 32, "the form has a key");
    let (one, two) = tokio::join!(send(&mut viewer, &key, &channel, "Twice"), send(&mut twin, &key, &channel, "Twice"));
    let three = send(&mut viewer, &key, &channel, " Twice ").await;
    assert_eq!((one.status, two.status, three.status), (303, 303, 303));
    assert_eq!((one.location(), one.location()), (two.location(), three.location()));
    assert_eq!(listed(&firm).await, 1);
    assert_eq!(firm.deeds().await.iter().filter(|deed| *deed == "request.created").count(), 1);

    let other = send(&mut viewer, &key, &channel, "Another").await;
    assert_eq!(other.status, 422);
    assert!(other.words().contains("This form made a request before, with other content."), "{}", other.words());
    assert!(other.text.contains("value=\"Another\""), "what was typed stays");
    assert_ne!(other.hidden("_key"), key, "and can be sent again");
    assert_eq!(listed(&firm).await, 1);

    let page = create(&mut viewer, &channel, "Twice").await;
    assert_eq!((page.status, listed(&firm).await), (303, 2), "references may repeat");

    let fynbos = desk.firm("Fynbos Trust").await;
    let mut stranger = fynbos.visitor(BuiltInRole::Viewer).await;
    let page = send(&mut stranger, &key, &fynbos.channel().to_string(), "Twice").await;
    assert_eq!((page.status, listed(&fynbos).await), (303, 1), "the key is the tenant's own");
}

/// REQ-1
#[tokio::test]
async fn a_form_without_its_key_is_not_taken() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = send(&mut viewer, "", &firm.channel().to_string(), "No key").await;
    assert_eq!((page.status, listed(&firm).await), (422, 0));
    assert!(page.words().contains("This form is not complete"), "{}", page.words());
}

/// REQ-1, CHAN-7, CHAN-8
#[tokio::test]
async fn only_a_channel_of_the_list_is_taken() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let foreign = desk.firm("Fynbos Trust").await.channel().to_string();
    let inactive = firm.add_channel("inactive", "Inactive one").await.unwrap().to_string();
    let deleted = firm.add_channel("deleted", "Deleted one").await.unwrap().to_string();
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    assert!(
        viewer.get("/requests/new").await.words().contains("Deleted one Inactive one InTouch main"),
        "sorted by name"
    );
    firm.change("UPDATE channel SET active = FALSE WHERE code = 'inactive'").await;
    firm.change("UPDATE channel SET deleted_at = created_at WHERE code = 'deleted'").await;
    let form = viewer.get("/requests/new").await.words();
    assert!(!form.contains("Inactive one") && !form.contains("Deleted one"), "{form}");
    for channel in [&foreign, &inactive, &deleted, "0193b0c0-0000-7000-8000-000000000001", "main", ""] {
        let page = create(&mut viewer, channel, "Kept <here>").await;
        assert_eq!(page.status, 422, "{channel}");
        assert!(page.text.contains("id=\"channel-error\""), "{channel}");
        assert!(page.words().contains("Choose one of the channels in the list."), "{channel}: {}", page.words());
        assert!(page.text.contains("value=\"Kept &#60;here&#62;\""), "{channel}: the reference stays");
    }
    assert_eq!(listed(&firm).await, 0);
}

/// REQ-1
#[tokio::test]
async fn without_a_channel_the_form_is_replaced_by_whom_to_ask() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let form = viewer.get("/requests/new").await;
    let key = form.hidden("_key").to_owned();
    firm.change("UPDATE channel SET active = FALSE").await;
    let sent = send(&mut viewer, &key, &firm.channel().to_string(), "Too late").await;
    for (page, status) in [(viewer.get("/requests/new").await, 200), (sent, 422)] {
        assert_eq!(page.status, status);
        let words = page.words();
        assert!(words.contains("No channel to verify through") && words.contains("kyc:create"), "{words}");
        assert!(words.contains("Administrator of Aloe Bank can do it."), "{words}");
        assert!(!page.text.contains("name=\"reference\""), "no form");
    }
    assert_eq!(listed(&firm).await, 0);
}
