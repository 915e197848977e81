//! The user's guide from its first sentence to its last, each as the step that shows it. `DOSSIER_SCREENSHOTS` names a folder
//! for a picture of each.

use std::path::PathBuf;

use dossier_testkit::Find;
use dossier_testkit::browser::Options;
use serde_json::Value;

use crate::hand::{ADMINISTRATOR, OPERATOR, Person, VIEWER};
use crate::walk::client_secret;

/// Somebody with the guide in hand.
struct Reader {
    person: Person,
    pictures: Option<PathBuf>,
    /// Which part of the guide it is.
    part: &'static str,
    step: u32,
}

impl Reader {
    async fn open(part: &'static str) -> Self {
        let pictures = std::env::var_os("DOSSIER_SCREENSHOTS").map(PathBuf::from);
        Self { person: Person::with(Options::default()).await, pictures, part, step: 0 }
    }

    /// What the guide says here, in our words; it is so when `shows` can be seen.
    async fn reads(&mut self, says: &str, shows: Find<'_>) {
        self.step += 1;
        self.person.browser.find(shows).await.unwrap_or_else(|error| panic!("{}. {says}: {error}", self.step));
        if let Some(folder) = &self.pictures {
            self.person
                .browser
                .screenshot(&folder.join(format!("guide-{}-{:02}.png", self.part, self.step)))
                .await
                .unwrap();
        }
    }

    async fn clicks(&self, what: Find<'_>) {
        self.person.browser.click(what).await.unwrap();
    }

    async fn fills(&self, name: &str, text: &str) {
        self.person.browser.fill(Find::Css(&format!("[name='{name}']")), text).await.unwrap();
    }

    async fn saves(&self) {
        self.clicks(Find::Css("form.form > footer > button[data-kind='primary']")).await;
    }

    async fn asks(&self, script: &str) -> Value {
        self.person.browser.run(script).await.unwrap()
    }

    async fn opens(&self, path: &str) {
        self.person.opens(path).await.unwrap();
    }

    /// Makes another channel to the demo's provider, from the list of channels on.
    async fn adds_channel(&mut self, code: &str, name: &str, order: &str) {
        self.opens("/settings/channels/new").await;
        self.clicks(Find::Css("a.row-link")).await;
        self.person.browser.find(Find::Label("Auth URL")).await.unwrap();
        self.fills("code", code).await;
        self.fills("name", name).await;
        self.fills("display_order", order).await;
        let provider = self.person.demo.said.simulator.clone();
        for (field, path) in [
            ("authUrl", "/auth"),
            ("baseUrl", ""),
            ("identityUrl", "/identity/api/v2"),
            ("injectionUrl", "/injection/api/v3/initiateWorkflow"),
            ("coreUrl", "/core/api/v3"),
        ] {
            self.fills(&format!("config.{field}"), &format!("{provider}{path}")).await;
        }
        self.fills("config.clientId", "dossier-demo").await;
        let secret = client_secret(&self.person.folder.path().join("data"));
        self.fills("config.clientSecret", &secret).await;
        self.saves().await;
    }
}

/// CHAN-1, CHAN-2, CHAN-3, CHAN-4, CHAN-7: the part of whoever connects a provider.
#[tokio::test]
async fn the_guide_for_channels_holds_from_its_first_sentence_to_its_last() {
    let mut guide = Reader::open("channels").await;
    guide.person.signs_in_as(ADMINISTRATOR).await.unwrap();
    guide.reads("the module stands in the navigation", Find::Link("KYC Requests")).await;
    guide.clicks(Find::Link("KYC Channels")).await;
    guide.reads("channels stand under Settings, apart from the requests", Find::Words("InTouch (simulated)")).await;
    guide.clicks(Find::Link("Add channel")).await;
    guide
        .reads(
            "the handler is chosen among those that the licence opens",
            Find::Words("Identity verification, consent, workflows, and KYC operations"),
        )
        .await;
    let offered = guide.asks("return document.querySelectorAll('a.row-link').length").await;
    assert_eq!(offered, 1, "the demo's licence opens one of four");
    guide.clicks(Find::Css("a.row-link")).await;
    for label in [
        "Auth URL",
        "Base URL",
        "Identity URL",
        "Injection URL",
        "Core URL",
        "Client ID",
        "Client Secret",
        "Organisation Phase Two ID",
    ] {
        guide.reads("the form asks for what InTouch needs", Find::Label(label)).await;
    }
    guide.saves().await;
    guide.reads("a save with a blank required field is refused", Find::Css("[role=alert]")).await;
    let refused =
        guide.asks("return [...document.querySelectorAll('[aria-invalid=true]')].map(field => field.name)").await;
    assert!(
        !refused.as_array().unwrap().contains(&"config.organisationPhaseTwoId".into()),
        "but not for the last: {refused}"
    );

    guide.adds_channel("second", "InTouch second", "1").await;
    guide.reads("a saved channel is there", Find::Words("InTouch second")).await;
    guide.adds_channel("SECOND", "InTouch third", "2").await;
    guide.reads("no two channels share a code", Find::Css("[role=alert]")).await;
    guide.reads("and it says so at the field", Find::Css("#code[aria-invalid=true]")).await;

    guide.opens("/requests/new").await;
    guide.reads("operators choose a channel by its name", Find::Label("Channel")).await;
    let names = "return [...document.querySelectorAll('#channel option')].map(o => o.textContent.trim()).filter(t => t.includes('InTouch'))";
    let names = guide.asks(names).await;
    let at = |name: &str| names.as_array().unwrap().iter().position(|n| n.as_str().unwrap().contains(name));
    assert!(at("InTouch second").is_some() && at("InTouch (simulated)").is_some(), "{names}");
    guide.fills("reference", "Quaggafontein Wind Farm (Pty) Ltd").await;
    guide
        .person
        .browser
        .choose(Find::Label("Channel"), names[at("InTouch second").unwrap()].as_str().unwrap())
        .await
        .unwrap();
    guide.clicks(Find::Button("Create request")).await;
    guide.reads("a request is made in it", Find::Words("No result yet")).await;
    let request = guide.person.browser.path().await.unwrap();

    guide.opens("/settings/channels").await;
    guide.clicks(Find::Link("Edit \u{2068}InTouch second\u{2069}")).await;
    guide.fills("name", "").await;
    guide.saves().await;
    guide.reads("an edit is checked as a new channel is", Find::Css("#name[aria-invalid=true]")).await;
    guide.opens("/settings/channels").await;
    guide.clicks(Find::Link("Delete \u{2068}InTouch second\u{2069}")).await;
    guide.reads("deleting keeps history, and says so first", Find::Words("What will not.")).await;
    guide.clicks(Find::Button("Delete channel")).await;
    guide.reads("the channel is gone from the list", Find::Words("The channel was deleted")).await;
    guide.opens(&request).await;
    guide.reads("its requests still open, with its name", Find::Words("InTouch second")).await;

    guide.opens("/settings/audit").await;
    for deed in ["Channel added", "Channel deleted", "Request created"] {
        guide.reads("what was done to channels and requests is in the audit", Find::Words(deed)).await;
    }
}

/// REQ-1, REQ-3, LIST-1, LIST-2, STATUS-1, ACT-3, ACT-6, ACT-7, RESULT-1, RESULT-3, LOG-1: the part of an operator.
#[tokio::test]
async fn the_guide_for_requests_holds_from_its_first_sentence_to_its_last() {
    let mut guide = Reader::open("requests").await;
    guide.person.signs_in_as(OPERATOR).await.unwrap();
    guide.reads("the landing screen is the list", Find::Words("Kwantu Solar Components (Pty) Ltd")).await;
    let heads =
        guide.asks("return [...document.querySelectorAll('main th[scope=col]')].map(th => th.textContent)").await;
    assert_eq!(heads, serde_json::json!(["Reference", "Channel", "Status and verdict", "Created"]));
    let tones = guide.asks("return Object.fromEntries([...document.querySelectorAll('#counts a')].map(a => [a.textContent.replace(/[0-9+]/g, '').trim().toLowerCase(), a.dataset.tone]))").await;
    for (status, tone) in
        [("draft", "calm"), ("pending", "warn"), ("completed", "good"), ("failed", "bad"), ("cancelled", "calm")]
    {
        assert_eq!(tones[status], tone, "the pill of {status}: {tones}");
    }
    guide.person.browser.choose(Find::Label("Channel"), "InTouch (simulated)").await.unwrap();
    guide.clicks(Find::Button("Apply")).await;
    guide.reads("the list is narrowed to one channel", Find::Link("Clear")).await;

    guide.opens("/requests").await;
    guide.clicks(Find::Link("New request")).await;
    guide.clicks(Find::Button("Create request")).await;
    guide.reads("a reference is required", Find::Css("#reference[aria-invalid=true]")).await;
    guide.fills("reference", &"a".repeat(101)).await;
    guide.clicks(Find::Button("Create request")).await;
    guide.reads("and has up to 100 characters", Find::Words("101")).await;
    guide.fills("reference", "Quaggafontein Wind Farm (Pty) Ltd").await;
    guide.clicks(Find::Button("Create request")).await;
    guide.reads("saving leads to the request, in draft", Find::Words("Draft")).await;
    guide.reads("whose first tab has the details", Find::Css("nav.tabs [aria-current=page]")).await;
    let request = guide.person.browser.path().await.unwrap();
    let categories = guide.asks("return [...document.querySelectorAll('#actions h3')].map(h => h.textContent)").await;
    assert_eq!(categories, serde_json::json!(["Auth", "Consent", "Workflow", "Upload", "Service", "Service library"]));

    guide.clicks(Find::Button("Run Get Auth Token")).await;
    guide.reads("an action without input runs at a click", Find::Words("Get Auth Token succeeded.")).await;
    guide.reads("and the first success makes the request pending", Find::Words("Pending")).await;
    guide.clicks(Find::Link("Run Send Consent Request")).await;
    let asked = "return Object.fromEntries([...document.querySelectorAll('form.form [name]:not([type=hidden])')].map(f => [f.name, f.required]))";
    let asked = guide.asks(asked).await;
    for (field, required) in [
        ("shortHand", true),
        ("termsLink", true),
        ("email", false),
        ("phoneNumber", false),
        ("callbackUrl", false),
        ("retryCount", false),
    ] {
        assert_eq!(asked[field], required, "{field}: {asked}");
    }
    guide.reads("a fixed set of choices is a drop-down", Find::Css("select[name=shortHand]")).await;
    guide.opens(&request).await;
    guide.clicks(Find::Link("Run Workflow Status")).await;
    guide.reads("Workflow Status asks for a tracking ID", Find::Label("Tracking ID")).await;
    guide.opens(&request).await;
    guide.person.chooses_company_kyc().await.unwrap();
    for label in ["Reference", "Company name", "Registration number", "Permissible purpose", "Enquiry reason"] {
        guide.reads("Company KYC asks for the company, and why", Find::Label(label)).await;
    }
    guide.reads("and for directors", Find::Button("Add director")).await;
    guide.fills("registrationNumber", "2014/187452/07").await;
    guide.person.sends_the_form().await.unwrap();
    guide.reads("a success says so", Find::Words("Company KYC succeeded.")).await;
    guide.reads("its result is shown at once, as a summary", Find::Words("is in business")).await;
    guide
        .reads("with when it was run, by whom, and how long it took", Find::Words("InTouch Secure Services took"))
        .await;
    guide.reads("and the raw response", Find::Words("Raw response")).await;

    guide.opens(&format!("{request}/actions/company_kyc")).await;
    guide.fills("registrationNumber", "2014/187452/99").await;
    guide.reads("running again says that it has run", Find::Words("bills it again")).await;
    guide.person.sends_the_form().await.unwrap();
    guide.reads("a failure gives the provider's words, and stores nothing", Find::Words("Nothing was stored")).await;
    guide.opens(&request).await;
    guide.reads("so that the result before it stays", Find::Words("is in business")).await;

    guide.clicks(Find::Css("nav.tabs a[href$='/logs']")).await;
    guide.reads("the logs have each call, also that of the failure", Find::Css("a.row-link")).await;
    let calls = guide.asks("return document.querySelectorAll('a.row-link').length").await;
    assert!(calls.as_u64() >= Some(3), "the token and both checks: {calls}");
    guide.person.signs_out().await.unwrap();

    guide.person.signs_in_as(VIEWER).await.unwrap();
    guide.opens(&request).await;
    guide.reads("who may only read sees results", Find::Words("is in business")).await;
    guide.reads("and is told that running takes another permission", Find::Words("kyc:execute")).await;
    assert!(!guide.person.browser.has(Find::Link("Run Company KYC")).await.unwrap());
}
