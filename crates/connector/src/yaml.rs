//! YAML as one tree in which every node knows its place and pairs keep their order.
//!
//! A number whose source text is not its plain form (`+27…`, `1e3`, `0x1F`) is refused: in a manifest it is nearly
//! always a text that lost its quotes. Size and depth are bounded before anything is built.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::Spanned;

use crate::problem::Problem;

/// The largest manifest, in bytes.
pub(crate) const MAX_BYTES: usize = 1_000_000;
/// The deepest nesting.
const MAX_DEPTH: usize = 48;
/// The stack of the thread that reads, in bytes.
const STACK: usize = 32 << 20;
/// The most nodes, aliases expanded.
const MAX_NODES: usize = 50_000;

/// A place in the text, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// A node and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Yaml {
    pub(crate) place: Place,
    pub(crate) node: Node,
}

/// What stands there.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<Pair>),
}

/// A key, its place and its value.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) at: Place,
    pub(crate) value: Yaml,
}

impl Node {
    /// What it is, in a manifest author's words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Yaml {
    /// The same as JSON, without places.
    pub(crate) fn json(&self) -> Value {
        match &self.node {
            Node::Null => Value::Null,
            Node::Bool(b) => Value::Bool(*b),
            Node::Number(n) => Value::Number(n.clone()),
            Node::Text(t) => Value::String(t.clone()),
            Node::List(items) => Value::Array(items.iter().map(Self::json).collect()),
            Node::Map(pairs) => Value::Object(pairs.iter().map(|p| (p.key.clone(), p.value.json())).collect()),
        }
    }
}

impl Yaml {
    /// What stands at `key`, where this is a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Node::Map(pairs) = &self.node else { return None };
        pairs.iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// The keys of a mapping; none of anything else.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let pairs = if let Node::Map(pairs) = &self.node { pairs.as_slice() } else { &[] };
        pairs.iter().map(|pair| pair.key.as_str())
    }

    /// Where that stands to which `path` leads, of keys and numbers of items; as far as it leads.
    pub(crate) fn at<S: AsRef<str>>(&self, path: &[S]) -> Place {
        let (mut here, mut place) = (self, self.place);
        for step in path {
            let step = step.as_ref();
            (here, place) = match &here.node {
                Node::Map(pairs) => match pairs.iter().find(|pair| pair.key == step) {
                    Some(pair) => (&pair.value, pair.at),
                    None => return place,
                },
                Node::List(items) => match step.parse().ok().and_then(|at: usize| items.get(at)) {
                    Some(item) => (item, item.place),
                    None => return place,
                },
                _ => return place,
            };
        }
        place
    }
}

/// Reads `text`.
pub(crate) fn parse(text: &str) -> Result<Yaml, Problem> {
    if text.len() > MAX_BYTES {
        let message = format!("The manifest has {} bytes; {MAX_BYTES} is the most.", text.len());
        return Err(Problem { line: 0, column: 0, message, mend: "Make it smaller.".to_owned() });
    }
    // Each level takes tens of kilobytes of the stack, by how the compiler has laid the library out: the deepest text
    // that is let in must not end the program, on whichever thread it is read.
    std::thread::scope(|scope| {
        let read = || {
            let options = serde_saphyr::options! {
                strict_booleans: true,
                leading_zero_numbers_as_strings: true,
                underscored_numbers_as_strings: true,
                with_snippet: false,
                budget: serde_saphyr::budget! {
                    max_depth: MAX_DEPTH,
                    max_nodes: MAX_NODES,
                    max_events: MAX_NODES * 4,
                    max_documents: 1,
                },
            };
            let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options).map_err(|e| unreadable(&e))?;
            place(raw, text)
        };
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read);
        thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| Err(broken()))
    })
}

fn broken() -> Problem {
    let (message, mend) = ("The text could not be read.", "Make it simpler, and report this with the text.");
    Problem { line: 0, column: 0, message: message.to_owned(), mend: mend.to_owned() }
}

fn unreadable(error: &serde_saphyr::Error) -> Problem {
    let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
    let said = error.without_snippet().to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    // What an author of code could do about it is no help to an author of manifests.
    let said = said.split(", set ").next().unwrap_or_default().trim_end_matches([',', '.', ' ']);
    Problem {
        line,
        column,
        message: format!("This is not YAML that can be read: {said}."),
        mend: "Look at the indentation, the colons and the quotes around here.".to_owned(),
    }
}

/// The tree as the deserialiser gives it, before numbers are held against their source text.
enum Raw {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn place(raw: Spanned<Raw>, text: &str) -> Result<Yaml, Problem> {
    let at = Place { line: raw.referenced.line(), column: raw.referenced.column() };
    let node = match raw.value {
        Raw::Null => Node::Null,
        Raw::Bool(b) => Node::Bool(b),
        Raw::Text(t) => Node::Text(t),
        Raw::Number(n) => {
            let span = raw.defined.span();
            let (from, long) = (span.byte_offset().unwrap_or(0), span.byte_len().unwrap_or(0));
            let (from, long) = (usize::try_from(from).unwrap_or(0), usize::try_from(long).unwrap_or(0));
            let source = text.get(from..from + long).unwrap_or_default().trim_end();
            if source != n.to_string() {
                return Err(Problem {
                    line: at.line,
                    column: at.column,
                    message: format!("“{source}” would be read as the number {n}."),
                    mend: format!("Quote it if it is a text: \"{source}\"."),
                });
            }
            Node::Number(n)
        }
        Raw::List(items) => Node::List(items.into_iter().map(|i| place(i, text)).collect::<Result<_, _>>()?),
        Raw::Map(pairs) => {
            let pair = |(key, value): (Spanned<String>, Spanned<Raw>)| {
                let at = Place { line: key.referenced.line(), column: key.referenced.column() };
                Ok(Pair { key: key.value, at, value: place(value, text)? })
            };
            Node::Map(pairs.into_iter().map(pair).collect::<Result<_, _>>()?)
        }
    };
    Ok(Yaml { place: at, node })
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tree;

        impl<'de> Visitor<'de> for Tree {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a YAML value")
            }

            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }

            fn visit_none<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
                deserializer.deserialize_any(self)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
                Ok(Raw::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
                Ok(Raw::Number(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
                Ok(Raw::Number(value.into()))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Raw, E> {
                Number::from_f64(value).map(Raw::Number).ok_or_else(|| E::custom("a number must be finite"))
            }

            fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
                Ok(Raw::Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Raw, E> {
                Ok(Raw::Text(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Raw::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut pairs: Vec<(Spanned<String>, Spanned<Raw>)> = Vec::new();
                while let Some(pair) = map.next_entry::<Spanned<String>, Spanned<Raw>>()? {
                    if pairs.iter().any(|(key, _)| key.value == pair.0.value) {
                        return Err(A::Error::custom(format!("the key “{}” stands twice", pair.0.value)));
                    }
                    pairs.push(pair);
                }
                Ok(Raw::Map(pairs))
            }
        }

        deserializer.deserialize_any(Tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        parse(text).unwrap().json()
    }

    #[test]
    fn what_looks_like_a_text_stays_a_text() {
        let tree =
            json("no: No\nzero: 0123\ngrouped: 1_000\nuuid: 0c4fb641-f410\ntext: \"0123\"\nnone: null\nyes: true\n");
        assert_eq!(
            tree,
            serde_json::json!({"no": "No", "zero": "0123", "grouped": "1_000", "uuid": "0c4fb641-f410", "text": "0123",
                "none": null, "yes": true})
        );
    }

    #[test]
    fn a_number_that_is_not_written_plainly_is_refused_at_its_place() {
        for source in ["+27821234567", "1e3", "0x1F", "1.50"] {
            let problem = parse(&format!("a: 1\nphone: {source}\n")).unwrap_err();
            assert_eq!((problem.line, problem.column), (2, 8), "{source}");
            assert!(problem.mend.contains(source), "{problem}");
        }
        assert_eq!(json("[1, -2, 1.5]"), serde_json::json!([1, -2, 1.5]));
    }

    #[test]
    fn order_and_places_are_kept() {
        let tree = parse("b: 1\na:\n  - x\n").unwrap();
        let Node::Map(pairs) = &tree.node else { panic!("a mapping") };
        let seen: Vec<_> = pairs.iter().map(|p| (p.key.as_str(), p.at.line, p.at.column)).collect();
        assert_eq!(seen, [("b", 1, 1), ("a", 2, 1)]);
        let Node::List(items) = &pairs[1].value.node else { panic!("a list") };
        assert_eq!((items[0].place.line, items[0].place.column), (3, 5));
        let at = |path: &[&str]| (tree.at(path).line, tree.at(path).column);
        assert_eq!((at(&["a", "0"]), at(&["a"]), at(&["b", "c"])), ((3, 5), (2, 1), (1, 1)));
        assert_eq!((at(&["a", "7"]), at(&["c"])), ((2, 1), (1, 1)), "as far as it leads");
    }

    #[test]
    fn broken_twice_named_deep_and_huge_texts_are_refused_with_a_place_or_a_reason() {
        assert_eq!(parse("a: [1\nb: 2").unwrap_err().line, 2);
        assert!(parse("a: 1\na: 2").unwrap_err().message.contains('a'));
        assert!(parse(&"[".repeat(5_000)).is_err());
        assert!(parse(&format!("{}1{}", "[".repeat(60), "]".repeat(60))).is_err());
        assert!(parse(&"x".repeat(MAX_BYTES + 1)).unwrap_err().message.contains("bytes"));
        let laughs = "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                      d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(parse(laughs).is_err(), "aliases are counted as what they expand to");
    }
}
