//! Starts chromedriver, and says how it is to start Chromium.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;

use fantoccini::wd::Capabilities;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::{BrowserError, Options, PACE, PATIENCE};

/// A chromedriver of our own. Its output stays open, since it would be ended by writing to a closed pipe.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) url: String,
    _process: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    /// Starts one whose temporary files, and those of its browser, go to `folder`.
    pub(super) async fn start(folder: &Path) -> Result<Self, BrowserError> {
        let failed = |why: &dyn fmt::Display| BrowserError(format!("chromedriver did not start: {why}"));
        // Port 0: the system hands out a free one, and chromedriver says which.
        let mut process = Command::new("chromedriver")
            .args(["--port=0", "--log-level=WARNING"])
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&error))?;
        let output = process.stdout.take().ok_or_else(|| failed(&"it has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let port = timeout(PATIENCE, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    return port.trim_end_matches('.').parse::<u16>().ok();
                }
            }
            None
        });
        let port = port.await.ok().flatten().ok_or_else(|| failed(&"it named no port"))?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), _process: process, _output: lines })
    }
}

/// What Chromium is told: where its profile is, to stay on this machine, and whether scripts run.
pub(super) fn capabilities(options: Options, profile: &Path) -> Capabilities {
    let mut flags: Vec<String> = [
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        // Through a pipe the browser notices the end of its driver and goes too, whatever ended the test.
        "--remote-debugging-pipe",
    ]
    .map(Into::into)
    .into();
    flags.push(format!("--user-data-dir={}", profile.display()));
    flags.push(format!("--window-size={},{}", options.width, options.height));
    // Chromium's sandbox refuses to be started by root.
    if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        flags.push("--no-sandbox".into());
    }
    let mut chrome = json!({ "args": flags });
    if !options.javascript {
        chrome["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".into(), chrome);
    capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
    capabilities
}

/// The browser's own folder.
#[derive(Debug)]
pub(super) struct Profile(TempDir);

impl Profile {
    pub(super) fn new() -> Result<Self, BrowserError> {
        let folder = tempfile::Builder::new().prefix("dossier-browser-").tempdir();
        folder.map(Self).map_err(|error| BrowserError(format!("no folder for the profile: {error}")))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Profile {
    /// A browser on its way out still writes to its folder: removing it holds when it is gone at two looks running.
    fn drop(&mut self) {
        let mut gone = 0;
        for _ in 0..100 {
            let _ = std::fs::remove_dir_all(self.path());
            gone = if self.path().exists() { 0 } else { gone + 1 };
            if gone == 2 {
                return;
            }
            std::thread::sleep(PACE);
        }
    }
}
