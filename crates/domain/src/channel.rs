//! The code of a channel.

use std::fmt;

use serde::Serialize;

/// 1–50 of `A–Z a–z 0–9 _ -`, compared without case (CHAN-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ChannelCode(String);

/// Why a text is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A code has 1 to 50 letters, digits, _ or -, such as intouch-live.")]
pub struct NoChannelCode;

impl ChannelCode {
    /// Reads a code.
    ///
    /// # Errors
    /// [`NoChannelCode`], whose words can stand at the field.
    pub fn parse(text: &str) -> Result<Self, NoChannelCode> {
        let text = text.trim();
        let fits = (1..=50).contains(&text.len());
        let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fits && clean { Ok(Self(text.to_owned())) } else { Err(NoChannelCode) }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is compared.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for ChannelCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CHAN-3
    #[test]
    fn codes_are_short_plain_words_compared_without_case() {
        assert_eq!(ChannelCode::parse(" InTouch_Live-2 ").map(|c| c.folded()), Ok("intouch_live-2".to_owned()));
        let shown = ChannelCode::parse("InTouch").map(|c| (c.to_string(), c.as_str().to_owned()));
        assert_eq!(shown, Ok(("InTouch".to_owned(), "InTouch".to_owned())));
        for text in ["", " ", "in touch", "intouch!", "é", &"x".repeat(51)] {
            assert_eq!(ChannelCode::parse(text), Err(NoChannelCode), "{text:?}");
        }
        assert!(ChannelCode::parse(&"x".repeat(50)).is_ok());
    }
}
