//! Looks for a secret in the bytes of every file of a folder, however it is spelt.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// The files below `folder` in which `secret` stands, with the spelling; the file of the master key is left out.
pub(crate) fn found(folder: &Path, secret: &str) -> Vec<(PathBuf, String)> {
    let spellings = spellings(secret);
    let mut found = Vec::new();
    for path in files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        for spelling in &spellings {
            if bytes.windows(spelling.len()).any(|window| window == spelling.as_bytes()) {
                found.push((path.clone(), spelling.clone()));
            }
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.file_name().is_none_or(|name| name != "master.key"));
    files.chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// Plain, percent-encoded, hexadecimal, and base64 wherever in a longer text it begins.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    let each = |write: fn(&mut String, u8)| {
        let mut text = String::new();
        secret.bytes().for_each(|byte| write(&mut text, byte));
        text
    };
    let mut all = vec![
        secret.to_owned(),
        each(|text, byte| write!(text, "%{byte:02X}").unwrap()),
        each(|text, byte| write!(text, "{byte:02x}").unwrap()),
        each(|text, byte| write!(text, "{byte:02X}").unwrap()),
        form_spelling(secret),
    ];
    for engine in [STANDARD, URL_SAFE] {
        for before in 0..3 {
            // Whole groups of three bytes, so that no character depends on what comes before or after.
            let skipped = (3 - before) % 3;
            let whole = &secret.as_bytes()[skipped..];
            all.push(engine.encode(&whole[..whole.len() / 3 * 3]));
        }
    }
    all.sort();
    all.dedup();
    all
}

fn form_spelling(secret: &str) -> String {
    url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}
