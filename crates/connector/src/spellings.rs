//! Finds a value in a text in every spelling that software on the way may have given it.
//!
//! The text is looked at as it is, and with layers of escapes taken off: percent, form, JSON and HTML, each alone, two
//! after each other, and all at once up to four times. Base64 is found by the characters that a value gives at each of its three
//! alignments, so that it is found inside longer data such as Basic credentials (RFC 4648).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::many::Many;

/// Values shorter than this, in bytes, are found by their name only: as text they would be found everywhere.
pub(crate) const SHORTEST: usize = 3;
/// Values longer than this, in bytes, are found by their name only: none of them fits a header.
const LONGEST: usize = 20_000;
/// The fewest characters of base64 that are taken for a value and not for chance.
const SHORTEST_BASE64: usize = 6;
/// How many layers of all escapes at once are taken off.
const LAYERS: usize = 4;
/// In a longer text, in bytes, only all escapes at once are taken off.
const MUCH: usize = 1_000_000;
/// What is taken off as one layer: each sign is a kind of escape. The first two are all of them, with `+` as a space or
/// as itself.
const KINDS: &[&str] = &["%+&\\", "%&\\", "%+", "%", "\\", "&"];

/// How many bytes may still be looked through, all layers counted. Clones share it.
#[derive(Clone)]
pub(crate) struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// A budget of `bytes`.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes `bytes` out; false when they are not there, and then nothing is left.
    fn spend(&self, bytes: usize) -> bool {
        let left = |left: usize| Some(left.saturating_sub(bytes));
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        before.is_ok_and(|before| before > bytes)
    }

    /// Whether all of it is spent.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// The values to find, each once.
///
/// A value of one or two bytes, such as the name “Li”, is not among them: as text it would be found everywhere, and a
/// record full of holes tells no one anything. It is taken out where it stands under its name only. The same is true
/// of values of more than 20,000 bytes.
#[derive(Clone, Default)]
pub(crate) struct Needles {
    values: HashSet<String>,
    /// Whether one of them has a sign in it at which addresses are cut.
    signs: bool,
    /// The values in lower case, and what they give in base64; made when they are first looked for.
    made: OnceLock<Arc<Made>>,
}

/// What finds the values.
struct Made {
    plain: Many,
    base64: Many,
    /// The bytes of the shortest of both: what is shorter holds none, since escapes only make longer.
    shortest: usize,
}

impl Needles {
    /// Whether `value` is one that [`Needles::add`] would add: not too short, not too long, not there yet.
    pub(crate) fn lacks(&self, value: &str) -> bool {
        (SHORTEST..=LONGEST).contains(&value.len()) && !self.values.contains(value)
    }

    /// Adds `value`; too short and too long ones are passed over. Case does not matter when it is looked for.
    pub(crate) fn add(&mut self, value: &str) {
        if self.lacks(value) {
            self.made = OnceLock::new();
            self.signs |= value.contains(['&', '?', '=', '<', '>', '"', '\'']);
            self.values.insert(value.to_owned());
        }
    }

    /// Whether one of the values has a sign in it at which addresses are cut, or one that HTML spells with such a sign.
    pub(crate) fn has_signs(&self) -> bool {
        self.signs
    }

    /// Where any of the values stands in `text`: ranges in order that do not touch. All of it, when `budget` does not
    /// suffice to tell.
    pub(crate) fn find(&self, text: &str, budget: &Budget) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.values.is_empty() || text.is_empty() {
            return found;
        }
        if self.surely_lack(text, budget) {
            return found;
        }
        let (hasher, mut seen) = (RandomState::new(), HashSet::new());
        let mut look = |view: &View| {
            if !budget.spend(view.bytes.len()) {
                found.push(0..text.len());
            } else if seen.insert(hasher.hash_one(&view.bytes)) {
                self.look(view, text, &mut found);
            }
        };
        let first = View::of(text);
        look(&first);
        if !first.has_signs() {
            return merged(found);
        }
        for kinds in &KINDS[..2] {
            let mut view = first.decoded(kinds);
            for _ in 0..LAYERS {
                let Some(next) = view else { break };
                look(&next);
                view = next.decoded(kinds);
            }
        }
        if text.len() <= MUCH {
            for outer in first.kinds().iter().filter_map(|kinds| first.decoded(kinds)) {
                look(&outer);
                if budget.is_spent() {
                    break;
                }
                outer.kinds().iter().filter_map(|kinds| outer.decoded(kinds)).for_each(|inner| look(&inner));
            }
        }
        merged(found)
    }

    /// Whether it is easily told that none of the values stands in `text`.
    pub(crate) fn surely_lack(&self, text: &str, budget: &Budget) -> bool {
        self.values.is_empty() || (self.misses(text) && budget.spend(text.len()))
    }

    /// Whether `text` is of the plain kind that most are, and none of the values stands in it: letters of ASCII, with no
    /// escapes but one layer of one kind. It takes little room to tell.
    fn misses(&self, text: &str) -> bool {
        if text.len() < self.made().shortest && text.is_ascii() {
            return true;
        }
        let (mut plus, mut percent, mut other) = (false, false, false);
        for byte in text.bytes() {
            plus |= byte == b'+';
            percent |= byte == b'%';
            other |= byte == b'&' || byte == b'\\' || !byte.is_ascii();
        }
        match (plus, percent, other) {
            (false, false, false) => self.lack(text.bytes()),
            (true, false, false) => {
                let spaced = text.bytes().map(|byte| if byte == b'+' { b' ' } else { byte });
                self.lack(text.bytes()) && self.lack(spaced)
            }
            (false, true, false) => {
                let view = View::of(text).decoded("%");
                self.lack(text.bytes()) && view.is_none_or(|view| view.is_plain() && self.lack(view.bytes.into_iter()))
            }
            _ => false,
        }
    }

    /// Whether none of the values stands in `bytes`, which are of ASCII, as it is.
    fn lack(&self, bytes: impl Iterator<Item = u8> + Clone) -> bool {
        let Made { plain, base64, .. } = self.made();
        !plain.is_in(bytes.clone().map(|byte| byte.to_ascii_lowercase())) && !base64.is_in(bytes.map(standard))
    }

    fn made(&self) -> &Made {
        self.made.get_or_init(|| Arc::new(self.make()))
    }

    fn look(&self, view: &View, text: &str, found: &mut Vec<Range<usize>>) {
        let Made { plain, base64, .. } = self.made();
        let lower = view.folded();
        found.extend(plain.find(&lower.bytes).into_iter().map(|range| lower.source(range, text)));
        let one_alphabet: Vec<u8> = view.bytes.iter().map(|&b| standard(b)).collect();
        let mut run = 0..0;
        for hit in base64.find(&one_alphabet) {
            if hit.end <= run.end {
                continue;
            }
            let start = view.bytes[..hit.start].iter().rposition(|&b| !is_base64(b)).map_or(0, |at| at + 1);
            let tail = &view.bytes[hit.end..];
            let end = hit.end + tail.iter().position(|&b| !is_base64(b)).unwrap_or(tail.len());
            run = start..end;
            found.push(view.source(run.clone(), text));
        }
    }

    fn make(&self) -> Made {
        let plain = |value: &String| {
            if value.is_ascii() { value.to_ascii_lowercase().into_bytes() } else { View::of(value).folded().bytes }
        };
        let plain: Vec<Vec<u8>> = self.values.iter().map(plain).collect();
        let base64: Vec<String> = self.values.iter().flat_map(|value| in_base64(value.as_bytes())).collect();
        let lengths = plain.iter().map(Vec::len).chain(base64.iter().map(String::len));
        Made { shortest: lengths.min().unwrap_or(0), plain: Many::of(plain), base64: Many::of(base64) }
    }
}

/// One form of the letters that differ in case only, near enough to the simple folding of Unicode (CaseFolding.txt).
fn folded(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let upper = only(c.to_uppercase()).unwrap_or(c);
    only(upper.to_lowercase()).unwrap_or(upper)
}

/// The one item, where there are no more.
fn only(mut all: impl ExactSizeIterator<Item = char>) -> Option<char> {
    if all.len() == 1 { all.next() } else { None }
}

/// A character of base64 in the standard alphabet, where it is one of the other (RFC 4648, section 5).
fn standard(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}

/// The characters that `value` gives in base64 wherever it begins, in the standard alphabet. Those at the edges depend
/// on the neighbours and are left out.
fn in_base64(value: &[u8]) -> Vec<String> {
    let padded = [&[0; 2], value].concat();
    let aligned = |before: usize| {
        let mut middle = STANDARD_NO_PAD.encode(padded.get(2 - before..)?);
        let (from, to) = ((before * 8).div_ceil(6), (before + value.len()) * 8 / 6);
        middle.truncate(to);
        middle.drain(..from.min(to));
        (middle.len() >= SHORTEST_BASE64).then_some(middle)
    };
    (0..3).filter_map(aligned).collect()
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
    from: Vec<u32>,
}

impl View {
    fn of(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), from: (0..=offset(text.len())).collect() }
    }

    /// Whether it has letters of ASCII only, and no escapes.
    fn is_plain(&self) -> bool {
        self.bytes.is_ascii() && !self.has_signs()
    }

    /// Whether it has signs in it with which escapes begin.
    fn has_signs(&self) -> bool {
        self.bytes.iter().any(|byte| KINDS[0].as_bytes().contains(byte))
    }

    /// The range of `text` that `range` of this view came from.
    fn source(&self, range: Range<usize>, text: &str) -> Range<usize> {
        let (mut start, mut end) = (self.from[range.start] as usize, self.from[range.end] as usize);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// The same with letters of either case as one. What is no text stays as it is.
    fn folded(&self) -> Self {
        let mut next = Self { bytes: Vec::with_capacity(self.bytes.len()), from: Vec::with_capacity(self.from.len()) };
        let mut at = 0;
        for chunk in self.bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                next.bytes.extend_from_slice(folded(c).encode_utf8(&mut [0; 4]).as_bytes());
                next.from.resize(next.bytes.len(), self.from[at]);
                at += c.len_utf8();
            }
            for &byte in chunk.invalid() {
                next.bytes.push(byte);
                next.from.push(self.from[at]);
                at += 1;
            }
        }
        next.from.push(self.from[at]);
        next
    }

    /// The [`KINDS`] that make a difference: of those that have the same signs of this view in them, the first.
    fn kinds(&self) -> Vec<&'static str> {
        let mut there = [false; 256];
        self.bytes.iter().for_each(|&byte| there[usize::from(byte)] = true);
        let signs = |kinds: &&str| kinds.bytes().filter(|&byte| there[usize::from(byte)]).collect::<Vec<u8>>();
        let mut kinds: Vec<&str> = KINDS.to_vec();
        let mut seen = HashSet::new();
        kinds.retain(|kinds| seen.insert(signs(kinds)));
        kinds
    }

    /// One more layer of `kinds` taken off; `None` when there was none.
    fn decoded(&self, kinds: &str) -> Option<Self> {
        if !self.bytes.iter().any(|byte| kinds.as_bytes().contains(byte)) {
            return None;
        }
        let mut next = Self { bytes: Vec::with_capacity(self.bytes.len()), from: Vec::with_capacity(self.from.len()) };
        let (mut at, mut changed) = (0, false);
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let Some((decoded, long)) = kinds.as_bytes().contains(&rest[0]).then(|| escape(rest)).flatten() else {
                next.bytes.push(rest[0]);
                next.from.push(self.from[at]);
                at += 1;
                continue;
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

/// Answers are bounded far below 4 GB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What the escape at the beginning of `rest` stands for, and how long it is.
fn escape(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest[0] {
        b'+' => Some((vec![b' '], 1)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(values: &[&str], text: &str) -> String {
        let mut needles = Needles::default();
        for value in values {
            needles.add(value);
        }
        replace(text, &needles.find(text, &Budget::of(1_000_000)), "#")
    }

    #[test]
    fn overlapping_values_go_as_one() {
        assert_eq!(cut(&["abcd", "bcdefg"], "xabcdefgx"), "x#x");
        assert_eq!(cut(&["abc", "def"], "abcdef abc"), "# #");
    }

    #[test]
    fn spellings_may_be_mixed_within_one_value() {
        assert_eq!(cut(&["né/1 2"], r"<n%C3%A9\/1+2> <n\u00e9%2F1&#32;2> <n%25C3%25A9%252f1%202>"), "<#> <#> <#>");
        assert_eq!(cut(&["a😀b"], r"\ud83d a\ud83d\ude00b"), r"\ud83d #");
    }

    #[test]
    fn letters_of_either_case_are_one() {
        assert_eq!(cut(&["straße Ω k"], "<STRAßE ω K> <straẞe Ω \u{212a}>"), "<#> <#>");
    }

    #[test]
    fn a_value_is_kept_once_and_what_is_looked_through_is_bounded() {
        let mut needles = Needles::default();
        (0..1_000).for_each(|_| needles.add("value"));
        assert_eq!(needles.values.len(), 1);
        let budget = Budget::of(100);
        assert!(needles.find("plain", &budget).is_empty());
        assert_eq!(needles.find(&"%25".repeat(40), &budget), vec![0..120], "nobody knows what is in it");
        assert!(budget.is_spent());
        assert_eq!(needles.find("plain", &budget), vec![0..5]);
    }

    #[test]
    fn base64_is_found_at_each_alignment_and_goes_whole() {
        for before in ["", "i", "id"] {
            let spelled = STANDARD_NO_PAD.encode(format!("{before}:client-secret:after"));
            assert_eq!(cut(&["client-secret"], &format!("Basic {spelled}==, next")), "Basic #, next");
        }
    }

    #[test]
    fn what_only_resembles_an_escape_is_left_alone() {
        let text = "100% of \\x &nothing; %zz \\u12 &#xzz; \\";
        assert_eq!(cut(&["value"], text), text);
        assert_eq!(cut(&["100% of"], text), "# \\x &nothing; %zz \\u12 &#xzz; \\");
    }

    #[test]
    fn very_short_and_very_long_values_are_not_looked_for() {
        assert_eq!(cut(&["ab", ""], "ab cab"), "ab cab");
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(cut(&[&long], &long), long);
    }
}
