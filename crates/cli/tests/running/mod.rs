//! A demo that runs, and what it said about itself.

use std::path::Path;

use serde::Deserialize;

use crate::program::{Ended, Program};

/// Ends with its owner.
pub(crate) struct Demo {
    program: Program,
    /// What it printed with `--json`.
    pub(crate) said: Said,
}

/// The line of `--json`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    pub(crate) url: String,
    pub(crate) users: Vec<User>,
    pub(crate) simulator: String,
}

/// Someone who can sign in.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) roles: Vec<String>,
}

impl Demo {
    /// Starts one on this folder, and returns when it is ready.
    pub(crate) fn start(data: &Path) -> Self {
        Self::with(data, &[])
    }

    /// The same with further arguments.
    pub(crate) fn with(data: &Path, further: &[&str]) -> Self {
        let data_text = data.to_str().unwrap();
        let mut arguments = vec!["demo", "--listen", "127.0.0.1:0", "--data", data_text, "--json"];
        arguments.extend(further);
        let mut program = Program::start(data.parent().unwrap(), &arguments, &[]);
        let said = serde_json::from_str(&program.line()).unwrap();
        Self { program, said }
    }

    /// The person with this role.
    pub(crate) fn user(&self, role: &str) -> &User {
        self.said.users.iter().find(|user| user.roles.iter().any(|held| held == role)).unwrap()
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end_by(self, signal: &str) -> Ended {
        self.program.signal(signal);
        self.program.end()
    }
}
