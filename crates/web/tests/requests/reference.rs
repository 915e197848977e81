//! Giving a request another reference.

use dossier_domain::BuiltInRole;
use serde_json::json;

use super::deeds::{deed, error, events, opened, send};
use super::{desk, escaped};

/// REQ-4, REQ-2, AUDIT-1
#[tokio::test]
async fn a_reference_can_be_edited_and_is_found_by_its_new_words() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let request = firm.request("Kwantu").await;
    let form = operator.get(&format!("/requests/{request}/reference")).await;
    assert!(form.text.contains("value=\"Kwantu\""), "{}", form.text);
    let (long, bomb) = ("é".repeat(101), format!("x{}", "\u{301}".repeat(600)));
    for (typed, said) in [
        ("", "Enter"),
        ("\u{200b}", "Enter"),
        ("a\u{202e}b", "U+202E"),
        ("a\nb", "U+000A"),
        (&long, "101"),
        (&bomb, "bytes"),
    ] {
        let name: String = typed.escape_unicode().take(40).collect();
        let refused = deed(&mut operator, request, "reference", typed).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(error(&refused, "reference").contains(said), "{name}: {}", refused.words());
        assert!(refused.text.contains(&format!("value=\"{}\"", escaped(typed))), "{name} is still there");
    }
    let done = deed(&mut operator, request, "reference", "  Zoë Adams <1984> ").await;
    assert_eq!((done.status, done.location()), (303, &*format!("/requests/{request}?done=renamed")));
    let page = operator.get(done.location()).await;
    assert!(
        page.words().contains("The reference is saved.") && page.text.contains("<bdi>Zoë Adams &#60;1984&#62;</bdi>")
    );
    for (query, found) in [("zoe", true), ("kwantu", false)] {
        let list = operator.get(&format!("/requests?q={query}")).await;
        assert_eq!(list.text.contains(&request.to_string()), found, "{query}");
    }
    let updated = events(&firm, "request.updated").await;
    assert_eq!(updated.len(), 1, "what was refused is not written");
    assert_eq!(updated[0].1, Some(json!({ "reference": "Kwantu" })));
    assert_eq!(updated[0].2, Some(json!({ "reference": "Zoë Adams <1984>" })));
    assert_eq!(deed(&mut operator, request, "reference", "Zoë Adams <1984>").await.status, 303);
    assert_eq!(events(&firm, "request.updated").await.len(), 1, "nor what changes nothing");
}

/// REQ-4
#[tokio::test]
async fn of_two_who_edit_a_reference_one_wins_and_the_other_sees_both() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    for round in 0..5 {
        let request = firm.request("Kwantu").await;
        let (one, two) = tokio::join!(
            send(&mut operator, request, "reference", "1", "Mine"),
            send(&mut manager, request, "reference", "1", "Yours")
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409], "round {round}");
        let (told, loser, theirs, typed) = if two.status == 409 {
            (two, &mut manager, "Mine", "Yours")
        } else {
            (one, &mut operator, "Yours", "Mine")
        };
        assert!(
            error(&told, "reference").contains(&format!("It is “\u{2068}{theirs}\u{2069}” now.")),
            "{}",
            told.words()
        );
        assert!(told.text.contains(&format!("value=\"{typed}\"")), "what was typed is kept");
        let version = told.hidden("_version").to_owned();
        assert_eq!(send(loser, request, "reference", &version, typed).await.status, 303, "knowing it, one can");
        assert!(opened(loser, request).await.text.contains(&format!("<bdi>{typed}</bdi>")));
    }
    assert_eq!(events(&firm, "request.updated").await.len(), 10);
}

/// REQ-4: a request has one version, and a reference is edited alone.
#[tokio::test]
async fn a_status_that_changes_meanwhile_is_not_in_the_way_of_another_reference() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let request = firm.request("Kwantu").await;
    let form = operator.get(&format!("/requests/{request}/reference")).await;
    let (version, was) = (form.hidden("_version").to_owned(), form.hidden("_was").to_owned());
    assert_eq!(deed(&mut manager, request, "mark/completed", "").await.status, 303);
    let pairs = [("_version", &*version), ("_was", &*was), ("reference", "Kwantu Solar")];
    let path = format!("/requests/{request}/reference");
    assert_eq!(operator.post(&path, &pairs).await.status, 303);
    let pairs = [("_version", &*version), ("_was", &*was), ("reference", "Kwantu Wind")];
    let told = operator.post(&path, &pairs).await;
    assert_eq!(told.status, 409, "another reference is");
    assert!(error(&told, "reference").contains("Kwantu Solar"), "{}", told.words());
}

/// REQ-4, REQ-5: also of an invented request: nothing tells the two apart.
#[tokio::test]
async fn words_typed_while_somebody_deletes_the_request_are_handed_back() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let request = firm.request("Kwantu").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    assert_eq!(deed(&mut manager, request, "delete", "").await.status, 303);
    let typed = "Called <the> officer,\nwho will write.";
    for path in ["reference", "mark/failed", "reopen", "notes"] {
        let pairs = [("_version", "1"), ("_key", "k"), ("note", typed), ("reason", typed), ("reference", typed)];
        let gone = operator.post(&format!("/requests/{request}/{path}"), &pairs).await;
        assert_eq!(gone.status, 404, "{path}");
        assert!(gone.words().contains("Nothing was saved"), "{path}: {}", gone.words());
        assert!(gone.text.contains(&escaped(typed)), "{path}: {}", gone.text);
        let blank = operator.post(&format!("/requests/{request}/{path}"), &[("_version", "1"), ("_key", "k")]).await;
        assert!(!blank.text.contains("What you wrote"), "{path}");
    }
}

/// REQ-5
#[tokio::test]
async fn no_form_takes_a_request_to_another_channel() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let other = firm.add_channel("other", "The other one").await.unwrap().to_string();
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let request = firm.request("Kwantu").await;
    for (path, version, typed) in
        [("reference", "1", "Kwantu Solar"), ("mark/failed", "2", ""), ("reopen", "3", "It goes on.")]
    {
        let pairs = [
            ("_version", version),
            ("reference", typed),
            ("reason", typed),
            ("channel", &*other),
            ("channel_id", &*other),
        ];
        assert_eq!(operator.post(&format!("/requests/{request}/{path}"), &pairs).await.status, 303, "{path}");
        let words = opened(&mut operator, request).await.words();
        assert!(words.contains("Channel InTouch main") && !words.contains("The other one"), "{path}: {words}");
    }
}
