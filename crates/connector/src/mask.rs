//! Masks personal data for pages: what is stored stays whole, what is shown does not tell.

use std::ops::Range;

use serde_json::Value;

use crate::manifest::Manifest;
use crate::sensitive::{Folded, SensitiveNames, za_ids};

/// What stands where a secret was.
const REDACTED: &str = "redacted";

/// A copy of an answer in which personal data is masked: what stands under a sensitive name (the default list, the
/// manifest's, the action's own
/// where its form gives a format, such as that of an identity number), and identity numbers wherever they stand. Secrets are taken out.
pub fn value(manifest: &Manifest, action: &str, value: &Value) -> Value {
    let names = manifest.action(action).map(|a| a.form.personal_names()).unwrap_or_default();
    let mut masked = value.clone();
    mask(&mut masked, &SensitiveNames::of(manifest).with(names));
    masked
}

/// Dots for every character, the last three kept when there are eight or more: `••••••••••081`. The first six digits
/// of an identity number are a birth date, so nothing is kept at the front.
pub fn text(text: &str) -> String {
    let long = text.chars().count();
    let kept = if long >= 8 { 3 } else { 0 };
    text.chars().enumerate().map(|(at, c)| if at + kept < long { '•' } else { c }).collect()
}

/// Masks what is personal in `value`.
pub(crate) fn mask(value: &mut Value, names: &SensitiveNames) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, names)),
        Value::Object(pairs) => {
            for (name, value) in pairs {
                let name = Folded::of(name);
                if name.is_secret() && !value.is_null() {
                    *value = Value::String(REDACTED.to_owned());
                } else if names.knows(&name) {
                    leaves(value);
                } else {
                    mask(value, names);
                }
            }
        }
        Value::String(plain) => {
            let ids = za_ids(plain);
            if !ids.is_empty() {
                *plain = without(plain, &ids);
            }
        }
        Value::Number(number) if !za_ids(&number.to_string()).is_empty() => leaves(value),
        Value::Number(_) | Value::Null | Value::Bool(_) => {}
    }
}

/// `plain` with the identity numbers in it masked.
pub(crate) fn without_ids(plain: &str) -> String {
    without(plain, &za_ids(plain))
}

/// `plain` with each of `ranges`, which are in order, masked.
pub(crate) fn without(plain: &str, ranges: &[Range<usize>]) -> String {
    let mut whole = String::with_capacity(plain.len());
    let mut done = 0;
    for range in ranges {
        whole.push_str(&plain[done..range.start]);
        whole.push_str(&text(&plain[range.clone()]));
        done = range.end;
    }
    whole.push_str(&plain[done..]);
    whole
}

fn leaves(value: &mut Value) {
    match value {
        Value::String(plain) => *plain = text(plain),
        Value::Number(number) => *value = Value::String(text(&number.to_string())),
        Value::Array(items) => items.iter_mut().for_each(leaves),
        Value::Object(pairs) => pairs.values_mut().for_each(leaves),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_masked_text_keeps_its_end_and_never_the_birth_date() {
        assert_eq!(text("8001015009087"), "••••••••••087");
        assert_eq!(text("12345678"), "•••••678");
        assert_eq!(text("1234567"), "•••••••");
        assert_eq!(text("née Müller"), "•••••••ler");
        assert_eq!(text(""), "");
    }

    #[test]
    fn personal_data_is_masked_wherever_it_stands_and_company_data_is_not() {
        let mut answer = json!({"Directors": [{"FullName": "Nomvula Khanyile", "IDNumber": 8_001_015_009_087_u64}],
            "note": "ID 8001015009087 checked", "number": 8_001_015_009_087_u64, "email": ["a@b.example", null],
            "access_token": "eyJhbGciOi", "CompanyName": "Kwantu", "count": 3});
        mask(&mut answer, &SensitiveNames::default());
        assert_eq!(
            answer,
            json!({"Directors": [{"FullName": "Nomvula Khanyile", "IDNumber": "••••••••••087"}],
                "note": "ID ••••••••••087 checked", "number": "••••••••••087", "email": ["••••••••ple", null],
                "access_token": "redacted", "CompanyName": "Kwantu", "count": 3})
        );
    }
}
