use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who asks, and what that may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The tenant's id.
    #[schema(format = Uuid)]
    pub tenant_id: String,
    /// The tenant's name.
    pub tenant: String,
    /// The key's id.
    #[schema(format = Uuid)]
    pub id: String,
    /// The key's name.
    pub name: String,
    /// What the key may do.
    pub permissions: Vec<String>,
    /// What the tenant's licence covers now.
    pub modules: Vec<Module>,
}

/// A module of a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Module {
    /// Its word.
    #[schema(example = "kyc")]
    pub key: String,
    /// When it ends; never, when there is none.
    #[schema(required, format = DateTime)]
    pub ends_at: Option<String>,
}
