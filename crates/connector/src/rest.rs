//! What of an answer no display has shown: a tidy tree, so that nothing is lost.

use serde_json::{Map, Value};

use crate::mask::mask;
use crate::reads::{Path, Step, covers};
use crate::sensitive::SensitiveNames;
use crate::{budget, depth};

/// What names an item of a list stays with what is left of it, or nobody knows whose the rest is.
const NAMING: &[&str] = &["id", "key", "label", "name", "title", "type"];
/// The most characters of one text.
const MAX_TEXT: usize = 2_000;

/// What of `body`, the answer of `step`, is not among the paths `shown`: personal values masked, long texts cut.
pub(crate) fn of(body: &Value, step: &str, shown: &[Path], names: &SensitiveNames) -> Option<Value> {
    let mut path = vec![Step::Name(step.into()), Step::Name("body".into())];
    if body.is_null() {
        return None;
    }
    budget::begin();
    let mut rest = remaining(body, &mut path, shown)?;
    mask(&mut rest, names);
    Some(shortened(rest, depth::MAX))
}

fn remaining(value: &Value, path: &mut Path, shown: &[Path]) -> Option<Value> {
    let mut inner = |step: Step, value: &Value| {
        path.push(step);
        let rest = remaining(value, path, shown);
        path.pop();
        rest
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let rest: Vec<Value> =
                items.iter().enumerate().filter_map(|(at, item)| inner(Step::Item(at), item)).collect();
            (!rest.is_empty()).then_some(Value::Array(rest))
        }
        Value::Object(pairs) if !pairs.is_empty() => {
            let rest = pairs.iter().map(|(name, v)| (name, v, inner(Step::Name(name.as_str().into()), v)));
            let rest: Vec<_> = rest.collect();
            if rest.iter().all(|(_, _, left)| left.is_none()) {
                return None;
            }
            let listed = matches!(path.last(), Some(Step::Item(_)));
            let kept = |name: &str, v: &Value| {
                let names =
                    listed && NAMING.iter().any(|n| n.eq_ignore_ascii_case(name)) && !v.is_object() && !v.is_array();
                names.then(|| v.clone())
            };
            let pairs =
                rest.into_iter().filter_map(|(name, v, left)| Some((name.clone(), left.or_else(|| kept(name, v))?)));
            Some(Value::Object(pairs.collect::<Map<_, _>>()))
        }
        whole => (!covered(shown, path)).then(|| whole.clone()),
    }
}

/// Whether it was shown. What would take too long to look up counts as not shown.
fn covered(shown: &[Path], path: &Path) -> bool {
    budget::step(shown.len() / 4 + 1).is_ok() && covers(shown, path)
}

/// Long texts are cut, and what nests deeper than `levels` becomes the text that it is.
fn shortened(value: Value, levels: usize) -> Value {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => shortened(Value::String(value.to_string()), 0),
        Value::Array(items) => items.into_iter().map(|item| shortened(item, levels - 1)).collect(),
        Value::Object(pairs) => {
            Value::Object(pairs.into_iter().map(|(name, value)| (name, shortened(value, levels - 1))).collect())
        }
        Value::String(text) => match text.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => Value::String(format!("{}… ({} characters)", &text[..end], text.chars().count())),
            None => Value::String(text),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;
    use crate::reads::Reads;
    use serde_json::json;

    fn given(expr: &str) -> Vec<Path> {
        Reads::of(&Expr::parse(expr).unwrap(), &[Path::new()]).given
    }

    #[test]
    fn what_was_shown_is_left_out_and_the_rest_is_masked_and_short() {
        let body = json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "idNumber": "8001015009087", "none": null, "void": [],
            "long": "x".repeat(3_000)});
        let names = SensitiveNames::default();
        let rest = of(&body, "step", &given("step.body.a[].b"), &names).unwrap();
        assert_eq!(rest["a"], json!([{"c": 2}]));
        assert_eq!(
            (&rest["idNumber"], &rest["none"], &rest["void"]),
            (&json!("••••••••••087"), &Value::Null, &json!([]))
        );
        assert!(rest["long"].as_str().unwrap().ends_with("… (3000 characters)"));
        let rest = of(&body, "step", &given("step.body.a[0].b"), &names).unwrap();
        assert_eq!(rest["a"], json!([{"c": 2}, {"b": 3}]), "the second was not shown");
        let listed = json!({"steps": [{"Name": "DHA", "state": "x", "result": 1}, {"Name": "AML", "state": "x"}]});
        let rest = of(&listed, "step", &given("step.body.steps[*].[Name, state]"), &names);
        assert_eq!(rest, Some(json!({"steps": [{"Name": "DHA", "result": 1}]})), "the rest of an item keeps its name");
        let all = given("[step.body.a[].[b, c]]");
        assert_eq!(of(&json!({"a": [{"b": 1, "c": 2}]}), "step", &all, &names), None);
    }

    /// A display is stored as JSON, and its reader refuses what nests deeper than 128 levels.
    #[test]
    fn the_deepest_answer_leaves_a_rest_that_can_be_read_again() {
        let deepest = format!("{}7{}", "[".repeat(126), "]".repeat(126));
        let body: Value = serde_json::from_str(&deepest).unwrap();
        let stored = |rest: &Value| json!({"a": [{"rest": rest}]}).to_string();
        assert!(serde_json::from_str::<Value>(&stored(&body)).is_err(), "the control");
        let rest = of(&body, "step", &[], &SensitiveNames::default()).unwrap();
        assert!(serde_json::from_str::<Value>(&stored(&rest)).is_ok());
        assert!(rest.to_string().contains('7'), "nothing is lost: {rest}");
    }
}
