//! Replays what the fuzz targets began with and what they have found, so that no find comes back.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dossier_connector::{Manifest, trial};

type Target = fn(&[u8]);

/// The targets, by the names of their files and of their corpora.
const TARGETS: &[(&str, Target)] = &[
    ("display", trial::display),
    ("expressions", trial::expressions),
    ("form", trial::form),
    ("loader", trial::loader),
    ("redaction", trial::redaction),
    ("text", trial::text),
];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The files of one corpus.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = fuzz().join("corpus").join(target);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), known);
    assert_eq!(names(&fuzz().join("corpus")), known);
    for name in known {
        assert!(!corpus(name).is_empty(), "{name}");
    }
}

fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    for (file, data) in corpus(name) {
        let held = std::panic::catch_unwind(|| target(&data));
        assert!(held.is_ok(), "{file}");
    }
}

#[test]
fn the_corpus_of_displays_holds() {
    replay("display");
}

#[test]
fn the_corpus_of_expressions_holds() {
    replay("expressions");
}

#[test]
fn the_corpus_of_forms_holds() {
    replay("form");
}

#[test]
fn the_corpus_of_manifests_holds() {
    replay("loader");
}

#[test]
fn the_corpus_of_redaction_holds() {
    replay("redaction");
}

#[test]
fn the_corpus_of_texts_holds() {
    replay("text");
}

/// The targets begin with what they are to take apart.
#[test]
fn the_manifest_with_every_word_loads() {
    let text = corpus("loader").into_iter().find(|(file, _)| file.ends_with("every-word")).unwrap().1;
    let problems = Manifest::parse(std::str::from_utf8(&text).unwrap()).err();
    assert_eq!(problems, None);
}
