//! Two people at one channel.

use super::*;

/// CHAN-3
#[tokio::test]
async fn of_two_who_save_the_same_code_at_once_one_wins_and_the_other_is_told() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut one, mut two) = (manager(&firm).await, firm.visitor(BuiltInRole::Administrator).await);
    for round in 0..5 {
        let code = format!("same-{round}");
        let (mine, yours) = (Form::new(&desk, &code, "Mine"), Form::new(&desk, &code.to_uppercase(), "Yours"));
        let (mine, yours) = tokio::join!(one.post(NEW, &mine.0), two.post(NEW, &yours.0));
        let mut statuses = [mine.status, yours.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        let refused = if mine.status == 422 { mine } else { yours };
        assert!(said_at(&refused, "code").starts_with("Another channel has the code"), "{}", refused.words());
    }
}

/// CHAN-5
#[tokio::test]
async fn of_two_who_edit_one_wins_and_the_other_sees_both_values_and_loses_nothing() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut one, mut two) = (manager(&firm).await, firm.visitor(BuiltInRole::Administrator).await);
    let mine = Form::stored(&desk, "main", "Mine", 1).with("display_order", "3");
    assert_eq!(one.post(&edit(&firm), &mine.0).await.status, 303);
    let yours = Form::stored(&desk, "main", "Yours", 1).with("config.organisationPhaseTwoId", "org-7");
    let told = two.post(&edit(&firm), &yours.0).await;
    assert_eq!(told.status, 409);
    let words = told.words();
    assert!(
        words.contains("Nothing was saved: somebody else has saved this channel meanwhile. Three fields need"),
        "{words}"
    );
    assert!(said_at(&told, "name").contains("They saved “\u{2068}Mine\u{2069}”"), "{}", said_at(&told, "name"));
    assert!(said_at(&told, "display_order").contains("\u{2068}3\u{2069}"));
    assert!(said_at(&told, "config.organisationPhaseTwoId").starts_with("They saved nothing."));
    assert!(told.text.contains("value=\"Yours\"") && told.text.contains("value=\"org-7\""), "what was typed is kept");
    assert!(one.get(LIST).await.words().contains("Mine"));
    assert_eq!(told.hidden("_version"), "2");
    let again = yours.with("_version", told.hidden("_version"));
    assert_eq!(two.post(&edit(&firm), &again.0).await.status, 303, "knowing it, theirs can be replaced");
    assert!(one.get(LIST).await.words().contains("Yours"));
}

/// CHAN-5
#[tokio::test]
async fn of_two_edits_at_the_same_instant_exactly_one_is_saved() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut one, mut two) = (manager(&firm).await, firm.visitor(BuiltInRole::Administrator).await);
    for version in 1..=5 {
        let mine = Form::stored(&desk, "main", &format!("Mine {version}"), version);
        let yours = Form::stored(&desk, "main", &format!("Yours {version}"), version);
        let path = edit(&firm);
        let (mine, yours) = tokio::join!(one.post(&path, &mine.0), two.post(&path, &yours.0));
        let mut statuses = [mine.status, yours.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409], "round {version}");
    }
    let saved = firm.deeds().await.into_iter().filter(|deed| deed == "channel.updated").count();
    assert_eq!(saved, 5);
}

/// CHAN-5
#[tokio::test]
async fn the_same_edit_twice_is_saved_once_and_what_changes_nothing_is_not_recorded() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut one = manager(&firm).await;
    let same = Form::stored(&desk, "main", "InTouch main", 1);
    assert_eq!(one.post(&edit(&firm), &same.0).await.status, 303);
    assert!(!firm.deeds().await.contains(&"channel.updated".to_owned()));
    let sent = Form::stored(&desk, "main", "Renamed", 1).with("config.clientSecret", "fresh");
    for _ in 0..2 {
        assert_eq!(one.post(&edit(&firm), &sent.0).await.status, 303, "a double click is no conflict");
    }
    let saved = firm.deeds().await.into_iter().filter(|deed| deed == "channel.updated").count();
    assert_eq!(saved, 1);
    let other = sent.with("config.clientSecret", "fresher");
    let told = one.post(&edit(&firm), &other.0).await;
    assert!(told.status == 409 && told.words().contains("differ in secrets alone"), "{}", told.words());
    assert!(!told.text.contains("fresher"));
}

/// CHAN-7
#[tokio::test]
async fn who_edits_a_channel_that_is_deleted_meanwhile_is_told_and_keeps_what_was_typed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut one, mut two) = (manager(&firm).await, firm.visitor(BuiltInRole::Administrator).await);
    one.post(&format!("{LIST}/{}/delete", firm.channel()), &[("", "")]).await;
    let sent = Form::stored(&desk, "main", "Typed by the other", 1);
    let told = two.post(&edit(&firm), &sent.0).await;
    assert_eq!(told.status, 409);
    assert!(told.words().contains("Somebody else has deleted this channel."), "{}", told.words());
    assert!(told.text.contains("value=\"Typed by the other\""));
    let told = two.post(&edit(&firm), &sent.with("_test", "yes").0).await;
    assert!(told.status == 409 && told.words().contains("Nothing was tested."), "{}", told.words());
    assert!(told.text.contains("value=\"Typed by the other\""));
}

/// TENANT-4
#[tokio::test]
async fn whose_licence_ends_while_a_form_is_open_is_told_and_keeps_what_was_typed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut one = manager(&firm).await;
    let new = Form::new(&desk, "late", "Typed before the end");
    let stored = Form::stored(&desk, "main", "Typed before the end", 1);
    firm.license(&[("kyc", None)]).await;
    for (path, form) in [(NEW.to_owned(), new), (edit(&firm), stored)] {
        for form in [form.clone(), form.with("_test", "yes")] {
            let told = one.post(&path, &form.0).await;
            assert_eq!(told.status, 403, "{path}");
            assert!(told.words().contains("Module required: kyc-intouch."), "{path}: {}", told.words());
            assert!(told.text.contains("value=\"Typed before the end\""), "{path}");
        }
    }
    assert!(!firm.deeds().await.iter().any(|deed| deed.starts_with("channel.updated")));
}

/// TENANT-1
#[tokio::test]
async fn an_id_of_another_tenant_in_the_form_of_a_new_channel_touches_nothing_of_theirs() {
    let desk = Desk::builder().without_worker().open().await;
    let (firm, other) = (desk.firm("Aloe Bank").await, desk.firm("Fynbos Trust").await);
    let mut stranger = manager(&other).await;
    let theirs = firm.channel().to_string();
    let sent = Form::new(&desk, "mine", "Mine").with("_id", &theirs);
    let tried = stranger.post(NEW, &sent.clone().with("_test", "yes").0).await;
    assert_eq!(tried.status, 200);
    assert_eq!(stranger.post(NEW, &sent.0).await.status, 303);
    let own = stranger.get(&format!("{LIST}/{theirs}")).await;
    let call = own.text.split_once("?open=").unwrap().1[..36].to_owned();
    let mut owner = manager(&firm).await;
    let foreign = owner.get(&format!("{LIST}/{theirs}?open={call}")).await;
    assert_eq!(foreign.status, 404, "nor does a call of theirs open at a channel of one's own");
    let page = owner.get(&format!("{LIST}/{theirs}")).await.words();
    assert!(page.contains("InTouch main") && page.contains("None yet. Test connection stands"), "{page}");
}
