//! Settings → KYC Channels, as people use it.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "channels/secrets.rs"]
mod secrets;
#[path = "channels/together.rs"]
mod together;
#[path = "channels/trial.rs"]
mod trial;

use std::net::{Ipv4Addr, SocketAddr};

use dossier_domain::BuiltInRole;
use dossier_testkit::{CLIENT_SECRET, Desk, Firm, Page, Visitor};
use serde_json::json;

const LIST: &str = "/settings/channels";
const NEW: &str = "/settings/channels/new";

/// The pairs of a form, of which a test changes some.
#[derive(Clone)]
struct Form(Vec<(String, String)>);

impl Form {
    /// A form in order for a new channel to the simulator.
    fn new(desk: &Desk, code: &str, name: &str) -> Self {
        let url = desk.simulator.url();
        let pairs = [
            ("_id", desk.app.form_key()),
            ("handler", "intouch".to_owned()),
            ("code", code.to_owned()),
            ("name", name.to_owned()),
            ("active", "true".to_owned()),
            ("display_order", String::new()),
            ("config.authUrl", format!("{url}/auth")),
            ("config.baseUrl", url.clone()),
            ("config.identityUrl", format!("{url}/identity/api/v2")),
            ("config.injectionUrl", format!("{url}/injection/api/v3/initiateWorkflow")),
            ("config.coreUrl", format!("{url}/core/api/v3")),
            ("config.clientId", "tests".to_owned()),
            ("config.clientSecret", CLIENT_SECRET.to_owned()),
            ("config.libraryPath", "/library/api/v3".to_owned()),
            ("config.consentPath", "/consent/api/v3".to_owned()),
        ];
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The form of a stored channel as its page has it: no secret stands in it.
    fn stored(desk: &Desk, code: &str, name: &str, version: i64) -> Self {
        Self::new(desk, code, name)
            .with("_version", &version.to_string())
            .with("config.clientSecret", "")
            .with("display_order", "0")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        self
    }
}

/// Where the form of the firm's channel is.
fn edit(firm: &Firm<'_>) -> String {
    format!("{LIST}/{}/edit", firm.channel())
}

/// What stands at the field that is refused.
fn said_at(page: &Page, field: &str) -> String {
    let after = page.text.split_once(&format!("id=\"{field}-error\">")).map(|(_, after)| after).unwrap_or_default();
    let said =
        after.split_once("Error: </span>").map(|(_, after)| after.split('<').next().unwrap()).unwrap_or_default();
    said.replace("&#39;", "'")
}

/// CHAN-1
#[tokio::test]
async fn the_list_shows_every_channel_and_what_each_person_may_do() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let sent = Form::new(&desk, "Branches_2", "Branch network").with("display_order", "-5").without("active");
    assert_eq!(manager.post(NEW, &sent.0).await.status, 303);
    let page = manager.get(LIST).await;
    let words = page.words();
    assert!(words.contains("KYC Channels") && words.contains("Add channel"), "{words}");
    let other = words.find("Branches_2 InTouch Secure Services Inactive -5").unwrap();
    let first = words.find("InTouch Secure Services Active 0").unwrap();
    assert!(other < first, "by display order: {words}");
    for way in ["/edit", "/delete"] {
        assert!(page.text.contains(&format!("{LIST}/{}{way}", firm.channel())), "{way}");
    }
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let seen = viewer.get(LIST).await;
    assert!(seen.words().contains("Branch network") && seen.words().contains("Settings KYC Channels"));
    assert!(!seen.words().contains("Callbacks"), "the rest of the settings takes settings:manage");
    for way in ["/edit", "/delete", "/new"] {
        assert!(!seen.text.contains(way), "{way}");
    }
    let own = viewer.get(&format!("{LIST}/{}", firm.channel())).await;
    assert_eq!(own.status, 200);
    for hidden in ["Callback address", "Delete", "Edit"] {
        assert!(!own.words().contains(hidden), "{hidden}: {}", own.words());
    }
    assert!(own.words().contains("Client Secret Set") && !own.text.contains(CLIENT_SECRET), "{}", own.words());
}

/// CHAN-2, AUDIT-1
#[tokio::test]
async fn a_channel_is_added_for_a_licensed_provider_and_keeps_it() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let choice = manager.get(NEW).await.words();
    assert!(choice.contains("InTouch Secure Services Identity verification, consent, workflows"), "{choice}");
    assert!(!choice.contains("Onfido") && !choice.contains("Sumsub"), "only what is licensed: {choice}");
    assert_eq!(manager.get(&format!("{NEW}?handler=nothing")).await.status, 404);
    let unlicensed = manager.get(&format!("{NEW}?handler=onfido")).await;
    assert!(unlicensed.status == 403 && unlicensed.words().contains("Module required: kyc-onfido"));

    let fresh = manager.get(&format!("{NEW}?handler=intouch")).await;
    let words = fresh.words();
    for label in [
        "Auth URL required Token endpoint",
        "Base URL required Consent, upload, service library",
        "Identity URL required Organisation identity",
        "Injection URL required Workflow initiation",
        "Core URL required Workflow status checks",
        "Client ID required",
        "Client Secret required",
        "Organisation Phase Two ID Left blank",
    ] {
        assert!(words.contains(label), "{label}: {words}");
    }
    assert!(fresh.text.contains("name=\"active\" value=\"true\" checked"), "on at first");

    let sent = Form::new(&desk, "second", "Second");
    let sent = sent.with("_id", fresh.hidden("_id"));
    let added = manager.post(NEW, &sent.0).await;
    let own = added.location().strip_suffix("?done=added").unwrap().to_owned();
    assert!(manager.get(added.location()).await.words().contains("The channel was added"));
    assert_eq!(manager.post(NEW, &sent.0).await.location(), added.location(), "a double click adds one");
    let other = manager.post(NEW, &sent.clone().with("code", "third").0).await;
    assert_eq!(other.status, 409);
    assert!(other.words().contains("This form added a channel before, with other content"), "{}", other.words());
    assert!(other.text.contains("value=\"third\"") && other.hidden("_id") != fresh.hidden("_id"));

    let sent = Form::stored(&desk, "second", "Renamed", 1).with("handler", "onfido");
    assert_eq!(manager.post(&format!("{own}/edit"), &sent.0).await.status, 303);
    let kept = manager.get(&own).await.words();
    assert!(kept.contains("Renamed") && kept.contains("Handler intouch"), "{kept}");

    let audit = firm.audit().await;
    let event = |action: &str| {
        let mut told = audit.iter().filter(|event| event.action == action);
        told.find(|event| event.after.as_ref().is_some_and(|after| after["code"] == "second")).unwrap()
    };
    let created = event("channel.created").after.as_ref().unwrap();
    assert_eq!(created["secrets"], json!({ "clientSecret": "set" }));
    let updated = event("channel.updated");
    assert_eq!(updated.before.as_ref().unwrap()["name"], "Second");
    assert_eq!(updated.after.as_ref().unwrap()["name"], "Renamed");
    assert!(!format!("{audit:?}").contains(CLIENT_SECRET));
}

/// CHAN-2, CHAN-3
#[tokio::test]
async fn code_name_and_order_are_refused_at_their_fields() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let long = "W".repeat(101);
    for (field, value) in [
        ("code", ""),
        ("code", "no space"),
        ("code", "é"),
        ("code", &"c".repeat(51)),
        ("name", "  "),
        ("name", &long),
        ("display_order", "first"),
        ("display_order", "1.5"),
        ("display_order", "99999999999999999999"),
    ] {
        let page = manager.post(NEW, &Form::new(&desk, "fine", "Fine").with(field, value).0).await;
        assert_eq!(page.status, 422, "{field} {value:?}");
        assert!(!said_at(&page, field).is_empty(), "{field} {value:?}: {}", page.words());
        assert!(page.words().contains("Nothing was saved. One field needs another look."), "{}", page.words());
    }
    for (code, name) in [("c".repeat(50), "N"), ("1".to_owned(), &*"é".repeat(100))] {
        assert_eq!(manager.post(NEW, &Form::new(&desk, &code, name).0).await.status, 303, "{code}");
    }
}

/// CHAN-3
#[tokio::test]
async fn a_code_is_taken_without_case_until_its_channel_is_deleted() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let added = manager.post(NEW, &Form::new(&desk, "Live", "First").0).await;
    let first = added.location().strip_suffix("?done=added").unwrap().to_owned();
    let taken = manager.post(NEW, &Form::new(&desk, "LIVE", "Second").0).await;
    assert_eq!(taken.status, 422);
    assert_eq!(said_at(&taken, "code"), "Another channel has the code LIVE. Choose another one.");
    let renamed = manager.post(&edit(&firm), &Form::stored(&desk, "live", "InTouch main", 1).0).await;
    assert_eq!((renamed.status, said_at(&renamed, "code").is_empty()), (422, false));
    let other = desk.firm("Fynbos Trust").await;
    let mut stranger = other.visitor(BuiltInRole::Manager).await;
    assert_eq!(stranger.post(NEW, &Form::new(&desk, "live", "Theirs").0).await.status, 303, "each tenant has its own");
    manager.post(&format!("{first}/delete"), &[("", "")]).await;
    assert_eq!(manager.post(NEW, &Form::new(&desk, "live", "Second").0).await.status, 303);
}

/// CHAN-4
#[tokio::test]
async fn a_blank_required_field_is_refused_in_its_place_and_nothing_typed_is_lost() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let required = ["authUrl", "baseUrl", "identityUrl", "injectionUrl", "coreUrl", "clientId", "clientSecret"];
    for field in required {
        for blank in ["", "   ", "\t\n"] {
            let sent = Form::new(&desk, "typed-code", "Typed name").with("config.organisationPhaseTwoId", "typed-org");
            let page = manager.post(NEW, &sent.with(&format!("config.{field}"), blank).0).await;
            assert_eq!(page.status, 422, "{field} {blank:?}");
            assert!(!said_at(&page, &format!("config.{field}")).is_empty(), "{field}: {}", page.words());
            for typed in ["typed-code", "Typed name", "typed-org"] {
                assert!(page.text.contains(&format!("value=\"{typed}\"")), "{field}: {typed} is kept");
            }
            assert!(!page.text.contains(CLIENT_SECRET), "a secret is never sent back");
            let again = page.words().contains("Enter it again: what was typed is not sent back");
            assert_eq!(again, field != "clientSecret", "{field}: {}", page.words());
        }
    }
    let bare = Form::new(&desk, "bare", "Bare").with("config.organisationPhaseTwoId", "");
    assert_eq!(manager.post(NEW, &bare.0).await.status, 303, "the only optional one");
}

/// CHAN-9
#[tokio::test]
async fn addresses_that_are_not_called_are_refused_in_their_place() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let calls = desk.simulator.ledger().len();
    for url in [
        "http://api.intouch.example",
        "ftp://api.intouch.example",
        "https://127.0.0.1:1/auth",
        "https://10.0.0.7",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://user:word@api.intouch.example",
        "nonsense",
    ] {
        for test in [false, true] {
            let mut sent = Form::new(&desk, "far", "Far").with("config.authUrl", url);
            if test {
                sent = sent.with("_test", "yes");
            }
            let page = manager.post(NEW, &sent.0).await;
            assert_eq!(page.status, 422, "{url}");
            assert!(!said_at(&page, "config.authUrl").is_empty(), "{url}: {}", page.words());
        }
    }
    assert_eq!(desk.simulator.ledger().len(), calls);
    let far = Form::new(&desk, "far", "Far").with("config.authUrl", "https://auth.intouch.example/token");
    assert_eq!(manager.post(NEW, &far.0).await.status, 303, "the control");
}

/// CHAN-4
#[tokio::test]
async fn fields_come_from_the_manifest_and_what_a_choice_sets_is_stored() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.license(&[("kyc", None), ("kyc-onfido", None)]).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let fresh = manager.get(&format!("{NEW}?handler=onfido")).await;
    assert!(fresh.words().contains("Region required") && fresh.words().contains("API token required"));
    let pairs = [
        ("_id", fresh.hidden("_id")),
        ("handler", "onfido"),
        ("code", "onfido"),
        ("name", "Onfido"),
        ("config.region", "ca"),
        ("config.apiToken", "api_sandbox.of.the.tests"),
    ];
    let added = manager.post(NEW, &pairs).await;
    assert_eq!(added.status, 303, "{}", added.words());
    let words = manager.get(added.location()).await.words();
    assert!(words.contains("Base URL https://api.ca.onfido.com/v3.6") && words.contains("API token Set"), "{words}");
    assert!(words.contains("Webhook token Not set"), "{words}");
}

/// CHAN-7
#[tokio::test]
async fn a_deleted_channel_leaves_every_list_and_its_requests_still_open() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    firm.run(request, "company_kyc", json!({ "reference": "K", "registrationNumber": "2014/187452/07" })).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let here = format!("{LIST}/{}", firm.channel());
    let asked = manager.get(&format!("{here}/delete")).await.words();
    assert!(asked.contains("What will happen. The channel leaves every list and drop-down."), "{asked}");
    assert!(asked.contains("What will not. The request that uses it still opens, with results"), "{asked}");
    for _ in 0..2 {
        let gone = manager.post(&format!("{here}/delete"), &[("", "")]).await;
        assert_eq!((gone.status, gone.location()), (303, "/settings/channels?done=deleted"), "also a double click");
    }
    let deleted = firm.deeds().await.into_iter().filter(|deed| deed == "channel.deleted").count();
    assert_eq!(deleted, 1);
    let list = manager.get("/settings/channels?done=deleted").await.words();
    assert!(list.contains("The channel was deleted") && list.contains("No channel yet"), "{list}");
    for way in ["", "/edit", "/delete"] {
        assert_eq!(manager.get(&format!("{here}{way}")).await.status, 404, "{way}");
    }
    let new = manager.get("/requests/new").await;
    assert!(new.words().contains("No channel to verify through") && new.text.contains("href=\"/settings/channels\""));

    let opened = manager.get(&format!("/requests/{request}")).await.words();
    assert!(opened.contains("InTouch main") && opened.contains("deleted"), "{opened}");
    assert!(opened.contains("Directors"), "its result is there: {opened}");
    assert!(opened.contains("was deleted. Its results stay; nothing new can run."), "{opened}");
    let logs = manager.get(&format!("/requests/{request}/logs")).await;
    assert!(logs.status == 200 && logs.text.contains("row-link"));
    let calls = desk.simulator.ledger().len();
    let action = format!("/requests/{request}/actions/company_kyc");
    let refused = manager.get(&action).await;
    assert_eq!(refused.status, 409);
    let sent = [("_key", "k"), ("reference", "K"), ("registrationNumber", "2014/187452/07")];
    let refused = manager.post(&action, &sent).await;
    assert!(refused.status == 409 && refused.words().contains("was deleted"), "{}", refused.words());
    assert_eq!(desk.simulator.ledger().len(), calls);
}

/// CHAN-8
#[tokio::test]
async fn an_inactive_channel_is_not_offered_and_keeps_its_requests_working() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let sent = Form::stored(&desk, "main", "InTouch main", 1).without("active");
    let saved = manager.post(&edit(&firm), &sent.0).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    assert!(manager.get(LIST).await.words().contains("Inactive"));
    assert!(manager.get("/requests/new").await.words().contains("No channel to verify through"));
    let run =
        firm.run(request, "company_kyc", json!({ "reference": "K", "registrationNumber": "2014/187452/07" })).await;
    assert_eq!(run.state, dossier_domain::RunState::Succeeded);
}

/// CHAN-5, TENANT-4
#[tokio::test]
async fn a_channel_whose_provider_is_gone_or_not_licensed_is_served_and_not_changed() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let here = format!("{LIST}/{}", firm.channel());
    firm.license(&[("kyc", None)]).await;
    let page = administrator.get(&here).await.words();
    assert!(page.contains("Module required: kyc-intouch") && page.contains("Callback address"), "{page}");
    let list = administrator.get(LIST).await;
    assert!(list.words().contains("Not licensed") && !list.text.contains("/edit\""), "{}", list.words());
    for sent in [Form::stored(&desk, "main", "Other", 1), Form::stored(&desk, "main", "Other", 1).with("_test", "yes")]
    {
        let refused = administrator.post(&edit(&firm), &sent.0).await;
        assert!(
            refused.status == 403 && refused.words().contains("Module required: kyc-intouch"),
            "{}",
            refused.words()
        );
    }
    let refused = administrator.post(NEW, &Form::new(&desk, "more", "More").0).await;
    assert!(refused.status == 403 && refused.words().contains("Module required: kyc-intouch"));
    assert!(administrator.get(NEW).await.words().contains("No provider is licensed"));

    firm.license(&[("kyc", None), ("kyc-intouch", None)]).await;
    firm.change("UPDATE channel SET handler = 'swartberg'").await;
    let page = administrator.get(&here).await.words();
    assert!(page.contains("The provider swartberg is not installed here"), "{page}");
    assert!(page.contains("clientSecret Set") && page.contains("clientId tests"), "{page}");
    assert!(administrator.get(LIST).await.words().contains("swartberg Not installed"));
    let refused = administrator.get(&edit(&firm)).await;
    assert!(
        refused.status == 409 && refused.words().contains("“swartberg” is not installed here"),
        "{}",
        refused.words()
    );
    assert_eq!(administrator.get(&format!("{here}/delete")).await.status, 200);
    assert_eq!(administrator.post(&format!("{here}/delete"), &[("", "")]).await.status, 303);
}

/// CHAN-1
#[tokio::test]
async fn two_hundred_channels_with_long_names_stand_on_one_page() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    for n in 0..200 {
        firm.add_channel(&format!("{}-{n}", "c".repeat(45)), &"<W&".repeat(33)).await.unwrap();
    }
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    let page = manager.get(LIST).await;
    assert_eq!((page.status, page.text.matches("class=\"row-link\"").count()), (200, 201));
    assert!(page.text.len() < 700_000, "{} bytes", page.text.len());
    assert!(manager.get("/requests/new").await.status == 200);
}

/// REQ-1
#[tokio::test]
async fn without_a_channel_whoever_may_is_led_here_and_others_are_told_whom_to_ask() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    manager.post(&format!("{LIST}/{}/delete", firm.channel()), &[("", "")]).await;
    let new = manager.get("/requests/new").await;
    assert!(new.text.contains("href=\"/settings/channels\">Set up KYC channels</a>"), "{}", new.words());
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let new = operator.get("/requests/new").await.words();
    assert!(new.contains("kyc:create") && new.contains("Administrator of Aloe Bank can do it"), "{new}");
    let list = operator.get(LIST).await.words();
    assert!(list.contains("kyc:create") && list.contains("Administrator of Aloe Bank can do it"), "{list}");
}

/// Somebody who listens on another port of this machine, to whom the operator lets calls through.
struct Thief {
    host: SocketAddr,
    heard: std::sync::Arc<std::sync::Mutex<String>>,
}

impl Thief {
    async fn listen() -> Self {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (host, heard) = (listener.local_addr().unwrap(), std::sync::Arc::<std::sync::Mutex<String>>::default());
        let ear = std::sync::Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let mut chunk = [0; 4096];
                while let Ok(read @ 1..) = line.read(&mut chunk).await {
                    bytes.extend_from_slice(&chunk[..read]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let length = text
                        .to_lowercase()
                        .split_once("content-length: ")
                        .and_then(|(_, after)| after.split("\r\n").next()?.parse::<usize>().ok());
                    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
                    if body.is_some_and(|body| body >= length.unwrap_or(0)) {
                        break;
                    }
                }
                ear.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes));
                let _ = line
                    .write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await;
            }
        });
        Self { host, heard }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

/// A provider of which only its host counts: calls to that are let through.
const LET_THROUGH: &str = r#"manifest: 1
key: wren
name: Wren
version: "1"
description: Opens the way to a host
module: kyc-wren
config: { properties: { level: { title: Level } } }
actions:
  - key: check
    label: Check
    category: Checks
    effect: read
    verified: assumed
    steps:
      - { name: check, request: { method: GET, url: "https://wren.example" } }
"#;

async fn desk_near(thief: &Thief) -> Desk {
    Desk::builder().without_worker().with_provider(LET_THROUGH, thief.host).open().await
}

async fn manager(firm: &Firm<'_>) -> Visitor {
    firm.visitor(BuiltInRole::Manager).await
}
