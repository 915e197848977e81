//! Files in a bucket: a real S3-compatible service, with and without an answer.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_testkit::DeskBuilder;
use dossier_testkit::bucket::{SECRET_KEY, Service};
use dossier_testkit::picture::{ImageFormat, picture};

use crate::files::{kept, send};
use crate::pictures::id;
use crate::provider::{builder, firm, path};

/// RESULT-2
#[tokio::test]
async fn a_file_lies_sealed_in_the_bucket_until_it_is_sent_or_forgotten() {
    let service = Service::start().await;
    let (desk, lens, host) = builder(|desk: DeskBuilder| desk.files_in(service.store())).await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let (request, other) = (firm.request("A").await, firm.request("B").await);
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let face = picture(400, 300, ImageFormat::Jpeg);
    let page = send(&mut operator, request, &[("_branch", "")], &[("front", "Face.jpg", &face)]).await;
    let front = kept(&page, "front").remove(0);
    let names = service.names().await;
    let place = format!("{}/{request}/{}", firm.tenant, id(&front));
    assert_eq!(names, [place.clone(), format!("{place}.preview")]);
    for name in &names {
        let object = service.object(name).await;
        let holds = |part: &[u8]| object.windows(part.len()).any(|window| window == part);
        assert!(object.len() > 500 && !holds(b"JFIF") && !holds(&face[100..120]), "{name} is sealed");
    }
    let image = operator.get(&format!("/requests/{request}/files/{}/image", id(&front))).await;
    let whole = operator.get(&format!("/requests/{request}/files/{}", id(&front))).await;
    assert!(image.status == 200 && image.bytes.starts_with(b"\xff\xd8\xff") && whole.bytes == face);
    let form = [("_key", page.hidden("_key")), ("workflow", "paper"), ("front", front.as_str())];
    let sent = operator.post_files(&path(request), &form, &[]).await;
    assert_eq!((sent.status, lens.asked()), (303, 1), "{}", sent.words());
    assert!(lens.got(&face));

    send(&mut operator, other, &[("_branch", "")], &[("front", "Face.jpg", &face)]).await;
    assert_eq!(service.names().await.len(), 4, "the control");
    desk.clock.advance(Duration::from_mins(71));
    desk.app.nudge();
    let forgotten = async {
        while service.names().await.len() > 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), forgotten).await.is_ok(), "what nobody sent is removed");
    assert_eq!(service.names().await, names, "what was sent stays");
    for name in service.names().await {
        let object = service.object(&name).await;
        assert!(!object.windows(SECRET_KEY.len()).any(|window| window == SECRET_KEY.as_bytes()));
    }
}

/// RESULT-2: what a server that was killed between bytes and row has left in the bucket.
#[tokio::test]
async fn bytes_that_no_row_names_go_after_a_day_and_a_file_that_was_sent_stays() {
    let service = Service::start().await;
    let (desk, _lens, host) = builder(|desk: DeskBuilder| desk.files_in(service.store())).await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let (request, other) = (firm.request("A").await, firm.request("B").await);
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let face = picture(400, 300, ImageFormat::Jpeg);
    let page = send(&mut operator, request, &[("_branch", "")], &[("front", "Face.jpg", &face)]).await;
    let front = kept(&page, "front").remove(0);
    let form = [("_key", page.hidden("_key")), ("workflow", "paper"), ("front", front.as_str())];
    assert_eq!(operator.post_files(&path(request), &form, &[]).await.status, 303);
    let sent = service.names().await;
    send(&mut operator, other, &[("_branch", "")], &[("front", "Face.jpg", &face)]).await;
    firm.change("DELETE FROM attachment WHERE run_id IS NULL").await;
    assert_eq!((sent.len(), service.names().await.len()), (2, 4), "the control");
    // The bucket goes by the clock of this machine, wherever that stands.
    desk.clock.advance(Duration::from_hours(24 * 365 * 50));
    desk.app.nudge();
    let removed = async {
        while service.names().await.len() > 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), removed).await.is_ok(), "what no row names is removed");
    assert_eq!(service.names().await, sent);
}

/// ACT-3
#[tokio::test]
async fn a_store_that_does_not_answer_is_told_and_nothing_is_lost() {
    let service = Service::start().await;
    let (desk, lens, host) = builder(|desk: DeskBuilder| desk.files_in(service.store())).await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("A").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let face = picture(40, 30, ImageFormat::Jpeg);
    let page = send(&mut operator, request, &[("_branch", "")], &[("front", "Face.jpg", &face)]).await;
    let front = kept(&page, "front").remove(0);
    let image = format!("/requests/{request}/files/{}/image", id(&front));
    service.shut();
    let page = operator.get(&image).await;
    assert_eq!(page.status, 503, "{}", page.words());
    assert!(page.words().contains("Files cannot be read now") && page.words().contains("Nothing is lost."));
    assert!(page.text.contains(page.header("x-request-id")) && page.text.contains(&format!("href=\"{image}\"")));
    assert!(!page.text.contains("127.0.0.1") && !page.text.contains("kyc/"), "no place of ours: {}", page.text);

    let page = send(&mut operator, request, &[("note", "N1")], &[("front", "Face.jpg", &face)]).await;
    let said = "Front: Face.jpg could not be kept: the store of files does not answer. Choose it again in a minute.";
    assert!(page.status == 422 && page.words().contains(said), "{}", page.words());
    assert!(page.text.contains("value=\"N1\""), "what was typed is still there");
    service.open();
    assert_eq!(operator.get(&image).await.status, 200, "it is back");
    let sent = send(&mut operator, request, &[("note", "N1")], &[("front", "Face.jpg", &face)]).await;
    assert_eq!((sent.status, lens.asked()), (303, 1), "{}", sent.words());
}

/// RESULT-2
#[tokio::test]
async fn a_file_that_is_lost_is_told_as_lost_and_its_run_sends_nothing() {
    let service = Service::start().await;
    let (desk, lens, host) = builder(|desk: DeskBuilder| desk.files_in(service.store())).await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("A").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let face = picture(40, 30, ImageFormat::Jpeg);
    let page = send(&mut operator, request, &[("_branch", "")], &[("front", "Face.jpg", &face)]).await;
    let front = kept(&page, "front").remove(0);
    let place = format!("{}/{request}/{}", firm.tenant, id(&front));
    service.lose(&place).await;
    let whole = operator.get(&format!("/requests/{request}/files/{}", id(&front))).await;
    assert_eq!(whole.status, 500);
    assert!(whole.words().contains("This file is missing") && whole.text.contains(whole.header("x-request-id")));
    let image = operator.get(&format!("/requests/{request}/files/{}/image", id(&front))).await;
    assert_eq!(image.status, 200, "what is shown of it lies beside it");
    let form = [("_key", page.hidden("_key")), ("workflow", "paper"), ("front", front.as_str())];
    let sent = operator.post_files(&path(request), &form, &[]).await;
    let run = operator.get(sent.location()).await;
    assert_eq!((sent.status, lens.asked()), (303, 0), "{}", run.words());
    assert!(run.words().contains("Nothing was sent."), "{}", run.words());
}
