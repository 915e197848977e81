//! How a test names what it means on a page: by the words a person sees, or by CSS.

use std::fmt;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};

/// How something on a page is found; of several that match, the first that is visible.
#[derive(Clone, Copy, Debug)]
pub enum Find<'a> {
    /// By a CSS selector.
    Css(&'a str),
    /// A form control by the words of its label (without *required* and other additions), or by its `aria-label`.
    Label(&'a str),
    /// A button by its whole text or its `aria-label`.
    Button(&'a str),
    /// A link by its whole text or its `aria-label`.
    Link(&'a str),
    /// The innermost element whose text contains these words.
    Words(&'a str),
}

impl fmt::Display for Find<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Css(selector) => write!(f, "`{selector}`"),
            Self::Label(words) => write!(f, "the field “{words}”"),
            Self::Button(words) => write!(f, "the button “{words}”"),
            Self::Link(words) => write!(f, "the link “{words}”"),
            Self::Words(words) => write!(f, "the words “{words}”"),
        }
    }
}

impl Find<'_> {
    async fn all(self, client: &Client) -> Result<Vec<Element>, CmdError> {
        match self {
            Self::Css(selector) => client.find_all(Locator::Css(selector)).await,
            other => client.find_all(Locator::XPath(&other.xpath())).await,
        }
    }

    fn xpath(self) -> String {
        let control = "self::input or self::select or self::textarea";
        match self {
            Self::Css(_) => String::new(),
            Self::Label(words) => {
                let words = quoted(words);
                let label = format!(
                    "//label[normalize-space()={words} or normalize-space(text()[normalize-space()][1])={words}]"
                );
                format!("//*[{control}][@id={label}/@for or @aria-label={words}] | {label}//*[{control}]")
            }
            Self::Button(words) => {
                let words = quoted(words);
                format!(
                    "//button[normalize-space()={words} or @aria-label={words}] | //input[@type='submit' and @value={words}]"
                )
            }
            Self::Link(words) => {
                let words = quoted(words);
                format!("//a[@href][normalize-space()={words} or @aria-label={words}]")
            }
            Self::Words(words) => {
                let words = quoted(words);
                format!("//body//*[contains(normalize-space(), {words})][not(*[contains(normalize-space(), {words})])]")
            }
        }
    }

    pub(super) async fn first_visible(self, client: &Client) -> Result<Option<Element>, CmdError> {
        for element in self.all(client).await? {
            if element.is_displayed().await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }
}

/// A string literal of `XPath`; version 1.0 knows no escapes.
fn quoted(words: &str) -> String {
    if words.contains('\'') {
        let parts: Vec<String> = words.split('\'').map(|part| format!("'{part}'")).collect();
        format!("concat({})", parts.join(", \"'\", "))
    } else {
        format!("'{words}'")
    }
}
