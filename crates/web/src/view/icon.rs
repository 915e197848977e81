//! Icons: outlines of 16 units, drawn once in a page and used by name.

use askama::Template;
use askama::filters::HtmlSafe;

/// A picture beside a word, hidden from screen readers. Rendered as `<svg>`; `sprite` brings its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(ext = "html", source = r##"<svg class="icon" aria-hidden="true"><use href="#i-{{ name }}"/></svg>"##)]
pub struct Icon {
    name: &'static str,
}

impl HtmlSafe for Icon {}

/// The icon of that name.
pub const fn icon(name: &'static str) -> Icon {
    Icon { name }
}

/// The outlines of those icons that `html` uses, as one `<svg>` for the end of its body; nothing when it uses none.
pub(super) fn sprite(html: &str) -> String {
    let used = SYMBOLS.iter().filter(|(name, _)| html.contains(&format!(r##"href="#i-{name}""##)));
    let symbols: Vec<_> =
        used.map(|(name, path)| format!(r#"<symbol id="i-{name}" viewBox="0 0 16 16">{path}</symbol>"#)).collect();
    if symbols.is_empty() {
        return String::new();
    }
    format!(r#"<svg class="hush" aria-hidden="true" width="0" height="0">{}</svg>"#, symbols.concat())
}

const SYMBOLS: &[(&str, &str)] = &[
    ("alert", r#"<path d="M8 2 14.5 13.5h-13zm0 4.5v3.2m0 1.9h.01"/>"#),
    ("box", r#"<path d="M2.3 4.8 8 2l5.7 2.8v6.4L8 14l-5.7-2.8zm0 0L8 7.6l5.7-2.8M8 7.6V14"/>"#),
    ("cancelled", r#"<circle cx="8" cy="8" r="5.75"/><path d="m4.2 11.8 7.6-7.6"/>"#),
    ("chart", r#"<path d="M3 13V8m3.4 5V3m3.3 10V9.5M13 13V5.5"/>"#),
    ("completed", r#"<circle class="solid" cx="8" cy="8" r="6.5"/><path class="cut" d="m5.2 8.2 2 2 3.6-4.3"/>"#),
    ("dots", r#"<path stroke-width="2.4" d="M3.5 8h.01M8 8h.01m4.49 0h.01"/>"#),
    ("download", r#"<path d="M8 2.5V10M5 7l3 3 3-3M3 13.5h10"/>"#),
    ("draft", r#"<circle cx="8" cy="8" r="5.75" stroke-dasharray="2.6 1.9"/>"#),
    (
        "failed",
        r#"<circle class="solid" cx="8" cy="8" r="6.5"/><path class="cut" d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2"/>"#,
    ),
    ("file", r#"<path d="M4 1.8h5.2L12.5 5v9.2H4zM9 2v3.2h3.4"/>"#),
    (
        "folder",
        r#"<path d="M2 4.2C2 3.5 2.5 3 3.2 3h2.9l1.5 1.7h5.2c.7 0 1.2.5 1.2 1.2v5.9c0 .7-.5 1.2-1.2 1.2H3.2c-.7 0-1.2-.5-1.2-1.2z"/>"#,
    ),
    ("info", r#"<circle cx="8" cy="8" r="5.75"/><path d="M8 7.6v3.2m0-5.6h.01"/>"#),
    ("key", r#"<circle cx="5.2" cy="10.8" r="3"/><path d="m7.4 8.6 6-6M11 5l2 2M9.2 6.8l1.4 1.4"/>"#),
    ("licence", r#"<path d="M3.5 2.2h9v11.6L8 11l-4.5 2.8z"/>"#),
    ("lock", r#"<path d="M4 7.2h8v6.3H4zM5.7 7V5.2a2.3 2.3 0 0 1 4.6 0V7"/>"#),
    ("menu", r#"<path d="M2.5 4.5h11M2.5 8h11m-11 3.5h11"/>"#),
    ("overdue", r#"<circle class="solid" cx="8" cy="8" r="6.5"/><path class="cut" d="M8 4.6V8l2.3 1.6"/>"#),
    ("pending", r#"<circle cx="8" cy="8" r="5.75"/><path class="solid" d="M8 4.2a3.8 3.8 0 0 1 0 7.6z"/>"#),
    ("plug", r#"<path d="M5.6 2v3m4.8-3v3M3.5 5h9v2.5a4.5 4.5 0 0 1-9 0zM8 12v2.4"/>"#),
    ("plus", r#"<path d="M8 3v10M3 8h10"/>"#),
    ("queued", r#"<circle cx="8" cy="8" r="5.75"/><path d="M5.6 8h.01M8 8h.01m2.39 0h.01"/>"#),
    ("refused", r#"<path d="m4.4 4.4 7.2 7.2m0-7.2-7.2 7.2"/>"#),
    ("returned", r#"<path d="M5.8 3.2 2.5 6.5l3.3 3.3M2.8 6.5h7a3.4 3.4 0 0 1 0 6.8H7"/>"#),
    (
        "role",
        r#"<path d="M8 1.8 13 3.6v4c0 3-2 5.3-5 6.6-3-1.3-5-3.6-5-6.6v-4z"/><path d="m5.8 7.8 1.6 1.6 2.9-3.3"/>"#,
    ),
    (
        "running",
        r#"<circle cx="8" cy="8" r="5.75" opacity=".3"/><path class="turning" d="M8 2.25A5.75 5.75 0 0 1 13.75 8"/>"#,
    ),
    ("search", r#"<circle cx="7" cy="7" r="4.25"/><path d="m10.2 10.2 3.3 3.3"/>"#),
    ("send", r#"<path d="M14 2 2 7.2l4.6 2.2L9 14zM6.6 9.4 14 2"/>"#),
    ("shield", r#"<path d="M8 1.8 13 3.6v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4z"/>"#),
    (
        "sliders",
        r#"<path d="M2.5 4.5H9m3.2 0h1.3M2.5 11.5h1.3m3.2 0h6.5"/><circle cx="10.6" cy="4.5" r="1.6"/><circle cx="5.4" cy="11.5" r="1.6"/>"#,
    ),
    ("succeeded", r#"<path d="m3.4 8.6 3 3 6.2-7.2"/>"#),
    (
        "unknown",
        r#"<path class="solid" d="M8 .8 15.2 8 8 15.2.8 8z"/><path class="cut" d="M6.5 6.5c0-2 3-2 3 0 0 1.2-1.5 1.2-1.5 2.3M8 11.1h.01"/>"#,
    ),
    (
        "users",
        r#"<circle cx="6" cy="5.2" r="2.6"/><path d="M1.5 13.5c0-6 9-6 9 0M10.6 2.9a2.6 2.6 0 0 1 0 4.6M12 9.4c1.6.6 2.5 2 2.5 4.1"/>"#,
    ),
    ("waiting", r#"<path d="M4.5 2.2h7m-7 11.6h7M5.4 2.4v2.3L8 8l2.6-3.3V2.4m-5.2 11.2v-2.3L8 8l2.6 3.3v2.3"/>"#),
];
