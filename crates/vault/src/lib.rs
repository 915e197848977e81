//! Keys, sealing and keyed digests.
//!
//! Storage calls this room for everything that must not lie readable in a database or a backup.
//! It knows no table and no page, opens no file and keeps nothing between calls.
//!
//! # The ladder of keys
//!
//! ```text
//! master key ── wraps ──► key of a tenant ── wraps ──► key of a request ── seals ──► values
//! ```
//!
//! Only the master key lies outside the database. A wrapped key is stored beside the rows that it protects.
//!
//! Why a key for every request:
//!
//! * **Erasure.** Who destroys the one wrapped key of a request makes all its sealed values unreadable, also in backups.
//! * **Limits.** AES-GCM with random 96-bit nonces must not seal more than 2³² values under one key (NIST SP 800-38D,
//!   section 8.3): beyond that, the chance of a nonce used twice passes 2⁻³². A request never comes near that number; one
//!   key for a whole installation could.
//! * **Reach.** A key that leaks opens one request.
//!
//! # The layout of a sealed value
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version: 1 = AES-256-GCM under a subkey of the key |
//! | 12 | nonce, random |
//! | as long as the plain text | cipher text |
//! | 16 | tag |
//!
//! The *context* is authenticated and not stored (GCM's associated data). It names the place of the value, such as table,
//! row and column: a value that somebody copies into another row is refused there.
//!
//! A key is never used for two things. Sealing, wrapping and each purpose of a digest have their own subkey (HKDF-Expand,
//! RFC 5869). So a wrapped key cannot be opened as a value, nor a value unwrapped as a key.

mod derive;
mod digest;
mod error;
mod key;
mod master;
mod sealed;

pub use digest::{signature, token_digest};
pub use error::VaultError;
pub use key::Key;
pub use master::MasterKey;
