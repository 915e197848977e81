use std::time::Duration;

use dossier_simulator::{Options, Outcome};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{json_of, start};

#[tokio::test]
async fn it_says_what_it_is_and_keeps_its_secret() {
    let bench = start().await;
    let (status, about) = json_of(bench.client.get(bench.url("/_simulator"))).await;
    assert_eq!((status, &about["simulator"]), (200, &json!("InTouch")));
    assert!(!about.to_string().contains("hush"));
}

#[test]
fn its_options_can_be_printed_without_the_secret() {
    let options = Options { seed: 1, client_id: "desk".to_owned(), client_secret: "hush".to_owned() };
    let text = format!("{options:?}");
    assert!(text.contains("desk") && !text.contains("hush"), "{text}");
}

#[tokio::test]
async fn the_ledger_tells_what_was_asked_and_how_it_ended() {
    let bench = start().await;
    json_of(bench.with_reference("Naidoo")).await;
    json_of(bench.with_reference("Naidoo sim:500")).await;
    json_of(bench.get("/nowhere")).await;
    let told: Vec<_> = bench
        .simulator
        .ledger()
        .into_iter()
        .map(|entry| (entry.sequence, entry.service, entry.reference, entry.misbehaviour, entry.status))
        .collect();
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (1, "Token".to_owned(), None, None, Some(200)),
            (2, "Company KYC".to_owned(), own("Naidoo"), None, Some(200)),
            (3, "Company KYC".to_owned(), own("Naidoo sim:500"), own("500"), Some(500)),
            (4, "Unknown".to_owned(), None, None, Some(404)),
        ]
    );
    assert!(bench.simulator.ledger().iter().all(|entry| entry.outcome == Outcome::Answered));
}

#[tokio::test]
async fn the_ledger_reads_the_same_over_http_and_does_not_count_its_readers() {
    let bench = start().await;
    json_of(bench.with_reference("Naidoo")).await;
    let (_, published) = json_of(bench.client.get(bench.url("/_simulator/ledger"))).await;
    assert_eq!(published, serde_json::to_value(bench.simulator.ledger()).unwrap());
    assert_eq!(
        published[1],
        json!({
            "sequence": 2,
            "method": "POST",
            "path": "/library/api/v3",
            "service": "Company KYC",
            "reference": "Naidoo",
            "names": ["id", "RegistrationNumber", "Reference"],
            "misbehaviour": null,
            "outcome": "answered",
            "status": 200,
            "charged": true,
        })
    );
}

#[tokio::test]
async fn two_simulators_of_one_seed_give_the_same_answers() {
    let (one, two) = (start().await, start().await);
    assert_ne!(one.simulator.url(), two.simulator.url());
    assert_eq!(one.token, two.token);
    let answers: [(u16, Value); 2] =
        [json_of(one.with_reference("Naidoo")).await, json_of(two.with_reference("Naidoo")).await];
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn after_a_stop_nobody_is_let_in_and_the_ledger_can_still_be_read() {
    let bench = start().await;
    bench.simulator.stop().await;
    let error = bench.client.get(bench.url("/_simulator")).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(bench.simulator.ledger().len(), 1);
}

#[tokio::test]
async fn a_client_that_never_finishes_its_request_is_hung_up_on() {
    let bench = start().await;
    let address = bench.simulator.url().replace("http://", "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let unfinished = b"POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngrant";
    stream.write_all(unfinished).await.unwrap();
    bench.simulator.stop().await;
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut [0; 64])).await;
    assert!(matches!(ended.expect("the connection is still open"), Ok(0) | Err(_)), "it was answered");
}
