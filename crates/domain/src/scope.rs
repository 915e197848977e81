//! The tenant that a unit of work belongs to.

use crate::ids::TenantId;

/// Inside which tenant a database transaction works. No tenant row can be reached without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Whose rows.
    pub tenant: TenantId,
}

impl Scope {
    /// The scope of `tenant`.
    pub fn of(tenant: TenantId) -> Self {
        Self { tenant }
    }
}
