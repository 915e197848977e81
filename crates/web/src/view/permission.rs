//! What the permissions let a person do, in words.

use dossier_domain::Permission;

/// What a permission lets a person do.
pub fn permission_words(permission: Permission) -> &'static str {
    match permission {
        Permission::KycRead => "See channels and requests, and create requests",
        Permission::KycCreate => "Add channels",
        Permission::KycUpdate => "Edit and test channels",
        Permission::KycDelete => "Delete channels and requests",
        Permission::KycExecute => "Run actions; edit, mark, cancel and reopen requests",
        Permission::UsersRead => "See users",
        Permission::UsersCreate => "Invite users",
        Permission::UsersUpdate => "Edit users, and make links for them",
        Permission::UsersDelete => "Deactivate users, and activate them again",
        Permission::RolesRead => "See roles",
        Permission::RolesCreate => "Add roles",
        Permission::RolesUpdate => "Edit roles",
        Permission::RolesDelete => "Delete roles",
        Permission::AuditRead => "See and export the audit",
        Permission::ApikeysManage => "Make and revoke API keys",
        Permission::SettingsManage => "Change settings; see callbacks and providers",
        Permission::AdminFull => "Everything, also what is added later",
    }
}

/// The heading over the permissions of a module.
pub fn permission_module(permission: Permission) -> &'static str {
    match permission.module() {
        "kyc" => "Channels and requests",
        "users" => "Users",
        "roles" => "Roles",
        "audit" => "Audit",
        "apikeys" => "API keys",
        "settings" => "Settings",
        _ => "Everything",
    }
}

/// The permissions under the headings of their modules, in the order of their list.
pub fn by_module(permissions: impl IntoIterator<Item = Permission>) -> Vec<(&'static str, Vec<Permission>)> {
    let mut groups: Vec<(&'static str, Vec<Permission>)> = Vec::new();
    for permission in permissions {
        match groups.last_mut().filter(|(_, group)| group[0].module() == permission.module()) {
            Some((_, group)) => group.push(permission),
            None => groups.push((permission_module(permission), vec![permission])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_one_heading_of_its_own() {
        let groups = by_module(Permission::ALL.iter().copied());
        let headings: std::collections::BTreeSet<_> = groups.iter().map(|(heading, _)| heading).collect();
        assert_eq!(headings.len(), groups.len());
        assert_eq!(groups.iter().map(|(_, group)| group.len()).sum::<usize>(), Permission::ALL.len());
    }
}
