//! Every rule of the store, on whichever database the environment names.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod access;
mod audits;
mod background;
mod calls;
mod channels;
mod daily;
mod files;
mod inspection;
mod lists;
mod notes;
mod opening;
mod rules;
mod runs;
mod schemas;
mod sealed;
mod secrecy;
mod statements;
mod walk;
mod webhooks;
mod world;
