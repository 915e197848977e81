//! Text that came from elsewhere.

use askama::Template;
use askama::filters::HtmlSafe;

/// `text` between U+2068 and U+2069: what `<bdi>` does, for places where no element can stand (titles, labels,
/// sentences that are put together).
pub fn isolate(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// The first `max` characters of `text`, and how many it has when that is more.
pub(super) fn cut(text: &str, max: usize) -> (&str, Option<usize>) {
    match text.char_indices().nth(max) {
        Some((at, _)) => (&text[..at], Some(text.chars().count())),
        None => (text, None),
    }
}

/// The bytes that a character takes in a page: a quote or an angle bracket takes five.
pub(super) fn weight_of(c: char) -> usize {
    if matches!(c, '"' | '\'' | '<' | '>' | '&') { 5 } else { c.len_utf8() }
}

/// The bytes that `text` takes in a page.
pub(super) fn weight(text: &str) -> usize {
    text.chars().map(weight_of).sum()
}

/// A header or an address in which values were replaced by `redacted` before it was written. Each of those is marked.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"{% for part in self.parts() %}{% if loop.first %}{% else %}<span class="redacted">redacted</span>{% endif %}{{ part }}{% endfor %}"#
)]
pub struct Redactable(String);

impl HtmlSafe for Redactable {}

impl Redactable {
    /// Marks the word `redacted` in `text`; over 2,000 characters the rest is left out and counted.
    pub fn new(text: &str) -> Self {
        Self(match cut(text, 2_000) {
            (_, None) => text.to_owned(),
            (start, Some(all)) => format!("{start}… ({} characters in all)", super::count(all as u64)),
        })
    }

    /// The same for a line of a list: no scheme, and 72 characters of the rest.
    pub(super) fn brief(&self) -> Self {
        let rest = self.0.strip_prefix("https://").unwrap_or(&self.0);
        Self(match cut(rest, 72) {
            (_, None) => rest.to_owned(),
            (start, Some(_)) => format!("{start}…"),
        })
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split("redacted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_redacted_is_marked_and_the_rest_escaped() {
        assert_eq!(Redactable::new("Bearer redacted").to_string(), r#"Bearer <span class="redacted">redacted</span>"#);
        assert_eq!(Redactable::new("a<b>&").to_string(), "a&#60;b&#62;&#38;");
        assert!(Redactable::new(&"é".repeat(2_001)).to_string().ends_with("é… (2\u{202f}001 characters in all)"));
    }
}
