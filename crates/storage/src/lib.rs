//! Where Dossier keeps its data: one store on two databases, SQLite and PostgreSQL.
//!
//! The only room that names the database library. [`Db`] opens transactions; a module for each noun holds one-word
//! functions that take the transaction first and speak plain domain types. What is personal or secret is sealed on the
//! way in and opened on the way out (`sealing.rs`); callers never meet a key. No clock and no randomness for ids: both
//! come from the caller. It knows no provider, no page and no use case.
//!
//! To add a noun: its table in `migrations/`, a module here, a step in the walk of `tests/storage/walk.rs`. Every
//! statement on a tenant's table names `tenant_id`; only [`system`] may do without, and a test reads the sources for it.

pub mod answers;
pub mod api_keys;
pub mod attachments;
pub mod audit;
pub mod blobs;
pub mod channels;
pub mod daily;
pub mod deliveries;
pub mod events;
pub mod exchanges;
pub mod jobs;
pub mod lanes;
pub mod leftovers;
pub mod licences;
pub mod links;
pub mod manifests;
pub mod notes;
pub mod page;
pub mod pending;
pub mod requests;
pub mod results;
pub mod roles;
pub mod runs;
pub mod sessions;
pub mod system;
pub mod tenants;
pub mod users;
pub mod webhooks;

#[cfg(feature = "switches")]
pub mod testing;

mod by;
mod db;
mod dialect;
mod error;
mod guards;
mod inspection;
mod query;
mod row;
mod schema;
mod sealing;
mod settings;
mod tx;

pub use blobs::{BlobStore, Bucket, HttpService};
pub use by::By;
pub use db::{Db, exists, migrate};
pub use error::{Constraint, OpenError, ROLES, StorageError};
pub use guards::{Guard, Guards};
pub use inspection::{Inspection, Reading, SCHEMA, inspect};
pub use page::{Cursor, Page};
pub use settings::Settings;
pub use tx::{OperatorTx, ReadTx, SystemReadTx, SystemTx, WriteTx};
