//! The notes of a request.

use std::time::Duration;

use dossier_domain::{BuiltInRole, RequestId};
use dossier_testkit::{Page, Visitor};
use serde_json::json;

use super::deeds::opened;
use super::{desk, escaped};

async fn form(visitor: &mut Visitor, request: RequestId) -> String {
    visitor.get(&format!("/requests/{request}/notes")).await.hidden("_key").to_owned()
}

async fn send(visitor: &mut Visitor, request: RequestId, key: &str, text: &str) -> Page {
    visitor.post(&format!("/requests/{request}/notes"), &[("_key", key), ("note", text)]).await
}

/// REQ-5, AUDIT-1
#[tokio::test]
async fn a_note_stands_on_the_request_with_who_wrote_it_and_when() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let text = "Called <the> officer \"Nele\".\r\n\r\n- certificate: seen";
    let key = form(&mut operator, request).await;
    let done = send(&mut operator, request, &key, text).await;
    assert_eq!((done.status, done.location()), (303, &*format!("/requests/{request}?done=noted")), "{}", done.words());
    let page = operator.get(done.location()).await;
    let kept = "Called <the> officer \"Nele\".\n\n- certificate: seen";
    for page in [page, firm.visitor(BuiltInRole::Viewer).await.get(&format!("/requests/{request}/notes")).await] {
        assert!(page.text.contains(&escaped(kept)), "{}", page.text);
        assert!(page.words().contains("KYC Operator of Aloe Bank , 23 Nov 2026, 14:00"), "{}", page.words());
    }
    let noted = firm.audit().await.into_iter().find(|event| event.action == "note.added").unwrap();
    assert_eq!((noted.request, noted.after), (Some(request), Some(json!({ "text": kept }))));
    assert_ne!(desk.keeps("certificate: seen"), Some(true), "it is sealed at rest");
    assert_ne!(desk.keeps("Kwantu"), Some(false), "the control: what is not sealed is found");
}

/// REQ-5
#[tokio::test]
async fn a_refused_note_is_told_at_its_field_and_kept() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let (long, heavy) = ("x".repeat(1_001), "👨‍👩‍👧‍👦".repeat(161));
    for (text, said) in [
        ("", "Write the note."),
        (" \n ", "Write the note."),
        (&*long, "At most 1000 characters can be kept. This has 1001."),
        (&heavy, "4025 bytes"),
        ("a\u{202e}b", "U+202E"),
        ("a\u{0}b", "U+0000"),
    ] {
        let name: String = text.escape_unicode().take(30).collect();
        let key = form(&mut operator, request).await;
        let refused = send(&mut operator, request, &key, text).await;
        assert_eq!(refused.status, 422, "{name}");
        let words = refused.words();
        assert!(words.contains("The note was not added.") && words.contains(said), "{name}: {words}");
        assert!(refused.text.contains("aria-invalid=\"true\"") && refused.text.contains(&escaped(text)), "{name}");
        assert_eq!(refused.hidden("_key"), key, "{name}: the same form");
    }
    assert!(!firm.deeds().await.contains(&"note.added".to_owned()));
}

/// REQ-5
#[tokio::test]
async fn the_same_form_writes_one_note_and_says_so_when_its_words_are_others() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let (key, mut twin) = (form(&mut operator, request).await, operator.clone());
    let (one, two) = tokio::join!(
        send(&mut operator, request, &key, "Called, no answer."),
        send(&mut twin, request, &key, "Called, no answer.")
    );
    assert_eq!((one.status, two.status), (303, 303), "{}", two.words());
    let other = send(&mut operator, request, &key, "Called again.").await;
    assert_eq!(other.status, 422);
    assert!(other.words().contains("This form wrote a note before, with other words."), "{}", other.words());
    let fresh = other.hidden("_key").to_owned();
    assert_eq!(send(&mut operator, request, &fresh, "Called, no answer.").await.status, 303, "the same words again");
    assert_eq!(firm.deeds().await.iter().filter(|deed| *deed == "note.added").count(), 2);
    assert_eq!(send(&mut operator, request, "", "Without its key.").await.status, 422);
    let elsewhere = firm.request("Another").await;
    assert_eq!(send(&mut operator, elsewhere, &key, "Called, no answer.").await.status, 422, "one form, one request");
}

/// REQ-5, ACCESS-2
#[tokio::test]
async fn who_may_only_read_reads_notes_and_is_told_whom_to_ask() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    assert!(!opened(&mut viewer, request).await.words().contains("Notes"), "nothing to read, nothing to write");
    let key = form(&mut operator, request).await;
    send(&mut operator, request, &key, "Seen at the branch.").await;
    assert!(opened(&mut viewer, request).await.words().contains("Seen at the branch."));
    let page = viewer.get(&format!("/requests/{request}/notes")).await;
    let words = page.words();
    assert!(words.contains("A note takes the permission kyc:execute. Administrator of Aloe Bank can"), "{words}");
    assert!(!page.text.contains("name=\"note\""));
    let refused = send(&mut viewer, request, "key", "By the back door.").await;
    assert_eq!(refused.status, 403);
}

/// REQ-5
#[tokio::test]
async fn many_notes_stand_on_pages_of_their_own_and_long_ones_begin_on_the_request() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for n in 1..=12 {
        desk.clock.advance(Duration::from_secs(1));
        let key = form(&mut operator, request).await;
        let text = if n == 12 { format!("Note 12 {}", "long ".repeat(150)) } else { format!("Note {n}.") };
        assert_eq!(send(&mut operator, request, &key, &text).await.status, 303);
    }
    let page = opened(&mut operator, request).await;
    let words = page.words();
    let long = |words: &str| words.matches("long").count();
    assert!(words.contains("Note 12 long") && long(&words) < 100, "{words}");
    assert!(words.contains("Note 11.") && words.contains("Note 10."), "{words}");
    assert!(!words.contains("Note 9.") && words.contains("All notes"), "{words}");
    let first = operator.get(&format!("/requests/{request}/notes")).await;
    assert!(long(&first.words()) == 150 && first.words().contains("Note 3."), "{}", first.words());
    assert!(!first.words().contains("Note 2."));
    let (_, after) = first.text.split_once("rel=\"next\" href=\"").unwrap();
    let older = operator.get(after.split(['#', '"']).next().unwrap()).await;
    assert!(older.words().contains("Note 2.") && older.words().contains("Note 1."), "{}", older.words());
    assert!(!older.words().contains("Note 3."));
}
