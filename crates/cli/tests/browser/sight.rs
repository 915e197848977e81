//! Ways of looking at the page on show. Each says what is wrong, one line for each fault, and leaves the page as it was.

use dossier_testkit::Browser;
use serde_json::{Value, json};

/// The most bytes that a page may bring at a first visit: its HTML, styles and scripts, as they are sent.
const MOST: u64 = 60_000;

/// Comes back when no transition that ends is running any more. It asks again and again, because an animation whose
/// element has gone never says that it has finished.
const SETTLED: &str = "return new Promise(done => {
    const runs = animation => animation.playState === 'running'
        && animation.effect.getComputedTiming().endTime !== Infinity;
    const look = () => document.getAnimations().some(runs) ? setTimeout(look, 16) : done(true);
    look();
})";

const CROWDED: &str = include_str!("sight/crowded.js");
const MOVING: &str = include_str!("sight/moving.js");
const UNFOCUSED: &str = include_str!("sight/unfocused.js");
const UNTOLD: &str = include_str!("sight/untold.js");
const WEIGHT: &str = include_str!("sight/weight.js");

/// What a reader has set in the system: media features by name.
pub(crate) async fn prefer(browser: &Browser, features: &[(&str, &str)]) {
    let features: Vec<Value> = features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await.unwrap();
    browser.run(SETTLED).await.unwrap();
}

/// Waits until colours and places have stopped to change.
pub(crate) async fn settled(browser: &Browser) {
    browser.run(SETTLED).await.unwrap();
}

/// Opens what is folded away; a menu would lie over the page.
pub(crate) async fn unfold(browser: &Browser) {
    browser.run("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true").await.unwrap();
}

/// WCAG 1.4.10: at this width nothing but a part with a scroller of its own goes beyond the edge.
pub(crate) async fn sideways(browser: &Browser, width: u32) -> Vec<String> {
    let widths = browser.run("return [document.scrollingElement.scrollWidth, innerWidth]").await.unwrap();
    let fits = widths[0].as_u64() <= Some(u64::from(width)) && widths[1].as_u64() == Some(u64::from(width));
    if fits { Vec::new() } else { vec![format!("scrolls sideways, {widths} at {width}")] }
}

/// Text that is cut off, sticks out of its box or stands on other text.
pub(crate) async fn crowded(browser: &Browser) -> Vec<String> {
    lines(browser, CROWDED, vec![json!(false)]).await
}

/// The same once a reader has set more space between lines, words and letters (WCAG 1.4.12).
pub(crate) async fn crowded_when_spaced(browser: &Browser) -> Vec<String> {
    lines(browser, CROWDED, vec![json!(true)]).await
}

/// That the reader wants no motion.
pub(crate) const CALM: (&str, &str) = ("prefers-reduced-motion", "reduce");

/// WCAG 2.3.3: what moves although the reader wants no motion, which is to be set before.
pub(crate) async fn moving(browser: &Browser) -> Vec<String> {
    lines(browser, MOVING, Vec::new()).await
}

/// Whether the window is the one in front, as it is for a reader: the focus is drawn in no other.
pub(crate) async fn in_front(browser: &Browser, is: bool) {
    browser.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": is })).await.unwrap();
}

/// WCAG 2.4.7: what takes the focus and does not show it.
pub(crate) async fn unfocused(browser: &Browser) -> Vec<String> {
    in_front(browser, true).await;
    let faults = lines(browser, UNFOCUSED, Vec::new()).await;
    in_front(browser, false).await;
    faults
}

/// That the reader has chosen a few colours for everything.
pub(crate) const FORCED: (&str, &str) = ("forced-colors", "active");

/// With the few colours that a reader has chosen, which are to be set before: focus that is not seen, and states that only a
/// background told.
pub(crate) async fn forced(browser: &Browser) -> Vec<String> {
    let mut faults = lines(browser, UNTOLD, Vec::new()).await;
    faults.extend(unfocused(browser).await);
    faults
}

/// What a page weighs at a first visit, and what it fetches elsewhere.
#[derive(Debug)]
pub(crate) struct Weight {
    /// Bytes of HTML, styles and scripts with their heads, as they are sent.
    bytes: u64,
    foreign: Vec<String>,
}

pub(crate) async fn weight(browser: &Browser) -> Weight {
    let found = browser.run(WEIGHT).await.unwrap();
    let foreign = found["foreign"].as_array().unwrap().iter().map(ToString::to_string).collect();
    Weight { bytes: found["bytes"].as_u64().unwrap(), foreign }
}

impl Weight {
    pub(crate) fn faults(&self) -> Vec<String> {
        let heavy = (self.bytes > MOST).then(|| format!("brings {} bytes", self.bytes));
        heavy.into_iter().chain(self.foreign.iter().map(|url| format!("fetches {url}"))).collect()
    }
}

async fn lines(browser: &Browser, script: &str, arguments: Vec<Value>) -> Vec<String> {
    let found = browser.client().execute(script, arguments).await.unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}
