//! Answers that do not come, or not whole. What counts most is whether the request may have left.

use std::{io, time::Duration};

use axum::{Router, routing::any};
use dossier_outbound::{
    BrokenKind::{Connect, Dns, Interrupted, Timeout, Tls},
    Client, Policy,
};
use tokio::io::AsyncWriteExt;

use crate::world::{act, allowing, broken, client, get, listen, outgoing, read_head, say, serve, wait};

const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_name_without_an_address_breaks_before_anything_is_sent() {
    let none = Client::with_lookup(Policy::default(), |_| Ok(Vec::new())).unwrap();
    let fails = Client::with_lookup(Policy::default(), |_| Err(io::Error::other("no such name"))).unwrap();
    for client in [none, fails] {
        let broken = broken(client.send(outgoing("https://provider.example")).await);
        assert_eq!((broken.kind, broken.sent), (Dns, false));
        assert!(broken.message.starts_with("No address was found for provider.example:443."), "{}", broken.message);
    }
}

#[tokio::test]
async fn a_closed_port_breaks_before_anything_is_sent() {
    let (listener, port) = listen().await;
    drop(listener);
    let broken = broken(client(allowing(port)).send(outgoing(&format!("http://127.0.0.1:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Connect, false));
    assert_eq!(broken.message, format!("No connection to 127.0.0.1:{port}: connection refused."));
}

#[tokio::test]
async fn a_server_without_encryption_breaks_a_secure_connection_before_anything_is_sent() {
    let port = serve(Router::new().fallback(any(async || "here"))).await;
    let broken = broken(client(allowing(port)).send(outgoing(&format!("https://127.0.0.1:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Tls, false));
    assert!(
        broken.message.starts_with(&format!("No trusted secure connection to 127.0.0.1:{port}: ")),
        "{}",
        broken.message
    );
}

#[tokio::test]
async fn a_handshake_that_is_hung_up_on_breaks_before_anything_is_sent() {
    let (port, mut connections) = act(async |mut stream| {
        tokio::io::AsyncReadExt::read_u8(&mut stream).await?;
        stream.shutdown().await
    })
    .await;
    let broken = broken(client(allowing(port)).send(outgoing(&format!("https://127.0.0.1:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Tls, false), "{}", broken.message);
    assert_eq!(connections.recv().await, Some(()));
}

#[tokio::test]
async fn a_handshake_that_never_ends_breaks_at_the_limit_for_connecting_before_anything_is_sent() {
    let (port, _connections) = act(async |mut stream| wait(&mut stream).await).await;
    let client = client(Policy { connect_timeout: SOON, ..allowing(port) });
    let broken = broken(client.send(outgoing(&format!("https://127.0.0.1:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Timeout, false));
    assert_eq!(broken.message, format!("127.0.0.1:{port} accepted no connection within 300 ms."));
    assert!(broken.took >= SOON);
}

#[tokio::test]
async fn silence_after_the_request_breaks_at_the_limit_and_may_have_been_heard() {
    let (port, mut connections) = act(async |mut stream| {
        read_head(&mut stream).await?;
        wait(&mut stream).await
    })
    .await;
    let client = client(allowing(port));
    let mut outgoing = outgoing(&format!("http://127.0.0.1:{port}"));
    outgoing.timeout = Some(SOON);
    let broken = broken(client.send(outgoing).await);
    assert_eq!((broken.kind, broken.sent), (Timeout, true));
    assert_eq!(broken.message, format!("127.0.0.1:{port} gave no whole answer within 300 ms."));
    assert!(broken.took >= SOON);
    assert_eq!(connections.recv().await, Some(()));
}

#[tokio::test]
async fn an_answer_that_drips_breaks_at_the_limit_for_the_whole_exchange() {
    let (port, _connections) = act(async |mut stream| {
        read_head(&mut stream).await?;
        say(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await?;
        loop {
            say(&mut stream, "x").await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let client = client(Policy { total_timeout: SOON, ..allowing(port) });
    // A caller cannot stretch the operator's limit: this one asks for 20 seconds.
    let broken = broken(client.send(outgoing(&format!("http://127.0.0.1:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Timeout, true));
    assert!(broken.message.contains("300 ms"), "{}", broken.message);
}

#[tokio::test]
async fn a_connection_closed_instead_of_an_answer_may_have_been_heard_and_is_not_tried_again() {
    let (port, mut connections) = act(async |mut stream| read_head(&mut stream).await).await;
    let client = client(allowing(port));
    let url = format!("http://127.0.0.1:{port}");
    for outgoing in [outgoing(&url), get(&url)] {
        let broken = broken(client.send(outgoing).await);
        assert_eq!((broken.kind, broken.sent), (Interrupted, true));
        assert_eq!(broken.message, format!("The connection to 127.0.0.1:{port} broke before the answer was complete."));
        assert_eq!(connections.recv().await, Some(()));
        assert!(connections.try_recv().is_err(), "one connection for one call");
    }
}

#[tokio::test]
async fn an_answer_cut_short_is_no_answer() {
    for head in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let text = if head.starts_with('C') { "ten bytes." } else { "a\r\nten bytes.\r\n" };
        let answer: &'static str = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{text}").leak();
        let (port, _connections) = act(move |mut stream| async move {
            read_head(&mut stream).await?;
            say(&mut stream, answer).await
        })
        .await;
        let broken = broken(client(allowing(port)).send(get(&format!("http://127.0.0.1:{port}"))).await);
        assert_eq!((broken.kind, broken.sent), (Interrupted, true), "{head}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_no_answer() {
    let (port, _connections) = act(async |mut stream| {
        read_head(&mut stream).await?;
        say(&mut stream, "220 mail.example ESMTP\r\n").await
    })
    .await;
    let broken = broken(client(allowing(port)).send(outgoing(&format!("http://127.0.0.1:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Interrupted, true));
}

/// A connection that is kept may be closed just as the next request goes out: it would be unknown whether it was heard.
#[tokio::test]
async fn every_call_has_a_connection_of_its_own() {
    let (port, mut connections) = act(async |mut stream| {
        loop {
            read_head(&mut stream).await?;
            say(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
        }
    })
    .await;
    let client = client(allowing(port));
    for _ in 0..3 {
        client.send(get(&format!("http://127.0.0.1:{port}"))).await.unwrap();
        assert_eq!(connections.try_recv(), Ok(()));
    }
}
