//! What of an answer no mapping has read: shown as a tidy tree, so that nothing is lost.

use serde_json::{Map, Value};

use crate::mask::masked;
use crate::reads::{Path, covers};
use crate::sensitive::SensitiveNames;

/// The most characters of one text.
const MAX_TEXT: usize = 2_000;

/// What of `body`, the answer of `step`, is not among `reads`: personal values masked, long texts cut.
pub(crate) fn of(body: &Value, step: &str, reads: &[Path], names: &SensitiveNames) -> Option<Value> {
    let mut path = vec![step, "body"];
    if body.is_null() {
        return None;
    }
    remaining(body, &mut path, reads).map(|rest| shortened(masked(&rest, names)))
}

fn remaining<'a>(value: &'a Value, path: &mut Vec<&'a str>, reads: &[Path]) -> Option<Value> {
    match value {
        Value::Array(items) => {
            let rest: Vec<Value> = items.iter().filter_map(|i| remaining(i, path, reads)).collect();
            let empty = rest.is_empty() && (!items.is_empty() || covers(reads, path));
            (!empty).then_some(Value::Array(rest))
        }
        Value::Object(pairs) => {
            let mut rest = Map::new();
            for (name, inner) in pairs {
                path.push(name);
                if let Some(inner) = remaining(inner, path, reads) {
                    rest.insert(name.clone(), inner);
                }
                path.pop();
            }
            (!rest.is_empty()).then_some(Value::Object(rest))
        }
        scalar => (!covers(reads, path)).then(|| scalar.clone()),
    }
}

fn shortened(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(shortened).collect(),
        Value::Object(pairs) => Value::Object(pairs.into_iter().map(|(k, v)| (k, shortened(v))).collect()),
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

    #[test]
    fn what_was_read_is_left_out_and_the_rest_is_masked_and_short() {
        let body = json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "idNumber": "8001015009087", "none": null, "void": [],
            "long": "x".repeat(3_000)});
        let reads = Reads::of(&Expr::parse("step.body.a[].b").unwrap(), &[Vec::new()]).paths;
        let rest = of(&body, "step", &reads, &SensitiveNames::default()).unwrap();
        assert_eq!(rest["a"], json!([{"c": 2}]));
        assert_eq!((&rest["idNumber"], &rest["none"], &rest["void"]), (&json!("••••••••••087"), &Value::Null, &json!([])));
        assert!(rest["long"].as_str().unwrap().ends_with("… (3000 characters)"));
        let all = Reads::of(&Expr::parse("[step.body.a[].[b, c]]").unwrap(), &[Vec::new()]).paths;
        assert_eq!(of(&json!({"a": [{"b": 1, "c": 2}]}), "step", &all, &SensitiveNames::default()), None);
    }
}
