//! `dossier demo` as a process, and what it said about itself.

use std::path::Path;

use serde::Deserialize;

use crate::{Ended, Program};

/// Ends with its owner.
#[derive(Debug)]
pub struct Demo {
    program: Program,
    /// What it printed with `--json`.
    pub said: Said,
}

/// The line of `--json`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Where the portal is, without a slash at the end.
    pub url: String,
    /// One for each built-in role.
    pub users: Vec<User>,
    /// The key of a program that may do everything.
    pub api_key: String,
    /// Where the simulated provider is.
    pub simulator: String,
}

/// Someone who can sign in.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// To sign in with.
    pub email: String,
    /// To sign in with.
    pub password: String,
    /// The labels of the roles.
    pub roles: Vec<String>,
}

impl Demo {
    /// Starts the `dossier` at `program` on the folder `data`, and returns when it is ready.
    pub fn start(program: &str, data: &Path, further: &[&str]) -> Self {
        let data = data.to_str().expect("a test's folder has a plain name");
        let mut arguments = vec!["demo", "--listen", "127.0.0.1:0", "--data", data, "--json"];
        arguments.extend(further);
        let mut program = Program::start(program, Path::new("/"), &arguments, &[]);
        let line = program.line().unwrap_or_default();
        assert!(!line.is_empty(), "the demo ended at once: {:?}", program.end());
        Self { program, said: serde_json::from_str(&line).expect("one line of JSON") }
    }

    /// The person with this role.
    pub fn user(&self, role: &str) -> &User {
        self.said
            .users
            .iter()
            .find(|user| user.roles.iter().any(|held| held == role))
            .expect("the demo has one for each role")
    }

    /// Its number among the processes of this computer.
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Sends a signal and waits for the end.
    pub fn end_by(self, signal: &str) -> Ended {
        self.program.signal(signal);
        self.program.end()
    }
}
