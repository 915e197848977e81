//! The form in which the bureau behind the service library answers: HTTP 200, and `http_code` says what came of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What a service found.
pub(crate) struct Finding {
    pub(crate) results: Vec<Value>,
    pub(crate) report: Option<Report>,
}

/// A document that comes with an answer, as the bureau writes it.
pub(crate) enum Report {
    /// In base64.
    Plain(Vec<u8>),
    /// In base64 with `data:application/pdf;base64,` before it.
    DataUri(Vec<u8>),
}

/// Why a service found nothing: a code and a sentence.
pub(crate) struct Refusal {
    code: u16,
    message: String,
}

impl Refusal {
    /// The question makes no sense.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { code: 400, message: message.into() }
    }

    /// Nothing is known.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { code: 404, message: message.into() }
    }

    /// What was sent cannot be worked with.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self { code: 422, message: message.into() }
    }
}

/// The answer, and whether it is paid for: a refusal is not.
pub(crate) fn answer(found: Result<Finding, Refusal>, transaction: &str) -> (Value, bool) {
    match found {
        Ok(Finding { results, report }) => {
            let mut answer = json!({ "http_code": 200, "status_message": "OK", "Results": results });
            match report {
                Some(Report::Plain(pdf)) => answer["EncodedPDF"] = STANDARD.encode(pdf).into(),
                Some(Report::DataUri(pdf)) => {
                    answer["EncodedPDF"] = format!("data:application/pdf;base64,{}", STANDARD.encode(pdf)).into();
                }
                None => {}
            }
            answer["TransactionID"] = transaction.into();
            (answer, true)
        }
        Err(Refusal { code, message }) => {
            (json!({ "http_code": code, "status_message": message, "TransactionID": transaction }), false)
        }
    }
}
