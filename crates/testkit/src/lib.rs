//! What tests are made of: a desk (application, worker, router, a real simulator on a loopback port) on either
//! database, a visitor without a browser, a browser, and the
//! built program as a process. Only tests use it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test whose props fail has failed"
)]

mod api_client;
pub mod browser;
pub mod bucket;
mod caller;
mod demo;
mod desk;
mod listener;
pub mod picture;
mod program;
mod visitor;
mod whale;

pub use api_client::{ApiClient, Told as ApiAnswer};
pub use browser::{Browser, Find};
pub use caller::{Caller, Reply};
pub use demo::{Demo, Said, User};
pub use desk::{CLIENT_SECRET, Desk, DeskBuilder, Firm, PASSWORD};
pub use dossier_vault::token_digest;
pub use listener::{Listener, Told};
pub use program::{Ended, Program};
pub use visitor::{Page, Visitor};
pub use whale::Whale;
