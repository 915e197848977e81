//! From a page struct to the HTML that is sent.

use askama::Template;

use super::icon::sprite;

/// The whole page, with the outlines of the icons that it uses.
///
/// # Errors
/// Only when a value of the page cannot be written, which text never causes.
pub fn render(page: &impl Template) -> Result<String, askama::Error> {
    let mut html = page.render()?;
    let sprite = sprite(&html);
    // The last one: no text can bring it, since text is escaped.
    if let Some(end) = html.rfind("</body>") {
        html.insert_str(end, &sprite);
    }
    Ok(html)
}

/// The way to the neighbouring pages of a list that is newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pager {
    /// What is shown, as in "Newest 25 of 999+".
    pub text: String,
    /// Address of the page of newer entries.
    pub newer: Option<String>,
    /// Address of the page of older entries.
    pub older: Option<String>,
}
