//! `dossier simulator` as a person or a script starts it.

use std::path::Path;

use dossier_testkit::{Caller, Program};
use serde_json::Value;

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");

fn start(further: &[&str], variables: &[(&str, &str)]) -> Program {
    let mut arguments = vec!["simulator"];
    arguments.extend(further);
    Program::start(DOSSIER, Path::new("/"), &arguments, variables)
}

/// Asks for a token; the status of the answer.
async fn sign_in(url: &str, id: &str, secret: &str) -> u16 {
    let pairs = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    Caller::new(url).post("/auth/token", &pairs).await.status
}

#[tokio::test]
async fn it_serves_with_a_secret_of_its_own_until_a_signal_ends_it() {
    let mut secrets = Vec::new();
    for signal in ["INT", "TERM"] {
        let mut program = start(&["--json", "--client-id", "author", "--seed", "7"], &[]);
        let said: Value = serde_json::from_str(&program.line().unwrap()).unwrap();
        let (url, secret) = (said["url"].as_str().unwrap(), said["client_secret"].as_str().unwrap().to_owned());
        assert_eq!((said["client_id"].as_str(), said["seed"].as_u64()), (Some("author"), Some(7)));
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        assert_eq!(sign_in(url, "author", &secret).await, 200);
        assert_eq!(sign_in(url, "author", "another").await, 401);
        program.signal(signal);
        let ended = program.end();
        assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), "", ""), "{signal}");
        secrets.push(secret);
    }
    assert_ne!(secrets[0], secrets[1]);
}

#[tokio::test]
async fn a_secret_that_was_given_counts_and_is_not_repeated() {
    let mut program = start(&["--json"], &[("DOSSIER_SIMULATOR_SECRET", "given-to-it")]);
    let line = program.line().unwrap();
    assert!(!line.contains("given-to-it"), "{line}");
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(sign_in(said["url"].as_str().unwrap(), "dossier", "given-to-it").await, 200);
    let ended = start(&[], &[("DOSSIER_SIMULATOR_SECRET", "")]).end();
    assert!(ended.refusal().starts_with("DOSSIER_SIMULATOR_SECRET is empty."), "{}", ended.err);
}

#[test]
fn only_this_computer_is_listened_to_and_a_taken_port_is_said() {
    let ended = start(&["--listen", "0.0.0.0:0"], &[]).end();
    assert!(ended.refusal().contains("0.0.0.0 is not a loopback address"), "{}", ended.err);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = start(&["--listen", &taken.local_addr().unwrap().to_string()], &[]).end();
    assert!(ended.refusal().contains("is taken by another program"), "{}", ended.err);
}
