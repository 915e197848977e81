//! What goes over the wire of `/api/v1`: the bodies of its questions and answers, for the server and for clients in Rust.
//!
//! Instants are text as in RFC 3339, in UTC. Ids are UUIDs. A question refuses fields that it does not know; an answer may
//! get new ones, so clients pass over what they do not know. The OpenAPI document is made of these types.

mod action;
mod channel;
mod me;
mod page;
mod problem;
mod request;
mod run;

pub use action::{Action, ActionList, Effect};
pub use channel::{Channel, ChannelRef};
pub use me::{Me, Module};
pub use page::Page;
pub use problem::{FieldProblem, Problem};
pub use request::{By, NewNote, NewRequest, Note, Request, RequestChange, Status, StatusChange, Verdict};
pub use run::{Failure, NewRun, Output, Run, RunState, Settlement};
