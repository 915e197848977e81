//! Who asks.

use axum::http::StatusCode;
use dossier_domain::Permission;
use dossier_wire::{Me, Module};

use super::shared::instant;
use crate::extract::{Conditions, SignedIn};
use crate::problem::Answer;
use crate::tag;

/// Who asks
///
/// The key that the call carries, what it may do, and what the tenant's licence covers.
#[utoipa::path(get, path = "/me", tag = "Keys", operation_id = "getMe", responses((status = 200, body = Me)))]
pub(crate) async fn show(SignedIn(member): SignedIn, conditions: Conditions) -> Answer {
    let modules = member.licence.modules().filter(|(module, _)| member.licence.covers(module, member.now));
    let me = Me {
        tenant_id: member.scope.tenant.to_string(),
        tenant: member.tenant_name.clone(),
        id: member.principal().to_string(),
        name: member.name.clone(),
        permissions: member.permissions.iter().map(Permission::as_str).map(str::to_owned).collect(),
        modules: modules.map(|(key, end)| Module { key: key.to_owned(), ends_at: instant(end) }).collect(),
    };
    tag::tagged(&conditions, StatusCode::OK, &me)
}
