//! Finds the files that a manifest names in an answer.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jmespath::Rcvar;

use crate::expr::{Expr, text_of};
use crate::manifest::{FileRule, Source};

/// A file of an answer.
pub(crate) struct Found {
    /// The name under which a display reaches it.
    pub(crate) key: Option<String>,
    pub(crate) name: String,
    pub(crate) content: Content,
    /// Its type, where the manifest names it.
    pub(crate) media_type: Option<String>,
}

/// Where its bytes are.
pub(crate) enum Content {
    /// Here, with the text of the answer that they stood in, and the type that a `data:` prefix declares.
    Bytes { bytes: Vec<u8>, text: String, declared: Option<String> },
    /// Behind this link.
    Link(String),
    /// They are the body of this step.
    Body(String),
}

/// The files of `rules` that are there. What does not fit is left in the answer.
pub(crate) fn find(rules: &[FileRule], root: &Rcvar) -> Vec<Found> {
    let mut found = Vec::new();
    for rule in rules {
        match &rule.each {
            None => found.extend(one(rule, root)),
            Some(each) => {
                let Ok(Some(items)) = each.eval(root) else { continue };
                found.extend(items.as_array().into_iter().flatten().filter_map(|item| one(rule, item)));
            }
        }
    }
    found
}

fn one(rule: &FileRule, root: &Rcvar) -> Option<Found> {
    let media_type = rule.media_type.clone();
    let content = match &rule.source {
        Source::Base64(expr) => {
            let text = text(expr, root)?;
            let (declared, bytes) = decoded(&text)?;
            Content::Bytes { bytes, text, declared }
        }
        Source::Link(expr) => Content::Link(text(expr, root)?),
        Source::Body(step) => {
            let step_answer = root.get_field(step);
            if step_answer.is_null() {
                return None;
            }
            Content::Body(step.clone())
        }
    };
    // A name that is null leaves its file out, as a null leaves out whatever it was meant for.
    let name = rule.name.text(root).ok().flatten()?;
    let name: String = name.chars().filter(|c| !c.is_control() && !"/\\:".contains(*c)).take(200).collect();
    let name = if name.trim().is_empty() { "file".to_owned() } else { name };
    Some(Found { key: rule.key.clone(), name, content, media_type })
}

fn text(expr: &Expr, root: &Rcvar) -> Option<String> {
    let value = expr.eval(root).ok().flatten()?;
    text_of(&crate::expr::json(&value).ok()?).filter(|t| !t.trim().is_empty())
}

/// Base64 with or without line breaks, padding and a `data:` prefix (RFC 2397), whose type comes first.
fn decoded(text: &str) -> Option<(Option<String>, Vec<u8>)> {
    let (named, data) = match text.strip_prefix("data:") {
        Some(url) => {
            let (named, data) = url.split_once(";base64,")?;
            (Some(named.to_owned()).filter(|n| !n.is_empty()), data)
        }
        None => (None, text),
    };
    let compact: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient).decode(compact).ok().filter(|b| !b.is_empty())?;
    Some((named, bytes))
}

/// The type of a file: as the manifest says, else by its first bytes, else as it was served.
pub(crate) fn media_type_of(named: Option<String>, served: Option<&str>, bytes: &[u8]) -> String {
    let seen = || infer::get(bytes).map(|kind| kind.mime_type().to_owned());
    let served = || {
        let plain = served?.split(';').next()?.trim().to_ascii_lowercase();
        let fits = plain.len() <= 100 && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.+-_".contains(&b));
        (fits && plain.contains('/')).then_some(plain)
    };
    named.or_else(seen).or_else(served).unwrap_or_else(|| "application/octet-stream".to_owned())
}
