//! Addresses inside the server's own network.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{Router, routing::any};
use dossier_outbound::{BrokenKind::Refused, Client, Policy};
use http::Method;
use tokio::net::TcpListener;

use crate::world::{allowing, broken, client, get, listen, outgoing, serve};

/// Whether a connection waits at the listener. A refused call is over when this is asked, so that none comes later.
fn nobody_came(listener: TcpListener) -> bool {
    let listener = listener.into_std().unwrap();
    matches!(listener.accept(), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// CHAN-9
#[tokio::test]
async fn an_internal_address_is_refused_unless_the_operator_allows_it() {
    let (listener, port) = listen().await;
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]"] {
        let refused = broken(client(Policy::default()).send(outgoing(&format!("https://{host}:{port}"))).await);
        assert_eq!((refused.kind, refused.sent), (Refused, false));
        assert!(refused.message.contains("The operator can allow"), "{}", refused.message);
    }
    assert!(nobody_came(listener));

    let port = serve(Router::new().fallback(any(async || "here"))).await;
    let answer = client(allowing(port)).send(outgoing(&format!("http://127.0.0.1:{port}"))).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"here".as_slice()), "control");
}

/// CHAN-9
#[tokio::test]
async fn a_name_is_refused_when_it_leads_inside_unless_the_operator_allows_it() {
    let (listener, port) = listen().await;
    let refused = broken(client(Policy::default()).send(outgoing(&format!("https://provider.example:{port}"))).await);
    assert_eq!((refused.kind, refused.sent), (Refused, false));
    assert!(!refused.message.contains("127."), "the plan of the network is not told: {}", refused.message);
    assert!(nobody_came(listener));

    let port = serve(Router::new().fallback(any(async || "here"))).await;
    let answer = client(allowing(port)).send(outgoing(&format!("http://provider.example:{port}"))).await.unwrap();
    assert_eq!(answer.body, b"here", "control");
}

/// CHAN-9. The hosts file of the operating system is asked as well.
#[tokio::test]
async fn localhost_is_refused_unless_the_operator_allows_it() {
    let (listener, port) = listen().await;
    let refused =
        broken(Client::new(Policy::default()).unwrap().send(outgoing(&format!("https://localhost:{port}"))).await);
    assert_eq!((refused.kind, refused.sent), (Refused, false));
    assert!(nobody_came(listener));

    let port = serve(Router::new().fallback(any(async || "here"))).await;
    let answer =
        Client::new(allowing(port)).unwrap().send(outgoing(&format!("http://localhost:{port}"))).await.unwrap();
    assert_eq!(answer.body, b"here", "control");
}

/// CHAN-9. The first answer of the DNS is public, the second is not: each call looks again.
#[tokio::test]
async fn a_name_that_changes_its_address_between_check_and_call_is_refused() {
    let (listener, port) = listen().await;
    let rebound = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&rebound);
    let client = Client::with_lookup(Policy::default(), move |_| {
        let inside = asked.load(Ordering::SeqCst);
        Ok(vec![IpAddr::from(if inside { [127, 0, 0, 1] } else { [9, 9, 9, 9] })])
    })
    .unwrap();

    let outgoing = outgoing(&format!("https://provider.example:{port}"));
    assert_eq!(client.check(&outgoing.url), Ok(()));
    rebound.store(true, Ordering::SeqCst);
    assert_eq!(broken(client.send(outgoing).await).kind, Refused);
    assert!(nobody_came(listener));
}

/// CHAN-9
#[tokio::test]
async fn allowing_one_port_opens_no_other() {
    let open = serve(Router::new().fallback(any(async || "here"))).await;
    let (listener, shut) = listen().await;
    let client = client(allowing(open));

    assert!(client.send(get(&format!("http://127.0.0.1:{open}"))).await.is_ok(), "control");
    for url in [
        format!("http://127.0.0.1:{shut}"),
        format!("https://127.0.0.1:{shut}"),
        format!("https://provider.example:{shut}"),
    ] {
        assert_eq!(broken(client.send(outgoing(&url)).await).kind, Refused);
    }
    assert!(nobody_came(listener));
}

/// CHAN-9
#[tokio::test]
async fn an_answer_cannot_lead_a_call_elsewhere() {
    let (listener, shut) = listen().await;
    let target = format!("http://127.0.0.1:{shut}/");
    let router = Router::new()
        .fallback(any(move || async move { (http::StatusCode::TEMPORARY_REDIRECT, [("location", target)]) }));
    let port = serve(router).await;

    let answer = client(allowing(port)).send(outgoing(&format!("http://127.0.0.1:{port}"))).await.unwrap();
    assert_eq!(
        (answer.status, answer.headers["location"].to_str().unwrap()),
        (307, &*format!("http://127.0.0.1:{shut}/"))
    );
    assert!(nobody_came(listener));
}

#[tokio::test]
async fn no_tunnel_is_opened() {
    let (listener, port) = listen().await;
    let mut outgoing = outgoing(&format!("http://127.0.0.1:{port}"));
    outgoing.method = Method::CONNECT;
    let refused = broken(client(allowing(port)).send(outgoing).await);
    assert_eq!((refused.kind, refused.sent), (Refused, false));
    assert!(nobody_came(listener));
}
