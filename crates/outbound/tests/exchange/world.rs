//! Servers, and a client that may call them.

use std::{future::Future, io, net::IpAddr, time::Duration};

use axum::Router;
use dossier_outbound::{Answer, Broken, Client, Outgoing, Policy};
use http::{HeaderMap, HeaderValue, Method};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// Stands in every URL, header and body that the tests send; must stand in no message.
pub(crate) const SECRET: &str = "s3cr3t";

pub(crate) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Starts a web server and tells its port.
pub(crate) async fn serve(router: Router) -> u16 {
    let (listener, port) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

/// Starts a server that does `act` with every connection. Tells its port, and how often it was connected to.
pub(crate) async fn act<F: Future<Output = io::Result<()>> + Send>(
    act: impl Fn(TcpStream) -> F + Send + Copy + 'static,
) -> (u16, mpsc::UnboundedReceiver<()>) {
    let (listener, port) = listen().await;
    let (count, connections) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = count.send(());
            tokio::spawn(async move { act(stream).await });
        }
    });
    (port, connections)
}

/// Reads a request up to the end of its head.
pub(crate) async fn read_head(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(())
}

pub(crate) async fn say(stream: &mut TcpStream, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await
}

/// Keeps the connection until the other side closes it.
pub(crate) async fn wait(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

/// A policy that allows one port of this machine.
pub(crate) fn allowing(port: u16) -> Policy {
    let allow = ["127.0.0.1", "localhost", "provider.example"];
    Policy { allow: allow.map(|host| format!("{host}:{port}").parse().unwrap()).into(), ..Policy::default() }
}

/// A client for which every name leads to this machine.
pub(crate) fn client(policy: Policy) -> Client {
    Client::with_lookup(policy, |_| Ok(vec![IpAddr::from([127, 0, 0, 1])])).unwrap()
}

/// A POST with a secret everywhere.
pub(crate) fn outgoing(address: &str) -> Outgoing {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer s3cr3t"));
    Outgoing {
        method: Method::POST,
        url: format!("{address}/{SECRET}?token={SECRET}").parse().unwrap(),
        headers,
        body: SECRET.into(),
        timeout: Some(Duration::from_secs(20)),
    }
}

pub(crate) fn get(url: &str) -> Outgoing {
    Outgoing {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: Vec::new(),
        timeout: None,
    }
}

/// What broke, after a look at its message: one sentence or two, nothing secret.
pub(crate) fn broken(result: Result<Answer, Broken>) -> Broken {
    let broken = result.expect_err("no whole answer");
    for text in [broken.message.clone(), broken.to_string(), format!("{broken:?}")] {
        assert!(!text.contains(SECRET) && !text.contains("token"), "{text}");
    }
    assert!(broken.message.ends_with('.') && !broken.message.contains('\n'), "{}", broken.message);
    broken
}
