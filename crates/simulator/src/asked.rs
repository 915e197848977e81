//! Reads from a request what the ledger says of it, whether or not the request is in order.

use axum::http::{Method, Uri};

use crate::ledger::{Entry, Outcome};
use crate::routes::COMPANY_KYC;
use crate::workflows::{self, Pair};

/// What was asked, without the values of any parameter but the reference.
pub(crate) struct Asked {
    method: String,
    pub(crate) path: String,
    service: String,
    pub(crate) reference: Option<String>,
    names: Vec<String>,
}

impl Asked {
    /// Whatever can be read of it; what cannot is left out.
    pub(crate) fn read(method: &Method, uri: &Uri, body: &[u8]) -> Self {
        let path = uri.path();
        let query = pairs(uri.query().unwrap_or_default().as_bytes());
        let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let mut names: Vec<String> = query.iter().map(|(name, _)| name.clone()).collect();
        let (service, reference) = if path == "/auth/token" {
            names.extend(pairs(body).into_iter().map(|(name, _)| name));
            ("Token".to_owned(), None)
        } else if path == "/library/api/v3" {
            let is_known = value("id").is_some_and(|id| id.eq_ignore_ascii_case(COMPANY_KYC));
            (if is_known { "Company KYC" } else { "Unknown" }.to_owned(), value("Reference"))
        } else if path == "/injection/api/v3/initiateWorkflow" {
            let pairs: Vec<Pair> = serde_json::from_slice(body).unwrap_or_default();
            names.extend(pairs.iter().map(|pair| pair.name.clone()));
            let workflow = workflows::name(&value("workflowId").unwrap_or_default());
            (workflow.to_owned(), Pair::reference(&pairs).map(str::to_owned))
        } else if let Some(tracking) = path.strip_prefix("/core/api/v3/status/") {
            ("Workflow Status".to_owned(), Some(tracking.to_owned()))
        } else if path == "/identity/api/v2/inTouchOrganisation/organisationPhaseTwoId" {
            ("Organisation Phase Two ID".to_owned(), None)
        } else if path == "/_simulator/redirected" {
            ("Redirected".to_owned(), None)
        } else {
            ("Unknown".to_owned(), None)
        };
        Self { method: method.to_string(), path: path.to_owned(), service, reference, names }
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
        }
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
