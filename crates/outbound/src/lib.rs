//! The one guarded HTTP client: everything that leaves the process goes through it
