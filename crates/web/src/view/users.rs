//! The tenant's people, under Settings: the list, one of them, a link that is shown once, and the page that asks before
//! somebody is kept out.

use askama::Template;
use dossier_domain::Permission;

use super::{Badge, Banner, Moment, Shell, Tone, isolate};

/// `GET /settings/users`, with what is searched for and a place.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/users.html")]
pub struct UsersPage {
    /// What stands around it.
    pub shell: Shell,
    /// Whether the person may invite somebody.
    pub add: bool,
    /// What is searched for.
    pub text: String,
    /// Those found, in the order of their names.
    pub users: Vec<UserRow>,
    /// How many, as a sentence part: `300 users, 25 of them shown`.
    pub found: String,
    /// The page before.
    pub before: Option<String>,
    /// The page after.
    pub after: Option<String>,
}

impl UsersPage {
    fn nothing(&self) -> String {
        format!("Nobody has “{}” in the name or address.", isolate(&self.text))
    }
}

/// A person in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Their page: `/settings/users/{id}`.
    pub href: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The names of their roles, joined; the first two of many.
    pub roles: String,
    /// Whether they can sign in.
    pub access: Access,
    /// When they signed in last.
    pub signed_in: Option<Moment>,
}

/// Whether a person can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Active,
    /// Not yet: the invitation was not used, and counts until then.
    Invited(Moment),
    /// Not any more: the invitation was not used in time.
    InvitationEnded(Moment),
    /// Kept out.
    Inactive,
}

impl Access {
    pub(super) fn badge(&self) -> Badge {
        match self {
            Self::Active => Badge::plain(Tone::Good, "Active"),
            Self::Invited(_) => Badge::plain(Tone::Info, "Invited"),
            Self::InvitationEnded(_) => Badge::plain(Tone::Warn, "Invitation ended"),
            Self::Inactive => Badge::plain(Tone::Calm, "Inactive"),
        }
    }
}

/// `GET /settings/users/{id}`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/user.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that the person may do by itself")]
pub struct UserPage {
    /// What stands around it.
    pub shell: Shell,
    /// What was just done.
    pub banner: Option<Banner>,
    /// `/settings/users/{id}`; what can be done to them stands below that.
    pub href: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The names of their roles, each with its page where the person may see it.
    pub roles: Vec<(String, Option<String>)>,
    /// What the roles grant together, by module.
    pub grants: Vec<(&'static str, Vec<Permission>)>,
    /// Whether they can sign in.
    pub access: Access,
    /// Since when they are here.
    pub added: Moment,
    /// When they signed in last.
    pub signed_in: Option<Moment>,
    /// The permission that keeps the person from changing somebody who holds it.
    pub beyond: Option<Permission>,
    /// Whether the person may edit them.
    pub edit: bool,
    /// Whether the person may keep them out.
    pub deactivate: bool,
    /// Whether the person may let them in again.
    pub activate: bool,
    /// Whether the person may make a link for them.
    pub link: bool,
}

/// A link by which a password is set, shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/user_link.html")]
pub struct UserLinkPage {
    /// What stands around it.
    pub shell: Shell,
    /// `/settings/users/{id}`
    pub href: String,
    /// Whose.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether it is for the first password.
    pub invitation: bool,
    /// The address.
    pub url: String,
    /// Until when it counts.
    pub until: Moment,
}

/// `GET /settings/users/{id}/deactivate`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/user_deactivate.html")]
pub struct UserDeactivatePage {
    /// What stands around it.
    pub shell: Shell,
    /// `/settings/users/{id}`
    pub href: String,
    /// Who.
    pub name: String,
}
