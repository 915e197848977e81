//! Builders, in-process app, both databases, a browser: only tests use it
