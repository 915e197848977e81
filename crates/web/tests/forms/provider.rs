//! A provider of the tests' own: it takes what it is sent and keeps it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use dossier_domain::RequestId;
use dossier_testkit::{Desk, DeskBuilder, Firm};
use serde_json::json;
use tokio::net::TcpListener;

const MANIFEST: &str = r#"manifest: 1
key: lens
name: Lens
version: "1"
description: Looks at documents
module: kyc-lens
config: { required: [url], properties: { url: { title: URL, format: uri } } }
actions:
  - key: types
    label: Document types
    category: Documents
    effect: read
    verified: assumed
    steps:
      - { name: types, request: { method: GET, url: "{config.url}/types" } }
    result: { outputs: { types: "=types.body.types" } }
  - key: inspect
    label: Inspect
    category: Documents
    effect: write
    charged: true
    verified: assumed
    params:
      required: [workflow]
      properties:
        workflow: { title: Workflow, oneOf: [{ const: paper, title: Document check }, { const: person, title: Identity check }, { const: none, title: Nothing }] }
        note: { title: Note }
      allOf:
        - if: { properties: { workflow: { const: paper } } }
          then:
            required: [front]
            properties:
              front: { title: Front, format: file, x-types: [image/png, image/jpeg], x-max-bytes: 2000000 }
              more: { title: Other documents, type: array, maxItems: 2, items: { type: string, format: file } }
              kind: { title: Document type, x-choices: "=outputs.types" }
              IDNumber: { title: ID number, maxLength: 5 }
              level: { title: Level, type: integer, default: 3 }
        - if: { properties: { workflow: { const: person } } }
          then:
            properties:
              IDNumber: { title: ID number, format: za-id }
              checks: { title: Checks, type: array, minItems: 1, items: { type: string, oneOf: [{ const: pep, title: Politically exposed }, { const: credit, title: Credit }] } }
            anyOf: [{ required: [IDNumber] }, { required: [note] }]
            x-message: Give the ID number or a note.
    steps:
      - name: inspected
        request:
          method: POST
          url: "{config.url}/inspect"
          body:
            multipart:
              - { name: data, json: "=params" }
              - { name: front, file: "=params.front" }
              - { name: more, file: "=params.more" }
"#;

/// What the provider was sent.
#[derive(Clone, Default)]
pub(crate) struct Lens(Arc<Mutex<Vec<Vec<u8>>>>);

impl Lens {
    /// How often it was asked to inspect.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Whether these bytes stand in the last body that it was sent.
    pub(crate) fn got(&self, bytes: &[u8]) -> bool {
        let bodies = self.0.lock().unwrap();
        bodies.last().is_some_and(|body| body.windows(bytes.len()).any(|w| w == bytes))
    }
}

/// A desk with the provider, which listens there.
pub(crate) async fn desk() -> (Desk, Lens, SocketAddr) {
    builder(|builder| builder).await
}

/// A desk that differs from the usual one, with the provider.
pub(crate) async fn builder(change: impl FnOnce(DeskBuilder) -> DeskBuilder) -> (Desk, Lens, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let host = listener.local_addr().unwrap();
    let lens = Lens::default();
    let inspect = async |State(lens): State<Lens>, body: Bytes| {
        lens.0.lock().unwrap().push(body.to_vec());
        axum::Json(json!({ "seen": true }))
    };
    let types = async || axum::Json(json!({ "types": ["Passport", { "value": "ID", "title": "Identity card" }] }));
    let router = Router::new()
        .route("/inspect", axum::routing::post(inspect))
        .route("/types", axum::routing::get(types))
        .layer(axum::extract::DefaultBodyLimit::max(50_000_000))
        .with_state(lens.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (change(Desk::builder().with_provider(MANIFEST, host)).open().await, lens, host)
}

/// A tenant that uses the provider.
pub(crate) async fn firm<'a>(desk: &'a Desk, name: &str, host: SocketAddr) -> Firm<'a> {
    let mut firm = desk.firm(name).await;
    firm.take_up("lens", "kyc-lens", json!({ "url": format!("http://{host}") })).await;
    firm
}

/// Where the form is.
pub(crate) fn path(request: RequestId) -> String {
    format!("/requests/{request}/actions/inspect")
}
