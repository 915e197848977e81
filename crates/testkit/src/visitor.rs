//! Someone at the pages without a browser: keeps cookies, follows nothing by itself, and posts as our own pages do.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::Listener;

const HOST: &str = "desk.example";

/// A visitor, signed in or not.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Page {
    /// Where it leads, or nothing.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header as text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of the hidden field `name`.
    pub fn hidden(&self, name: &str) -> &str {
        let field = format!("name=\"{name}\" value=\"");
        let after = self.text.split_once(&field).map(|(_, after)| after);
        after.and_then(|after| after.split('"').next()).unwrap_or_default()
    }

    /// The text without its markup and with single spaces, as it is read.
    pub fn words(&self) -> String {
        let tags = regex::Regex::new(r"(?s)<(script|style|svg)\b.*?</(script|style|svg)>|<[^>]*>").expect("a pattern");
        let bare = tags.replace_all(&self.text, " ");
        // The marks that keep a name's direction to itself are not read.
        let bare = bare.replace(['\u{2068}', '\u{2069}'], "");
        let plain = bare.replace("&#38;", "&").replace("&#34;", "\"").replace("&#39;", "'");
        plain.replace("&#60;", "<").replace("&#62;", ">").split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Visitor {
    /// A stranger.
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    /// The cookies, for a test that forges or loses them.
    pub fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.cookies
    }

    /// Opens an address.
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends a form as our own page would.
    pub async fn post<N: AsRef<str>, V: AsRef<str>>(&mut self, path: &str, pairs: &[(N, V)]) -> Page {
        self.post_from(path, pairs, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Sends a form with files, each with its field, name and bytes, as our own page would.
    pub async fn post_files(&mut self, path: &str, pairs: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Page {
        const EDGE: &str = "edge-of-the-tests";
        let mut body = Vec::new();
        for (name, value) in pairs {
            let part = format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, file, bytes) in files {
            let head = format!(
                "--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\ncontent-type: text/plain\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={EDGE}");
        let headers = [("content-type", kind.as_str()), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &headers, Body::from(body)).await
    }

    /// Sends a form with these headers: as another site's page would, or an old browser.
    pub async fn post_from<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        path: &str,
        pairs: &[(N, V)],
        headers: &[(&str, &str)],
    ) -> Page {
        let form = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let headers: Vec<_> = kind.iter().chain(headers).copied().collect();
        self.send(Method::POST, path, &headers, Body::from(body)).await
    }

    /// Sends anything.
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Page {
        let request = self.request(method, path, headers).body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, mut body) = response.into_parts();
        let bytes = if parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
            // A stream has no end: what it begins with is what the page is.
            let first = body.frame().await.expect("a first word").expect("a whole frame");
            first.into_data().unwrap_or_default()
        } else {
            body.collect().await.expect("a whole body").to_bytes()
        };
        self.keep_cookies(&parts.headers);
        let (text, bytes) = (String::from_utf8_lossy(&bytes).into_owned(), Vec::from(bytes));
        Page { status: parts.status.as_u16(), headers: parts.headers, text, bytes }
    }

    /// Opens the stream at an address, with these headers.
    pub async fn listen(&self, path: &str, headers: &[(&str, &str)]) -> Listener {
        let request = self.request(Method::GET, path, headers).body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        Listener::new(parts.status.as_u16(), parts.headers, body)
    }

    fn request(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        request
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).unwrap_or_default();
            if cookie.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
