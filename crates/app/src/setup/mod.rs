//! What the operator of the installation does at its command line: tenants, licences, people and a look at how all stands
//! (TENANT-5). Nobody has signed in there, so nothing takes a grant; whoever may run the program on the installation's own
//! configuration may do it. Each change writes its line of the audit in its own transaction.

mod keys;
pub(crate) mod licences;
mod people;
mod standing;
pub(crate) mod tenants;

use dossier_domain::{Origin, Scope, TenantId, UserId};

pub use crate::password::check_length as check_password;
pub use dossier_storage::tenants::{Standing, Tenant};
pub use dossier_storage::users::User;
pub use keys::api_key;
pub use licences::{grant, known, known_here, last_day, licence, set_licence, until};
pub use people::{
    Person, activate, add_user, deactivate, find_user, link, list_users, make_password, reset, set_roles,
};
pub use standing::{Missing, missing_files, standing};
pub use tenants::{add_tenant, check_tenant, find_tenant, list_tenants, rename_tenant};

use crate::error::{AppError, Result};
use crate::grant::{Login, Member};
use crate::{App, access};

/// A member who acts for `user` without a browser: the demo prepares its requests as the people they belong to.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn impersonate(app: &App, tenant: TenantId, user: UserId) -> Result<Member> {
    let mut tx = app.db.read(Scope::of(tenant)).await?;
    let login = Login::Session { id: app.ids.make(), user };
    access::member(&mut tx, login, Origin::default(), app.now()).await?.ok_or(AppError::NotFound)
}

/// A name that stands on pages: trimmed, 1 to 100 characters, none of them a control character.
pub(crate) fn named(field: &'static str, text: &str) -> Result<String> {
    let name = text.trim();
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AppError::field(field, "Enter a name of 1 to 100 characters in one line."));
    }
    Ok(name.to_owned())
}
