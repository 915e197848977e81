//! Finds a value in a text in every spelling that software on the way may have given it.
//!
//! The text is looked at as it is, and with one, two and more layers of escapes taken off (percent, JSON, HTML), each
//! with `+` as itself and as a space. Base64 is found by the characters that a value gives at each of its three
//! alignments, so that it is found inside longer data such as Basic credentials (RFC 4648).

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::bytes::{Regex, RegexBuilder};

/// Values shorter than this, in bytes, are found by their name only: as text they would be found everywhere.
pub(crate) const SHORTEST: usize = 3;
/// The fewest characters of base64 that are taken for a value and not for chance.
const SHORTEST_BASE64: usize = 6;
/// How many layers of escapes are taken off.
const LAYERS: usize = 4;

/// The values to find.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needles {
    plain: Vec<Regex>,
    base64: Vec<Regex>,
}

impl Needles {
    /// Adds `value`; too short ones are passed over. Case does not matter when it is looked for.
    pub(crate) fn add(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        self.plain.extend(pattern(value, true));
        for spelled in in_base64(value.as_bytes()) {
            self.base64.extend(pattern(&spelled, false));
        }
    }

    /// Where any of the values stands in `text`: ranges in order that do not touch.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.plain.is_empty() {
            return found;
        }
        let first = View::of(text);
        self.look(&first, text, &mut found);
        for plus_is_space in [false, true] {
            let mut view = first.decoded(plus_is_space);
            for _ in 0..LAYERS {
                let Some(next) = view else { break };
                self.look(&next, text, &mut found);
                view = next.decoded(plus_is_space);
            }
        }
        merged(found)
    }

    fn look(&self, view: &View, text: &str, found: &mut Vec<Range<usize>>) {
        for needle in &self.plain {
            found.extend(needle.find_iter(&view.bytes).map(|m| view.source(m.range(), text)));
        }
        for needle in &self.base64 {
            for hit in needle.find_iter(&view.bytes) {
                let start = view.bytes[..hit.start()].iter().rposition(|&b| !is_base64(b)).map_or(0, |at| at + 1);
                let tail = &view.bytes[hit.end()..];
                let end = hit.end() + tail.iter().position(|&b| !is_base64(b)).unwrap_or(tail.len());
                found.push(view.source(start..end, text));
            }
        }
    }
}

fn pattern(value: &str, any_case: bool) -> Option<Regex> {
    // Folding case makes a few states of each letter; the bound is there to fail in tests and not in use.
    let bound = 100_000 + value.len() * 2_000;
    RegexBuilder::new(&regex::escape(value)).case_insensitive(any_case).size_limit(bound).build().ok()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}

/// The characters that `value` gives in base64 wherever it begins, in both alphabets. Those at the edges depend on the
/// neighbours and are left out.
fn in_base64(value: &[u8]) -> Vec<String> {
    let mut spelled = Vec::new();
    for before in 0..3_usize {
        let padded = [vec![0; before], value.to_vec()].concat();
        let from = (before * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let whole = engine.encode(&padded);
            if to >= from + SHORTEST_BASE64
                && let Some(middle) = whole.get(from..to)
                && !spelled.iter().any(|s| s == middle)
            {
                spelled.push(middle.to_owned());
            }
        }
    }
    spelled
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| r.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// `text` with each of `ranges`, which are in order, replaced by `mark`.
pub(crate) fn replace(text: &str, ranges: &[Range<usize>], mark: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut done = 0;
    for range in ranges {
        whole.push_str(text.get(done..range.start).unwrap_or_default());
        whole.push_str(mark);
        done = range.end;
    }
    whole.push_str(text.get(done..).unwrap_or_default());
    whole
}

/// A text with some layers of escapes taken off, and where each byte came from.
struct View {
    bytes: Vec<u8>,
    /// The place in the text where each byte begins, and the end of the text.
    from: Vec<usize>,
}

impl View {
    fn of(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), from: (0..=text.len()).collect() }
    }

    /// The range of `text` that `range` of this view came from.
    fn source(&self, range: Range<usize>, text: &str) -> Range<usize> {
        let (mut start, mut end) = (self.from[range.start], self.from[range.end]);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// One more layer taken off; `None` when there was none.
    fn decoded(&self, plus_is_space: bool) -> Option<Self> {
        let mut next = Self { bytes: Vec::with_capacity(self.bytes.len()), from: Vec::with_capacity(self.from.len()) };
        let (mut at, mut changed) = (0, false);
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let (decoded, long) = match escape(rest) {
                Some((decoded, long)) => (decoded, long),
                None if plus_is_space && rest[0] == b'+' => (vec![b' '], 1),
                None => {
                    next.bytes.push(rest[0]);
                    next.from.push(self.from[at]);
                    at += 1;
                    continue;
                }
            };
            changed = true;
            next.from.extend(decoded.iter().map(|_| self.from[at]));
            next.bytes.extend(decoded);
            at += long;
        }
        next.from.push(self.from[self.bytes.len()]);
        changed.then_some(next)
    }
}

/// What the escape at the beginning of `rest` stands for, and how long it is.
fn escape(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest[0] {
        b'%' => Some((vec![u8::try_from(number(rest.get(1..3)?, 16)?).ok()?], 3)),
        b'\\' => match rest.get(1)? {
            b'u' => unicode(rest),
            &plain @ (b'"' | b'\\' | b'/') => Some((vec![plain], 2)),
            b'n' => Some((vec![b'\n'], 2)),
            b't' => Some((vec![b'\t'], 2)),
            b'r' => Some((vec![b'\r'], 2)),
            b'b' => Some((vec![8], 2)),
            b'f' => Some((vec![12], 2)),
            _ => None,
        },
        b'&' => {
            let end = rest.iter().take(12).position(|&b| b == b';')?;
            let decoded = match &rest[1..end] {
                b"amp" => b'&'.into(),
                b"lt" => b'<'.into(),
                b"gt" => b'>'.into(),
                b"quot" => b'"'.into(),
                b"apos" => b'\''.into(),
                [b'#', b'x' | b'X', hex @ ..] => char::from_u32(number(hex, 16)?)?,
                [b'#', decimal @ ..] => char::from_u32(number(decimal, 10)?)?,
                _ => return None,
            };
            Some((decoded.to_string().into_bytes(), end + 1))
        }
        _ => None,
    }
}

/// `\u00e9`, and a pair of surrogates as one character (RFC 8259, section 7).
fn unicode(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let high = number(rest.get(2..6)?, 16)?;
    if let Some(c) = char::from_u32(high) {
        return Some((c.to_string().into_bytes(), 6));
    }
    let low = rest.get(6..12).filter(|r| r.starts_with(b"\\u")).and_then(|r| number(&r[2..], 16))?;
    let both = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    let c = both.then(|| char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)))??;
    Some((c.to_string().into_bytes(), 12))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    let plain = !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    plain.then(|| u32::from_str_radix(text, radix).ok())?
}
