//! The known shapes of one-line texts, and what to say when a text has another.

use time::Date;
use time::macros::format_description;
use url::Url;

use super::Format;
use super::schema::Use;

impl Format {
    /// The word in a schema, by what that is for: calls go to addresses below that of a channel, so it ends with its path.
    pub(super) fn parse(word: &str, within: Use<'_>) -> Option<Self> {
        Some(match word {
            "email" => Self::Email,
            "uri" => match within {
                Use::Config => Self::Uri,
                Use::Params(_) => Self::Link,
            },
            "phone" => Self::Phone,
            "za-id" => Self::ZaId,
            _ => return None,
        })
    }

    /// The words in a schema; `date` and `file` are kinds of their own.
    pub(crate) const WORDS: &'static [&'static str] = &["email", "uri", "phone", "za-id", "date", "file"];

    /// What to write instead of `text`; `None` when it fits.
    pub(super) fn refuse(self, text: &str) -> Option<String> {
        match self {
            Self::Email => email(text),
            Self::Uri => uri(text),
            Self::Link => link(text),
            Self::Phone => phone(text),
            Self::ZaId => za_id(text),
        }
    }
}

fn email(text: &str) -> Option<String> {
    let example = "for example name@company.example";
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Some(format!("An e-mail address has an @ in it, {example}."));
    };
    if local.is_empty() {
        return Some(format!("Add what comes before the @, {example}."));
    }
    if domain.is_empty() {
        return Some(format!("Add what comes after the @, {example}."));
    }
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"@".contains(c);
    let dotted = domain.split('.').all(|label| !label.is_empty()) && !local.starts_with('.') && !local.ends_with('.');
    if text.len() > 254 || local.contains(strange) || domain.contains(strange) || !dotted {
        return Some(format!("Write one e-mail address, {example}."));
    }
    None
}

fn uri(text: &str) -> Option<String> {
    link(text).or_else(|| {
        let cut = text.contains(['?', '#']);
        cut.then(|| "Leave out of the address what begins with ? or #.".to_owned())
    })
}

fn link(text: &str) -> Option<String> {
    let whole = Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.host().is_some());
    match whole {
        None => Some("Write the whole address, for example https://api.example.org.".to_owned()),
        Some(u) if !u.username().is_empty() || u.password().is_some() => {
            Some("Leave the name and password out of the address.".to_owned())
        }
        Some(_) => None,
    }
}

fn phone(text: &str) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let clean =
        text.chars().enumerate().all(|(at, c)| c.is_ascii_digit() || " -()".contains(c) || (c == '+' && at == 0));
    let fits = clean && (7..=15).contains(&digits);
    (!fits).then(|| "Write the number with its country code, for example +27 82 123 4567.".to_owned())
}

fn za_id(text: &str) -> Option<String> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Some("An ID number has 13 digits and nothing else.".to_owned());
    }
    if text.len() != 13 {
        return Some(format!("An ID number has 13 digits. This one has {}.", text.len()));
    }
    if !is_za_id(text) {
        return Some("This cannot be an ID number: one of its digits is wrong.".to_owned());
    }
    None
}

/// Whether `text` is a South African identity number: a date of birth, and a check digit after Luhn
/// (ISO/IEC 7812-1, annex B).
pub(crate) fn is_za_id(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 13 || text.len() != 13 {
        return false;
    }
    // The century is not written, and 29 February needs a leap year: 2000 and 1900 + yy agree but for year 00.
    let born = format!("20{}-{}-{}", &text[..2], &text[2..4], &text[4..6]);
    let dated = Date::parse(&born, format_description!("[year]-[month]-[day]")).is_ok();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &d)| if place % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { d })
        .sum();
    dated && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_have_a_birth_date_and_a_check_digit() {
        for good in ["8001015009087", "7906125800085"] {
            assert_eq!(is_za_id(good), luhn(good), "{good}");
        }
        assert!(is_za_id("8001015009087"));
        assert!(!is_za_id("8001015009086") && !is_za_id("8013015009087") && !is_za_id("800101500908"));
        assert_eq!(za_id("840227000000").unwrap(), "An ID number has 13 digits. This one has 12.");
        assert!(za_id("8001015009086").unwrap().contains("digits is wrong"));
        assert!(za_id("A800101500908").unwrap().contains("nothing else"));
    }

    /// The check digit again, worked out in another way.
    fn luhn(text: &str) -> bool {
        let double = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
        let sum: usize = text
            .bytes()
            .rev()
            .enumerate()
            .map(|(i, b)| if i % 2 == 0 { usize::from(b - b'0') } else { double[usize::from(b - b'0')] })
            .sum();
        sum.is_multiple_of(10)
    }

    #[test]
    fn an_address_for_mail_says_what_is_missing() {
        assert_eq!(email("n.khanyile@kwantu-solar.example"), None);
        assert!(email("khanyile").unwrap().contains("has an @"));
        assert!(email("jp.rossouw@").unwrap().starts_with("Add what comes after the @"));
        assert!(email("@x.example").unwrap().starts_with("Add what comes before the @"));
        for strange in ["a b@x.example", "a@x..example", "<a@x.example>", "a@b@x.example", ".a@x.example"] {
            assert!(email(strange).is_some(), "{strange}");
        }
    }

    #[test]
    fn a_web_address_is_whole_and_holds_no_secret_and_no_query() {
        assert_eq!(uri("https://api.intouch.example/identity/api/v2"), None);
        assert_eq!(uri("http://127.0.0.1:8080"), None, "whether it may be called is decided where calls leave");
        for bad in
            ["api.example.org", "ftp://x.example", "https://u:p@x.example", "https://x.example/?a=b", "https://", "x"]
        {
            assert!(uri(bad).is_some(), "{bad}");
            assert_eq!(
                link(bad).is_none(),
                bad.contains('?'),
                "what follows the path stays where people read it: {bad}"
            );
        }
        assert_eq!(link("https://karoo.example/terms?lang=af#fees"), None);
        assert!(uri("https://karoo.example/#fees").is_some());
    }

    #[test]
    fn telephone_numbers_may_have_spaces() {
        assert_eq!(phone("+27 82 123 4567"), None);
        assert_eq!(phone("(021) 555-0134"), None);
        for bad in ["12345", "call me", "27+821234567", "1234567890123456"] {
            assert!(phone(bad).is_some(), "{bad}");
        }
    }
}
