//! What tests are made of: a desk (application, worker, router, a real simulator on a loopback port) on either
//! database, a visitor without a browser, and a browser. Only tests use it.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test whose props fail has failed")]

pub mod browser;
mod desk;
mod visitor;

pub use browser::{Browser, Find};
pub use desk::{CLIENT_SECRET, Desk, DeskBuilder, Firm, PASSWORD};
pub use visitor::{Page, Visitor};
