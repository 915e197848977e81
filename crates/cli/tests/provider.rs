//! `dossier provider …` as the author of a manifest uses it: the built program, files in a folder, and the simulator over
//! real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;

use dossier_simulator::{Options, Simulator};
use dossier_testkit::{Ended, Program};
use serde_json::Value;
use tempfile::TempDir;

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");
/// The manifest of InTouch, as it is in the repository.
const INTOUCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../providers/intouch/provider.yaml");
/// What must be printed nowhere.
const SECRET: &str = "s3cret-with-signs";

/// A manifest of one action with one example, whose parts can be exchanged.
const MANIFEST: &str = "\
manifest: 1
key: corner
name: Corner Checks
version: \"2\"
description: A provider
module: kyc-corner
config:
  required: [url, secret]
  properties:
    url: { title: URL, type: string, format: uri, default: \"https://api.corner.example\" }
    level: { title: Level, type: integer, maximum: 5 }
    secret: { title: Secret, type: string, x-secret: true }
auth:
  key: { kind: header, name: X-Key, value: \"=config.secret\" }
actions:
  - key: look
    label: Look
    category: Looks
    effect: read
    verified: assumed
    params:
      required: [word]
      properties:
        word: { title: Word, type: string }
        idNumber: { title: ID number, type: string, format: za-id, x-sensitive: true }
        photo: { title: Photo, type: string, format: file }
    steps:
      - name: seen
        request:
          method: GET
          url: \"{config.url}/look\"
          auth: key
          query: { word: \"=params.word\", id: \"=params.idNumber\", level: \"=config.level\" }
    result: { display: { summary: \"Seen {seen.body.word}.\" } }
    examples:
      - name: it is seen
        params: { word: a }
        calls:
          - request: { method: GET, url: \"https://api.corner.example/look\", query: { word: a } }
            answer: { status: 200, body: { word: a } }
        gives: { outcome: succeeded, summary: Seen a. }
";

/// A folder with `corner/provider.yaml`.
fn corner(manifest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "corner/provider.yaml", manifest);
    folder
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn provider(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut all = vec!["provider"];
    all.extend(arguments);
    Program::start(DOSSIER, folder, &all, variables).end()
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn a_sound_manifest_is_one_line_and_each_problem_is_one_with_its_place() {
    let folder = corner(MANIFEST);
    let ended = provider(folder.path(), &["check", "corner"], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert_eq!(ended.out, "Corner Checks (corner 2): 1 action, no problem.\n");

    let broken = MANIFEST.replace("effect: read", "efect: read").replace("=params.word\"", "=params.wort\"");
    write(folder.path(), "corner/provider.yaml", &broken);
    write(folder.path(), "corner/examples/look.yaml", "- action: look\n  name: nothing comes of it\n  givs: {}\n");
    let ended = provider(folder.path(), &["check", "corner"], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    let lines: Vec<&str> = ended.err.lines().collect();
    assert_eq!(
        lines,
        [
            "corner/provider.yaml:19:5: “efect” is not known here. Did you mean “effect”?",
            "corner/provider.yaml:33:26: There is no “params.wort”. Did you mean “params.word”?",
            "corner/examples/look.yaml:3:3: “givs” is not known here. Did you mean “gives”?",
        ]
    );
}

#[test]
fn a_folder_of_providers_is_checked_as_a_whole_and_told_to_machines() {
    let folder = corner(MANIFEST);
    write(folder.path(), "other/provider.yaml", &MANIFEST.replace("key: corner", "key: Other"));
    let ended = provider(folder.path(), &["check", ".", "--json"], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), ""));
    let said = json(&ended);
    assert_eq!(said["providers"][0]["key"], "corner");
    assert_eq!(said["providers"][0]["examples"], 1);
    assert_eq!(said["problems"].as_array().unwrap().len(), 1);
    let problem = &said["problems"][0];
    assert_eq!((problem["file"].as_str(), problem["line"].as_u64()), (Some("./other/provider.yaml"), Some(2)));

    for (path, sentence) in [
        ("nowhere", "nowhere cannot be read: "),
        ("corner/examples", "corner/examples cannot be read: "),
        ("empty", "There is no provider.yaml in empty, nor in a folder inside of it."),
    ] {
        std::fs::create_dir_all(folder.path().join("empty")).unwrap();
        let ended = provider(folder.path(), &["check", path], &[]);
        assert!(ended.refusal().starts_with(sentence), "{}", ended.err);
    }
}

#[test]
fn every_built_in_provider_passes_its_own_tools() {
    let folder = tempfile::tempdir().unwrap();
    let providers = Path::new(INTOUCH).ancestors().nth(2).unwrap().to_str().unwrap();
    let ended = provider(folder.path(), &["check", providers], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.contains("InTouch Secure Services (intouch "), "{}", ended.out);
    let ended = provider(folder.path(), &["test", providers], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let listed = provider(folder.path(), &["list"], &[]);
    assert!(listed.out.lines().any(|line| line.starts_with("intouch ") && line.ends_with("InTouch Secure Services")));
}

#[test]
fn the_list_says_where_each_provider_comes_from_and_what_of_a_folder_is_refused() {
    let folder = corner(MANIFEST);
    let ended = provider(folder.path(), &["list", "--providers", "."], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let line = |key: &str| ended.out.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("corner ").contains(" corner/ "), "{}", ended.out);
    assert!(line("intouch ").contains(" built in "), "{}", ended.out);

    write(folder.path(), "broken/provider.yaml", &MANIFEST.replace("key: corner", "key: Other"));
    write(folder.path(), "own/provider.yaml", &MANIFEST.replace("key: corner", "key: intouch"));
    let ended = provider(folder.path(), &["list", "--providers", ".", "--json"], &[]);
    assert_eq!(ended.code, Some(1));
    let said = json(&ended);
    let origin = |key: &str| {
        let all = said["providers"].as_array().unwrap();
        all.iter().find(|one| one["key"] == key).unwrap()["origin"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (origin("corner").as_str(), origin("intouch").as_str()),
        ("corner/", "own/ in place of the built-in one")
    );
    assert_eq!(
        (&said["problems"][0]["file"], &said["problems"][0]["line"]),
        (&"./broken/provider.yaml".into(), &2.into())
    );
    let misnamed = tempfile::tempdir().unwrap();
    write(misnamed.path(), "corner/provider.yml", MANIFEST);
    let ended = provider(misnamed.path(), &["list", "--providers", "."], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("The file is called provider.yml, so it is not used. Call it provider.yaml."),
        "{}",
        ended.err
    );
    for path in [".", "corner"] {
        let ended = provider(misnamed.path(), &["check", path], &[]);
        assert!(ended.refusal().ends_with("corner/provider.yml is not read. Call it provider.yaml."), "{}", ended.err);
    }
    let ended = provider(folder.path(), &["list", "--providers", "nowhere"], &[]);
    assert!(ended.refusal().starts_with("The folder of providers nowhere cannot be read: "), "{}", ended.err);
}

#[test]
fn the_schema_that_editors_read_is_the_one_in_the_documentation() {
    let folder = tempfile::tempdir().unwrap();
    let ended = provider(folder.path(), &["schema"], &[]);
    let file = Path::new(INTOUCH).ancestors().nth(3).unwrap().join("docs/manifest.schema.json");
    assert_eq!((ended.code, json(&ended)), (Some(0), serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()));
}

#[test]
fn an_example_that_does_not_hold_is_told_with_its_place_and_the_others_are_counted() {
    let folder = corner(MANIFEST);
    let ended = provider(folder.path(), &["test", "corner"], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert_eq!(ended.out, "holds  look: it is seen\n1 example holds.\n");

    let wrong = "- action: look\n  name: it is seen otherwise\n  params: { word: b }\n  calls:\n    - request: { method: POST, url: \"https://api.corner.example/look\" }\n      answer: { status: 200, body: { word: b } }\n  gives: { summary: Seen c. }\n";
    write(folder.path(), "corner/examples/more.yaml", wrong);
    let bare = "  - { key: rest, label: Rest, category: Looks, effect: read, verified: assumed,
      steps: [{ name: rested, request: { method: GET, url: \"{config.url}/rest\" } }] }\n";
    write(folder.path(), "corner/provider.yaml", &format!("{MANIFEST}{bare}"));
    let ended = provider(folder.path(), &["test", "corner"], &[]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        ended.out,
        "holds  look: it is seen\nFAILS  look: it is seen otherwise\nWithout an example: rest.\n1 example holds, 1 does not.\n"
    );
    assert_eq!(
        ended.err.lines().collect::<Vec<_>>(),
        [
            "corner/examples/more.yaml:7:12: The summary should be “Seen c.”, and is “Seen b.”. Mend the manifest, or the example.",
            "corner/examples/more.yaml:5:18: Call 1: the method should be “POST”, and is “GET”.",
        ]
    );
    let said = json(&provider(folder.path(), &["test", "corner", "--json"], &[]));
    assert_eq!((said["hold"].as_u64(), said["fail"].as_u64()), (Some(1), Some(1)));
    assert_eq!(said["examples"][1]["faults"][1]["line"], 5);

    let ended = provider(folder.path(), &["test", "corner", "--action", "rest"], &[]);
    assert!(ended.refusal().starts_with("There is no example to try in corner."), "{}", ended.err);
    let ended = provider(folder.path(), &["test", "corner", "--action", "sit"], &[]);
    assert_eq!(ended.refusal(), "corner/provider.yaml has no action “sit”.");
}

#[test]
fn a_new_provider_passes_check_and_test_as_it_is_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let ended = provider(folder.path(), &["new", "acme-checks", "--folder", "mine"], &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let checked = provider(folder.path(), &["check", "mine/acme-checks"], &[]);
    assert_eq!((checked.err.as_str(), checked.code), ("", Some(0)));
    assert_eq!(checked.out, "Acme Checks (acme-checks 0.1.0): 2 actions, no problem.\n");
    let tested = provider(folder.path(), &["test", "mine/acme-checks"], &[]);
    assert_eq!((tested.err.as_str(), tested.code), ("", Some(0)));
    assert!(tested.out.ends_with("\n4 examples hold.\n") && !tested.out.contains("Without"), "{}", tested.out);

    let manifest = folder.path().join("mine/acme-checks/provider.yaml");
    std::fs::write(&manifest, "my work").unwrap();
    let ended = provider(folder.path(), &["new", "acme-checks", "--folder", "mine"], &[]);
    assert!(
        ended.refusal().starts_with("mine/acme-checks is there already, and nothing was changed."),
        "{}",
        ended.err
    );
    assert_eq!(std::fs::read_to_string(&manifest).unwrap(), "my work");
    for bad in ["Acme", "../acme", "a b", "1st", ""] {
        let ended = provider(folder.path(), &["new", bad], &[]);
        assert!(ended.refusal().contains("cannot be a provider's key"), "{}", ended.err);
    }
}

#[test]
fn a_dry_run_shows_the_request_without_secrets_and_sends_nothing() {
    let listening = TcpListener::bind("127.0.0.1:0").unwrap();
    listening.set_nonblocking(true).unwrap();
    let address = listening.local_addr().unwrap();
    let folder = corner(MANIFEST);
    let url = format!("url=http://{address}");
    let arguments = |dry: &'static str| {
        [
            "run",
            "corner",
            "look",
            "--config",
            &url,
            "level=3",
            "--params",
            "word=two words",
            "idNumber=8001015009087",
            "--allow",
            &address.to_string(),
            dry,
        ]
        .map(str::to_owned)
    };
    let run = |dry| {
        let arguments = arguments(dry);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Program::start(
            DOSSIER,
            folder.path(),
            &[&["provider"], &arguments[..]].concat(),
            &[("DOSSIER_PROVIDER_SECRET", SECRET)],
        )
    };
    let ended = run("--dry-run").end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let wanted = format!("→ GET http://{address}/look?word=two+words&id=redacted&level=3 (seen)\n");
    assert!(ended.out.starts_with(&wanted), "{}", ended.out);
    assert!(ended.out.contains("Nothing was sent."), "{}", ended.out);
    assert!(!ended.out.contains(SECRET) && !ended.out.contains("8001015009087"));
    assert!(listening.accept().is_err(), "nobody called");

    // The same without --dry-run does call.
    listening.set_nonblocking(false).unwrap();
    let program = run("--reveal");
    let (called, _): (TcpStream, _) = listening.accept().unwrap();
    drop(called);
    drop(listening);
    let ended = program.end();
    assert_eq!(ended.code, Some(1));
    assert!(!format!("{}{}", ended.out, ended.err).contains(SECRET));
}

#[test]
fn what_is_given_wrongly_is_one_sentence_and_no_secret_is_taken_from_the_command_line() {
    let folder = corner(MANIFEST);
    write(folder.path(), "config.json", &format!("{{\"secret\": \"{SECRET}\"}}"));
    write(folder.path(), "level.json", "{\"level\": \"three\"}");
    write(folder.path(), "torn.json", &format!("{{\"secret\": \"{SECRET}"));
    write(folder.path(), "note.txt", "no picture");
    let secret = format!("secret={SECRET}");
    let cases: &[(&[&str], &str)] = &[
        (
            &["--config", &secret],
            "“secret” is a secret, and arguments and files are kept where others can read them. Set the environment variable DOSSIER_PROVIDER_SECRET instead.",
        ),
        (&["--config-file", "config.json"], "“secret” is a secret"),
        (&["--config-file", "torn.json"], "torn.json is not JSON: look at line 1, column "),
        (&["--config", SECRET], "What follows --config is not name=value"),
        (&["--config", "lefel=3"], "“lefel” is no field of config. Known: level, secret, url."),
        (&["--config", "level=three"], "config.level: Enter the level as a whole number."),
        (&["--config-file", "level.json"], "config.level: Enter the level as a whole number."),
        (&["--config", "level=9"], "config.level: The level is at most 5."),
        (&["--params", "idNumber=8001015009087"], "params.word: Enter the word."),
        (&["--file", "word=note.txt"], "“word” in --file is no field of this action that takes a file."),
        (&["--params", "word=a", "--file", "photo=note.txt"], "Choose a JPEG, PNG or PDF file for the photo."),
    ];
    for (arguments, sentence) in cases {
        for dry in [&["--dry-run"][..], &[]] {
            let all = [&["run", "corner", "look"], *arguments, dry].concat();
            let ended = provider(folder.path(), &all, &[("DOSSIER_PROVIDER_SECRET", "x")]);
            assert!(ended.refusal().starts_with(sentence), "{arguments:?}: {}", ended.err);
            assert!(!ended.err.contains(SECRET), "{}", ended.err);
        }
    }
    let ended = provider(folder.path(), &["run", "corner", "look", "--params", "word=a"], &[]);
    assert_eq!(ended.refusal(), "Secret is missing: set the environment variable DOSSIER_PROVIDER_SECRET.");
    let ended = provider(folder.path(), &["run", "corner", "lock"], &[]);
    assert_eq!(ended.refusal(), "Corner Checks has no action “lock”. Known: look.");
    write(folder.path(), "corner/provider.yaml", "manifest: 2");
    let ended = provider(folder.path(), &["run", "corner", "look"], &[]);
    assert!(ended.refusal().starts_with("corner/provider.yaml has "), "{}", ended.err);
}

#[test]
fn fields_come_from_defaults_a_file_pairs_and_files_together_and_the_last_counts() {
    let sends = "    steps:
      - name: seen
        request:
          method: POST
          url: \"{config.url}/look\"
          auth: key
          body:
            multipart:
              - { name: rest, json: { word: \"=params.word\", kind: \"=params.kind\", deep: \"=params.deep\", rows: \"=params.rows\", loud: \"=params.loud\" } }
              - { name: photo, file: \"=params.photo\" }
";
    let fields = "        kind: { title: Kind, type: string, enum: [small, large], default: small }
        loud: { title: Loud, type: boolean, default: true }
        rows: { title: Rows, type: array, items: { properties: { count: { title: Count, type: integer } } } }
      allOf:
        - if: { properties: { kind: { const: large } } }
          then: { required: [deep], properties: { deep: { title: Deep, type: string, default: very } } }
";
    let (before, after) = MANIFEST.split_once("    steps:\n").unwrap();
    let after = after.split_once("    result:").unwrap().1.split_once("    examples:").unwrap().0;
    let folder = corner(&format!("{before}{fields}{sends}    result:{after}"));
    write(folder.path(), "params.json", "{\"word\": \"from the file\", \"kind\": \"small\", \"loud\": false}");
    std::fs::write(folder.path().join("face.png"), b"\x89PNG\r\n\x1a\n and more").unwrap();
    let run = |further: &[&str]| {
        let all = [&["run", "corner", "look", "--dry-run", "--params-file", "params.json"], further].concat();
        let ended = provider(folder.path(), &all, &[]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
        let body = ended.out.split("\n\n").nth(1).unwrap().to_owned();
        serde_json::from_str::<Value>(&body).unwrap_or_else(|_| panic!("{}", ended.out))
    };
    let alone = run(&[])[0]["rest"].clone();
    assert_eq!(
        (&alone["word"], &alone["kind"], &alone["loud"]),
        (&"from the file".into(), &"small".into(), &false.into())
    );
    let more = run(&["--params", "kind=large", "rows[0].count=7", "loud=yes", "--file", "photo=face.png"]);
    let rest = &more[0]["rest"];
    assert_eq!(
        (&rest["word"], &rest["kind"], &rest["deep"]),
        (&"from the file".into(), &"large".into(), &"very".into())
    );
    assert_eq!((&rest["rows"][0]["count"], &rest["loud"]), (&7.into(), &true.into()));
    assert!(more[1].to_string().contains("image/png"), "{more}");
}

/// Asked for at a terminal, a secret is not shown while it is typed, is used, and the terminal is as it was.
#[cfg(unix)]
#[test]
fn a_secret_is_asked_for_at_a_terminal_without_showing_it() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};

    let provider = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = provider.local_addr().unwrap().to_string();
    let folder = corner(MANIFEST);
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let terminal = std::fs::File::options().read(true).write(true).open(path.to_str().unwrap()).unwrap();
    let echoes = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
    assert!(echoes(), "what is typed is shown before");

    let url = format!("url=http://{address}");
    let mut child = Command::new(DOSSIER)
        .args(["provider", "run", "corner", "look", "--params", "word=a", "--allow", &address, "--config", &url])
        .current_dir(folder.path())
        .env_remove("DOSSIER_PROVIDER_SECRET")
        .stdin(terminal.try_clone().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut prompt = [0; 8];
    child.stderr.as_mut().unwrap().read_exact(&mut prompt).unwrap();
    assert_eq!(&prompt, b"Secret: ");
    assert!(!echoes(), "nothing is shown while it is typed");
    let mut keyboard = std::fs::File::from(master);
    keyboard.write_all(format!("{SECRET}\n").as_bytes()).unwrap();

    let (mut called, _) = provider.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        called.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    assert!(String::from_utf8(request).unwrap().contains(&format!("x-key: {SECRET}\r\n")), "it is used");
    let answer = "{\"word\": \"a\"}";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
    called.write_all(format!("{head}: {}\r\n\r\n{answer}", answer.len()).as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert!(ended.status.success() && said.contains("Seen a."), "{said}");
    assert!(!said.contains(SECRET));
    assert!(echoes(), "the terminal is as it was");
}

/// Runs an action of InTouch against a simulator of the test's own.
async fn intouch(action: &str, further: &[&str]) -> (Ended, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { seed: 1, client_id: "author".to_owned(), client_secret: SECRET.to_owned() };
    let simulator = Simulator::start(listener, options);
    let url = simulator.url();
    let authority = url.trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().unwrap();
    let config = serde_json::json!({ "authUrl": format!("{url}/auth"), "baseUrl": url, "identityUrl": url,
        "injectionUrl": url, "coreUrl": format!("{url}/core/api/v3") });
    write(folder.path(), "config.json", &config.to_string());
    let mut arguments =
        vec!["provider", "run", INTOUCH, action, "--config-file", "config.json", "--config", "clientId=author"];
    arguments.extend(["--allow", &authority]);
    arguments.extend(further);
    let program = Program::start(DOSSIER, folder.path(), &arguments, &[("DOSSIER_PROVIDER_CLIENT_SECRET", SECRET)]);
    let ended = tokio::task::spawn_blocking(|| program.end()).await.unwrap();
    simulator.stop().await;
    (ended, url)
}

#[tokio::test]
async fn an_action_runs_for_real_and_its_exchanges_and_its_display_are_readable() {
    let (ended, url) = intouch("get_auth_token", &[]).await;
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    assert!(ended.out.contains(&format!("→ POST {url}/auth/token (token)\n")), "{}", ended.out);
    assert!(ended.out.contains("← 200 after ") && ended.out.contains("  Life     300 s\n"), "{}", ended.out);
    assert!(!ended.out.contains(SECRET));

    let company = ["--params", "registrationNumber=2014/187452/07", "companyName=Kwantu"];
    let (ended, _) = intouch("company_kyc", &company).await;
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    for wanted in [
        "Kwantu is in business, with ",
        "\nCompany\n  Name ",
        "\nDirectors\n  Name ",
        "In Business [pass]\n",
        "\nFile: cipc-report.pdf (application/pdf, ",
        "\nVerdict: pass\n",
        "\nOutputs: {\"registrationNumber\":\"2014/187452/07\"}\n",
    ] {
        assert!(ended.out.contains(wanted), "{wanted}\n{}", ended.out);
    }
    let whole = regex::Regex::new(r"\b[0-9]{13}\b").unwrap();
    assert!(ended.out.contains("••••••••••") && !whole.is_match(&ended.out), "{}", ended.out);
    assert!(!ended.out.contains(SECRET));

    let (revealed, _) = intouch("company_kyc", &[&company[..], &["--reveal"]].concat()).await;
    let directors = revealed.out.split("\nDirectors\n").nth(1).unwrap();
    assert!(whole.is_match(directors), "{directors}");
    assert!(!revealed.out.contains(SECRET));
}

#[tokio::test]
async fn a_provider_that_refuses_or_falls_silent_is_one_sentence_and_a_code() {
    let (ended, _) = intouch("company_kyc", &["--params", "registrationNumber=2014/187452/99"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("dossier: It failed (not_found): "), "{}", ended.err);
    let (ended, _) =
        intouch("company_kyc", &["--params", "registrationNumber=2014/187452/07", "reference=x sim:hang-up"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("dossier: Nobody knows how it ended: "), "{}", ended.err);
    assert!(ended.err.ends_with("Ask the provider before you run it again.\n"), "{}", ended.err);
}

#[test]
fn the_page_of_a_provider_says_what_its_users_have_to_know() {
    let folder = tempfile::tempdir().unwrap();
    let ended = provider(folder.path(), &["docs", INTOUCH], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    for wanted in [
        "# InTouch Secure Services\n",
        "A tenant needs the licence module `kyc-intouch`.",
        "| Client Secret (`clientSecret`) | yes | A secret, which is sealed and never shown again. |",
        "### Company KYC\n\nKey `company_kyc`. It does something at the provider, so Dossier never repeats it by itself. The provider charges each run.",
        "| – ID number (`IDNumber`) | no | A South African ID number.",
        "**Directors** (Name, ID number, ",
    ] {
        assert!(ended.out.contains(wanted), "{wanted}\n{}", ended.out);
    }
}
