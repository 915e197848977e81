//! Exchanges with real servers on this machine.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod answers;
mod breaks;
mod inside;
mod memory;
mod own;
mod secure;
mod through;
mod world;
