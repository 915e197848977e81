//! Reads from a request what the ledger says of it, whether or not the request is in order.

use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use crate::ledger::{Entry, Outcome};
use crate::uploads::Part;
use crate::workflows::Pair;
use crate::{catalogue, misbehave, services};

/// What was asked, without the values of any parameter but the reference.
pub(crate) struct Asked {
    method: String,
    pub(crate) path: String,
    service: String,
    pub(crate) reference: Option<String>,
    names: Vec<String>,
}

impl Asked {
    /// Whatever can be read of it; what cannot is left out. `parts` are those of an upload.
    pub(crate) fn read(head: &Parts, body: &[u8], parts: &[Part]) -> Self {
        let path = head.uri.path();
        let query = pairs(head.uri.query().unwrap_or_default().as_bytes());
        let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let mut names: Vec<String> = query.iter().map(|(name, _)| name.clone()).collect();
        let mut reference = value("Reference");
        let service = match path {
            "/auth/token" => {
                names.extend(pairs(body).into_iter().map(|(name, _)| name));
                "Token"
            }
            "/library/api/v3/upload" => {
                names.extend(parts.iter().map(|part| part.name.clone()));
                reference = reference.or_else(|| marked(parts));
                "Upload"
            }
            services::LIBRARY | services::FILES => {
                names.extend(members(body).into_iter().map(|(name, _)| name));
                services::find(path, &value("id").unwrap_or_default()).map_or("Unknown", |(_, name)| name)
            }
            "/injection/api/v3/initiateWorkflow" => {
                let pairs: Vec<Pair> = serde_json::from_slice(body).unwrap_or_default();
                names.extend(pairs.iter().map(|pair| pair.name.clone()));
                reference = Pair::reference(&pairs).map(str::to_owned).or(reference);
                catalogue::kind(&value("workflowId").unwrap_or_default()).name
            }
            "/identity/api/v2/inTouchOrganisation/organisationPhaseTwoId" => "Organisation Phase Two ID",
            "/_simulator/redirected" => "Redirected",
            _ => {
                if let Some(tracking) = path.strip_prefix("/core/api/v3/status/") {
                    reference = Some(tracking.to_owned());
                    "Workflow Status"
                } else if path.starts_with("/signed/") {
                    names.extend(head.headers.get(AUTHORIZATION).map(|_| AUTHORIZATION.to_string()));
                    "Signed Link"
                } else if let Some(rest) = path.strip_prefix("/consent/api/v3/") {
                    let members = members(body);
                    names.extend(members.keys().cloned());
                    let (service, id) = consent(&head.method, rest);
                    reference = id
                        .map(str::to_owned)
                        .or_else(|| text(&members, "reference"))
                        .or_else(|| text(&members, "shortHand"));
                    service
                } else {
                    "Unknown"
                }
            }
        };
        Self { method: head.method.to_string(), path: path.to_owned(), service: service.to_owned(), reference, names }
    }

    /// The open entry for it. The ledger gives it its number.
    pub(crate) fn into_entry(self, misbehaviour: Option<String>) -> Entry {
        let Self { method, path, service, reference, names } = self;
        Entry {
            sequence: 0,
            method,
            path,
            service,
            reference,
            names,
            misbehaviour,
            outcome: Outcome::Open,
            status: None,
            charged: false,
        }
    }
}

/// The markers in uploaded files. A picture may hold `sim:` by chance, so words that mean nothing are left out.
fn marked(parts: &[Part]) -> Option<String> {
    let words: Vec<String> = parts
        .iter()
        .flat_map(|part| misbehave::markers(&part.searched()))
        .filter(|word| misbehave::Due::parse(word).is_some())
        .map(|word| format!("sim:{word}"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What is asked of the consent service, and the ID in the path.
fn consent<'a>(method: &Method, rest: &'a str) -> (&'static str, Option<&'a str>) {
    let steps: Vec<&str> = rest.split('/').collect();
    match (method.as_str(), steps.as_slice()) {
        ("POST", ["requests"]) => ("Send Consent", None),
        ("GET", ["requests", id]) => ("Consent Request", Some(id)),
        ("PUT", ["requests", id]) => ("Update Consent", Some(id)),
        ("POST", ["requests", id, "rerequest"]) => ("Rerequest Consent", Some(id)),
        ("GET", ["consents", id]) => ("Consent", Some(id)),
        ("GET", ["consents", id, "document"]) => ("Consent Document", Some(id)),
        ("GET", ["types"]) => ("Consent Types", None),
        _ => ("Unknown", None),
    }
}

fn members(body: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(body).unwrap_or_default()
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
