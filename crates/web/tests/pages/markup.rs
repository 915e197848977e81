//! Reads a page as tags and text, strictly: what a browser would silently mend is a fault here.

use std::collections::BTreeMap;

/// One element with its attributes, the text in it and the element around it.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// All text inside, in order, decoded.
    pub(crate) text: String,
    pub(crate) parent: Option<usize>,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

const VOID: [&str; 7] = ["meta", "link", "input", "img", "br", "hr", "wbr"];

/// Every element of the page, in the order of the source.
pub(crate) fn read(html: &str) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = html.strip_prefix("<!doctype html>").expect("a page begins with its doctype");
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else { panic!("text after the last tag: {rest:?}") };
        say(&mut elements, &open, &rest[..at]);
        rest = &rest[at + 1..];
        let end = tag_end(rest);
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop().unwrap_or_else(|| panic!("</{name}> closes nothing"));
            assert_eq!(elements[last].name, name, "</{name}> closes <{}>", elements[last].name);
            if open.is_empty() {
                assert_eq!(rest.trim(), "", "nothing follows the page");
                return elements;
            }
        } else {
            let closed = tag.ends_with('/');
            let element = element(tag.trim_end_matches('/'), open.last().copied());
            if !closed && !VOID.contains(&element.name.as_str()) {
                open.push(elements.len());
            }
            elements.push(element);
        }
    }
    panic!("the page ends inside <{}>", elements[open[open.len() - 1]].name);
}

fn say(elements: &mut [Element], open: &[usize], text: &str) {
    for &at in open {
        elements[at].text.push_str(&decode(text));
    }
}

/// The `>` that ends a tag, outside its quotes.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    tag.bytes()
        .position(|byte| {
            quoted ^= byte == b'"';
            byte == b'>' && !quoted
        })
        .expect("a tag ends")
}

fn element(tag: &str, parent: Option<usize>) -> Element {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()), "the name of a tag: {name:?}");
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let key = rest[..end].to_owned();
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "the name of an attribute: {key:?}");
        rest = &rest[end..];
        let value = if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').expect("a value ends");
            rest = &quoted[end + 1..];
            decode(&quoted[..end])
        } else {
            assert!(!rest.starts_with('='), "values stand in quotes: {tag}");
            String::new()
        };
        assert!(attributes.insert(key, value).is_none(), "an attribute stands twice: {tag}");
    }
    Element { name: name.to_owned(), attributes, text: String::new(), parent }
}

/// The character references that our pages write.
fn decode(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
