//! The API, asked as a program asks.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "api/conventions.rs"]
mod conventions;
#[path = "api/document.rs"]
mod document;
#[path = "api/isolation.rs"]
mod isolation;
#[path = "api/keys.rs"]
mod keys;
#[path = "api/once.rs"]
mod once;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/runs.rs"]
mod runs;

/// Whatever the module of the KYC product opens.
const ALL: &[&str] = &["kyc:read", "kyc:create", "kyc:update", "kyc:delete", "kyc:execute"];
