//! Forms that branch and carry files, at the pages, with a provider of the tests' own behind real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "forms/branches.rs"]
mod branches;
#[path = "forms/bucket.rs"]
mod bucket;
#[path = "forms/files.rs"]
mod files;
#[path = "forms/kinds.rs"]
mod kinds;
#[path = "forms/pictures.rs"]
mod pictures;
#[path = "forms/provider.rs"]
mod provider;
