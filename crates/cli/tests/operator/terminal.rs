//! What is asked at a terminal, and that passwords are not shown while they are typed.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::place::{DOSSIER, EMAIL, PASSWORD, Place};

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_everything_is_asked_for_with_defaults_and_passwords_are_not_shown() {
    let place = Place::new().await;
    if place.on_postgres() {
        return;
    }
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let terminal = std::fs::File::options().read(true).write(true).open(path.to_str().unwrap()).unwrap();
    let echoes = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
    let mut command = Command::new(DOSSIER);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOSSIER_")) {
        command.env_remove(name);
    }
    let mut child = command
        .arg("init")
        .current_dir(place.path("."))
        .stdin(terminal.try_clone().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = std::fs::File::from(master);
    let mut questions = child.stderr.take().unwrap();
    let mut asked = String::new();
    let mut answer = |question: &str, text: &str, shown: bool| {
        let begin = asked.len();
        while !(asked[begin..].contains(question) && asked.ends_with(": ")) {
            let mut byte = [0];
            assert_eq!(questions.read(&mut byte).unwrap(), 1, "waited for {question} after {asked}");
            asked.push(char::from(byte[0]));
        }
        assert_eq!(echoes(), shown, "{question}");
        keyboard.write_all(format!("{text}\n").as_bytes()).unwrap();
    };
    answer("Database: sqlite (one file, one server) or postgresql [sqlite]", "oracle", true);
    answer("Enter sqlite or postgresql.", "", true);
    answer("Folder of the data [/", "", true);
    answer("listen on [127.0.0.1:8080]", "8080", true);
    answer("Enter an address with a port", "127.0.0.1:0", true);
    answer("Public address", "", true);
    answer("File of the master key [/", "", true);
    answer("First tenant: name", "", true);
    answer("Enter a name", "Karoo Bank", true);
    answer("time zone, such as Africa/Johannesburg [UTC]", "africa/johannesburg", true);
    answer("modules [kyc, kyc-intouch", "", true);
    answer("e-mail address to sign in with", EMAIL, true);
    answer("Administrator: name", "Thandi Maseko", true);
    answer("one is made up and shown once", "too short", false);
    answer("at least 12 characters", PASSWORD, false);
    answer("once more", "something else entirely", false);
    answer("not the same", PASSWORD, false);
    answer("once more", PASSWORD, false);
    let mut rest = String::new();
    questions.read_to_string(&mut rest).unwrap();
    let ended = child.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{out}{rest}");
    assert!(out.contains("Keep a copy of the master key now"), "{out}");
    assert!(!format!("{out}{asked}{rest}").contains(PASSWORD));
    assert!(echoes(), "the terminal is as it was");
    let shown = place.json(&["tenant", "show"]);
    assert_eq!(shown["tenant"]["time_zone"], "Africa/Johannesburg");
    assert!(place.serve().lets_in(EMAIL, PASSWORD).await);
}
