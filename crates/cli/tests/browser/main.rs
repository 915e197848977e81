//! The pages of `dossier demo` in Chromium: what a person sees, with and without scripts, and what is left on disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod actions;
mod axe;
#[path = "../../src/derived.rs"]
mod derived;
mod forms;
mod guide;
mod hand;
mod keys;
mod live;
mod pages;
mod scan;
mod walk;
