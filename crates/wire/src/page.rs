use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of a list, newest first. The header `Link` says where the next one is, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Ask with `cursor` for what is older; none on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
