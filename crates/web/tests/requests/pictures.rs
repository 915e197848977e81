//! Pictures and documents of a request, opened in the browser.

use dossier_domain::BuiltInRole;
use dossier_testkit::picture::{jpeg, png};
use serde_json::json;

use super::desk;

const MARKUP: &[u8] = b"<!doctype html><script>alert(1)</script>";

#[tokio::test]
async fn a_picture_is_shown_by_what_its_bytes_are_and_in_an_origin_of_its_own() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Nomsa Dlamini").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let (selfie, card) = (png(" a selfie"), jpeg(" a card"));
    let seen = Some("image/jpeg");
    for (name, media_type, bytes, image, document) in [
        ("selfie.png", "image/png", &selfie[..], seen, None),
        ("selfie", "text/html", &selfie, seen, None),
        ("card.png", "image/png", &card, seen, None),
        ("broken.png", "image/png", b"\x89PNG\r\n\x1a\n", None, None),
        ("card.heic", "image/heif", b"\0\0\0\x18ftypheic", None, None),
        ("card.png", "image/png", MARKUP, None, None),
        ("card.svg", "image/svg+xml", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None, None),
        ("report.png", "image/png", b"%PDF-1.7 a report", None, Some("application/pdf")),
        ("report.pdf", "application/pdf", MARKUP, None, None),
        ("none.png", "image/png", b"", None, None),
    ] {
        let file = firm.attach(request, name, media_type, bytes).await;
        for (way, expected) in [("image", image), ("document", document)] {
            let page = viewer.get(&format!("/requests/{request}/files/{file}/{way}")).await;
            let at = format!("{name} of {media_type} as {way}");
            assert_eq!(page.status, if expected.is_some() { 200 } else { 404 }, "{at}");
            let Some(expected) = expected else {
                assert!(page.words().contains("There is nothing here") && !page.text.contains("alert(1)"), "{at}");
                continue;
            };
            for (header, value) in [
                ("content-type", expected),
                ("content-disposition", "inline"),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "default-src 'none'; sandbox"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(page.header(header), value, "{header}: {at}");
            }
            if way == "image" {
                assert!(page.bytes.starts_with(b"\xff\xd8\xff") && !page.text.contains(" a "), "made here: {at}");
            } else {
                assert_eq!(page.bytes, bytes, "{at}");
            }
        }
    }
    let opened = firm.deeds().await.into_iter().filter(|deed| deed == "file.opened").count();
    assert_eq!(opened, 13, "AUDIT-3: who opened a file is kept, and who tried to open one as a document");
}

#[tokio::test]
async fn a_result_shows_its_pictures_and_says_which_are_not_available() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, sibling) = (firm.request("Nomsa Dlamini").await, firm.request("Someone else").await);
    let other = desk.firm("Fynbos Trust").await;
    let elsewhere = other.request("Another house").await;
    let card = firm.attach(request, "card <1>.png", "image/png", &png("")).await;
    let report = firm.attach(request, "report.pdf", "application/pdf", b"%PDF-1.7").await;
    let broken = firm.attach(request, "chip.png", "image/png", b"\x89PNG\r\n\x1a\n").await;
    let siblings = firm.attach(sibling, "sibling.png", "image/png", &png("")).await;
    let foreign = other.attach(elsewhere, "foreign.png", "image/png", &png("")).await;
    let image = |label: &str, file: &str| json!({ "label": label, "file": file });
    let display = json!({ "notes": ["The file back.png was not kept."], "sections": [
        { "images": [
            image("Card", &card.to_string()),
            image("Chip", &broken.to_string()),
            image("Report", &report.to_string()),
            image("Sibling", &siblings.to_string()),
            image("Foreign", &foreign.to_string()),
            image("Odd", "\"><script>alert(1)</script>"),
            image("None", ""),
        ] },
        { "title": "Faces", "compare": { "left": image("Left", &card.to_string()), "right": image("Right", ""),
            "score": { "text": "93.4 %" }, "limit": "80 %", "share": 93.4, "mark": 80.0 } },
    ] });
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    firm.show(request, "company_kyc", params, display).await;

    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}")).await;
    assert_eq!(page.status, 200);
    let words = page.words();
    let source = format!("src=\"/requests/{request}/files/{card}/image\"");
    assert_eq!(page.text.matches(&source).count(), 2, "{words}");
    assert_eq!(page.text.matches("<img ").count(), 2, "nothing else is drawn");
    for (label, name) in [("Chip", "chip.png"), ("Report", "report.pdf")] {
        assert!(words.contains(&format!("Cannot be shown Download {label} {name}")), "{label} in {words}");
    }
    assert!(page.text.contains(&format!("href=\"/requests/{request}/files/{broken}\"")), "it can be taken away");
    for label in ["Sibling", "Foreign", "Odd", "None", "Right"] {
        assert!(words.contains(&format!("Not available {label}")), "{label} in {words}");
    }
    assert!(words.contains("Card card <1>.png") && words.contains("Score 93.4 %"), "{words}");
    assert!(words.contains("Its limit is 80 %") && words.contains("The file back.png was not kept."), "{words}");
    for secret in ["sibling.png", "foreign.png", "<script>alert(1)"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
    assert!(page.text.contains("width=\"93.4\"") && page.text.contains("M80 0v10"), "the bar");
    let shown = viewer.get(&format!("/requests/{request}/files/{card}/image")).await;
    assert_eq!(shown.status, 200, "the picture is there");
}
