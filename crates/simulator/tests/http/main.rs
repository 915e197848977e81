//! The simulator over real HTTP, as any client meets it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bench;
mod receiver;

mod callbacks;
mod company_kyc;
mod consents;
mod library;
mod life;
mod links;
mod misbehaviour;
mod tokens;
mod uploads;
mod workflows;
