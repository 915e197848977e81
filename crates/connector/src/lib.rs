//! Reads provider manifests, builds forms, calls providers, maps answers.
//!
//! A provider is data: one YAML manifest ([`Manifest`]) says what a channel asks for, what the provider can do, and
//! what its answers mean. [`Connector::run`] makes one attempt of one action and says how it ended, without ever
//! guessing: what was sent and not answered is [`Outcome::Unknown`]. Every HTTP call is recorded by the caller's
//! [`Journal`] before its first byte leaves, redacted.
//!
//! This room knows no database, no tenant and no page. To add a provider, add a folder under `providers/`.

mod answer;
#[cfg(test)]
mod asked;
mod attempt;
mod budget;
mod call;
mod callback;
mod connector;
mod depth;
mod digest;
mod display;
mod eval;
mod expr;
mod form;
mod found;
mod functions;
mod heavy;
mod keys;
mod line;
mod manifest;
mod many;
pub mod mask;
mod names;
mod outgoing;
mod payload;
mod present;
mod problem;
mod reads;
mod redact;
mod registry;
mod rehearsal;
mod rest;
mod sensitive;
mod signing;
mod skeleton;
mod spellings;
mod token;
#[cfg(feature = "trial")]
pub mod trial;
mod wait;
mod written;
mod yaml;

pub use call::{
    Attached, Call, Channel, Failure, Fetched, File, Journal, JournalError, Later, Limits, NoTurn, Outcome,
    RequestNames, Sending, Settled, Success, is_file, is_sign_in,
};
pub use callback::{CallbackError, Event, seen};
pub use connector::Connector;
pub use display::{Badge, Cell, Compare, Display, Image, Item, Section, Table};
pub use form::{Choice, Field, FieldError, FieldKind, Form, Format, Names};
pub use manifest::{Action, Effect, Manifest, Poll, Verified, manifest_schema};
pub use problem::Problem;
pub use registry::{Origin, Provider, Providers, Refusal, Registry, RegistryError};
pub use rehearsal::{Preview, Rehearsal, Rehearsed, preview};
pub use wait::asked_to_wait;
