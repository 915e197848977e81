//! A built program as a process of the test's own, which ends with its owner.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

/// A running program. Its standard error is read from the beginning, so that it never waits for a reader.
#[derive(Debug)]
pub struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    err: Receiver<String>,
    /// The lines of `err` that were read already.
    logged: String,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What was not yet read of its standard output.
    pub out: String,
    /// All of its standard error.
    pub err: String,
}

impl Program {
    /// Starts the program at `path` inside `folder`, with these `DOSSIER_` variables and no others.
    pub fn start(path: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(path);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOSSIER_")) {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).args(arguments).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("standard error is a pipe"));
        let (send, err) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|bytes| bytes > 0)
                && send.send(std::mem::take(&mut line)).is_ok()
            {}
        });
        let out = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        Self { child, out, err, logged: String::new() }
    }

    /// Waits for the next line of standard output; `None` when it has ended.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.out.read_line(&mut line).expect("its output is text") > 0).then_some(line)
    }

    /// Waits for the next line of standard error; `None` when it has ended.
    pub fn log_line(&mut self) -> Option<String> {
        let line = self.err.recv().ok()?;
        self.logged.push_str(&line);
        Some(line)
    }

    /// Its number among the processes of this computer.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal {name} was sent");
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let mut out = String::new();
        self.out.read_to_string(&mut out).expect("its output is text");
        while self.log_line().is_some() {}
        let code = self.child.wait().expect("it is our child").code();
        Ended { code, out, err: std::mem::take(&mut self.logged) }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// The one sentence of a program that refused to start.
    pub fn refusal(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "", "nothing was promised on standard output");
        assert_eq!(self.err.lines().count(), 1, "one line on standard error: {}", self.err);
        let sentence = self.err.trim_end().strip_prefix("dossier: ").expect("the program's name");
        assert!(sentence.ends_with('.'), "a sentence: {sentence}");
        sentence
    }
}
