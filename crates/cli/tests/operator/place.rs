//! A folder and an empty database, and the program on them.

use std::path::{Path, PathBuf};

use dossier_storage::testing::{self, EmptyDb};
use dossier_testkit::{Caller, Ended, Program};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub(crate) const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");
pub(crate) const EMAIL: &str = "thandi@karoo.example";
/// No test may find it in what the program says.
pub(crate) const PASSWORD: &str = "umbrella-stand-in-the-hall";

pub(crate) struct Place {
    empty: EmptyDb,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let place = Self { empty: testing::empty().await };
        std::fs::write(place.path("password"), format!("{PASSWORD}\n")).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.empty.folder.path().join(name)
    }

    pub(crate) fn on_postgres(&self) -> bool {
        self.empty.url("dossier_app").is_some()
    }

    pub(crate) fn url(&self, role: &str) -> Option<SecretString> {
        self.empty.url(role)
    }

    /// Starts the program in the folder.
    pub(crate) fn start(&self, arguments: &[&str]) -> Program {
        Program::start(DOSSIER, self.empty.folder.path(), arguments, &[])
    }

    /// Runs the program to its end. Nothing that it says holds a secret that nobody asked for.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let ended = self.start(arguments).end();
        let said = format!("{}{}", ended.out, ended.err);
        assert!(!said.contains(PASSWORD), "{arguments:?} prints the password: {said}");
        if let Ok(key) = std::fs::read_to_string(self.path("master.key")) {
            let asked_for = arguments.contains(&"--show-key");
            assert_eq!(said.contains(key.trim()), asked_for, "{arguments:?} and the master key");
        }
        ended
    }

    /// What the program answers as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{arguments:?}");
        serde_json::from_str(&ended.out).unwrap()
    }

    /// How the program refuses, as JSON.
    pub(crate) fn error(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat());
        assert!(ended.code.is_some_and(|code| code > 0), "{ended:?}");
        assert_eq!(ended.out, "", "standard output is for answers");
        let said: Value = serde_json::from_str(&ended.err).unwrap_or_else(|e| panic!("{e}: {}", ended.err));
        assert_eq!(said.as_object().unwrap().keys().collect::<Vec<_>>(), ["error"]);
        assert!(said["error"]["code"].is_string() && said["error"]["message"].is_string(), "{said}");
        said["error"].clone()
    }

    /// The arguments that set everything up, and then these.
    pub(crate) fn init(&self, further: &[&str]) -> Vec<String> {
        let mut all: Vec<String> =
            ["init", "--listen", "127.0.0.1:0", "--tenant", "Karoo Bank", "--admin-email", EMAIL]
                .map(str::to_owned)
                .to_vec();
        all.extend(["--admin-name", "Thandi Maseko", "--time-zone", "Africa/Johannesburg"].map(str::to_owned));
        all.extend(["--password-file", "password"].map(str::to_owned));
        for (flag, role) in [
            ("--database-url", "dossier_app"),
            ("--database-system-url", "dossier_system"),
            ("--database-owner-url", "dossier_owner"),
        ] {
            if let Some(url) = self.url(role) {
                all.extend([flag.to_owned(), url.expose_secret().to_owned()]);
            }
        }
        all.extend(further.iter().map(|argument| (*argument).to_owned()));
        all
    }

    /// Sets everything up.
    pub(crate) fn set_up(&self) -> Value {
        let arguments = self.init(&[]);
        self.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Starts the server.
    pub(crate) fn serve(&self) -> Server {
        let mut program = self.start(&["serve"]);
        let url = loop {
            let line = program.log_line().unwrap();
            let event: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
            if event["fields"]["message"] == "ready" {
                break format!("http://{}", event["fields"]["listen"].as_str().unwrap());
            }
        };
        Server { program, url }
    }

    /// Every file below the folder with its bytes.
    pub(crate) fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn below(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    below(&path, all);
                } else {
                    all.push((path.clone(), std::fs::read(&path).unwrap()));
                }
            }
        }
        let mut all = Vec::new();
        below(self.empty.folder.path(), &mut all);
        all.sort();
        all
    }
}

/// A running server.
pub(crate) struct Server {
    program: Program,
    url: String,
}

impl Server {
    /// Whether this person can sign in and sees the list.
    pub(crate) async fn lets_in(&self, email: &str, password: &str) -> bool {
        let mut caller = Caller::new(&self.url);
        let reply = caller.post("/sign-in", &[("email", email), ("password", password)]).await;
        reply.status == 303 && caller.get("/requests").await.status == 200
    }

    /// Ends it. Its log holds no password.
    pub(crate) fn end(self) {
        self.program.signal("TERM");
        let ended = self.program.end();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(!ended.err.contains(PASSWORD), "no password in the log");
    }
}
