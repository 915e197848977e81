//! What a person does at the pages.

use dossier_testkit::browser::{BrowserError, Options};
use dossier_testkit::{Browser, Demo, Find};
use serde_json::json;
use tempfile::TempDir;

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");

/// The labels of the demo's roles.
pub(crate) const OPERATOR: &str = "KYC Operator";
pub(crate) const VIEWER: &str = "KYC Viewer";
pub(crate) const ADMINISTRATOR: &str = "Administrator";

/// An invented director, who is typed into the form.
pub(crate) const FIRST_NAME: &str = "Nomakhwezi";
pub(crate) const SURNAME: &str = "Ndabankulu-Roos";
pub(crate) const ID_NUMBER: &str = "9106125123089";
pub(crate) const EMAIL: &str = "nomakhwezi.roos@quagga.example";

/// A demo of the test's own, and someone in front of a browser.
pub(crate) struct Person {
    pub(crate) browser: Browser,
    pub(crate) demo: Demo,
    pub(crate) folder: TempDir,
}

type Done = Result<(), BrowserError>;

impl Person {
    pub(crate) async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let providers = folder.path().join("providers");
        std::fs::create_dir(&providers).unwrap();
        let demo = Demo::start(DOSSIER, &folder.path().join("data"), &["--providers", providers.to_str().unwrap()]);
        Self { browser: Browser::start(options).await.unwrap(), demo, folder }
    }

    /// Saves a manifest in the operator's folder.
    pub(crate) fn saves_provider(&self, name: &str, manifest: &str) {
        let folder = self.folder.path().join("providers").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("provider.yaml"), manifest).unwrap();
    }

    pub(crate) async fn opens(&self, path: &str) -> Done {
        self.browser.goto(&format!("{}{path}", self.demo.said.url)).await
    }

    pub(crate) async fn signs_in_as(&self, role: &str) -> Done {
        let user = self.demo.user(role);
        self.signs_in_with(&user.email, &user.password).await?;
        self.browser.find(Find::Words("KYC Requests")).await.map(drop)
    }

    pub(crate) async fn signs_in_with(&self, email: &str, password: &str) -> Done {
        self.opens("/sign-in").await?;
        self.browser.fill(Find::Label("E-mail address"), email).await?;
        self.browser.fill(Find::Label("Password"), password).await?;
        self.browser.click(Find::Button("Sign in")).await
    }

    pub(crate) async fn signs_out(&self) -> Done {
        self.browser.click(Find::Css("details.account > summary")).await?;
        self.browser.click(Find::Button("Sign out")).await?;
        self.browser.find(Find::Label("Password")).await.map(drop)
    }

    /// Makes a request, and stands before it.
    pub(crate) async fn makes_request(&self, reference: &str) -> Done {
        self.opens("/requests").await?;
        self.browser.click(Find::Link("New request")).await?;
        self.browser.fill(Find::Label("Reference"), reference).await?;
        self.browser.click(Find::Button("Create request")).await?;
        self.browser.find(Find::Words("No result yet")).await.map(drop)
    }

    /// Opens the form of Company KYC from the request on show.
    pub(crate) async fn chooses_company_kyc(&self) -> Done {
        self.browser.click(Find::Link("Run Company KYC")).await?;
        self.browser.find(Find::Label("Registration number")).await.map(drop)
    }

    pub(crate) async fn adds_director(&self, id_number: &str) -> Done {
        self.browser.click(Find::Button("Add director")).await?;
        self.browser.fill(Find::Label("First name"), FIRST_NAME).await?;
        self.browser.fill(Find::Label("Surname"), SURNAME).await?;
        self.browser.fill(Find::Label("ID number"), id_number).await?;
        self.browser.fill(Find::Css("[name='directors[0].EmailAddress']"), EMAIL).await
    }

    pub(crate) async fn sends_the_form(&self) -> Done {
        self.browser.click(Find::Css("form.form > footer > button")).await
    }

    /// The page as the browser has it.
    pub(crate) async fn source(&self) -> String {
        self.browser.client().source().await.unwrap()
    }

    /// Has this session cookie from now on.
    pub(crate) async fn holds_session(&self, token: &str) {
        let cookie =
            json!({ "name": "__Host-dossier", "value": token, "url": self.demo.said.url, "secure": true, "path": "/" });
        let set = self.browser.devtools("Network.setCookie", cookie).await.unwrap();
        assert_eq!(set["success"], true);
    }
}
