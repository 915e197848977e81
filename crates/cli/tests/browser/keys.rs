//! The list of requests by whoever never lets go of the keyboard.

use dossier_testkit::browser::Options;
use dossier_testkit::{Browser, Find};
use serde_json::json;

use crate::hand::{OPERATOR, Person};

/// Presses a key that types `text`, or one that types nothing.
async fn press(browser: &Browser, key: &str, text: &str) {
    for kind in ["keyDown", "keyUp"] {
        let stroke = json!({ "type": kind, "key": key, "text": if kind == "keyDown" { text } else { "" } });
        browser.devtools("Input.dispatchKeyEvent", stroke).await.unwrap();
    }
}

async fn letter(browser: &Browser, key: &str) {
    press(browser, key, key).await;
}

/// Presses a key until it has led there: while two pages fade into each other, the browser takes none.
async fn leads(browser: &Browser, key: &str, there: &str) {
    let mut reached = false;
    for _ in 0..200 {
        letter(browser, key).await;
        reached = browser.has(Find::Css(there)).await.unwrap();
        if reached {
            break;
        }
    }
    assert!(reached, "{key} never led to {there}");
}

/// Whether the page acts on `/`, as it stands.
async fn acts(browser: &Browser) -> bool {
    let script = "const stroke = new KeyboardEvent('keydown', { key: '/', bubbles: true, cancelable: true });
        return !document.body.dispatchEvent(stroke);";
    browser.run(script).await.unwrap().as_bool().unwrap()
}

/// LIST-2, NAV-2
#[tokio::test]
async fn the_list_is_searched_and_opened_with_keys_alone() {
    let person = Person::with(Options::default()).await;
    let browser = &person.browser;
    person.signs_in_as(OPERATOR).await.unwrap();
    person.opens("/requests").await.unwrap();

    leads(browser, "/", "#q:focus").await;
    for typed in ["s", "n", "é", "e", "u"] {
        letter(browser, typed).await;
    }
    // A reader who types slowly sees the row earlier: at `sné` there is one already.
    let whole = browser.wait_for("the address has the whole word, so that it can be bookmarked", async |client| {
        Ok(client.execute("return decodeURIComponent(location.search)", Vec::new()).await? == "?q=snéeu")
    });
    whole.await.unwrap();
    browser.find(Find::Css("#results tbody tr:only-child")).await.unwrap();
    browser.find(Find::Css("#q:focus")).await.unwrap();

    let export = browser.run("return decodeURIComponent(document.querySelector('#export').search)").await.unwrap();
    assert_eq!(export, "?q=snéeu", "what is exported is what is shown");
    browser.find(Find::Link("Clear")).await.unwrap();

    press(browser, "Escape", "").await;
    assert_eq!(browser.run("return document.querySelector('#q').value").await.unwrap(), "snéeu");
    leads(browser, "j", ".row-link:focus").await;
    press(browser, "Enter", "\r").await;
    browser.find(Find::Css("nav.tabs")).await.unwrap();
    assert!(browser.text(Find::Css("h1")).await.unwrap().starts_with("Sneeuberg"));

    person.opens("/requests").await.unwrap();
    leads(browser, "j", "tr:nth-child(1) .row-link:focus").await;
    leads(browser, "j", "tr:nth-child(2) .row-link:focus").await;
    leads(browser, "k", "tr:nth-child(1) .row-link:focus").await;
    leads(browser, "n", "form.form").await;
    browser.find(Find::Button("Create request")).await.unwrap();

    person.opens("/requests").await.unwrap();
    assert!(acts(browser).await, "the control: keys act until they are switched off");
    browser.run("document.activeElement.blur()").await.unwrap();
    leads(browser, "?", "form[action='/shortcuts']").await;
    browser.click(Find::Button("Switch them off in this browser")).await.unwrap();
    browser.find(Find::Button("Switch them on")).await.unwrap();
    person.opens("/requests").await.unwrap();
    assert!(!acts(browser).await);
}
