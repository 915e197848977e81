//! A tenant's own programs are told what happens: signed, again and again until it arrives, and without a word about anybody.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod arrives;
mod fails;
mod receiver;
mod secrets;
mod tells;
