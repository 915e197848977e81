use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What an action does at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only asks: repeating it harms nothing.
    Read,
    /// It does something: it is never repeated by itself.
    Write,
}

/// Something that can be run in a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Action {
    /// What a run names it by.
    #[schema(example = "company_kyc")]
    pub key: String,
    /// The name on pages.
    pub label: String,
    /// The heading under which it stands.
    pub category: String,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// Whether the provider bills each run.
    pub charged: bool,
    /// What its parameters must be, as the JSON Schema of the provider's manifest.
    #[schema(value_type = Object)]
    pub schema: Value,
}

/// The actions of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionList {
    /// In the order of pages.
    pub data: Vec<Action>,
}
