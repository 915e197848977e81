//! The whole way of somebody who has no mouse: every stop shows the focus, and no step loses it.

use dossier_testkit::browser::Options;
use dossier_testkit::{Browser, Find};
use serde_json::{Value, json};

use crate::forms::{Bench, INSPECT, SEND};
use crate::hand::{ADMINISTRATOR, FIRST_NAME, ID_NUMBER, Person};
use crate::sight;

/// The most stops on the way to anything.
const FAR: usize = 150;

/// Whether what has the focus is meant, whether one sees that it has it, and what it is.
const STOP: &str = "
    const [wanted] = arguments, held = document.activeElement;
    const name = `${held.localName}[${held.name ?? ''}] “${(held.getAttribute('aria-label') ?? held.textContent).trim().slice(0, 30)}”`;
    if (held === document.body) return { nowhere: true, name: 'nothing' };
    const around = [...(held.labels ?? [])];
    for (let each = held, n = 0; each && n < 4; each = each.parentElement, n += 1) around.push(each);
    const ring = around.some((each) => {
        const style = getComputedStyle(each);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && !each.matches('main');
    });
    const place = held.getBoundingClientRect();
    const inside = place.bottom > 0 && place.right > 0 && place.top < innerHeight && place.left < innerWidth;
    return { there: held.matches(wanted), seen: ring && inside, name };";

/// Somebody's hands on a keyboard.
struct Keys<'a>(&'a Browser);

impl<'a> Keys<'a> {
    async fn at(browser: &'a Browser) -> Self {
        sight::in_front(browser, true).await;
        Self(browser)
    }

    async fn press(&self, key: &str) {
        self.strike(key, 0).await;
    }

    async fn strike(&self, key: &str, modifiers: u8) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            " " => (32, " "),
            "ArrowDown" => (40, ""),
            other => panic!("no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let stroke = json!({
                "type": kind, "key": key, "code": if key == " " { "Space" } else { key }, "modifiers": modifiers,
                "windowsVirtualKeyCode": code, "text": if kind == "keyDown" { text } else { "" },
            });
            self.0.devtools("Input.dispatchKeyEvent", stroke).await.unwrap();
        }
    }

    async fn types(&self, text: &str) {
        self.0.devtools("Input.insertText", json!({ "text": text })).await.unwrap();
    }

    async fn stop(&self, wanted: &str) -> Value {
        self.0.client().execute(STOP, vec![json!(wanted)]).await.unwrap()
    }

    /// Goes on with Tab until it is there; whatever it stops at on the way shows that it has the focus.
    async fn goes_to(&self, wanted: &str) {
        self.goes(wanted, 0).await;
    }

    /// The same backwards.
    async fn goes_back_to(&self, wanted: &str) {
        self.goes(wanted, 8).await;
    }

    async fn goes(&self, wanted: &str, modifiers: u8) {
        self.0.find(Find::Css(wanted)).await.unwrap();
        let mut passed = Vec::new();
        for _ in 0..FAR {
            self.strike("Tab", modifiers).await;
            let stop = self.stop(wanted).await;
            // A page that has just come, or the end of one: from nowhere the next key leads into it.
            if stop["nowhere"] == true {
                continue;
            }
            assert_eq!(stop["seen"], true, "on the way to {wanted} the focus is not seen at {}", stop["name"]);
            if stop["there"] == true {
                return;
            }
            passed.push(stop["name"].to_string());
        }
        panic!("no key leads to {wanted}, only to {passed:?}");
    }

    /// Goes there and presses it.
    async fn presses(&self, wanted: &str) {
        self.goes_to(wanted).await;
        self.press("Enter").await;
    }

    /// What was pressed has changed the page in place, and the reader stands at this.
    async fn stands_at(&self, wanted: &str) {
        let until = format!("the focus is at {wanted}");
        let at = self.0.wait_for(&until, async |client| {
            let stop = client.execute(STOP, vec![json!(wanted)]).await?;
            Ok(stop["there"] == true && stop["seen"] == true)
        });
        at.await.unwrap_or_else(|error| panic!("{error}"));
    }

    async fn sees(&self, what: Find<'_>) {
        self.0.find(what).await.unwrap();
    }

    /// Goes to a field and types.
    async fn fills(&self, wanted: &str, text: &str) {
        self.goes_to(wanted).await;
        self.types(text).await;
    }
}

#[tokio::test]
async fn a_request_is_made_run_read_and_deleted_without_a_mouse() {
    let person = Person::with(Options::default()).await;
    let keys = Keys::at(&person.browser).await;
    let user = person.demo.user(ADMINISTRATOR);
    person.opens("/sign-in").await.unwrap();
    keys.fills("[name=email]", &user.email).await;
    keys.fills("[type=password]", &user.password).await;
    keys.press("Enter").await;
    keys.presses("main a[href='/requests/new']").await;
    keys.fills("[name=reference]", "Quaggafontein Wind Farm (Pty) Ltd").await;
    keys.press("Enter").await;
    keys.sees(Find::Words("No result yet")).await;

    // The action panel, and a form: a row comes and goes, and the focus stays beside it.
    keys.presses("[aria-label='Run Company KYC']").await;
    keys.fills("[name=registrationNumber]", "2014/187452").await;
    keys.presses("button[name=_add]").await;
    keys.stands_at("[name='directors[0].FirstName']").await;
    keys.types(FIRST_NAME).await;
    keys.goes_back_to("button[name=_remove]").await;
    keys.press(" ").await;
    keys.stands_at("button[name=_add]").await;
    keys.press(" ").await;
    keys.stands_at("[name='directors[0].FirstName']").await;
    keys.fills("[name='directors[0].IDNumber']", ID_NUMBER).await;
    keys.presses(SEND).await;

    // What was refused is read first; its line leads to the field.
    keys.sees(Find::Css(".error-summary")).await;
    keys.stands_at(".error-summary").await;
    keys.presses(".error-summary a").await;
    keys.stands_at("[aria-invalid=true]").await;
    let select = "document.activeElement.select()";
    if keys.stop("[name=registrationNumber]").await["there"] != true {
        keys.goes_to("[name=registrationNumber]").await;
    }
    person.browser.run(select).await.unwrap();
    keys.types("2014/187452/07").await;
    for (field, text) in [("FirstName", FIRST_NAME), ("Surname", "Ndabankulu-Roos")] {
        let field = format!("[name='directors[0].{field}']");
        keys.goes_to(&field).await;
        person.browser.run(select).await.unwrap();
        keys.types(text).await;
    }
    keys.presses(SEND).await;
    keys.sees(Find::Words("is in business")).await;

    // The folds of the result, and the log with a call opened.
    keys.goes_to("details.fold > summary").await;
    keys.press("Enter").await;
    keys.stands_at("details.fold[open] > summary").await;
    keys.presses("nav.tabs a[href$='/logs']").await;
    keys.presses("a.row-link").await;
    keys.sees(Find::Css("tr.detail")).await;
    keys.goes_to("a.row-link[aria-expanded=true]").await;
    keys.presses("nav.tabs a:first-child").await;

    // The questions before an end, a way back, and a deletion.
    keys.presses("a[href$='/mark/failed']").await;
    keys.goes_to("textarea").await;
    keys.types("No answer for a week.").await;
    keys.presses(SEND).await;
    keys.presses("a[href$='/reopen']").await;
    keys.presses(SEND).await;
    keys.stands_at(".error-summary").await;
    keys.fills("textarea", "An answer came.").await;
    keys.presses(SEND).await;
    keys.sees(Find::Words("Reopened.")).await;
    keys.goes_to("details.menu > summary").await;
    keys.press("Enter").await;
    keys.stands_at("details.menu[open] > summary").await;
    keys.presses("a[href$='/delete']").await;
    keys.presses(SEND).await;
    keys.sees(Find::Words("The request was deleted.")).await;
}

/// A staged file is let go, and the focus stays at its field.
#[tokio::test]
async fn a_file_is_let_go_without_a_mouse() {
    let bench = Bench::at(INSPECT, Options::default()).await;
    let keys = Keys::at(&bench.browser).await;
    bench.browser.choose(Find::Label("Workflow"), "Document check").await.unwrap();
    keys.sees(Find::Label("Front of the document")).await;
    let picture = bench.picture("ID card.png").await;
    bench.chooses_file("Front of the document", &picture).await;
    keys.presses("[aria-label='Remove ID card.png']").await;
    keys.stands_at("[name=front]").await;

    // One that the server keeps, because another field was refused.
    bench.chooses_file("Front of the document", &picture).await;
    keys.fills("[name=IDNumber]", "1").await;
    keys.presses(SEND).await;
    keys.stands_at(".error-summary").await;
    keys.presses("button[name=_drop]").await;
    keys.stands_at("[name=front]").await;
    bench.close().await;
}

/// The control: a stop that shows nothing, and a key that loses the focus.
#[tokio::test]
async fn a_stop_that_is_not_seen_is_found() {
    let person = Person::with(Options::default()).await;
    person.opens("/sign-in").await.unwrap();
    let keys = Keys::at(&person.browser).await;
    keys.goes_to("[name=email]").await;
    assert_eq!(keys.stop("[name=email]").await["seen"], true);
    person.browser.run("document.activeElement.style.outline = 'none'").await.unwrap();
    assert_eq!(keys.stop("[name=email]").await["seen"], false);
    person.browser.run("document.activeElement.remove()").await.unwrap();
    assert_eq!(keys.stop("[name=email]").await["nowhere"], true);
}
