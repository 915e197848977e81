//! What the functions make of texts.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jmespath::{Rcvar, Variable};
use serde_json::Value;

use crate::{budget, depth, digest, expr};

/// The namespace of `uuid`: drawn once for this purpose, it must never change.
pub(super) const NAMESPACE: [u8; 16] =
    [0xe5, 0x5a, 0x18, 0x7a, 0x7d, 0x20, 0x46, 0xff, 0x99, 0xab, 0xfe, 0x40, 0x66, 0x4f, 0xc9, 0xb7];
/// What a value of JSON takes beside its text, in bytes.
const JSON_VALUE: usize = 32;
/// What `json` counts for each byte of its text; it counts its values itself.
pub(super) const JSON_TIMES: usize = 1;

/// A text, or a number or boolean as it is written; nothing else is a text.
fn text_of(value: &Variable) -> Option<Cow<'_, str>> {
    match value {
        Variable::String(text) => Some(Cow::Borrowed(text)),
        Variable::Number(number) => Some(Cow::Owned(number.to_string())),
        Variable::Bool(yes) => Some(Cow::Borrowed(if *yes { "true" } else { "false" })),
        _ => None,
    }
}

/// What `make` makes of the text of `value`; null when it has none.
pub(super) fn with(value: &Variable, make: impl FnOnce(&str) -> String) -> Variable {
    text_of(value).map_or(Variable::Null, |text| Variable::String(make(&text)))
}

/// How many bytes of text stand in `value`, or in the items of a list.
pub(super) fn size(value: &Variable) -> usize {
    match value {
        Variable::String(text) => text.len(),
        Variable::Object(pairs) => pairs.keys().map(|key| key.len() + 64).sum(),
        Variable::Array(items) => items.iter().map(|item| item.as_string().map_or(8, String::len) + 5).sum(),
        _ => 8,
    }
}

pub(super) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

pub(super) fn uuid(text: &str) -> String {
    digest::uuid(&NAMESPACE, text.as_bytes())
}

pub(super) fn percent(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut whole, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(whole, "%{byte:02X}");
        }
        whole
    })
}

/// Null also for a text whose values would take too much room.
pub(super) fn json(value: &Variable) -> Variable {
    let Some(text) = text_of(value) else { return Variable::Null };
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if budget::written(values.saturating_mul(JSON_VALUE)).is_err() {
        return Variable::Null;
    }
    let parsed = serde_json::from_str::<Value>(&text).ok().filter(|value| depth::of(value) <= depth::MAX);
    parsed.map_or(Variable::Null, |value| (*expr::variable(&value)).clone())
}

/// An object as the list of what it has: a table can show what nobody can name beforehand.
pub(super) fn entries(value: &Variable) -> Variable {
    let Some(pairs) = value.as_object() else { return Variable::Null };
    let entry = |(key, value): (&String, &Rcvar)| {
        let pair = [("key", Arc::new(Variable::String(key.clone()))), ("value", Arc::clone(value))];
        Arc::new(Variable::Object(pair.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()))
    };
    Variable::Array(pairs.iter().map(entry).collect())
}

pub(super) fn join_words(value: &Variable) -> Variable {
    let words: Vec<Cow<'_, str>> = match value {
        Variable::Array(items) => items.iter().filter_map(|item| text_of(item)).collect(),
        one => text_of(one).into_iter().collect(),
    };
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).filter(|word| !word.trim().is_empty()).collect();
    match words.as_slice() {
        [] => Variable::Null,
        [one] => Variable::String((*one).to_owned()),
        [all @ .., last] => Variable::String(format!("{} and {last}", all.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use crate::expr::{Template, variable};
    use serde_json::{Value, json};

    fn eval(expr: &str, a: Value) -> Option<Value> {
        let scope = variable(&Value::Object([("a".to_owned(), a)].into_iter().collect()));
        Template::parse(&format!("={expr}")).unwrap().value(&scope).unwrap()
    }

    #[test]
    fn a_text_is_encoded_as_the_standards_say() {
        assert_eq!(eval("base64(a)", json!("foob")), Some(json!("Zm9vYg==")), "RFC 4648, section 10");
        assert_eq!(eval("base64(a)", json!("é")), Some(json!("w6k=")));
        assert_eq!(eval("percent(a)", json!("a/b c~é+%")), Some(json!("a%2Fb%20c~%C3%A9%2B%25")));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(eval("digest(a)", json!("abc")), Some(json!(abc)), "FIPS 180-4");
    }

    #[test]
    fn a_uuid_is_the_same_for_the_same_text_and_another_for_another() {
        let made = eval("uuid(a)", json!("Kwantu")).unwrap();
        assert_eq!(made, json!("84f4f24c-c712-5caf-9c29-d1af97a754b3"), "it never changes");
        assert_eq!(eval("uuid(a)", json!("7")), eval("uuid(a)", json!(7)));
        assert_ne!(eval("uuid(a)", json!("kwantu")).unwrap(), made);
    }

    #[test]
    fn a_masked_value_is_masked_whatever_its_kind() {
        assert_eq!(eval("mask(a)", json!("8001015009087")), Some(json!("••••••••••087")));
        assert_eq!(eval("mask(a)", json!(8_001_015_009_087_u64)), Some(json!("••••••••••087")));
        for none in [json!(["8001015009087"]), json!({"id": "8001015009087"}), Value::Null] {
            assert_eq!(eval("mask(a)", none), None);
        }
    }

    #[test]
    fn json_in_a_text_is_read_and_what_is_none_is_null() {
        assert_eq!(eval("json(a).b[1]", json!(r#"{"b": [1, {"c": null}]}"#)), Some(json!({"c": null})));
        for none in [json!("{"), json!(""), json!("nope"), json!({"b": 1}), json!(["1"]), json!("[".repeat(100))] {
            assert_eq!(eval("json(a)", none.clone()), None, "{none}");
        }
        let nested = |levels: usize| json!(format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
        assert!(eval("json(a)", nested(64)).is_some() && eval("json(a)", nested(65)).is_none());
    }

    #[test]
    fn words_are_joined_as_they_are_said() {
        assert_eq!(eval("join_words(a)", json!(["a"])), Some(json!("a")));
        assert_eq!(eval("join_words(a)", json!(["a", "b"])), Some(json!("a and b")));
        assert_eq!(eval("join_words(a)", json!(["a", null, 7, " ", {"b": 1}, "c"])), Some(json!("a, 7 and c")));
        assert_eq!(eval("join_words(a)", json!("alone")), Some(json!("alone")));
        assert_eq!(eval("join_words(a)", json!([null])), None);
    }
}
