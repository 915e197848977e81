//! Marking a request and reopening it.

use std::time::Duration;

use dossier_domain::{Actor, BuiltInRole, RequestId, RequestStatus};
use dossier_testkit::{Desk, Firm, Page, Visitor};
use serde_json::{Value, json};

use super::desk;

/// Sends the form of a deed as its page gives it, with `typed` in its field.
pub(crate) async fn deed(visitor: &mut Visitor, request: RequestId, path: &str, typed: &str) -> Page {
    let page = visitor.get(&format!("/requests/{request}/{path}")).await;
    assert_eq!(page.status, 200, "{path}: {}", page.words());
    let version = page.hidden("_version").to_owned();
    send(visitor, request, path, &version, typed).await
}

/// Sends it with this version.
pub(crate) async fn send(visitor: &mut Visitor, request: RequestId, path: &str, version: &str, typed: &str) -> Page {
    let pairs = [("_version", version), ("note", typed), ("reason", typed), ("reference", typed)];
    visitor.post(&format!("/requests/{request}/{path}"), &pairs).await
}

pub(crate) async fn opened(visitor: &mut Visitor, request: RequestId) -> Page {
    visitor.get(&format!("/requests/{request}")).await
}

/// Who did such a thing, with what stood before and after, oldest first.
pub(crate) async fn events(firm: &Firm<'_>, action: &str) -> Vec<(Actor, Option<Value>, Option<Value>)> {
    let found = firm.audit().await.into_iter().filter(|event| event.action == action);
    found.map(|event| (event.actor, event.before, event.after)).collect()
}

pub(crate) fn error(page: &Page, field: &str) -> String {
    let found =
        page.text.split_once(&format!("id=\"{field}-error\"")).and_then(|(_, after)| after.split("</p>").next());
    found.unwrap_or_default().to_owned()
}

/// STATUS-1, STATUS-2, AUDIT-1
#[tokio::test]
async fn a_person_marks_a_request_with_or_without_a_note_and_the_page_says_who_did() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let ends = [
        ("completed", "Mark as completed?", "marked it as completed", "Marked as completed."),
        ("failed", "Mark as failed?", "marked it as failed", "Marked as failed."),
        ("cancelled", "Cancel this request?", "cancelled it", "Cancelled. "),
    ];
    for (n, (end, title, did, said)) in ends.into_iter().enumerate() {
        let request = firm.request("Kwantu").await;
        let path = format!("mark/{end}");
        let asked = operator.get(&format!("/requests/{request}/{path}")).await;
        for told in [title, "What will happen.", "What will not.", "Leave it draft"] {
            assert!(asked.words().contains(told), "{told}: {}", asked.words());
        }
        let note = if n == 0 { "" } else { "Seen at the branch,\r\nby <Nele> Botha." };
        let done = deed(&mut operator, request, &path, note).await;
        assert_eq!(
            (done.status, done.location()),
            (303, &*format!("/requests/{request}?done={end}")),
            "{}",
            done.words()
        );
        let page = operator.get(done.location()).await;
        let words = page.words();
        assert!(words.contains(said), "{words}");
        assert!(words.contains(&format!("KYC Operator of Aloe Bank {did}")), "{words}");
        assert_eq!(words.contains("Seen at the branch, by <Nele> Botha."), n > 0, "{words}");
        assert_eq!(page.text.contains("Seen at the branch,\nby &#60;Nele&#62; Botha."), n > 0, "the lines are kept");

        let (actor, before, written) = events(&firm, "request.status_changed").await.pop().unwrap();
        assert_eq!(actor, firm.member(BuiltInRole::Operator).await.actor());
        assert_eq!(before, Some(json!({ "status": "draft" })));
        let after = if n == 0 {
            json!({ "status": end })
        } else {
            json!({ "status": end, "note": "Seen at the branch,\nby <Nele> Botha." })
        };
        assert_eq!(written, Some(after));
    }
}

/// STATUS-2, STATUS-5, AUDIT-1
#[tokio::test]
async fn reopening_takes_a_reason_and_everything_can_be_run_again() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for end in ["completed", "failed", "cancelled"] {
        let request = firm.request("Kwantu").await;
        deed(&mut operator, request, &format!("mark/{end}"), "").await;
        let page = opened(&mut operator, request).await;
        assert!(page.text.contains(&format!("href=\"/requests/{request}/reopen\"")), "{}", page.words());
        assert!(!page.text.contains("/actions/company_kyc") && !page.text.contains("/mark/"), "{}", page.words());

        let refused = deed(&mut operator, request, "reopen", " \n\u{200b}").await;
        assert_eq!(refused.status, 422);
        assert!(error(&refused, "reason").contains("Say why it is reopened."), "{}", refused.words());
        let long = deed(&mut operator, request, "reopen", &"é".repeat(1_001)).await;
        assert_eq!(long.status, 422);
        assert!(error(&long, "reason").contains("This has 1001."), "{}", long.words());
        assert!(long.text.contains(&"é".repeat(1_001)), "what was typed is kept");

        desk.clock.advance(Duration::from_millis(1));
        let done = deed(&mut operator, request, "reopen", "A better photo came.").await;
        assert_eq!((done.status, done.location()), (303, &*format!("/requests/{request}?done=pending")));
        let page = operator.get(done.location()).await;
        for told in ["Reopened. ", "Pending", "reopened it", "A better photo came."] {
            assert!(page.words().contains(told), "{told}: {}", page.words());
        }
        assert!(page.text.contains("/actions/company_kyc") && page.text.contains("/mark/failed"));
        let (_, before, after) = events(&firm, "request.status_changed").await.pop().unwrap();
        assert_eq!(before, Some(json!({ "status": end })));
        assert_eq!(after, Some(json!({ "status": "pending", "reason": "A better photo came." })));
    }
}

/// STATUS-2
#[tokio::test]
async fn every_other_move_is_refused_with_words_and_changes_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let (draft, ended) = (firm.request("Draft").await, firm.request("Ended").await);
    deed(&mut operator, ended, "mark/completed", "").await;
    let events = firm.audit().await.len();
    let refused = [
        (draft, "reopen", 409, "This request is draft: only one that has ended can be reopened."),
        (ended, "mark/failed", 409, "This request is completed. Reopen it first; then it can be marked as failed."),
        (ended, "mark/cancelled", 409, "Reopen it first; then it can be marked as cancelled."),
        (ended, "mark/completed", 409, "This request is completed already."),
        (draft, "mark/pending", 404, "There is nothing here"),
        (ended, "mark/draft", 404, "There is nothing here"),
        (draft, "mark/approved", 404, "There is nothing here"),
    ];
    for (request, path, status, words) in refused {
        let asked = operator.get(&format!("/requests/{request}/{path}")).await;
        assert_eq!(asked.status, status, "{path}: {}", asked.words());
        assert!(asked.words().contains(words), "{path}: {}", asked.words());
        let version = if request == ended { "2" } else { "1" };
        let sent = send(&mut operator, request, path, version, "Because.").await;
        assert_eq!(sent.status, status, "{path}: {}", sent.words());
        assert!(sent.words().contains(words), "{path}: {}", sent.words());
    }
    let unreadable = send(&mut operator, draft, "mark/failed", "", "").await;
    assert_eq!(unreadable.status, 422, "a form without its version is not ours");
    assert_eq!(firm.audit().await.len(), events);
}

/// STATUS-2: a double click is no mistake.
#[tokio::test]
async fn the_same_form_sent_twice_is_done_once_and_told_as_done() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let (mut twin, request) = (operator.clone(), firm.request("Kwantu").await);
    for (path, version, typed) in [
        ("mark/failed", "1", "No answer."),
        ("reopen", "2", "An answer came."),
        ("reference", "3", "Kwantu Solar"),
        ("mark/completed", "4", ""),
    ] {
        let before = firm.audit().await.len();
        let (one, two) = tokio::join!(
            send(&mut operator, request, path, version, typed),
            send(&mut twin, request, path, version, typed)
        );
        let three = send(&mut operator, request, path, version, typed).await;
        assert_eq!((one.status, two.status, three.status), (303, 303, 303), "{path}: {}", two.words());
        assert_eq!(firm.audit().await.len(), before + 1, "{path}");
    }
    let page = opened(&mut operator, request).await;
    assert_eq!(page.text.matches("No answer.").count(), 1, "{}", page.words());
    let other = send(&mut operator, request, "mark/completed", "4", "With a note now.").await;
    assert_eq!(other.status, 409, "other words are no repetition: they would be lost");
    assert!(other.text.contains("With a note now."));
}

/// STATUS-4, AUDIT-2
#[tokio::test]
async fn of_two_who_mark_at_the_same_instant_one_wins_and_the_other_is_told_and_loses_nothing() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    for round in 0..5 {
        let request = firm.request("Kwantu").await;
        let (one, two) = tokio::join!(
            send(&mut operator, request, "mark/completed", "1", "The certificate was seen."),
            send(&mut manager, request, "mark/failed", "1", "The certificate is false.")
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409], "round {round}");
        let (told, loser, yours, winner, status, wanted) = if two.status == 409 {
            (
                two,
                &mut manager,
                "The certificate is false.",
                "KYC Operator of Aloe Bank",
                "completed",
                "mark it as failed",
            )
        } else {
            (
                one,
                &mut operator,
                "The certificate was seen.",
                "KYC Manager of Aloe Bank",
                "failed",
                "mark it as completed",
            )
        };
        let words = told.words();
        assert!(words.contains("Nothing was changed."), "{words}");
        assert!(
            words.contains(&format!("It is {status} now, by {winner} at"))
                && words.contains(&format!("You wanted to {wanted};")),
            "{words}"
        );
        assert!(words.contains("for that it has to be reopened first.") && told.text.contains(yours), "{words}");

        // What was typed can stand among the notes.
        let key = told.hidden("_key").to_owned();
        let kept = loser.post(&format!("/requests/{request}/notes"), &[("_key", key.as_str()), ("note", yours)]).await;
        assert_eq!(kept.status, 303, "{}", kept.words());
        assert!(loser.get(kept.location()).await.words().contains(yours));
    }
    assert_eq!(events(&firm, "request.status_changed").await.len(), 5);
    assert_eq!(events(&firm, "note.added").await.len(), 5);
}

/// STATUS-4
#[tokio::test]
async fn who_marks_a_request_that_has_another_reference_meanwhile_is_told_first_and_still_can() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let request = firm.request("Kwantu").await;
    let path = format!("/requests/{request}/mark/cancelled");
    let version = operator.get(&path).await.hidden("_version").to_owned();
    deed(&mut operator, request, "reference", "Not Kwantu at all").await;
    let told = send(&mut operator, request, "mark/cancelled", &version, "Withdrawn.").await;
    assert_eq!(told.status, 409);
    let words = told.words();
    for said in [
        "It is draft now, and its reference is “Not Kwantu at all”.",
        "You wanted to cancel it, and still can.",
        "Withdrawn.",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    let version = told.hidden("_version").to_owned();
    assert_eq!(send(&mut operator, request, "mark/cancelled", &version, "Withdrawn.").await.status, 303);
}

/// ACCESS-2, ACCESS-4
#[tokio::test]
async fn who_may_not_is_shown_no_way_to_it() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    for (role, marks, deletes) in
        [(BuiltInRole::Viewer, false, false), (BuiltInRole::Operator, true, false), (BuiltInRole::Manager, true, true)]
    {
        let mut visitor = firm.visitor(role).await;
        let page = opened(&mut visitor, request).await;
        for path in ["mark/completed", "mark/failed", "mark/cancelled", "reference", "notes"] {
            assert_eq!(page.text.contains(&format!("href=\"/requests/{request}/{path}\"")), marks, "{path} for {role}");
            if path != "notes" {
                let asked = visitor.get(&format!("/requests/{request}/{path}")).await;
                assert_eq!(asked.status == 403, !marks, "{path} for {role}: {}", asked.words());
            }
        }
        assert_eq!(page.text.contains(&format!("href=\"/requests/{request}/delete\"")), deletes, "{role}");
        let asked = visitor.get(&format!("/requests/{request}/delete")).await;
        assert_eq!(asked.status == 403, !deletes, "{role}: {}", asked.words());
    }
}

/// CHAN-7, TENANT-4
#[tokio::test]
async fn a_request_on_a_deleted_or_unlicensed_channel_is_still_marked_and_annotated() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    firm.change("UPDATE channel SET deleted_at = created_at").await;
    firm.license(&[("kyc", None)]).await;
    assert_eq!(deed(&mut manager, request, "mark/failed", "").await.status, 303);
    assert_eq!(deed(&mut manager, request, "reopen", "Checked by hand.").await.status, 303);
    assert_eq!(deed(&mut manager, request, "reference", "Kwantu, by hand").await.status, 303);
    let page = opened(&mut manager, request).await;
    let words = page.words();
    assert!(words.contains("InTouch main Deleted") && words.contains("Kwantu, by hand"), "{words}");
    assert_eq!(
        RequestStatus::ALL
            .iter()
            .filter(|status| words.contains(&format!("Kwantu, by hand {}", title(**status))))
            .count(),
        1,
        "{words}"
    );
}

fn title(status: RequestStatus) -> String {
    let word = status.as_str();
    word[..1].to_uppercase() + &word[1..]
}

/// STATUS-3, STATUS-5: whoever would mark a request is told what becomes of its runs.
#[tokio::test]
async fn the_page_that_asks_says_what_becomes_of_the_runs() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    firm.start(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": "2014/187452/07" }))
        .await
        .unwrap();
    let asked = manager.get(&format!("/requests/{request}/mark/completed")).await.words();
    assert!(asked.contains("Company KYC waits for its turn and is stopped."), "{asked}");
    let asked = manager.get(&format!("/requests/{request}/delete")).await.words();
    assert!(asked.contains("Company KYC waits for its turn and is stopped."), "{asked}");
    firm.change("UPDATE run SET state = 'running'").await;
    let at_work = "Company KYC is at work right now: if nothing was sent yet, nothing will be; else what comes";
    for page in ["mark/completed", "delete"] {
        let asked = manager.get(&format!("/requests/{request}/{page}")).await.words();
        assert!(asked.contains(at_work), "{asked}");
    }
    firm.change("UPDATE run SET state = 'waiting'").await;
    let asked = manager.get(&format!("/requests/{request}/mark/completed")).await.words();
    assert!(
        asked.contains("Company KYC still goes on at InTouch Secure Services: what comes of it is stored and shown,"),
        "{asked}"
    );
    let asked = manager.get(&format!("/requests/{request}/delete")).await.words();
    assert!(
        asked.contains("Company KYC goes on at InTouch Secure Services, and nobody here follows it any more."),
        "{asked}"
    );
}
