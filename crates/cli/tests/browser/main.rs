//! The pages of `dossier demo` in Chromium: what a person sees, with and without scripts, and what is left on disk.

#![expect(clippy::unwrap_used, reason = "tests")]

mod axe;
#[path = "../../src/derived.rs"]
mod derived;
mod forms;
mod hand;
mod keys;
mod live;
mod pages;
mod scan;
mod walk;
