//! Finds any of many byte strings in one pass (Aho and Corasick, 1975): the time depends on the text and not on how
//! many are looked for.

use std::ops::Range;

/// Strings to find, as a tree of their beginnings in which every node knows where to go on after a miss.
#[derive(Clone)]
pub(crate) struct Many {
    nodes: Vec<Node>,
    /// Where each byte leads from the root: most texts come back to it at nearly every byte.
    first: Box<[u32; 256]>,
}

/// A beginning of a string. Numbers are places among the nodes; 0 is the root and, as a link, none.
#[derive(Clone, Copy, Default)]
struct Node {
    byte: u8,
    /// The first of the nodes that go on from here.
    child: u32,
    /// The next node with the same parent.
    sibling: u32,
    /// The longest other beginning that this one ends with.
    fallback: u32,
    /// How long the longest string is that ends here; 0 when none does.
    longest: u32,
}

impl Many {
    /// What finds `strings`; empty ones are passed over. Takes some 20 bytes for every byte of theirs.
    pub(crate) fn of<S: AsRef<[u8]>>(strings: impl IntoIterator<Item = S>) -> Self {
        let mut many = Self { nodes: Vec::with_capacity(200), first: Box::new([0; 256]) };
        many.nodes.push(Node::default());
        for string in strings {
            many.add(string.as_ref());
        }
        many.link();
        many
    }

    /// Where any of them stands in `text`: ranges in order that neither overlap nor touch.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        if self.nodes.len() < 2 {
            return found;
        }
        let mut at = 0;
        for (place, &byte) in text.iter().enumerate() {
            at = self.step(at, byte);
            let long = self.node(at).longest as usize;
            if long == 0 {
                continue;
            }
            let mut range = place + 1 - long..place + 1;
            while let Some(last) = found.pop_if(|last| range.start <= last.end) {
                range.start = range.start.min(last.start);
            }
            found.push(range);
        }
        found
    }

    /// Whether any of them stands in `text`.
    pub(crate) fn is_in(&self, text: impl IntoIterator<Item = u8>) -> bool {
        let mut at = 0;
        text.into_iter().any(|byte| {
            at = if at == 0 { self.first[usize::from(byte)] } else { self.step(at, byte) };
            at > 0 && self.node(at).longest > 0
        })
    }

    fn add(&mut self, string: &[u8]) {
        let mut at = 0;
        for &byte in string {
            at = self.child(at, byte).unwrap_or_else(|| {
                let new = number(self.nodes.len());
                self.nodes.push(Node { byte, sibling: self.node(at).child, ..Node::default() });
                self.nodes[at as usize].child = new;
                new
            });
        }
        if at > 0 {
            self.nodes[at as usize].longest = number(string.len());
        }
    }

    /// Sets the fallbacks, shorter beginnings first, since longer ones build on them.
    fn link(&mut self) {
        let mut at = self.node(0).child;
        while at > 0 {
            let Node { byte, sibling, .. } = self.node(at);
            self.first[usize::from(byte)] = at;
            at = sibling;
        }
        let mut queue = vec![0];
        let mut next = 0;
        while let Some(&parent) = queue.get(next) {
            next += 1;
            let mut at = self.node(parent).child;
            while at > 0 {
                let Node { byte, sibling, longest, .. } = self.node(at);
                let fallback = if parent == 0 { 0 } else { self.step(self.node(parent).fallback, byte) };
                let longest = longest.max(self.node(fallback).longest);
                self.nodes[at as usize] = Node { fallback, longest, ..self.node(at) };
                queue.push(at);
                at = sibling;
            }
        }
    }

    #[inline]
    fn step(&self, mut at: u32, byte: u8) -> u32 {
        loop {
            if at == 0 {
                return self.first[usize::from(byte)];
            }
            match self.child(at, byte) {
                Some(child) => return child,
                None => at = self.node(at).fallback,
            }
        }
    }

    fn child(&self, at: u32, byte: u8) -> Option<u32> {
        let mut child = self.node(at).child;
        while child > 0 && self.node(child).byte != byte {
            child = self.node(child).sibling;
        }
        (child > 0).then_some(child)
    }

    fn node(&self, at: u32) -> Node {
        self.nodes[at as usize]
    }
}

/// What is looked for is bounded far below 4 GB.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by looking for each at every place.
    fn slowly(strings: &[String], text: &str) -> Vec<Range<usize>> {
        let mut covered = vec![None; text.len() + 1];
        for string in strings.iter().filter(|s| !s.is_empty()) {
            for (start, covered) in covered.iter_mut().enumerate() {
                if text.as_bytes()[start..].starts_with(string.as_bytes()) {
                    *covered = (*covered).max(Some(start + string.len()));
                }
            }
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, end) in covered.into_iter().enumerate().filter_map(|(s, e)| Some((s, e?))) {
            match found.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => found.push(start..end),
            }
        }
        found
    }

    proptest! {
        #[test]
        fn it_finds_what_a_slow_search_finds(strings in proptest::collection::vec("[ab]{0,4}|[a-e]{1,6}", 0..6), text in "[a-e]{0,40}") {
            let (many, slowly) = (Many::of(&strings), slowly(&strings, &text));
            prop_assert_eq!(many.is_in(text.bytes()), !slowly.is_empty());
            prop_assert_eq!(many.find(text.as_bytes()), slowly);
        }
    }

    #[test]
    fn its_size_is_that_of_what_it_looks_for() {
        let strings: Vec<String> = (0..100).map(|n| format!("{n:03}{}", "x".repeat(97))).collect();
        assert!(Many::of(&strings).nodes.len() <= 100 * 100 + 1);
        assert_eq!(Many::of(["abc", "abc"]).nodes.len(), 4);
    }
}
