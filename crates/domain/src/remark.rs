//! What a person writes beside a request: a note, or why it was marked or reopened.

use std::fmt;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::reference::{is_forbidden, is_invisible};

/// A valid remark: NFC, its ends trimmed, lines ended by `\n`, 1–1,000 grapheme clusters (UAX #29), at most 4,000 bytes,
/// without other control characters than line breaks and tabs and without bidirectional overrides (REQ-5).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remark(String);

/// Why a text is no remark. Its words are for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemarkError {
    /// More than 1,000 characters as a person counts them.
    #[error("At most {} characters can be kept. This has {found}.", Remark::MAX)]
    TooLong {
        /// What was typed.
        found: usize,
    },
    /// Few characters that each take many bytes.
    #[error(
        "This takes {found} bytes, and at most {} can be kept. Write less, or with fewer marks and pictures.",
        Remark::MAX_BYTES
    )]
    TooHeavy {
        /// Bytes of the text as typed.
        found: usize,
    },
    /// A control character or an override of the writing direction.
    #[error("Write it without the invisible character {0}.")]
    Forbidden(String),
}

impl Remark {
    /// The most grapheme clusters.
    pub const MAX: usize = 1_000;
    /// The most bytes of UTF-8.
    pub const MAX_BYTES: usize = 4_000;

    /// Reads what a person typed; nothing when nothing of it can be seen.
    ///
    /// # Errors
    /// [`RemarkError`], whose words can stand at the field.
    pub fn parse(text: &str) -> Result<Option<Self>, RemarkError> {
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        let trimmed = lines.trim();
        if let Some(bad) = trimmed.chars().find(|&c| !matches!(c, '\n' | '\t') && is_forbidden(c)) {
            return Err(RemarkError::Forbidden(format!("U+{:04X}", u32::from(bad))));
        }
        let normal: String = trimmed.nfc().collect();
        if normal.chars().all(is_invisible) {
            return Ok(None);
        }
        let found = normal.graphemes(true).count();
        if found > Self::MAX {
            return Err(RemarkError::TooLong { found });
        }
        if normal.len() > Self::MAX_BYTES {
            return Err(RemarkError::TooHeavy { found: normal.len() });
        }
        Ok(Some(Self(normal)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Only the length: it tells of people, and debug output ends in logs.
impl fmt::Debug for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remark({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Option<String>, RemarkError> {
        Remark::parse(text).map(|remark| remark.map(|remark| remark.as_str().to_owned()))
    }

    /// REQ-5
    #[test]
    fn a_remark_keeps_its_lines_and_loses_its_ends() {
        assert_eq!(
            parse("  Called at nine.\r\nNele\u{301} was out.\rAgain\tat ten. \n"),
            Ok(Some("Called at nine.\nNelé was out.\nAgain\tat ten.".to_owned()))
        );
        for nothing in ["", " \n\t", "\u{200b}\u{feff}"] {
            assert_eq!(parse(nothing), Ok(None), "{nothing:?}");
        }
    }

    /// REQ-5
    #[test]
    fn its_length_is_counted_as_a_person_counts_it_and_its_bytes_are_bounded() {
        assert_eq!(parse(&"é".repeat(1_000)), Ok(Some("é".repeat(1_000))));
        assert_eq!(parse(&"é".repeat(1_001)), Err(RemarkError::TooLong { found: 1_001 }));
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(parse(&family.repeat(160)), Ok(Some(family.repeat(160))));
        assert_eq!(parse(&family.repeat(161)), Err(RemarkError::TooHeavy { found: 4_025 }));
        let said = |text: &str| Remark::parse(text).map_err(|e| e.to_string());
        assert_eq!(said(&"x".repeat(1_001)), Err("At most 1000 characters can be kept. This has 1001.".to_owned()));
    }

    /// REQ-5
    #[test]
    fn controls_and_overrides_of_direction_are_refused_by_name() {
        for (text, name) in
            [("a\u{0}b", "U+0000"), ("a\u{1b}[0m", "U+001B"), ("a\u{202e}b", "U+202E"), ("a\u{2028}b", "U+2028")]
        {
            assert_eq!(parse(text), Err(RemarkError::Forbidden(name.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn debug_output_keeps_the_words_to_itself() {
        assert_eq!(format!("{:?}", Remark::parse("Zoë Adams")), "Ok(Some(Remark(10 bytes)))");
    }

    proptest! {
        /// REQ-5
        #[test]
        fn whatever_is_accepted_reads_back_the_same(text in any::<String>()) {
            if let Ok(Some(remark)) = Remark::parse(&text) {
                prop_assert_eq!(Remark::parse(remark.as_str()), Ok(Some(remark.clone())));
            }
        }
    }
}
