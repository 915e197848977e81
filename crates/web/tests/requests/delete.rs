//! Deleting a request.

use dossier_domain::BuiltInRole;
use serde_json::json;

use super::deeds::{deed, opened, send};
use super::{create, desk, send as send_new};

/// REQ-4, AUDIT-1
#[tokio::test]
async fn a_deleted_request_is_gone_from_page_list_and_export() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let (request, kept) = (firm.request("Kwantu Solar").await, firm.request("Kwantu Wind").await);
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let asked = manager.get(&format!("/requests/{request}/delete")).await;
    for said in ["Delete this request?", "This cannot be undone.", "the audit still shows its reference", "Keep it"] {
        assert!(asked.words().contains(said), "{said}: {}", asked.words());
    }
    let done = deed(&mut manager, request, "delete", "").await;
    assert_eq!((done.status, done.location()), (303, "/requests?done=deleted"), "{}", done.words());
    let list = manager.get(done.location()).await;
    assert!(
        list.words().contains("The request was deleted.") && list.words().contains("Kwantu Wind"),
        "{}",
        list.words()
    );
    for path in ["/requests?done=deleted", "/requests.csv", "/requests?q=solar&status=draft"] {
        assert!(!manager.get(path).await.text.contains("Kwantu Solar"), "{path}");
    }
    assert!(list.words().contains("All 1"), "nor is it counted: {}", list.words());
    assert_eq!(opened(&mut manager, request).await.status, 404);
    assert_eq!(opened(&mut manager, kept).await.status, 200, "the control");
    let deleted = firm.audit().await.into_iter().find(|event| event.action == "request.deleted").unwrap();
    assert_eq!((deleted.subject.id, deleted.request), (Some(request.into()), Some(request)));
    assert_eq!(deleted.before, Some(json!({ "reference": "Kwantu Solar", "status": "draft", "verdict": "none" })));
}

/// REQ-4
#[tokio::test]
async fn the_same_deletion_sent_twice_is_told_as_done_and_any_other_finds_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let mut twin = manager.clone();
    let (one, two) =
        tokio::join!(send(&mut manager, request, "delete", "1", ""), send(&mut twin, request, "delete", "1", ""));
    assert_eq!((one.status, two.status), (303, 303), "{}", two.words());
    assert_eq!(firm.deeds().await.iter().filter(|deed| *deed == "request.deleted").count(), 1);
    assert_eq!(send(&mut manager, request, "delete", "2", "").await.status, 404);
}

/// REQ-4
#[tokio::test]
async fn who_deletes_what_somebody_has_marked_meanwhile_is_told_first_and_still_can() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let request = firm.request("Kwantu").await;
    deed(&mut operator, request, "mark/completed", "All is well.").await;
    let told = send(&mut manager, request, "delete", "1", "").await;
    assert_eq!(told.status, 409);
    let words = told.words();
    for said in ["Nothing was deleted.", "It is completed now, by KYC Operator of Aloe Bank at", "still can."] {
        assert!(words.contains(said), "{said}: {words}");
    }
    let version = told.hidden("_version").to_owned();
    assert_eq!(send(&mut manager, request, "delete", &version, "").await.status, 303);
}

/// REQ-4: whichever comes first, nothing is half done.
#[tokio::test]
async fn of_a_deletion_and_a_mark_at_the_same_instant_one_wins() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    for round in 0..5 {
        let request = firm.request("Kwantu").await;
        let (marked, deleted) = tokio::join!(
            send(&mut operator, request, "mark/failed", "1", "No answer."),
            send(&mut manager, request, "delete", "1", "")
        );
        let outcome = (marked.status, deleted.status);
        assert!([(303, 409), (404, 303)].contains(&outcome), "round {round}: {outcome:?}");
        let there = opened(&mut manager, request).await.status;
        assert_eq!(there, if outcome == (303, 409) { 200 } else { 404 }, "round {round}");
    }
}

/// REQ-1, REQ-4
#[tokio::test]
async fn the_form_of_a_request_that_was_deleted_since_can_be_sent_again_and_loses_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let channel = firm.channel().to_string();
    let key = manager.get("/requests/new").await.hidden("_key").to_owned();
    let made = send_new(&mut manager, &key, &channel, "Kwantu").await;
    let request = made.location().rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(deed(&mut manager, request, "delete", "").await.status, 303);
    let again = send_new(&mut manager, &key, &channel, "Kwantu").await;
    assert_eq!(again.status, 422, "{}", again.words());
    assert!(again.text.contains("value=\"Kwantu\""), "what was typed is kept");
    assert_eq!(create(&mut manager, &channel, "Kwantu").await.status, 303);
}
