//! Someone at a stream of server-sent events (HTML, section 9.2).

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use http_body_util::BodyExt;
use tokio::time::timeout;

/// How long an event may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open stream, read event by event. Dropped, it is closed.
#[derive(Debug)]
pub struct Listener {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    body: Body,
    read: String,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What kind it is.
    pub event: String,
    /// Its position.
    pub id: String,
    /// What it says.
    pub data: String,
}

impl Listener {
    pub(crate) fn new(status: u16, headers: HeaderMap, body: Body) -> Self {
        Self { status, headers, body, read: String::new() }
    }

    /// The next event, past comments; `None` when the stream has ended. Fails after 20 seconds.
    pub async fn next(&mut self) -> Option<Told> {
        timeout(PATIENCE, self.read_on()).await.expect("an event, or the end")
    }

    /// What comes within so long, or nothing: only beside something else that does come, which shows that it could.
    pub async fn within(&mut self, time: Duration) -> Option<Told> {
        timeout(time, self.read_on()).await.unwrap_or_default()
    }

    async fn read_on(&mut self) -> Option<Told> {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| {
                    let found = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    found.unwrap_or_default().to_owned()
                };
                let told = Told { event: field("event"), id: field("id"), data: field("data") };
                if told != Told::default() {
                    return Some(told);
                }
            }
            let frame = self.body.frame().await?.expect("the stream is whole");
            if let Ok(bytes) = frame.into_data() {
                self.read.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    }
}
