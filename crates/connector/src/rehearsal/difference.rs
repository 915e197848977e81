//! Where two JSON values differ, as paths that an author can follow.

use serde_json::Value;

/// The most places that are told.
const MOST: usize = 5;
/// The most characters of a value that are told, and how many of them stand before the first that differs.
const LONGEST: usize = 100;
const BEFORE: usize = 20;

/// One place at which they differ.
pub(super) struct Difference {
    /// The keys and numbers of items that lead there.
    pub(super) path: Vec<String>,
    /// What was wanted there, and what was found.
    pub(super) wanted: String,
    pub(super) found: String,
}

impl Difference {
    /// The path as a JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let steps = self.path.iter().flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")]);
        steps.collect()
    }
}

/// The first places at which `found` differs from `wanted`, and whether there are more.
pub(super) fn of(wanted: &Value, found: &Value) -> (Vec<Difference>, bool) {
    let mut told = Vec::new();
    walk(Some(wanted), Some(found), &mut Vec::new(), &mut told);
    let more = told.len() > MOST;
    told.truncate(MOST);
    (told, more)
}

fn walk(wanted: Option<&Value>, found: Option<&Value>, path: &mut Vec<String>, told: &mut Vec<Difference>) {
    if told.len() > MOST || wanted == found {
        return;
    }
    match (wanted, found) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let others = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(others) {
                inside(key.clone(), a.get(key), b.get(key), path, told);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                inside(at.to_string(), a.get(at), b.get(at), path, told);
            }
        }
        _ => {
            let (wanted, found) = (spelled(wanted), spelled(found));
            let from = wanted.chars().zip(found.chars()).take_while(|(a, b)| a == b).count();
            told.push(Difference { path: path.clone(), wanted: near(&wanted, from), found: near(&found, from) });
        }
    }
}

fn inside(
    step: String,
    wanted: Option<&Value>,
    found: Option<&Value>,
    path: &mut Vec<String>,
    told: &mut Vec<Difference>,
) {
    path.push(step);
    walk(wanted, found, path, told);
    path.pop();
}

fn spelled(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// So much of a long text as stands around its character `from`.
fn near(text: &str, from: usize) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let begin = from.saturating_sub(BEFORE).min(count - LONGEST);
    let cut: String = text.chars().skip(begin).take(LONGEST).collect();
    let (before, after) = (if begin > 0 { "…" } else { "" }, if begin + LONGEST < count { "…" } else { "" });
    format!("{before}{cut}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(wanted: &Value, found: &Value) -> Vec<String> {
        let (told, more) = of(wanted, found);
        let mut lines: Vec<String> =
            told.iter().map(|d| format!("{}: {} / {}", d.pointer(), d.wanted, d.found)).collect();
        lines.extend(more.then(|| "more".to_owned()));
        lines
    }

    #[test]
    fn only_the_places_that_differ_are_told() {
        let wanted = json!({"same": [1, {"x": "y"}], "a": {"b": 1, "c/d": "x"}, "list": ["p", "q"], "gone": null});
        let found = json!({"same": [1, {"x": "y"}], "a": {"b": 2, "c/d": 1}, "list": ["p"], "new": true});
        assert_eq!(
            told(&wanted, &found),
            [
                "/a/b: 1 / 2",
                "/a/c~1d: \"x\" / 1",
                "/list/1: \"q\" / nothing",
                "/gone: null / nothing",
                "/new: nothing / true"
            ]
        );
        assert!(told(&wanted, &wanted).is_empty());
        assert_eq!(told(&json!("a"), &json!({})), [": \"a\" / {}"]);
    }

    #[test]
    fn of_many_places_the_first_are_told_and_that_there_are_more() {
        let (wanted, found) = (json!([1, 2, 3, 4, 5, 6, 7]), json!([]));
        assert_eq!(told(&wanted, &found).len(), MOST + 1);
        assert_eq!(told(&json!([1, 2, 3, 4, 5]), &found).len(), MOST);
    }

    #[test]
    fn long_texts_are_told_around_the_first_letter_that_differs() {
        let (wanted, found) = (format!("{}é{}", "x".repeat(500), "y".repeat(500)), "x".repeat(1_001));
        let line = told(&json!(wanted), &json!(found)).remove(0);
        assert!(line.contains('é') && line.chars().count() < 2 * LONGEST + 20, "{line}");
    }
}
