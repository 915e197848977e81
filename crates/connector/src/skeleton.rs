//! JSON as it was written, beside what was read of it.

use serde_json::Value;

/// What of a JSON text stands outside of its strings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Skeleton<'t> {
    /// How many names are given a value; one that stands twice counts twice.
    pub(crate) names: usize,
    /// Its numbers.
    pub(crate) numbers: Vec<&'t str>,
}

impl<'t> Skeleton<'t> {
    /// That of `text`, which was read as JSON; of no JSON it is of no use.
    pub(crate) fn of(text: &'t str) -> Self {
        let mut skeleton = Self::default();
        let (mut within, mut escaped, mut number) = (false, false, None);
        for (at, byte) in text.bytes().enumerate() {
            if within {
                (escaped, within) = (byte == b'\\' && !escaped, byte != b'"' || escaped);
                continue;
            }
            within = byte == b'"';
            skeleton.names += usize::from(byte == b':');
            let digit = byte.is_ascii_digit() || byte == b'-';
            match number {
                None if digit => number = Some(at),
                Some(from) if !digit && !matches!(byte, b'.' | b'e' | b'E' | b'+') => {
                    skeleton.numbers.push(&text[from..at]);
                    number = None;
                }
                _ => {}
            }
        }
        skeleton.numbers.extend(number.map(|from| &text[from..]));
        skeleton
    }
}

/// How many names are given a value in `value`.
pub(crate) fn names_in(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(names_in).sum(),
        Value::Object(pairs) => pairs.len() + pairs.values().map(names_in).sum::<usize>(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            r#"[a-z:"\\\\,0-9{}]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let name = r#"[a-c:"\\\\]{0,3}"#;
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((name, inner), 0..4).prop_map(|pairs| pairs.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_was_written_from_a_value_has_its_names_and_numbers(value in written()) {
            fn numbers(value: &Value, found: &mut Vec<String>) {
                match value {
                    Value::Number(number) => found.push(number.to_string()),
                    Value::Array(items) => items.iter().for_each(|item| numbers(item, found)),
                    Value::Object(pairs) => pairs.values().for_each(|item| numbers(item, found)),
                    _ => {}
                }
            }
            let mut expected = Vec::new();
            numbers(&value, &mut expected);
            let text = value.to_string();
            let skeleton = Skeleton::of(&text);
            prop_assert_eq!(skeleton.names, names_in(&value));
            prop_assert_eq!(skeleton.numbers, expected);
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_seen() {
        let text = r#"{"a": "x:1", "a": -1.5e+30, "b": [12]}"#;
        let skeleton = Skeleton::of(text);
        assert_eq!((skeleton.names, skeleton.numbers), (3, vec!["-1.5e+30", "12"]));
        assert_eq!(names_in(&serde_json::from_str(text).unwrap()), 2);
    }
}
