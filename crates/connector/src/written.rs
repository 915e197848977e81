//! How values are written for people: numbers in groups of three, days by name, Yes and No.

use serde_json::Value;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::expr::text_of;
use crate::functions::date;
use crate::manifest::Format;

/// Stands between groups of digits, as on every page.
const GAP: char = '\u{202f}';
/// The most digits before and after the point; what has more is no figure that anybody reads.
const MAX_DIGITS: usize = 30;

/// `value` in `format`, with its unit and its limit; nothing when it does not fit.
pub(crate) fn value(value: &Value, format: Format, unit: Option<&str>, limit: Option<&Value>) -> Option<String> {
    match format {
        Format::Date => Some(day(value.as_str()?)),
        Format::DateTime => Some(date(value.as_str()?)),
        Format::Boolean => boolean(value).map(str::to_owned),
        Format::Score => score(value, unit, limit),
        Format::Percent => score(value, Some(unit.unwrap_or("%")), limit),
        Format::Money => {
            let amount = Decimal::of(value)?.rounded(2, true);
            Some(unit.map_or_else(|| amount.clone(), |unit| format!("{unit}\u{a0}{amount}")))
        }
        Format::Masked => text_of(value),
    }
}

/// `text` and its unit, which stay on one line.
pub(crate) fn with(text: &str, unit: &str) -> String {
    format!("{text}\u{a0}{unit}")
}

/// A day, and of an instant the day that stands in it: turned into UTC it could become another.
fn day(text: &str) -> String {
    let trimmed = text.trim();
    let day = match OffsetDateTime::parse(trimmed, &Rfc3339) {
        Ok(at) => at.date(),
        Err(_) => match PrimitiveDateTime::parse(trimmed, &Iso8601::DEFAULT) {
            Ok(at) => at.date(),
            Err(_) => return date(text),
        },
    };
    date(&day.to_string())
}

fn boolean(value: &Value) -> Option<&'static str> {
    let word = match value {
        Value::Bool(yes) => return Some(if *yes { "Yes" } else { "No" }),
        Value::String(word) => word.trim().to_lowercase(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    match word.as_str() {
        "y" | "yes" | "true" | "1" => Some("Yes"),
        "n" | "no" | "false" | "0" => Some("No"),
        _ => None,
    }
}

/// `93.4 % (limit 80 %)`.
fn score(value: &Value, unit: Option<&str>, limit: Option<&Value>) -> Option<String> {
    let figure = |value: &Value| {
        let figure = Decimal::of(value)?.rounded(2, false);
        Some(unit.map_or_else(|| figure.clone(), |unit| with(&figure, unit)))
    };
    let score = figure(value)?;
    let limit = limit.and_then(|limit| figure(limit).or_else(|| text_of(limit)));
    Some(match limit {
        Some(limit) => format!("{score} (limit {limit})"),
        None => score,
    })
}

/// A number as its digits, so that amounts are not bent by binary fractions.
struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// The number that `value` is or spells.
    fn of(value: &Value) -> Option<Self> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) if number.is_f64() => number.as_f64()?.to_string(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.len() <= MAX_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || digits.ends_with('.') || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        Some(Self { negative, whole: whole.to_owned(), fraction: fraction.to_owned() })
    }

    /// Rounded half up to `places`, in groups of three; all places are written when they are `fixed`.
    fn rounded(&self, places: usize, fixed: bool) -> String {
        let up = self.fraction.as_bytes().get(places).is_some_and(|&digit| digit >= b'5');
        let kept = self.fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
        let mut digits: Vec<u8> = self.whole.bytes().chain(kept).collect();
        let mut carry = up;
        for digit in digits.iter_mut().rev() {
            if !carry {
                break;
            }
            carry = *digit == b'9';
            *digit = if carry { b'0' } else { *digit + 1 };
        }
        if carry {
            digits.insert(0, b'1');
        }
        let negative = self.negative && digits.iter().any(|&digit| digit != b'0');
        let digits: String = digits.into_iter().map(char::from).collect();
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let fraction = if fixed { fraction } else { fraction.trim_end_matches('0') };
        let sign = if negative { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{fraction}", grouped(whole))
    }

    fn as_f64(&self) -> Option<f64> {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}.{}", self.whole, self.fraction).parse().ok()
    }
}

/// `1284` as `1 284`.
fn grouped(whole: &str) -> String {
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(GAP);
        }
        text.push(digit);
    }
    text
}

/// A score as a picture: where it and its limit stand on a bar of 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    /// Where the score stands.
    pub(crate) share: f64,
    /// Where the limit stands.
    pub(crate) mark: Option<f64>,
}

impl Bar {
    /// The bar of a score in percent or with a limit. Without `%` its end is 1, 100 or 1,000, whichever holds both; a
    /// score that nothing is known of, or that lies outside, has none.
    pub(crate) fn of(score: &Value, limit: Option<&Value>, unit: Option<&str>) -> Option<Self> {
        let number = |value: &Value| Decimal::of(value)?.as_f64();
        let score = number(score)?;
        let limit = limit.and_then(number);
        let percent = unit.is_some_and(|unit| unit.trim() == "%");
        let most = score.max(limit.unwrap_or(0.0));
        let end = match limit {
            _ if percent => 100.0,
            None => return None,
            Some(_) => [1.0, 100.0, 1_000.0].into_iter().find(|&end| most <= end)?,
        };
        let share = |number: f64| (0.0..=end).contains(&number).then(|| (number / end * 10_000.0).round() / 100.0);
        Some(Self { share: share(score)?, mark: limit.and_then(share) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "values are written where they are tried")]
    fn plain(value: Value, format: Format, unit: Option<&str>, limit: Option<Value>) -> Option<String> {
        super::value(&value, format, unit, limit.as_ref()).map(|text| text.replace(['\u{202f}', '\u{a0}'], " "))
    }

    #[test]
    fn amounts_have_two_decimals_and_groups_of_three() {
        for (value, text) in [
            (json!(1284.5), "ZAR 1 284.50"),
            (json!("1284.5"), "ZAR 1 284.50"),
            (json!(-1_000_000), "ZAR -1 000 000.00"),
            (json!(0.005), "ZAR 0.01"),
            (json!("999.995"), "ZAR 1 000.00"),
            (json!("-0.001"), "ZAR 0.00"),
            (json!("0012345678901234567890.10"), "ZAR 12 345 678 901 234 567 890.10"),
        ] {
            assert_eq!(plain(value.clone(), Format::Money, Some("ZAR"), None).as_deref(), Some(text), "{value}");
        }
        assert_eq!(plain(json!(7), Format::Money, None, None).as_deref(), Some("7.00"));
    }

    #[test]
    fn scores_have_at_most_two_decimals_their_unit_and_their_limit() {
        let score = |value, unit, limit| plain(value, Format::Score, unit, limit).unwrap();
        assert_eq!(score(json!(93.4), Some("%"), Some(json!(80))), "93.4 % (limit 80 %)");
        assert_eq!(score(json!(0.98765), None, Some(json!("0.80"))), "0.99 (limit 0.8)");
        assert_eq!(score(json!("1284"), None, Some(json!("high"))), "1 284 (limit high)");
        assert_eq!(plain(json!(12.0), Format::Percent, None, None).as_deref(), Some("12 %"));
        assert_eq!(plain(json!(1e20), Format::Score, None, None).as_deref(), Some("100 000 000 000 000 000 000"));
    }

    #[test]
    fn yes_and_no_are_known_in_the_spellings_of_providers() {
        for yes in [json!(true), json!("Y"), json!("true"), json!("YES"), json!(1), json!("1")] {
            assert_eq!(plain(yes.clone(), Format::Boolean, None, None).as_deref(), Some("Yes"), "{yes}");
        }
        for no in [json!(false), json!("n"), json!("False"), json!(0)] {
            assert_eq!(plain(no.clone(), Format::Boolean, None, None).as_deref(), Some("No"), "{no}");
        }
    }

    #[test]
    fn a_day_is_the_one_that_was_written_and_an_instant_is_in_utc() {
        let date = |text: &str| plain(json!(text), Format::Date, None, None).unwrap();
        assert_eq!(date("1980-01-01"), "1 Jan 1980");
        assert_eq!(date("1980-01-01T00:30:00+02:00"), "1 Jan 1980");
        assert_eq!(date("1980-01-01T00:00:00"), "1 Jan 1980");
        assert_eq!(date("01/02/1980"), "01/02/1980");
        let at = plain(json!("2026-11-03T16:32:07+02:00"), Format::DateTime, None, None);
        assert_eq!(at.as_deref(), Some("3 Nov 2026, 14:32 UTC"));
    }

    #[test]
    fn what_does_not_fit_is_left_as_it_came() {
        let odd = [
            json!("HIGH"),
            json!("1,284.50"),
            json!(""),
            json!("1."),
            json!("."),
            json!("-"),
            json!([1]),
            json!({}),
            json!("1e9"),
            json!("9".repeat(31)),
            json!(1e300),
            json!("1.2.3"),
            json!(null),
        ];
        for value in odd {
            for format in [Format::Score, Format::Percent, Format::Money, Format::Boolean] {
                assert_eq!(plain(value.clone(), format, Some("%"), Some(json!(1))), None, "{format:?} of {value}");
            }
        }
        assert_eq!(plain(json!(20_140_917), Format::Date, None, None), None);
        assert_eq!(plain(json!("perhaps"), Format::Boolean, None, None), None);
    }

    #[test]
    fn a_bar_is_drawn_only_of_a_score_whose_scale_is_known() {
        let bar =
            |score, limit: Option<Value>, unit| Bar::of(&score, limit.as_ref(), unit).map(|bar| (bar.share, bar.mark));
        assert_eq!(bar(json!(93.4), Some(json!(80)), Some("%")), Some((93.4, Some(80.0))));
        assert_eq!(bar(json!(0.5), None, Some("%")), Some((0.5, None)), "half a percent is half a percent");
        assert_eq!(bar(json!(0.93), Some(json!(0.8)), None), Some((93.0, Some(80.0))));
        assert_eq!(bar(json!("88"), Some(json!(80)), None), Some((88.0, Some(80.0))));
        assert_eq!(bar(json!(870), Some(json!(600)), None), Some((87.0, Some(60.0))));
        assert_eq!(bar(json!(93.4), None, None), None, "of what?");
        for odd in [json!(-1), json!(101), json!("HIGH"), json!(null)] {
            assert_eq!(bar(odd.clone(), None, Some("%")), None, "{odd}");
        }
        assert_eq!(bar(json!(5_000), Some(json!(1)), None), None);
        assert_eq!(bar(json!(50), Some(json!(200)), Some("%")), Some((50.0, None)), "a limit outside has no tick");
    }
}
