//! Every page, rendered from samples in every state and read as a browser, a screen reader and an attacker would.
//!
//! `DOSSIER_SAMPLES=folder` also writes the pages there, with what they need, so that they can be looked at.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "pages/markup.rs"]
mod markup;
#[path = "pages/samples/mod.rs"]
mod samples;
#[path = "pages/says.rs"]
mod says;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use dossier_testkit::picture::{ImageFormat, picture};
use markup::{Element, read};
use samples::{HOSTILE, Sample, all};

/// Every page, rendered once.
static ALL: LazyLock<Vec<Sample>> = LazyLock::new(all);

/// Runs `check` on every page and names the page when it fails.
fn every_page(check: impl Fn(&Sample, &[Element])) {
    for sample in ALL.iter() {
        let elements = read(&sample.html);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(sample, &elements)));
        assert!(outcome.is_ok(), "in the page {}", sample.name);
    }
}

fn page(name: &str) -> String {
    let found = ALL.iter().find(|sample| sample.name == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).html.clone()
}

fn of<'a>(elements: &'a [Element], name: &str) -> Vec<&'a Element> {
    elements.iter().filter(|element| element.name == name).collect()
}

fn ids(elements: &[Element]) -> BTreeSet<&str> {
    elements.iter().filter_map(|element| element.get("id")).collect()
}

#[test]
fn the_samples_can_be_looked_at() {
    let Ok(folder) = std::env::var("DOSSIER_SAMPLES") else { return };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for name in ["dossier.css", "dossier.js", "live.js", "mark.svg"] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        std::fs::copy(from, folder.join(dossier_web::assets::url(name).trim_start_matches('/'))).unwrap();
    }
    for (file, width, height) in [("78", 1_200, 1_600), ("79", 900, 1_600)] {
        let place = folder.join("requests/0193/files").join(file);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("image"), picture(width, height, ImageFormat::Jpeg)).unwrap();
    }
    for Sample { name, html, .. } in all() {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}

#[test]
fn a_page_has_one_heading_of_the_first_level_and_skips_no_level() {
    every_page(|_, elements| {
        assert_eq!(of(elements, "h1").len(), 1);
        let mut last = 1;
        for element in elements {
            if let ["h", level] = [&element.name[..1], &element.name[1..]]
                && let Ok(level) = level.parse::<u8>()
            {
                assert!(level <= last + 1, "h{level} after h{last}");
                assert!(!element.text.trim().is_empty(), "a heading says something");
                last = level;
            }
        }
    });
}

#[test]
fn a_page_has_its_title_and_its_landmarks_and_a_way_past_the_navigation() {
    every_page(|sample, elements| {
        let [title] = of(elements, "title")[..] else { panic!("one title") };
        assert!(title.text.ends_with(" · Dossier") && title.text.len() > " · Dossier".len(), "{}", title.text);
        assert_eq!(title.text.starts_with("Error: "), sample.refused, "{}", title.text);
        assert_eq!(of(elements, "main").len(), 1);
        assert_eq!(of(elements, "html")[0].get("lang"), Some("en-ZA"));
        let first = elements.iter().position(|element| element.name == "a").unwrap();
        assert_eq!((elements[first].get("class"), elements[first].get("href")), (Some("skip"), Some("#main")));
        let mut names = BTreeSet::new();
        for nav in of(elements, "nav") {
            assert!(names.insert(nav.get("aria-label").expect("a navigation has a name")), "names differ");
        }
    });
}

/// The security policy lets nothing inline through; a page must not need it.
#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    every_page(|_, elements| {
        for element in elements {
            assert_ne!(element.name, "style");
            for (name, value) in &element.attributes {
                assert!(name != "style" && !name.starts_with("on"), "{name}={value}");
                let address = matches!(name.as_str(), "href" | "src" | "action");
                let ours =
                    value.starts_with('/') && !value.starts_with("//") || value.starts_with('#') || value == HOSTILE;
                assert!(!address || ours, "{name}={value}");
            }
            if element.name == "script" {
                assert!(
                    element.get("src").is_some_and(|src| ["/assets/dossier-", "/assets/live-"]
                        .iter()
                        .any(|ours| src.starts_with(ours)))
                );
                assert_eq!(element.text, "");
            }
        }
    });
}

/// Text of people and providers arrives as it was typed, and only as text.
#[test]
fn hostile_text_is_shown_and_does_nothing() {
    every_page(|sample, elements| {
        let allowed = 1 + usize::from(elements.iter().any(|element| element.get("data-news").is_some()));
        assert_eq!(of(elements, "script").len(), allowed);
        // The strict reader has met no element and no attribute that the templates do not write.
        assert!(of(elements, "b").iter().all(|b| !b.text.is_empty()));
        if sample.name.ends_with("-hostile") {
            let shown = elements.iter().any(|element| {
                element.text.contains(HOSTILE) || element.attributes.values().any(|value| value.contains(HOSTILE))
            });
            assert!(shown, "the text as it was typed");
        }
    });
    let samples = all();
    for name in [
        "requests-hostile",
        "dashboard-hostile",
        "request-hostile",
        "action-form-hostile",
        "logs-hostile",
        "run-hostile",
        "history-hostile",
        "rows-hostile",
        "json-hostile",
        "deed-hostile",
        "notes-hostile",
        "channels-hostile",
        "channel-hostile",
        "channel-form-hostile",
        "channel-delete-hostile",
        "quarantine-hostile",
        "audit-hostile",
        "request-audit-hostile",
        "licence-hostile",
        "users-hostile",
        "user-hostile",
        "user-link-hostile",
        "user-deactivate-hostile",
        "user-form-hostile",
        "roles-hostile",
        "role-hostile",
        "role-delete-hostile",
    ] {
        let sample = samples.iter().find(|sample| sample.name == name).unwrap_or_else(|| panic!("no sample {name}"));
        let elements = read(&sample.html);
        assert!(of(&elements, "bdi").iter().any(|bdi| bdi.text == HOSTILE), "{name}: set apart from its surroundings");
    }
    // A text area drops the first line break after its tag; the one that was typed is still there.
    let html = page("action-form-hostile");
    let elements = read(&html);
    let area = of(&elements, "textarea")[0];
    assert_eq!(area.text, format!("\n\n</textarea>{HOSTILE}"));
}

#[test]
fn every_id_is_unique_and_whatever_names_an_id_finds_it() {
    every_page(|_, elements| {
        let all: Vec<_> = elements.iter().filter_map(|element| element.get("id")).collect();
        let ids = ids(elements);
        assert_eq!(ids.len(), all.len(), "ids stand once: {all:?}");
        for element in elements {
            for (name, value) in &element.attributes {
                let named: Vec<&str> = match name.as_str() {
                    "aria-describedby" | "aria-labelledby" => value.split(' ').collect(),
                    "for" | "popovertarget" | "data-copy" => vec![value],
                    "href" => value.strip_prefix('#').into_iter().collect(),
                    _ => vec![],
                };
                for id in named {
                    assert!(ids.contains(id), "{name}={value} on <{}>", element.name);
                }
            }
        }
    });
}

#[test]
fn every_control_has_a_label_and_every_label_a_control() {
    every_page(|_, elements| {
        let inside_label = |element: &Element| {
            let mut at = element.parent;
            while let Some(parent) = at {
                if elements[parent].name == "label" {
                    return true;
                }
                at = elements[parent].parent;
            }
            false
        };
        let labels = of(elements, "label");
        for element in
            elements.iter().filter(|element| ["input", "select", "textarea"].contains(&element.name.as_str()))
        {
            if element.get("type") == Some("hidden") {
                continue;
            }
            let named = element.get("id").is_some_and(|id| labels.iter().any(|label| label.get("for") == Some(id)));
            assert!(named || inside_label(element), "{:?}", element.attributes);
            assert!(element.get("name").is_some(), "a control sends something: {:?}", element.attributes);
            assert_eq!(element.get("placeholder"), None, "no placeholder stands for a label");
        }
        for label in labels {
            assert!(!label.text.trim().is_empty());
            if let Some(id) = label.get("for") {
                let target = elements.iter().find(|element| element.get("id") == Some(id)).unwrap();
                assert!(["input", "select", "textarea"].contains(&target.name.as_str()), "{id}");
            }
        }
    });
}

#[test]
fn every_link_and_button_says_what_it_does() {
    every_page(|_, elements| {
        for element in elements.iter().filter(|element| ["a", "button"].contains(&element.name.as_str())) {
            let name = element.get("aria-label").unwrap_or(&element.text);
            assert!(!name.trim().is_empty(), "{element:?}");
            // WCAG 2.5.3: what is read aloud contains what is written.
            let written = element.text.trim().trim_end_matches('…');
            assert!(name.contains(written), "{name:?} is written {written:?}");
        }
        for svg in of(elements, "svg") {
            let named = svg.get("aria-labelledby").or(svg.get("aria-label")).is_some_and(|name| !name.is_empty());
            let drawing = svg.get("role") == Some("img") && named;
            assert!(
                svg.get("aria-hidden") == Some("true") || drawing,
                "icons are silent, drawings have a name: {svg:?}"
            );
        }
    });
}

#[test]
fn a_refused_field_says_so_to_everybody() {
    every_page(|sample, elements| {
        let summaries = elements.iter().filter(|element| element.get("class") == Some("error-summary")).count();
        assert_eq!(summaries, usize::from(sample.refused), "a refused form has one summary");
        let focused: Vec<_> = elements.iter().filter(|element| element.get("autofocus").is_some()).collect();
        assert!(focused.len() <= 1, "one thing has the focus");
        assert!(!sample.refused || focused[0].get("role") == Some("alert"), "the summary has the focus");
        for field in elements.iter().filter(|element| element.get("aria-invalid").is_some()) {
            let described = field.get("aria-describedby").expect("an invalid field has its error");
            let error = described.split(' ').next_back().unwrap();
            assert!(error.ends_with("-error"), "{described}");
        }
    });
    let html = page("action-form-refused");
    let elements = read(&html);
    let summary = elements.iter().find(|element| element.get("class") == Some("error-summary")).unwrap();
    assert!(summary.text.contains("Nothing was sent. 13 fields need another look."), "{}", summary.text);
    assert!(summary.text.contains("Director 2, ID number: Write it as year"), "{}", summary.text);
    let fold = elements.iter().find(|element| element.get("class") == Some("fold")).unwrap();
    assert!(fold.get("open").is_some(), "a fold that hides a refused field is open");
}

#[test]
fn icons_and_classes_and_tones_exist() {
    let css = include_str!("../assets/dossier.css");
    every_page(|_, elements| {
        let symbols: BTreeSet<_> = of(elements, "symbol").into_iter().filter_map(|symbol| symbol.get("id")).collect();
        let used: BTreeSet<_> =
            of(elements, "use").into_iter().filter_map(|u| u.get("href")?.strip_prefix('#')).collect();
        assert_eq!(symbols, used, "the page brings the icons that it uses");
        for element in elements {
            for class in element.get("class").unwrap_or_default().split_whitespace() {
                let known = css.match_indices(&format!(".{class}")).any(|(at, found)| {
                    !css[at + found.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
                });
                assert!(known, "the stylesheet has no .{class}");
            }
            if let Some(tone) = element.get("data-tone") {
                assert!(css.contains(&format!(r#"[data-tone="{tone}"]"#)), "{tone}");
            }
        }
    });
}

#[test]
fn no_page_is_larger_than_60_kb() {
    every_page(|sample, _| assert!(sample.html.len() <= 60_000, "{} bytes", sample.html.len()));
}

#[test]
fn the_strip_stands_on_every_page_of_a_simulated_installation_and_on_no_other() {
    const WORDS: &str =
        "The provider of this installation is simulated: nothing leaves this computer and nothing is charged.";
    every_page(|sample, elements| {
        let strip = elements.iter().find(|element| element.get("class") == Some("strip"));
        let hostile_shell = sample.name.ends_with("-hostile")
            && !["sign-in-hostile", "request-new-hostile"].contains(&sample.name.as_str())
            || sample.name.starts_with("error-hostile");
        assert_eq!(strip.map(|strip| strip.text.as_str()), (!hostile_shell).then_some(WORDS));
    });
}

#[test]
fn who_is_signed_in_can_see_it_and_leave() {
    every_page(|_, elements| {
        let forms: Vec<_> =
            of(elements, "form").into_iter().filter(|form| form.get("action") == Some("/sign-out")).collect();
        let navigation = elements.iter().any(|element| element.get("id") == Some("nav"));
        assert_eq!(forms.len(), usize::from(navigation));
        assert!(forms.iter().all(|form| form.get("method") == Some("post")));
    });
    assert!(page("requests").contains("<bdi>Thandeka Mkhize</bdi><small>KYC Manager</small>"));
    assert!(page("requests-hostile").contains(r#"<html lang="en-ZA" data-theme="dark" data-shortcuts="off">"#));
    assert!(!page("requests").contains("data-theme="), "the system's theme needs no word");
}
