//! How deep values nest: what is stored as JSON is read again, and readers refuse more than 128 levels.

use serde_json::Value;

/// The most levels of a value that is kept inside another.
pub(crate) const MAX: usize = 64;

/// How many lists and objects stand around the innermost value.
pub(crate) fn of(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(of).max().unwrap_or(0),
        Value::Object(pairs) => 1 + pairs.values().map(of).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn levels_are_counted_along_the_deepest_way() {
        for (value, levels) in [(json!(1), 0), (json!([]), 1), (json!({"a": [1], "b": {"c": [2]}}), 3)] {
            assert_eq!(of(&value), levels, "{value}");
        }
    }
}
