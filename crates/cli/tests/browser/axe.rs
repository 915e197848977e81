//! What axe-core finds wrong with the page on show.

use std::path::{Path, PathBuf};
use std::process::Command;

use dossier_testkit::Browser;

const PACKAGE: &str = "axe-core@4.14.1";

/// The script, fetched with npm into the ignored folder of tools when it is not there yet.
pub(crate) fn script() -> String {
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

/// One line for each violation: the rule, and where.
pub(crate) async fn violations(browser: &Browser, script: &str) -> Vec<String> {
    if browser.run("return typeof axe").await.unwrap() == "undefined" {
        browser.run(script).await.unwrap();
    }
    let rules = "return axe.run(document, { preload: false, resultTypes: ['violations'] }).then(r => \
                 r.violations.map(v => v.id + ' at ' + v.nodes.map(n => n.target.join(' ')).join(', ')))";
    let found = browser.run(rules).await.unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}
