//! Names in a sentence.

use askama::Template;
use askama::filters::HtmlSafe;

/// The people who can do something, as in "Riaan Coetzee or Ayesha Patel".
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"{% for name in names %}{% if loop.first %}{% else if loop.last %} or {% else %}, {% endif %}<bdi>{{ name }}</bdi>{% endfor %}{% if names.is_empty() %}An administrator{% endif %}"#
)]
pub struct People {
    /// Their names; with none, "An administrator".
    pub names: Vec<String>,
}

impl HtmlSafe for People {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_a_sentence_joins_them() {
        for (names, text) in [
            (vec![], "An administrator"),
            (vec!["A"], "<bdi>A</bdi>"),
            (vec!["A", "B"], "<bdi>A</bdi> or <bdi>B</bdi>"),
            (vec!["A", "B", "C"], "<bdi>A</bdi>, <bdi>B</bdi> or <bdi>C</bdi>"),
        ] {
            assert_eq!(People { names: names.into_iter().map(str::to_owned).collect() }.to_string(), text);
        }
    }
}
