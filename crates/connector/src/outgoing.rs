//! From a request of a manifest to a request of HTTP.

use std::str::FromStr;

use dossier_domain::ErrorClass;
use dossier_outbound::Outgoing;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jmespath::Rcvar;
use jmespath::ast::Ast;
use serde_json::Value;
use url::Url;

use crate::budget::{self, Together};
use crate::call::{Channel, Failure};
use crate::expr::{Expr, Part, Template, text_of};
use crate::manifest::{Manifest, Request};
use crate::payload::{self, Materials, Payload};

/// A request that is ready to go out, and what is recorded of its body.
pub(crate) struct Prepared {
    pub(crate) out: Outgoing,
    /// The body as JSON in which files are named only; nothing when the bytes themselves are recorded.
    pub(crate) shown: Option<Value>,
}

/// Builds the request, without credentials.
pub(crate) fn build(request: &Request, root: &Rcvar, materials: Materials<'_>) -> Result<Prepared, Failure> {
    let _bound = Together::of(budget::LIGHT);
    let mut url = address(&request.url, root)?;
    for (name, template) in &request.query {
        match template.value(root)? {
            None => {}
            Some(Value::Array(items)) => {
                let mut pairs = url.query_pairs_mut();
                for item in items.iter().filter(|item| !item.is_null()) {
                    pairs.append_pair(name, &plain(item));
                }
            }
            Some(value) => {
                url.query_pairs_mut().append_pair(name, &plain(&value));
            }
        }
    }
    let mut headers = HeaderMap::new();
    for (name, template) in &request.headers {
        if let Some(text) = template.text(root)? {
            let name = HeaderName::from_str(name).map_err(|_| internal(format!("“{name}” is no header.")))?;
            headers.insert(name.clone(), header(&text, name.as_str())?);
        }
    }
    let Payload { media_type, bytes, shown } = payload::of(&request.body, root, materials)?;
    if let Some(media_type) = media_type {
        headers.insert(CONTENT_TYPE, media_type);
    }
    let out = Outgoing { method: request.method.clone(), url, headers, body: bytes, timeout: request.timeout };
    Ok(Prepared { out, shown })
}

/// A form body of name and value pairs, sent to `url`.
pub(crate) fn form(url: Url, pairs: &[(String, String)]) -> Prepared {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes();
    Prepared { out: Outgoing { method: Method::POST, url, headers, body, timeout: None }, shown: None }
}

/// A text as the value of a header.
pub(crate) fn header(text: &str, name: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text)
        .map_err(|_| internal(format!("The header “{name}” has a character that cannot be sent.")))
}

/// An address. The channel's own parts stand as they are; what else is put in is percent-encoded, and can be no step
/// up in the path.
pub(crate) fn address(template: &Template, root: &Rcvar) -> Result<Url, Failure> {
    let text = match template {
        Template::Text(parts) => {
            let mut whole = String::new();
            for part in parts {
                match part {
                    Part::Plain(plain) => join(&mut whole, plain),
                    Part::Expr(expr) => {
                        let value = expr.eval(root)?.map(|v| crate::expr::json(&v)).transpose()?;
                        let Some(text) = value.as_ref().and_then(text_of).filter(|t| !t.is_empty()) else {
                            return Err(internal(format!("The address lacks “{}”.", expr.text())));
                        };
                        if is_config(expr) { join(&mut whole, &text) } else { whole.push_str(&percent(&text)) }
                    }
                }
            }
            whole
        }
        other => other.text(root)?.ok_or_else(|| internal("The address is empty.".to_owned()))?,
    };
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let climbs = path.split(['/', '\\']).any(|step| {
        let step = step.to_ascii_lowercase().replace("%2e", ".");
        step == "." || step == ".."
    });
    match Url::parse(&text) {
        Ok(url) if !climbs && url.has_host() => Ok(url),
        _ => Err(internal("The address that this action comes to cannot be called.".to_owned())),
    }
}

/// Whether `expr` is `config.<name>` and nothing else.
fn is_config(expr: &Expr) -> bool {
    let Ast::Subexpr { lhs, rhs, .. } = expr.ast() else { return false };
    matches!((&**lhs, &**rhs), (Ast::Field { name, .. }, Ast::Field { .. }) if name == "config")
}

/// Appends `next`, with one slash where two would meet.
fn join(whole: &mut String, next: &str) {
    if whole.ends_with('/') && next.starts_with('/') {
        whole.pop();
    }
    whole.push_str(next);
}

/// Everything but the unreserved characters of RFC 3986 as `%XX`.
fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A value as a machine reads it in a query or a form: `true`, not `Yes`.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Refuses an address that is neither the channel's nor, without credentials, one of the manifest's `hosts`.
pub(crate) fn permit(url: &Url, manifest: &Manifest, channel: &Channel, credentials: bool) -> Result<(), Failure> {
    let own = |field: &str| {
        let at = channel.config[field].as_str().and_then(|text| Url::parse(text).ok());
        at.is_some_and(|at| at.origin() == url.origin())
    };
    if manifest.url_fields().any(own) || (!credentials && manifest.hosts.iter().any(|host| host.is_at(url))) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    Err(internal(format!("{host} is none of this channel's addresses, so nothing was sent there.")))
}

pub(crate) fn internal(message: String) -> Failure {
    Failure { class: ErrorClass::Internal, message, quoted: false }
}
