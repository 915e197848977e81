//! Forms that branch and carry files, of a provider of the test's own.

use std::path::{Path, PathBuf};

use dossier_domain::{BuiltInRole, RequestId};
use dossier_testkit::browser::Options;
use dossier_testkit::{Browser, Desk, Find};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::pages::look;
use crate::portal::Portal;

const MANIFEST: &str = r#"manifest: 1
key: lens
name: Lens
version: "1"
description: Looks at documents
module: kyc-lens
config: { required: [url], properties: { url: { title: URL, format: uri } } }
actions:
  - key: inspect
    label: Start a workflow
    category: Workflow
    effect: write
    charged: true
    verified: assumed
    params:
      required: [workflow]
      properties:
        workflow: { title: Workflow, description: What Lens checks. Each asks for other things., oneOf: [{ const: paper, title: Document check }, { const: person, title: Identity check }] }
        reference: { title: Reference, x-default: "=request.reference" }
      allOf:
        - if: { properties: { workflow: { const: paper } } }
          then:
            required: [front]
            properties:
              IDNumber: { title: ID number, format: za-id }
              front: { title: Front of the document, description: "The side with the photo, all four corners in the picture.", format: file, x-types: [image/png, image/jpeg] }
              more: { title: Other documents, type: array, maxItems: 3, items: { type: string, format: file } }
              settings: { title: Settings, x-widget: json, x-group: Advanced }
        - if: { properties: { workflow: { const: person } } }
          then:
            required: [IDNumber, checks]
            properties:
              IDNumber: { title: ID number, format: za-id }
              checks: { title: Checks, description: Each is billed on its own., type: array, items: { type: string, enum: [Identity, Address, Sanctions and watch lists, Credit record] } }
    steps:
      - { name: sent, request: { method: POST, url: "{config.url}/nowhere", body: { multipart: [{ name: front, file: "=params.front" }] } } }
"#;

/// The button that sends the form.
pub(crate) const SEND: &str = "form.form > footer > button";

/// An action whose form is looked at.
pub(crate) struct Form {
    pub(crate) manifest: &'static str,
    /// The key of the provider; its module is `kyc-` and the same.
    pub(crate) provider: &'static str,
    pub(crate) action: &'static str,
}

pub(crate) const INSPECT: Form = Form { manifest: MANIFEST, provider: "lens", action: "inspect" };

/// A person before the form of an action, and a provider whom nobody hears.
pub(crate) struct Bench {
    pub(crate) browser: Browser,
    desk: Desk,
    pub(crate) request: RequestId,
    portal: Portal,
    folder: TempDir,
}

impl Bench {
    async fn open(options: Options) -> Self {
        Self::at(INSPECT, options).await
    }

    pub(crate) async fn at(form: Form, options: Options) -> Self {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let desk = Desk::builder().with_provider(form.manifest, nobody).open().await;
        let portal = Portal::open(&desk.app, "127.0.0.1:0").await;
        let (request, browser) = {
            let mut firm = desk.firm("Protea Ridge Bank").await;
            let module = format!("kyc-{}", form.provider);
            firm.take_up(form.provider, &module, json!({ "url": format!("http://{nobody}") })).await;
            let request = firm.request("Kwantu Solar Components (Pty) Ltd").await;
            let path = format!("/requests/{request}/actions/{}", form.action);
            (request, portal.person_with(options, &firm, BuiltInRole::Operator, &path).await)
        };
        Self { browser, desk, request, portal, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn close(self) {
        self.browser.close().await.unwrap();
        self.portal.close().await;
        self.desk.close().await;
    }

    /// A picture: what the browser shows just now.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        self.browser.screenshot(&path).await.unwrap();
        path
    }

    pub(crate) async fn chooses_file(&self, label: &str, path: &Path) {
        let input = self.browser.find(Find::Label(label)).await.unwrap();
        input.send_keys(path.to_str().unwrap()).await.unwrap();
    }

    pub(crate) async fn sees(&self, what: Find<'_>) {
        self.browser.find(what).await.unwrap();
    }
}

/// ACT-3
#[tokio::test]
async fn with_scripts_a_choice_changes_the_form_in_place_and_files_are_shown_before_they_are_sent() {
    let bench = Bench::open(Options::default()).await;
    let mut faults = Vec::new();
    let pictures = std::env::var_os("DOSSIER_SCREENSHOTS").map(PathBuf::from);
    let pictures = pictures.as_deref();
    let browser = &bench.browser;
    look(browser, pictures, "form-branches", &mut faults).await;

    browser.choose(Find::Label("Workflow"), "Identity check").await.unwrap();
    bench.sees(Find::Words("Sanctions and watch lists")).await;
    let focused = browser.run("return document.activeElement.name").await.unwrap();
    assert_eq!(focused, "workflow", "the reader stays where the choice was made");
    browser.fill(Find::Label("ID number"), "800101500908").await.unwrap();
    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Words("This one has 12.")).await;
    look(browser, pictures, "form-choices-refused", &mut faults).await;

    browser.choose(Find::Label("Workflow"), "Document check").await.unwrap();
    bench.sees(Find::Words("Front of the document")).await;
    let kept = browser.run("return document.querySelector('[name=IDNumber]').value").await.unwrap();
    assert_eq!(kept, "800101500908", "what was typed for one choice stands in the other");
    let (one, two) = (bench.picture("ID card of Nomvula.png").await, bench.picture("Proof of address.png").await);
    bench.chooses_file("Front of the document", &one).await;
    bench.chooses_file("Other documents", &two).await;
    bench.sees(Find::Css("canvas.thumb")).await;
    bench.sees(Find::Button("Remove ID card of Nomvula.png")).await;
    look(browser, pictures, "form-files", &mut faults).await;

    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Words("This one has 12.")).await;
    bench.sees(Find::Css("button[name=_drop][value^='front ']")).await;
    look(browser, pictures, "form-files-kept", &mut faults).await;
    browser.click(Find::Button("Remove Proof of address.png")).await.unwrap();
    assert!(!browser.has(Find::Css("button[name=_drop][value^='more ']")).await.unwrap());
    browser.choose(Find::Label("Workflow"), "Identity check").await.unwrap();
    bench.sees(Find::Words("Sanctions and watch lists")).await;
    browser.choose(Find::Label("Workflow"), "Document check").await.unwrap();
    bench.sees(Find::Css("button[name=_drop][value^='front ']")).await;
    assert!(!browser.has(Find::Css(".error-summary")).await.unwrap(), "what was wrong before is out of date");
    let blank = "return [...document.querySelectorAll('use')].filter(u => !document.querySelector(u.getAttribute('href'))).length";
    assert_eq!(browser.run(blank).await.unwrap(), 0, "every icon is there");
    assert_eq!(faults, [""; 0]);
}

/// ACT-3
#[tokio::test]
async fn without_scripts_the_same_form_is_filled_in_steps() {
    let bench = Bench::open(Options { javascript: false, ..Options::default() }).await;
    let browser = &bench.browser;
    browser.choose(Find::Label("Workflow"), "Identity check").await.unwrap();
    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Words("Sanctions and watch lists")).await;
    browser.choose(Find::Label("Workflow"), "Document check").await.unwrap();
    browser.click(Find::Button("Change Workflow")).await.unwrap();
    bench.sees(Find::Words("Front of the document")).await;
    browser.fill(Find::Label("ID number"), "1").await.unwrap();
    let picture = bench.picture("ID card.png").await;
    bench.chooses_file("Front of the document", &picture).await;
    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Button("Remove ID card.png")).await;
    browser.fill(Find::Label("ID number"), "8001015009087").await.unwrap();
    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Css("a[href$='/logs']")).await;
    let path = browser.path().await.unwrap();
    assert!(path.starts_with(&format!("/requests/{}?run=", bench.request)), "{path}");
    bench.close().await;
}
