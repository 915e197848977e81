use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ChannelRef;

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was run that decides.
    Draft,
    /// Work is under way.
    Pending,
    /// Done.
    Completed,
    /// Ended without success.
    Failed,
    /// Given up by a person.
    Cancelled,
}

/// What the provider concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing speaks against it.
    Pass,
    /// A person has to look.
    Review,
    /// Something speaks against it.
    Fail,
    /// Nothing was concluded.
    None,
}

/// A person or an API key, by the name of that time. Without an id it was Dossier itself, or its operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct By {
    /// The id of the user or the key.
    #[schema(required, format = Uuid)]
    pub id: Option<String>,
    /// The name.
    pub name: String,
}

/// A folder for one verification job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Request {
    /// The id.
    #[schema(format = Uuid)]
    pub id: String,
    /// What people know it by.
    #[schema(example = "LOAN-2026-00417")]
    pub reference: String,
    /// Through which provider.
    pub channel: ChannelRef,
    /// How far it has come.
    pub status: Status,
    /// What was concluded.
    pub verdict: Verdict,
    /// A run that asks for a person: `unknown` or `overdue`.
    #[schema(required)]
    pub attention: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// By whom.
    pub created_by: By,
    /// When it changed last.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A request to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "channel_id": "0198f3c2-7a10-7c3e-9d1b-000000000001", "reference": "LOAN-2026-00417" }))]
pub struct NewRequest {
    /// Through which provider: the id of a channel that is usable.
    #[schema(format = Uuid)]
    pub channel_id: String,
    /// What people will know it by: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub reference: String,
}

/// Another reference for a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reference": "LOAN-2026-00417-B" }))]
pub struct RequestChange {
    /// What people will know it by.
    #[schema(min_length = 1, max_length = 100)]
    pub reference: String,
}

/// An end of a request, or its reopening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "completed", "note": "Checked with the branch." }))]
pub struct StatusChange {
    /// `completed`, `failed` or `cancelled` ends it; `pending` reopens it, which takes a note.
    pub status: Status,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// What somebody wrote about a request, or how they moved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// The id.
    #[schema(format = Uuid)]
    pub id: String,
    /// The words; a move may have none.
    #[schema(required)]
    pub text: Option<String>,
    /// The status that the request was moved to with it.
    #[schema(required)]
    pub became: Option<Status>,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// By whom.
    pub created_by: By,
}

/// A note to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "The customer will send another photo." }))]
pub struct NewNote {
    /// The words.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
}
