//! What the readers of manifests asked for, so that tests can hold the published schema against them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::yaml::Place;

/// What was asked of one mapping.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) keys: BTreeSet<&'static str>,
    /// The words that may stand at some of them.
    pub(crate) words: BTreeMap<&'static str, BTreeSet<String>>,
}

/// By where the mapping stands.
pub(crate) type ByPlace = BTreeMap<(u64, u64), Asked>;

thread_local! {
    static SEEN: RefCell<ByPlace> = const { RefCell::new(BTreeMap::new()) };
}

/// Notes the keys that were asked for.
pub(crate) fn keys(at: Place, keys: &[&'static str]) {
    SEEN.with_borrow_mut(|seen| seen.entry((at.line, at.column)).or_default().keys.extend(keys));
}

/// Notes the words that may stand at a key.
pub(crate) fn words(at: Place, key: &'static str, words: impl Iterator<Item = String>) {
    SEEN.with_borrow_mut(|seen| {
        seen.entry((at.line, at.column)).or_default().words.entry(key).or_default().extend(words);
    });
}

/// What was asked for on this thread since this was last called.
pub(crate) fn take() -> ByPlace {
    SEEN.take()
}
