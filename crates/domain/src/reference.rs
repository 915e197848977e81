//! The reference of a request: the words by which people recognise and find a folder.

use std::fmt;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// A valid reference: trimmed, NFC, 1–100 grapheme clusters (UAX #29), at most 1,000 bytes, without control
/// characters, line breaks or bidirectional overrides (REQ-2).
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Reference(String);

/// Why a text is no reference. Its words are for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing but white space.
    #[error("Enter a reference, such as a customer's name or a case number.")]
    Empty,
    /// More than 100 characters as a person counts them, or more than 1,000 bytes.
    #[error("A reference has at most {max} characters. This one has {found}.")]
    TooLong {
        /// What is allowed.
        max: usize,
        /// What was typed.
        found: usize,
    },
    /// Few characters that each carry very many marks.
    #[error(
        "This reference takes {found} bytes, and at most 1,000 can be kept. Leave out some of its accents or marks."
    )]
    TooHeavy {
        /// Bytes of the text as typed.
        found: usize,
    },
    /// A control character, line break or override of the writing direction.
    #[error("Write the reference on one line, without the invisible character {0}.")]
    Forbidden(String),
}

impl Reference {
    /// The most grapheme clusters.
    pub const MAX: usize = 100;
    /// The most bytes of UTF-8.
    pub const MAX_BYTES: usize = 1_000;

    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`ReferenceError`], whose words can stand at the field.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let trimmed = text.trim();
        if let Some(bad) = trimmed.chars().find(|&c| is_forbidden(c)) {
            return Err(ReferenceError::Forbidden(format!("U+{:04X}", u32::from(bad))));
        }
        let normal: String = trimmed.nfc().collect();
        if normal.chars().all(is_invisible) {
            return Err(ReferenceError::Empty);
        }
        let found = normal.graphemes(true).count();
        if found > Self::MAX {
            return Err(ReferenceError::TooLong { max: Self::MAX, found });
        }
        if normal.len() > Self::MAX_BYTES {
            return Err(ReferenceError::TooHeavy { found: normal.len() });
        }
        Ok(Self(normal))
    }

    /// The text as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it is searched: see [`fold`].
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Control characters (line breaks among them), line and paragraph separators, and everything that can turn the
/// writing direction of what follows (Unicode Technical Report #36, section 3).
pub(crate) fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// White space and characters without a shape of their own.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || is_combining_mark(c)
        || matches!(c, '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// The form in which references are compared and searched: NFKC, case folded, marks removed.
pub fn fold(text: &str) -> String {
    let compatible: String = text.nfkc().collect();
    let lower = icu_casemap::CaseMapper::new().fold_string(&compatible);
    lower.nfd().filter(|&c| !is_combining_mark(c)).nfc().collect()
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Only the length: a reference often is a person's name, and debug output ends in logs.
impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<String, ReferenceError> {
        Reference::parse(text).map(|r| r.as_str().to_owned())
    }

    /// REQ-2
    #[test]
    fn a_reference_is_trimmed_and_normalised() {
        assert_eq!(parse("  Nele\u{0301} Botha \n").as_deref(), Ok("Nelé Botha"));
    }

    /// REQ-2
    #[test]
    fn nothing_visible_is_no_reference() {
        for text in ["", "   ", "\t\n", "\u{200b}\u{200d}", "\u{3164}", "\u{feff}", "\u{301}"] {
            assert_eq!(parse(text), Err(ReferenceError::Empty), "{text:?}");
        }
    }

    /// REQ-2
    #[test]
    fn a_hundred_characters_are_counted_as_a_person_counts_them() {
        let family = "👨‍👩‍👧‍👦";
        assert!(parse(&family.repeat(40)).is_ok(), "40 clusters of 25 bytes");
        assert!(parse(&"é".repeat(100)).is_ok());
        assert_eq!(parse(&"é".repeat(101)), Err(ReferenceError::TooLong { max: 100, found: 101 }));
        assert_eq!(parse(&family.repeat(41)), Err(ReferenceError::TooHeavy { found: 1_025 }));
        assert!(matches!(parse(&"x".repeat(1_000_000)), Err(ReferenceError::TooLong { found: 1_000_000, .. })));
        let exact = format!("{}{}", "👨‍👩‍👧‍👦".repeat(39), "x".repeat(25));
        assert_eq!((exact.len(), parse(&exact).is_ok()), (1_000, true));
    }

    /// REQ-2
    #[test]
    fn line_breaks_controls_and_direction_overrides_are_refused_by_name() {
        for (text, name) in [
            ("a\nb", "U+000A"),
            ("a\u{0}b", "U+0000"),
            ("a\u{202e}b", "U+202E"),
            ("a\u{2067}b", "U+2067"),
            ("a\u{200f}b", "U+200F"),
            ("a\u{2028}b", "U+2028"),
        ] {
            assert_eq!(parse(text), Err(ReferenceError::Forbidden(name.to_owned())), "{text:?}");
        }
        let said = Reference::parse("a\nb").map_err(|e| e.to_string());
        assert_eq!(said, Err("Write the reference on one line, without the invisible character U+000A.".to_owned()));
    }

    /// REQ-2
    #[test]
    fn right_to_left_names_and_markup_are_ordinary_text() {
        assert_eq!(parse("محمد <script>alert(\"1\")</script>").as_deref(), Ok("محمد <script>alert(\"1\")</script>"));
    }

    /// REQ-2
    #[test]
    fn folding_forgets_case_accents_and_width() {
        for (text, folded) in
            [("Ŝtraße", "strasse"), ("ＫＷＡＮＴＵ", "kwantu"), ("Nguyễn", "nguyen"), ("ﬁle №5", "file no5")]
        {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_eq!(Reference::parse("ZOË").map(|r| r.folded()), Ok("zoe".to_owned()));
    }

    /// REQ-2
    #[test]
    fn few_characters_with_very_many_marks_are_too_heavy_not_too_long() {
        let heavy = format!("a{}", "\u{0316}".repeat(3_000));
        assert_eq!(parse(&heavy), Err(ReferenceError::TooHeavy { found: 6_001 }));
    }

    #[test]
    fn it_is_shown_as_it_was_kept() {
        assert_eq!(Reference::parse(" Zoë ").map(|r| r.to_string()), Ok("Zoë".to_owned()));
    }

    #[test]
    fn debug_output_keeps_the_name_to_itself() {
        assert_eq!(Reference::parse("Zoë Adams").map(|r| format!("{r:?}")), Ok("Reference(10 bytes)".to_owned()));
    }

    proptest! {
        /// REQ-2
        #[test]
        fn whatever_is_accepted_reads_back_the_same(text in "\\PC{0,120}") {
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(Reference::parse(reference.as_str()), Ok(reference.clone()));
                prop_assert!(reference.as_str().len() <= Reference::MAX_BYTES);
                prop_assert!(reference.as_str().graphemes(true).count() <= Reference::MAX);
            }
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = Reference::parse(&text);
            let _ = fold(&text);
        }
    }
}
