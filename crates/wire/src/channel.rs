use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A tenant's connection to a provider. Secrets never come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    /// The id.
    #[schema(format = Uuid)]
    pub id: String,
    /// The provider's key.
    #[schema(example = "intouch")]
    pub handler: String,
    /// Unique among the tenant's channels.
    pub code: String,
    /// What people see in lists.
    pub name: String,
    /// The provider's own settings, without the secrets among them.
    #[schema(value_type = Object)]
    pub config: Value,
    /// Whether new requests may name it.
    pub active: bool,
    /// Smaller comes first.
    pub display_order: i64,
    /// Whether runs can be made in it now: it is active and licensed, and its provider is installed.
    pub usable: bool,
    /// Since when.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A channel, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelRef {
    /// The id.
    #[schema(format = Uuid)]
    pub id: String,
    /// What people see in lists.
    pub name: String,
}
