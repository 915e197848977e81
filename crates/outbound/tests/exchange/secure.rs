//! Certificates.

use std::{io, io::Write, net::SocketAddr, process::Command, sync::Arc};

use axum::{Router, extract::Request, routing::any, serve::Listener};
use dossier_outbound::{BrokenKind::Tls, Policy};
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
    server::TlsStream,
};

use crate::world::{allowing, broken, client, get, listen, outgoing};

pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate authority that nobody knows yet.
pub(crate) fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// Hands out connections once they are encrypted; the others are dropped.
pub(crate) struct Secure(TcpListener, TlsAcceptor);

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// What a server needs to be `name`.
pub(crate) fn certified(authority: &Authority, name: &str, expired: bool) -> ServerConfig {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap()
}

/// A secure server for provider.example that speaks HTTP/2 with those who can. Tells its port, and the version of every
/// request that it heard.
pub(crate) async fn serve_securely(authority: &Authority, expired: bool) -> (u16, mpsc::UnboundedReceiver<Version>) {
    let mut config = certified(authority, "provider.example", expired);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

    let (listener, port) = listen().await;
    let (heard, requests) = mpsc::unbounded_channel();
    let router = Router::new().fallback(any(async move |request: Request| {
        let _ = heard.send(request.version());
        "here"
    }));
    let listener = Secure(listener, TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, requests)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_breaks_before_anything_is_sent() {
    let (port, mut requests) = serve_securely(&authority(), false).await;
    let broken = broken(client(allowing(port)).send(outgoing(&format!("https://provider.example:{port}"))).await);
    assert_eq!((broken.kind, broken.sent), (Tls, false));
    assert!(broken.message.contains("certificate"), "{}", broken.message);
    assert!(requests.try_recv().is_err());
}

/// The roots of the system are read from the environment, which cannot be changed safely from inside: the test calls
/// itself with its own authority in their place.
#[tokio::test]
async fn a_certificate_of_a_known_authority_is_good_for_its_name_and_its_time() {
    const PORTS: &str = "DOSSIER_TEST_PORTS";
    if let Ok(ports) = std::env::var(PORTS) {
        let (good, expired) = ports.split_once(' ').unwrap();
        return with_a_known_authority(good.parse().unwrap(), expired.parse().unwrap()).await;
    }
    let authority = authority();
    let (good, mut requests) = serve_securely(&authority, false).await;
    let (expired, mut none) = serve_securely(&authority, true).await;
    let mut roots = tempfile::NamedTempFile::new().unwrap();
    roots.write_all(authority.pem.as_bytes()).unwrap();

    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "secure::a_certificate_of_a_known_authority_is_good_for_its_name_and_its_time"])
        .env("SSL_CERT_FILE", roots.path())
        .env_remove("SSL_CERT_DIR")
        .env(PORTS, format!("{good} {expired}"));
    let status = tokio::task::spawn_blocking(move || child.status()).await.unwrap().unwrap();
    assert!(status.success());
    assert_eq!(requests.try_recv(), Ok(Version::HTTP_2));
    assert!(requests.try_recv().is_err(), "only one request was heard");
    assert!(none.try_recv().is_err());
}

async fn with_a_known_authority(good: u16, expired: u16) {
    let allow =
        [format!("provider.example:{good}"), format!("other.example:{good}"), format!("provider.example:{expired}")];
    let client = client(Policy { allow: allow.map(|entry| entry.parse().unwrap()).into(), ..Policy::default() });

    let answer = client.send(get(&format!("https://provider.example:{good}/"))).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"here".as_slice()));

    for url in [format!("https://other.example:{good}"), format!("https://provider.example:{expired}")] {
        let broken = broken(client.send(outgoing(&url)).await);
        assert_eq!((broken.kind, broken.sent), (Tls, false), "{}", broken.message);
        assert!(broken.message.contains("certificate"), "{}", broken.message);
    }
}
