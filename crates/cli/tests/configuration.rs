//! `dossier serve` and `dossier migrate` as an operator starts them: what is wrong is one sentence, and what is right works.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use dossier_storage::{Settings, testing};
use dossier_testkit::{Caller, Ended, Program};
use dossier_vault::MasterKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tempfile::TempDir;

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");

/// A folder to work in, with a key of its own.
struct Place {
    folder: TempDir,
    key: SecretString,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), key: MasterKey::generate().to_text() }
    }

    /// Starts `dossier serve` with a key and a free port, unless `variables` say otherwise.
    fn serve(&self, variables: &[(&str, &str)]) -> Program {
        self.start("serve", variables)
    }

    /// Makes the database first, as `dossier init` would.
    fn migrated(self) -> Self {
        let ended = self.start("migrate", &[]).end();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        self
    }

    fn start(&self, command: &str, variables: &[(&str, &str)]) -> Program {
        let mut all = vec![("DOSSIER_LISTEN", "127.0.0.1:0"), ("DOSSIER_MASTER_KEY", self.key.expose_secret())];
        all.extend(variables);
        Program::start(DOSSIER, self.folder.path(), &[command], &all)
    }

    /// What stands in the folder, without what `but` names.
    fn made(&self, but: &[&str]) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !but.contains(&name.as_str())).collect()
    }

    fn holds_no_secret(&self, ended: &Ended) {
        let said = format!("{}{}", ended.out, ended.err);
        assert!(!said.contains(self.key.expose_secret()), "the master key is not printed");
    }
}

/// Waits until it listens; returns its address.
fn address(program: &mut Program) -> String {
    loop {
        let line = program.log_line().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["fields"]["message"] == "ready" {
            return format!("http://{}", event["fields"]["listen"].as_str().unwrap());
        }
    }
}

async fn shows_its_pages(url: &str) {
    let mut caller = Caller::new(url);
    let health = caller.get("/healthz").await;
    assert_eq!((health.status, health.text.as_str()), (200, "ok\n"));
    let page = caller.get("/sign-in").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<h1>Sign in</h1>") && !page.text.contains("simulated"), "{}", page.text);
}

#[test]
fn an_unknown_key_of_the_file_is_named_with_its_line() {
    let place = Place::new();
    let file = "listen = \"127.0.0.1:0\"\n\n[database]\nurll = \"postgres://dossier_app:hunter2@127.0.0.1:1/x\"\n";
    std::fs::write(place.folder.path().join("dossier.toml"), file).unwrap();
    let ended = place.serve(&[]).end();
    let sentence = ended.refusal();
    assert!(sentence.contains("dossier.toml is wrong in line 4: unknown field `urll`"), "{sentence}");
    assert!(!sentence.contains("hunter2"));
    place.holds_no_secret(&ended);
    assert!(place.made(&["dossier.toml"]).is_empty());
}

#[test]
fn an_unknown_variable_is_named() {
    let place = Place::new();
    let ended = place.serve(&[("DOSSIER_LISEN", "127.0.0.1:0")]).end();
    assert!(ended.refusal().starts_with("The environment variable DOSSIER_LISEN is not known."), "{}", ended.err);
    place.holds_no_secret(&ended);
    assert!(place.made(&[]).is_empty());
}

/// What makes the tests of crashes fail on purpose is not in the program that people run.
#[cfg(not(feature = "switches"))]
#[test]
fn no_rule_can_be_switched_off() {
    let place = Place::new();
    let ended = place.serve(&[("DOSSIER_TEST_WITHOUT", "sending-row")]).end();
    assert!(
        ended.refusal().ends_with("asks for a rule to be switched off, which this program cannot do."),
        "{}",
        ended.err
    );
    assert!(place.made(&[]).is_empty());
}

/// Environments are bytes; only ours must be text.
#[test]
fn a_variable_that_is_not_text_is_named_when_it_is_ours_and_ignored_when_it_is_not() {
    let place = Place::new();
    let with = |name: &str| {
        let script = format!("{name}=\"$(printf '\\377')\"; export {name}; exec \"$0\" serve");
        Program::start("sh", place.folder.path(), &["-c", &script, DOSSIER], &[]).end()
    };
    assert_eq!(with("DOSSIER_DATA").refusal(), "The environment variable DOSSIER_DATA is not text in UTF-8.");
    assert!(with("OTHER").refusal().starts_with("There is no master key"));
    assert!(place.made(&[]).is_empty());
}

#[test]
fn without_a_master_key_it_says_how_to_make_one_and_makes_none() {
    let place = Place::new();
    let ended = Program::start(DOSSIER, place.folder.path(), &["serve"], &[]).end();
    let sentence = ended.refusal();
    assert!(sentence.contains("There is no master key") && sentence.contains("master_key_file"), "{sentence}");
    assert!(place.made(&[]).is_empty());
}

#[test]
fn a_master_key_that_is_missing_beside_its_data_is_not_made_anew() {
    let place = Place::new();
    let key = place.folder.path().join("master.key");
    std::fs::write(&key, place.key.expose_secret()).unwrap();
    let variables = [("DOSSIER_MASTER_KEY_FILE", "master.key"), ("DOSSIER_LISTEN", "127.0.0.1:0")];
    let start = || Program::start(DOSSIER, place.folder.path(), &["serve"], &variables);
    assert_eq!(Program::start(DOSSIER, place.folder.path(), &["migrate"], &variables).end().code, Some(0));
    let mut program = start();
    address(&mut program);
    program.signal("TERM");
    assert_eq!(program.end().code, Some(0));

    std::fs::remove_file(&key).unwrap();
    let database = place.folder.path().join("dossier-data/dossier.db");
    let before = std::fs::read(&database).unwrap();
    let ended = start().end();
    let sentence = ended.refusal();
    assert!(sentence.contains("The master key master.key is missing. Put it back"), "{sentence}");
    assert!(!key.exists() && std::fs::read(&database).unwrap() == before);

    let other = MasterKey::generate().to_text();
    std::fs::write(&key, other.expose_secret()).unwrap();
    let ended = start().end();
    assert!(ended.refusal().contains("master key"), "{}", ended.err);
    assert!(!ended.err.contains(other.expose_secret()) && std::fs::read(&database).unwrap() == before);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("file"), "").unwrap();
    for data in ["file", "file/below"] {
        let ended = place.start("migrate", &[("DOSSIER_DATA", data)]).end();
        let sentence = ended.refusal();
        assert!(sentence.starts_with(&format!("The folder {data} cannot be written: ")), "{sentence}");
        place.holds_no_secret(&ended);
        assert!(place.made(&["file"]).is_empty());
    }
}

#[test]
fn a_folder_of_providers_that_is_not_there_is_named() {
    let place = Place::new();
    let ended = place.serve(&[("DOSSIER_PROVIDERS", "providers")]).end();
    let sentence = ended.refusal();
    assert!(sentence.starts_with("The folder of providers providers cannot be read: "), "{sentence}");
    assert!(
        sentence.ends_with("Make it, or change `providers` in the configuration or DOSSIER_PROVIDERS."),
        "{sentence}"
    );
    assert!(place.made(&[]).is_empty());
}

/// A line of the log that says this.
fn logged(program: &mut Program, message: &str) -> Value {
    loop {
        let event: Value = serde_json::from_str(&program.log_line().unwrap()).unwrap();
        if event["fields"]["message"] == message {
            return event["fields"].clone();
        }
    }
}

#[test]
fn a_provider_that_is_dropped_in_is_taken_up_and_a_broken_one_is_logged_with_its_place() {
    let place = Place::new();
    let folder = place.folder.path().join("providers");
    std::fs::create_dir_all(folder.join("broken")).unwrap();
    std::fs::write(folder.join("broken/provider.yaml"), "manifest: 1\nkee: x\n").unwrap();
    std::fs::write(place.folder.path().join("dossier.toml"), "providers = \"providers\"\n").unwrap();
    let place = place.migrated();
    let mut program = place.serve(&[]);
    let refused = logged(&mut program, "a provider's manifest is refused");
    assert_eq!(refused["file"], "providers/broken/provider.yaml");
    assert!(refused["problems"].as_str().unwrap().contains("2:1: "), "{refused}");
    address(&mut program);

    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../../providers/intouch/provider.yaml");
    let text = std::fs::read_to_string(built_in).unwrap().replace("key: intouch", "key: dropped-in");
    std::fs::create_dir(folder.join("dropped")).unwrap();
    std::fs::write(folder.join("dropped/provider.yaml"), text).unwrap();
    let serves = logged(&mut program, "a provider serves");
    assert_eq!((&serves["provider"], &serves["origin"]), (&"dropped-in".into(), &"Folder(\"dropped\")".into()));
    program.signal("TERM");
    let ended = program.end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.err.matches("a provider's manifest is refused").count(), 1, "once, not at every look");
}

#[test]
fn a_database_that_does_not_answer_is_named_without_its_password() {
    let place = Place::new();
    let app = "postgres://dossier_app:hunter2@127.0.0.1:1/x";
    let system = "postgres://dossier_system:hunter3@127.0.0.1:1/x";
    let owner = "postgres://dossier_owner:hunter4@127.0.0.1:1/x";
    for command in ["serve", "migrate"] {
        let variables = [
            ("DOSSIER_DATABASE_URL", app),
            ("DOSSIER_DATABASE_SYSTEM_URL", system),
            ("DOSSIER_DATABASE_OWNER_URL", owner),
        ];
        let ended = place.start(command, &variables).end();
        let sentence = ended.refusal();
        assert!(sentence.starts_with("The database at 127.0.0.1:1 cannot be reached: "), "{sentence}");
        assert!(!sentence.contains("hunter"), "{sentence}");
        place.holds_no_secret(&ended);
        assert!(place.made(&[]).is_empty(), "{:?}", place.made(&[]));
    }
}

#[test]
fn an_address_of_the_database_that_is_none_is_not_repeated() {
    let place = Place::new();
    let (app, system) = ("postgres//dossier_app:hunter2@db", "hunter3");
    let ended = place.serve(&[("DOSSIER_DATABASE_URL", app), ("DOSSIER_DATABASE_SYSTEM_URL", system)]).end();
    let sentence = ended.refusal();
    assert!(sentence.starts_with("The address of the database cannot be read"), "{sentence}");
    assert!(!sentence.contains("hunter"), "{sentence}");
    assert!(place.made(&[]).is_empty());
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_named_and_nothing_is_made() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("key.pem"), "-----BEGIN PRIVATE KEY-----\nhunter2\n").unwrap();
    for (file, why) in [("none.pem", "cannot be read: "), ("key.pem", "holds no certificate that can be used.")] {
        let ended = place.serve(&[("DOSSIER_OUTBOUND_CA_FILE", file)]).end();
        let sentence = ended.refusal();
        assert!(sentence.starts_with(&format!("The file of certificate authorities {file} {why}")), "{sentence}");
        assert!(!ended.err.contains("hunter2"));
        assert!(place.made(&["key.pem"]).is_empty());
    }
}

#[test]
fn a_proxy_that_cannot_be_read_is_not_repeated() {
    let place = Place::new();
    let ended = place.serve(&[("DOSSIER_OUTBOUND_PROXY", "socks5://desk:hunter2@proxy.internal:1080")]).end();
    let sentence = ended.refusal();
    assert!(sentence.starts_with("outbound.proxy is not the address of a proxy"), "{sentence}");
    assert!(!ended.err.contains("hunter2"));
    assert!(place.made(&[]).is_empty());
}

#[test]
fn a_taken_port_is_said_and_nothing_is_made() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = place.serve(&[("DOSSIER_LISTEN", &taken.local_addr().unwrap().to_string())]).end();
    let sentence = ended.refusal();
    assert!(sentence.contains("is taken by another program") && sentence.contains("DOSSIER_LISTEN"), "{sentence}");
    assert!(place.made(&[]).is_empty());
}

#[test]
fn where_nothing_was_set_up_or_a_disk_is_missing_it_does_not_begin_anew() {
    let place = Place::new();
    let ended = place.serve(&[]).end();
    let sentence = ended.refusal();
    assert!(
        sentence.starts_with("There is no database dossier-data/dossier.db. If its disk is not mounted"),
        "{sentence}"
    );
    assert!(place.made(&[]).is_empty());
}

#[tokio::test]
async fn on_sqlite_it_serves_at_once() {
    let place = Place::new().migrated();
    let mut program = place.serve(&[]);
    shows_its_pages(&address(&mut program)).await;
    program.signal("TERM");
    let ended = program.end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""));
    place.holds_no_secret(&ended);
    assert_eq!(place.made(&[]), ["dossier-data"]);
}

/// On PostgreSQL when `DOSSIER_TEST_DATABASE` names one, else on SQLite.
#[tokio::test]
async fn migrated_it_serves() {
    let database = testing::database().await;
    let (data, key) = (database.folder.path().to_str().unwrap(), database.master().to_text());
    let url = |role: &str| database.url(role).map(|url| url.expose_secret().to_owned()).unwrap_or_default();
    let (app, system, owner) = (url("dossier_app"), url("dossier_system"), url("dossier_owner"));
    let mut variables = vec![("DOSSIER_DATA", data), ("DOSSIER_MASTER_KEY", key.expose_secret())];
    if matches!(database.settings, Settings::Postgres { .. }) {
        variables.extend([("DOSSIER_DATABASE_URL", app.as_str()), ("DOSSIER_DATABASE_SYSTEM_URL", system.as_str())]);
    } else {
        database.db.close().await;
    }
    let mut as_owner = variables.clone();
    if !owner.is_empty() {
        as_owner.push(("DOSSIER_DATABASE_OWNER_URL", owner.as_str()));
    }
    let place = Place::new();
    let migrated = place.start("migrate", &as_owner).end();
    assert_eq!((migrated.code, migrated.out.as_str()), (Some(0), "The database is up to date.\n"), "{}", migrated.err);

    let mut program = place.serve(&variables);
    shows_its_pages(&address(&mut program)).await;
    program.signal("TERM");
    let ended = program.end();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(!ended.err.contains(key.expose_secret()) && place.made(&[]).is_empty());
    assert!(is_private(Path::new(data)));
}

fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(folder).unwrap().permissions().mode() & 0o777 == 0o700
}
