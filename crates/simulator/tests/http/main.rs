//! The simulator over real HTTP, as any client meets it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bench;

mod company_kyc;
mod life;
mod misbehaviour;
mod tokens;
mod workflows;
