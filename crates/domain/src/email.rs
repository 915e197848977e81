//! E-mail addresses as names of users.

use std::fmt;

use serde::Serialize;

/// A trimmed address with one `@`, compared without case (TENANT-6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// The text is no e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Enter an e-mail address, such as thandi@example.org.")]
pub struct NoEmail;

impl Email {
    /// Reads an address. Whether it takes mail only sending would tell; the product sends none.
    ///
    /// # Errors
    /// [`NoEmail`], whose words can stand at the field.
    pub fn parse(text: &str) -> Result<Self, NoEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NoEmail)?;
        let fits = !local.is_empty() && !domain.is_empty() && text.len() <= 254;
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control()) && !local.contains('@');
        if fits && clean { Ok(Self(text.to_owned())) } else { Err(NoEmail) }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is compared.
    pub fn folded(&self) -> String {
        crate::reference::fold(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_compared_without_case() {
        let email = Email::parse(" Thandi@Example.org ").map(|e| (e.to_string(), e.folded()));
        assert_eq!(email, Ok(("Thandi@Example.org".to_owned(), "thandi@example.org".to_owned())));
        assert_eq!(Email::parse("a@b").map(|e| e.as_str().to_owned()), Ok("a@b".to_owned()));
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.org", "x".repeat(250));
        for text in ["", "thandi", "@example.org", "thandi@", "a b@example.org", "a@b@example.org", "a\u{0}@b", &long] {
            assert_eq!(Email::parse(text), Err(NoEmail), "{text:?}");
        }
        let longest = format!("{}@example.org", "x".repeat(242));
        assert_eq!((longest.len(), Email::parse(&longest).is_ok()), (254, true));
    }
}
