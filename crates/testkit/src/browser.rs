//! A real browser for the tests of pages: Chromium, driven through chromedriver.
//!
//! Each [`Browser`] is a chromedriver, a Chromium and an empty profile of its own; nothing is shared and nothing is left behind. It resolves no name
//! but `localhost`: a page that reaches for something elsewhere does so in vain, and [`Browser::complaints`] tells. Every method that looks for something waits until it is there, and
//! says at which address it waited in vain; nothing waits for time to pass.
//!
//! It knows `WebDriver` and no page of ours: sign in, fill and read by the words that a person sees.

mod driver;
mod find;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use self::driver::{Driver, Profile, capabilities};
pub use self::find::Find;

/// How long anything may take to appear.
const PATIENCE: Duration = Duration::from_secs(15);
/// The pause between two looks.
const PACE: Duration = Duration::from_millis(40);

/// What kind of reader opens the pages.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `false` switches scripts off in the browser's settings, as a person would.
    pub javascript: bool,
    /// The system's preference that pages see as `prefers-color-scheme: dark`.
    pub dark: bool,
    /// Width of the page, in CSS pixels; under 600 the browser behaves as a phone's does.
    pub width: u32,
    /// Height of the window, in CSS pixels.
    pub height: u32,
}

impl Default for Options {
    /// A light desk with scripts, 1280 × 900.
    fn default() -> Self {
        Self { javascript: true, dark: false, width: 1280, height: 900 }
    }
}

/// What could not be done, at which address, and the browser's own words.
#[derive(Debug)]
pub struct BrowserError(String);

impl fmt::Display for BrowserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BrowserError {}

/// A browser with one window, on its own profile; ended and removed on drop.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // Fields drop in this order: the driver ends the browser before its profile goes.
    _driver: Driver,
    _profile: Profile,
}

impl Browser {
    /// Starts chromedriver on a free loopback port, and Chromium with an empty profile.
    pub async fn start(options: Options) -> Result<Self, BrowserError> {
        let profile = Profile::new()?;
        let driver = Driver::start(profile.path()).await?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(options, profile.path()))
            .connect(&driver.url)
            .await
            .map_err(|error| BrowserError(format!("Chromium did not start: {error}")))?;
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.resize(options.width, options.height).await?;
        if options.dark {
            let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
            browser.devtools("Emulation.setEmulatedMedia", dark).await?;
        }
        Ok(browser)
    }

    /// Ends the browser and waits until it has gone; dropping it ends it too.
    pub async fn close(self) -> Result<(), BrowserError> {
        self.client.clone().close().await.map_err(|error| BrowserError(format!("the browser did not close: {error}")))
    }

    /// The `WebDriver` session, for what this harness has no word for.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address, and returns when the page has loaded.
    pub async fn goto(&self, url: &str) -> Result<(), BrowserError> {
        self.client.goto(url).await.map_err(|error| BrowserError(format!("could not open {url}: {error}")))
    }

    /// Path and query of the page on show, such as `/requests?status=pending`.
    pub async fn path(&self) -> Result<String, BrowserError> {
        let url = self.client.current_url().await.map_err(|error| BrowserError(format!("no address: {error}")))?;
        Ok(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    /// Waits until it is there and visible.
    pub async fn find(&self, what: Find<'_>) -> Result<Element, BrowserError> {
        self.on(what, "find", async |element| Ok(element)).await
    }

    /// Whether it is there and visible now, without waiting.
    pub async fn has(&self, what: Find<'_>) -> Result<bool, BrowserError> {
        match what.first_visible(&self.client).await {
            Ok(found) => Ok(found.is_some()),
            Err(error) if not_yet(&error) => Ok(false),
            Err(error) => Err(self.fault(&format!("look for {what}"), &error).await),
        }
    }

    /// Clicks it, once it is there and can be clicked.
    pub async fn click(&self, what: Find<'_>) -> Result<(), BrowserError> {
        self.on(what, "click", async |element| element.click().await).await
    }

    /// Replaces what stands in a text field by typing.
    pub async fn fill(&self, what: Find<'_>, text: &str) -> Result<(), BrowserError> {
        self.on(what, "fill", async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await
    }

    /// Chooses an option of a drop-down by its words.
    pub async fn choose(&self, what: Find<'_>, option: &str) -> Result<(), BrowserError> {
        self.on(what, "choose in", async |element| element.select_by_label(option).await).await
    }

    /// Its text as it is rendered.
    pub async fn text(&self, what: Find<'_>) -> Result<String, BrowserError> {
        self.on(what, "read", async |element| element.text().await).await
    }

    /// Waits until the condition holds; `what` completes the sentence "waited in vain until …".
    pub async fn wait_for(
        &self,
        what: &str,
        condition: impl AsyncFn(&Client) -> Result<bool, CmdError>,
    ) -> Result<(), BrowserError> {
        let doing = format!("wait until {what}");
        self.until(&doing, async || Ok(condition(&self.client).await?.then_some(()))).await
    }

    /// Runs a script in the page as the body of a function, and returns what it returns.
    pub async fn run(&self, script: &str) -> Result<Value, BrowserError> {
        match self.client.execute(script, Vec::new()).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.fault("run a script", &error).await),
        }
    }

    /// Lays the page out anew at this size, in CSS pixels: 390 × 844 is a phone.
    pub async fn resize(&self, width: u32, height: u32) -> Result<(), BrowserError> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    /// Writes a picture of the whole page, as a PNG; folders on the way are made.
    pub async fn screenshot(&self, path: &Path) -> Result<(), BrowserError> {
        let sizes = self.run("return [innerWidth, innerHeight, document.documentElement.scrollHeight]").await?;
        let size = |n: usize| sizes[n].as_u64().and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(1);
        self.resize(size(0), size(2).max(size(1))).await?;
        let picture = self.client.screenshot().await;
        self.resize(size(0), size(1)).await?;
        let written = |error: std::io::Error| BrowserError(format!("could not write {}: {error}", path.display()));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(written)?;
        }
        match picture {
            Ok(bytes) => std::fs::write(path, bytes).map_err(written),
            Err(error) => Err(self.fault("take a picture", &error).await),
        }
    }

    /// What the console has said since it was last asked, from warnings up: scripts that threw, files that are missing, and what the content
    /// security policy refused.
    pub async fn complaints(&self) -> Result<Vec<String>, BrowserError> {
        let entries = self.extension("se/log", json!({ "type": "browser" })).await?;
        let serious = |entry: &&Value| matches!(entry["level"].as_str(), Some("WARNING" | "SEVERE"));
        let words = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        Ok(entries.as_array().into_iter().flatten().filter(serious).map(words).collect())
    }

    /// Sends one command of the Chrome `DevTools` protocol, and returns its result.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, BrowserError> {
        self.extension("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    async fn extension(&self, path: &'static str, body: Value) -> Result<Value, BrowserError> {
        match self.client.issue_cmd(Extension { path, body }).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.fault(path, &error).await),
        }
    }

    async fn on<T>(
        &self,
        what: Find<'_>,
        doing: &str,
        act: impl AsyncFn(Element) -> Result<T, CmdError>,
    ) -> Result<T, BrowserError> {
        let doing = format!("{doing} {what}");
        self.until(&doing, async || match what.first_visible(&self.client).await? {
            Some(element) => act(element).await.map(Some),
            None => Ok(None),
        })
        .await
    }

    async fn until<T>(
        &self,
        doing: &str,
        look: impl AsyncFn() -> Result<Option<T>, CmdError>,
    ) -> Result<T, BrowserError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = match look().await {
                Ok(Some(done)) => return Ok(done),
                Ok(None) => "it did not come in time".to_owned(),
                Err(error) if not_yet(&error) => error.to_string(),
                Err(error) => return Err(self.fault(doing, &error).await),
            };
            if Instant::now() > deadline {
                return Err(self.fault(doing, &seen).await);
            }
            sleep(PACE).await;
        }
    }

    async fn fault(&self, doing: &str, why: &dyn fmt::Display) -> BrowserError {
        let place = self.path().await.unwrap_or_else(|_| "no page".into());
        BrowserError(format!("could not {doing} at {place}: {why}"))
    }
}

/// Whether the page was only changing while it was asked, so that nothing has been done yet.
fn not_yet(error: &CmdError) -> bool {
    matches!(error, CmdError::Standard(refusal) if matches!(
        refusal.error,
        ErrorStatus::NoSuchElement
            | ErrorStatus::StaleElementReference
            | ErrorStatus::ElementNotInteractable
            | ErrorStatus::ElementClickIntercepted
    ))
}

/// A command of chromedriver beyond the standard, below the session's address.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
