//! The seventeen actions of InTouch as an operator presses them: going well, and each of them refused by the provider.

use std::path::Path;

use dossier_testkit::browser::Options;
use dossier_testkit::{Caller, Find};
use serde_json::json;

use crate::hand::{ID_NUMBER, OPERATOR, Person};

/// What is done in a form before it is sent. Fields go by their names, which are those of the manifest.
#[derive(Clone, Copy)]
enum Do {
    Type(&'static str, &'static str),
    Choose(&'static str, &'static str),
    /// A picture.
    File(&'static str),
}

use Do::{Choose, File, Type};

#[derive(Clone, Copy)]
struct Action {
    label: &'static str,
    form: &'static [Do],
    /// What is only known when an earlier action has brought it; its field is filled in by the page then.
    brought: Option<&'static str>,
    /// How its result begins.
    says: &'static str,
    /// Where its service stands at the provider.
    path: &'static str,
}

const fn action(label: &'static str, form: &'static [Do], says: &'static str, path: &'static str) -> Action {
    Action { label, form, brought: None, says, path }
}

/// The same with a field that an earlier action fills in.
const fn after(field: &'static str, action: Action) -> Action {
    Action { brought: Some(field), ..action }
}

const CONSENT: &[Do] = &[
    Choose("shortHand", "E-mail"),
    Type("email", "s.dlamini@mail.example"),
    Type("termsLink", "https://protea-ridge.example/terms?lang=en#consent"),
];

/// In an order in which each finds what it needs.
const ACTIONS: &[Action] = &[
    action("Get Auth Token", &[], "A token was obtained.", "/auth"),
    action("Get Organisation Phase Two ID", &[], "The organisation's ID was fetched.", "/identity"),
    action("Send Consent Request", CONSENT, "The request for consent was sent.", "/consent"),
    after(
        "requestId",
        action("Update Consent Request", &[Choose("shortHand", "SMS")], "InTouch took the changes.", "/consent"),
    ),
    after("requestId", action("Rerequest Consent", &[], "Request for consent", "/consent")),
    after("consentId", action("Consent Status", &[], "The person has not answered yet.", "/consent")),
    after("requestId", action("Consent Request Status", &[], "The person", "/consent")),
    action("Get Consent Types", &[], "Types of consent", "/consent"),
    action("Get Consent Types By Contact", &[Type("contact", "s.dlamini@mail.example")], "this contact", "/consent"),
    after("consentId", action("Get Consent Document", &[], "The document of the consent was fetched.", "/consent")),
    action("Company KYC", &[Type("registrationNumber", "2014/187452/07")], "is in business", "/library"),
    action(
        "Upload File(s)",
        &[Choose("what", "One file"), File("media")],
        "InTouch keeps what was uploaded",
        "/library",
    ),
    action("Identity Document OCR", &[File("frontImage"), File("backImage")], "The document reads", "/library"),
    action(
        "Face Compare",
        &[File("target"), File("face")],
        "InTouch finds the two faces to be of one person.",
        "/library",
    ),
    action("Passive Liveness", &[File("media")], "taken from life", "/library"),
    action(
        "Run Workflow",
        &[Choose("workflow", "Basic KYC: DHA, individual KYC"), Type("idNumber", ID_NUMBER)],
        "InTouch started the workflow.",
        "/injection",
    ),
    after("trackingId", action("Workflow Status", &[], "Basic", "/core")),
];

impl Person {
    async fn presses(&self, action: &Action, picture: &Path) {
        self.browser.click(Find::Css(&format!("[aria-label='Run {}']", action.label))).await.unwrap();
        if action.form.is_empty() && action.brought.is_none() {
            return;
        }
        for act in action.form {
            let field = |name| format!("form.form [name='{name}']");
            match *act {
                Type(name, text) => self.browser.fill(Find::Css(&field(name)), text).await.unwrap(),
                Choose(name, option) => self.browser.choose(Find::Css(&field(name)), option).await.unwrap(),
                File(name) => {
                    let input = self.browser.find(Find::Css(&field(name))).await.unwrap();
                    input.send_keys(picture.to_str().unwrap()).await.unwrap();
                }
            }
        }
        if let Some(field) = action.brought {
            let filled = self.browser.find(Find::Css(&format!("form.form [name='{field}']"))).await.unwrap();
            if filled.prop("value").await.unwrap().is_none_or(|value| value.is_empty()) {
                self.browser.fill(Find::Css(&format!("form.form [name='{field}']")), "C-2209418").await.unwrap();
            }
        }
        self.sends_the_form().await.unwrap();
    }

    /// The provider answers the next call below `path` so.
    async fn provider_will(&self, kind: &str, path: &str) {
        let order = json!({ "kind": kind, "path": path, "times": 1 });
        let told = Caller::new(&self.demo.said.simulator).post_json("/_simulator/misbehave", &order).await;
        assert!((200..300).contains(&told.status), "{}", told.text);
    }

    /// What stands in the panel beside an action.
    async fn panel_says(&self, label: &str, words: &str) {
        let state = "return [...document.querySelectorAll('.action-panel li')].map(li => li.innerText).join('\\n')";
        let what = format!("{label} is {words}");
        let waited = self.browser.wait_for(&what, async |_| {
            let panel = self.browser.run(state).await.unwrap();
            let panel = panel.as_str().unwrap_or_default().to_owned();
            let own = panel.split_once(label).map(|(_, after)| after.lines().take(4).collect::<Vec<_>>().join(" "));
            Ok(own.is_some_and(|own| own.contains(words)))
        });
        waited.await.unwrap();
    }

    /// Looks at the request for consent until the person has answered; the simulator's answers after some looks.
    async fn waits_for_consent(&self, request: &str, picture: &Path) {
        let look = ACTIONS.iter().find(|action| action.label == "Consent Request Status").unwrap();
        for _ in 0..5 {
            self.presses(look, picture).await;
            self.browser.find(Find::Words("Consent Request Status succeeded.")).await.unwrap();
            let given = self.browser.has(Find::Words("The person gave consent.")).await.unwrap();
            self.opens(request).await.unwrap();
            if given {
                return;
            }
        }
        panic!("nobody answered");
    }

    async fn before_a_request(reference: &str) -> (Self, std::path::PathBuf) {
        let person = Self::with(Options::default()).await;
        person.signs_in_as(OPERATOR).await.unwrap();
        let picture = person.folder.path().join("ID card.png");
        person.browser.screenshot(&picture).await.unwrap();
        person.makes_request(reference).await.unwrap();
        (person, picture)
    }
}

/// ACT-1, ACT-2, ACT-3, ACT-5, ACT-6, RESULT-1
#[tokio::test]
async fn all_seventeen_actions_run_one_after_the_other_and_each_shows_what_came_back() {
    let (person, picture) = Person::before_a_request("Sibongile Dlamini").await;
    let request = person.browser.path().await.unwrap();
    let shown = person.browser.run("return document.querySelectorAll('.action-panel li').length").await.unwrap();
    assert!(shown.as_u64() >= Some(17), "the seventeen and those of the library: {shown}");
    for action in ACTIONS {
        if action.label == "Get Consent Document" {
            person.waits_for_consent(&request, &picture).await;
        }
        person.presses(action, &picture).await;
        person.browser.find(Find::Words(action.says)).await.unwrap_or_else(|error| panic!("{}: {error}", action.label));
        // What was started goes on by itself.
        if action.label != "Run Workflow" {
            person.panel_says(action.label, "Succeeded").await;
        }
        person.opens(&request).await.unwrap();
    }
    assert_eq!(ACTIONS.len(), 17);
    let complaints = person.browser.complaints().await.unwrap();
    assert!(complaints.iter().all(|said| said.contains("Transition was skipped")), "{complaints:?}");
}

/// ACT-7, ACT-8: each ends with a sentence that says what to do, stores no result, and stands in the log.
#[tokio::test]
async fn each_of_the_seventeen_says_what_the_provider_said_when_it_refuses() {
    let (person, picture) = Person::before_a_request("Thabiso Mokoena").await;
    let request = person.browser.path().await.unwrap();
    for action in ACTIONS {
        person.provider_will("error-in-200", action.path).await;
        person.presses(action, &picture).await;
        person.panel_says(action.label, "Failed").await;
        let said = person.browser.text(Find::Css("main [role=alert], main .banner")).await.unwrap();
        assert!(said.contains("failed.") && said.contains("answered"), "{}: {said}", action.label);
        person.opens(&request).await.unwrap();
        assert!(person.browser.has(Find::Words("No result yet")).await.unwrap(), "{}", action.label);
    }
    person.opens(&format!("{request}/logs")).await.unwrap();
    let calls = person.browser.run("return document.querySelectorAll('a.row-link').length").await.unwrap();
    assert!(calls.as_u64() >= Some(17), "each is in the log: {calls}");
}
