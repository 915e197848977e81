//! An S3-compatible service of a test's own: a process of `moto_server`, behind a door that can be shut. `./check`
//! installs it; elsewhere `pip install 'moto[server]'` does.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dossier_storage::{BlobStore, Bucket};
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The bucket's name.
pub const BUCKET: &str = "kyc";
/// The key that the portal signs with. It must stand nowhere.
pub const SECRET_KEY: &str = "a-key-that-stands-nowhere";

/// The service with an empty bucket. It ends with its owner.
#[derive(Debug)]
pub struct Service {
    process: Child,
    behind: SocketAddr,
    door: SocketAddr,
    open: watch::Sender<bool>,
}

impl Service {
    /// Starts it.
    pub async fn start() -> Self {
        let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let behind = free.local_addr().expect("an address");
        drop(free);
        let installed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/moto/bin/moto_server");
        let program = if Path::new(installed).exists() { installed } else { "moto_server" };
        let process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &behind.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server, which `./check` installs, or pip install 'moto[server]'");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let door = listener.local_addr().expect("an address");
        let (open, is_open) = watch::channel(true);
        tokio::spawn(pass_on(listener, behind, is_open));
        let service = Self { process, behind, door, open };
        for _ in 0..600 {
            if TcpStream::connect(behind).await.is_ok() {
                let made = service.ask(http::Method::PUT, "").await;
                assert_eq!(made.0, 200, "an empty bucket");
                return service;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("moto_server has not begun in 30 seconds");
    }

    /// The address at which the portal finds it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.door)
    }

    /// The store, as the program makes it.
    pub fn store(&self) -> BlobStore {
        let bucket = Bucket {
            name: BUCKET.to_owned(),
            endpoint: self.endpoint(),
            region: "us-east-1".to_owned(),
            access_key: "desk".to_owned(),
            secret_key: SecretString::from(SECRET_KEY),
            path_style: true,
        };
        BlobStore::s3(&bucket, dossier_outbound::own_service(&[]).expect("a client")).expect("a store")
    }

    /// Shuts the door: nobody answers any more, and every connection breaks.
    pub fn shut(&self) {
        self.open.send_replace(false);
    }

    /// Opens it again. What was kept is still there.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// The names of everything in the bucket, and past the door.
    pub async fn names(&self) -> Vec<String> {
        let list = String::from_utf8(self.ask(http::Method::GET, "").await.1).expect("a list");
        list.split("<Key>")
            .skip(1)
            .filter_map(|after| after.split_once("</Key>"))
            .map(|(key, _)| key.to_owned())
            .collect()
    }

    /// What lies under a name.
    pub async fn object(&self, name: &str) -> Vec<u8> {
        self.ask(http::Method::GET, name).await.1
    }

    /// Loses what lies under a name.
    pub async fn lose(&self, name: &str) {
        assert_eq!(self.ask(http::Method::DELETE, name).await.0, 204, "{name}");
    }

    async fn ask(&self, method: http::Method, name: &str) -> (u16, Vec<u8>) {
        let client = crate::desk::past_the_guard();
        let asked = client.request(method, format!("http://{}/{BUCKET}/{name}", self.behind));
        // It wants to be told who asks, and believes it.
        let who =
            "AWS4-HMAC-SHA256 Credential=test/20261130/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let answer = asked.header("authorization", who).send().await.expect("an answer");
        (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Passes every connection on for as long as the door is open.
async fn pass_on(listener: TcpListener, behind: SocketAddr, is_open: watch::Receiver<bool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut is_open = is_open.clone();
        tokio::spawn(async move {
            if !*is_open.borrow_and_update() {
                return;
            }
            let Ok(mut server) = TcpStream::connect(behind).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                _ = is_open.changed() => {}
            }
        });
    }
}
