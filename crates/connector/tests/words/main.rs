//! Each word of a manifest by an example that goes its whole way: what goes out, and what comes of the answer. The
//! examples run through the code that runs actions; only the network is missing.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod callbacks;
mod files;
mod otherwise;
mod own_hosts;
mod refused;
mod requests;
mod secrets;
mod sign_in;
mod slips;
mod work;

use std::sync::Arc;

use dossier_connector::{Manifest, Outcome, Rehearsal, Success};

/// A manifest around these parts; `actions` begins with a list's first item.
fn manifest(parts: &str, actions: &str) -> String {
    let config = if parts.contains("config:") { "" } else { CONFIG };
    format!(
        "manifest: 1\nkey: corner\nname: Corner Checks\nversion: \"1\"\ndescription: A provider\nmodule: kyc-corner\n{config}{parts}\nactions:\n{actions}"
    )
}

const CONFIG: &str = "config:
  required: [url, secret]
  properties:
    url: { title: URL, type: string, format: uri, default: https://api.corner.example }
    secret: { title: Secret, type: string, x-secret: true }
";

fn parsed(text: &str) -> Arc<Manifest> {
    Arc::new(Manifest::parse(text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }))
}

/// All examples of the manifest hold.
async fn holds(text: &str) {
    let examples = Rehearsal::of(&parsed(text));
    assert!(!examples.is_empty(), "there is something to try");
    for example in examples {
        let tried = example.run().await;
        let faults: Vec<String> = tried.faults.iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{}: {}", tried.name, faults.join("\n"));
    }
}

/// What the first example of the manifest ends as.
async fn end(text: &str) -> Outcome {
    Rehearsal::of(&parsed(text)).first().unwrap().end().await
}

async fn success(text: &str) -> Success {
    match end(text).await {
        Outcome::Succeeded(success) => success,
        other => panic!("{other:?}"),
    }
}

/// What is wrong with the manifest, one line each.
fn problems(text: &str) -> String {
    match Manifest::parse(text) {
        Ok(_) => panic!("it loads"),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[tokio::test]
async fn an_example_that_does_not_hold_says_what_was_otherwise() {
    let text = manifest(
        "",
        r#"
  - { key: look, label: Look, category: A, effect: read, verified: assumed,
      steps: [{ name: seen, request: { method: GET, url: "{config.url}/look", query: { a: "1", b: "2" } } }],
      result: { outputs: { x: "=seen.body.x" } },
      examples: [{ name: all wrong,
        calls: [
          { request: { method: POST, url: https://api.corner.example/other, query: { a: "2", c: "3" }, headers: { X-A: b } },
            answer: { status: 200, body: { x: 1 } } },
          { answer: { status: 200 } }],
        gives: { outcome: failed, outputs: { x: 2 }, verdict: pass, files: [a.pdf] } }] }
"#,
    );
    let tried = Rehearsal::of(&parsed(&text)).first().unwrap().run().await;
    let said: Vec<String> = tried.faults.iter().map(|fault| fault.message.clone()).collect();
    for wanted in [
        "Call 1: the method should be “POST”, and is “GET”.",
        "Call 1: the address should be “https://api.corner.example/other”, and is “https://api.corner.example/look”.",
        "Call 1: the query's a should be “2”, and is “1”.",
        "Call 1: the query's c should be “3”, and is nothing.",
        "Call 1: the query's b should be nothing, and is “2”.",
        "Call 1: the header X-A should be “b”, and is nothing.",
        "1 of the 2 calls did not go out.",
        "The outcome should be “failed”, and is “succeeded”.",
        "What the outputs hold differs at /x: wanted 2, found 1.",
        "The verdict should be “pass”, and is “none”.",
        "The files should be “[\"a.pdf\"]”, and is “[]”.",
    ] {
        assert!(said.iter().any(|said| said == wanted), "{wanted}\n{}", said.join("\n"));
    }
    assert!(tried.faults.iter().all(|fault| fault.line > 10), "each has its place");
}
