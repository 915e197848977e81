//! The files that were uploaded: kept in memory, the newest, within bounds.

use std::collections::VecDeque;

use axum::body::Bytes;

use crate::chance::{self, Chance};
use crate::wishes::Wishes;

/// The largest part of an upload, in bytes.
pub(crate) const LARGEST: usize = 10_000_000;
/// How much is kept in all, in files and in bytes; older files go.
const FILES: usize = 500;
const BYTES: usize = 100_000_000;
/// How much of a file's beginning and end is searched for markers.
const SEARCHED: usize = 4_096;

/// One part of a multipart body.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

impl Part {
    /// What its content wishes for. A picture may hold `sim:` by chance, so words that mean nothing are left out.
    pub(crate) fn wishes(&self) -> Wishes {
        Wishes::of(&self.searched())
    }

    /// The text in which markers are looked for.
    pub(crate) fn searched(&self) -> String {
        let end = self.bytes.len().saturating_sub(SEARCHED);
        let head = &self.bytes[..self.bytes.len().min(SEARCHED)];
        let text = |bytes| String::from_utf8_lossy(bytes).replace(|c: char| c.is_control() || c == '\u{fffd}', " ");
        if end < SEARCHED { text(&self.bytes) } else { format!("{} {}", text(head), text(&self.bytes[end..])) }
    }
}

/// A file that was uploaded. Its bytes stay here, as they would with the provider; what is said of it follows from
/// their digest.
pub(crate) struct Upload {
    path: String,
    bytes: Bytes,
    pub(crate) digest: u64,
    pub(crate) wishes: Wishes,
}

/// All that are kept, oldest first.
pub(crate) struct Uploads {
    seed: u64,
    count: u64,
    total: usize,
    files: VecDeque<Upload>,
}

impl Uploads {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, count: 0, total: 0, files: VecDeque::new() }
    }

    /// Keeps a part and returns the path that services know it by.
    pub(crate) fn keep(&mut self, part: &Part) -> String {
        self.count += 1;
        let id = Chance::of(self.seed, &["upload", &self.count.to_string()]).uuid();
        let path = format!("uploads/{id}/{}", part.name);
        let (digest, wishes) = (chance::digest(&part.bytes), part.wishes());
        self.total += part.bytes.len();
        self.files.push_back(Upload { path: path.clone(), bytes: part.bytes.clone(), digest, wishes });
        while (self.files.len() > FILES || self.total > BYTES)
            && let Some(oldest) = self.files.pop_front()
        {
            self.total -= oldest.bytes.len();
        }
        path
    }

    /// The file that this path was given for.
    pub(crate) fn find(&self, path: &str) -> Option<&Upload> {
        self.files.iter().find(|file| file.path == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wishes::Wish;

    fn part(bytes: &'static [u8]) -> Part {
        Part { name: "media".to_owned(), bytes: Bytes::from_static(bytes) }
    }

    #[test]
    fn old_files_make_room() {
        let mut uploads = Uploads::new(1);
        let first = uploads.keep(&part(b"one"));
        for _ in 0..FILES {
            uploads.keep(&part(b"two"));
        }
        assert!(uploads.find(&first).is_none());
        assert_eq!((uploads.files.len(), uploads.total), (FILES, 3 * FILES));
    }

    #[test]
    fn the_bytes_that_are_kept_have_a_limit() {
        static LARGE: [u8; LARGEST] = [0; LARGEST];
        let mut uploads = Uploads::new(1);
        for _ in 0..12 {
            uploads.keep(&part(&LARGE));
        }
        assert_eq!((uploads.files.len(), uploads.total), (10, BYTES));
    }

    #[test]
    fn the_same_content_has_the_same_digest_under_another_path() {
        let mut uploads = Uploads::new(1);
        let (one, two) = (uploads.keep(&part(b"face")), uploads.keep(&part(b"face")));
        assert_ne!(one, two);
        assert_eq!(uploads.find(&one).unwrap().digest, uploads.find(&two).unwrap().digest);
    }

    #[test]
    fn a_marker_is_found_between_bytes_that_are_no_text() {
        assert!(part(b"\x89PNG\xff\x00sim:spoof\x00\xff").wishes().has(Wish::Spoof));
        assert!(!part(b"\x89PNG\xffsim:\x01\x02").wishes().has(Wish::Spoof));
    }
}
