//! The operator's commands as an operator starts them: the built program on an empty database, on both kinds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod commands;
mod doctor;
mod init;
mod place;
mod terminal;
