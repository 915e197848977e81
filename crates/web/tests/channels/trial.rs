//! Test connection.

use super::*;

/// CHAN-6, LOG-2
#[tokio::test]
async fn a_channel_is_tested_before_it_is_saved_and_the_calls_stand_at_it_afterwards() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = manager(&firm).await;
    // Neither name nor code is needed for it.
    let sent = Form::new(&desk, "", "").with("_test", "yes");
    let good = manager.post(NEW, &sent.0).await;
    assert_eq!(good.status, 200, "{}", good.words());
    let words = good.words();
    assert!(words.contains("InTouch Secure Services accepted the credentials and gave a token"), "{words}");
    assert!(words.contains("Nothing was saved by this.") && words.contains("POST 200"), "{words}");
    assert!(words.contains("Enter it again: what was typed is not sent back"), "{words}");
    assert_eq!(desk.calls("Token"), 1, "{:?}", desk.simulator.ledger());

    let wrong = manager.post(NEW, &sent.clone().with("config.clientSecret", "a wrong secret").0).await;
    assert!(wrong.words().contains("The test failed"), "{}", wrong.words());
    let tokens = desk.tokens(1).await;
    for page in [&good, &wrong] {
        for secret in [CLIENT_SECRET, "a wrong secret", tokens[0].as_str()] {
            assert!(!page.text.contains(secret), "{secret}");
        }
    }
    assert_ne!(desk.keeps(CLIENT_SECRET), Some(true));
    assert!(manager.get(LIST).await.text.matches("row-link").count() == 1, "nothing was saved");
    let id = sent.0.iter().find(|(name, _)| name == "_id").unwrap().1.clone();
    assert_eq!(manager.get(&format!("{LIST}/{id}")).await.status, 404, "nothing finds it yet");

    let saved = sent.without("_test").with("code", "tried").with("name", "Tried");
    let added = manager.post(NEW, &saved.0).await;
    let own = added.location().strip_suffix("?done=added").unwrap().to_owned();
    let page = manager.get(&own).await;
    assert_eq!(page.text.matches("?open=").count(), 2, "{}", page.words());
    assert!(page.words().contains("Last good sign-in None yet"), "what was tested was not the stored channel");
    let call = page.text.split_once("?open=").unwrap().1[..36].to_owned();
    let opened = manager.get(&format!("{own}?open={call}")).await;
    assert!(opened.words().contains("client_secret=▮▮▮") || opened.words().contains("▮▮▮"), "{}", opened.words());
    assert!(!opened.text.contains("a wrong secret") && !opened.text.contains(CLIENT_SECRET));
    assert_eq!(manager.get(&format!("{LIST}/{}?open={call}", firm.channel())).await.status, 404, "only at its own");
    let tests = firm.deeds().await.into_iter().filter(|deed| deed == "channel.tested").count();
    assert_eq!(tests, 2);
}

/// CHAN-6
#[tokio::test]
async fn a_test_of_what_is_stored_says_how_the_channel_fares_and_one_of_what_was_typed_does_not() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = manager(&firm).await;
    let here = format!("{LIST}/{}", firm.channel());
    let stored = Form::stored(&desk, "main", "Typed and not saved", 1).with("_test", "yes");
    let typed = stored.clone().with("config.clientSecret", "a wrong secret");
    let failed = manager.post(&edit(&firm), &typed.0).await;
    assert!(failed.words().contains("The test failed"), "{}", failed.words());
    assert!(failed.text.contains("value=\"Typed and not saved\""), "the form is as it was typed");
    assert!(manager.get(&here).await.words().contains("Last failed sign-in None"));
    let good = manager.post(&edit(&firm), &stored.0).await;
    assert!(good.words().contains("accepted the credentials"), "{}", good.words());
    let page = manager.get(&here).await.words();
    assert!(page.contains("Last good sign-in 23 Nov 2026, 14:00") && page.contains("Answering"), "{page}");
    assert!(page.contains("InTouch main"), "nothing was saved: {page}");

    desk.misbehave("500", "/auth").await;
    let bad = manager.post(&edit(&firm), &stored.0).await.words();
    assert!(bad.contains("The test failed"), "{bad}");
    let page = manager.get(&here).await.words();
    assert!(page.contains("Last failed sign-in Answered with status 500, 23 Nov 2026, 14:00"), "{page}");
    assert!(page.contains("Last good sign-in 23 Nov 2026, 14:00"), "{page}");
}

/// CHAN-6
#[tokio::test]
async fn a_test_that_gets_no_answer_says_why_and_is_kept_too() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = manager(&firm).await;
    desk.misbehave("hang-up", "/auth").await;
    let sent = Form::stored(&desk, "main", "InTouch main", 1).with("_test", "yes");
    let told = manager.post(&edit(&firm), &sent.0).await;
    assert_eq!(told.status, 200);
    assert!(told.words().contains("The test failed"), "{}", told.words());
    let page = manager.get(&format!("{LIST}/{}", firm.channel())).await;
    assert_eq!(page.text.matches("?open=").count(), 1, "{}", page.words());
    assert!(page.words().contains("Last failed sign-in"), "{}", page.words());
}
