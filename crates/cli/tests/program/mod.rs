//! The built binary as a process of the test's own, which ends with its owner.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

/// A running `dossier`. Its standard error is read from the beginning, so that it never waits for a reader.
pub(crate) struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    err: Option<JoinHandle<String>>,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What was not yet read of its standard output.
    pub(crate) out: String,
    /// All of its standard error.
    pub(crate) err: String,
}

impl Program {
    /// Starts it inside `folder`, with these variables and no others of its own.
    pub(crate) fn start(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dossier"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOSSIER_")) {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).args(arguments).current_dir(folder);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut err = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        Self { out: BufReader::new(child.stdout.take().unwrap()), child, err: Some(err) }
    }

    /// Waits for the next line of standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        if self.out.read_line(&mut line).unwrap() == 0 {
            panic!("it ended before it said anything: {:?}", self.ended());
        }
        line
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status().unwrap();
        assert!(sent.success(), "the signal {name} was sent");
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        self.ended()
    }

    fn ended(&mut self) -> Ended {
        let mut out = String::new();
        self.out.read_to_string(&mut out).unwrap();
        let err = self.err.take().map(|reader| reader.join().unwrap()).unwrap_or_default();
        Ended { code: self.child.wait().unwrap().code(), out, err }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// The one sentence of a program that refuses to start.
    pub(crate) fn refusal(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "", "nothing was promised on standard output");
        let lines: Vec<_> = self.err.lines().collect();
        assert_eq!(lines.len(), 1, "one line on standard error: {}", self.err);
        let sentence = lines[0].strip_prefix("dossier: ").unwrap();
        assert!(sentence.ends_with('.'), "a sentence: {sentence}");
        sentence
    }
}
