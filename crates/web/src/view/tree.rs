//! What a manifest did not map: any JSON, as labels and values.

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;

use super::count;
use super::text::{cut, weight};

/// The most bytes that all values may take in a page, with what their markup takes; and the most characters of one
/// value. The raw answer has them all.
const MOST: usize = 10_000;
const MARKUP: usize = 70;
const MOST_CHARACTERS: usize = 300;

/// Labels and values of an answer, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/tree.html")]
pub struct Tree {
    branches: Vec<Branch>,
    left_out: usize,
}

impl HtmlSafe for Tree {}

/// A label and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    label: String,
    leaf: Leaf,
}

/// What stands under a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A value.
    Text(String),
    /// The provider gave none.
    Nothing,
    /// More labels and values.
    Tree(Tree),
}

impl Tree {
    /// The tree of `value`, already masked. List entries are counted from 1; a label with a single label under it becomes
    /// one (`Results › 1 › TaxNumber`); a list of plain values becomes one line.
    pub fn of(value: &Value) -> Self {
        let mut room = MOST;
        let mut tree = match value {
            Value::Object(_) | Value::Array(_) => Self::under(value, &mut room),
            plain => Self { branches: vec![Branch { label: "Answer".to_owned(), leaf: leaf(plain) }], left_out: 0 },
        };
        let shown = tree.len();
        tree.left_out = if tree.branches.is_empty() { 0 } else { leaves(value).saturating_sub(shown) };
        tree
    }

    /// The same with so many values more that are not at hand.
    #[must_use]
    pub fn with(self, more: usize) -> Self {
        Self { left_out: self.left_out + more, ..self }
    }

    /// How many values it has, also those that are left out.
    pub fn len(&self) -> usize {
        self.left_out
            + self.branches.iter().map(|b| if let Leaf::Tree(tree) = &b.leaf { tree.len() } else { 1 }).sum::<usize>()
    }

    pub(super) fn count(&self) -> String {
        count(self.len() as u64)
    }

    fn more(&self) -> Option<String> {
        (self.left_out > 0).then(|| count(self.left_out as u64))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn under(value: &Value, room: &mut usize) -> Self {
        let mut branches = Vec::new();
        for (label, value) in entries(value) {
            let (label, value) = shortened(label, value);
            let label = cut(&label, MOST_CHARACTERS).0.to_owned();
            let mut weigh = |text: &str| {
                let left = room.checked_sub(MARKUP + weight(&label) + weight(text));
                *room = left.unwrap_or(0);
                left.is_some()
            };
            let leaf = if is_nested(value) {
                if !weigh("") {
                    break;
                }
                Leaf::Tree(Self::under(value, room))
            } else {
                let leaf = leaf(value);
                if !weigh(if let Leaf::Text(text) = &leaf { text } else { "" }) {
                    break;
                }
                leaf
            };
            branches.push(Branch { label, leaf });
        }
        Self { branches, left_out: 0 }
    }
}

fn entries(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, value)| ((n + 1).to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

/// Follows labels with a single label under them.
fn shortened(mut label: String, mut value: &Value) -> (String, &Value) {
    while is_nested(value)
        && let [(next, only)] = entries(value).as_slice()
    {
        label = format!("{label} › {next}");
        value = only;
    }
    (label, value)
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => list.iter().any(|each| each.is_object() || each.is_array()),
        _ => false,
    }
}

fn leaves(value: &Value) -> usize {
    if is_nested(value) { entries(value).into_iter().map(|(_, value)| leaves(value)).sum() } else { 1 }
}

fn leaf(value: &Value) -> Leaf {
    let text = match value {
        Value::Null => return Leaf::Nothing,
        Value::String(text) if text.trim().is_empty() => return Leaf::Nothing,
        Value::Object(map) if map.is_empty() => return Leaf::Nothing,
        Value::Array(list) if list.is_empty() => return Leaf::Nothing,
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => plain(other),
    };
    Leaf::Text(match cut(&text, MOST_CHARACTERS) {
        (_, None) => text,
        (start, Some(all)) => format!("{start}… ({} characters, whole in the raw response)", count(all as u64)),
    })
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Value::Null => "no value".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(tree: &Tree) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for branch in &tree.branches {
            match &branch.leaf {
                Leaf::Text(text) => all.push((branch.label.clone(), text.clone())),
                Leaf::Nothing => all.push((branch.label.clone(), String::new())),
                Leaf::Tree(inner) => {
                    all.extend(
                        lines(inner).into_iter().map(|(label, text)| (format!("{} / {label}", branch.label), text)),
                    );
                }
            }
        }
        all
    }

    /// RESULT-1
    #[test]
    fn single_labels_are_joined_and_lists_counted_from_one() {
        let tree = Tree::of(&json!({
            "code": 200, "ok": true, "none": null, "empty": {}, "tags": ["a", 1, false],
            "Results": [{ "TaxNumber": "•••081" }], "Auditors": [{ "Name": "A", "Status": "B" }, { "Name": "C" }],
        }));
        let expected = [
            ("code", "200"),
            ("ok", "Yes"),
            ("none", ""),
            ("empty", ""),
            ("tags", "a, 1, No"),
            ("Results › 1 › TaxNumber", "•••081"),
            ("Auditors / 1 / Name", "A"),
            ("Auditors / 1 / Status", "B"),
            ("Auditors / 2 › Name", "C"),
        ];
        assert_eq!(lines(&tree), expected.map(|(l, t)| (l.to_owned(), t.to_owned())));
        assert_eq!(tree.len(), 9);
    }

    #[test]
    fn a_bare_value_is_an_answer_too() {
        assert_eq!(lines(&Tree::of(&json!("done"))), [("Answer".to_owned(), "done".to_owned())]);
        assert!(Tree::of(&json!({})).is_empty() && Tree::of(&json!([])).is_empty());
    }

    #[test]
    fn an_endless_answer_is_cut_and_says_how_much_is_missing() {
        let many: Vec<_> = (0..1_000).map(|n| json!({ "n": n, "text": "x".repeat(1_000) })).collect();
        let tree = Tree::of(&json!(many));
        let (shown, page) = (lines(&tree).len(), tree.to_string());
        assert_eq!((shown + tree.left_out, tree.len()), (2_000, 2_000));
        assert!(shown > 20 && page.len() < 20_000, "{shown} values, {} bytes", page.len());
        assert!(page.contains(&format!("{} more values", count(tree.left_out as u64))));
    }

    #[test]
    fn a_deep_answer_does_not_exhaust_the_stack() {
        let mut value = json!([1, 2]);
        for _ in 0..120 {
            value = json!([value, 1]);
        }
        assert!(!Tree::of(&value).to_string().is_empty());
    }

    #[test]
    fn the_deepest_answer_is_a_tree_too() {
        let lists = (0..100).fold(json!("the end"), |value, _| json!([value, 1]));
        let objects = (0..100).fold(json!("the end"), |value, _| json!({ "a": value, "": null }));
        for value in [lists, objects, json!([[[]]]), json!({ "": {} }), json!([null])] {
            let tree = Tree::of(&value);
            assert!(tree.to_string().starts_with("<dl"), "{value}");
        }
    }
}
