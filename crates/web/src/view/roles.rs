//! The tenant's roles, under Settings: the list, one of them, and the page that asks before one is deleted.

use askama::Template;
use dossier_domain::Permission;

use super::{Banner, Shell, plural};

/// `GET /settings/roles`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/roles.html")]
pub struct RolesPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// Whether the person may add one.
    pub add: bool,
    /// The built-in ones first.
    pub roles: Vec<RoleRow>,
}

/// A role in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Its page: `/settings/roles/{id}`.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whether every tenant has it.
    pub built_in: bool,
    /// The words of what it grants, joined.
    pub grants: String,
    /// How many people hold it.
    pub holders: usize,
}

/// `GET /settings/roles/{id}`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/role.html")]
pub struct RolePage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// `/settings/roles/{id}`
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whether every tenant has it.
    pub built_in: bool,
    /// What it grants, by module.
    pub grants: Vec<(&'static str, Vec<Permission>)>,
    /// How many people hold it.
    pub holders: usize,
    /// Their names and pages, as far as they are shown; none where the person may not see people.
    pub people: Vec<(String, String)>,
    /// The permission that keeps the person from changing a role that grants it.
    pub beyond: Option<Permission>,
    /// Whether the person may edit it.
    pub edit: bool,
    /// Whether the person may delete it.
    pub delete: bool,
}

impl RolePage {
    fn held(&self) -> String {
        plural(self.holders, "user")
    }

    fn more(&self) -> Option<usize> {
        self.holders.checked_sub(self.people.len()).filter(|more| *more > 0 && !self.people.is_empty())
    }
}

/// `GET /settings/roles/{id}/delete`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/role_delete.html")]
pub struct RoleDeletePage {
    /// What stands around it.
    pub shell: Shell,
    /// `/settings/roles/{id}`
    pub href: String,
    /// Its name.
    pub name: String,
    /// The version that is asked about.
    pub version: i64,
    /// How many people hold it.
    pub holders: usize,
    /// Who loses what, as far as it is shown; nobody to somebody who may not see users.
    pub losers: Vec<LoserRow>,
    /// The words of what any of them loses.
    pub lost: Vec<&'static str>,
    /// Why the question is asked again.
    pub changed: Option<Banner>,
}

/// Who loses what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoserRow {
    /// Who.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The words of what they lose.
    pub lost: Vec<&'static str>,
}

impl RoleDeletePage {
    fn held(&self) -> String {
        plural(self.holders, "user")
    }

    fn more(&self) -> Option<String> {
        let more = self.holders.checked_sub(self.losers.len()).filter(|more| *more > 0);
        more.map(|more| plural(more, "user"))
    }
}
