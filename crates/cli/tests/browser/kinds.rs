//! A form with a field of every kind, as a reader with scripts fills it in. What it does without them stands beside the pages.

use dossier_testkit::browser::Options;
use dossier_testkit::{Browser, Find};
use serde_json::{Value, json};

use crate::forms::{Bench, Form, SEND};
use crate::pages::look;

const KINDS: Form = Form {
    manifest: r#"manifest: 1
key: kinds
name: Kinds
version: "1"
description: A field of every kind
module: kyc-kinds
config: { required: [url], properties: { url: { title: URL, format: uri } } }
actions:
  - key: all
    label: All kinds
    category: Things
    effect: write
    verified: assumed
    params:
      required: [text, way]
      properties:
        text: { title: Text, maxLength: 20 }
        long: { title: Long text, x-widget: textarea }
        settings: { title: Settings, x-widget: json }
        mail: { title: E-mail address, format: email }
        phone: { title: Phone number, format: phone }
        page: { title: Page, format: uri }
        count: { title: Count, type: integer, minimum: 1, maximum: 9 }
        score: { title: Score, type: number }
        born: { title: Date of birth, format: date }
        agreed: { title: Agreed, type: boolean }
        kind: { title: Kind, enum: [sms, mail] }
        topics: { title: Topics, type: array, items: { type: string, enum: [a, b, c] }, maxItems: 2 }
        paper: { title: Paper, format: file, x-types: [image/png] }
        way: { title: Way, enum: [post, courier] }
        directors:
          title: Directors
          type: array
          minItems: 1
          maxItems: 3
          items: { properties: { name: { title: Name }, number: { title: ID number, format: za-id } } }
      allOf:
        - if: { properties: { way: { const: post } } }
          then: { required: [box], properties: { box: { title: Box } } }
        - if: { properties: { way: { const: courier } } }
          then: { required: [street], properties: { street: { title: Street } } }
    steps:
      - { name: sent, request: { method: POST, url: "{config.url}/nowhere", body: { multipart: [{ name: paper, file: "=params.paper" }] } } }
"#,
    provider: "kinds",
    action: "all",
};

/// What is typed wrongly, by field, and what its error says.
const WRONG: &[(&str, &str)] = &[
    ("text", "More than the twenty characters that fit"),
    ("settings", "{\"a\": }"),
    ("mail", "nobody"),
    ("phone", "call me"),
    ("page", "karoo.example"),
    ("count", "ten"),
    ("score", "much"),
    ("directors[0].number", "123"),
];

async fn asks(browser: &Browser, script: &str) -> Value {
    browser.run(&format!("return {script}")).await.unwrap()
}

async fn fills(browser: &Browser, name: &str, text: &str) {
    browser.fill(Find::Css(&format!("form.form [name='{name}']")), text).await.unwrap();
}

/// The name of the field with the focus, or the words of the button.
async fn focused(browser: &Browser) -> String {
    let script =
        "(f => f.getAttribute('aria-label') ?? f.getAttribute('name') ?? f.textContent.trim())(document.activeElement)";
    asks(browser, script).await.as_str().unwrap_or_default().to_owned()
}

/// ACT-3
#[tokio::test]
async fn with_scripts_a_form_of_every_kind_is_checked_changed_and_kept() {
    let bench = Bench::at(KINDS, Options::default()).await;
    let browser = &bench.browser;
    let mut faults = Vec::new();
    browser.choose(Find::Label("Way"), "post").await.unwrap();
    bench.sees(Find::Label("Box")).await;
    assert_eq!(focused(browser).await, "way", "the reader stays where the choice was made");

    // JSON is checked while one types, for eyes and ears.
    let settings = "document.querySelector('[name=settings]')";
    fills(browser, "settings", "{\"deep\": ").await;
    bench.sees(Find::Words("Not JSON yet")).await;
    assert_eq!(asks(browser, &format!("{settings}.getAttribute('aria-invalid')")).await, "true");
    let told = format!(
        "{settings}.getAttribute('aria-describedby').split(' ').map(i => document.getElementById(i)).some(n => n.ariaLive === 'polite')"
    );
    assert_eq!(asks(browser, &told).await, true, "the note is read with the field");
    fills(browser, "settings", "{\"deep\": [1]}").await;
    bench.sees(Find::Words("Reads as JSON.")).await;
    assert_eq!(asks(browser, &format!("{settings}.hasAttribute('aria-invalid')")).await, false);

    // Rows come and go, and the focus with them.
    let rows = "document.querySelectorAll('.entry').length";
    let first = asks(browser, rows).await.as_u64().unwrap();
    for at in first..3 {
        browser.click(Find::Css("button[name=_add]")).await.unwrap();
        assert_eq!(focused(browser).await, format!("directors[{at}].name"), "a new row is where one goes on");
    }
    assert_eq!(asks(browser, rows).await, 3);
    assert!(!browser.has(Find::Css("button[name=_add]")).await.unwrap(), "no more than three");
    for (at, name) in ["Ayanda", "Bongani", "Cebile"].into_iter().enumerate() {
        fills(browser, &format!("directors[{at}].name"), name).await;
    }
    browser.click(Find::Css("[name=_remove][value='directors[1]']")).await.unwrap();
    assert_eq!(focused(browser).await, "directors[1].name", "the next row has taken its place");
    assert_eq!(asks(browser, "document.activeElement.value").await, "Cebile");
    browser.click(Find::Css("[name=_remove][value='directors[1]']")).await.unwrap();
    assert_eq!(focused(browser).await, "_add", "after the last row one may add another");
    assert!(!browser.has(Find::Css("button[name=_remove]")).await.unwrap(), "the last one stays");
    let said = "document.querySelector('body > p[role=status]').textContent";
    assert_eq!(asks(browser, said).await, "1 in the list");

    // A file is shown before it is sent.
    let picture = bench.picture("Paper.png").await;
    bench.chooses_file("Paper", &picture).await;
    bench.sees(Find::Css("canvas.thumb")).await;
    bench.sees(Find::Button("Remove Paper.png")).await;

    // All of it wrong at once: nothing is lost, and each line of the summary leads to its field.
    for (name, text) in WRONG {
        fills(browser, name, text).await;
    }
    fills(browser, "long", "Two\nlines").await;
    browser.click(Find::Label("Agreed")).await.unwrap();
    browser.click(Find::Label("b")).await.unwrap();
    browser.choose(Find::Label("Kind"), "mail").await.unwrap();
    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Css(".error-summary")).await;
    look(browser, None, "form-kinds-refused", &mut faults).await;
    assert_eq!(asks(browser, "document.activeElement.className").await, "error-summary", "it is read out first");
    let count = asks(browser, "document.querySelectorAll('.error-summary a').length").await.as_u64().unwrap();
    // Those above, and the box.
    assert_eq!(count, WRONG.len() as u64 + 1);
    for at in 1..=count {
        browser.click(Find::Css(&format!(".error-summary li:nth-child({at}) a"))).await.unwrap();
        let leads = format!(
            "(link => [document.activeElement.id === decodeURIComponent(link.hash.slice(1)), document.activeElement.ariaInvalid, link.hash])(document.querySelector('.error-summary li:nth-child({at}) a'))"
        );
        let led = asks(browser, &leads).await;
        assert_eq!((&led[0], &led[1]), (&json!(true), &json!("true")), "{led}");
    }
    for (name, text) in WRONG {
        let kept = asks(browser, &format!("document.querySelector(`[name='{name}']`).value")).await;
        assert_eq!(kept, *text, "{name} is still there");
    }
    let others = asks(browser, "(f => [f.long.value, f.agreed.checked, f.kind.value, f.way.value, [...f.querySelectorAll('[type=checkbox][name=topics]')].map(t => t.checked), f['directors[0].name'].value])(document.querySelector('form.form'))").await;
    assert_eq!(others, json!(["Two\nlines", true, "mail", "post", [false, true, false], "Ayanda"]));
    bench.sees(Find::Button("Remove Paper.png")).await;

    // Another choice keeps them too.
    browser.choose(Find::Label("Way"), "courier").await.unwrap();
    bench.sees(Find::Label("Street")).await;
    bench.sees(Find::Css("button[name=_drop][value^='paper ']")).await;
    assert_eq!(asks(browser, "document.querySelector('[name=mail]').value").await, "nobody");

    let right = [
        ("text", "Kwantu"),
        ("settings", "{}"),
        ("mail", "sipho@kwantu.example"),
        ("phone", "+27 82 123 4567"),
        ("page", "https://karoo.example/terms"),
        ("count", "3"),
        ("score", "12.5"),
        ("directors[0].number", "8001015009087"),
        ("street", "Long Street 1"),
    ];
    for (name, text) in right {
        fills(browser, name, text).await;
    }
    browser.run("document.querySelector('[name=born]').value = '1980-01-31'").await.unwrap();
    browser.click(Find::Css(SEND)).await.unwrap();
    bench.sees(Find::Css("a[href$='/logs']")).await;
    let path = browser.path().await.unwrap();
    assert!(path.starts_with(&format!("/requests/{}?run=", bench.request)), "{path}");
    assert_eq!(faults, [""; 0]);
    bench.close().await;
}
