//! Pictures in a form: opened before they are taken, seen by who chose them, and sent as they are.

use dossier_domain::BuiltInRole;
use dossier_testkit::picture::{ImageFormat, bomb, exif, picture, png};
use serde_json::Value;

use crate::files::{kept, on_disk, send};
use crate::provider::{desk, firm, path};

/// The id in a hidden parameter.
pub(crate) fn id(parameter: &str) -> String {
    serde_json::from_str::<Value>(parameter).unwrap()["id"].as_str().unwrap().to_owned()
}

/// ACT-3
#[tokio::test]
async fn a_face_of_twelve_megapixels_is_seen_again_without_its_place_and_sent_whole() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let face = exif(&picture(4_000, 3_000, ImageFormat::Jpeg), 6);
    let wrong = [("IDNumber", "123456"), ("note", "N1")];
    let refused = send(&mut operator, request, &wrong, &[("front", "Face.jpg", &face)]).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    let front = kept(&refused, "front").remove(0);
    let image = format!("/requests/{request}/files/{}/image", id(&front));
    assert!(refused.text.contains(&format!("<img class=\"thumb\" src=\"{image}\"")), "{}", refused.text);

    let seen = operator.get(&image).await;
    assert_eq!((seen.status, seen.header("content-type")), (200, "image/jpeg"));
    assert_eq!(seen.header("content-security-policy"), "default-src 'none'; sandbox");
    let has = |bytes: &[u8]| bytes.windows(11).any(|window| window == b"GPS-OF-HOME");
    assert!(has(&face) && !has(&seen.bytes), "it tells no place");
    assert!(seen.bytes.len() < 300_000, "{}", seen.bytes.len());
    let shown = dossier_app::pictures::preview(&seen.bytes).unwrap();
    assert_eq!((shown.pixels.width, shown.pixels.height), (1_200, 1_600), "upright, and small enough for a page");

    let whole = operator.get(&format!("/requests/{request}/files/{}", id(&front))).await;
    assert!(whole.bytes == face && whole.header("content-disposition").starts_with("attachment"));
    let sent = send(&mut operator, request, &[("front", &front)], &[]).await;
    assert_eq!((sent.status, lens.asked()), (303, 1), "{}", sent.words());
    assert!(lens.got(&face), "the provider gets every byte of it");
}

/// TENANT-1
#[tokio::test]
async fn a_picture_that_is_not_sent_yet_is_seen_by_who_chose_it_and_nobody_else() {
    let (desk, _lens, host) = desk().await;
    let (firm, stranger) = (firm(&desk, "Aloe Bank", host).await, firm(&desk, "Other Bank", host).await);
    let (request, foreign) = (firm.request("A").await, stranger.request("B").await);
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page = send(&mut operator, request, &[("_branch", "")], &[("front", "ID.png", &png("front"))]).await;
    let front = kept(&page, "front").remove(0);
    let mut manager = firm.visitor(BuiltInRole::Administrator).await;
    let mut intruder = stranger.visitor(BuiltInRole::Administrator).await;
    for way in ["/image", ""] {
        let file = format!("files/{}{way}", id(&front));
        assert_eq!(operator.get(&format!("/requests/{request}/{file}")).await.status, 200, "the control: {way}");
        assert_eq!(manager.get(&format!("/requests/{request}/{file}")).await.status, 404, "{way}");
        assert_eq!(intruder.get(&format!("/requests/{request}/{file}")).await.status, 404, "{way}");
        assert_eq!(intruder.get(&format!("/requests/{foreign}/{file}")).await.status, 404, "{way}");
    }
    let sent = send(&mut operator, request, &[("front", &front)], &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let image = format!("/requests/{request}/files/{}/image", id(&front));
    assert_eq!(manager.get(&image).await.status, 200, "what was sent belongs to the request");
    assert_eq!(intruder.get(&image).await.status, 404);
}

/// ACT-3
#[tokio::test]
async fn what_cannot_be_opened_as_the_picture_that_it_claims_to_be_is_refused_at_its_field() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let script = b"\x89PNG\r\n\x1a\n<script>alert(1)</script>".to_vec();
    let whole = picture(400, 300, ImageFormat::Png);
    let torn = whole[..whole.len() / 2].to_vec();
    let broken = "Front: ID.png is damaged, or is something else under the name of a picture. Choose another file.";
    let large = "Front: ID.png has 60000 × 60000 pixels, which is more than can be opened. Save it with at most 50 \
                 million pixels, no side longer than 20000, and choose it again.";
    let other = "Front: Choose a PNG or JPEG file for the front.";
    for (bytes, said) in [
        (script, broken),
        (torn, broken),
        (bomb(60_000, 60_000), large),
        (picture(8, 8, ImageFormat::Gif), other),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), other),
    ] {
        let page = send(&mut operator, request, &[("note", "N1")], &[("front", "ID.png", &bytes)]).await;
        assert_eq!(page.status, 422);
        assert!(page.words().contains(said), "{said}: {}", page.words());
        assert!(page.text.contains("value=\"N1\"") && kept(&page, "front").is_empty());
        assert!(page.text.contains("href=\"#front\""), "the list of mistakes leads to the field");
    }
    assert_eq!((on_disk(&desk), lens.asked()), (0, 0), "nothing of them is kept");
    let page = send(&mut operator, request, &[], &[("front", "ID.png", &png(""))]).await;
    assert_eq!((page.status, lens.asked()), (303, 1), "the control: {}", page.words());
}

/// ACT-3
#[tokio::test]
async fn the_name_of_a_file_leads_nowhere_and_deceives_nobody() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let long = "n".repeat(300);
    let short = format!("{}.png", "n".repeat(96));
    for (name, safe) in [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\scans\\ID.png", "ID.png"),
        ("a\u{202e}gnp.exe", "agnp.exe.png"),
        ("a\u{200b}b.png", "ab.png"),
        (long.as_str(), short.as_str()),
    ] {
        let request = firm.request("Kwantu").await;
        let page = send(&mut operator, request, &[("_branch", "")], &[("front", name, &png("front"))]).await;
        let front = kept(&page, "front").remove(0);
        assert_eq!(serde_json::from_str::<Value>(&front).unwrap()["name"], safe, "{name}");
        let whole = operator.get(&format!("/requests/{request}/files/{}", id(&front))).await;
        let said = whole.header("content-disposition").to_owned();
        assert!(said.starts_with("attachment; filename=\"") && said.contains(safe), "{said}");
        let form = [("_key", page.hidden("_key")), ("workflow", "paper"), ("front", front.as_str())];
        let sent = operator.post_files(&path(request), &form, &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.words());
        assert!(lens.got(format!("filename=\"{safe}\"").as_bytes()), "{name}");
    }
}
