//! Files: out in every way, in from answers and from behind links.

use super::{manifest, parsed, success};
use dossier_connector::Rehearsal;
use serde_json::{Value, json};

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn with(attachments: &str, calls: &str) -> String {
    manifest(
        "hosts: [\"*.files.example\"]",
        &format!(
            r#"
  - key: get
    label: Get
    category: A
    effect: read
    verified: assumed
    steps:
      - {{ name: first, request: {{ method: GET, url: "{{config.url}}/first" }} }}
      - {{ name: got, request: {{ method: GET, url: "{{config.url}}/got" }} }}
    result:
      attachments: {attachments}
    examples:
      - {{ name: files, calls: [{calls}], gives: {{ outcome: succeeded }} }}
"#
        ),
    )
}

#[tokio::test]
async fn base64_in_an_answer_becomes_a_file_and_its_id_stands_there_instead() {
    let rules = r#"[{ key: photo, name: photo.png, base64: "=got.body.photo" }, { each: "=got.body.docs[]", name: "{kind}.pdf", type: application/pdf, base64: "=content" }]"#;
    let calls = format!(
        "{{ answer: {{ status: 200 }} }}, {{ answer: {{ status: 200, body: {{ photo: \"data:image/png;base64,{PNG}\", name: N, docs: [{{ kind: a/b, content: JVBERi0xLjQ= }}, {{ kind: c, content: \"%%\" }}] }} }} }}"
    );
    let success = success(&with(rules, &calls)).await;
    let files: Vec<_> =
        success.attachments.iter().map(|a| (a.file.name.as_str(), a.file.media_type.as_str())).collect();
    assert_eq!(files, [("photo.png", "image/png"), ("ab.pdf", "application/pdf")]);
    let raw: Value = serde_json::from_slice(&success.raw).unwrap();
    let id = |at: usize| json!(format!("attachment:{}", success.attachments[at].id));
    assert_eq!(
        raw,
        json!({"photo": id(0), "name": "N", "docs": [{"kind": "a/b", "content": id(1)}, {"kind": "c", "content": "%%"}]})
    );
}

#[tokio::test]
async fn a_display_shows_a_file_of_the_answer_by_its_key() {
    let rules = r#"[{ key: photo, name: photo.png, base64: "=got.body.photo" }]
      display:
        sections:
          - images: [{ label: ID photo, image: "=files.photo" }, { label: Back, image: "=files.back" }]
          - compare: { left: { label: Left, image: "=files.photo" }, right: { label: Right, image: "=files.back" },
              score: "=got.body.score", limit: 80, unit: "%" }"#;
    let calls = format!(
        "{{ answer: {{ status: 200 }} }}, {{ answer: {{ status: 200, body: {{ photo: \"{PNG}\", score: 93.4 }} }} }}"
    );
    let success = success(&with(rules, &calls)).await;
    let id = success.attachments[0].id.to_string();
    let [pictures, faces] = success.display.sections.as_slice() else { panic!("{:?}", success.display) };
    let [image] = pictures.images.as_slice() else { panic!("one picture: {pictures:?}") };
    assert_eq!((image.label.as_str(), image.file.as_str()), ("ID photo", id.as_str()));
    let compare = faces.compare.as_ref().unwrap();
    assert_eq!((compare.left.file.as_str(), compare.right.file.as_str()), (id.as_str(), ""));
    assert_eq!((compare.score.text.as_str(), compare.share, compare.mark), ("93.4\u{a0}%", Some(93.4), Some(80.0)));
    assert_eq!(success.display.rest, None, "the score was shown, and the file is a file");
}

#[tokio::test]
async fn a_link_is_fetched_at_once_and_what_it_was_is_not_kept() {
    let rules = r#"[{ name: doc, url: "=got.body.link" }, { name: inside, url: "=got.body.inside" }, { name: gone, url: "=got.body.gone" }]"#;
    let calls = "{ answer: { status: 200 } }, { answer: { status: 200, body: { link: 'https://a.files.example/d?X-Amz-Signature=abc', inside: 'https://10.0.0.1/x', gone: 'https://api.corner.example/gone' } } },
        { request: { method: GET, url: 'https://a.files.example/d', absent: [Authorization, X-Key] }, answer: { status: 200, text: '%PDF-1.4' } },
        { request: { method: GET, url: 'https://api.corner.example/gone' }, answer: { status: 403, text: Request has expired } }";
    let text = with(rules, calls);
    let success = success(&text).await;
    let file = &success.attachments[0];
    assert_eq!(
        (file.file.media_type.as_str(), file.file.bytes.as_slice()),
        ("application/pdf", b"%PDF-1.4".as_slice())
    );
    assert_eq!(success.attachments.len(), 1);
    assert_eq!(
        success.display.notes,
        [
            "The file inside could not be fetched: 10.0.0.1 is none of this channel's addresses, so nothing was sent there.",
            "The file gone could not be fetched: Corner Checks answered with status 403."
        ]
    );
    let raw = String::from_utf8(success.raw).unwrap();
    assert!(!raw.contains("files.example") && raw.contains("https://api.corner.example/gone"), "{raw}");
    let (sent, _) = Rehearsal::of(&parsed(&text))[0].recorded().await;
    assert!(sent.iter().all(|call| !format!("{call:?}").contains("Signature=abc")), "{sent:?}");
}

#[tokio::test]
async fn the_body_of_a_step_may_be_the_file() {
    let of_last = with(
        r"[{ name: consent.pdf, body: got }]",
        "{ answer: { status: 200 } }, { answer: { status: 200, headers: { Content-Type: application/pdf }, base64: JVBERi0xLjT/ } }",
    );
    let success_of_last = success(&of_last).await;
    assert_eq!(success_of_last.attachments[0].file.bytes, b"%PDF-1.4\xff");
    assert_eq!(success_of_last.raw, format!("attachment:{}", success_of_last.attachments[0].id).into_bytes());
    assert_eq!(success_of_last.display.rest, None);
    let of_first = with(
        r"[{ name: image, body: first }]",
        &format!("{{ answer: {{ status: 200, base64: {PNG} }} }}, {{ answer: {{ status: 200, body: {{ a: 1 }} }} }}"),
    );
    let success = success(&of_first).await;
    assert_eq!(success.attachments[0].file.media_type, "image/png", "known by its content");
    assert_eq!(success.raw, b"{\"a\":1}");
}

#[tokio::test]
async fn more_than_so_many_files_are_not_kept_and_it_is_said() {
    let docs: Vec<Value> = (0..40).map(|n| json!({"n": n, "content": "JVBERi0xLjQ="})).collect();
    let calls =
        format!("{{ answer: {{ status: 200 }} }}, {{ answer: {{ status: 200, body: {} }} }}", json!({"docs": docs}));
    let success = success(&with(r#"[{ each: "=got.body.docs[]", name: "{n}", base64: "=content" }]"#, &calls)).await;
    assert_eq!(success.attachments.len(), 30);
    assert_eq!(success.display.notes, ["The answer names 40 files; the first 30 were kept."]);
}
