//! The pages of `dossier demo` in Chromium: what a person sees, with and without scripts, and what is left on disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod actions;
mod axe;
#[path = "../../src/derived.rs"]
mod derived;
mod documents;
mod every;
mod forms;
mod guide;
mod hand;
mod keyboard;
mod keys;
mod kinds;
mod live;
mod pages;
mod portal;
#[path = "../../../web/tests/pages/samples/mod.rs"]
mod samples;
mod scan;
mod sight;
mod walk;
