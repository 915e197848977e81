//! The way through a proxy that the operator names.

use std::{io, net::IpAddr, sync::Arc};

use axum::{Router, routing::any};
use dossier_outbound::{
    BrokenKind::{self, Connect, Dns, Refused, Tls},
    Client, Policy, Proxy,
};
use http::Version;
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::TcpStream,
    sync::mpsc::{self, UnboundedReceiver},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    own::file,
    secure::{Authority, authority, certified, serve_securely},
    world::{SECRET, broken, get, listen, outgoing, serve},
};

/// Reads a CONNECT, tells its head, answers with `answer`, and leads the connection to `target` on this machine, whatever
/// name it asks for: the proxy's DNS is its own.
async fn tunnel(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &str,
    target: u16,
    heads: &mpsc::UnboundedSender<String>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let _ = heads.send(String::from_utf8(head).unwrap());
    stream.write_all(answer.as_bytes()).await?;
    let mut onward = TcpStream::connect(("127.0.0.1", target)).await?;
    copy_bidirectional(&mut stream, &mut onward).await.map(|_| ())
}

/// Starts a proxy; with `secure` the way to it is encrypted. Tells its port and the heads that it read.
async fn proxy(answer: &'static str, target: u16, secure: Option<TlsAcceptor>) -> (u16, UnboundedReceiver<String>) {
    let (listener, port) = listen().await;
    let (heads, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (secure, heads) = (secure.clone(), heads.clone());
            tokio::spawn(async move {
                match secure {
                    Some(secure) => tunnel(secure.accept(stream).await?, answer, target, &heads).await,
                    None => tunnel(stream, answer, target, &heads).await,
                }
            });
        }
    });
    (port, heard)
}

const OPEN: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// The world of these tests: what this server's own DNS says.
fn own_dns(name: &str) -> io::Result<Vec<IpAddr>> {
    match name {
        "provider.example" => Ok(vec![IpAddr::from([9, 9, 9, 9])]),
        "inside.example" => Ok(vec![IpAddr::from([9, 9, 9, 9]), IpAddr::from([10, 0, 0, 7])]),
        "proxy.internal" | "localhost" => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
        _ => Err(io::Error::other("no such name")),
    }
}

fn behind(proxy: &str, trusted: &NamedTempFile) -> Client {
    let policy =
        Policy { proxy: Some(proxy.parse().unwrap()), ca_files: vec![trusted.path().to_owned()], ..Policy::default() };
    Client::with_lookup(policy, own_dns).unwrap()
}

/// A secure provider that is reached through the proxy alone, and the authority that vouches for it.
async fn provider() -> (u16, UnboundedReceiver<Version>, Authority) {
    let authority = authority();
    let (port, requests) = serve_securely(&authority, false).await;
    (port, requests, authority)
}

#[tokio::test]
async fn a_provider_is_called_through_the_proxy_which_sees_host_and_port_and_its_credentials_only() {
    let (target, mut requests, authority) = provider().await;
    let (port, mut heads) = proxy(OPEN, target, None).await;
    let client = behind(&format!("http://desk:pass%40word@127.0.0.1:{port}"), &file(&[&authority]));

    let answer = client.send(outgoing("https://provider.example:8443")).await.unwrap();
    assert_eq!(answer.body, b"here");
    assert_eq!(requests.try_recv(), Ok(Version::HTTP_2));
    let head = heads.try_recv().unwrap();
    let mut lines: Vec<_> = head.trim_end().lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(
        lines,
        [
            "CONNECT provider.example:8443 HTTP/1.1",
            "Host: provider.example:8443",
            "proxy-authorization: Basic ZGVzazpwYXNzQHdvcmQ=",
            &*format!("user-agent: Dossier/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[tokio::test]
async fn the_way_to_the_proxy_can_be_encrypted_and_its_name_may_lead_inside() {
    let (target, mut requests, vouching) = provider().await;
    let others = authority();
    let secure = TlsAcceptor::from(Arc::new(certified(&others, "proxy.internal", false)));
    let (port, mut heads) = proxy(OPEN, target, Some(secure)).await;
    let url = format!("https://proxy.internal:{port}");

    let client = behind(&url, &file(&[&vouching, &others]));
    assert_eq!(client.send(outgoing("https://provider.example")).await.unwrap().body, b"here");
    assert!(heads.try_recv().unwrap().starts_with("CONNECT provider.example:443 "));
    assert!(requests.try_recv().is_ok());

    let broken = broken(behind(&url, &file(&[&vouching])).send(outgoing("https://provider.example")).await);
    assert_eq!((broken.kind, broken.sent), (Tls, false), "{}", broken.message);
    assert!(heads.try_recv().is_err(), "a proxy that nobody vouches for gets no credentials");
}

#[tokio::test]
async fn the_certificate_of_the_provider_is_checked_behind_the_proxy_too() {
    let (target, mut requests, _) = provider().await;
    let (port, mut heads) = proxy(OPEN, target, None).await;
    let client = behind(&format!("http://127.0.0.1:{port}"), &file(&[&authority()]));
    let broken = broken(client.send(outgoing("https://provider.example")).await);
    assert_eq!((broken.kind, broken.sent), (Tls, false), "{}", broken.message);
    assert!(broken.message.contains("certificate"), "{}", broken.message);
    assert!(heads.try_recv().is_ok() && requests.try_recv().is_err());
}

/// CHAN-9. The proxy would let all of them through.
#[tokio::test]
async fn what_is_known_to_lie_inside_is_refused_before_the_proxy_hears_of_it() {
    let (target, mut requests, authority) = provider().await;
    let (port, mut heads) = proxy(OPEN, target, None).await;
    let client = behind(&format!("http://proxy.internal:{port}"), &file(&[&authority]));
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a00:7]",
        "[fd00::7]",
        "inside.example",
        "localhost",
        "proxy.internal",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "printer.local",
        "nas.home.arpa",
        "erp",
    ] {
        let refused = broken(client.send(outgoing(&format!("https://{host}:8443"))).await);
        assert_eq!((refused.kind, refused.sent), (Refused, false), "{host}: {}", refused.message);
        assert!(refused.message.contains("The operator can allow"), "{}", refused.message);
    }
    let refused = broken(client.send(outgoing("http://provider.example")).await);
    assert_eq!((refused.kind, refused.sent), (Refused, false), "not encrypted");
    assert!(heads.try_recv().is_err() && requests.try_recv().is_err());

    assert!(client.send(outgoing("https://provider.example:8443")).await.is_ok(), "control");
}

/// A network with a proxy often has no DNS for public names. What such a name means only the proxy knows.
#[tokio::test]
async fn a_name_that_only_the_proxy_can_look_up_is_left_to_the_proxy() {
    let (target, _requests, authority) = provider().await;
    let (port, mut heads) = proxy(OPEN, target, None).await;
    let trusted = file(&[&authority]);
    let policy = Policy {
        proxy: Some(format!("http://127.0.0.1:{port}").parse().unwrap()),
        ca_files: vec![trusted.path().to_owned()],
        ..Policy::default()
    };
    let client = Client::with_lookup(policy, |_| Err(io::Error::other("no such name"))).unwrap();
    assert_eq!(client.send(get("https://provider.example/")).await.unwrap().body, b"here");
    assert!(heads.try_recv().unwrap().starts_with("CONNECT provider.example:443 "));
}

#[tokio::test]
async fn what_the_operator_allows_is_called_directly() {
    let port = serve(Router::new().fallback(any(async || "here"))).await;
    let (way, mut heads) = proxy(OPEN, port, None).await;
    let allow = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}").parse().unwrap()).into();
    let policy = Policy { allow, proxy: Some(format!("http://127.0.0.1:{way}").parse().unwrap()), ..Policy::default() };
    let client = Client::with_lookup(policy, own_dns).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(client.send(get(&format!("http://{host}:{port}"))).await.unwrap().body, b"here");
    }
    assert!(heads.try_recv().is_err());

    let _ = client.send(get("https://provider.example/")).await;
    assert!(heads.recv().await.is_some(), "control: other calls do take the way through the proxy");
}

/// The failure of a call through a proxy at `url`: that its credentials stand in nothing that is shown.
async fn failing(url: &str) -> (BrokenKind, String) {
    let broken = broken(behind(url, &file(&[&authority()])).send(outgoing("https://provider.example")).await);
    assert!(!broken.sent && !broken.message.contains("127.0.0.1"), "{}", broken.message);
    (broken.kind, broken.message)
}

#[tokio::test]
async fn a_proxy_that_opens_no_way_breaks_before_anything_is_sent() {
    let (target, _requests, _) = provider().await;
    for (answer, said) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "The proxy of this server refused its credentials, so provider.example:443 was not reached. The operator can set them.",
        ),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "The proxy of this server opened no connection to provider.example:443."),
        ("SSH-2.0-x\r\n", "The proxy of this server opened no connection to provider.example:443."),
    ] {
        let (port, _heads) = proxy(answer, target, None).await;
        assert_eq!(failing(&format!("http://desk:{SECRET}@127.0.0.1:{port}")).await, (Connect, said.to_owned()));
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_breaks_before_anything_is_sent() {
    let (listener, port) = listen().await;
    drop(listener);
    let said = "The proxy of this server could not be reached, so provider.example:443 was not either.";
    assert_eq!(failing(&format!("http://desk:{SECRET}@127.0.0.1:{port}")).await, (Connect, said.to_owned()));
    assert_eq!(failing(&format!("http://desk:{SECRET}@gone.internal:{port}")).await, (Dns, said.to_owned()));
}

#[test]
fn the_address_of_a_proxy_is_shown_without_its_credentials() {
    for (text, shown) in [
        ("http://proxy.example:3128", "proxy.example:3128"),
        (" http://desk:s3cr3t@10.0.0.7:3128/ ", "10.0.0.7:3128"),
        ("https://s3cr3t@[fd00::7]", "[fd00::7]:443"),
    ] {
        let proxy: Proxy = text.parse().unwrap();
        let policy = Policy { proxy: Some(proxy.clone()), ..Policy::default() };
        assert_eq!(proxy.to_string(), shown);
        assert!(!format!("{proxy:?} {policy:?}").contains(SECRET), "{policy:?}");
    }
    for text in [
        "",
        "s3cr3t",
        "proxy.example:3128",
        "socks5://s3cr3t@proxy.example",
        "http://proxy.example/s3cr3t",
        "http://proxy.example?s3cr3t",
    ] {
        let refusal = text.parse::<Proxy>().unwrap_err().to_string();
        assert!(refusal.contains("http://proxy.example:3128") && !refusal.contains(SECRET), "{text}: {refusal}");
    }
}
