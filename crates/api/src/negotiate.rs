//! Answers are JSON; whoever takes none is told so before anything is done (RFC 9110, section 15.5.7).

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Addresses below which files come in types of their own.
const FILES: &str = "/content";

pub(crate) async fn accept(request: Request, next: Next) -> Response {
    let accept: Vec<_> =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if !accept.is_empty() && !request.uri().path().ends_with(FILES) && !accept.iter().any(|accept| takes_json(accept)) {
        return Problem::NotAcceptable.into_response();
    }
    next.run(request).await
}

fn takes_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let kind = parts.next().unwrap_or_default();
        let refused = parts.any(|part| matches!(part.as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        let fits = ["*/*", "application/*", "application/json", "application/problem+json"].contains(&kind.as_str());
        fits && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_by_its_name_or_by_a_range() {
        for accept in ["application/json", "*/*", "text/html, application/*;q=0.1", "Application/JSON; charset=utf-8"] {
            assert!(takes_json(accept), "{accept}");
        }
        for accept in ["text/html", "application/json;q=0", "application/xml, text/*", ""] {
            assert!(!takes_json(accept), "{accept}");
        }
    }
}
