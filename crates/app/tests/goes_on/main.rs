//! What goes on behind the pages: work at providers, their callbacks, and how calls go out on a channel.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod by_chance;
mod callbacks;
mod clock;
mod follow;
mod hooks;
mod in_flight;
mod kestrel;
mod lanes;
mod marked;
mod misbehaving;
mod refused;
mod stopped;
