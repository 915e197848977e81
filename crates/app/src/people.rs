//! The people of a tenant and their roles: who may do what, and who decides it (ACCESS-5, TENANT-6).
//!
//! Whatever changes either holds the roles first (`hold`): such changes of one tenant come one after another, and each
//! looks once more at what the person who asks may do by then. Nobody gives what they do not hold, and nobody changes a
//! person who holds more than they do.

mod account;
mod links;
mod roles;
mod users;

use dossier_domain::{Permission, PermissionSet};
use dossier_storage::users::User;
use dossier_storage::{ReadTx, WriteTx};

use crate::error::{AppError, FieldError, Result};
use crate::grant::{Grant, Right};
use crate::{App, access};

pub use account::{change_password, email, end, end_others, sessions};
pub use dossier_storage::roles::Role;
pub use dossier_storage::sessions::{Device, Session};
pub use links::{Link, Opened, Redeemed, Usable, open, redeem, renew};
pub(crate) use links::{end as end_link, issue_for};
pub use roles::{Form as RoleForm, Leaving, Listed, Loser, Removed, Saved as RoleSaved, Shown, Typed as TypedRole};
pub use roles::{create, edit_role, leaving, list_roles, new_role, remove, show_role, update_role};
pub use users::{Editing, Found, Saved, Seen, Turn, Typed};
pub use users::{activate, deactivate, editing, find, givable, invite, leaver, list, new_id, update};

/// The roles of a tenant, which nobody else changes or gives meanwhile, and what the person who asks may do at this moment.
pub(crate) struct Held {
    roles: Vec<Role>,
    pub(crate) mine: PermissionSet,
}

/// Waits for whoever changes people or roles of the tenant, and looks again at the person who asks.
pub(crate) async fn hold<R: Right>(app: &App, tx: &mut WriteTx, grant: &Grant<R>) -> Result<Held> {
    let roles = dossier_storage::roles::hold(tx).await?;
    let me = access::member(tx, grant.login, grant.origin.clone(), app.now()).await?;
    let me = me.filter(|me| me.permissions.allows(R::PERMISSION));
    Ok(Held { roles, mine: me.ok_or(AppError::Forbidden(R::PERMISSION))?.permissions.clone() })
}

/// Refuses to go on, by the permission that it takes, when `theirs` holds what `mine` does not.
pub(crate) fn reach(mine: &PermissionSet, theirs: &PermissionSet) -> Result<()> {
    mine.lacks(theirs).map_or(Ok(()), |missing| Err(AppError::Forbidden(missing)))
}

/// Reads one field of a form, and notes what is wrong with it beside what was wrong with others.
pub(crate) fn read<T>(refused: &mut Vec<FieldError>, outcome: Result<T>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(AppError::Invalid(fields)) => {
            refused.extend(fields);
            None
        }
        Err(other) => {
            refused.push(FieldError::new("name", other.to_string()));
            None
        }
    }
}

pub(crate) fn administers(permissions: &PermissionSet) -> bool {
    permissions.iter().any(|permission| permission == Permission::AdminFull)
}

/// Refuses to go on when nobody who `stays` could administer the tenant any more (ACCESS-5). Whoever was invited and has not
/// come yet cannot. The caller holds the roles, so that nobody else takes away the other one meanwhile.
pub(crate) async fn keep_one_administrator(tx: &mut ReadTx, stays: impl Fn(&User) -> bool) -> Result<()> {
    let mut all = dossier_storage::users::list(tx).await?;
    all.retain(|one| one.can_sign_in() && administers(&one.permissions));
    if all.is_empty() || all.iter().any(stays) {
        return Ok(());
    }
    let who = match all.as_slice() {
        [one] => format!("{} is the last active administrator of this tenant.", one.name),
        _ => "Then this tenant would have no active administrator any more.".to_owned(),
    };
    Err(AppError::Conflict(format!("{who} Make somebody else an administrator first.")))
}
