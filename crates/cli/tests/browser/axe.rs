//! What axe-core finds wrong with the page on show.

use std::path::{Path, PathBuf};
use std::process::Command;

use dossier_testkit::Browser;
use serde_json::json;

const PACKAGE: &str = "axe-core@4.14.1";

/// The script, fetched with npm into the ignored folder of tools when it is not there yet.
fn script() -> String {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/npm");
    let path: PathBuf = tools.join("node_modules/axe-core/axe.min.js");
    if !path.exists() {
        std::fs::create_dir_all(&tools).unwrap();
        let install = Command::new("npm")
            .args(["install", PACKAGE, "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(&tools)
            .status();
        assert!(
            install.is_ok_and(|status| status.success()),
            "axe-core checks the pages, and npm could not fetch it: install npm (Debian package npm) and run again"
        );
    }
    std::fs::read_to_string(path).unwrap()
}

/// Which rules are asked for.
#[derive(Clone, Copy)]
pub(crate) enum Rules {
    /// All of them, and that of WCAG 2.2 for the size of targets, which axe-core leaves off by default.
    All,
    /// The one that depends on colours alone.
    Contrast,
}

/// Has axe-core on every page that the browser opens from now on.
pub(crate) async fn everywhere(browser: &Browser) {
    browser.devtools("Page.enable", json!({})).await.unwrap();
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script() })).await.unwrap();
}

/// One line for each violation: the rule, and where.
pub(crate) async fn violations(browser: &Browser, rules: Rules) -> Vec<String> {
    if browser.run("return typeof axe").await.unwrap() == "undefined" {
        browser.run(&script()).await.unwrap();
    }
    let rules = match rules {
        Rules::All => "rules: { 'target-size': { enabled: true } }",
        Rules::Contrast => "runOnly: ['color-contrast']",
    };
    let found = browser
        .run(&format!(
            "return axe.run(document, {{ preload: false, resultTypes: ['violations'], {rules} }}).then(r => \
             r.violations.map(v => v.id + ' at ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
        ))
        .await
        .unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}
