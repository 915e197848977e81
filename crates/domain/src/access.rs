//! Permissions and the built-in roles (ACCESS).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::licence;
use crate::status::words;

words! {
    /// One thing that a person may do.
    Permission {
        /// See channels and requests, and create a request.
        KycRead = "kyc:read",
        /// Add a channel.
        KycCreate = "kyc:create",
        /// Edit a channel.
        KycUpdate = "kyc:update",
        /// Soft-delete a channel or a request.
        KycDelete = "kyc:delete",
        /// Run provider actions; mark, cancel, reopen and edit requests.
        KycExecute = "kyc:execute",
        /// See users.
        UsersRead = "users:read",
        /// Add users.
        UsersCreate = "users:create",
        /// Edit users.
        UsersUpdate = "users:update",
        /// Deactivate users.
        UsersDelete = "users:delete",
        /// See roles.
        RolesRead = "roles:read",
        /// Add roles.
        RolesCreate = "roles:create",
        /// Edit roles.
        RolesUpdate = "roles:update",
        /// Remove roles.
        RolesDelete = "roles:delete",
        /// See and export the audit.
        AuditRead = "audit:read",
        /// Make and revoke API keys.
        ApikeysManage = "apikeys:manage",
        /// Change the tenant's settings.
        SettingsManage = "settings:manage",
        /// Everything.
        AdminFull = "admin:full",
    }
}

impl Permission {
    /// What it belongs to: `kyc` of `kyc:read`.
    pub fn module(self) -> &'static str {
        self.as_str().split_once(':').map_or(self.as_str(), |(module, _)| module)
    }

    /// The module that a licence must have for it; nothing for what belongs to the portal itself.
    pub fn licensed_by(self) -> Option<&'static str> {
        (self.module() == licence::KYC).then_some(licence::KYC)
    }
}

/// What one person may do: the union of the person's roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(BTreeSet<Permission>);

impl PermissionSet {
    /// Whether `permission` is held (ACCESS-1, ACCESS-3): `admin:full` grants all, and without `kyc:read` the other
    /// `kyc` permissions open nothing.
    pub fn allows(&self, permission: Permission) -> bool {
        let holds = |p| self.0.contains(&p) || self.0.contains(&Permission::AdminFull);
        holds(permission) && (!permission.as_str().starts_with("kyc:") || holds(Permission::KycRead))
    }

    /// The first of `others` that is not among these: what keeps their holder from giving them on.
    pub fn lacks(&self, others: &Self) -> Option<Permission> {
        others.iter().find(|other| !self.0.contains(other) && !self.0.contains(&Permission::AdminFull))
    }

    /// The permissions as they were granted.
    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

words! {
    /// What the link is for by which a person sets a password (TENANT-6).
    LinkKind {
        /// The first password of somebody who was added.
        Invitation = "invitation",
        /// Another one.
        Reset = "reset",
    }
}

words! {
    /// The roles that every tenant has (ACCESS-5).
    BuiltInRole {
        /// Everything; can be neither edited nor deleted.
        Administrator = "administrator",
        /// All of `kyc`.
        Manager = "kyc-manager",
        /// Reads and runs.
        Operator = "kyc-operator",
        /// Reads.
        Viewer = "kyc-viewer",
        /// Reads, and reads the audit.
        Auditor = "auditor",
    }
}

impl BuiltInRole {
    /// The name on pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Manager => "KYC Manager",
            Self::Operator => "KYC Operator",
            Self::Viewer => "KYC Viewer",
            Self::Auditor => "Auditor",
        }
    }

    /// What the role grants.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{AdminFull, AuditRead, KycCreate, KycDelete, KycExecute, KycRead, KycUpdate};
        match self {
            Self::Administrator => &[AdminFull],
            Self::Manager => &[KycRead, KycCreate, KycUpdate, KycDelete, KycExecute],
            Self::Operator => &[KycRead, KycExecute],
            Self::Viewer => &[KycRead],
            Self::Auditor => &[KycRead, AuditRead],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(permissions: &[Permission]) -> PermissionSet {
        permissions.iter().copied().collect()
    }

    /// ACCESS-1
    #[test]
    fn admin_full_grants_everything() {
        let admin = set(BuiltInRole::Administrator.permissions());
        assert!(Permission::ALL.iter().all(|&p| admin.allows(p)));
    }

    /// ACCESS-3
    #[test]
    fn without_read_the_other_kyc_permissions_open_nothing() {
        let lame = set(&[Permission::KycExecute, Permission::KycCreate, Permission::UsersRead]);
        assert!(!lame.allows(Permission::KycExecute) && !lame.allows(Permission::KycCreate));
        assert!(lame.allows(Permission::UsersRead), "other modules stand by themselves");
        assert!(set(&[Permission::KycRead, Permission::KycExecute]).allows(Permission::KycExecute));
    }

    /// ACCESS-5
    #[test]
    fn built_in_roles_grant_what_the_requirements_say() {
        use Permission::{AuditRead, KycCreate, KycDelete, KycExecute, KycRead, KycUpdate, UsersRead};
        let granted = |role: BuiltInRole| {
            let set = set(role.permissions());
            [KycRead, KycCreate, KycUpdate, KycDelete, KycExecute, AuditRead, UsersRead].map(|p| set.allows(p))
        };
        assert_eq!(granted(BuiltInRole::Manager), [true, true, true, true, true, false, false]);
        assert_eq!(granted(BuiltInRole::Operator), [true, false, false, false, true, false, false]);
        assert_eq!(granted(BuiltInRole::Viewer), [true, false, false, false, false, false, false]);
        assert_eq!(granted(BuiltInRole::Auditor), [true, false, false, false, false, true, false]);
    }

    #[test]
    fn only_who_holds_all_that_others_hold_lacks_nothing_of_theirs() {
        use Permission::{AdminFull, AuditRead, KycRead, UsersUpdate};
        let (some, more) = (set(&[KycRead, UsersUpdate]), set(&[KycRead, AuditRead]));
        assert_eq!(
            (some.lacks(&set(&[KycRead])), some.lacks(&more), more.lacks(&some)),
            (None, Some(AuditRead), Some(UsersUpdate))
        );
        let all_but_everything: PermissionSet = Permission::ALL.iter().copied().filter(|&p| p != AdminFull).collect();
        assert_eq!(all_but_everything.lacks(&set(&[AdminFull])), Some(AdminFull));
        assert_eq!(set(&[AdminFull]).lacks(&all_but_everything), None);
    }

    #[test]
    fn a_permission_names_its_module_and_only_that_of_the_product_is_licensed() {
        assert_eq!((Permission::KycRead.module(), Permission::AdminFull.module()), ("kyc", "admin"));
        assert!(Permission::ALL.iter().all(|p| (p.licensed_by() == Some("kyc")) == p.as_str().starts_with("kyc:")));
    }

    #[test]
    fn labels_are_the_guides_words() {
        let labels: Vec<_> = BuiltInRole::ALL.iter().map(|r| r.label()).collect();
        assert_eq!(labels, ["Administrator", "KYC Manager", "KYC Operator", "KYC Viewer", "Auditor"]);
        assert_eq!(set(&[Permission::KycRead]).iter().collect::<Vec<_>>(), [Permission::KycRead]);
    }
}
