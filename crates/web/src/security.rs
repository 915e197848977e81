//! What every answer carries, and which posts are refused before any handler sees them.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Web;
use crate::error::Problem;

/// Only our own styles, scripts and pictures; no inline code, no frames, forms only to ourselves.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    // Personal data: kept by no cache, not even the browser's.
    ("cache-control", "no-store"),
];

/// The address of a link to set a password is a secret: where a browser goes from there, it names the site alone. Without
/// any referrer it would not say that a post comes from here either.
const SECRET_ADDRESS: HeaderValue = HeaderValue::from_static("strict-origin");

/// Adds the headers above where a handler has not set its own, and on HTTPS asks browsers to stay there.
pub(crate) async fn headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let secret = request.uri().path().starts_with("/link/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if secret {
        headers.insert(header::REFERRER_POLICY, SECRET_ADDRESS);
    }
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if web.options.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    response
}

/// Refuses every request that could change something and does not come from our own pages.
pub(crate) async fn same_site(State(web): State<Web>, request: Request, next: Next) -> Response {
    let public = web.options.public_origin.as_deref();
    if !web.options.is_open() && changes(request.method()) && !is_ours(request.headers(), public) {
        return Problem::CrossSite.into_response();
    }
    next.run(request).await
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Browsers say where a request comes from, and pages cannot forge it: `Sec-Fetch-Site` (Fetch Metadata), else
/// `Origin` (RFC 6454). A post that carries neither is refused too, since every browser that can show these pages sends
/// at least one of them. `public` is our own origin when a proxy before us may put its own name into `Host`.
fn is_ours(headers: &HeaderMap, public: Option<&str>) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let origin = text(header::ORIGIN).map(|origin| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        public == Some(origin) || (host.is_some() && host == text(header::HOST))
    });
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin" && origin != Some(false),
        None => origin == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let host = std::iter::once((header::HOST, HeaderValue::from_static("desk.example:8080")));
        is_ours(&host.chain(headers).collect(), Some("https://kyc.example"))
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://desk.example:8080")]));
        assert!(ours(&[("origin", "https://desk.example:8080")]), "a browser without Fetch Metadata");
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://kyc.example")]), "behind a proxy");
        assert!(!ours(&[("origin", "http://kyc.example")]));
        assert!(!ours(&[]), "neither header: no browser of ours");
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("sec-fetch-site", "same-site")]), "a sister domain is another site to us");
        assert!(!ours(&[("sec-fetch-site", "none")]));
        assert!(!ours(&[("origin", "https://evil.example")]));
        assert!(!ours(&[("origin", "null")]), "a sandboxed frame");
        assert!(!ours(&[("origin", "https://desk.example:8081")]));
        assert!(!ours(&[("origin", "desk.example:8080")]));
        assert!(!ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]));
    }

    #[test]
    fn reading_is_free_and_everything_else_is_checked() {
        assert!(!changes(&Method::GET) && !changes(&Method::HEAD));
        assert!(changes(&Method::POST) && changes(&Method::PUT) && changes(&Method::PATCH) && changes(&Method::DELETE));
    }
}
