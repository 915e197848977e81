//! `dossier demo` as a person starts it: the built program, its folder, its terminal, and its pages over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::{Caller, Demo, Ended, Program, Reply};
use serde_json::Value;
use tempfile::TempDir;

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");
const OPERATOR: &str = "KYC Operator";

/// A folder of the test's own, and in it the place for the demo's data, which is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    (folder, data)
}

/// A demo that is expected to refuse.
fn refused(data: &Path, listen: &str, further: &[&str]) -> Ended {
    let mut arguments = vec!["demo", "--json", "--listen", listen, "--data", data.to_str().unwrap()];
    arguments.extend(further);
    Program::start(DOSSIER, Path::new("/"), &arguments, &[]).end()
}

#[test]
fn a_folder_of_providers_that_is_not_there_is_named_and_nothing_is_made() {
    let (_folder, data) = place();
    let ended = refused(&data, "127.0.0.1:0", &["--providers", "/nowhere/providers"]);
    let sentence = ended.refusal();
    assert!(sentence.starts_with("The folder of providers /nowhere/providers cannot be read: "), "{sentence}");
    assert!(sentence.ends_with("Make it, or change --providers.") && !data.exists(), "{sentence}");
}

/// Every file below `folder` with its bytes; the log, which any start may lengthen, is left out.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else if path.extension().is_none_or(|end| end != "log") {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

/// Looks again and again until there is something to see.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(50);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the operator sees in the list: address, reference, status and verdict of each request.
async fn list(demo: &Demo) -> (Caller, Vec<String>, Reply) {
    let mut caller = Caller::signed_in(&demo.said.url, demo.user(OPERATOR)).await;
    let page = caller.get("/requests").await;
    let requests = page.every("class=\"row-link\" href=\"([^\"]+)\"");
    (caller, requests, page)
}

/// The main part of a page, which is the same whoever serves it.
fn main_part(page: &Reply) -> &str {
    page.text.split_once("<main").unwrap().1
}

/// Starts an action with this input as its form does; returns where that leads.
async fn run(caller: &mut Caller, request: &str, action: &str, input: &[(&str, &str)]) -> String {
    let path = format!("{request}/actions/{action}");
    let form = caller.get(&path).await;
    let key = form.every("name=\"_key\" value=\"([^\"]+)\"").remove(0);
    let mut pairs = vec![("_key", key.as_str())];
    pairs.extend(input);
    let started = caller.post(&path, &pairs).await;
    assert_eq!(started.status, 303, "{}", started.text);
    started.location
}

#[tokio::test]
async fn everyone_it_names_can_sign_in() {
    let (_folder, data) = place();
    let demo = Demo::start(DOSSIER, &data, &[]);
    let mut roles: Vec<_> = demo.said.users.iter().flat_map(|user| user.roles.clone()).collect();
    roles.sort();
    assert_eq!(roles, ["Administrator", "Auditor", "KYC Manager", OPERATOR, "KYC Viewer"]);
    for user in &demo.said.users {
        Caller::signed_in(&demo.said.url, user).await;
    }
    let mut stranger = Caller::new(&demo.said.url);
    let user = demo.user(OPERATOR);
    let refused = stranger.post("/sign-in", &[("email", &user.email), ("password", "not-the-password")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(demo.end_by("TERM").out, "", "one line and no more");
}

#[tokio::test]
async fn its_dozen_requests_stand_in_every_status() {
    let (_folder, data) = place();
    let demo = Demo::start(DOSSIER, &data, &[]);
    let (_, requests, page) = list(&demo).await;
    assert_eq!(requests.len(), 12);
    for status in ["Draft", "Pending", "Completed", "Failed", "Cancelled"] {
        assert!(page.text.contains(&format!("</svg>{status}</span>")), "{status} is among them");
    }
}

#[tokio::test]
async fn started_again_it_keeps_everything_and_still_runs_actions() {
    let (_folder, data) = place();
    let first = Demo::start(DOSSIER, &data, &[]);
    let said = first.said.clone();
    let (mut caller, requests, page) = list(&first).await;
    let before: Vec<Reply> = pages(&mut caller, &requests).await;
    assert_eq!(first.end_by("TERM").code, Some(0));

    // Whoever else has the simulator's old port now: it must not be asked.
    let _other = TcpListener::bind(said.simulator.trim_start_matches("http://")).unwrap();
    let second = Demo::start(DOSSIER, &data, &[]);
    assert_eq!(second.said.users, said.users);
    assert_ne!(second.said.simulator, said.simulator);
    let (mut caller, again, list_page) = list(&second).await;
    assert_eq!(again, requests);
    assert_eq!(main_part(&list_page), main_part(&page));
    for (before, now) in before.iter().zip(pages(&mut caller, &requests).await) {
        assert_eq!(without_keys(before), without_keys(&now));
    }

    let draft = &requests[0];
    let company = [("reference", "Kwantu"), ("registrationNumber", "2014/187452/07")];
    run(&mut caller, draft, "company_kyc", &company).await;
    let page = until("the run has ended", async || {
        let page = caller.get(draft).await;
        (!page.text.contains("data-refresh")).then_some(page)
    })
    .await;
    assert!(page.text.contains("is in business"), "{}", main_part(&page));
    let ledger = Caller::new(&second.said.simulator).get("/_simulator/ledger").await;
    assert!(ledger.text.contains("/library/api/v3"), "the new simulator was asked: {}", ledger.text);
}

async fn pages(caller: &mut Caller, requests: &[String]) -> Vec<Reply> {
    let mut pages = Vec::new();
    for request in requests {
        pages.push(caller.get(request).await);
    }
    pages
}

/// Without the keys of its forms, which are new in every page.
fn without_keys(page: &Reply) -> String {
    let keys = regex::Regex::new("name=\"_key\" value=\"[^\"]+\"").unwrap();
    keys.replace_all(main_part(page), "").into_owned()
}

#[tokio::test]
async fn two_folders_have_different_passwords() {
    let ((_one, first), (_other, second)) = (place(), place());
    let (first, second) = (Demo::start(DOSSIER, &first, &[]), Demo::start(DOSSIER, &second, &[]));
    for (one, other) in first.said.users.iter().zip(&second.said.users) {
        assert_eq!(one.email, other.email);
        assert_ne!(one.password, other.password);
        assert!(first.said.users.iter().filter(|user| user.password == one.password).count() == 1);
    }
}

#[tokio::test]
async fn fresh_starts_over() {
    let (_folder, data) = place();
    let first = Demo::start(DOSSIER, &data, &[]);
    let said = first.said.clone();
    let (mut caller, _, page) = list(&first).await;
    let form = caller.get("/requests/new").await;
    let key = form.every("name=\"_key\" value=\"([^\"]+)\"").remove(0);
    let channel = page.every("<option value=\"([^\"]+)\">InTouch").remove(0);
    let made =
        caller.post("/requests", &[("_key", &key), ("channel", &channel), ("reference", "The thirteenth")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    assert_eq!(list(&first).await.1.len(), 13);
    drop(first);

    let second = Demo::start(DOSSIER, &data, &["--fresh"]);
    assert_ne!(second.said.users, said.users);
    let (_, requests, page) = list(&second).await;
    assert_eq!(requests.len(), 12);
    assert!(!page.text.contains("The thirteenth"));
}

#[tokio::test]
async fn a_second_demo_on_the_same_folder_is_refused_and_harms_nothing() {
    let (_folder, data) = place();
    let first = Demo::start(DOSSIER, &data, &[]);
    for further in [&["--fresh"][..], &[]] {
        let ended = refused(&data, "127.0.0.1:0", further);
        let sentence = ended.refusal();
        assert!(
            sentence.contains("Another Dossier is running on the folder") && sentence.contains("--data"),
            "{sentence}"
        );
    }
    assert_eq!(list(&first).await.1.len(), 12);
}

#[test]
fn a_folder_that_is_not_a_demos_is_neither_used_nor_deleted() {
    let (_folder, data) = place();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("thesis.txt"), "three years of work").unwrap();
    let before = contents(&data);
    for further in [&["--fresh"][..], &[]] {
        let ended = refused(&data, "127.0.0.1:0", further);
        let sentence = ended.refusal();
        assert!(sentence.contains("holds something that is not a demo") && sentence.contains("--data"), "{sentence}");
        assert_eq!(contents(&data), before);
    }
}

#[test]
fn a_taken_port_is_said_and_nothing_is_made() {
    let (folder, data) = place();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = refused(&data, &taken.local_addr().unwrap().to_string(), &[]);
    let port = taken.local_addr().unwrap().port();
    let sentence = ended.refusal();
    assert!(
        sentence.contains(&format!("Port {port} of 127.0.0.1 is taken")) && sentence.contains("--listen"),
        "{sentence}"
    );
    assert!(contents(folder.path()).is_empty() && !data.exists());
}

#[test]
fn only_this_computer_is_listened_to() {
    let (folder, data) = place();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let ended = refused(&data, listen, &[]);
        let sentence = ended.refusal();
        assert!(sentence.contains("is not a loopback address") && sentence.contains("--listen"), "{sentence}");
        assert!(contents(folder.path()).is_empty() && !data.exists());
    }
}

#[test]
fn without_its_key_the_data_is_left_as_it_is() {
    let (_folder, data) = place();
    assert_eq!(Demo::start(DOSSIER, &data, &[]).end_by("TERM").code, Some(0));
    let key = data.join("master.key");
    std::fs::rename(&key, data.with_extension("key")).unwrap();
    let before = contents(&data);
    let ended = refused(&data, "127.0.0.1:0", &[]);
    let sentence = ended.refusal();
    assert!(sentence.contains("master.key is missing") && sentence.contains("--fresh"), "{sentence}");
    assert_eq!(contents(&data), before);

    std::fs::rename(data.with_extension("key"), &key).unwrap();
    Demo::start(DOSSIER, &data, &[]);
}

#[test]
fn with_another_key_the_data_is_left_as_it_is() {
    let (_folder, data) = place();
    assert_eq!(Demo::start(DOSSIER, &data, &[]).end_by("TERM").code, Some(0));
    let key = dossier_vault::MasterKey::generate().to_text();
    std::fs::write(data.join("master.key"), secrecy::ExposeSecret::expose_secret(&key)).unwrap();
    let before = contents(&data);
    let ended = refused(&data, "127.0.0.1:0", &[]);
    let sentence = ended.refusal();
    assert!(sentence.contains("master key"), "{sentence}");
    assert!(!ended.err.contains(secrecy::ExposeSecret::expose_secret(&key)));
    assert!(contents(&data) == before, "nothing changed");
}

#[test]
fn a_place_that_cannot_be_a_folder_is_said_and_nothing_is_made() {
    let (folder, data) = place();
    std::fs::write(&data, "a file").unwrap();
    let before = contents(folder.path());
    for (impossible, says) in [(data.clone(), "is not a demo"), (data.join("below/it"), "cannot be written")] {
        let ended = refused(&impossible, "127.0.0.1:0", &[]);
        let sentence = ended.refusal();
        assert!(sentence.contains(says) && sentence.contains(impossible.to_str().unwrap()), "{sentence}");
        assert_eq!(contents(folder.path()), before);
    }
}

#[test]
fn terminal_and_service_manager_can_end_it() {
    let (_folder, data) = place();
    for signal in ["INT", "TERM"] {
        let ended = Demo::start(DOSSIER, &data, &[]).end_by(signal);
        assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), "", ""), "{signal}");
    }
}

#[tokio::test]
async fn a_client_that_never_finishes_its_request_does_not_keep_it_from_ending() {
    let (_folder, data) = place();
    let demo = Demo::start(DOSSIER, &data, &[]);
    let mut client = TcpStream::connect(demo.said.url.trim_start_matches("http://")).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost:").unwrap();
    // Connections are taken in their order: when a later one is answered, this one is being read.
    assert_eq!(Caller::new(&demo.said.url).get("/healthz").await.status, 200);
    assert_eq!(demo.end_by("TERM").code, Some(0));
}

/// A start that was cut off anywhere is made good by the next. The first file of a request is stored midway.
#[tokio::test]
async fn killed_while_it_prepares_its_data_it_prepares_them_the_next_time() {
    let filled = |folder: &Path| folder.is_dir() && !contents(folder).is_empty();
    for reached in ["master.key", "dossier.db", "dossier.db-wal", "files"] {
        let (folder, data) = place();
        let arguments = ["demo", "--json", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        let program = Program::start(DOSSIER, folder.path(), &arguments, &[]);
        let path = data.join(reached);
        until(reached, async || (path.is_file() || filled(&path)).then_some(())).await;
        program.signal("KILL");
        let cut_off = program.end();
        assert_eq!((cut_off.code, cut_off.out.as_str()), (None, ""), "it had not finished");

        let demo = Demo::start(DOSSIER, &data, &[]);
        assert_eq!(list(&demo).await.1.len(), 12, "cut off at {reached}");
        for user in &demo.said.users {
            Caller::signed_in(&demo.said.url, user).await;
        }
    }
}

/// Has the simulator let the next call below `path` hang.
async fn hang(simulator: &str, path: &str) {
    #[expect(clippy::disallowed_methods, reason = "a caller from outside, not the program")]
    let client = reqwest::Client::new();
    let order = serde_json::json!({ "kind": "timeout", "path": path });
    let answer = client.post(format!("{simulator}/_simulator/misbehave")).json(&order).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

/// A read that was cut off is asked again, and of the simulator that is there now.
#[tokio::test]
async fn killed_while_it_only_asked_it_asks_the_present_simulator_again() {
    let (_folder, data) = place();
    let first = Demo::start(DOSSIER, &data, &[]);
    let (mut caller, requests, _) = list(&first).await;
    hang(&first.said.simulator, "/core").await;
    run(&mut caller, &requests[0], "workflow_status", &[("trackingId", TRACKING_COMPLETED)]).await;
    assert!(!caller.get(&requests[0]).await.text.contains("Succeeded"), "it hangs");
    assert_eq!(first.end_by("KILL").code, None);

    let second = Demo::start(DOSSIER, &data, &[]);
    let (mut caller, ..) = list(&second).await;
    until("the run has ended", async || {
        let page = caller.get(&requests[0]).await.text;
        assert!(!page.contains(">Failed<"), "{page}");
        page.contains("Succeeded").then_some(())
    })
    .await;
}

/// The provider was asked and had not answered: nobody knows, and nothing else is lost.
#[tokio::test]
async fn killed_while_a_provider_is_asked_it_loses_nothing_and_claims_nothing() {
    let (_folder, data) = place();
    let first = Demo::start(DOSSIER, &data, &[]);
    let (mut caller, requests, page) = list(&first).await;
    let input = [("reference", "Kwantu sim:timeout"), ("registrationNumber", "2014/187452/07")];
    run(&mut caller, &requests[0], "company_kyc", &input).await;
    let mut ledger = Caller::new(&first.said.simulator);
    until("the provider is asked", async || {
        let asked: Vec<Value> = serde_json::from_str(&ledger.get("/_simulator/ledger").await.text).unwrap();
        asked.iter().any(|entry| entry.to_string().contains("timeout")).then_some(())
    })
    .await;
    assert_eq!(first.end_by("KILL").code, None);

    let second = Demo::start(DOSSIER, &data, &[]);
    let (mut caller, again, list_page) = list(&second).await;
    assert_eq!(again, requests);
    let references = "row-link\" href=\"[^\"]+\"><bdi>([^<]+)<";
    assert_eq!(list_page.every(references), page.every(references));
    until("the run is shown as unknown", async || {
        caller.get(&requests[0]).await.text.contains("Outcome unknown").then_some(())
    })
    .await;
    let ledger = Caller::new(&second.said.simulator).get("/_simulator/ledger").await;
    assert!(!ledger.text.contains("/library/"), "it was not asked again");
}
