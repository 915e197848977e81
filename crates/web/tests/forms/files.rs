//! Files in a form: accepted once, kept, sent with the run, and nobody else's.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use dossier_app::runs::Worker;
use dossier_domain::{BuiltInRole, RequestId, RunState};
use dossier_testkit::picture::png;
use dossier_testkit::{Desk, DeskBuilder, Firm, Page, Visitor};
use serde_json::{Value, json};

use crate::provider::{builder, desk, firm, path};

/// Opens the form and sends it with these files.
pub(crate) async fn send(
    visitor: &mut Visitor,
    request: RequestId,
    pairs: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Page {
    let key = visitor.get(&path(request)).await.hidden("_key").to_owned();
    let all = [&[("_key", key.as_str()), ("workflow", "paper")], pairs].concat();
    visitor.post_files(&path(request), &all, files).await
}

/// What a page sends back for the files of a field.
pub(crate) fn kept(page: &Page, field: &str) -> Vec<String> {
    let begin = format!("type=\"hidden\" name=\"{field}\" value=\"");
    let values = page.text.split(&begin).skip(1).map(|after| after.split('"').next().unwrap());
    values.map(|value| value.replace("&#34;", "\"").replace("&quot;", "\"")).collect()
}

/// ACT-3
#[tokio::test]
async fn a_file_goes_to_the_provider_with_what_was_typed() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let (front, one, two) = (png("front"), png("one"), b"%PDF-1.7 two".to_vec());
    let files: [(&str, &str, &[u8]); 3] =
        [("front", "C:\\scans\\ID.exe", &front), ("more", "one.png", &one), ("more", "two.pdf", &two)];
    let sent = send(&mut operator, request, &[("note", "N1")], &files).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    assert_eq!(lens.asked(), 1);
    for bytes in [&front[..], &one, &two, b"filename=\"ID.exe.png\"", b"image/png", b"application/pdf", b"N1"] {
        assert!(lens.got(bytes), "{}", String::from_utf8_lossy(bytes));
    }
    let staged = firm.deeds().await.into_iter().filter(|deed| deed == "file.staged").count();
    assert_eq!(staged, 3, "the audit tells of each");
    let page = operator.get(&format!("/requests/{request}")).await;
    assert!(!page.text.contains("/files/"), "what was sent is no file that came back");
}

/// ACT-3
#[tokio::test]
async fn an_accepted_file_stays_when_another_field_is_refused_and_can_be_removed_or_replaced() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let (front, text) = (png("front"), b"<script>alert(1)</script>");
    let files: [(&str, &str, &[u8]); 2] = [("front", "ID.png", &front), ("more", "page.png", text)];
    let refused = send(&mut operator, request, &[("IDNumber", "123456"), ("note", "N1")], &files).await;
    assert_eq!(refused.status, 422);
    let words = refused.words();
    assert!(words.contains("The ID number can have at most 5 characters."), "{words}");
    assert!(
        words.contains("Choose a JPEG, PNG or PDF file for the other documents."),
        "by content, not by name: {words}"
    );
    assert!(
        words.contains("PNG or JPEG, at most 2 MB. Another one takes its place. ID.png PNG picture, 125 bytes Remove"),
        "{words}"
    );
    assert!(refused.text.contains("value=\"N1\"") && refused.text.contains("value=\"123456\""));

    let key = refused.hidden("_key").to_owned();
    let front = kept(&refused, "front").remove(0);
    let id = serde_json::from_str::<Value>(&front).unwrap()["id"].as_str().unwrap().to_owned();
    let again = [("_key", key.as_str()), ("workflow", "paper"), ("front", front.as_str()), ("note", "N1")];
    let drop = format!("front {id}");
    let dropped = operator.post_files(&path(request), &[&again[..], &[("_drop", drop.as_str())]].concat(), &[]).await;
    assert!(dropped.status == 200 && kept(&dropped, "front").is_empty() && dropped.text.contains("value=\"N1\""));

    let other = png("other");
    let replaced: [(&str, &str, &[u8]); 2] = [("front", "New.png", &other), ("more", "", b"")];
    let branch = operator.post_files(&path(request), &[&again[..], &[("_branch", "")]].concat(), &replaced).await;
    assert!(branch.status == 200 && branch.words().contains("New.png") && !branch.words().contains("ID.png"));
    let sent = operator.post_files(&path(request), &again, &[]).await;
    assert_eq!((sent.status, lens.asked()), (303, 1), "{}", sent.words());
    assert!(lens.got(b"IEND\xae\x42\x60\x82front"));
}

/// ACT-9
#[tokio::test]
async fn a_double_click_with_a_file_makes_one_run_and_other_content_is_told() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut twin = operator.clone();
    let key = operator.get(&path(request)).await.hidden("_key").to_owned();
    let pairs = [("_key", key.as_str()), ("workflow", "paper")];
    let (front, other) = (png("front"), png("other"));
    let file: [(&str, &str, &[u8]); 1] = [("front", "ID.png", &front)];
    let to = path(request);
    let (one, two) = tokio::join!(operator.post_files(&to, &pairs, &file), twin.post_files(&to, &pairs, &file));
    let three = operator.post_files(&to, &pairs, &file).await;
    assert_eq!((one.status, two.status, three.status), (303, 303, 303), "{} {}", one.words(), two.words());
    assert_eq!((one.location(), one.location()), (two.location(), three.location()), "all lead to the same run");
    assert_eq!(lens.asked(), 1);
    let other = operator.post_files(&to, &pairs, &[("front", "ID.png", &other)]).await;
    assert_eq!(other.status, 422);
    assert!(other.words().contains("sent before with other content"), "{}", other.words());
    assert_eq!(lens.asked(), 1);
}

/// A file that was staged in `request`, as its parameter.
async fn staged(visitor: &mut Visitor, request: RequestId) -> String {
    let page = send(visitor, request, &[("_branch", "")], &[("front", "ID.png", &png("front"))]).await;
    kept(&page, "front").remove(0)
}

/// TENANT-1
#[tokio::test]
async fn a_file_of_another_request_another_tenant_or_nobody_is_to_be_chosen_again() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let stranger = crate::provider::firm(&desk, "Other Bank", host).await;
    let (request, sister, foreign) = (firm.request("A").await, firm.request("B").await, stranger.request("C").await);
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mine = staged(&mut operator, request).await;
    let sisters = staged(&mut operator, sister).await;
    let foreigns = staged(&mut stranger.visitor(BuiltInRole::Operator).await, foreign).await;
    let invented = mine.replace(&mine[7..15], "00000000");
    let renamed = mine.replace("ID.png", "Not what it was.png");
    for front in [&sisters, &foreigns, &invented, &renamed] {
        let page = send(&mut operator, request, &[("front", front)], &[]).await;
        assert_eq!(page.status, 422, "{front}");
        assert!(page.words().contains("Front: Choose the file again."), "{front}: {}", page.words());
    }
    assert_eq!(lens.asked(), 0);
    let page = send(&mut operator, request, &[("front", &mine)], &[]).await;
    assert_eq!((page.status, lens.asked()), (303, 1), "the control: {}", page.words());
    let page = send(&mut operator, request, &[("front", &mine)], &[]).await;
    assert_eq!(
        (page.status, lens.asked()),
        (303, 2),
        "what this request sent before may be sent again: {}",
        page.words()
    );
}

/// How many files lie on the disk.
pub(crate) fn on_disk(desk: &Desk) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&desk.database.files())
}

/// ACT-3
#[tokio::test]
async fn what_is_not_sent_within_an_hour_is_gone_and_what_was_sent_stays() {
    let (desk, lens, host) = builder(DeskBuilder::without_worker).await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let (request, other) = (firm.request("A").await, firm.request("B").await);
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let kept = staged(&mut operator, request).await;
    let sent: Value = serde_json::from_str(&staged(&mut operator, other).await).unwrap();
    let run = firm.start(other, "inspect", json!({ "workflow": "paper", "front": sent })).await.unwrap();
    assert_eq!(on_disk(&desk), 4, "two files, and what is shown of each");
    desk.clock.advance(Duration::from_mins(59));
    let page = send(&mut operator, request, &[("front", &kept), ("level", "x")], &[]).await;
    assert!(!page.words().contains("Choose the file again."), "the control: {}", page.words());
    desk.clock.advance(Duration::from_mins(1));
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page = send(&mut operator, request, &[("front", &kept)], &[]).await;
    assert!(page.words().contains("Choose the file again."), "{}", page.words());

    desk.clock.advance(Duration::from_mins(11));
    let worker = Worker::start(&desk.app);
    desk.until("the old file is removed", |desk| on_disk(desk) == 2).await;
    assert_eq!(firm.ended(run).await.state, RunState::Succeeded, "the file of a run stays");
    assert!(lens.got(&png("front")));
    worker.stop().await;
}

/// A run whose file cannot be read sends nothing.
#[tokio::test]
async fn a_run_whose_file_is_gone_fails_before_anything_is_sent() {
    let (desk, lens, host) = builder(DeskBuilder::without_worker).await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("A").await;
    let front: Value =
        serde_json::from_str(&staged(&mut firm.visitor(BuiltInRole::Operator).await, request).await).unwrap();
    let run = firm.start(request, "inspect", json!({ "workflow": "paper", "front": front })).await.unwrap();
    std::fs::remove_dir_all(desk.database.files().join(firm.tenant.to_string())).unwrap();
    let worker = Worker::start(&desk.app);
    let ended = firm.ended(run).await;
    assert_eq!((ended.state, lens.asked()), (RunState::Failed, 0));
    assert!(ended.message.unwrap().contains("Nothing was sent."));
    worker.stop().await;
}

async fn large(visitor: &mut Visitor, firm: &Firm<'_>, kind: &str, bytes: usize) -> Page {
    let request = firm.request("Large").await;
    let headers = [("content-type", kind), ("sec-fetch-site", "same-origin")];
    let head = "--x\r\ncontent-disposition: form-data; name=\"front\"; filename=\"a.png\"\r\n\r\n";
    let head = if kind.starts_with("multipart") { head } else { "note=" };
    let body = [head.as_bytes().to_vec(), vec![b'a'; bytes], b"\r\n--x--\r\n".to_vec()].concat();
    visitor.send(Method::POST, &path(request), &headers, Body::from(body)).await
}

#[tokio::test]
async fn a_form_has_a_largest_size_with_files_and_a_smaller_one_without() {
    let (desk, _, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let multipart = "multipart/form-data; boundary=x";
    let page = large(&mut operator, &firm, multipart, 26 * 1024 * 1024).await;
    assert!(page.status == 413 && page.words().contains("25 MB"), "{}", page.words());
    let page = large(&mut operator, &firm, multipart, 2_000_001).await;
    assert_eq!(page.status, 422, "it is read, and no form of ours: it has no key");
    let page = large(&mut operator, &firm, "application/x-www-form-urlencoded", 1024 * 1024).await;
    assert!(page.status == 413 && page.words().contains("1 MB"), "{}", page.words());
    let text = "--x\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\n";
    let body = [text.as_bytes().to_vec(), vec![b'a'; 1_100_000], b"\r\n--x--\r\n".to_vec()].concat();
    let headers = [("content-type", multipart), ("sec-fetch-site", "same-origin")];
    let page = operator.send(Method::POST, &path(firm.request("Text").await), &headers, Body::from(body)).await;
    assert!(page.status == 413 && page.words().contains("1 MB"), "{}", page.words());

    let mut picture = png("");
    picture.resize(2_000_001, 0);
    let page = send(&mut operator, firm.request("Picture").await, &[], &[("front", "a.png", &picture)]).await;
    assert!(
        page.words().contains("The file for the front can have at most 2 MB. This one has 2.1 MB."),
        "{}",
        page.words()
    );
}
