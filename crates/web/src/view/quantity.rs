//! Numbers, sizes and durations as people read them.

use std::time::Duration;

/// A number in groups of three: `1 284` (the gap is a narrow no-break space).
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number that was counted up to a thousand: `37`, and `999+` where there are more.
pub fn counted(number: u32) -> String {
    if number < 1_000 { count(number.into()) } else { "999+".to_owned() }
}

/// How many there are of something: `1 request`, `25 requests`.
pub fn plural(number: usize, word: &str) -> String {
    format!("{} {word}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// How long something took: `412 ms`, `2.8 s`, `31 s`, `2 min 5 s`.
pub fn took(span: Duration) -> String {
    let millis = span.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..9_950 => format!("{:.1} s", span.as_secs_f64()),
        9_950..60_000 => format!("{:.0} s", span.as_secs_f64().min(59.0)),
        _ => format!("{} min {} s", millis / 60_000, millis / 1_000 % 60),
    }
}

/// How large something is: `251 bytes`, `1.4 KB`, `12 MB`; a KB is 1,000 bytes.
pub fn bytes(size: usize) -> String {
    let tenths = |unit: usize| {
        let tenths = (size + unit / 20) / (unit / 10);
        if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { (tenths / 10).to_string() }
    };
    match size {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{size} bytes"),
        1_000..999_500 => format!("{} KB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_284, "1\u{202f}284"), (1_000_000, "1\u{202f}000\u{202f}000")]
        {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn a_duration_has_the_unit_that_fits_it() {
        for (millis, text) in [
            (0, "0 ms"),
            (412, "412 ms"),
            (2_811, "2.8 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (31_000, "31 s"),
            (59_999, "59 s"),
            (125_000, "2 min 5 s"),
        ] {
            assert_eq!(took(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_size_has_the_unit_that_fits_it() {
        for (size, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_400, "1.4 KB"),
            (9_999, "10 KB"),
            (251_904, "251 KB"),
            (999_499, "999 KB"),
            (999_500, "1.0 MB"),
            (12_000_000, "12 MB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }
}
