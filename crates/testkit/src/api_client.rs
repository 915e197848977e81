//! A program at the API without a socket: sends its key, follows nothing by itself.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use dossier_app::api_keys::{self, Made, Typed};
use dossier_domain::BuiltInRole;
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt;

use crate::desk::Firm;

/// A program, with or without a key.
#[derive(Clone)]
pub struct ApiClient {
    router: Router,
    /// What it sends as its key.
    pub token: Option<String>,
}

/// What the API answered.
#[derive(Debug)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when it is none.
    pub json: Value,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Told {
    /// A header as text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The status and the code of the problem.
    pub fn problem(&self) -> (u16, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }

    /// The text of a member.
    pub fn text(&self, member: &str) -> &str {
        self.json[member].as_str().unwrap_or_default()
    }
}

impl ApiClient {
    /// A program without a key.
    pub fn new(router: Router) -> Self {
        Self { router, token: None }
    }

    /// The same program with this key.
    #[must_use]
    pub fn with(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// Asks for an address below `/api/v1`.
    pub async fn get(&self, path: &str) -> Told {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Told {
        self.call(Method::POST, path, body, &[]).await
    }

    /// Sends JSON with these headers.
    pub async fn call(&self, method: Method, path: &str, body: &Value, headers: &[(&str, &str)]) -> Told {
        let headers: Vec<_> = [("content-type", "application/json")].iter().chain(headers).copied().collect();
        self.send(method, path, &headers, Body::from(body.to_string())).await
    }

    /// Sends a form: text parts by name, and files each with its part, name and bytes. `edge` parts them.
    pub async fn form(
        &self,
        path: &str,
        edge: &str,
        texts: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
        headers: &[(&str, &str)],
    ) -> Told {
        let mut body = Vec::new();
        for (name, text) in texts {
            body.extend_from_slice(
                format!("--{edge}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").as_bytes(),
            );
        }
        for (name, file, bytes) in files {
            let head = format!("content-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n");
            body.extend_from_slice(format!("--{edge}\r\n{head}").as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{edge}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={edge}");
        let headers: Vec<_> = [("content-type", kind.as_str())].iter().chain(headers).copied().collect();
        self.send(Method::POST, path, &headers, Body::from(body)).await
    }

    /// Sends anything.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Told {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header(header::HOST, "desk.example");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let bytes = Vec::from(body.collect().await.expect("a whole body").to_bytes());
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Told { status: parts.status.as_u16(), headers: parts.headers, json, bytes }
    }
}

impl Firm<'_> {
    /// A new key that may do this much, for a year.
    pub async fn api_key(&self, name: &str, permissions: &[&str]) -> Made {
        let desk = self.desk();
        let administrator = self.member(BuiltInRole::Administrator).await;
        let grant = administrator.grant().expect("the administrator makes keys");
        let typed = Typed {
            name: name.to_owned(),
            permissions: permissions.iter().map(|word| (*word).to_owned()).collect(),
            expires_at: Some(desk.clock.now().plus(Duration::from_hours(365 * 24))),
        };
        api_keys::make(&desk.app, &grant, api_keys::new_id(&desk.app), &typed).await.expect("a key")
    }

    /// A program with such a key.
    pub async fn program(&self, name: &str, permissions: &[&str]) -> ApiClient {
        let made = self.api_key(name, permissions).await;
        ApiClient::new(self.desk().router()).with(made.token.expose_secret())
    }
}
