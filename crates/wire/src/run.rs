use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{By, Verdict};

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Recorded; nothing was sent.
    Queued,
    /// Being carried out.
    Running,
    /// The provider has taken it up, and its end comes later.
    Waiting,
    /// It ended as was asked for.
    Succeeded,
    /// It did not.
    Failed,
    /// The provider has let the time for it pass. It is still followed.
    Overdue,
    /// Nobody knows whether the provider has carried it out: a person has to say.
    Unknown,
    /// Stopped before anything was sent.
    Cancelled,
}

impl RunState {
    /// Whether it comes to an end by itself soon: `queued` or `running`.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A run to be. As `multipart/form-data` it is the part `run`, and each file is a part under the name of its parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "action": "company_kyc", "params": { "reference": "LOAN-2026-00417", "companyName": "Blue Kestrel Trading", "registrationNumber": "2015/123456/07" } }))]
pub struct NewRun {
    /// Which action of the request's provider.
    pub action: String,
    /// What the action's schema asks for.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub params: Value,
    /// The yes to running a write again whose last outcome is not known, and which may so be carried out and billed twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub run_again: bool,
}

/// One attempt of one action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// The id.
    #[schema(format = Uuid)]
    pub id: String,
    /// Of which request.
    #[schema(format = Uuid)]
    pub request_id: String,
    /// Which action.
    pub action: String,
    /// The action's name as it was then.
    pub label: String,
    /// How it stands.
    pub state: RunState,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// What to know about how it stands, in words for people.
    #[schema(required)]
    pub message: Option<String>,
    /// Why it failed.
    #[schema(required)]
    pub failure: Option<Failure>,
    /// What it brought, the last first; with a list of runs their ids alone are worth asking for.
    pub outputs: Vec<Output>,
    /// Since when it is queued.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who asked for it.
    pub created_by: By,
    /// When it began.
    #[schema(required, format = DateTime)]
    pub started_at: Option<String>,
    /// When it ended.
    #[schema(required, format = DateTime)]
    pub ended_at: Option<String>,
}

/// Why a run failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The provider does not accept the channel's credentials.
    Auth,
    /// The provider refused what was sent.
    Validation,
    /// The provider does not know what was asked for.
    NotFound,
    /// The provider takes no more for now.
    RateLimited,
    /// The provider could not be reached, or failed.
    Unavailable,
    /// The provider said no in its own words.
    Business,
    /// The provider's answer could not be read.
    Answer,
    /// Dossier failed.
    Internal,
}

/// What a run brought. Personal data in it is masked, as on pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Output {
    /// The id.
    #[schema(format = Uuid)]
    pub id: String,
    /// Of which run.
    #[schema(format = Uuid)]
    pub run_id: String,
    /// Of which action.
    pub action: String,
    /// Whether it is what later actions of the request go by.
    pub current: bool,
    /// What the provider concluded.
    pub verdict: Verdict,
    /// When.
    #[schema(format = DateTime)]
    pub executed_at: String,
    /// Who asked for it.
    pub executed_by: By,
    /// How long the provider took, in milliseconds.
    pub took_ms: u64,
    /// What people are shown: `summary`, `badge`, `sections`, `notes` and `rest`. Only with one output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub display: Option<Value>,
}

/// How a run ended whose outcome nobody knew, by a person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "ended": "succeeded", "reason": "Seen in the provider's portal." }))]
pub struct Settlement {
    /// `succeeded` or `failed`.
    #[schema(pattern = "^(succeeded|failed)$")]
    pub ended: String,
    /// How that is known.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}
