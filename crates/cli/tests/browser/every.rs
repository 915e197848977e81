//! Every page in every state, from the samples that the tests of pages have, in Chromium.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use dossier_testkit::Browser;
use dossier_testkit::browser::Options;
use dossier_testkit::picture::{ImageFormat, picture};
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;

use crate::samples::{Sample, all};
use crate::sight::{CALM, FORCED};
use crate::{axe, sight};

const DESK: (u32, u32) = (1280, 900);
/// A desk at 200 %.
const ENLARGED: (u32, u32) = (640, 450);
/// A desk at 400 %.
const NARROW: (u32, u32) = (320, 640);

/// The samples as a server has them, packed as it packs them.
async fn served(samples: &Arc<Vec<Sample>>) -> String {
    let page = async |Path(name): Path<String>, State(samples): State<Arc<Vec<Sample>>>| {
        let found = samples.iter().find(|sample| sample.name == name);
        found.map(|sample| Html(sample.html.clone())).ok_or(StatusCode::NOT_FOUND)
    };
    let image = async || ([("content-type", "image/jpeg")], picture(1_200, 1_600, ImageFormat::Jpeg));
    let router = Router::new()
        .route("/samples/{name}", get(page))
        .route("/assets/{file}", get(dossier_web::assets::serve))
        .route("/requests/{request}/files/{file}/image", get(image))
        // Nothing happens here: a stream that ends at once, and is not tried again for a while.
        .route("/events", get(async || StatusCode::NO_CONTENT))
        .layer(CompressionLayer::new())
        .with_state(Arc::clone(samples));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Looks at the sample on show in every way, and says what is wrong. The reader wants no motion, so that nothing has to be
/// waited for.
async fn look(browser: &Browser, sample: &Sample) -> Vec<String> {
    let mut faults = sight::moving(browser).await;
    faults.extend(sight::weight(browser).await.faults());
    let held = browser.run("return document.activeElement.className").await.unwrap();
    if sample.refused && held != "error-summary" {
        faults.push(format!("what was refused is not where the reader is, but {held}"));
    }
    faults.extend(axe::violations(browser, axe::Rules::All).await);
    sight::prefer(browser, &[CALM, ("prefers-color-scheme", "dark")]).await;
    sight::unfold(browser).await;
    faults.extend(axe::violations(browser, axe::Rules::All).await.into_iter().map(|fault| format!("dark: {fault}")));
    sight::prefer(browser, &[CALM, FORCED]).await;
    faults.extend(sight::forced(browser).await.into_iter().map(|fault| format!("forced colours: {fault}")));
    sight::prefer(browser, &[CALM]).await;
    faults.extend(sight::unfocused(browser).await);
    for size in [DESK, ENLARGED, NARROW] {
        browser.resize(size.0, size.1).await.unwrap();
        faults.extend(sight::sideways(browser, size.0).await);
        let close = [sight::crowded(browser).await, sight::crowded_when_spaced(browser).await].concat();
        faults.extend(close.into_iter().map(|fault| format!("{} px: {fault}", size.0)));
    }
    let complaints = browser.complaints().await.unwrap();
    // Files that a sample only names are not there, and a hostile date is none.
    let expected = ["Failed to load resource", "does not conform to the required format"];
    faults.extend(complaints.into_iter().filter(|said| !expected.iter().any(|words| said.contains(words))));
    faults
}

/// Looks at each sample that is left, and says what is wrong with all of them.
async fn rest(url: &str, left: &Mutex<std::slice::Iter<'_, Sample>>) -> String {
    let browser = Browser::start(Options::default()).await.unwrap();
    axe::everywhere(&browser).await;
    let mut faults = String::new();
    loop {
        let Some(sample) = left.lock().unwrap().next() else { return faults };
        browser.resize(DESK.0, DESK.1).await.unwrap();
        browser.goto(&format!("{url}/samples/{}", sample.name)).await.unwrap();
        sight::prefer(&browser, &[CALM]).await;
        for fault in look(&browser, sample).await {
            writeln!(faults, "{}: {fault}", sample.name).unwrap();
        }
    }
}

/// Two browsers at once: one waits while the other works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_in_every_state_is_sound_to_whoever_reads_it() {
    let samples = Arc::new(all());
    let url = served(&samples).await;
    let left = Mutex::new(samples.iter());
    let (one, other) = tokio::join!(rest(&url, &left), rest(&url, &left));
    let faults = one + &other;
    assert!(faults.is_empty(), "{} faults on {} pages:\n{faults}", faults.lines().count(), samples.len());
}

/// The control of all of the above: a page with each fault, and each way of looking finds it.
#[tokio::test]
async fn each_way_of_looking_finds_what_it_is_for() {
    const PAGE: &str = r##"<!doctype html><html lang="en"><title>Faults</title>
        <style>
            @keyframes turn { to { rotate: 1turn } }
            .turns { animation: turn 1s linear infinite }
            .cut { block-size: 18px; inline-size: 9ch; line-height: 16px; font-family: monospace; overflow: hidden; white-space: nowrap }
            p { margin: 0 } .on { margin-block-start: -14px }
            .dull:focus { outline: none }
            nav a { color: black; text-decoration: none } nav a[aria-current] { background: gold }
            .faint { color: #aaa } .wide { inline-size: 1400px }
            .small { display: inline-block; inline-size: 10px; block-size: 10px; padding: 0; border: 0 }
        </style>
        <main><h1>Faults</h1>
        <p class="faint">Hardly read</p><div class="turns">Turns</div><div class="cut">Just fits</div>
        <p>One line</p><p class="on">Another on it</p>
        <nav><a href="#1">One</a> <a href="#2" aria-current="page">Two</a></nav>
        <a class="dull" href="#3">Dull</a><div class="wide">Wide</div>
        <button class="small" aria-label="a"></button><button class="small" aria-label="b"></button>
        <span class="pill">Edgeless</span></main>
        <script src="http://127.0.0.1:9/elsewhere.js"></script>"##;
    let faulty = Sample { name: "faults".to_owned(), html: PAGE.to_owned(), refused: false };
    let heavy = Sample { name: "heavy".to_owned(), html: noise(150_000), refused: false };
    let url = served(&Arc::new(vec![faulty, heavy])).await;
    let browser = Browser::start(Options::default()).await.unwrap();
    let finds = |found: Vec<String>, words: &str| {
        assert!(found.iter().any(|fault| fault.contains(words)), "“{words}” in {found:?}");
    };
    axe::everywhere(&browser).await;
    browser.goto(&format!("{url}/samples/faults")).await.unwrap();
    finds(axe::violations(&browser, axe::Rules::All).await, "target-size");
    finds(axe::violations(&browser, axe::Rules::Contrast).await, "color-contrast");
    finds(sight::sideways(&browser, DESK.0).await, "scrolls sideways");
    finds(sight::crowded(&browser).await, "stands on");
    let cut = |found: &[String]| found.iter().any(|fault| fault.starts_with("cut off") && fault.contains("Just fits"));
    assert!(!cut(&sight::crowded(&browser).await), "only more space cuts it off");
    assert!(cut(&sight::crowded_when_spaced(&browser).await));
    let unfocused = sight::unfocused(&browser).await;
    assert_eq!(unfocused.len(), 1, "{unfocused:?}");
    finds(unfocused, "the focus is not seen: a “Dull”");
    sight::prefer(&browser, &[FORCED]).await;
    let forced = sight::forced(&browser).await;
    finds(forced.clone(), "not chosen: a “Two”");
    finds(forced, "no edge: pill");
    sight::prefer(&browser, &[CALM]).await;
    finds(sight::moving(&browser).await, "div.turns moves");
    finds(sight::weight(&browser).await.faults(), "elsewhere.js");
    browser.goto(&format!("{url}/samples/heavy")).await.unwrap();
    finds(sight::weight(&browser).await.faults(), "brings");
}

/// A page of so many bytes that can hardly be packed.
fn noise(bytes: usize) -> String {
    let mut state = 7_u32;
    let mut page = String::from("<!doctype html><html lang=\"en\"><title>Heavy</title><p>");
    while page.len() < bytes {
        // A linear congruential generator (Numerical Recipes, 7.1).
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        write!(page, "{:08x}", state.rotate_left(11)).unwrap();
    }
    page
}
