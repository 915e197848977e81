//! An answer as JSON that is folded and unfolded, a part of bounded size at a time.

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;

use super::text::{cut, weight, weight_of};
use super::{Link, Moment, RequestHead, Shell, count};

/// The most bytes of a page that values and names take, with what their markup takes.
const MOST: usize = 34_000;
/// The same of what is drawn inside another value; what is larger has a page of its own.
const INSIDE: usize = 9_000;
const MARKUP: usize = 90;
/// What a link to a value takes, beside its markup.
const LINK: usize = 150;
/// How many values one list shows at once.
const MANY: usize = 100;
/// How deep values stand within each other on one page.
const DEEP: usize = 6;
/// The most characters of a text among others, and of one that has the page to itself.
const TEXT: usize = 500;
const LONG_TEXT: usize = 15_000;

/// `GET /requests/{request}/results/{result}/json`, with the place in it as a JSON pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/json.html")]
pub struct JsonPage {
    /// What stands around it.
    pub shell: Shell,
    /// Reference, status, facts.
    pub head: RequestHead,
    /// The action's name.
    pub action: String,
    /// When it ran.
    pub ran: Moment,
    /// Where the result is shown.
    pub result_href: String,
    /// Where the whole answer is downloaded.
    pub raw_href: String,
    /// How large the answer is.
    pub size: String,
    /// Where in the answer this is, from its top; none at the top.
    pub path: Vec<Link>,
    /// What stands there.
    pub tree: JsonTree,
}

/// A value of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/json.html")]
pub struct JsonTree {
    /// Whether it is a list, whose entries have numbers and no names.
    list: bool,
    entries: Vec<Entry>,
    /// How many entries it has in all.
    all: usize,
    /// The way to those before and after, where this is a part.
    before: Option<String>,
    after: Option<String>,
}

impl HtmlSafe for JsonTree {}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    label: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Text(String),
    Plain(String),
    /// A text that is longer than what is shown: where it stands alone.
    Begun(String, String),
    Empty(&'static str),
    Tree(JsonTree, bool),
    /// Where it stands alone, and what it is.
    Elsewhere(String, String),
}

/// The name or number of an entry as a part of a pointer.
fn token(label: &str) -> String {
    label.replace('~', "~0").replace('/', "~1")
}

/// The way down `pointer`, whose parts lead to `href`; nothing when it leads nowhere in `value`.
pub fn json_path(value: &Value, pointer: &str, href: &dyn Fn(&str, usize) -> String) -> Option<Vec<Link>> {
    value.pointer(pointer)?;
    let mut place = String::new();
    let parts = pointer.split('/').skip(1).map(|part| {
        place = format!("{place}/{part}");
        let name = part.replace("~1", "/").replace("~0", "~");
        // Whoever reads counts from 1.
        let list = place.rfind('/').and_then(|end| value.pointer(&place[..end])).is_some_and(Value::is_array);
        let name = name.parse::<usize>().ok().filter(|_| list).map_or(name, |at| (at + 1).to_string());
        Link { href: href(&place, 0), text: cut(&name, 40).0.to_owned() }
    });
    Some(parts.collect())
}

impl JsonTree {
    /// What stands at `pointer` in an answer, from its entry number `from` on; `href` is the address of a pointer and such
    /// a number. A text is shown from that character on.
    pub fn of(value: &Value, pointer: &str, from: usize, href: &dyn Fn(&str, usize) -> String) -> Self {
        let mut room = MOST;
        match value {
            Value::Object(_) | Value::Array(_) => draw(value, pointer, from, DEEP, &mut room, href),
            Value::String(text) => {
                let rest = text.char_indices().nth(from).map_or("", |(at, _)| &text[at..]);
                let shown: String = rest
                    .chars()
                    .take(LONG_TEXT)
                    .take_while(|&c| {
                        let left = room.checked_sub(weight_of(c));
                        room = left.unwrap_or(0);
                        left.is_some()
                    })
                    .collect();
                let next = from + shown.chars().count();
                let more = shown.len() < rest.len();
                Self {
                    list: false,
                    entries: vec![Entry { label: String::new(), what: What::Text(shown) }],
                    all: 1,
                    before: (from > 0).then(|| href(pointer, from.saturating_sub(LONG_TEXT))),
                    after: more.then(|| href(pointer, next)),
                }
            }
            plain => Self {
                list: false,
                entries: vec![Entry { label: String::new(), what: What::Plain(plain.to_string()) }],
                all: 1,
                before: None,
                after: None,
            },
        }
    }

    fn said(&self) -> String {
        how_many(self.all, self.list)
    }
}

fn how_many(all: usize, list: bool) -> String {
    match (all, list) {
        (1, true) => "1 entry".to_owned(),
        (all, true) => format!("{} entries", count(all as u64)),
        (1, false) => "1 value".to_owned(),
        (all, false) => format!("{} values", count(all as u64)),
    }
}

fn draw(
    value: &Value,
    pointer: &str,
    from: usize,
    deep: usize,
    room: &mut usize,
    href: &dyn Fn(&str, usize) -> String,
) -> JsonTree {
    let children = children(value);
    let list = value.is_array();
    let mut tree = JsonTree { list, entries: Vec::new(), all: children.len(), before: None, after: None };
    let mut at = from.min(children.len());
    tree.before = (at > 0).then(|| href(pointer, at.saturating_sub(MANY)));
    for (label, child) in children.iter().skip(at).take(MANY) {
        let place = format!("{pointer}/{}", token(label));
        let what = entry(child, &place, deep, room, href);
        // Whoever reads counts from 1.
        let label = if list { (at + 1).to_string() } else { cut(label, TEXT).0.to_owned() };
        let cost = MARKUP + weight(&label) + what.weight();
        if cost > *room && !tree.entries.is_empty() {
            break;
        }
        *room = room.saturating_sub(cost);
        tree.entries.push(Entry { label, what });
        at += 1;
    }
    tree.after = (at < children.len()).then(|| href(pointer, at));
    tree
}

fn entry(value: &Value, place: &str, deep: usize, room: &mut usize, href: &dyn Fn(&str, usize) -> String) -> What {
    match value {
        Value::Object(pairs) if pairs.is_empty() => What::Empty("{ }"),
        Value::Array(items) if items.is_empty() => What::Empty("[ ]"),
        Value::Object(_) | Value::Array(_) => {
            let mut inside = INSIDE.min(*room);
            if deep == 0 || weighs(value, inside, deep).is_none() {
                return What::Elsewhere(href(place, 0), how_many(children_of(value), value.is_array()));
            }
            let before = inside;
            let tree = draw(value, place, 0, deep - 1, &mut inside, href);
            *room = room.saturating_sub(before - inside);
            let open = tree.all <= 8;
            What::Tree(tree, open)
        }
        Value::String(text) => match cut(text, TEXT) {
            (_, None) => What::Text(text.clone()),
            (start, Some(_)) => What::Begun(start.to_owned(), href(place, 0)),
        },
        plain => What::Plain(plain.to_string()),
    }
}

impl What {
    fn weight(&self) -> usize {
        match self {
            Self::Text(text) | Self::Plain(text) => weight(text),
            Self::Begun(text, href) | Self::Elsewhere(href, text) => weight(text) + weight(href),
            Self::Empty(_) => 3,
            // It was paid for when it was drawn.
            Self::Tree(..) => 0,
        }
    }
}

/// The bytes that `value` takes in a page, where what is too deep is a link; nothing when they are more than `most`.
fn weighs(value: &Value, most: usize, deep: usize) -> Option<usize> {
    match value {
        Value::Object(_) | Value::Array(_) => {
            let Some(inner) = deep.checked_sub(1) else { return Some(LINK).filter(|weight| *weight <= most) };
            if children_of(value) > MANY {
                return None;
            }
            children(value).into_iter().try_fold(MARKUP, |sum, (label, child)| {
                let own = sum + MARKUP + weight(&label);
                let left = most.checked_sub(own)?;
                Some(own + weighs(child, left, inner)?)
            })
        }
        Value::String(text) => Some(weight(cut(text, TEXT).0)).filter(|weight| *weight <= most),
        plain => Some(plain.to_string().len()).filter(|weight| *weight <= most),
    }
}

fn children_of(value: &Value) -> usize {
    match value {
        Value::Object(pairs) => pairs.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    }
}

fn children(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(pairs) => pairs.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn href(place: &str, from: usize) -> String {
        format!("{place}@{from}")
    }

    fn drawn(value: &Value, pointer: &str, from: usize) -> JsonTree {
        JsonTree::of(value.pointer(pointer).unwrap(), pointer, from, &href)
    }

    /// RESULT-1
    #[test]
    fn a_small_answer_stands_on_one_page_with_every_value() {
        let value =
            json!({ "code": 200, "ok": true, "none": null, "empty": {}, "Results": [{ "Name": "A/B" }, "text"] });
        let page = drawn(&value, "", 0).to_string();
        for said in ["code", "200", "true", "null", "{ }", "Results", "2 entries", "Name", "A/B", "text"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(page.contains("<details open>") && !page.contains("href="), "{page}");
    }

    /// RESULT-1
    #[test]
    fn every_value_of_a_large_answer_is_reached_over_pages_that_stay_small() {
        let rows: Vec<_> = (0..3_000).map(|n| json!({ "n": n, "<quoted>": "\"'&".repeat(40) })).collect();
        let value = json!({ "a/b~c": rows, "last": "x".repeat(40_000) });
        let (mut open, mut seen, mut pages) = (vec![(String::new(), 0)], 0, 0);
        while let Some((place, from)) = open.pop() {
            let page = drawn(&value, &place, from).to_string();
            assert!(page.len() < 45_000, "{} bytes at {place}@{from}", page.len());
            seen += page.matches(">n</bdi>").count();
            pages += 1;
            for link in page.split("href=\"").skip(1) {
                let (place, from) = link.split('"').next().unwrap().rsplit_once('@').unwrap();
                let next = (place.to_owned(), from.parse().unwrap());
                // Forward and down: each page once.
                if next.0.len() > 1
                    && next.0 != "/last"
                    && !page.contains(&format!("data-way=\"before\" href=\"{place}@{from}\""))
                {
                    open.push(next);
                }
            }
        }
        assert_eq!(seen, 3_000);
        assert!((30..400).contains(&pages), "{pages} pages");
        let text = drawn(&value, "/last", 15_000);
        assert_eq!((text.before.as_deref(), text.after.as_deref()), (Some("/last@0"), Some("/last@30000")));
    }

    #[test]
    fn the_deepest_answer_leads_on_by_links() {
        let value = (0..100).fold(json!("the end"), |value, _| json!({ "a": value, "b": 1 }));
        let page = drawn(&value, "", 0).to_string();
        assert!(page.contains("href=\"/a/a/a/a/a/a/a@0\""), "{page}");
        assert!(drawn(&value, &"/a".repeat(98), 0).to_string().contains("the end"));
    }

    #[test]
    fn a_place_is_named_from_the_top_and_one_that_is_not_there_is_none() {
        let value = json!({ "a/b": [{ "x": 1 }] });
        let path = json_path(&value, "/a~1b/0/x", &href).unwrap();
        let said: Vec<_> = path.iter().map(|link| (link.text.as_str(), link.href.as_str())).collect();
        assert_eq!(said, [("a/b", "/a~1b@0"), ("1", "/a~1b/0@0"), ("x", "/a~1b/0/x@0")]);
        for nowhere in ["/b", "a", "/a~1b/1", "/a~1b/00", "//"] {
            assert_eq!(json_path(&value, nowhere, &href), None, "{nowhere}");
        }
        assert_eq!(json_path(&value, "", &href), Some(vec![]));
    }
}
