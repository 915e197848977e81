use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why something was not done (RFC 9457), as `application/problem+json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// An address that explains this kind of problem, such as `/api#invalid`.
    #[serde(rename = "type")]
    #[schema(example = "/api#invalid")]
    pub kind: String,
    /// The same for every problem of its kind.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// The kind in a word that stays: what a program decides by.
    #[schema(example = "invalid")]
    pub code: String,
    /// What happened here, and what to do.
    pub detail: String,
    /// Under which number the server's log tells of it.
    pub request_id: String,
    /// The places in the body that were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// A place in a body that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Where, as a JSON Pointer (RFC 6901); empty for the whole body.
    #[schema(example = "/params/IDNumber")]
    pub pointer: String,
    /// What to write instead.
    pub message: String,
}
