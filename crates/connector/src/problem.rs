//! What is wrong with a manifest, where, and what would mend it.

use std::fmt;

use crate::yaml::Place;

/// One thing that is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 when the problem has no place.
    pub line: u64,
    /// The column, from 1; 0 when the problem has no place.
    pub column: u64,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What would mend it, as a sentence; empty when another problem beside it says it.
    pub mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.said())
    }
}

impl Problem {
    /// What is wrong, and what would mend it, where that is said.
    pub fn said(&self) -> String {
        format!("{} {}", self.message, self.mend).trim_end().to_owned()
    }
}

/// The most problems that are told at once.
const MOST: usize = 1_000;
/// The most words that are listed as known.
const MOST_KNOWN: usize = 30;
/// The most words that a slip of the pen is looked for among.
const MOST_COMPARED: usize = 100;
/// The longest word, in bytes, that a slip of the pen is looked for in.
const LONGEST: usize = 100;

/// Gathers problems, so that an author sees all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem at `place`.
    pub(crate) fn add(&mut self, place: Place, message: impl Into<String>, mend: impl Into<String>) {
        if self.0.len() == MOST {
            return;
        }
        let (message, mend) = (message.into(), mend.into());
        self.0.push(Problem { line: place.line, column: place.column, message, mend });
    }

    /// All of them, in the order of the text.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|p| (p.line, p.column));
        self.0
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The mend for a word that is not among `known`: the nearest one, or all of them.
pub(crate) fn suggest(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("Did you mean “{near}”?"),
        None if known.is_empty() => "Take it out.".to_owned(),
        None if known.len() > MOST_KNOWN => format!("Known here: {}, and others.", known[..MOST_KNOWN].join(", ")),
        None => format!("Known here: {}.", known.join(", ")),
    }
}

/// The word of `known` that most likely was meant by `word`.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let reach = (word.chars().count() / 3).max(1);
    known
        .iter()
        .take(MOST_COMPARED)
        // Never nearer than the lengths are.
        .filter(|k| word.len() <= LONGEST && k.len() <= LONGEST)
        .filter(|k| k.chars().count().abs_diff(word.chars().count()) <= reach)
        .map(|&k| (distance(&word.to_lowercase(), &k.to_lowercase()), k))
        .filter(|&(d, _)| d <= reach)
        .min_by_key(|&(d, _)| d)
        .map(|(_, k)| k)
}

/// How many letters must be added, taken, changed or swapped with their neighbour to get from `a` to `b`
/// (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_answered_with_the_word_that_was_meant() {
        let known = ["label", "category", "effect"];
        assert_eq!(suggest("lable", &known), "Did you mean “label”?");
        assert_eq!(suggest("Category", &known), "Did you mean “category”?");
        assert_eq!(suggest("colour", &known), "Known here: label, category, effect.");
        assert_eq!(suggest("x", &[]), "Take it out.");
    }

    /// Every letter of one is held against every letter of the other.
    #[test]
    fn words_of_a_megabyte_and_thousands_of_words_are_not_worked_through() {
        let (word, other) = ("a".repeat(500_000), "b".repeat(500_000));
        assert_eq!(nearest(&word, &[&other]), None);
        let names: Vec<String> = (0..10_000).map(|n| format!("name{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(suggest("x", &names).len() < 500);
    }
}
