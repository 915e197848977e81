//! A provider that answers at length, for what pages do with a result of many megabytes.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::header;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A provider that answers every search alike.
pub struct Whale {
    /// Where it listens.
    pub host: SocketAddr,
    /// What it answers, as text.
    pub answer: String,
}

impl Whale {
    /// Its manifest: the action `search` without parameters, with a table of officers.
    pub const MANIFEST: &'static str = r#"manifest: 1
key: whale
name: Whale
version: "1"
description: Answers at length
module: kyc-whale
config: { required: [url], properties: { url: { title: URL, format: uri } } }
actions:
  - key: search
    label: Search
    category: Registers
    effect: read
    verified: assumed
    steps:
      - { name: found, request: { method: POST, url: "{config.url}/search" } }
    result:
      display:
        summary: "{found.body.title}"
        sections:
          - title: Officers
            table:
              rows: "=found.body.officers"
              columns:
                - { label: Name, value: "=name" }
                - { label: ID number, value: "=IDNumber" }
"#;
    /// The invented identity number of everybody in its answers.
    pub const ID: &'static str = "8001015009087";

    /// One that answers with so many officers and so many entries without labels, of some 240 bytes each.
    pub async fn open(officers: usize, entries: usize) -> Self {
        let officer = |n: usize| json!({ "name": format!("Officer {n}"), "IDNumber": Self::ID });
        let entry = |n: usize| {
            let text = format!("{}{n} {}", "in the register ".repeat(9), Self::ID);
            json!({ "number": n, "IDNumber": Self::ID, "name": format!("Entry {n}"), "text": text })
        };
        let answer = json!({
            "title": "The register has much to say",
            "officers": (0..officers).map(officer).collect::<Vec<_>>(),
            "entries": (0..entries).map(entry).collect::<Vec<_>>(),
        });
        let answer = answer.to_string();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let host = listener.local_addr().expect("an address");
        let text = answer.clone();
        let search = post(async move || ([(header::CONTENT_TYPE, "application/json")], text));
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/search", search)).await });
        Self { host, answer }
    }

    /// What its channel is configured with.
    pub fn config(&self) -> Value {
        json!({ "url": format!("http://{}", self.host) })
    }
}
